"""A plan that stands, laid over the shop as it is now: its queues timed anew, what is new inserted, what is
near frozen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from orders.planning.engine.arrays import NEVER, Arrays, to_arrays
from orders.planning.engine.chains import sequences_from, walk_from
from orders.planning.engine.following import follow
from orders.planning.engine.insertion import place_cheaply, place_early
from orders.planning.engine.sequences import (
    Sequences,
    room_of,
    timed_sequences,
    weights_array,
)
from orders.planning.engine.shop import (
    Alternative,
    Earlier,
    Fixed,
    Job,
    Placed,
    Plan,
    Shop,
    Task,
    Weights,
    Window,
)
from orders.planning.engine.walk import Walk

REACH = 30
"""Places on each resource that are tried for a task."""
PASSES = 3
MOST_NEW = 300
"""Jobs that are inserted one by one. More of them than this are a new plan, not a change of one."""
LATEST = 180 * 86_400
PIN_WEIGHT = 1e6
"""What an hour counts by which a pinned task would begin later."""

Queues = Sequence[Sequence[int]]
"""Tasks by resource, in their order."""


class CannotStand(ValueError):
    """The queues wait for each other in a circle, or nearly everything is new: plan anew."""


@dataclass(frozen=True, slots=True)
class Pin:
    """A task that a planner put on a resource, to begin then and not before."""

    resource: int
    start: int


def with_pins(shop: Shop, pins: Mapping[int, Pin], ends: Mapping[int, int]) -> Shop:
    """The shop in which pinned tasks have no other resource, begin no earlier, and where a later end than
    ``ends`` says costs more than anything else: for each there is a job of its own behind it, at the end of
    the shop, that takes no time. Pins to what can't do the task are left out."""
    tasks, jobs = list(shop.tasks), list(shop.jobs)
    for index, pin in pins.items():
        task = tasks[index]
        able = [one for one in task.alternatives if one.resource == pin.resource]
        if task.fixed is not None or not able:
            continue
        tasks[index] = replace(task, alternatives=tuple(able), earliest=max(task.earliest, pin.start))
        tasks.append(Task(job=len(jobs), after=(index,), outside_seconds=0))
        jobs.append(Job(f"pin {index}", ends.get(index, pin.start), PIN_WEIGHT))
    return replace(shop, tasks=tuple(tasks), jobs=tuple(jobs))


def with_earlier(shop: Shop, stood: Mapping[int, Earlier]) -> Shop:
    """The shop in which these tasks know where they stood."""
    if not stood:
        return shop
    tasks = list(shop.tasks)
    for task, earlier in stood.items():
        tasks[task] = replace(tasks[task], earlier=earlier)
    return replace(shop, tasks=tuple(tasks))


def only_there(a: Arrays, task: int, resource: int, seconds: int, earliest: int) -> Arrays:
    """The task can be done nowhere else, and not before."""
    resources, lengths, begin = a.alt_resource.copy(), a.alt_seconds.copy(), a.task_earliest.copy()
    mine = slice(a.alt_from[task], a.alt_from[task + 1])
    resources[mine], lengths[mine], begin[task] = resource, seconds, earliest
    return a._replace(alt_resource=resources, alt_seconds=lengths, task_earliest=begin)


def lay_out(
    shop: Shop,
    queues: Queues,
    *,
    last: Collection[int] = (),
    weights: Weights | None = None,
    a: Arrays | None = None,
) -> Sequences:
    """The queues as timed sequences of this shop.

    What is fixed comes first. Jobs with a task that stands in no queue (any more) are inserted as a whole
    where they cost least; those of ``last`` at the ends of queues, where they are in nobody's way. Raises
    CannotStand. ``a``: the shop's arrays, if they are there.
    """
    a = to_arrays(shop) if a is None else a
    kept, new = _kept(shop, queues)
    if len(new) > MOST_NEW:
        raise CannotStand("nearly everything is new")
    append(shop, kept, new)
    found = timed(a, kept, weights=weights)
    inserted = [job for job in new if job not in last]
    if not inserted:
        return found
    if a.special:
        own = tasks_of(shop, inserted)
        due = min((_due(shop.jobs[job]) for job in inserted), default=NEVER)
        followed = follow(a, found, new=own, due=min(due, LATEST), weights=weights)
        return min((found, followed), key=lambda one: one.cost[0])
    urgent = sorted(inserted, key=lambda job: (_due(shop.jobs[job]), -shop.jobs[job].weight))
    w = walk_from(a, found)
    for job in urgent:
        insert_job(a, w, tasks_of(shop, [job]), weights=weights, early=False)
    return sequences_from(a, w, found, weights)


