"""Local search: one task is moved at a time, and the change kept when the plan gets better, or by chance
while the search is young (simulated annealing). Only what a change touches is timed anew, exactly, with
calendars and changeovers.

The same shop, start, seed and number of rounds give the same plan.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from orders.planning.engine.arrays import Arrays, Ints, to_arrays
from orders.planning.engine.kernel import HOUR
from orders.planning.engine.sequences import Sequences, plan_of, timed_sequences, weights_array
from orders.planning.engine.shop import Plan, Shop, Weights
from orders.planning.engine.walk import Walk, walk

ROUND = 500
"""Changes tried between two looks at the clock."""

Progress = Callable[[float, float], bool]
"""Gets the share of the budget that is used and the best cost so far; False stops the search."""


def improve(
    shop: Shop,
    start: Sequences,
    *,
    rounds: int | None = None,
    seconds: float | None = None,
    seed: int = 1,
    weights: Weights | None = None,
    progress: Progress | None = None,
) -> Plan:
    """The best plan found within ``rounds`` of 500 changes, or ``seconds`` of wall time; never worse than
    ``start``. Raises ValueError unless exactly one of rounds and seconds is given."""
    if (rounds is None) == (seconds is None):
        raise ValueError("either rounds or seconds")
    a = to_arrays(shop)
    weighed = weights_array(weights)
    found = walk_from(a, start)
    best, best_cost = start, float(start.cost[0])
    cost = best_cost
    warmth = warmth_of(a, best_cost)
    began, done = time.monotonic(), 0
    while True:
        spent, budget = (done, rounds) if rounds is not None else (time.monotonic() - began, seconds)
        used = spent / budget if budget else 1.0
        if used >= 1.0 or (progress is not None and not progress(used, best_cost)):
            break
        heat = warmth * 0.01 ** min(used, 1.0)
        cost = walk(a, found, cost, weighed, heat, ROUND, (seed * 1_000_003 + done) % 2_147_483_647)
        if cost < best_cost - 1e-9:
            now = sequences_from(a, found, start, weights)
            if now.cost[0] < best_cost:
                best, best_cost = now, float(now.cost[0])
            cost = float(now.cost[0])
        done += 1
    return plan_of(best)


def warmth_of(a: Arrays, cost: float) -> float:
    """By how much worse a change may be at the beginning to be taken one time in three: what it costs to let
    a mean job wait for a mean task, twice. Found by trial on random shops of 200 and 1,000 tasks."""
    hours = float(a.alt_seconds.mean()) / HOUR if len(a.alt_seconds) else 1.0
    weight = float(a.job_weight.mean()) if len(a.job_weight) else 1.0
    return max(min(2.0 * hours * weight, 0.02 * cost), 1e-6)


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
    for resource in range(len(lengths)):
        task = found.first[resource]
        while task >= 0:
            tasks[resource, lengths[resource]] = task
            lengths[resource] += 1
            task = found.behind[task]
    return timed_sequences(a, tasks, lengths, weights=weights)
