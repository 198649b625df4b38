"""The compiled part of the local search: moves on chains of tasks, timed anew only as far as they reach."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from orders.planning.engine.arrays import NEVER, Arrays, Floats, Ints, Steps
from orders.planning.engine.compiled import bare, small
from orders.planning.engine.kernel import HOUR, moved_seconds, ready_at, run_seconds, setup_of, span


class Walk(NamedTuple):
    """Where the search stands. ``before``/``behind``: neighbours of a task on its resource, -1 at the
    ends."""

    before: Ints
    behind: Ints
    first: Ints
    resource_of: Ints
    starts: Ints
    runs: Ints
    ends: Ints
    setups: Ints
    finish: Ints  # of jobs
    heap: Ints
    keys: Ints  # of the heap's entries
    place: Ints  # of a task in the heap, -1: not in it
    undo: Ints  # [entry, (task, start, run, end, setup)]
    undone: Ints  # of a task: its entry in undo, -1: not touched
    sink_from: Ints
    sinks: Ints


@bare
def walk(
    a: Arrays, w: Walk, cost: float, weights: Floats, heat: float, hope: float, changes: int, seed: int
) -> float:
    """Try ``changes`` moves in place; the cost where it ends. A move that seems worse by more than ``hope``
    on the way is not followed to its end."""
    np.random.seed(seed)
    for _ in range(changes):
        task, target, after = choose(a, w)
        if task < 0:
            continue
        source, stood_behind = w.resource_of[task], w.before[task]
        move(w, task, target, after)
        brave = -heat * np.log(1.0 - np.random.random())
        change, touched = propagate(a, w, task, stood_behind, source, weights, brave + hope)
        if change <= brave:
            cost += change
            for entry in range(touched):
                w.undone[w.undo[entry, 0]] = -1
        else:
            take_back(a, w, touched)
            move(w, task, source, stood_behind)
    return cost


@bare
def choose(a: Arrays, w: Walk) -> tuple[int, int, int]:
    """A task, the resource it goes to and the task it goes behind there (-1: first); (-1, ...): nothing to
    move.

    Half of the moves pull a task forward that makes a late job late, the others are of a task by chance.
    """
    tasks = len(a.task_job)
    task = np.random.randint(tasks)
    pull = np.random.random() < 0.5
    if pull:
        for _ in range(20):
            job = a.task_job[task]
            if w.finish[job] > a.job_due[job]:
                break
            task = np.random.randint(tasks)
        task = _culprit(a, w, task)
    source = w.resource_of[task]
    if source < 0 or a.fixed_resource[task] >= 0:
        return -1, 0, 0
    choices = a.alt_from[task + 1] - a.alt_from[task]
    if choices > 1 and np.random.random() < 0.35:
        target = a.alt_resource[a.alt_from[task] + np.random.randint(choices)]
        if target != source:
            return task, target, _place_on(a, w, task, target)
    if pull or np.random.random() < 0.6:
        return _earlier(a, w, task, source)
    return _later(a, w, task, source)


@small
def _culprit(a: Arrays, w: Walk, task: int) -> int:
    """From the end of the task's job back along whatever held it up, to a task that waited for its
    resource."""
    job = a.task_job[task]
    for entry in range(w.sink_from[job], w.sink_from[job + 1]):
        if w.ends[w.sinks[entry]] == w.finish[job]:
            task = w.sinks[entry]
    for _ in range(60):
        ready = ready_at(a, task, w.ends)
        neighbour = w.before[task]
        if neighbour >= 0 and w.ends[neighbour] > ready:
            if np.random.random() < 0.25:
                return task
            task = neighbour
            continue
        last = -1
        for entry in range(a.pred_from[task], a.pred_from[task + 1]):
            if w.ends[a.pred[entry]] + a.task_wait[task] == ready:
                last = a.pred[entry]
        if last < 0:
            return task
        task = last
    return task


@small
def can_precede(a: Arrays | Steps, w: Walk, task: int, other: int) -> bool:
    """Whether it makes sense, and no circle, that the task goes before ``other``: nothing before the task
    begins only after ``other`` ends."""
    if a.fixed_resource[other] >= 0:
        return False
    for entry in range(a.pred_from[task], a.pred_from[task + 1]):
        if w.starts[a.pred[entry]] >= w.ends[other]:
            return False
    return True


@small
def can_follow(a: Arrays | Steps, w: Walk, task: int, other: int) -> bool:
    """The same for going behind ``other``."""
    for entry in range(a.succ_from[task], a.succ_from[task + 1]):
        if w.starts[other] >= w.ends[a.succ[entry]]:
            return False
    return True


@small
def _earlier(a: Arrays, w: Walk, task: int, resource: int) -> tuple[int, int, int]:
    steps = 1 if np.random.random() < 0.5 else 1 + np.random.randint(12)
    after = w.before[task]
    moved = False
    while steps > 0 and after >= 0 and can_precede(a, w, task, after):
        after = w.before[after]
        steps -= 1
        moved = True
    return (task if moved else -1), resource, after


@small
def _later(a: Arrays, w: Walk, task: int, resource: int) -> tuple[int, int, int]:
    steps = 1 if np.random.random() < 0.5 else 1 + np.random.randint(12)
    after = task
    while steps > 0 and w.behind[after] >= 0 and can_follow(a, w, task, w.behind[after]):
        after = w.behind[after]
        steps -= 1
    return (task if after != task else -1), resource, after


@small
def _place_on(a: Arrays, w: Walk, task: int, resource: int) -> int:
    """Behind which task of another resource: about where it stands in time, give or take a few."""
    after, behind = -1, w.first[resource]
    while behind >= 0 and (w.starts[behind] < w.starts[task] or not can_precede(a, w, task, behind)):
        after, behind = behind, w.behind[behind]
    steps = np.random.randint(4)
    while steps > 0 and after >= 0 and can_precede(a, w, task, after):
        after = w.before[after]
        steps -= 1
    while after >= 0 and not can_follow(a, w, task, after):
        after = w.before[after]
    return after


@small
def move(w: Walk, task: int, target: int, after: int) -> None:
    """Take the task out of its chain and put it behind ``after`` on the target (-1: first)."""
    source, left, right = w.resource_of[task], w.before[task], w.behind[task]
    if left >= 0:
        w.behind[left] = right
    else:
        w.first[source] = right
    if right >= 0:
        w.before[right] = left
    if after >= 0:
        following = w.behind[after]
        w.behind[after] = task
    else:
        following = w.first[target]
        w.first[target] = task
    w.before[task], w.behind[task] = after, following
    if following >= 0:
        w.before[following] = task
    w.resource_of[task] = target


@bare
def propagate(
    a: Arrays, w: Walk, task: int, stood_behind: int, source: int, weights: Floats, most: float
) -> tuple[float, int]:
    """Time anew what the move reached. The change of cost, and how many entries of ``undo`` were written.

    Tasks are taken by the time they stood at; one that is reached again later is timed again, so that the
    result is that of timing everything. Gives up on what is hopelessly worse than ``most``.
    """
    size = _push(w, 0, task, w.starts[task])
    if w.behind[task] >= 0:
        size = _push(w, size, w.behind[task], w.starts[w.behind[task]])
    left = w.first[source] if stood_behind < 0 else w.behind[stood_behind]
    if left >= 0:
        size = _push(w, size, left, w.starts[left])
    touched, steps = 0, 0
    change = weights[3] / HOUR * (_stays(a, w, task, w.resource_of[task]) - _stays(a, w, task, source))
    limit = 6 * len(a.task_job) + 100
    while size > 0:
        now, size = _pop(w, size)
        steps += 1
        if steps > limit:
            change = np.inf
        if change > most:
            _empty(w, size)
            return np.inf, touched
        start, run, end, setup = _timing(a, w, now)
        if start == w.starts[now] and end == w.ends[now] and setup == w.setups[now]:
            continue
        if w.undone[now] < 0:
            w.undone[now] = touched
            w.undo[touched, 0], w.undo[touched, 1], w.undo[touched, 2] = now, w.starts[now], w.runs[now]
            w.undo[touched, 3], w.undo[touched, 4] = w.ends[now], w.setups[now]
            touched += 1
        change += weights[1] * (setup - w.setups[now]) / HOUR
        if a.earlier_resource[now] >= 0:
            was = abs(w.starts[now] - a.earlier_start[now])
            change += weights[3] * (abs(start - a.earlier_start[now]) - was) / HOUR
        moved = end != w.ends[now]
        w.starts[now], w.runs[now], w.ends[now], w.setups[now] = start, run, end, setup
        if not moved and now != task:
            continue
        if a.succ_from[now] == a.succ_from[now + 1]:
            change += _finish(a, w, a.task_job[now], weights)
        if w.behind[now] >= 0:
            size = _push(w, size, w.behind[now], w.starts[w.behind[now]])
        for entry in range(a.succ_from[now], a.succ_from[now + 1]):
            size = _push(w, size, a.succ[entry], w.starts[a.succ[entry]])
    return change, touched


@small
def _stays(a: Arrays, w: Walk, task: int, resource: int) -> int:
    return moved_seconds(a, task, resource, w.starts[task])


@small
def _timing(a: Arrays, w: Walk, task: int) -> tuple[int, int, int, int]:
    if a.fixed_resource[task] >= 0:
        return w.starts[task], w.runs[task], w.ends[task], w.setups[task]
    ready = ready_at(a, task, w.ends)
    resource = w.resource_of[task]
    if resource < 0:
        return ready, ready, min(ready + max(a.task_outside[task], 0), NEVER), 0
    neighbour = w.before[task]
    if neighbour >= 0:
        ready = max(ready, w.ends[neighbour])
        setup = setup_of(a, task, resource, a.task_item[neighbour], a.task_family[neighbour])
    else:
        setup = setup_of(a, task, resource, a.res_item[resource], a.res_family[resource])
    start, run, end = span(a, task, resource, ready, setup, run_seconds(a, task, resource))
    return start, run, end, setup


@small
def _finish(a: Arrays, w: Walk, job: int, weights: Floats) -> float:
    """Note the job's end as it is now; the change of cost."""
    finish = 0
    for entry in range(w.sink_from[job], w.sink_from[job + 1]):
        finish = max(finish, w.ends[w.sinks[entry]])
    before = w.finish[job]
    w.finish[job] = finish
    late = max(finish - a.job_due[job], 0) - max(before - a.job_due[job], 0)
    return (weights[0] * a.job_weight[job] * late + weights[2] * (finish - before)) / HOUR