def timed(a: Arrays, queues: Queues, *, weights: Weights | None = None) -> Sequences:
    """The queues as sequences. Raises CannotStand when they wait for each other in a circle."""
    room = max(room_of(a), *(len(queue) for queue in queues)) if queues else room_of(a)
    tasks = np.full((len(a.res_table), room), -1, dtype=np.int64)
    lengths = np.zeros(len(a.res_table), dtype=np.int64)
    for resource, queue in enumerate(queues):
        tasks[resource, : len(queue)] = queue
        lengths[resource] = len(queue)
    try:
        return timed_sequences(a, tasks, lengths, weights=weights)
    except ValueError as error:
        raise CannotStand(str(error)) from None


def insert_job(
    a: Arrays, w: Walk, tasks: Iterable[int], *, weights: Weights | None = None, early: bool
) -> None:
    """Put a job's tasks, which stand somewhere, where each ends first; and unless ``early``, from there to
    where everything together costs least."""
    weighed, listed = weights_array(weights), list(tasks)
    for task in listed:
        place_early(a, w, task, weighed)
    if early:
        return
    for turn in range(PASSES):
        for task in reversed(listed):
            place_cheaply(a, w, task, weighed, REACH, turn < PASSES - 1)


def queues_of(found: Sequences) -> list[list[int]]:
    return [
        [int(task) for task in found.tasks[resource, : found.lengths[resource]]]
        for resource in range(len(found.lengths))
    ]


def tasks_of(shop: Shop, jobs: Collection[int]) -> list[int]:
    """Tasks of these jobs that need a resource and aren't fixed, those first that others wait for."""
    return [
        index
        for index, task in enumerate(shop.tasks)
        if task.job in jobs and task.fixed is None and task.outside_seconds is None
    ]


def without(queues: Queues, tasks: Collection[int]) -> list[list[int]]:
    gone = set(tasks)
    return [[task for task in queue if task not in gone] for queue in queues]


def frozen_in(found: Sequences, until: int) -> list[int]:
    """Tasks on resources that begin before ``until``."""
    return [int(task) for task in np.flatnonzero((found.resource_of >= 0) & (found.starts < until))]


def freeze(shop: Shop, found: Sequences, tasks: Iterable[int]) -> Shop:
    """The shop in which these tasks stay where the sequences have them, to the second."""
    changed = list(shop.tasks)
    for task in tasks:
        if changed[task].fixed is None and found.ends[task] < NEVER:
            changed[task] = replace(
                changed[task],
                fixed=Fixed(int(found.resource_of[task]), int(found.starts[task]), int(found.ends[task])),
            )
    return replace(shop, tasks=tuple(changed))


def merged(plan: Plan, before: Plan, frozen: Iterable[int]) -> Plan:
    """The plan with the frozen tasks as they stood before, setup and run apart."""
    placed: list[Placed | None] = list(plan.placed)
    for task in frozen:
        placed[task] = before.placed[task]
    return replace(plan, placed=tuple(placed))


def with_windows(shop: Shop, changed: Mapping[int, tuple[Window, ...]]) -> Shop:
    """The shop in which these resources work in these windows; what runs there ends accordingly."""
    resources = list(shop.resources)
    for resource, windows in changed.items():
        resources[resource] = replace(resources[resource], windows=windows)
    tasks = tuple(
        replace(
            task,
            fixed=_stretched(
                task.fixed, shop.resources[task.fixed.resource].windows, changed[task.fixed.resource]
            ),
        )
        if task.fixed is not None and task.fixed.resource in changed
        else task
        for task in shop.tasks
    )
    return replace(shop, resources=tuple(resources), tasks=tasks)


