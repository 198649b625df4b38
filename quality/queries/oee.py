"""What key figures are made of, read in a constant number of queries for any number of machines."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import BooleanField, Exists, ExpressionWrapper, F, Min, OuterRef, Q, QuerySet, Sum
from django.db.models.expressions import RawSQL
from django.db.models.functions import TruncHour

from machines.domain.coding import Said
from machines.models import CodedBy, Machine, Source, StateInterval, StopCoding, StopReason
from machines.models.state import TsTzRange
from machines.models.stop import StopCodings
from mes.lib.spans import Span
from orders.enums import EventKind
from orders.models import ProductionEvent, Run

QUANTITY_KINDS = (EventKind.REPORTED, EventKind.RECLASSIFIED, EventKind.COUNTED, EventKind.REVERSED)
"""The events that change quantities."""
Windows = Mapping[tuple[int, int], tuple[datetime, datetime | None]]
"""By (machine, slot) from when until when; no end means still."""


@dataclass(frozen=True, slots=True)
class MachineRow:
    """A machine whose figures are asked, with the places it rolls up to.

    ``measured``: signals tell about it, or should; otherwise people alone do.
    """

    id: int
    code: str
    name: str
    slots: int
    area: int
    plant: int
    definition: str
    micro_stop_seconds: Decimal
    measured: bool


@dataclass(frozen=True, slots=True)
class StateRow:
    machine: int
    slot: int
    start: datetime
    end: datetime | None
    state: str


@dataclass(frozen=True, slots=True)
class RunRow:
    id: int
    operation: int
    machine: int
    slot: int
    start: datetime
    production: datetime | None
    end: datetime | None


@dataclass(frozen=True, slots=True)
class CodingRow:
    """What people or machine codes said about an interval of standstill.

    ``stop`` joins several to one stop; ``said`` is when it was said, ``id`` breaks ties.
    """

    id: int
    machine: int
    slot: int
    span: Span
    reason: int
    planned: bool
    group: str
    said: datetime
    cut_start: bool
    cut_end: bool
    by_person: bool
    stop: UUID | None

    def as_said(self) -> Said[CodingRow]:
        return Said(
            self.span.start,
            self.span.end,
            self,
            self.said,
            self.id,
            self.cut_start,
            self.cut_end,
            self.by_person,
        )


@dataclass(frozen=True, slots=True)
class PieceRow:
    """Pieces of one operation on a machine. ``per_piece`` is the planned run time, if anybody stated it."""

    machine: int
    operation: int
    good: Decimal
    scrap: Decimal
    rework: Decimal
    per_piece: timedelta | None

    @property
    def standard(self) -> Decimal:
        """Planned run time of all the pieces in microseconds, exact; 0 if nobody stated it."""
        if self.per_piece is None:
            return Decimal(0)
        return self.per_piece // timedelta(microseconds=1) * (self.good + self.scrap + self.rework)

    @property
    def unpriced(self) -> Decimal:
        """Pieces without a planned run time."""
        return Decimal(0) if self.per_piece else self.good + self.scrap + self.rework


@dataclass(frozen=True, slots=True)
class Worth:
    """What a machine's time is worth: planned seconds per piece, euros per hour; None where unknown."""

    seconds_per_piece: Decimal | None
    hourly_rate: Decimal | None

    def pieces(self, time: timedelta) -> Decimal | None:
        return _seconds(time) / self.seconds_per_piece if self.seconds_per_piece else None

    def euros(self, time: timedelta) -> Decimal | None:
        return None if self.hourly_rate is None else _seconds(time) * self.hourly_rate / 3600


NO_WORTH = Worth(None, None)