@bare
def take_back(a: Arrays, w: Walk, touched: int) -> None:
    for entry in range(touched):
        task = w.undo[entry, 0]
        w.starts[task], w.runs[task] = w.undo[entry, 1], w.undo[entry, 2]
        w.ends[task], w.setups[task] = w.undo[entry, 3], w.undo[entry, 4]
        w.undone[task] = -1
    for entry in range(touched):
        task = w.undo[entry, 0]
        if a.succ_from[task] == a.succ_from[task + 1]:
            job = a.task_job[task]
            finish = 0
            for place in range(w.sink_from[job], w.sink_from[job + 1]):
                finish = max(finish, w.ends[w.sinks[place]])
            w.finish[job] = finish


@small
def _push(w: Walk, size: int, task: int, key: int) -> int:
    """Add the task to the heap unless it is in it; the heap's size."""
    if w.place[task] >= 0:
        return size
    place = size
    while place > 0:
        parent = (place - 1) // 2
        if w.keys[parent] <= key:
            break
        w.heap[place], w.keys[place] = w.heap[parent], w.keys[parent]
        w.place[w.heap[place]] = place
        place = parent
    w.heap[place], w.keys[place], w.place[task] = task, key, place
    return size + 1


@small
def _pop(w: Walk, size: int) -> tuple[int, int]:
    """The task with the smallest key, and the heap's size without it."""
    task = w.heap[0]
    w.place[task] = -1
    size -= 1
    if size == 0:
        return task, 0
    moved, key = w.heap[size], w.keys[size]
    place = 0
    while True:
        child = 2 * place + 1
        if child >= size:
            break
        if child + 1 < size and w.keys[child + 1] < w.keys[child]:
            child += 1
        if w.keys[child] >= key:
            break
        w.heap[place], w.keys[place] = w.heap[child], w.keys[child]
        w.place[w.heap[place]] = place
        place = child
    w.heap[place], w.keys[place], w.place[moved] = moved, key, place
    return task, size


@small
def _empty(w: Walk, size: int) -> None:
    for entry in range(size):
        w.place[w.heap[entry]] = -1
