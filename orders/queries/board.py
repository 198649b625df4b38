"""A plan as a picture: machines down, time across; what really happened left of now, what is planned right.

Plain rows for one answer of JSON, a constant number of queries, however much is planned.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from machines.domain.calendars.load import load_calendars
from machines.domain.stops import STANDING
from machines.enums import MachineState
from machines.models import Machine, StateInterval, StopCoding
from mes.lib.spans import Span, intersect
from orders.models import Plan, PlanEntry, ProductionOrder, Run
from orders.queries.dates import newest_dates

LOOK_BACK = timedelta(hours=48)
"""How much of what really happened is shown."""
SHORTEST_STATE = timedelta(minutes=5)
LONGEST_CALENDAR = timedelta(days=120)
LEAST_CALENDAR = timedelta(days=14)
HAPPENED = {
    MachineState.STOP: 0,
    MachineState.IDLE: 0,
    MachineState.MAINTENANCE: 1,
    MachineState.UNKNOWN: 2,
}
"""What is drawn of a machine's past, as the picture's number for it. Where no run is, it had no order."""

Lane = tuple[int | None, int]
"""A slot of a machine; None: outside."""
Bar = list[Any]


@dataclass(frozen=True, slots=True)
class _Clock:
    """Moments as whole seconds since ``base``: short in JSON."""

    base: datetime

    def __call__(self, moment: datetime) -> int:
        return round((moment - self.base).total_seconds())

    def or_none(self, moment: datetime | None) -> int | None:
        return None if moment is None else self(moment)


def board(plan: Plan, *, now: datetime) -> dict[str, Any]:
    """The picture of ``plan``. ``base`` is Unix milliseconds, every other time seconds since then.

    ``lanes``: machine, label, name, group and area (indexes), calendar (index), slot, code. ``calendars``:
    working spans as start, end, start, end ... ``orders``: id, number, item, its name, customer, due, end,
    whether late, its newest 80 % date. ``bars``: lane, order (index), operation number, setup from, run from,
    end, running, operation id, machine group (index), pinned. ``runs``: lane, order id, number, item,
    operation number, setup from, production from, end. ``states``: lane, from, to, number of
    :data:`HAPPENED`. At most 15 queries.
    """
    zero = plan.zero_at or now
    clock = _Clock(zero)
    machines = list(
        Machine.objects.filter(plant=plan.plant_id).select_related("group", "area").order_by("code")
    )
    entries = list(_entries(plan))
    lanes = _lanes(machines, {(row[0], row[1]) for row in entries})
    index = {lane: number for number, lane in enumerate(lanes)}
    groups = _Numbered()
    areas = _Numbered()
    ends: dict[int, datetime] = {}
    for row in entries:
        ends[row[9]] = max(ends.get(row[9], row[4]), row[4])
    orders, order_index = _orders(ends, clock)
    until = min(max([now + LEAST_CALENDAR, *ends.values()]) + timedelta(days=2), now + LONGEST_CALENDAR)
    span = Span(now - LOOK_BACK, until)
    calendars, calendar_of = _calendars([machine.pk for machine in machines], span, clock)
    known = {machine.pk: machine for machine in machines}
    return {
        "base": round(zero.timestamp() * 1000),
        "now": clock(now),
        "from": clock(span.start),
        "to": clock(until),
        "lanes": [_lane(lane, known, groups, areas, calendar_of) for lane in lanes],
        "calendars": calendars,
        "orders": orders,
        "bars": [
            [
                index[row[0], row[1]],
                order_index[row[9]],
                row[7],
                clock(row[2]),
                clock(row[3]),
                clock(row[4]),
                int(row[5]),
                row[6],
                groups.of(row[8], (row[10], row[11])),
                int(row[12]),
            ]
            for row in entries
        ],
        "groups": groups.values,
        "areas": areas.values,
        "runs": _runs(plan, span, index, clock, now),
        "states": _states(known, span, index, clock, now),
    }


def _entries(plan: Plan) -> Iterable[tuple[Any, ...]]:
    return (
        PlanEntry.objects.filter(plan=plan)
        .order_by("start_at", "id")
        .values_list(
            "machine_id",
            "slot",
            "start_at",
            "run_at",
            "end_at",
            "running",
            "operation_id",
            "operation__number",
            "operation__machine_group_id",
            "operation__order_id",
            "operation__machine_group__code",
            "operation__machine_group__name",
            "pinned",
        )
    )


def _lanes(machines: Iterable[Machine], used: set[Lane]) -> list[Lane]:
    """Every slot of every active machine, by group and code, and what the plan uses besides."""
    active = [machine for machine in machines if machine.active]
    active.sort(key=lambda one: (one.group.code, one.code))
    lanes: list[Lane] = [(one.pk, slot) for one in active for slot in range(1, one.slots + 1)]
    rest = used.difference(lanes)
    return lanes + sorted(rest, key=lambda lane: (lane[0] is None, lane[0] or 0, lane[1]))


class _Numbered:
    """Gives each thing the next number when it is first met."""

    def __init__(self) -> None:
        self.numbers: dict[int, int] = {}
        self.values: list[tuple[str, str]] = []

    def of(self, key: int, value: tuple[str, str]) -> int:
        if key not in self.numbers:
            self.numbers[key] = len(self.values)
            self.values.append(value)
        return self.numbers[key]


def _lane(
    lane: Lane,
    machines: Mapping[int, Machine],
    groups: _Numbered,
    areas: _Numbered,
    calendar_of: Mapping[int, int],
) -> list[Any]:
    machine_id, slot = lane
    if machine_id is None:
        return [0, "", "", -1, -1, -1, slot, ""]
    machine = machines[machine_id]
    label = f"{machine.code}/{slot}" if machine.slots > 1 else machine.code
    return [
        machine.pk,
        label,
        machine.name,
        groups.of(machine.group_id, (machine.group.code, machine.group.name)),
        areas.of(machine.area_id, (machine.area.code, machine.area.name)),
        calendar_of.get(machine.pk, -1),
        slot,
        machine.code,
    ]


def _orders(ends: Mapping[int, datetime], clock: _Clock) -> tuple[list[list[Any]], dict[int, int]]:
    forecasts = newest_dates(ends)
    rows = ProductionOrder.objects.filter(pk__in=ends).values_list(
        "pk",
        "number",
        "item__code",
        "item__name",
        "customer_line__order__customer__name",
        "promised_at",
        "requested_at",
    )
    orders: list[list[object]] = []
    index: dict[int, int] = {}
    for pk, number, item, name, customer, promised, requested in rows:
        due, end = promised or requested, ends[pk]
        index[pk] = len(orders)
        orders.append(
            [
                pk,
                number,
                item,
                name,
                customer or "",
                clock.or_none(due),
                clock(end),
                int(due is not None and end > due),
                clock(forecasts[pk][1]) if pk in forecasts else None,
            ]
        )
    return orders, index


def _calendars(machines: list[int], span: Span, clock: _Clock) -> tuple[list[list[int]], dict[int, int]]:
    """Machines under the same rules share one calendar, which is sent once."""
    numbers: dict[int, int] = {}
    found: list[list[int]] = []
    calendar_of: dict[int, int] = {}
    for machine, calendar in load_calendars(machines, span).items():
        if id(calendar) not in numbers:
            numbers[id(calendar)] = len(found)
            spans = calendar.working_spans(span)
            found.append([edge for one in spans for edge in (clock(one.start), clock(one.end))])
        calendar_of[machine] = numbers[id(calendar)]
    return found, calendar_of


def _runs(plan: Plan, span: Span, index: Mapping[Lane, int], clock: _Clock, now: datetime) -> list[Bar]:
    """Runs that are over; one that lasts stands in the plan."""
    rows = Run.objects.filter(
        plant=plan.plant_id, ended_at__gt=span.start, ended_at__lte=now, started_at__lt=now
    ).values_list(
        "machine_id",
        "slot",
        "operation__order_id",
        "operation__order__number",
        "operation__order__item__code",
        "operation__number",
        "started_at",
        "production_at",
        "ended_at",
    )
    return [
        [index[machine, slot], order, number, item, operation, clock(start), clock(run or end), clock(end)]
        for machine, slot, order, number, item, operation, start, run, end in rows
        if (machine, slot) in index and end is not None and end > start
    ]


def _states(
    machines: Mapping[int, Machine], span: Span, index: Mapping[Lane, int], clock: _Clock, now: datetime
) -> list[Bar]:
    """Standstills long enough to be seen; a stop as far as an order had to bear it or somebody gave a
    reason: elsewhere there was no order."""
    rows = (
        StateInterval.objects.filter(
            Q(ended_at=None) | Q(ended_at__gt=span.start),
            machine__in=list(machines),
            started_at__lt=now,
            state__in=list(HAPPENED),
        )
        .order_by("machine_id", "slot", "started_at")
        .values_list("machine_id", "slot", "started_at", "ended_at", "state")
    )
    borne = _borne(machines, span, now)
    return [
        [index[machine, slot], clock(part.start), clock(part.end), HAPPENED[MachineState(state)]]
        for machine, slot, start, end, state in rows
        if (machine, slot) in index
        for part in _seen(Span(max(start, span.start), min(end or now, now)), state, borne[machine, slot])
        if part.end - part.start >= SHORTEST_STATE
    ]


def _seen(standstill: Span, state: str, borne: list[Span]) -> list[Span]:
    return intersect([standstill], borne) if state in STANDING else [standstill]


def _borne(machines: Mapping[int, Machine], span: Span, now: datetime) -> Mapping[Lane, list[Span]]:
    """When each slot had an order, or a standstill that somebody gave a reason."""
    found: defaultdict[Lane, list[Span]] = defaultdict(list)
    runs = Run.objects.filter(machine__in=list(machines), started_at__lt=now).filter(
        Q(ended_at=None) | Q(ended_at__gt=span.start)
    )
    for machine, slot, start, end in runs.values_list("machine_id", "slot", "started_at", "ended_at"):
        found[machine, slot].append(Span(start, max(end or now, start)))
    codings = StopCoding.objects.in_force().filter(
        machine__in=list(machines), span__overlap=(span.start, now)
    )
    for machine, slot, told in codings.values_list("machine_id", "slot", "span"):
        found[machine, slot].append(Span(told.lower, told.upper or now))
    return found
