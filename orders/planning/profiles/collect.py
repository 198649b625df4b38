"""What a plant's records say of times, up to a moment. A constant number of queries, however much it is.

Nothing that happened, or became known, at or after the moment is looked at: what then still lasted is open.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import groupby, pairwise
from zoneinfo import ZoneInfo

from django.db.models import F, Max, Q, Sum
from django.db.models.functions import Coalesce

from machines.domain.calendars.load import load_calendars
from machines.enums import MachineState
from machines.models import Machine, Plant, StateInterval
from mes.lib.fields import ZERO
from mes.lib.spans import Span, intersect
from orders.enums import OperationState, OrderState
from orders.models import Item, Operation, ProductionOrder, PurchaseOrderLine, Run
from orders.planning.profiles.measured import (
    Changeover,
    Delivery,
    Handover,
    Measurements,
    Outcome,
    Outside,
    RunTime,
    RushOrder,
    Standstill,
    Watched,
)
from orders.planning.profiles.worktime import WorkTimes
from orders.queries.outside import away_since

WINDOW = timedelta(days=180)
MOST = 20_000
"""Runs, operations and stops that are read at most, the newest."""
RUSH_POINTS = 25
"""So much more urgent than the plant's usual order (its median), an order overtakes."""
SHORTEST_INTERRUPTION = 300
"""Working seconds: shorter, somebody only logged off and on again."""
LOST = (MachineState.STOP, MachineState.UNKNOWN)

Slot = tuple[int, int]
"""Machine id and slot."""


@dataclass(frozen=True, slots=True)
class _Run:
    operation: int
    machine: int
    slot: int
    start: datetime
    production: datetime | None
    end: datetime | None
    item: int


@dataclass(frozen=True, slots=True)
class _Operation:
    pk: int
    order: int
    sequence: str
    position: int
    group: int
    item: int
    outside: bool
    state: str
    started: datetime | None
    finished: datetime | None
    setup: Decimal
    per_piece: Decimal
    quantity: Decimal
    good: Decimal
    scrap: Decimal
    rework: Decimal


def collect(plant: Plant, *, now: datetime) -> Measurements:
    """Everything that was measured in the window before ``now`` (to the second). Nine queries and those
    of the calendars."""
    now = now.replace(microsecond=0)
    within = Span(now - WINDOW, now)
    machines = list(
        Machine.objects.filter(plant=plant).order_by("pk").values_list("pk", "group_id", "counting_item")
    )
    groups = {machine: group for machine, group, _counting in machines}
    ids = list(groups)
    work = WorkTimes(load_calendars(ids, within), within)
    runs = _runs(ids, within)
    operations = _operations(plant, within)
    first = min((run.start for run in runs), default=now)
    states = _states(ids, Span(max(first, within.start), now))
    connected = {machine for machine, _group, counting in machines if counting}
    reading = _Reading(now, work, runs, operations, states, connected)
    deliveries = tuple(_deliveries(plant, within))
    items = _items(operations.values(), runs, deliveries)
    return Measurements(
        since=int(within.start.timestamp()),
        until=int(now.timestamp()),
        groups=groups,
        items={pk: code for pk, code, _family in items},
        families={pk: family for pk, _code, family in items if family},
        run_times=tuple(reading.run_times()),
        changeovers=tuple(reading.changeovers()),
        standstills=tuple(reading.standstills()),
        outcomes=tuple(reading.outcomes()),
        handovers=tuple(reading.handovers()),
        outsides=tuple(reading.outsides()),
        deliveries=deliveries,
        rush_orders=tuple(_rush_orders(plant, within)),
        watched=tuple(reading.watched(ids)),
    )


def _runs(machines: list[int], within: Span) -> list[_Run]:
    """By machine, slot and start. What happened at or after the end of ``within`` is not known yet."""
    rows = (
        Run.objects.filter(machine__any=machines, started_at__gte=within.start, started_at__lt=within.end)
        .order_by("-started_at", "-id")
        .values_list(
            *("operation_id", "machine_id", "slot", "started_at", "production_at", "ended_at"),
            "operation__order__item_id",
        )[:MOST]
    )
    runs = [
        _Run(operation, machine, slot, start, _known(production, within), _known(end, within), item)
        for operation, machine, slot, start, production, end, item in rows
        # What was moved away as a whole has no length.
        if end is None or end > start
    ]
    return sorted(runs, key=lambda run: (run.machine, run.slot, run.start, run.operation))


