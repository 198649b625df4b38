"""Which level of the futures is to be read: from where the plant's own orders ended among theirs. Pure.

The level that keeps 80 % is the one below which 80 % of the places lay (split conformal prediction; for
distributions: Chernozhukov, Wüthrich, Zhu 2021). A plant changes, so that newer orders count more (weighted
conformal prediction: Barber, Candès, Ramdas, Tibshirani 2023). Of an order that is open only that is known
that its place will be higher than where it stands now: it counts as censored (Kaplan, Meier 1958), because
orders that end early are the ones that went well, and late ones are told long before they end.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from orders.planning.promise.levels import WANTED, Grid, Levels, place_of

HALF_LIFE = 40
"""Orders after which one counts half. Longer is hardly sharper, and slower to follow a plant that changes."""
ENOUGH = 60
"""Until so many have ended, the rest is taken to fall evenly among the futures."""
LOWEST, HIGHEST = -0.5, 3.9
"""Of a level that is read."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What was said of an order's end at ``made``: a grid of seconds from then. ``ended`` None: it goes on.
    All in seconds of one clock."""

    made: float
    grid: Grid
    ended: float | None = None

    def is_open(self, now: float) -> bool:
        return self.ended is None or self.ended > now

    def place(self, now: float) -> float:
        """Where the end fell among the futures; of an order that is open then, where it stands."""
        return place_of(self.grid, (now if self.ended is None else min(self.ended, now)) - self.made)


@dataclass(frozen=True, slots=True, order=True)
class _Place:
    value: float
    is_open: bool
    weight: float


def levels_of(statements: Iterable[Statement], *, now: float, basis: str = "plant") -> Levels:
    """What the record asks for, from all that is known ``now``."""
    known = sorted(statements, key=lambda one: one.made, reverse=True)
    places, ended = [], 0
    for one in known:
        is_open = one.is_open(now)
        places.append(_Place(one.place(now), is_open, 0.5 ** (ended / HALF_LIFE)))
        ended += not is_open
    missing = max(ENOUGH - ended, 0)
    places += [_Place((number + 0.5) / missing, False, 1.0) for number in range(missing)]
    shares, more = _shares(places), _one_more(places)
    asked = (_bounded(_below(shares, wanted * more, places)) for wanted in WANTED)
    return Levels(tuple(accumulate(asked, max)), ended, basis)


def _shares(places: Sequence[_Place]) -> list[tuple[float, float]]:
    """Places of orders that ended, ascending, and the share of all that ends there. What is higher than all
    of them is missing: the shares add up to less than 1."""
    left, surviving = math.fsum(one.weight for one in places), 1.0
    found = []
    for one in sorted(places):
        if not one.is_open:
            share = surviving * min(one.weight / left, 1.0)
            found.append((one.value, share))
            surviving -= share
        left -= one.weight
        if left <= 0:
            break
    return found


def _one_more(places: Sequence[_Place]) -> float:
    """The coming one counts as one more, beyond all others: (n + 1) / n of equal weights."""
    total, squares = (math.fsum(one.weight**power for one in places) for power in (1, 2))
    return 1.0 + squares / total**2


def _below(shares: Sequence[tuple[float, float]], wanted: float, places: Sequence[_Place]) -> float:
    """Below which place the wanted share lies: the highest known, and at least all futures, if below none."""
    upto, before = 0.0, shares[0][0]
    for value, share in shares:
        if upto + share >= wanted:
            return before + (value - before) * (wanted - upto) / share
        upto += share
        before = value
    return max(*(one.value for one in places), 1.0)


def _bounded(level: float) -> float:
    return min(max(level, LOWEST), HIGHEST)
