"""What can't be planned, found before anything is planned, so that the rest can be."""

from __future__ import annotations

from dataclasses import replace

from orders.planning.engine.shop import Shop, Task, Trouble

LONGEST = 10 * 365 * 86_400
"""Seconds. A task beyond ten years is a typing error."""


def plannable(shop: Shop) -> tuple[Shop, tuple[Trouble, ...]]:
    """The shop without the jobs that can't be planned, and why not. Indexes of the kept ones stay: the tasks
    of a job that is left out lose their alternatives and take no time."""
    troubles = tuple(_troubles(shop))
    bad = {trouble.job for trouble in troubles}
    if not bad:
        return shop, troubles
    tasks = tuple(_emptied(task) if task.job in bad else task for task in shop.tasks)
    return replace(shop, tasks=tasks), troubles


def _emptied(task: Task) -> Task:
    return Task(job=task.job, outside_seconds=0)


def _troubles(shop: Shop) -> list[Trouble]:
    rooms = _rooms(shop)
    found = [
        trouble
        for index, task in enumerate(shop.tasks)
        if (trouble := _trouble_of(shop, rooms, index, task)) is not None
    ]
    return found + [
        Trouble("cycle", job) for job in sorted({shop.tasks[index].job for index in _on_cycles(shop)})
    ]


def _trouble_of(shop: Shop, rooms: tuple[list[int], list[int]], index: int, task: Task) -> Trouble | None:
    if task.fixed is not None:
        return Trouble("backward", task.job, index) if task.fixed.end < task.fixed.start else None
    if task.outside_seconds is not None:
        absurd = not 0 <= task.outside_seconds <= LONGEST
        return Trouble("absurd_time", task.job, index) if absurd else None
    if not task.alternatives:
        return Trouble("no_machine", task.job, index)
    seconds = [one.seconds for one in task.alternatives]
    if min(seconds) < 0 or max(seconds) > LONGEST or not 0 <= task.setup_seconds <= LONGEST:
        return Trouble("absurd_time", task.job, index)
    room = rooms[0] if task.interruptible else rooms[1]
    works = False
    for one in task.alternatives:
        if shop.resources[one.resource].windows:
            if room[one.resource] >= one.seconds + task.setup_seconds:
                return None
            works = True
    return Trouble("fits_no_shift" if works else "no_shift", task.job, index)


def _rooms(shop: Shop) -> tuple[list[int], list[int]]:
    """The working time of each resource: altogether, and in its longest window."""
    lengths = [[window.end - window.start for window in one.windows] for one in shop.resources]
    return [sum(one) for one in lengths], [max(one, default=0) for one in lengths]


def _on_cycles(shop: Shop) -> set[int]:
    """Tasks that wait for themselves, directly or through others."""
    if all(before < index for index, task in enumerate(shop.tasks) for before in task.after):
        return set()
    waiting = [len(task.after) for task in shop.tasks]
    followers: list[list[int]] = [[] for _ in shop.tasks]
    for index, task in enumerate(shop.tasks):
        for before in task.after:
            followers[before].append(index)
    ready = [index for index, count in enumerate(waiting) if count == 0]
    while ready:
        for after in followers[ready.pop()]:
            waiting[after] -= 1
            if waiting[after] == 0:
                ready.append(after)
    return {index for index, count in enumerate(waiting) if count > 0}