def _known(moment: datetime | None, within: Span) -> datetime | None:
    return moment if moment is not None and moment < within.end else None


def _operations(plant: Plant, within: Span) -> dict[int, _Operation]:
    """Operations that were worked on in the window, and those of their orders around them."""
    worked = Q(order__started_at__lt=within.end) & (
        Q(order__finished_at=None) | Q(order__finished_at__gte=within.start)
    )
    rows = (
        Operation.objects.filter(
            worked | Q(started_at__gte=within.start, started_at__lt=within.end), plant=plant
        )
        .exclude(state=OperationState.CANCELLED)
        .order_by("-order_id", "-position")
        .values_list(
            *("pk", "order_id", "sequence", "position", "machine_group_id", "order__item_id", "outside"),
            *("state", "started_at", "finished_at", "setup_seconds", "run_seconds", "base_quantity"),
            *("quantity", "good", "scrap", "rework"),
        )[: 3 * MOST]
    )
    found = {}
    for row in rows:
        (pk, order, sequence, position, group, item, outside), pieces = row[:7], row[13:]
        state, started, finished, setup, run, base = row[7:13]
        known = (_known(started, within), _known(finished, within))
        found[pk] = _Operation(
            *(pk, order, sequence, position, group, item, outside, state), *known, setup, run / base, *pieces
        )
    return found


def _states(machines: list[int], within: Span) -> dict[str, dict[Slot, list[Span]]]:
    """Stops and unknown time of each slot, clipped to the span. One query."""
    found: dict[str, dict[Slot, list[Span]]] = {state: defaultdict(list) for state in LOST}
    rows = (
        StateInterval.objects.filter(machine__any=machines, state__in=LOST, started_at__lt=within.end)
        .filter(Q(ended_at=None) | Q(ended_at__gt=within.start))
        .order_by("machine_id", "slot", "started_at")
        .values_list("machine_id", "slot", "state", "started_at", "ended_at")
    )
    for machine, slot, state, start, end in rows:
        start, end = max(start, within.start), min(end or within.end, within.end)
        if end > start:
            found[state][machine, slot].append(Span(start, end))
    return found


def _items(
    operations: Iterable[_Operation], runs: Iterable[_Run], deliveries: Iterable[Delivery]
) -> list[tuple[int, str, str | None]]:
    wanted = {one.item for each in (operations, runs, deliveries) for one in each}
    rows = Item.objects.filter(pk__any=sorted(wanted)).order_by("pk")
    return list(rows.values_list("pk", "code", "setup_family__code"))


def _deliveries(plant: Plant, within: Span) -> Iterable[Delivery]:
    """Lines that were ordered before the window's end, complete since it began or still to come, by what was
    received up to its end. One query."""
    zone = ZoneInfo(plant.time_zone)
    received = Q(receipts__occurred_at__lt=within.end)
    rows = (
        PurchaseOrderLine.objects.filter(order__plant=plant, order__ordered_at__lt=within.end)
        .annotate(
            last=Max("receipts__occurred_at", filter=received),
            got=Coalesce(Sum("receipts__quantity", filter=received), ZERO),
        )
        .filter(Q(got__lt=F("quantity")) | Q(last__gte=within.start))
        .order_by("-order__ordered_at", "-pk")
        .values_list(
            "pk", "order__supplier", "item_id", "quantity", "got", "last", "expected_on", "confirmed_on"
        )
    )
    for pk, supplier, item, quantity, got, last, expected, confirmed in reversed(rows[:MOST]):
        lasts = got < quantity or last is None
        until = within.end if lasts else last
        told = datetime.combine(confirmed or expected, time.min, zone)
        yield Delivery(
            *(pk, supplier, item, _epoch(until), round((until - told).total_seconds())), open=lasts
        )


