"""What a system that measures the plant knows of it: the product's own plain data."""

import math
from functools import cache

from orders.planning.engine.shop import Alternative, Fixed, Job, Resource, Shop, Task, Window
from orders.planning.profiles.estimate import Profiles
from orders.planning.profiles.measured import (
    Changeover,
    Handover,
    Measurements,
    RunTime,
    RushOrder,
    Standstill,
    Watched,
)
from orders.planning.profiles.uncertain import Meaning
from tests.support.simulated_plant.floor import LONG_STOP, Floor, Operation, Order
from tests.support.simulated_plant.truth import DAY, Truth

EPOCH = 1_767_571_200
"""Second 0 is Monday, 5 January 2026."""
WINDOW = 180 * DAY
HORIZON = 180 * DAY


def item_id(item: int) -> int:
    return item + 1


def machine_id(machine: int) -> int:
    return machine + 1


def group_id(group: int) -> int:
    return group + 1


class Diary:
    """Everything that was measured so far, told in the order in which it became known."""

    def __init__(self, truth: Truth) -> None:
        self.truth = truth
        self.rows: dict[str, list] = {
            name: [] for name in ("run_times", "changeovers", "standstills", "handovers", "rush_orders")
        }
        self._read = 0
        self._before: dict[int, float] = {}

    def came(self, order: Order) -> None:
        if order.rush:
            work: dict[int, float] = {}
            for one in order.operations:
                work[group_id(one.group)] = work.get(group_id(one.group), 0.0) + one.setup + one.run
            rows = tuple((group, round(seconds)) for group, seconds in sorted(work.items()))
            self.rows["rush_orders"].append(RushOrder(order.pk, EPOCH + int(order.came), rows))

    def read(self, floor: Floor) -> None:
        for one in floor.done[self._read :]:
            self._ended(one)
        self._read = len(floor.done)

    def _ended(self, one: Operation) -> None:
        calendar, machine, item = (
            self.truth.calendars[one.machine],
            machine_id(one.machine),
            item_id(one.item),
        )
        at = EPOCH + math.ceil(one.ended)
        in_run = [part for part in one.segments if part[2] in ("run", "stop")]
        seconds = round(sum(calendar.between(start, end) for start, end, _kind in in_run))
        self.rows["run_times"].append(RunTime(one.pk, machine, item, at, seconds, round(one.run)))
        for start, end, kind in one.segments:
            told = EPOCH + math.ceil(end)
            if kind == "setup":
                setup, before = round(calendar.between(start, end)), item_id(one.after)
                self.rows["changeovers"].append(
                    Changeover(one.pk, machine, before, item, told, setup, round(one.setup))
                )
            elif kind == "down":
                self.rows["standstills"].append(Standstill(machine, told, round(end - start), False))
        left = self._before.pop(one.order, None)
        if left is not None:
            waited = calendar.between(left, one.started)
            idle = calendar.between(max(left, one.free), one.started)
            begun = EPOCH + math.ceil(one.started)
            self.rows["handovers"].append(
                Handover(one.pk, group_id(one.group), begun, round(waited), round(idle))
            )
        self._before[one.order] = one.ended

    def measurements(self, floor: Floor) -> Measurements:
        now, truth = floor.now, self.truth
        since = max(now - WINDOW, 0.0)
        first = EPOCH + int(since)
        for name, rows in self.rows.items():
            self.rows[name] = [row for row in rows if row.at >= first]
        running = [
            RunTime(
                *(one.pk, machine_id(one.machine), item_id(one.item), EPOCH + int(now)),
                *(max(round(produced(one, truth, now)), 1), round(one.run)),
                open=True,
            )
            for one in floor.works_on
            if one is not None and one.production is not None and one.production < now
        ]
        worked = [calendar.between(since, now) for calendar in truth.calendars]
        return Measurements(
            since=first,
            until=EPOCH + int(now),
            groups={machine_id(one): group_id(group) for one, group in enumerate(truth.machines)},
            items={item_id(item): f"I{item}" for item in range(len(truth.items))},
            run_times=(*self.rows["run_times"], *running),
            changeovers=tuple(self.rows["changeovers"]),
            standstills=tuple(sorted(self.rows["standstills"], key=lambda row: (row.machine, row.at))),
            handovers=tuple(self.rows["handovers"]),
            rush_orders=tuple(self.rows["rush_orders"]),
            watched=tuple(
                Watched(machine_id(one), 0, 0, 0, round(seconds)) for one, seconds in enumerate(worked)
            ),
        )


