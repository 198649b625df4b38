"""Load against capacity: how many hours each week asks of the machines, and how many they have.

Everything is in standard hours, so that load and both capacities can be compared: the load is what is planned
divided by the measured ratio of its machine (setup counts as it is measured); an hour of the calendar gives
the assumed availability's share of a standard hour, or, measured, one divided by the ratio.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from zoneinfo import ZoneInfo

from machines.domain.calendars.engine import Calendar
from machines.domain.calendars.load import load_calendars
from machines.models import Machine
from mes.lib.spans import Span
from orders.models import Plan, PlanEntry

HOUR = timedelta(hours=1)
WEEK = timedelta(days=7)


class When(StrEnum):
    """Which week an operation loads."""

    DUE = "due"
    PLANNED = "planned"


@dataclass(slots=True)
class Cell:
    """One week of a machine or group; standard hours."""

    week: datetime
    demand: float = 0.0
    assumed: float = 0.0
    measured: float = 0.0
    operations: int = 0

    @property
    def share(self) -> float | None:
        """Of what the machines really give; None: nothing to give."""
        return self.demand / self.measured if self.measured > 0 else None

    @property
    def over(self) -> bool:
        """More than was measured to be possible."""
        return self.demand > self.measured + 0.05

    @property
    def hidden(self) -> bool:
        """The assumed availability would not have shown it."""
        return self.over and self.demand <= self.assumed

    def add(self, other: Cell) -> None:
        self.demand += other.demand
        self.assumed += other.assumed
        self.measured += other.measured
        self.operations += other.operations


@dataclass(slots=True)
class Row:
    """A machine group, or a machine of it."""

    code: str
    name: str
    cells: list[Cell]
    machines: list[Row] = field(default_factory=list)
    ratio: float | None = None
    """Measured, of a machine: times the standard."""

    @property
    def most(self) -> float:
        """The highest figure of the row, for its picture."""
        return max((max(cell.demand, cell.assumed, cell.measured) for cell in self.cells), default=0.0)

    @property
    def over(self) -> int:
        return sum(1 for cell in self.cells if cell.over)

    @property
    def demand(self) -> float:
        return sum(cell.demand for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Portion:
    """One operation's share of a week; standard hours."""

    operation_id: int
    machine_id: int
    week: int
    hours: float


@dataclass(frozen=True, slots=True)
class Workload:
    weeks: list[datetime]
    rows: list[Row]
    portions: list[Portion]
    outside: float
    """Hours beyond the weeks that are shown."""


def workload(plan: Plan, *, now: datetime, weeks: int, assumed: float, when: When) -> Workload:
    """Groups with their machines, by code. ``assumed`` availability is a share (0.85). What is overdue loads
    the first week. At most nine queries."""
    zone = ZoneInfo(plan.plant.time_zone)
    starts = [_monday(now, zone) + number * WEEK for number in range(weeks + 1)]
    starts = [_midnight(one, zone) for one in starts]
    machines = list(Machine.objects.filter(plant=plan.plant_id).select_related("group").order_by("code"))
    entries = list(_entries(plan))
    last = max([starts[-1], *(entry.end_at for entry in entries)])
    calendars = load_calendars([one.pk for one in machines], Span(starts[0], last + WEEK))
    ratios = {one["machine"]: float(one["ratio"]) or 1.0 for one in plan.basis}
    ratio_of = {one.pk: ratios.get(one.code, 1.0) for one in machines}
    portions = list(_portions(entries, calendars, ratio_of, starts, now, when))
    rows = _rows(machines, calendars, ratio_of, starts, now, assumed, portions)
    outside = sum(one.hours for one in portions if one.week >= weeks)
    return Workload(starts[:-1], rows, [one for one in portions if one.week < weeks], outside)


def operations_behind(plan: Plan, portions: Iterable[Portion]) -> list[tuple[PlanEntry, float]]:
    """The entries of these portions with their hours, the longest first. One query."""
    hours: dict[int, float] = defaultdict(float)
    for one in portions:
        hours[one.operation_id] += one.hours
    rows = PlanEntry.objects.filter(plan=plan, operation__in=hours).select_related(
        "operation__order__item", "machine"
    )
    return sorted(((row, hours[row.operation_id]) for row in rows), key=lambda one: -one[1])


