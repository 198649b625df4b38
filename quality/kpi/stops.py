"""Where delay comes from: the Pareto of stop reasons and how much of it has a reason at all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum

from django.utils import timezone

from mes.lib.spans import ZERO
from quality.kpi import formulas
from quality.kpi.collect import Reading
from quality.kpi.elements import Element
from quality.kpi.facts import SlotSegment
from quality.kpi.promise_days import promise_days
from quality.queries import oee as queries
from quality.queries.oee import Worth


class Measure(StrEnum):
    """What a Pareto of stops is sorted by."""

    TIME = "time"
    STOPS = "stops"
    PIECES = "pieces"
    EUROS = "euros"
    PROMISE_DAYS = "promise_days"


@dataclass(frozen=True, slots=True)
class ReasonShare:
    """One bar of the Pareto of stops. ``reason`` ``None``: nobody has said why.

    ``pieces`` is what could have been made in that time at the reference cycle, ``euros`` what the machines
    cost in it; each None where no machine of the bar has a cycle or a rate. Both are estimates, and so are
    ``promise_days``, read only when asked for: see ``quality.kpi.promise_days``.
    """

    reason: int | None
    code: str
    name: str
    time: timedelta
    stops: int
    pieces: Decimal | None
    euros: Decimal | None
    share: Decimal
    running_share: Decimal
    promise_days: Decimal | None = None


@dataclass(slots=True)
class _Sum:
    time: timedelta = ZERO
    stops: set[Hashable] = field(default_factory=set)
    pieces: Decimal | None = None
    euros: Decimal | None = None
    promise_days: Decimal | None = None

    def add(self, row: SlotSegment, worth: Worth | None) -> None:
        self.time += row.segment.duration
        self.stops.add(stop_of(row))
        seconds = Decimal(row.segment.duration // timedelta(microseconds=1)) / 1_000_000
        if worth is not None and worth.seconds_per_piece:
            self.pieces = (self.pieces or Decimal(0)) + seconds / worth.seconds_per_piece
        if worth is not None and worth.hourly_rate is not None:
            self.euros = (self.euros or Decimal(0)) + seconds * worth.hourly_rate / 3600

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


def stop_pareto(
    reading: Reading, *, micro_stops: bool = False, by: Measure = Measure.TIME
) -> list[ReasonShare]:
    """Delay by reason, the greatest loss in ``by`` first; ``micro_stops`` adds those, which nobody is asked
    about. Two queries, and for promise days those of the late orders."""
    wanted = (Element.DELAY, Element.MICRO_STOP) if micro_stops else (Element.DELAY,)
    sums: dict[int | None, _Sum] = defaultdict(_Sum)
    worths = queries.worths([machine.machine.id for machine in reading.machines])
    for machine in reading.machines:
        for row in machine.of_element(*wanted):
            sums[row.segment.reason].add(row, worths.get(row.machine))
    if by is Measure.PROMISE_DAYS:
        stops = [row for machine in reading.machines for row in machine.of_element(*wanted)]
        days = promise_days(stops, now=timezone.now())
        for reason, found in sums.items():
            found.promise_days = days.get(reason, Decimal(0))
    names = queries.stop_reasons(reason for reason in sums if reason is not None)
    whole, running = sum((one.by(by) for one in sums.values()), Decimal(0)), Decimal(0)
    bars = []
    for reason, found in sorted(sums.items(), key=lambda bar: (-bar[1].by(by), -bar[1].time, bar[0] or 0)):
        running += found.by(by)
        known = names[reason] if reason is not None else None
        bars.append(
            ReasonShare(
                reason,
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


def stop_of(row: SlotSegment) -> Hashable:
    """What makes two segments parts of one stop."""
    return row.segment.stop or (row.machine, row.slot, row.segment.state_start)


def coding_rate(reading: Reading) -> Decimal | None:
    """The share of delay (without micro-stops) for which somebody has named the reason."""
    delay = [row.segment for machine in reading.machines for row in machine.of_element(Element.DELAY)]
    coded = sum((segment.duration for segment in delay if segment.reason is not None), ZERO)
    return formulas.reason_coding_rate(coded, sum((segment.duration for segment in delay), ZERO))