def produced(one: Operation, truth: Truth, now: float) -> float:
    """Working seconds of its run so far, short stops inside."""
    calendar = truth.calendars[one.machine]
    return sum(
        calendar.between(start, min(end, now))
        for start, end, kind in one.segments
        if kind in ("run", "stop") and start < now
    )


class Known:
    """What a shop needs of the profiles again and again."""

    def __init__(self, profiles: Profiles) -> None:
        self.profiles = profiles
        self.run_ratio = cache(lambda machine, item, group: profiles.run_ratio(machine, item, group).mean)
        self.setup_ratio = cache(lambda group: profiles.setup_ratios.of((group,)).mean)
        self.handover = cache(profiles.handover_seconds)


class Sight:
    """The shop at one moment, as the product builds it from open orders; ``pks`` by task."""

    def __init__(self, floor: Floor, known: Known, promised: dict[int, float]) -> None:
        self.floor, self.known, self.truth = floor, known, floor.truth
        self.now = int(floor.now)
        self.orders = list(floor.open.values())
        self.pks: list[int] = []
        self.tasks: list[Task] = []
        self.elapsed: list[int] = []
        self.items: list[int] = []
        self.groups: list[int] = []
        self.standard: list[int] = []
        for job, order in enumerate(self.orders):
            self._add(job, order)
        task_of = {pk: task for task, pk in enumerate(self.pks)}
        self.queues = [[task_of[pk] for pk in queue] for queue in floor.queues]
        self.shop = Shop(
            resources=tuple(
                Resource(
                    f"M{machine}",
                    tuple(Window(*one) for one in calendar.windows(self.now, self.now + HORIZON)),
                    item="" if floor.made[machine] < 0 else f"I{floor.made[machine]}",
                )
                for machine, calendar in enumerate(self.truth.calendars)
            ),
            jobs=tuple(
                Job(
                    f"O{order.pk}",
                    int(promised[order.pk] - self.now) if order.pk in promised else 0 if order.rush else None,
                    20.0 if order.rush else 1.0,
                )
                for order in self.orders
            ),
            tasks=tuple(self.tasks),
            same_family_percent=100,
        )
        self.down = [self._down(one) for one in floor.works_on]
        self.meaning = Meaning(
            self.items,
            self.groups,
            [(machine_id(one), group_id(group)) for one, group in enumerate(self.truth.machines)],
        )

    def _add(self, job: int, order: Order) -> None:
        before: tuple[int, ...] = ()
        for one in order.operations:
            if one.ended is not None and one.ended <= self.floor.now:
                continue
            self.tasks.append(self._task(job, one, before))
            before = (len(self.pks),)
            self.pks.append(one.pk)
            self.items.append(item_id(one.item))
            self.groups.append(group_id(one.group))

    def _down(self, one: Operation | None) -> int:
        """For how long its machine has been broken down; -1: it isn't, or nobody logged off yet."""
        now = self.floor.now
        stops = [] if one is None else [part for part in one.segments if part[2] == "down"]
        for start, end, _kind in stops:
            if start + LONG_STOP <= now < end:
                return int(now - start)
        return -1

    def _task(self, job: int, one: Operation, before: tuple[int, ...]) -> Task:
        item, group = item_id(one.item), group_id(one.group)
        begun = one.started is not None
        able = [one.machine] if begun else [m for m, of in enumerate(self.truth.machines) if of == one.group]
        ratios = [self.known.run_ratio(machine_id(machine), item, group) for machine in able]
        ratio = self.known.setup_ratio(group)
        setup, wait = round(one.setup * ratio), round(self.known.handover(group)) if before else 0
        fixed, gone = None, 0
        if begun:
            calendar, now = self.truth.calendars[one.machine], self.floor.now
            need = one.run * ratios[0]
            if one.production <= now:
                gone, setup = round(produced(one, self.truth, now)), 0
            else:
                need += max(setup - calendar.between(one.started, now), 0.0)
            fixed = Fixed(one.machine, 0, max(int(calendar.after(now, need)) - self.now, 0))
        self.elapsed.append(gone)
        self.standard.append(round(one.run))
        return Task(
            job=job,
            alternatives=tuple(
                Alternative(machine, round(one.run * r)) for machine, r in zip(able, ratios, strict=True)
            ),
            setup_seconds=0 if begun else setup,
            item=f"I{one.item}",
            after=before,
            wait=wait,
            fixed=fixed,
        )
