"""A plan as a graph: when each task begins at the earliest, and how much lies behind it.

For shops without breaks and changeovers. There a task takes as long wherever it stands, so that the end of a
job is the longest way to it, and what a move changes can be told from both sides of it without timing
anything anew. (Heads and tails; Carlier 1982. Tails to each job: Mati, Dauzère-Pérès, Lahlou 2011.)
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from orders.planning.engine.arrays import Arrays, Ints, Steps, is_plain
from orders.planning.engine.compiled import bare, small
from orders.planning.engine.kernel import ready_at, run_seconds
from orders.planning.engine.walk import Walk, move

FAR = -(2**50)
"""The tail of a task that a job doesn't wait for."""


class Graph(NamedTuple):
    """``order`` is always one in which everything stands behind what it waits for."""

    chains: Walk  # neighbours on resources; starts and ends of tasks, ends of jobs
    seconds: Ints  # of a task where it is
    tails: Ints  # [task, job] seconds from the task's begin to the job's end along the longest way
    order: Ints
    place: Ints  # of a task in the order
    dirty: NDArray[np.bool_]
    marked: NDArray[np.bool_]
    room: Ints


def can_be_graph(a: Arrays) -> bool:
    """Whether tasks take as long wherever they stand, and wait for resources and predecessors only."""
    return (
        is_plain(a)
        and not a.special
        and len(a.need) == 0
        and bool((a.fixed_resource < 0).all())
        and bool((a.earlier_resource < 0).all())
    )


def graph_from(a: Steps, chains: Walk) -> Graph:
    """The graph of these chains, which must hold no circle."""
    tasks, jobs = len(a.task_job), len(a.job_due)
    graph = Graph(
        chains,
        np.zeros(tasks, dtype=np.int64),
        np.full((tasks, jobs), FAR, dtype=np.int64),
        np.zeros(tasks, dtype=np.int64),
        np.zeros(tasks, dtype=np.int64),
        np.zeros(tasks, dtype=np.bool_),
        np.zeros(tasks, dtype=np.bool_),
        np.zeros(tasks, dtype=np.int64),
    )
    set_up(a, graph)
    return graph


@njit(cache=True, nogil=True)
def set_up(a: Steps, g: Graph) -> None:
    """Everything from the chains alone, which must hold no circle."""
    tasks, w = len(a.task_job), g.chains
    waiting = np.zeros(tasks, dtype=np.int64)
    first, last = 0, 0
    for task in range(tasks):
        g.seconds[task] = seconds_of(a, task, w.resource_of[task])
        waiting[task] = a.pred_from[task + 1] - a.pred_from[task] + (w.before[task] >= 0)
        if waiting[task] == 0:
            g.order[last] = task
            last += 1
    while first < last:
        task = g.order[first]
        g.place[task] = first
        first += 1
        for entry in range(a.succ_from[task], a.succ_from[task + 1]):
            waiting[a.succ[entry]] -= 1
            if waiting[a.succ[entry]] == 0:
                g.order[last] = a.succ[entry]
                last += 1
        after = w.behind[task]
        if after >= 0:
            waiting[after] -= 1
            if waiting[after] == 0:
                g.order[last] = after
                last += 1
    for place in range(tasks):
        _head(a, g, g.order[place])
    for place in range(tasks - 1, -1, -1):
        _tail(a, g, g.order[place])
    _note_ends(g)


@small
def seconds_of(a: Steps, task: int, resource: int) -> int:
    if resource < 0:
        return max(a.task_outside[task], 0)
    return run_seconds(a, task, resource)


@bare
def relocate(a: Steps, g: Graph, task: int, target: int, after: int) -> bool:
    """Put the task behind ``after`` on the target and time what that reaches; False, and nothing is changed,
    where tasks would wait for each other in a circle."""
    w = g.chains
    source, left, right = w.resource_of[task], w.before[task], w.behind[task]
    move(w, task, target, after)
    if not _line_up(a, g, task):
        move(w, task, source, left)
        return False
    g.seconds[task] = seconds_of(a, task, target)
    _time(a, g, task, right, w.behind[task])
    _time_back(a, g, task, left, w.before[task])
    _note_ends(g)
    return True


@bare
def _line_up(a: Steps, g: Graph, task: int) -> bool:
    """Mend the order after the task was put between new neighbours; False where there is none."""
    w, place = g.chains, g.place[task]
    left, right = w.before[task], w.behind[task]
    if left >= 0 and g.place[left] > place:
        return _shift_behind(a, g, place, g.place[left])
    if right >= 0 and g.place[right] < place:
        return _shift_before(a, g, g.place[right], place)
    return True