def _rush_orders(plant: Plant, within: Span) -> Iterable[RushOrder]:
    """Orders that came in the window and are much more urgent than the usual one. Two queries."""
    rows = list(
        ProductionOrder.objects.filter(plant=plant, created_at__gte=within.start, created_at__lt=within.end)
        .exclude(state=OrderState.CANCELLED)
        .order_by("-created_at", "-pk")
        .values_list("pk", "priority", "created_at")[:MOST]
    )
    if not rows:
        return
    usual = statistics.median(priority for _pk, priority, _at in rows)
    urgent = {pk: at for pk, priority, at in rows if priority <= usual - RUSH_POINTS}
    work: dict[int, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    operations = Operation.objects.filter(order__any=sorted(urgent), outside=False)
    for operation in operations.exclude(state=OperationState.CANCELLED):
        work[operation.order_id][operation.machine_group_id] += float(operation.planned_seconds)
    for order, at in sorted(urgent.items(), key=lambda one: (one[1], one[0])):
        groups = tuple((group, round(seconds)) for group, seconds in sorted(work[order].items()))
        yield RushOrder(order, _epoch(at), groups)


class _Reading:
    """One look at the plant's records. ``connected``: machines whose states signals tell."""

    def __init__(
        self,
        now: datetime,
        work: WorkTimes,
        runs: list[_Run],
        operations: Mapping[int, _Operation],
        states: Mapping[str, Mapping[Slot, list[Span]]],
        connected: Collection[int],
    ) -> None:
        self.now = now
        self.work = work
        self.runs = runs
        self.operations = operations
        self.states = states
        self.connected = connected
        self.of_operation: dict[int, list[_Run]] = defaultdict(list)
        for run in runs:
            self.of_operation[run.operation].append(run)

    def worked(self, run: _Run) -> float:
        """Working seconds of production."""
        if run.production is None:
            return 0.0
        return self.work.seconds(run.machine, run.production, run.end or self.now)

    def single(self) -> Iterable[tuple[_Operation, list[_Run]]]:
        """Operations that ran on one machine only: of others nobody knows which made how many."""
        for pk, runs in sorted(self.of_operation.items()):
            operation = self.operations.get(pk)
            if operation is not None and len({run.machine for run in runs}) == 1:
                yield operation, runs

    def run_times(self) -> Iterable[RunTime]:
        for operation, runs in self.single():
            seconds = round(sum(self.worked(run) for run in runs))
            machine = runs[0].machine
            pieces = operation.good + operation.scrap + operation.rework
            if seconds <= 0 or operation.per_piece <= 0:
                continue
            if operation.finished is not None and pieces > 0:
                standard = round(operation.per_piece * pieces)
                yield RunTime(
                    operation.pk, machine, operation.item, _epoch(operation.finished), seconds, standard
                )
            elif operation.finished is None:
                # All its pieces will take longer than what it took so far.
                standard = round(operation.per_piece * operation.quantity)
                yield RunTime(
                    operation.pk, machine, operation.item, _epoch(self.now), seconds, standard, open=True
                )

    def changeovers(self) -> Iterable[Changeover]:
        """Setting up may be interrupted: all of it until the first production counts."""
        for (machine, _slot), on_slot in groupby(self.runs, key=lambda run: (run.machine, run.slot)):
            before = 0
            for pk, group in groupby(on_slot, key=lambda run: run.operation):
                runs = list(group)
                setting = list(_until_production(runs))
                last = setting[-1]
                done = last.production is not None
                operation = self.operations.get(pk)
                seconds = round(
                    sum(
                        self.work.seconds(machine, run.start, run.production or run.end or self.now)
                        for run in setting
                    )
                )
                begins = before and operation is not None and runs[0] is self.of_operation[pk][0]
                if begins and operation is not None and seconds > 0 and (done or last.end is None):
                    at = last.production or self.now
                    yield Changeover(
                        *(pk, machine, before, last.item, _epoch(at), seconds, round(operation.setup)),
                        open=not done,
                    )
                before = last.item

    def standstills(self) -> Iterable[Standstill]:
        """In runs: what signals tell. Outside: from interrupting an operation to going on with it."""
        for slot, stops in sorted(self.states[MachineState.STOP].items()):
            inside = self.productions.get(slot, [])
            for stop in intersect(stops, inside):
                seconds = round(self.work.seconds(slot[0], stop.start, stop.end))
                if seconds > 0:
                    yield Standstill(slot[0], _epoch(stop.end), seconds, True, open=stop.end == self.now)
        for (machine, _slot), on_slot in groupby(self.runs, key=lambda run: (run.machine, run.slot)):
            for left, right in pairwise(on_slot):
                if left.operation != right.operation or left.end is None or left.production is None:
                    continue
                if self.work.seconds(machine, left.end, right.start) >= SHORTEST_INTERRUPTION:
                    elapsed = round((right.start - left.end).total_seconds())
                    yield Standstill(machine, _epoch(right.start), elapsed, False)

    @cached_property
    def productions(self) -> dict[Slot, list[Span]]:
        found: dict[Slot, list[Span]] = defaultdict(list)
        for run in self.runs:
            if run.production is not None and (run.end or self.now) > run.production:
                found[run.machine, run.slot].append(Span(run.production, run.end or self.now))
        return found

    def outcomes(self) -> Iterable[Outcome]:
        for operation, runs in self.single():
            if operation.finished is not None:
                pieces = (round(1000 * each) for each in (operation.good, operation.scrap, operation.rework))
                yield Outcome(
                    operation.pk, runs[0].machine, operation.item, _epoch(operation.finished), *pieces
                )

    def handovers(self) -> Iterable[Handover]:
        free_from = self._free_from()
        for before, after in self._neighbours():
            if before.finished is None or before.outside or after.outside:
                continue
            runs = self.of_operation.get(after.pk)
            if runs:
                first = min(runs, key=lambda run: run.start)
                begin = max(
                    before.finished, free_from.get((first.machine, first.slot, first.start), before.finished)
                )
                seconds = round(self.work.seconds(first.machine, before.finished, first.start))
                idle = round(self.work.seconds(first.machine, begin, first.start))
                yield Handover(after.pk, after.group, _epoch(first.start), seconds, idle)

    def _free_from(self) -> dict[tuple[int, int, datetime], datetime]:
        """When the slot was done with what it made before, by the run that came next."""
        found = {}
        for left, right in pairwise(self.runs):
            if (left.machine, left.slot) == (right.machine, right.slot) and left.end is not None:
                found[right.machine, right.slot, right.start] = left.end
        return found

    def _neighbours(self) -> Iterable[tuple[_Operation, _Operation]]:
        def place(one: _Operation) -> tuple[int, str, int, int]:
            return one.order, one.sequence, one.position, one.pk

        ordered = sorted(self.operations.values(), key=place)
        for left, right in pairwise(ordered):
            if (left.order, left.sequence) == (right.order, right.sequence):
                yield left, right

    def outsides(self) -> Iterable[Outside]:
        came_before = {after.pk: before.finished for before, after in self._neighbours()}
        for operation in sorted(self.operations.values(), key=lambda one: one.pk):
            since = away_since(operation.started, came_before.get(operation.pk))
            if not operation.outside or since is None:
                continue
            end = operation.finished or self.now
            standard = round(operation.setup + operation.per_piece * operation.quantity)
            seconds = round((end - since).total_seconds())
            if seconds > 0:
                yield Outside(
                    *(operation.pk, operation.group, operation.item, _epoch(end), seconds, standard),
                    open=operation.finished is None,
                )

    def watched(self, machines: Iterable[int]) -> Iterable[Watched]:
        """Of machines that signals watch; of the others only how long they worked."""
        made: dict[int, float] = defaultdict(float)
        lost: dict[str, dict[int, float]] = {state: defaultdict(float) for state in LOST}
        for slot, spans in self.productions.items():
            machine = slot[0]
            if machine not in self.connected:
                continue
            made[machine] += self._seconds(machine, spans)
            for state in LOST:
                lost[state][machine] += self._seconds(
                    machine, intersect(self.states[state].get(slot, []), spans)
                )
        for machine in machines:
            stopped, unknown = (lost[state][machine] for state in LOST)
            worked = self.work.seconds(machine, self.work.within.start, self.now)
            produced = max(made[machine] - stopped - unknown, 0.0)
            yield Watched(machine, round(produced), round(stopped), round(unknown), round(worked))

    def _seconds(self, machine: int, spans: Iterable[Span]) -> float:
        return sum(self.work.seconds(machine, span.start, span.end) for span in spans)


def _until_production(runs: Iterable[_Run]) -> Iterable[_Run]:
    for run in runs:
        yield run
        if run.production is not None:
            return


def _epoch(moment: datetime) -> int:
    return int(moment.timestamp())
