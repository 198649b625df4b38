"""The shop of a plant as it stands now: open operations, machines with calendars, what runs, measured speed.

A constant number of queries, however much is open.
"""

from __future__ import annotations

import copy
import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Count

from machines.domain.calendars.engine import Calendar
from machines.domain.calendars.load import load_calendars
from machines.enums import MachineState
from machines.models import Machine, MachineNow, Plant
from mes.lib.errors import MesError
from mes.lib.instances import instances
from mes.lib.spans import Span
from orders.enums import OperationState, OrderState
from orders.models import Item, Operation, ProductionOrder, Run
from orders.planning.engine.shop import Alternative, Fixed, Job, Resource, SetupTable, Shop, Task, Window
from orders.planning.profiles.estimate import Profiles
from orders.planning.profiles.keep import profiles_of
from orders.planning.profiles.pools import mean_of
from orders.planning.profiles.uncertain import (
    Away,
    Coming,
    Meaning,
    Waiting,
    expected_arrival,
    still_away,
)
from orders.planning.sharing import Sharing, sharing_of
from orders.queries.arrivals import Arrival, Place, arrivals_for
from orders.queries.facts_version import OPERATION_FACTS
from orders.queries.forecast import Pace, paces_of, remaining_pieces, runs_of
from orders.queries.orders import OPEN_STATES
from orders.queries.outside import away_since
from orders.queries.work import OVER

HORIZON = timedelta(days=180)
"""How far ahead there are shifts to plan into."""
MOST_OPERATIONS = 2_000
"""Of one order. One with more is a mistake of whoever sent it: it isn't read, and named as a trouble."""
LOOK_BACK = timedelta(days=90)
"""How far back what runs now may have begun."""
RUNNING = (OperationState.SETUP, OperationState.PRODUCTION)
Slot = tuple[int, int]
"""Machine id and number."""
ORDER_FACTS = tuple(field.name for field in ProductionOrder._meta.concrete_fields if field.name != "erp_raw")
"""What is read of an order: all but what only its ERP understands."""
WEIGHT_DOUBLES_EVERY = 25
"""Points of priority. Priority 50 weighs 1, 25 weighs 2, 0 weighs 4, 100 a quarter."""


@dataclass(slots=True)
class Loaded:
    """The shop, and which rows its indexes mean: ``operations`` by task, ``orders`` by job, ``slots`` by
    resource. ``down``: for how many seconds each resource has been broken down (-1: it isn't). ``crowded``:
    jobs of orders with more operations than are read. ``waiting``: deliveries by task; ``away``: what
    suppliers do, by task."""

    zero: datetime
    shop: Shop
    orders: list[ProductionOrder]
    operations: list[Operation]
    slots: list[tuple[Machine, int]]
    profiles: Profiles
    running: dict[int, Run] = field(default_factory=dict)
    down: tuple[int, ...] = ()
    crowded: tuple[int, ...] = ()
    waiting: dict[int, Waiting] = field(default_factory=dict)
    away: dict[int, Away] = field(default_factory=dict)
    _built_by: _Shop | None = field(default=None, repr=False)

    def resource_of(self) -> dict[tuple[int, int], int]:
        """The resource by machine id and slot; one for all slots that work together."""
        return resources_of(self.slots)


def meaning_of(loaded: Loaded) -> Meaning:
    return Meaning(
        items=[loaded.orders[task.job].item_id for task in loaded.shop.tasks],
        groups=[operation.machine_group_id for operation in loaded.operations],
        machines=[(machine.pk, machine.group_id) for machine, _slot in loaded.slots],
        waiting=loaded.waiting,
        away=loaded.away,
    )


