"""How well stops are explained: how many have a reason, how soon, and how often it is only "other".

Counted are those of ``quality.kpi.stops.counted_stops``. Joined stops are one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from statistics import median

from machines.domain.calendars.engine import Calendar
from machines.domain.calendars.load import load_calendars
from machines.models import StopReason
from machines.models.stop import ReasonGroup
from mes.lib.spans import ZERO, Span
from quality.kpi import formulas
from quality.kpi.collect import Reading
from quality.kpi.facts import SlotSegment
from quality.kpi.stops import counted_stops, time_of
from quality.queries import oee as queries
from quality.queries.coding import FirstSaid, first_said
from quality.queries.oee import MachineRow

NEAR = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class CodedStop:
    """One stop. ``said`` is when somebody or a machine code first gave a reason, None if nobody has.

    ``in_shift``: it was said before the shift ended in which the stop ended.
    """

    machine: MachineRow
    slot: int
    start: datetime
    end: datetime
    time: timedelta
    reason: StopReason | None
    shift: str
    said: datetime | None
    by_person: bool
    in_shift: bool

    @property
    def is_other(self) -> bool:
        return self.reason is not None and self.reason.group == ReasonGroup.OTHER

    @property
    def waited(self) -> timedelta | None:
        """From the beginning of the stop until a person said why."""
        return self.said - self.start if self.said is not None and self.by_person else None


@dataclass(frozen=True, slots=True)
class CodingQuality:
    """The figures of some stops; a share is None where there is nothing to share."""

    stops: Sequence[CodedStop]

    def _share(self, part: Callable[[CodedStop], bool], of: Callable[[CodedStop], bool]) -> Decimal | None:
        whole = [stop for stop in self.stops if of(stop)]
        return formulas.ratio(Decimal(sum(part(stop) for stop in whole)), Decimal(len(whole)))

    def _time(self, part: Callable[[CodedStop], bool], of: Callable[[CodedStop], bool]) -> Decimal | None:
        whole = [stop for stop in self.stops if of(stop)]
        return formulas.ratio(
            sum((stop.time for stop in whole if part(stop)), ZERO), sum((stop.time for stop in whole), ZERO)
        )

    @property
    def number(self) -> int:
        return len(self.stops)

    @property
    def time(self) -> timedelta:
        return sum((stop.time for stop in self.stops), ZERO)

    @property
    def coded(self) -> Decimal | None:
        return self._share(_has_reason, _any)

    @property
    def coded_time(self) -> Decimal | None:
        return self._time(_has_reason, _any)

    @property
    def in_shift(self) -> Decimal | None:
        return self._share(_in_shift, _any)

    @property
    def in_shift_time(self) -> Decimal | None:
        return self._time(_in_shift, _any)

    @property
    def other_time(self) -> Decimal | None:
        """The share of explained time whose reason says nothing."""
        return self._time(lambda stop: stop.is_other, _has_reason)

    @property
    def by_machine(self) -> Decimal | None:
        return self._share(lambda stop: not stop.by_person, _has_reason)

    @property
    def waited(self) -> timedelta | None:
        """The median over the stops that people explained."""
        lengths = [stop.waited.total_seconds() for stop in self.stops if stop.waited is not None]
        return timedelta(seconds=median(lengths)) if lengths else None

    def by(self, key: Callable[[CodedStop], str]) -> dict[str, CodingQuality]:
        groups: dict[str, list[CodedStop]] = defaultdict(list)
        for stop in self.stops:
            groups[key(stop)].append(stop)
        return {name: CodingQuality(groups[name]) for name in sorted(groups)}


def _any(_stop: CodedStop) -> bool:
    return True


def _has_reason(stop: CodedStop) -> bool:
    return stop.reason is not None


def _in_shift(stop: CodedStop) -> bool:
    return stop.in_shift


def coding_quality(reading: Reading) -> CodingQuality:
    """The stops of ``reading``, the latest first. The number of queries doesn't depend on machines."""
    found = {machine.machine: list(counted_stops(machine).values()) for machine in reading.machines}
    ids = [machine.id for machine in found]
    reasons = queries.stop_reasons(
        {
            row.segment.reason
            for stops in found.values()
            for rows in stops
            for row in rows
            if row.segment.reason
        }
    )
    said = first_said(ids, reading.span)
    around = Span(reading.span.start - NEAR, reading.span.end + NEAR)
    ends = _ShiftEnds(load_calendars(ids, around), around)
    stops = [
        _coded(machine, rows, reasons, said, ends.of(machine.id, rows[-1].segment.span.end))
        for machine, of_machine in found.items()
        for rows in of_machine
    ]
    return CodingQuality(sorted(stops, key=lambda stop: (stop.start, stop.machine.code), reverse=True))


def _coded(
    machine: MachineRow,
    rows: Sequence[SlotSegment],
    reasons: dict[int, StopReason],
    said: Sequence[FirstSaid],
    shift_end: datetime | None,
) -> CodedStop:
    first, last = rows[0].segment, rows[-1].segment
    start, end = first.state_start or first.span.start, last.span.end
    about = [
        one
        for one in said
        if (one.machine, one.slot) == (machine.id, rows[0].slot) and one.start < end and start < one.end
    ]
    reason = reasons.get(first.reason or 0)
    earliest = min(about, key=lambda one: one.said, default=None) if reason is not None else None
    in_time = earliest is not None and (shift_end is None or earliest.said <= shift_end)
    return CodedStop(
        machine,
        rows[0].slot,
        start,
        end,
        time_of(rows),
        reason,
        last.shift,
        earliest.said if earliest else None,
        earliest.by_person if earliest else False,
        in_time,
    )


class _ShiftEnds:
    """When the shift ends that a moment lies in (or that ended with it); one list per calendar."""

    def __init__(self, calendars: dict[int, Calendar], around: Span) -> None:
        self.calendars, self.around = calendars, around
        self._spans: dict[int, list[Span]] = {}

    def of(self, machine: int, moment: datetime) -> datetime | None:
        calendar = self.calendars[machine]
        if id(calendar) not in self._spans:
            self._spans[id(calendar)] = [shift.span for shift in calendar.shifts(self.around)]
        spans = self._spans[id(calendar)]
        return next((span.end for span in spans if span.start < moment <= span.end), None)
