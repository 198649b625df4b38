"""The figures of a machine hour by hour: the segments and pieces of any interval, cut at the hours."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from mes.lib.spans import Span
from quality.kpi.elements import Element, Segment, Source
from quality.queries.oee import PieceRow

HOUR = timedelta(hours=1)
MICROSECOND = timedelta(microseconds=1)
NOTHING = Decimal(0)


@dataclass(slots=True)
class Hour:
    """One machine in one hour: times in microseconds, ``standard`` too (exact, so with decimals)."""

    apt: int = 0
    aust: int = 0
    adet: int = 0
    micro: int = 0
    adot: int = 0
    unknown: int = 0
    pdot: int = 0
    beyond: int = 0
    observed: int = 0
    good: Decimal = NOTHING
    scrap: Decimal = NOTHING
    rework: Decimal = NOTHING
    unpriced: Decimal = NOTHING
    standard: Decimal = NOTHING

    def add_time(self, segment: Segment, time: int) -> None:
        """``time`` microseconds of this segment lie in the hour."""
        if segment.element is Element.MICRO_STOP:
            self.micro += time
            self.adet += time
        elif segment.element is not Element.OFF:
            name = segment.element.value
            setattr(self, name, getattr(self, name) + time)
        if segment.is_beyond_plan:
            self.beyond += time
        if segment.source is Source.OBSERVED and segment.is_busy_time:
            self.observed += time

    def add_pieces(self, row: PieceRow) -> None:
        self.good += row.good
        self.scrap += row.scrap
        self.rework += row.rework
        self.unpriced += row.unpriced
        self.standard += row.standard


def hour_of(moment: datetime) -> datetime:
    """The beginning of the hour of UTC that holds ``moment``."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def next_hour(moment: datetime) -> datetime:
    """``moment`` itself if an hour begins then, else the beginning of the next one."""
    begin = hour_of(moment)
    return begin if begin == moment else begin + HOUR


def by_hour(
    found: Iterable[Segment], over: Iterable[Span], pieces: Iterable[tuple[datetime, PieceRow]]
) -> dict[datetime, Hour]:
    """Hours in which anything counts.

    ``over``: production on more slots than there are, which lies beyond the plan.
    """
    hours: dict[datetime, Hour] = defaultdict(Hour)
    for segment in found:
        if segment.element is Element.OFF and not segment.is_beyond_plan:
            continue
        for hour, time in _cut(segment.span):
            hours[hour].add_time(segment, time)
    for span in over:
        for hour, time in _cut(span):
            hours[hour].beyond += time
    for hour, row in pieces:
        hours[hour].add_pieces(row)
    return dict(hours)


def _cut(span: Span) -> Iterator[tuple[datetime, int]]:
    start, hour = span.start, hour_of(span.start)
    while start < span.end:
        following = hour + HOUR
        end = min(following, span.end)
        yield hour, (end - start) // MICROSECOND
        start, hour = end, following