def load(plant: Plant, *, now: datetime) -> Loaded:
    """All that is open in the plant at ``now``, which becomes the plan's zero."""
    machines = list(Machine.objects.filter(plant=plant, active=True).select_related("group").order_by("code"))
    calendars = load_calendars(
        [machine.pk for machine in machines], Span(now - LOOK_BACK - timedelta(days=3), now + HORIZON)
    )
    crowded = _crowded(plant)
    orders = _open_orders(plant, crowded)
    operations = [one for order in orders for one in _prefetched(order) if one.state not in OVER]
    runs = runs_of(operations)
    paces = paces_of(operations, runs, calendars, now)
    profiles = profiles_of(plant, now=now)
    slots = [
        (machine, slot)
        for machine in machines
        for slot in range(1, 2 if machine.together else machine.slots + 1)
    ]
    arrivals = arrivals_for(plant, orders)
    shop = _Shop(now, orders, slots, calendars, runs, paces, profiles, arrivals, sharing_of(operations))
    last = _last_runs(machines)
    return Loaded(
        zero=now,
        shop=shop.built({slot: _made(run) for slot, run in last.items()}),
        orders=orders,
        operations=shop.operations,
        slots=slots,
        profiles=profiles,
        running=shop.running,
        down=tuple(_down(last, machines, slots, now)),
        crowded=tuple(job for job, order in enumerate(orders) if order.pk in crowded),
        waiting=shop.waiting,
        away=shop.away,
        _built_by=shop,
    )


def with_asked(loaded: Loaded, plant: Plant, asked: Sequence[ProductionOrder]) -> Loaded:
    """The same with orders behind all others that are only asked about: with ids of their own, and their
    operations as if prefetched. ``loaded`` stays as it is."""
    if loaded._built_by is None:
        raise ValueError("only what was loaded can be asked about")
    shop = copy.copy(loaded._built_by)
    shop.orders = [*loaded.orders, *asked]
    shop.operations = [*loaded.operations]
    shop.waiting, shop.away = {**loaded.waiting}, {**loaded.away}
    shop.arrivals = arrivals_for(plant, loaded.orders, asked)
    own = [one for order in asked for one in _prefetched(order)]
    shop.sharing = shop.sharing.joined(sharing_of(own))
    shop.paces = {**shop.paces, **paces_of(own, {}, shop.calendars, loaded.zero)}
    tasks = [
        task for job, order in enumerate(asked, start=len(loaded.orders)) for task in shop.tasks(job, order)
    ]
    jobs = [shop.job(order) for order in asked]
    return replace(
        loaded,
        shop=replace(
            loaded.shop,
            jobs=(*loaded.shop.jobs, *jobs),
            tasks=(*loaded.shop.tasks, *tasks),
            shared=shop.sharing.shared,
        ),
        orders=shop.orders,
        operations=shop.operations,
        waiting=shop.waiting,
        away=shop.away,
    )


def resources_of(slots: Iterable[tuple[Machine, int]]) -> dict[tuple[int, int], int]:
    found = {}
    for resource, (machine, slot) in enumerate(slots):
        for each in range(1, machine.slots + 1) if machine.together else (slot,):
            found[machine.pk, each] = resource
    return found


def _crowded(plant: Plant) -> set[int]:
    """Open orders that have too many operations."""
    counted = (
        Operation.objects.filter(order__plant=plant, order__state__in=OPEN_STATES)
        .order_by()
        .values("order")
        .annotate(count=Count("pk"))
    )
    return set(counted.filter(count__gt=MOST_OPERATIONS).values_list("order", flat=True))


def _open_orders(plant: Plant, crowded: Collection[int]) -> list[ProductionOrder]:
    """With their items, and with their operations as if prefetched."""
    rows = ProductionOrder.objects.filter(plant=plant, state__in=OPEN_STATES).order_by("id")
    listed = instances(rows, ORDER_FACTS)
    items = Item.objects.filter(pk__in={one.item_id for one in listed}).select_related("setup_family")
    by_item, orders = items.in_bulk(), {one.pk: one for one in listed}
    operations: dict[int, list[Operation]] = {pk: [] for pk in orders}
    of_them = Operation.objects.filter(order__any=[pk for pk in orders if pk not in crowded])
    for operation in instances(
        of_them.exclude(state=OperationState.CANCELLED).order_by("order_id", "position"),
        OPERATION_FACTS,
        order=orders,
    ):
        operations[operation.order_id].append(operation)
    for order in listed:
        order.item = by_item[order.item_id]
        order._prefetched_objects_cache = {"operations": operations[order.pk]}  # type: ignore[attr-defined]
    return listed


