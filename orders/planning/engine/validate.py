"""An independent check of any plan, in plain Python: it shares no arithmetic with the code that makes
plans."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from orders.planning.engine.shop import OTHER_MACHINE, WAITED, Cost, Placed, Plan, Shop, Task, Weights, Window

HOUR = 3600
NO_SECONDS = -1


@dataclass(frozen=True, slots=True)
class Violation:
    """What the plan breaks, where: ``task`` is the index of the task that stands wrongly."""

    rule: str
    task: int
    detail: str = ""


def violations(shop: Shop, plan: Plan) -> list[Violation]:
    """Everything that plan breaks; empty for a plan that can be carried out as it stands."""
    clocks = _clocks(shop)
    return [
        *_each(shop, clocks, plan),
        *_order(shop, clocks, plan),
        *_machines(shop, clocks, plan),
        *_shared(shop, plan),
    ]


def recounted(shop: Shop, plan: Plan, weights: Weights | None = None) -> Cost:
    """The plan's cost, counted anew from its placed tasks."""
    weights = weights or Weights()
    finish: dict[int, int] = defaultdict(int)
    setup = 0
    for placed in plan.placed:
        if placed is None:
            raise ValueError("a plan with a task that has no place has no cost")
        job = shop.tasks[placed.task].job
        finish[job] = max(finish[job], placed.end)
        setup += placed.setup_seconds
    moved = sum(_moved(shop.tasks[placed.task], placed) for placed in plan.placed if placed) / HOUR
    late = {
        index: finish[index] - job.due
        for index, job in enumerate(shop.jobs)
        if job.due is not None and finish[index] > job.due
    }
    late_hours = sum(shop.jobs[index].weight * seconds / HOUR for index, seconds in late.items())
    flow = sum(finish.values()) / HOUR
    total = weights.lateness * late_hours + weights.setup * setup / HOUR + weights.flow * flow
    waited = sum(hours for _task, hours in waiting_too_long(shop, plan))
    total += weights.stability * moved + WAITED * waited
    return Cost(total, late_hours, len(late), setup / HOUR, flow, moved, waited)


def _moved(task: Task, placed: Placed) -> int:
    """Seconds between where the task begins and where it began in the earlier plan."""
    if task.earlier is None or task.fixed is not None:
        return 0
    away = abs(placed.start - task.earlier.start)
    return away if placed.resource == task.earlier.resource else away + OTHER_MACHINE


def _each(shop: Shop, clocks: Sequence[_Clock], plan: Plan) -> Iterator[Violation]:
    """Each task for itself: where it may be, how long it takes, within working time."""
    for index, placed in enumerate(plan.placed):
        task = shop.tasks[index]
        if placed is None:
            yield Violation("no place", index)
        elif task.fixed is not None:
            if (placed.resource, placed.start, placed.end) != (
                task.fixed.resource,
                task.fixed.start,
                task.fixed.end,
            ):
                yield Violation("fixed was moved", index)
        elif placed.start < task.earliest:
            yield Violation("too early", index, f"{placed.start} < {task.earliest}")
        elif task.outside_seconds is not None:
            if placed.resource != -1 or placed.end - placed.start != task.outside_seconds:
                yield Violation("outside", index)
        else:
            yield from _on_machine(shop, clocks, task, placed)


def _on_machine(shop: Shop, clocks: Sequence[_Clock], task: Task, placed: Placed) -> Iterator[Violation]:
    seconds = _seconds(task, placed.resource)
    if seconds == NO_SECONDS:
        yield Violation("wrong machine", placed.task)
        return
    clock = clocks[placed.resource]
    if not placed.start <= placed.run_start <= placed.end:
        yield Violation("backward", placed.task)
    worked = clock.worked(placed.start, placed.run_start), clock.worked(placed.run_start, placed.end)
    longer = shop.resources[placed.resource].holds > 1 and worked[1] > seconds and not placed.setup_seconds
    if worked != (placed.setup_seconds, seconds) and not (longer and worked[0] == 0):
        yield Violation("duration", placed.task, f"{worked} != {(placed.setup_seconds, seconds)}")
    if placed.end > placed.start and not clock.worked(placed.start, placed.start + 1):
        yield Violation("begins outside working time", placed.task)
    if not task.interruptible and placed.end - placed.start != sum(worked):
        yield Violation("interrupted", placed.task)


def waiting_too_long(shop: Shop, plan: Plan) -> list[tuple[int, float]]:
    """Tasks that wait longer than they should for what follows them to begin, and by how many hours: not
    always can that be kept."""
    found = []
    for index, task in enumerate(shop.tasks):
        placed = plan.placed[index]
        if task.longest_wait is None or task.fixed is not None or placed is None:
            continue
        before = [earlier for one in task.after if (earlier := plan.placed[one]) is not None]
        over = max((placed.start - one.end - task.longest_wait for one in before), default=0)
        if over > 0:
            found.append((index, over / HOUR))
    return found


class _Clock:
    """Working time of one calendar."""

    def __init__(self, windows: Sequence[Window]) -> None:
        self.starts = [window.start for window in windows]
        self.ends = [window.end for window in windows]
        self.before = list(accumulate((window.end - window.start for window in windows), initial=0))

    def worked(self, start: int, end: int) -> int:
        return self._until(end) - self._until(start) if end > start else 0

    def _until(self, moment: int) -> int:
        place = bisect_right(self.ends, moment)
        if place == len(self.ends):
            return self.before[place]
        return self.before[place] + max(moment - self.starts[place], 0)


