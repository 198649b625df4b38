"""The one algebra of time: half-open spans ``[start, end)`` of aware UTC datetimes.

Every set function takes any iterable of spans (unsorted, overlapping, empty ones among them) and returns a
*normal* list: sorted, without overlap, without touching neighbours, without empty spans.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

ZERO = timedelta(0)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """``[start, end)``. Any aware datetime is taken and kept as UTC; an empty span is allowed.

    Raises ``ValueError`` for a naive datetime or an end before the start.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is not UTC:
            object.__setattr__(self, "start", as_utc(self.start))
        if self.end.tzinfo is not UTC:
            object.__setattr__(self, "end", as_utc(self.end))
        if self.end < self.start:
            raise ValueError(f"a span can't end ({self.end}) before it starts ({self.start})")

    @property
    def duration(self) -> timedelta:
        return self.end - self.start

    @property
    def is_empty(self) -> bool:
        return self.start == self.end

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment < self.end

    def overlaps(self, other: Span) -> bool:
        """True if the two share any time; touching spans don't."""
        return max(self.start, other.start) < min(self.end, other.end)

    def __and__(self, other: Span) -> Span | None:
        """The shared time, or ``None`` if there is none."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Span(start, end) if start < end else None


def as_utc(moment: datetime) -> datetime:
    """The same instant in UTC. Raises ``ValueError`` for a naive datetime."""
    if moment.utcoffset() is None:
        raise ValueError(f"{moment!r} has no time zone")
    return moment.astimezone(UTC)


def union(*groups: Iterable[Span]) -> list[Span]:
    """All time that lies in any span of any group."""
    merged: list[Span] = []
    for span in sorted(span for group in groups for span in group if not span.is_empty):
        if merged and span.start <= merged[-1].end:
            if span.end > merged[-1].end:
                merged[-1] = Span(merged[-1].start, span.end)
        else:
            merged.append(span)
    return merged


def intersect(left: Iterable[Span], right: Iterable[Span]) -> list[Span]:
    """The time that lies in both."""
    return list(_intersections(union(left), union(right)))


def subtract(left: Iterable[Span], right: Iterable[Span]) -> list[Span]:
    """The time of ``left`` that doesn't lie in ``right``."""
    kept: list[Span] = []
    holes = union(right)
    at = 0
    for span in union(left):
        cursor = span.start
        while at < len(holes) and holes[at].start < span.end:
            if holes[at].start > cursor:
                kept.append(Span(cursor, holes[at].start))
            cursor = max(cursor, holes[at].end)
            if holes[at].end > span.end:
                break  # it may reach into the next span too
            at += 1
        if cursor < span.end:
            kept.append(Span(cursor, span.end))
    return kept


def clip(spans: Iterable[Span], within: Span) -> list[Span]:
    """The time that lies inside ``within``."""
    return intersect(spans, [within])


def gaps(spans: Iterable[Span], within: Span) -> list[Span]:
    """The time of ``within`` that no span covers."""
    return subtract([within], spans)


def total(spans: Iterable[Span]) -> timedelta:
    """How much time the spans cover; time covered twice counts once."""
    return sum((span.duration for span in union(spans)), ZERO)


def _intersections(left: list[Span], right: list[Span]) -> Iterator[Span]:
    i = j = 0
    while i < len(left) and j < len(right):
        shared = left[i] & right[j]
        if shared is not None:
            yield shared
        if left[i].end <= right[j].end:
            i += 1
        else:
            j += 1