@bare
def _shift_behind(a: Steps, g: Graph, first: int, last: int) -> bool:
    """What stands first, and all that waits for it, goes behind what stands last."""
    w = g.chains
    free, held = first, 0
    for place in range(first, last + 1):
        task = g.order[place]
        waits = place == first or (w.before[task] >= 0 and g.marked[w.before[task]])
        for entry in range(a.pred_from[task], a.pred_from[task + 1]):
            waits = waits or g.marked[a.pred[entry]]
        if waits:
            g.marked[task] = True
            g.room[held] = task
            held += 1
    circle = g.marked[g.order[last]]
    for entry in range(held):
        if circle:
            g.marked[g.room[entry]] = False
    if circle:
        return False
    for place in range(first, last + 1):
        task = g.order[place]
        if not g.marked[task]:
            g.order[free], g.place[task] = task, free
            free += 1
    for entry in range(held):
        task = g.room[entry]
        g.marked[task] = False
        g.order[free], g.place[task] = task, free
        free += 1
    return True


@bare
def _shift_before(a: Steps, g: Graph, first: int, last: int) -> bool:
    """What stands last, and all that it waits for, goes before what stands first."""
    w = g.chains
    free, held = last, 0
    for place in range(last, first - 1, -1):
        task = g.order[place]
        awaited = place == last or (w.behind[task] >= 0 and g.marked[w.behind[task]])
        for entry in range(a.succ_from[task], a.succ_from[task + 1]):
            awaited = awaited or g.marked[a.succ[entry]]
        if awaited:
            g.marked[task] = True
            g.room[held] = task
            held += 1
    circle = g.marked[g.order[first]]
    for entry in range(held):
        if circle:
            g.marked[g.room[entry]] = False
    if circle:
        return False
    for place in range(last, first - 1, -1):
        task = g.order[place]
        if not g.marked[task]:
            g.order[free], g.place[task] = task, free
            free -= 1
    for entry in range(held):
        task = g.room[entry]
        g.marked[task] = False
        g.order[free], g.place[task] = task, free
        free -= 1
    return True


@small
def _head(a: Steps, g: Graph, task: int) -> bool:
    """Whether the task's end changed."""
    w = g.chains
    start = ready_at(a, task, w.ends)
    if w.before[task] >= 0:
        start = max(start, w.ends[w.before[task]])
    end = start + g.seconds[task]
    changed: bool = end != w.ends[task]
    w.starts[task], w.runs[task], w.ends[task] = start, start, end
    return changed


@small
def behind_in_job(a: Steps, g: Graph, task: int, job: int) -> int:
    """Seconds from the task's end to the job's along the longest way that doesn't begin at its resource."""
    first, last = a.succ_from[task], a.succ_from[task + 1]
    longest = 0 if first == last and a.task_job[task] == job else FAR
    for entry in range(first, last):
        longest = max(longest, g.tails[a.succ[entry], job] + a.task_wait[a.succ[entry]])
    return longest


@small
def _tail(a: Steps, g: Graph, task: int) -> bool:
    changed = False
    after = g.chains.behind[task]
    for job in range(g.tails.shape[1]):
        longest = behind_in_job(a, g, task, job)
        if after >= 0:
            longest = max(longest, g.tails[after, job])
        longest += g.seconds[task]
        if longest != g.tails[task, job]:
            g.tails[task, job] = longest
            changed = True
    return changed


@bare
def _time(a: Steps, g: Graph, task: int, left_alone: int, pushed: int) -> None:
    """Heads of the task, of what stood behind it and of what stands behind it now, and of what waits for
    them."""
    w, place, pending = g.chains, len(g.order), 0
    for one in (task, left_alone, pushed):
        if one >= 0 and not g.dirty[one]:
            g.dirty[one] = True
            pending += 1
            place = min(place, g.place[one])
    while pending > 0:
        one = g.order[place]
        place += 1
        if not g.dirty[one]:
            continue
        g.dirty[one] = False
        pending -= 1
        if not _head(a, g, one) and one != task:
            continue
        after = w.behind[one]
        if after >= 0 and not g.dirty[after]:
            g.dirty[after] = True
            pending += 1
        for entry in range(a.succ_from[one], a.succ_from[one + 1]):
            if not g.dirty[a.succ[entry]]:
                g.dirty[a.succ[entry]] = True
                pending += 1


@bare
def _time_back(a: Steps, g: Graph, task: int, left_alone: int, pushed: int) -> None:
    """Tails, the same the other way round."""
    w, place, pending = g.chains, -1, 0
    for one in (task, left_alone, pushed):
        if one >= 0 and not g.dirty[one]:
            g.dirty[one] = True
            pending += 1
            place = max(place, g.place[one])
    while pending > 0:
        one = g.order[place]
        place -= 1
        if not g.dirty[one]:
            continue
        g.dirty[one] = False
        pending -= 1
        if not _tail(a, g, one) and one != task:
            continue
        before = w.before[one]
        if before >= 0 and not g.dirty[before]:
            g.dirty[before] = True
            pending += 1
        for entry in range(a.pred_from[one], a.pred_from[one + 1]):
            if not g.dirty[a.pred[entry]]:
                g.dirty[a.pred[entry]] = True
                pending += 1


@small
def _note_ends(g: Graph) -> None:
    w = g.chains
    for job in range(len(w.finish)):
        finish = 0
        for entry in range(w.sink_from[job], w.sink_from[job + 1]):
            finish = max(finish, w.ends[w.sinks[entry]])
        w.finish[job] = finish
