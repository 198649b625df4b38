"""Where a search goes that is stuck: between the best plans it has seen (path relinking; Peng, Lü, Cheng
2015)."""

from __future__ import annotations

import numpy as np
from numba import njit

from orders.planning.engine.arrays import Floats, Ints, Steps
from orders.planning.engine.compiled import bare
from orders.planning.engine.critical import late_jobs, trace
from orders.planning.engine.graph import Graph, relocate
from orders.planning.engine.memory import ELITE, Memory, load, note, swap, total
from orders.planning.engine.walk import can_follow, can_precede

BETWEEN = 0.8
"""How often the search goes between two plans; otherwise it shakes one of them."""
PART = (0.3, 0.6)
"""How far it goes from the one to the other."""


@njit(cache=True, nogil=True)
def go_elsewhere(a: Steps, g: Graph, m: Memory, weights: Floats) -> None:
    """The best plan since the last time joins the elite in place of the worst there, and the search goes on
    from between two of them."""
    worst, known = 0, False
    for place in range(ELITE):
        known = known or abs(m.elite_costs[place] - m.elite_costs[ELITE]) < 1e-9
        if m.elite_costs[place] > m.elite_costs[worst]:
            worst = place
    if not known and m.elite_costs[ELITE] < m.elite_costs[worst]:
        swap(m, worst, ELITE)
    there = 0
    for place in range(ELITE):
        there += m.elite_costs[place] < np.inf
    one = np.random.randint(ELITE)
    while m.elite_costs[one] == np.inf:
        one = np.random.randint(ELITE)
    load(a, g, m, one)
    if there > 1 and np.random.random() < BETWEEN:
        other = one
        while other == one or m.elite_costs[other] == np.inf:
            other = np.random.randint(ELITE)
        _towards(a, g, m, other)
    else:
        _shake(a, g, m, weights)
    m.until[:] = 0
    m.counted[1] = m.counted[0]
    m.costs[0] = m.costs[1] = total(a, g, weights)
    note(g, m, ELITE, m.costs[0])


@bare
def _shake(a: Steps, g: Graph, m: Memory, weights: Floats) -> None:
    """A few critical tasks to any place near."""
    for _ in range(5 + np.random.randint(20)):
        m.counted[0] += 1
        found = late_jobs(a, g, m, weights)
        if found == 0:
            return
        length = trace(a, g, m, m.jobs[0])
        task = m.path[np.random.randint(length)]
        other = g.chains.before[task]
        if other >= 0 and can_precede(a, g.chains, task, other):
            relocate(a, g, task, g.chains.resource_of[task], g.chains.before[other])


@njit(cache=True, nogil=True)
def _towards(a: Steps, g: Graph, m: Memory, other: int) -> None:
    """Go part of the way to another plan, a pair of neighbours at a time."""
    tasks = len(a.task_job)
    places = _places_in(m, other, tasks)
    wanted = _apart(g, m, other, places) * np.random.uniform(*PART)
    done = 0
    for _ in range(100 * tasks):
        if done >= wanted:
            break
        done += _step_towards(a, g, m, other, places, np.random.randint(tasks))


@njit(cache=True, nogil=True)
def _places_in(m: Memory, other: int, tasks: int) -> Ints:
    places = np.zeros(tasks, dtype=np.int64)
    for resource in range(m.elite_first.shape[1]):
        task, place = m.elite_first[other, resource], 0
        while task >= 0:
            places[task] = place
            place += 1
            task = m.elite[other, 1, task]
    return places


@bare
def _apart(g: Graph, m: Memory, other: int, places: Ints) -> int:
    """Pairs that come the other way round there, and tasks that are on another resource."""
    w, apart, there = g.chains, 0, m.elite
    for resource in range(len(w.first)):
        task = w.first[resource]
        while task >= 0:
            one = w.behind[task]
            while one >= 0:
                same = there[other, 2, task] == resource and there[other, 2, one] == resource
                apart += same and places[one] < places[task]
                one = w.behind[one]
            apart += there[other, 2, task] != resource
            task = w.behind[task]
    return apart


@bare
def _step_towards(a: Steps, g: Graph, m: Memory, other: int, places: Ints, task: int) -> bool:
    """Whether the task was moved: to its resource there, or behind a neighbour that is before it there."""
    w = g.chains
    resource, target = w.resource_of[task], m.elite[other, 2, task]
    if resource < 0:
        return False
    if target != resource:
        after, behind = -1, w.first[target]
        while behind >= 0 and (w.starts[behind] < w.starts[task] or not can_precede(a, w, task, behind)):
            after, behind = behind, w.behind[behind]
        return relocate(a, g, task, target, after)
    behind = w.behind[task]
    if behind < 0 or m.elite[other, 2, behind] != resource or places[behind] > places[task]:
        return False
    return can_follow(a, w, task, behind) and relocate(a, g, task, resource, behind)
