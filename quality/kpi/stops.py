"""Where delay comes from: which stops people are asked about, the Pareto of their reasons, and how much of
them has a reason at all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Hashable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum

from django.utils import timezone

from machines.domain.stops import is_worth_asking
from machines.enums import MachineState
from mes.lib.spans import ZERO
from orders.enums import RunPhase
from quality.enums import Unexplained
from quality.kpi import formulas
from quality.kpi.collect import MachineFigures, Reading
from quality.kpi.elements import Element, Segment, Source
from quality.kpi.facts import SlotSegment
from quality.kpi.promise_days import promise_days
from quality.queries import oee as queries
from quality.queries.oee import NO_WORTH, Worth

Cause = int | Unexplained
"""What a delay is put down to: a stop reason (its id), or none."""
STANDING = (Element.DELAY, Element.NO_ORDER, Element.SETUP)
"""What a machine that doesn't run does in working time."""


class Measure(StrEnum):
    """What a Pareto of stops is sorted by."""

    TIME = "time"
    STOPS = "stops"
    PIECES = "pieces"
    EUROS = "euros"
    PROMISE_DAYS = "promise_days"


@dataclass(frozen=True, slots=True)
class ReasonShare:
    """One bar of the Pareto of stops. ``name`` is empty where there is no reason.

    ``pieces`` is what could have been made in that time at the reference cycle, ``euros`` what the machines
    cost in it; each None where no machine of the bar has a cycle or a rate. Both are estimates, and so are
    ``promise_days``, read only when asked for: see ``quality.kpi.promise_days``.
    """

    cause: Cause
    code: str
    name: str
    time: timedelta
    stops: int
    pieces: Decimal | None
    euros: Decimal | None
    share: Decimal
    running_share: Decimal
    promise_days: Decimal | None = None

    @property
    def label(self) -> str:
        return str(self.cause.label) if isinstance(self.cause, Unexplained) else self.name


