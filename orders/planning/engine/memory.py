"""Where a search along critical paths stands, and the plans it remembers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from orders.planning.engine.arrays import Floats, Ints, Steps
from orders.planning.engine.compiled import small
from orders.planning.engine.graph import Graph, set_up
from orders.planning.engine.kernel import HOUR

REMEMBERED = 2**16
"""Places for what must not come back; two that share one are both forbidden for a while."""
ELITE = 6
"""Plans that the search goes back to when it is stuck."""


class Memory(NamedTuple):
    """``elite`` are plans as chains; the last one is the best since the search last went elsewhere."""

    until: Ints  # of a pair of tasks, or a task and a resource: the move until which it must not come back
    path: Ints
    seen: Ints  # of a task: the move in which it was last on a path
    heads: Ints
    block: Ints
    jobs: Ints  # late ones, in the order in which they are looked at
    counted: Ints  # [moves, last move that helped, tenure]
    costs: Floats  # [here, best since it went elsewhere, best of all, of the best move offered]
    elite_costs: Floats
    elite: Ints  # [plan, (before, behind, resource), task]
    elite_first: Ints  # [plan, resource]
    choice: Ints  # [task, resource, after] of the best move offered, and of a forbidden one
    ties: Ints  # how many moves are as good as the best, and how many are forbidden


def memory_of(a: Steps, g: Graph, weights: Floats) -> Memory:
    tasks, jobs, resources = len(a.task_job), len(a.job_due), len(g.chains.first)
    chained = len(a.alt_resource)
    found = Memory(
        np.zeros(REMEMBERED, dtype=np.int64),
        np.zeros(tasks + 1, dtype=np.int64),
        np.zeros(tasks, dtype=np.int64),
        np.zeros(tasks + 1, dtype=np.int64),
        np.zeros(tasks + 1, dtype=np.int64),
        np.zeros(jobs, dtype=np.int64),
        np.array([0, 0, 10 + chained // max(resources, 1) ** 2]),
        np.zeros(4),
        np.full(ELITE + 1, np.inf),
        np.zeros((ELITE + 1, 3, tasks), dtype=np.int64),
        np.zeros((ELITE + 1, resources), dtype=np.int64),
        np.zeros(6, dtype=np.int64),
        np.zeros(2, dtype=np.int64),
    )
    _begin(a, g, found, weights)
    return found


@njit(cache=True, nogil=True)
def _begin(a: Steps, g: Graph, m: Memory, weights: Floats) -> None:
    m.costs[:] = total(a, g, weights)
    note(g, m, ELITE, m.costs[0])


@small
def cost_at(a: Steps, job: int, finish: int, weights: Floats) -> float:
    late = max(finish - a.job_due[job], 0)
    return (weights[0] * a.job_weight[job] * late + weights[2] * finish) / HOUR


@small
def total(a: Steps, g: Graph, weights: Floats) -> float:
    cost = 0.0
    for job in range(len(a.job_due)):
        cost += cost_at(a, job, g.chains.finish[job], weights)
    return cost


@small
def note(g: Graph, m: Memory, place: int, cost: float) -> None:
    """Keep the plan as the one there."""
    w = g.chains
    m.elite_costs[place] = cost
    for task in range(len(w.before)):
        m.elite[place, 0, task] = w.before[task]
        m.elite[place, 1, task] = w.behind[task]
        m.elite[place, 2, task] = w.resource_of[task]
    for resource in range(len(w.first)):
        m.elite_first[place, resource] = w.first[resource]


@small
def swap(m: Memory, place: int, other: int) -> None:
    for field in range(3):
        for task in range(m.elite.shape[2]):
            m.elite[place, field, task], m.elite[other, field, task] = (
                m.elite[other, field, task],
                m.elite[place, field, task],
            )
    for resource in range(m.elite_first.shape[1]):
        m.elite_first[place, resource], m.elite_first[other, resource] = (
            m.elite_first[other, resource],
            m.elite_first[place, resource],
        )
    m.elite_costs[place], m.elite_costs[other] = m.elite_costs[other], m.elite_costs[place]


@njit(cache=True, nogil=True)
def load(a: Steps, g: Graph, m: Memory, place: int) -> None:
    """Stand where the kept plan stands."""
    w = g.chains
    w.before[:], w.behind[:], w.resource_of[:] = m.elite[place, 0], m.elite[place, 1], m.elite[place, 2]
    w.first[:] = m.elite_first[place]
    set_up(a, g)


@small
def mark(one: int, other: int) -> int:
    return (one * 1_000_003 + other * 7_919) % REMEMBERED
