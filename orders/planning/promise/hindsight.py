"""How likely a promise is missed: what is said, corrected by what became of those looked at before. Pure.

Levels are learned from what was said when orders were quoted. Of an order that is nearly done they say too
little: the nearer the date, the less is left that could overtake it. So the chance is corrected by a logistic
regression on its log-odds (Platt 1999) and on the time left until the date. A normal prior (ridge; Hoerl,
Kennard 1970) holds it to what is said until promises are over that tell otherwise.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

HOUR = 3600.0
MIDDLE = 26.0
"""Hours left, about a day, at which the time left changes nothing."""
EDGE = 0.01
"""Of a said chance: futures are too few to say less."""
PRIOR = 3.0
"""Weight against which an order counts one."""
ROUNDS = 12
"""Newton's steps."""
STEP = 8.0
"""Of log-odds, at most: of promises that all went one way Newton would go too far."""
AS_SAID = (0.0, 1.0, 0.0, 0.0)

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Look:
    """A promise before its date: how likely it was said to be missed, ``left`` seconds before, and what
    became of it."""

    order: int
    chance: float
    left: float
    late: bool


@dataclass(frozen=True, slots=True)
class Hindsight:
    """``weights`` of: one, log-odds of what is said, time left, both multiplied."""

    weights: tuple[float, float, float, float] = AS_SAID

    def late(self, chance: float, left: float) -> float:
        """How likely the promise is missed. Never less for a higher chance said."""
        fixed, slope, by_time, slope_by_time = self.weights
        time = _time(left)
        odds = fixed + by_time * time + max(slope + slope_by_time * time, 0.0) * _odds(chance)
        return 1.0 / (1.0 + math.exp(-min(max(odds, -30.0), 30.0)))


def stage_of(left: float) -> int:
    """Under 2 hours, 4, 8, 16 and so on: of each order one look a stage is learned from, the newest."""
    return math.floor(math.log2(max(left / HOUR, 1.0)))


def hindsight_of(looks: Sequence[Look]) -> Hindsight:
    """What the looks teach. Each order counts one, however often it was looked at."""
    if not looks:
        return Hindsight()
    counts = Counter(one.order for one in looks)
    weights = np.array([1.0 / counts[one.order] for one in looks])
    late = np.array([one.late for one in looks], np.float64)
    said = np.array([(_odds(one.chance), _time(one.left)) for one in looks])
    columns = np.column_stack([np.ones(len(looks)), said[:, 0], said[:, 1], said[:, 0] * said[:, 1]])
    first, second, third, fourth = _fitted(columns, late, weights).tolist()
    return Hindsight((first, second, third, fourth))


def _fitted(columns: Floats, late: Floats, weights: Floats) -> Floats:
    prior = np.array(AS_SAID)
    found = prior.copy()
    for _ in range(ROUNDS):
        expected = 1.0 / (1.0 + np.exp(-np.clip(columns @ found, -30.0, 30.0)))
        bend = columns.T @ (columns * (weights * expected * (1.0 - expected))[:, None])
        slope = columns.T @ (weights * (late - expected)) - PRIOR * (found - prior)
        step = np.linalg.solve(bend + PRIOR * np.eye(len(prior)), slope)
        found = found + np.clip(step, -STEP, STEP)
    return found


def _odds(chance: float) -> float:
    bounded = min(max(chance, EDGE), 1.0 - EDGE)
    return math.log(bounded / (1.0 - bounded))


def _time(left: float) -> float:
    return math.log((left / HOUR + 2.0) / MIDDLE)