@dataclass(slots=True)
class _Sum:
    time: timedelta = ZERO
    stops: set[Hashable] = field(default_factory=set)
    pieces: Decimal | None = None
    euros: Decimal | None = None
    promise_days: Decimal | None = None

    def add(self, row: SlotSegment, worth: Worth) -> None:
        time = row.segment.duration
        self.time += time
        self.stops.add(stop_of(row))
        if (pieces := worth.pieces(time)) is not None:
            self.pieces = (self.pieces or Decimal(0)) + pieces
        if (euros := worth.euros(time)) is not None:
            self.euros = (self.euros or Decimal(0)) + euros

    def by(self, measure: Measure) -> Decimal:
        """The height of the bar: seconds, stops, pieces, euros or days."""
        if measure is Measure.STOPS:
            return Decimal(len(self.stops))
        if measure is Measure.PIECES:
            return self.pieces or Decimal(0)
        if measure is Measure.EUROS:
            return self.euros or Decimal(0)
        if measure is Measure.PROMISE_DAYS:
            return self.promise_days or Decimal(0)
        return Decimal(self.time // timedelta(microseconds=1)) / 1_000_000


def stop_pareto(reading: Reading, *, by: Measure = Measure.TIME) -> list[ReasonShare]:
    """Delay but for micro-stops by cause, the greatest loss in ``by`` first.

    Two queries, and for promise days those of the late orders.
    """
    sums: dict[Cause, _Sum] = defaultdict(_Sum)
    worths = queries.worths([machine.machine.id for machine in reading.machines])
    delays = [found for machine in reading.machines for found in causes(machine)]
    for row, cause in delays:
        sums[cause].add(row, worths.get(row.machine, NO_WORTH))
    if by is Measure.PROMISE_DAYS:
        days = promise_days_by_event(reading)
        for found in sums.values():
            found.promise_days = Decimal(0)
        for row, cause in delays:
            sums[cause].promise_days = (sums[cause].promise_days or Decimal(0)) + days[event_of(row)]
    names = queries.stop_reasons(cause for cause in sums if not isinstance(cause, Unexplained))
    whole, running = sum((one.by(by) for one in sums.values()), Decimal(0)), Decimal(0)
    bars = []
    for cause, found in sorted(sums.items(), key=lambda bar: (-bar[1].by(by), -bar[1].time, str(bar[0]))):
        running += found.by(by)
        known = None if isinstance(cause, Unexplained) else names[cause]
        bars.append(
            ReasonShare(
                cause,
                known.code if known else "",
                known.name if known else "",
                found.time,
                len(found.stops),
                None if found.pieces is None else Decimal(round(found.pieces)),
                None if found.euros is None else round(found.euros, 2),
                formulas.ratio(found.by(by), whole) or Decimal(0),
                formulas.ratio(running, whole) or Decimal(0),
                found.promise_days,
            )
        )
    return bars


def promise_days_by_event(reading: Reading) -> dict[Hashable, Decimal]:
    """What each delay of the Pareto (see ``event_of``) cost in promise days, also if that is nothing."""
    delays = [row for machine in reading.machines for row, _cause in causes(machine)]
    days = promise_days(((event_of(row), row.segment) for row in delays), now=timezone.now())
    return {event_of(row): days.get(event_of(row), Decimal(0)) for row in delays}


def event_of(row: SlotSegment) -> Hashable:
    """What tells one segment from every other: a slot does one thing at a time."""
    return row.machine, row.slot, row.segment.span.start


def stop_of(row: SlotSegment) -> Hashable:
    """What makes two segments parts of one stop."""
    return row.segment.stop or (row.machine, row.slot, row.segment.state_start)


def causes(machine: MachineFigures) -> list[tuple[SlotSegment, Cause]]:
    """Each delay of the machine but micro-stops with what it is put down to, in order of slot and time.

    Without a reason it is open if a terminal asks about it; where an order lost too little by a standstill
    between two orders, and where a machine had nothing to do or was maintained, nobody is asked.
    """
    asked = counted_stops(machine)
    return [(row, _cause(row, asked)) for row in machine.of_element(Element.DELAY)]


def _cause(row: SlotSegment, asked: Container[Hashable]) -> Cause:
    if row.segment.reason is not None:
        return row.segment.reason
    return Unexplained.OPEN if stop_of(row) in asked else Unexplained.UNASKED


def counted_stops(machine: MachineFigures) -> dict[Hashable, list[SlotSegment]]:
    """The stops by which the quality of coding is judged, each with its parts by time: those that a terminal
    asks about (``is_worth_asking``), and those with a reason, also when it says that the time was planned or
    set-up."""
    stops: dict[Hashable, list[SlotSegment]] = defaultdict(list)
    standing: dict[Hashable, timedelta] = defaultdict(timedelta)
    for row in machine.segments:
        segment = row.segment
        if segment.state is not MachineState.STOP:
            continue
        if segment.element in STANDING:
            standing[stop_of(row)] += segment.duration
        if _is_counted(segment):
            stops[stop_of(row)].append(row)
    micro = timedelta(seconds=float(machine.machine.micro_stop_seconds))
    return {
        stop: sorted(rows, key=lambda row: row.segment.span.start)
        for stop, rows in stops.items()
        if any(row.segment.reason is not None for row in rows)
        or is_worth_asking(lost=time_of(rows), standing=standing[stop], micro=micro)
    }


def _is_counted(segment: Segment) -> bool:
    """An unplanned standstill, or one of which the reason, and neither calendar nor order, says otherwise."""
    if segment.element is Element.DELAY:
        return True
    if segment.reason is None or segment.source is not Source.OBSERVED:
        return False
    return segment.element is Element.PLANNED_DOWN or (
        segment.element is Element.SETUP and segment.phase is not RunPhase.SETUP
    )


def time_of(rows: Iterable[SlotSegment]) -> timedelta:
    return sum((row.segment.duration for row in rows), ZERO)


def coding_rate(reading: Reading) -> Decimal | None:
    """The share of the time of the counted stops for which somebody has named the reason."""
    stops = [rows for machine in reading.machines for rows in counted_stops(machine).values()]
    coded = sum((time_of(rows) for rows in stops if rows[0].segment.reason is not None), ZERO)
    return formulas.reason_coding_rate(coded, sum(map(time_of, stops), ZERO))
