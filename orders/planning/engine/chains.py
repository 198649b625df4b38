"""Sequences as chains of neighbours, which moves change one link at a time, and back."""

from __future__ import annotations

import numpy as np

from orders.planning.engine.arrays import Arrays, Ints
from orders.planning.engine.sequences import Sequences, timed_sequences
from orders.planning.engine.shop import Weights
from orders.planning.engine.walk import Walk


def walk_from(a: Arrays, start: Sequences) -> Walk:
    """The sequences as chains of tasks, with the times they have."""
    tasks, resources = len(a.task_job), len(a.res_table)
    before, behind = np.full(tasks, -1, dtype=np.int64), np.full(tasks, -1, dtype=np.int64)
    first = np.full(resources, -1, dtype=np.int64)
    for resource in range(resources):
        chain = start.tasks[resource, : start.lengths[resource]]
        if len(chain):
            first[resource] = chain[0]
            before[chain[1:]], behind[chain[:-1]] = chain[:-1], chain[1:]
    finish = np.zeros(len(a.job_due), dtype=np.int64)
    np.maximum.at(finish, a.task_job, start.ends)
    return Walk(
        before,
        behind,
        first,
        start.resource_of.copy(),
        start.starts.copy(),
        start.runs.copy(),
        start.ends.copy(),
        start.setups.copy(),
        finish,
        np.zeros(tasks, dtype=np.int64),
        np.zeros(tasks, dtype=np.int64),
        np.full(tasks, -1, dtype=np.int64),
        np.zeros((tasks, 5), dtype=np.int64),
        np.full(tasks, -1, dtype=np.int64),
        *_sinks(a),
    )


def _sinks(a: Arrays) -> tuple[Ints, Ints]:
    """Tasks that nothing waits for, by job: where they begin in the list behind it, and the list."""
    last = np.flatnonzero(a.succ_from[1:] == a.succ_from[:-1])
    last = last[np.argsort(a.task_job[last], kind="stable")]
    counts = np.bincount(a.task_job[last], minlength=len(a.job_due))
    return np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(counts))), last.astype(np.int64)


def sequences_from(a: Arrays, found: Walk, start: Sequences, weights: Weights | None) -> Sequences:
    tasks, lengths = np.full_like(start.tasks, -1), np.zeros_like(start.lengths)
    behind = found.behind.tolist()
    for resource, task in enumerate(found.first.tolist()):
        chain = []
        while task >= 0:
            chain.append(task)
            task = behind[task]
        tasks[resource, : len(chain)], lengths[resource] = chain, len(chain)
    return timed_sequences(a, tasks, lengths, weights=weights)