def _clocks(shop: Shop) -> list[_Clock]:
    """By resource; machines under the same rules share their windows."""
    known: dict[int, _Clock] = {}
    for resource in shop.resources:
        if id(resource.windows) not in known:
            known[id(resource.windows)] = _Clock(resource.windows)
    return [known[id(resource.windows)] for resource in shop.resources]


def _order(shop: Shop, clocks: Sequence[_Clock], plan: Plan) -> Iterator[Violation]:
    """Nothing begins before what it waits for."""
    for index, task in enumerate(shop.tasks):
        placed = plan.placed[index]
        if placed is None or task.fixed is not None:
            continue
        for before in task.after:
            earlier = plan.placed[before]
            if earlier is None:
                continue
            if placed.start < earlier.end + task.wait and not _enough_done(
                shop, clocks, earlier, placed, task.wait
            ):
                yield Violation("before its predecessor", index, str(before))


def _enough_done(shop: Shop, clocks: Sequence[_Clock], earlier: Placed, placed: Placed, wait: int) -> bool:
    """Whether so much of the earlier task is done that the other may begin while it runs."""
    task = shop.tasks[earlier.task]
    if task.hands_on >= 100 or task.fixed is not None or earlier.resource < 0:
        return False
    alone = shop.resources[earlier.resource].holds == 1
    seconds = _seconds(task, earlier.resource)
    done = clocks[earlier.resource].worked(earlier.run_start, placed.start - wait)
    return 100 * done >= task.hands_on * seconds and alone and placed.end >= earlier.end + wait


def _machines(shop: Shop, clocks: Sequence[_Clock], plan: Plan) -> Iterator[Violation]:
    """One load at a time, and the right changeover between them."""
    on_machine: dict[int, list[Placed]] = defaultdict(list)
    for placed in plan.placed:
        if placed is not None and 0 <= placed.resource < len(shop.resources):
            on_machine[placed.resource].append(placed)
    for resource, queue in on_machine.items():
        item, family = shop.resources[resource].item, shop.resources[resource].family
        until = 0
        for load in _loads(shop, resource, queue):
            start, end = min(one.start for one in load), load[0].end
            task = shop.tasks[load[0].task]
            if start < until and task.fixed is None:
                yield Violation("two at once", load[0].task)
            if len(load) > shop.resources[resource].holds:
                yield Violation("too many at once", load[0].task)
            if task.fixed is None and not any(_begins(shop, clocks, one, load, item, family) for one in load):
                yield Violation("changeover", load[0].task)
            item = task.item if len(load) == 1 else ""
            family, until = task.family, max(until, end)


def _loads(shop: Shop, resource: int, queue: Sequence[Placed]) -> list[list[Placed]]:
    """What runs together, in order of time; one task each where the resource does one at a time."""
    loads: dict[object, list[Placed]] = defaultdict(list)
    several = shop.resources[resource].holds > 1
    for placed in sorted(queue, key=lambda one: (one.start, one.end, shop.tasks[one.task].fixed is None)):
        task = shop.tasks[placed.task]
        together = several and task.fixed is None and task.family and placed.end > placed.run_start
        loads[(placed.run_start, placed.end, task.family) if together else placed.task].append(placed)
    return list(loads.values())


def _begins(
    shop: Shop, clocks: Sequence[_Clock], placed: Placed, load: Sequence[Placed], item: str, family: str
) -> bool:
    """Whether the load can have been begun with this one: the machine is changed over to it, and it takes as
    long as it takes; the others begin with the run and take no longer."""
    task, resource = shop.tasks[placed.task], placed.resource
    return (
        placed.setup_seconds == _changeover(shop, resource, task, item, family)
        and clocks[resource].worked(placed.run_start, placed.end) == _seconds(task, resource)
        and all(
            one is placed or (one.setup_seconds == 0 and one.start == one.run_start == placed.run_start)
            for one in load
        )
    )


def _seconds(task: Task, resource: int) -> int:
    for one in task.alternatives:
        if one.resource == resource:
            return one.seconds
    return NO_SECONDS


def _shared(shop: Shop, plan: Plan) -> Iterator[Violation]:
    """Never more tasks at a time than there is of a tool or of people, but for what is fixed anyway."""
    using: dict[int, list[Placed]] = defaultdict(list)
    for placed in plan.placed:
        if placed is not None and placed.end > placed.start:
            for shared in shop.tasks[placed.task].needs:
                using[shared].append(placed)
    for shared, users in using.items():
        for placed in users:
            at_once = [one for one in users if one.start <= placed.start < one.end]
            movable = any(shop.tasks[one.task].fixed is None for one in at_once)
            if movable and len(at_once) > shop.shared[shared].capacity:
                yield Violation("shared by too many", placed.task, shop.shared[shared].code)


def _changeover(shop: Shop, resource: int, task: Task, item: str, family: str) -> int:
    said = shop.tables[shop.resources[resource].table].get((family, task.family))
    if said is not None:
        return said
    if item and item == task.item:
        return task.setup_seconds * shop.same_item_percent // 100
    if family and family == task.family:
        return task.setup_seconds * shop.same_family_percent // 100
    return task.setup_seconds