def cut(windows: Iterable[Window], start: int, end: int) -> tuple[Window, ...]:
    """Working time without [start, end)."""
    found: list[Window] = []
    for window in windows:
        if window.start < min(start, window.end):
            found.append(Window(window.start, min(start, window.end)))
        if max(end, window.start) < window.end:
            found.append(Window(max(end, window.start), window.end))
    return tuple(found) if start < end else tuple(windows)


def without_first(windows: Iterable[Window], seconds: int) -> tuple[Window, ...]:
    """Working time without so much of it at its beginning."""
    found: list[Window] = []
    for window in windows:
        taken = min(seconds, window.end - window.start)
        seconds -= taken
        if window.start + taken < window.end:
            found.append(Window(window.start + taken, window.end))
    return tuple(found)


def joined(windows: Iterable[Window], start: int, end: int) -> tuple[Window, ...]:
    """Working time and [start, end)."""
    found: list[Window] = []
    for window in sorted((*windows, Window(start, end)), key=lambda one: one.start):
        if found and window.start <= found[-1].end:
            found[-1] = Window(found[-1].start, max(found[-1].end, window.end))
        elif window.start < window.end:
            found.append(window)
    return tuple(found)


def _stretched(fixed: Fixed, old: Iterable[Window], new: Iterable[Window]) -> Fixed:
    """The same working time in other windows. What is left beyond them all takes no break."""
    left = sum(max(0, min(one.end, fixed.end) - max(one.start, fixed.start)) for one in old)
    if not left:
        return fixed
    end = fixed.start
    for window in new:
        start = max(window.start, fixed.start)
        if start >= window.end:
            continue
        if start + left <= window.end:
            return replace(fixed, end=start + left)
        left -= window.end - start
        end = window.end
    return replace(fixed, end=max(end, fixed.start) + left)


def _kept(shop: Shop, queues: Queues) -> tuple[list[list[int]], list[int]]:
    """What can stay in its queue, behind what is fixed; and the jobs to be inserted."""
    able = [[one.resource for one in task.alternatives] for task in shop.tasks]
    kept: list[list[int]] = [[] for _ in shop.resources]
    fixed = [(task.fixed, index) for index, task in enumerate(shop.tasks) if task.fixed is not None]
    for where, index in sorted(fixed, key=lambda one: (one[0].start, one[0].end, one[1])):
        kept[where.resource].append(index)
    standing = {
        task
        for resource, queue in enumerate(queues)
        for task in queue
        if shop.tasks[task].fixed is None and resource in able[task]
    }
    needed = {
        index
        for index, task in enumerate(shop.tasks)
        if task.fixed is None and task.outside_seconds is None and task.alternatives
    }
    new = sorted({shop.tasks[task].job for task in needed - standing})
    gone = set(new)
    for resource, queue in enumerate(queues):
        kept[resource].extend(task for task in queue if task in standing and shop.tasks[task].job not in gone)
    return kept, new


def append(shop: Shop, queues: list[list[int]], jobs: Collection[int]) -> None:
    """Put the jobs' tasks at the ends of the shortest queues: somewhere they must stand to be moved."""
    work: dict[int, int] = defaultdict(int)
    for resource, queue in enumerate(queues):
        work[resource] = len(queue)
    for task in tasks_of(shop, set(jobs)):
        chosen = min(shop.tasks[task].alternatives, key=lambda one: (work[one.resource], one.seconds))
        queues[chosen.resource].append(task)
        work[chosen.resource] += 1


def _due(job: Job) -> int:
    return NEVER if job.due is None else job.due


def seconds_on(alternatives: Iterable[Alternative], resource: int) -> int | None:
    """The run's working seconds on that resource; None: it can't be done there."""
    return next((one.seconds for one in alternatives if one.resource == resource), None)


def in_order(shop: Shop, placed: Placed) -> tuple[int, int, int, int]:
    """By what queues are sorted: of what begins together, the longest first, for the others join it."""
    seconds = seconds_on(shop.tasks[placed.task].alternatives, placed.resource)
    return placed.start, placed.end, -(seconds or 0), placed.task