def _last_runs(machines: Iterable[Machine]) -> dict[Slot, Run]:
    last = (
        Run.objects.filter(machine__in=list(machines))
        .order_by("machine_id", "slot", "-started_at")
        .distinct("machine_id", "slot")
        .select_related("operation__order__item__setup_family")
    )
    return {(run.machine_id, run.slot): run for run in last}


def _made(run: Run) -> tuple[str, str]:
    """What its machine is set up for: item and setup family."""
    return run.operation.order.item.code, _family(run.operation.order)


def _down(
    last: Mapping[Slot, Run], machines: Iterable[Machine], slots: Iterable[tuple[Machine, int]], now: datetime
) -> Iterable[int]:
    """By slot, seconds since people left an operation because the machine had stopped, while it still is."""
    states = MachineNow.objects.filter(machine__in=list(machines), state=MachineState.STOP, since__lte=now)
    stopped = {(one.machine_id, one.slot): one.since for one in states}
    for machine, number in slots:
        run, since = last.get((machine.pk, number)), stopped.get((machine.pk, number))
        left = run.ended_at if run is not None else None
        broken = (
            run is not None
            and left is not None
            and since is not None
            and since <= left <= now
            and run.operation.state == OperationState.INTERRUPTED
        )
        yield int((now - left).total_seconds()) if broken and left is not None else -1


def _family(order: ProductionOrder) -> str:
    family = order.item.setup_family
    return family.code if family else ""


class _Made(NamedTuple):
    """What an order is for, read once for all of its operations."""

    item: int
    code: str
    family: str