def _entries(plan: Plan) -> Iterable[PlanEntry]:
    return (
        PlanEntry.objects.filter(plan=plan)
        .select_related("operation__order")
        .only(
            "start_at",
            "end_at",
            "machine_id",
            "operation__position",
            "operation__sequence",
            "operation__order__promised_at",
            "operation__order__requested_at",
        )
        .order_by("operation__order_id", "operation__position")
    )


def _portions(
    entries: list[PlanEntry],
    calendars: Mapping[int, Calendar],
    ratio_of: Mapping[int, float],
    starts: list[datetime],
    now: datetime,
    when: When,
) -> Iterable[Portion]:
    latest = _latest_ends(entries) if when == When.DUE else {}
    for entry in entries:
        if entry.machine_id is None:
            continue
        calendar = calendars.get(entry.machine_id)
        spans = [Span(max(entry.start_at, now), max(entry.end_at, now))]
        wanted = latest.get(entry.pk)
        weeks = [_week(wanted or entry.end_at, starts)] if when == When.DUE else range(len(starts))
        if when == When.PLANNED:
            edges = [*starts[1:], max(entry.end_at, starts[-1])]
            spans = [
                part if (part := spans[0] & Span(start, end)) else Span(now, now)
                for start, end in zip(starts, edges, strict=True)
            ]
        for week, span in zip(weeks, spans, strict=True):
            if span.is_empty:
                continue
            worked = calendar.working_time(span.start, span.end) if calendar else span.duration
            hours = worked / HOUR / ratio_of.get(entry.machine_id, 1.0)
            if hours > 0:
                yield Portion(entry.operation_id, entry.machine_id, week, hours)


def _latest_ends(entries: list[PlanEntry]) -> dict[int, datetime]:
    """When each entry has to be done so that its order is in time: the due date less what comes after it.

    ``entries`` ascend by position within an order. Orders without a date have none.
    """
    found: dict[int, datetime] = {}
    need: dict[tuple[int, str], datetime] = {}
    for entry in reversed(entries):
        order = entry.operation.order
        due = order.promised_at or order.requested_at
        if due is None:
            continue
        key = order.pk, entry.operation.sequence
        found[entry.pk] = need.get(key, due)
        need[key] = found[entry.pk] - (entry.end_at - entry.start_at)
    return found


def _week(moment: datetime, starts: list[datetime]) -> int:
    """The week a moment lies in; what is past is due now, and the last number means later."""
    return max(sum(1 for start in starts if start <= moment) - 1, 0)


def _rows(
    machines: list[Machine],
    calendars: Mapping[int, Calendar],
    ratio_of: Mapping[int, float],
    starts: list[datetime],
    now: datetime,
    assumed: float,
    portions: list[Portion],
) -> list[Row]:
    loads: dict[tuple[int, int], list[Portion]] = defaultdict(list)
    for one in portions:
        loads[one.machine_id, one.week].append(one)
    open_hours: dict[tuple[int, int], float] = {}
    groups: dict[int, Row] = {}
    for machine in machines:
        loaded = any((machine.pk, week) in loads for week in range(len(starts) - 1))
        if not machine.active and not loaded:
            continue
        cells = []
        for week, (start, end) in enumerate(pairwise(starts)):
            calendar = calendars.get(machine.pk)
            key = id(calendar), week
            if key not in open_hours:
                begin = max(start, now)
                open_hours[key] = (calendar.working_time(begin, end) if calendar else end - begin) / HOUR
            hours = open_hours[key] * machine.slots
            mine = loads.get((machine.pk, week), [])
            cells.append(
                Cell(
                    start,
                    demand=sum(one.hours for one in mine),
                    assumed=hours * assumed,
                    measured=hours / ratio_of.get(machine.pk, 1.0),
                    operations=len({one.operation_id for one in mine}),
                )
            )
        group = groups.setdefault(
            machine.group_id,
            Row(machine.group.code, machine.group.name, [Cell(start) for start in starts[:-1]]),
        )
        group.machines.append(Row(machine.code, machine.name, cells, ratio=ratio_of.get(machine.pk)))
        for total, cell in zip(group.cells, cells, strict=True):
            total.add(cell)
    return sorted(groups.values(), key=lambda row: row.code)


def _monday(now: datetime, zone: ZoneInfo) -> datetime:
    local = now.astimezone(zone)
    return datetime.combine(local.date() - timedelta(days=local.weekday()), time(), zone)


def _midnight(moment: datetime, zone: ZoneInfo) -> datetime:
    """Local midnight, also where the clock has changed since."""
    return datetime.combine(moment.date(), time(), zone)