def _seconds(time: timedelta) -> Decimal:
    return Decimal(time // timedelta(microseconds=1)) / 1_000_000


def worths(machines: Collection[int]) -> dict[int, Worth]:
    """By machine; the rate is the machine's own, else its group's. One query."""
    rows = Machine.objects.filter(pk__in=list(machines)).values_list(
        "pk", "reference_cycle_seconds", "pieces_per_cycle", "hourly_rate", "group__hourly_rate"
    )
    return {
        machine: Worth(cycle / pieces if cycle else None, group_rate if rate is None else rate)
        for machine, cycle, pieces, rate, group_rate in rows
    }


def machines_of(
    *, machine: int | None = None, area: int | None = None, plant: int | None = None
) -> QuerySet[Machine]:
    """Active machines of a place, by default all. A machine asked for by id may be inactive."""
    if machine is not None:
        return Machine.objects.filter(pk=machine)
    chosen = Machine.objects.filter(active=True)
    if area is not None:
        chosen = chosen.filter(area=area)
    return chosen if plant is None else chosen.filter(plant=plant)


def machine_rows(machines: QuerySet[Machine]) -> list[MachineRow]:
    """The machines in their own order."""
    connected = Exists(Source.objects.filter(machine=OuterRef("pk")))
    rows = machines.annotate(signals=ExpressionWrapper(~Q(counting_item="") | connected, BooleanField()))
    return [
        MachineRow(*row)
        for row in rows.values_list(
            *("pk", "code", "name", "slots", "area_id", "plant_id", "plant__kpi_definition"),
            *("micro_stop_seconds", "signals"),
        )
    ]


def states(machines: Collection[int], span: Span) -> list[StateRow]:
    """Derived states that touch ``span``, whole."""
    found = (
        StateInterval.objects.filter(
            Q(ended_at__isnull=True) | Q(ended_at__gt=F("started_at")), machine__in=machines
        )
        .alias(during=TsTzRange("started_at", "ended_at"))
        .filter(during__overlap=(span.start, span.end))
    )
    return [StateRow(*row) for row in found.values_list("machine", "slot", "started_at", "ended_at", "state")]


def runs(machines: Collection[int], span: Span) -> list[RunRow]:
    """Runs that touch ``span``, whole."""
    found = (
        Run.objects.filter(Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")), machine__in=machines)
        .alias(during=TsTzRange("started_at", "ended_at"))
        .filter(during__overlap=(span.start, span.end))
        .order_by()
    )
    return [
        RunRow(*row)
        for row in found.values_list(
            "pk", "operation_id", "machine_id", "slot", "started_at", "production_at", "ended_at"
        )
    ]


def first_runs(machines: Collection[int]) -> dict[int, datetime]:
    """When the first run ever began on each machine that had one."""
    found = Run.objects.filter(machine__in=machines).order_by().values_list("machine")
    return dict(found.annotate(first=Min("started_at")))


def stop_codings(machines: Collection[int], span: Span) -> list[CodingRow]:
    """The codings in force that touch ``span``."""
    return _coding_rows(StopCoding.objects.filter(machine__in=machines, span__overlap=(span.start, span.end)))


def codings_of(windows: Windows) -> list[CodingRow]:
    """The codings in force that touch each slot's window."""
    touching = RawSQL(  # noqa: S611
        f"""
        SELECT c.id FROM {_WINDOWS} JOIN machines_stopcoding c
        ON c.machine_id = w.machine_id AND c.slot = w.slot AND c.span && tstzrange(w.since, w.until)
        """,  # noqa: S608
        _columns(windows),
    )
    return _coding_rows(StopCoding.objects.filter(pk__in=touching))


def states_in(windows: Windows) -> list[StateRow]:
    """Derived states that touch each slot's window, whole."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT s.machine_id, s.slot, s.started_at, s.ended_at, s.state
            FROM {_WINDOWS} JOIN machines_stateinterval s ON s.machine_id = w.machine_id AND s.slot = w.slot
                AND tstzrange(s.started_at, s.ended_at) && tstzrange(w.since, w.until)
                AND (s.ended_at IS NULL OR s.ended_at > s.started_at)
            """,  # noqa: S608
            _columns(windows),
        )
        return [StateRow(*row) for row in cursor.fetchall()]


_WINDOWS = """
    unnest(%s::int8[], %s::int2[], %s::timestamptz[], %s::timestamptz[]) AS w(machine_id, slot, since, until)
"""


def _columns(windows: Windows) -> tuple[list[Any], ...]:
    return (
        [machine for machine, _slot in windows],
        [slot for _machine, slot in windows],
        [since for since, _until in windows.values()],
        [until for _since, until in windows.values()],
    )


def _coding_rows(codings: StopCodings) -> list[CodingRow]:
    rows: Iterable[Any] = codings.in_force().values_list(
        *("pk", "machine_id", "slot", "span", "reason_id", "reason__planned", "reason__group", "said_at"),
        *("cut_start", "cut_end", "source", "together"),
    )
    return [
        CodingRow(
            *(number, machine, slot, Span(during.lower, during.upper)),
            *(reason, planned, group, said, begin, end),
            *(source == CodedBy.PERSON, stop),
        )
        for number, machine, slot, during, reason, planned, group, said, begin, end, source, stop in rows
    ]


def pieces(machines: Collection[int], span: Span) -> list[PieceRow]:
    """Quantities of ``span`` by machine and operation; a reversal counts at the time of what it takes back.

    The planned run time per piece is the operation's, else the machine's planned cycle.
    """
    rows = (
        quantity_events(machines, span)
        .order_by()
        .values_list("machine_id", "operation_id", *_PRICE)
        .annotate(Sum("good"), Sum("scrap"), Sum("rework"))
    )
    return [_piece_row(*row) for row in rows]


def pieces_by_hour(machines: Collection[int], span: Span) -> list[tuple[datetime, PieceRow]]:
    """The same by hour of UTC."""
    rows = (
        quantity_events(machines, span)
        .order_by()
        .annotate(hour=TruncHour("occurred_at", tzinfo=UTC))
        .values_list("hour", "machine_id", "operation_id", *_PRICE)
        .annotate(Sum("good"), Sum("scrap"), Sum("rework"))
    )
    return [(hour, _piece_row(*row)) for hour, *row in rows]


def quantity_events(machines: Collection[int], span: Span) -> QuerySet[ProductionEvent]:
    """The events behind the quantities of ``span``, by time."""
    return (
        ProductionEvent.objects.filter(kind__in=QUANTITY_KINDS, machine__in=machines)
        .filter(occurred_at__gte=span.start, occurred_at__lt=span.end)
        .order_by("occurred_at", "pk")
    )


def piece_row(event: ProductionEvent) -> PieceRow:
    """One event as its figures take it. Its operation and machine should be read with it."""
    operation, machine = event.operation, event.machine
    return _piece_row(
        machine.pk if machine else 0,
        operation.pk if operation else 0,
        operation.run_seconds if operation else None,
        operation.base_quantity if operation else None,
        machine.reference_cycle_seconds if machine else None,
        machine.pieces_per_cycle if machine else None,
        event.good,
        event.scrap,
        event.rework,
    )


def stop_reasons(reasons: Iterable[int]) -> dict[int, StopReason]:
    return StopReason.objects.in_bulk(list(reasons))


_PRICE = (
    "operation__run_seconds",
    "operation__base_quantity",
    "machine__reference_cycle_seconds",
    "machine__pieces_per_cycle",
)


def _piece_row(
    machine: int,
    operation: int,
    run_seconds: Decimal | None,
    base: Decimal | None,
    cycle: Decimal | None,
    per_cycle: Decimal | None,
    good: Decimal,
    scrap: Decimal,
    rework: Decimal,
) -> PieceRow:
    per_piece = _per_piece(run_seconds, base) or _per_piece(cycle, per_cycle)
    return PieceRow(machine, operation, good, scrap, rework, per_piece)


def _per_piece(seconds: Decimal | None, pieces: Decimal | None) -> timedelta | None:
    if not seconds or not pieces:
        return None
    return timedelta(microseconds=round(seconds * 1_000_000 / pieces))
