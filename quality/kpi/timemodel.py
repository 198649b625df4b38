"""The time and quantity elements of ISO 22400-2 that every key figure is made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import timedelta
from decimal import Decimal
from operator import attrgetter
from typing import Any

from mes.lib.spans import ZERO

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class TimeElements:
    """How planned time of one or several units was used. Names are those of ISO 22400-2.

    ``pot`` planned operation time · ``pdot`` planned down time · ``pbt`` planned busy time = POT − PDOT ·
    ``apt`` actual production time · ``aust`` actual unit setup time · ``adet`` actual unit delay time, of
    which ``micro`` are micro-stops · ``adot`` actual unit down time: available, but no order · ``unknown``
    (ours): planned busy time about which nothing is known.

    ``beyond`` (ours) is production outside planned busy time; it is part of none of the others. ``off``
    (ours) is calendar time that is no planned operation time.

    Raises ``ValueError`` unless PBT = POT − PDOT and PBT = APT + AUST + ADET + ADOT + unknown, to the
    microsecond, with nothing negative and micro-stops within delay.
    """

    pot: timedelta = ZERO
    pdot: timedelta = ZERO
    pbt: timedelta = ZERO
    apt: timedelta = ZERO
    aust: timedelta = ZERO
    adet: timedelta = ZERO
    micro: timedelta = ZERO
    adot: timedelta = ZERO
    unknown: timedelta = ZERO
    beyond: timedelta = ZERO
    off: timedelta = ZERO

    def __post_init__(self) -> None:
        if min(_TIMES(self)) < ZERO:
            raise ValueError(f"a time element is negative: {self}")
        if self.micro > self.adet:
            raise ValueError(f"micro-stops exceed delay time: {self}")
        if self.pbt != self.pot - self.pdot:
            raise ValueError(f"PBT is not POT − PDOT: {self}")
        if self.pbt != self.apt + self.aust + self.adet + self.adot + self.unknown:
            raise ValueError(f"PBT is not APT + AUST + ADET + ADOT + unknown: {self}")

    @classmethod
    def of(
        cls,
        *,
        apt: timedelta = ZERO,
        aust: timedelta = ZERO,
        adet: timedelta = ZERO,
        micro: timedelta = ZERO,
        adot: timedelta = ZERO,
        unknown: timedelta = ZERO,
        pdot: timedelta = ZERO,
        beyond: timedelta = ZERO,
        off: timedelta = ZERO,
    ) -> TimeElements:
        """The elements whose planned times are the sums of the given parts."""
        pbt = apt + aust + adet + adot + unknown
        return cls(pbt + pdot, pdot, pbt, apt, aust, adet, micro, adot, unknown, beyond, off)

    def __add__(self, other: TimeElements) -> TimeElements:
        return TimeElements(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    @property
    def aupt(self) -> timedelta:
        """Actual unit processing time = APT + AUST."""
        return self.apt + self.aust

    @property
    def aubt(self) -> timedelta:
        """Actual unit busy time = AUPT + ADET."""
        return self.aupt + self.adet

    @property
    def calendar(self) -> timedelta:
        """All time there is, of all slots."""
        return self.pot + self.off

    @property
    def known(self) -> timedelta:
        """Planned busy time about which something is known: the base of every ratio."""
        return self.pbt - self.unknown


_TIMES = attrgetter(*(field.name for field in fields(TimeElements)))


@dataclass(frozen=True, slots=True)
class Quantities:
    """Pieces made in an interval. ``undecided`` ones are counted but not yet judged.

    ``standard`` is Σ(PRI × PQ), the planned run time of all pieces; ``unpriced`` counts the pieces whose
    planned run time nobody stated.
    """

    good: Decimal = NOTHING
    scrap: Decimal = NOTHING
    rework: Decimal = NOTHING
    undecided: Decimal = NOTHING
    standard: timedelta = ZERO
    unpriced: Decimal = NOTHING

    def __add__(self, other: Quantities) -> Quantities:
        return Quantities(
            self.good + other.good,
            self.scrap + other.scrap,
            self.rework + other.rework,
            self.undecided + other.undecided,
            self.standard + other.standard,
            self.unpriced + other.unpriced,
        )

    @property
    def judged(self) -> Decimal:
        """Pieces whose quality is known."""
        return self.good + self.scrap + self.rework

    @property
    def produced(self) -> Decimal:
        """PQ, the produced quantity."""
        return self.judged + self.undecided


@dataclass(frozen=True, slots=True)
class Coverage:
    """Where the knowledge about planned busy time comes from. The three add up to PBT."""

    observed: timedelta = ZERO
    manual: timedelta = ZERO
    unknown: timedelta = ZERO

    def __add__(self, other: Coverage) -> Coverage:
        return Coverage(
            self.observed + other.observed, self.manual + other.manual, self.unknown + other.unknown
        )

    @property
    def pbt(self) -> timedelta:
        return self.observed + self.manual + self.unknown


def sum_elements(parts: Iterable[TimeElements]) -> TimeElements:
    """Roll up: elements are added first, and only then divided. A mean of ratios is wrong."""
    return TimeElements(*_added(list(parts), TimeElements()))


def sum_quantities(parts: Iterable[Quantities]) -> Quantities:
    return Quantities(*_added(list(parts), Quantities()))


def sum_coverage(parts: Iterable[Coverage]) -> Coverage:
    return Coverage(*_added(list(parts), Coverage()))


def _added(parts: Sequence[Any], nothing: Any) -> Iterator[Any]:
    """Field by field: thousands of parts are checked once, as their sum."""
    for one in fields(nothing):
        amount = attrgetter(one.name)
        yield sum(map(amount, parts), amount(nothing))
