"""Which reason holds for which part of a standstill: pure, the one answer for lists, key figures and the ERP.

A coding belongs to the standstill it shares most time with (S10). There it covers everything up to the
standstill's own borders, but for borders that a person named (a split). Where several cover the same time,
people come before machine codes, named parts before whole standstills, then the greater share, then what was
said last.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Standstill:
    """[start, end) in UTC; ``end`` None lasts still."""

    start: datetime
    end: datetime | None

    def shared(self, start: datetime, end: datetime | None) -> timedelta:
        """The time in common, or less than nothing."""
        ends = [moment for moment in (self.end, end) if moment is not None]
        if not ends:
            return timedelta.max
        return min(ends) - max(self.start, start)


@dataclass(frozen=True, slots=True)
class Said(Generic[T]):
    """What was said about [start, end); ``ref`` is the caller's own row. ``number`` breaks ties."""

    start: datetime
    end: datetime | None
    ref: T
    said_at: datetime
    number: int = 0
    cut_start: bool = False
    cut_end: bool = False
    by_person: bool = True

    def inside(self, standstill: Standstill) -> tuple[datetime, datetime | None]:
        """The part of ``standstill`` that this is about."""
        start = max(standstill.start, self.start) if self.cut_start else standstill.start
        if not self.cut_end or self.end is None:
            return start, standstill.end
        return start, self.end if standstill.end is None else min(self.end, standstill.end)


@dataclass(frozen=True, slots=True)
class Piece(Generic[T]):
    """A part of a standstill for one cause; ``ref`` None: nobody said why."""

    start: datetime
    end: datetime | None
    ref: T | None


def home_of(said: Said[T], standstills: Iterable[Standstill]) -> Standstill | None:
    """The standstill that shares most time with what was meant; the later of equals; None for an orphan."""
    best: tuple[timedelta, datetime] | None = None
    found = None
    for one in standstills:
        shared = one.shared(said.start, said.end)
        if shared > timedelta() and (best is None or (shared, one.start) > best):
            best, found = (shared, one.start), one
    return found


def pieces_of(
    standstills: Sequence[Standstill], codings: Iterable[Said[T]]
) -> dict[datetime, list[Piece[T]]]:
    """The pieces of each standstill of one slot, by its start: in order, without hole or overlap."""
    at_home: dict[datetime, list[Said[T]]] = defaultdict(list)
    for said in codings:
        home = home_of(said, standstills)
        if home is not None:
            at_home[home.start].append(said)
    return {one.start: _cut(one, at_home[one.start]) for one in standstills}


def _cut(standstill: Standstill, codings: Sequence[Said[T]]) -> list[Piece[T]]:
    if not codings:
        return [Piece(standstill.start, standstill.end, None)]
    ranked = sorted(codings, key=lambda said: _rank(said, standstill), reverse=True)
    parts = [(said, *said.inside(standstill)) for said in ranked]
    moments = {moment for _said, start, end in parts for moment in (start, end) if moment is not None}
    borders = sorted({standstill.start, *moments} - {standstill.end})
    ends: list[datetime | None] = [*borders[1:], standstill.end]
    found: list[Piece[T]] = []
    for start, end in zip(borders, ends, strict=True):
        said = next((said for said, begin, until in parts if begin <= start and _before(start, until)), None)
        ref = said.ref if said else None
        if found and found[-1].ref is ref:
            found[-1] = Piece(found[-1].start, end, ref)
        else:
            found.append(Piece(start, end, ref))
    return found


def _before(moment: datetime, end: datetime | None) -> bool:
    return end is None or moment < end


def _rank(said: Said[T], standstill: Standstill) -> tuple[bool, bool, timedelta, datetime, int]:
    shared = standstill.shared(said.start, said.end)
    return said.by_person, said.cut_start or said.cut_end, shared, said.said_at, said.number
