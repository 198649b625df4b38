"""Wall clocks of a plant and instants: the two days a year on which they disagree included."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from mes.lib.spans import Span

ONE_DAY = timedelta(days=1)
ONE_SECOND = timedelta(seconds=1)


@lru_cache(maxsize=50_000)
def instant(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """The UTC instant at which the wall clock shows ``clock`` on ``day``.

    An hour that comes twice means its first time; an hour that doesn't exist means the instant of the jump.
    The order of wall clocks is kept, so that shifts which touch on paper touch on these days too.
    """
    wall = datetime.combine(day, clock, zone)
    first, second = (wall.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    return first if first <= second else _jump_between(second, first, zone)


def local_date(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()


def local_days(span: Span, zone: ZoneInfo) -> Iterator[tuple[date, Span]]:
    """Each local date that ``span`` touches, with its part of it (a whole day has 23, 24 or 25 hours)."""
    day = local_date(span.start, zone)
    while (begin := instant(day, time.min, zone)) < span.end:
        if part := span & Span(begin, instant(day + ONE_DAY, time.min, zone)):
            yield day, part
        day += ONE_DAY


def _jump_between(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The first second in (before, after] at which the zone has its later offset."""
    before, after = before.replace(microsecond=0), after.replace(microsecond=0)
    offset = before.astimezone(zone).utcoffset()
    while after - before > ONE_SECOND:
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after
