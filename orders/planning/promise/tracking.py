"""Which level of the futures is to be read, by learners that follow the plant's own record. Pure.

A learner holds one level for one wanted share. Each date at its level that doesn't hold raises it by its
step, each that holds lowers it, in such a proportion that it rests only where as many hold as are wanted,
whatever the plant does (adaptive conformal inference: Gibbs, Candès 2021; moving the level itself:
Angelopoulos, Candès, Tibshirani 2023). What is learned from a date is known as soon as the date is over or
the order has ended before it: orders that miss theirs end last, so that waiting for their ends would be
learning too late.

No step is right for every plant: a small one is sharp while little changes, a large one follows a plant that
does. So several learn side by side, and their levels are averaged, weighed by how small the loss of what each
said was lately (expert aggregation: Zaffran et al. 2022; Gibbs, Candès 2024).
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from orders.planning.promise.levels import WANTED, Grid, Levels, at_level, place_of

RATES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.4)
"""Of a level at 50 %, per date. At higher ones fewer dates miss, so that each miss says more: the step grows
with the root of their rarity."""
FEW = 30
"""Open orders for which the steps are meant. The more are open, the later and the more at a time comes what
is learned: each date then moves less, in proportion, or all would overshoot together."""
ENOUGH = 60
"""Learners begin with so many orders that ended where they would in a plant that is as its futures say."""
MEMORY = 150
"""Orders after which a loss counts a third."""
TRUST = 0.3
"""How strongly the smaller loss is preferred at 50 %. At higher levels less, by the root of their rarity:
where few dates miss, losses say little of who is right."""
LEAST_LOSS = 0.01
LOWEST, HIGHEST = -0.5, 3.9
"""Of a level that is read."""
FARTHEST = 3.0
"""Of a place from zero, when a loss is counted: one order that lay dead for months says no more than this."""
GOLDEN = 0.6180339887498949
"""Its multiples fall evenly into [0, 1), the first few as well as many (Weyl 1916)."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What was said of an order's end at ``made``: a grid of seconds from then. ``ended`` None: it goes on.
    All in seconds of one clock."""

    made: float
    grid: Grid
    ended: float | None = None

    @property
    def place(self) -> float:
        """Where the end fell among the futures."""
        assert self.ended is not None
        return place_of(self.grid, self.ended - self.made)


def levels_of(statements: Iterable[Statement], *, now: float, basis: str = "plant") -> Levels:
    """What the record asks for, from all that is known ``now``."""
    learners = [_Learners(wanted) for wanted in WANTED]
    known = sorted(statements, key=lambda one: one.made)
    for one in learners:
        one.follow(known, now)
    used = tuple(accumulate((one.level for one in learners), max))
    return Levels(used, sum(one.ended is not None for one in known), basis)


@dataclass(slots=True)
class _Learners:
    """All of one wanted share: the level of each, and what its dates lost lately (``counted``: of how many).
    ``rarity``: of misses, beside those at 50 %."""

    wanted: float
    levels: list[float] = field(init=False)
    losses: list[float] = field(init=False)
    rarity: float = field(init=False)
    counted: float = 0.0

    def __post_init__(self) -> None:
        self.rarity = math.sqrt(0.5 / (1 - self.wanted))
        self.levels = [self.wanted] * len(RATES)
        self.losses = [0.0] * len(RATES)
        for number in range(ENOUGH):
            place = GOLDEN * (number + 1) % 1.0
            said = list(self.levels)
            for learner, level in enumerate(said):
                self._learn(learner, place <= level, 1.0)
            self._count(said, place)

    @property
    def level(self) -> float:
        scale = max(min(self.losses) / self.counted, LEAST_LOSS) * math.sqrt(self.counted)
        least = min(self.losses)
        trust = TRUST / self.rarity * math.sqrt(math.log(len(RATES))) / scale
        weights = [math.exp(-trust * (loss - least)) for loss in self.losses]
        pairs = zip(weights, self.levels, strict=True)
        return sum(weight * level for weight, level in pairs) / sum(weights)

    def follow(self, statements: Sequence[Statement], now: float) -> None:
        """Through time: what was known when each was made has been learned by then."""
        dates: list[tuple[float, int, bool, float]] = []
        ends: list[tuple[float, int, Statement, list[float]]] = []
        lasting = 0
        for number, one in enumerate(statements):
            self._catch_up(dates, ends, one.made)
            share = FEW / max(len(ends) + lasting, FEW)
            lasting += one.ended is None
            said = list(self.levels)
            for learner, level in enumerate(said):
                date = one.made + at_level(one.grid, level)
                held = one.ended is not None and one.ended <= date
                known = one.ended if held and one.ended is not None else date
                if known <= now:
                    heapq.heappush(dates, (known, learner, held, share))
            if one.ended is not None:
                heapq.heappush(ends, (one.ended, number, one, said))
        self._catch_up(dates, ends, now)

    def _catch_up(
        self,
        dates: list[tuple[float, int, bool, float]],
        ends: list[tuple[float, int, Statement, list[float]]],
        until: float,
    ) -> None:
        while dates and dates[0][0] <= until:
            _known, learner, held, share = heapq.heappop(dates)
            self._learn(learner, held, share)
        while ends and ends[0][0] <= until:
            _ended, _number, one, said = heapq.heappop(ends)
            self._count(said, one.place)

    def _learn(self, learner: int, held: bool, share: float) -> None:
        step = RATES[learner] * self.rarity * share
        self.levels[learner] = _bounded(self.levels[learner] + step * (self.wanted - held))

    def _count(self, said: Sequence[float], place: float) -> None:
        fading = math.exp(-1 / MEMORY)
        place = min(max(place, -FARTHEST), FARTHEST)
        self.counted = self.counted * fading + 1.0
        self.losses = [
            loss * fading + _pinball(place, level, self.wanted)
            for loss, level in zip(self.losses, said, strict=True)
        ]


def _bounded(level: float) -> float:
    return min(max(level, LOWEST), HIGHEST)


def _pinball(place: float, level: float, wanted: float) -> float:
    return wanted * (place - level) if place > level else (1 - wanted) * (level - place)