class _Shop:
    """Builds the engine's plain data."""

    def __init__(
        self,
        zero: datetime,
        orders: list[ProductionOrder],
        slots: list[tuple[Machine, int]],
        calendars: Mapping[int, Calendar],
        runs: Mapping[int, list[Run]],
        paces: Mapping[int, Pace],
        profiles: Profiles,
        arrivals: Mapping[Place, list[Arrival]],
        sharing: Sharing,
    ) -> None:
        self.arrivals = arrivals
        self.sharing = sharing
        self.waiting: dict[int, Waiting] = {}
        self.away: dict[int, Away] = {}
        self.zero = zero
        self.orders = orders
        self.slots = slots
        self.calendars = calendars
        self.runs = runs
        self.paces = paces
        self.profiles = profiles
        self.index = resources_of(slots)
        self.of_group: dict[int, list[int]] = defaultdict(list)
        self.of_machine: dict[int, list[int]] = defaultdict(list)
        for number, (machine, _slot) in enumerate(slots):
            self.of_group[machine.group_id].append(number)
            self.of_machine[machine.pk].append(number)
        self.operations: list[Operation] = []
        self.running: dict[int, Run] = {}
        self.windows: dict[int, tuple[Window, ...]] = {}
        self.able_to: dict[tuple[int | None, ...], list[tuple[int, float]]] = {}
        self.setup_ratios: dict[int, float] = {}
        self.handovers: dict[int, int] = {}
        self.tables: list[SetupTable] = [{}]
        self.table_of: dict[int, int] = {}

    def built(self, last_made: Mapping[Slot, tuple[str, str]]) -> Shop:
        tasks = [task for job, order in enumerate(self.orders) for task in self.tasks(job, order)]
        resources = tuple(self.resource(machine, slot, last_made) for machine, slot in self.slots)
        return Shop(
            resources=resources,
            jobs=tuple(self.job(order) for order in self.orders),
            tasks=tuple(tasks),
            shared=self.sharing.shared,
            tables=tuple(self.tables),
            same_family_percent=self.profiles.same_family_percent,
        )

    def resource(self, machine: Machine, slot: int, last_made: Mapping[Slot, tuple[str, str]]) -> Resource:
        item, family = last_made.get((machine.pk, slot), ("", ""))
        code = f"{machine.code}/{slot}" if machine.slots > 1 and not machine.together else machine.code
        table = self.table(machine.pk)
        holds = machine.slots if machine.together else 1
        return Resource(code, self.windows_of(machine.pk), table=table, family=family, item=item, holds=holds)

    def table(self, machine: int) -> int:
        """The number of the machine's changeovers that were measured often enough to count by themselves."""
        if machine not in self.table_of:
            often = self.profiles.setup_table(machine)
            self.table_of[machine] = len(self.tables) if often else 0
            if often:
                self.tables.append(often)
        return self.table_of[machine]

    def windows_of(self, machine: int) -> tuple[Window, ...]:
        """Machines under the same rules share one calendar, and one tuple of windows."""
        span = Span(self.zero, self.zero + HORIZON)
        calendar = self.calendars.get(machine)
        if id(calendar) not in self.windows:
            spans = calendar.working_spans(span) if calendar else [span]
            seconds = [(self.seconds(one.start), self.seconds(one.end)) for one in spans]
            self.windows[id(calendar)] = tuple(Window(*pair) for pair in seconds if pair[1] > pair[0])
        return self.windows[id(calendar)]

    def seconds(self, moment: datetime) -> int:
        return int((moment - self.zero).total_seconds())

    def job(self, order: ProductionOrder) -> Job:
        due = order.promised_at or order.requested_at
        return Job(
            order.number,
            None if due is None else self.seconds(due),
            2.0 ** ((50 - order.priority) / WEIGHT_DOUBLES_EVERY),
        )

    def tasks(self, job: int, order: ProductionOrder) -> Iterable[Task]:
        """The order's open operations; those of one sequence wait for each other."""
        coming: dict[str, Decimal] = {}
        before: dict[str, int] = {}
        ended: dict[str, datetime | None] = {}
        made = _Made(order.item_id, order.item.code, _family(order))
        earliest = 0
        if order.state == OrderState.PLANNED and order.planned_start_at is not None:
            earliest = max(self.seconds(order.planned_start_at), 0)
        for operation in _prefetched(order):
            sequence = operation.sequence
            remaining = remaining_pieces(operation, coming.get(sequence))
            coming[sequence] = operation.good + remaining
            came_before, ended[sequence] = ended.get(sequence), operation.finished_at
            if operation.state in OVER:
                continue
            previous = before.get(sequence)
            after = () if previous is None else (previous,)
            begin = earliest
            if operation.not_before_at is not None and not operation.outside:
                begin = max(begin, self.seconds(operation.not_before_at))
            if self.arrivals:
                begin = self.with_material(order, operation, begin)
            if operation.outside:
                yield self.outside(job, made, operation, came_before, after, begin)
            else:
                yield self.task(job, made, operation, remaining, after, begin)
            before[sequence] = len(self.operations)
            self.operations.append(operation)

    def with_material(self, order: ProductionOrder, operation: Operation, released: int) -> int:
        """From when on the operation is expected to have its material, too. What has begun has it."""
        first = not any(one.order_id == order.pk for one in self.operations[-1:])
        asked = [*self.arrivals.get((order.pk, operation.number), ())]
        if first:
            asked += self.arrivals.get((order.pk, ""), ())
        if not asked or operation.state in RUNNING or operation.good > 0:
            return released
        coming = tuple(Coming(one.line, one.supplier, one.item, self.seconds(one.due_at)) for one in asked)
        expected = max(released, *(round(expected_arrival(self.profiles, one)) for one in coming))
        self.waiting[len(self.operations)] = Waiting(coming, released, expected)
        return expected

    def outside(
        self,
        job: int,
        made: _Made,
        operation: Operation,
        came_before: datetime | None,
        after: tuple[int, ...],
        earliest: int,
    ) -> Task:
        since = away_since(operation.started_at, came_before) or self.zero
        away = Away(float(operation.planned_seconds), max((self.zero - since).total_seconds(), 0.0))
        self.away[len(self.operations)] = away
        seconds = round(mean_of(still_away(self.profiles, operation.machine_group_id, made.item, away)))
        if operation.not_before_at is not None:
            earliest = max(earliest, self.seconds(operation.not_before_at) - seconds)
        return Task(
            job=job,
            after=after,
            earliest=earliest,
            outside_seconds=seconds,
            longest_wait=_whole(operation.longest_wait_seconds),
        )

    def task(
        self,
        job: int,
        made: _Made,
        operation: Operation,
        remaining: Decimal,
        after: tuple[int, ...],
        earliest: int,
    ) -> Task:
        group, longest = operation.machine_group_id, _whole(operation.longest_wait_seconds)
        fixed = self.fixed(made, operation, remaining) if operation.state in RUNNING else None
        begun = operation.state == OperationState.PRODUCTION or fixed is not None
        needed = self.needed(operation, remaining)
        return Task(
            job=job,
            alternatives=tuple(
                [
                    Alternative(resource, _seconds(needed, ratio))
                    for resource, ratio in self.able(made, operation, group)
                ]
            ),
            needs=self.sharing.needs(operation),
            setup_seconds=0 if begun else self.setup_seconds(operation, group),
            family=made.family,
            item=made.code,
            after=after,
            wait=self.handover(group) if after else 0,
            earliest=earliest,
            fixed=fixed,
            hands_on=hands_on(operation, remaining),
            longest_wait=longest,
        )

    def able(self, made: _Made, operation: Operation, group: int) -> list[tuple[int, float]]:
        """The resources that can do it, each with how many times the standard it takes there."""
        machine, measured = operation.machine_id, self.paces[operation.id].measured
        asked = group, machine, operation.tool_id, made.item, measured
        known = self.able_to.get(asked)
        if known is None:
            there = self.of_machine[machine] if machine else []
            known = self.able_to[asked] = [
                (resource, self.ratio(resource, made.item, group, measured=measured))
                for resource in there or self.of_group[group]
                if self.sharing.fits(operation, self.slots[resource][0])
            ]
        return known

    def needed(self, operation: Operation, remaining: Decimal) -> float:
        """Seconds of what remains, by this order's own pace once it is measured, else by the standard."""
        return float(remaining * self.paces[operation.id].seconds)

    def ratio(self, resource: int, item: int, group: int, *, measured: bool) -> float:
        """The mean, because what follows waits for the long ones too; 1 where this order's own pace is
        ``measured``."""
        if measured:
            return 1.0
        return self.profiles.run_ratio(self.slots[resource][0].pk, item, group).mean

    def setup_seconds(self, operation: Operation, group: int) -> int:
        """The full setup: its standard times what setups of the group measurably take of theirs."""
        if group not in self.setup_ratios:
            self.setup_ratios[group] = self.profiles.setup_ratios.of((group,)).mean
        return round(float(operation.setup_seconds) * self.setup_ratios[group])

    def handover(self, group: int) -> int:
        if group not in self.handovers:
            self.handovers[group] = round(self.profiles.handover_seconds(group))
        return self.handovers[group]

    def fixed(self, made: _Made, operation: Operation, remaining: Decimal) -> Fixed | None:
        """Where it runs now, until it will be done."""
        run = next((one for one in self.runs.get(operation.pk, []) if one.ended_at is None), None)
        if run is None:
            return None
        resource = self.index.get((run.machine_id, run.slot))
        if resource is None:
            return None
        self.running[operation.pk] = run
        group = operation.machine_group_id
        ratio = self.ratio(resource, made.item, group, measured=self.paces[operation.pk].measured)
        need = timedelta(seconds=_seconds(self.needed(operation, remaining), ratio))
        if run.production_at is None:
            waited = (self.zero - run.started_at).total_seconds()
            need += timedelta(seconds=max(self.setup_seconds(operation, group) - waited, 0.0))
        calendar = self.calendars.get(run.machine_id)
        try:
            end = calendar.add_working_time(self.zero, need) if calendar else self.zero + need
        except MesError:
            end = self.zero + need
        return Fixed(resource, 0, self.seconds(end))


def _prefetched(order: ProductionOrder) -> list[Operation]:
    """Its operations, which are there: asking the manager for them takes longer than making their tasks."""
    known: list[Operation] = order._prefetched_objects_cache["operations"]  # type: ignore[attr-defined]
    return known


def _seconds(needed: float, ratio: float) -> int:
    return max(round(needed * ratio), 0)


def hands_on(operation: Operation, remaining: Decimal) -> int:
    """Percent of what remains after which the next operation has enough to begin."""
    if operation.send_ahead is None or remaining <= 0:
        return 100
    left = max(operation.send_ahead - operation.good, Decimal(0))
    percent: int = math.ceil(100 * left / remaining)
    return min(percent, 100)


def _whole(seconds: Decimal | None) -> int | None:
    return None if seconds is None else int(seconds)
