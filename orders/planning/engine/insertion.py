"""Putting tasks into sequences that stand: where one ends first, and where everything together costs least.

Compiled. The places that are tried never let the sequences wait for each other in a circle, and nothing goes
before what is fixed.
"""

from __future__ import annotations

import numpy as np

from orders.planning.engine.arrays import NEVER, Arrays, Floats
from orders.planning.engine.compiled import bare, small
from orders.planning.engine.kernel import HOUR, ready_at, run_seconds, setup_of, span
from orders.planning.engine.walk import Walk, can_follow, can_precede, move, propagate, take_back

SLACK = 5.0
SAME = 0.05
"""Weighted hours, both."""


@bare
def place_early(a: Arrays, w: Walk, task: int, weights: Floats) -> float:
    """Move the task to where it ends first, whoever pays; the change of cost.

    Of places with the same end the last is taken: what is done before the task is ready needn't wait for it.
    """
    ready = ready_at(a, task, w.ends)
    best_end, best_resource, best_after = NEVER + 1, -1, -1
    for entry in range(a.alt_from[task], a.alt_from[task + 1]):
        resource = a.alt_resource[entry]
        seconds = run_seconds(a, task, resource)
        after, behind = _front(a, w, task, resource)
        while True:
            free = 0
            item, family = a.res_item[resource], a.res_family[resource]
            if after >= 0:
                free, item, family = w.ends[after], a.task_item[after], a.task_family[after]
            if free >= best_end:
                break
            setup = setup_of(a, task, resource, item, family)
            end = span(a, task, resource, max(ready, free), setup, seconds)[2]
            if end < best_end or (end == best_end and resource == best_resource):
                best_end, best_resource, best_after = end, resource, after
            if behind < 0:
                break
            after, behind = behind, _behind(w, task, behind)
    if best_resource < 0 or best_end >= NEVER:
        return 0.0
    return _settle(a, w, task, best_resource, best_after, weights)


@bare
def place_cheaply(a: Arrays, w: Walk, task: int, weights: Floats, reach: int, give_way: bool) -> float:
    """Move the task to where all jobs together cost least, ``reach`` places tried on each resource and its
    end; the change of cost. ``give_way``: of places that cost about the same the last, so that those before
    it in its job get room."""
    source, stood_behind = w.resource_of[task], w.before[task]
    best, best_resource, best_after = (SAME if give_way else -1e-9), -1, -1
    # What a place may cost others before it is given up: all that the job itself could gain, and a little.
    job = a.task_job[task]
    most = SLACK + weights[0] * a.job_weight[job] * max(w.finish[job] - a.job_due[job], 0) / HOUR
    for entry in range(a.alt_from[task], a.alt_from[task + 1]):
        resource = a.alt_resource[entry]
        after, behind = _front(a, w, task, resource)
        tried = 0
        while after < 0 or can_follow(a, w, task, after):
            # The end of a long queue is always tried: else the newest stands in front of who waits there.
            near = tried < reach or behind < 0
            if near and (resource != source or after != stood_behind):
                move(w, task, resource, after)
                change, touched = propagate(a, w, task, stood_behind, source, weights, most)
                take_back(a, w, touched)
                move(w, task, source, stood_behind)
                if change < best or (give_way and change < best + SAME):
                    best, best_resource, best_after = change, resource, after
                tried += 1
            if behind < 0:
                break
            after, behind = behind, _behind(w, task, behind)
    if best_resource < 0:
        return 0.0
    return _settle(a, w, task, best_resource, best_after, weights)


@small
def _front(a: Arrays, w: Walk, task: int, resource: int) -> tuple[int, int]:
    """The first place of the task on the resource: between these two (-1: nobody)."""
    after, behind = -1, w.first[resource]
    if behind == task:
        behind = w.behind[task]
    while behind >= 0 and not can_precede(a, w, task, behind):
        after, behind = behind, _behind(w, task, behind)
    return after, behind


@small
def _behind(w: Walk, task: int, other: int) -> int:
    """Who stands behind ``other`` if the task is left out."""
    behind = w.behind[other]
    return w.behind[task] if behind == task else behind


@bare
def _settle(a: Arrays, w: Walk, task: int, resource: int, after: int, weights: Floats) -> float:
    source, stood_behind = w.resource_of[task], w.before[task]
    if resource == source and after == stood_behind:
        return 0.0
    move(w, task, resource, after)
    change, touched = propagate(a, w, task, stood_behind, source, weights, np.inf)
    if change == np.inf:
        take_back(a, w, touched)
        move(w, task, source, stood_behind)
        return 0.0
    for entry in range(touched):
        w.undone[w.undo[entry, 0]] = -1
    return change
