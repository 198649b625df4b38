"""Sequences of tasks on resources, and the plan they make."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from orders.planning.engine.arrays import NEVER, Arrays, Floats, Ints
from orders.planning.engine.kernel import cost_of, retime
from orders.planning.engine.shop import Cost, Placed, Plan, Weights


@dataclass(slots=True)
class Sequences:
    """``tasks[r, :lengths[r]]`` in order on resource r. The other fields are what timing made of them."""

    tasks: Ints
    lengths: Ints
    starts: Ints
    runs: Ints
    ends: Ints
    setups: Ints
    resource_of: Ints
    cost: Floats


def weights_array(weights: Weights | None) -> Floats:
    weights = weights or Weights()
    return np.array([weights.lateness, weights.setup, weights.flow, weights.stability])


def sequences_of(a: Arrays, order: Ints, resource_of: Ints, *, weights: Weights | None = None) -> Sequences:
    """Sequences that give out the tasks in this order on these resources (-1: none), timed."""
    resources = len(a.res_table)
    tasks = np.full((resources, room_of(a)), -1, dtype=np.int64)
    lengths = np.zeros(resources, dtype=np.int64)
    _fill(order, resource_of, tasks, lengths)
    return timed_sequences(a, tasks, lengths, weights=weights)


@njit(cache=True, nogil=True)
def _fill(order: Ints, resource_of: Ints, tasks: Ints, lengths: Ints) -> None:
    for task in order:
        resource = resource_of[task]
        if resource >= 0:
            tasks[resource, lengths[resource]] = task
            lengths[resource] += 1


def room_of(a: Arrays) -> int:
    """The longest a sequence can get: all tasks that could go to one resource, and what is fixed there."""
    counts = np.bincount(a.alt_resource, minlength=len(a.res_table))
    fixed = a.fixed_resource[a.fixed_resource >= 0]
    counts = counts + np.bincount(fixed, minlength=len(a.res_table))
    return int(counts.max(initial=0)) + 1


def timed_sequences(a: Arrays, tasks: Ints, lengths: Ints, *, weights: Weights | None = None) -> Sequences:
    """Raises ValueError when the sequences wait for each other in a circle."""
    count = len(a.task_job)
    starts, runs, ends, setups, resource_of, waiting, stack = (
        np.zeros(count, dtype=np.int64) for _ in range(7)
    )
    if not retime(a, tasks, lengths, starts, runs, ends, setups, resource_of, waiting, stack):
        raise ValueError("the sequences wait for each other")
    cost = cost_of(a, starts, ends, setups, resource_of, weights_array(weights))
    return Sequences(tasks, lengths, starts, runs, ends, setups, resource_of, cost)


def plan_of(found: Sequences) -> Plan:
    """The plan that the sequences make. What ends beyond all windows has no place."""
    placed = tuple(
        None if end >= NEVER else Placed(task, resource, start, run_start, end, setup)
        for task, (resource, start, run_start, end, setup) in enumerate(
            zip(
                *(found.resource_of.tolist(), found.starts.tolist(), found.runs.tolist()),
                *(found.ends.tolist(), found.setups.tolist()),
                strict=True,
            )
        )
    )
    total, late, late_jobs, setup, flow, moved, waited = (float(value) for value in found.cost)
    return Plan(placed, Cost(total, late, int(late_jobs), setup, flow, moved, waited))
