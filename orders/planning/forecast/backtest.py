"""Which way forecasts an item best: each is asked at moments of the past, and compared with what came."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from orders.planning.forecast.errors import LEVELS, Floats, bias, mase, pinball, scale_of
from orders.planning.forecast.methods import Forecast, Method, forecast, ways_for
from orders.planning.forecast.paths import Likes

ORIGINS = 4
"""Moments of the past at which a way is asked."""
BETTER = 0.98
"""Another way than the plain one is taken only if its loss is below this share of it: no change by chance."""


@dataclass(frozen=True, slots=True)
class Score:
    """Errors over all moments, in units of the item's own scale (``errors.scale_of``) except ``bias``, a
    share. ``loss``: pinball of single periods and of their sum over the horizon, over all levels."""

    method: Method
    mase: float
    bias: float | None
    loss: float


@dataclass(frozen=True, slots=True)
class Choice:
    """The way chosen with its score, the score of repeating last season in the same test (None: too short a
    history), and every way that was tried. ``moments``: at how many the past was asked; 0: none was possible.
    """

    method: Method
    score: Score | None
    naive: Score | None
    tried: tuple[Score, ...]
    moments: int


def origins_of(length: int, horizon: int) -> list[int]:
    """Lengths of the histories at which ways are asked: the last moments that have ``horizon`` after them, a
    half horizon apart, with at least as much history before them as comes after, and never less than half of
    all."""
    step = max(horizon // 2, 1)
    found = [length - horizon - step * number for number in range(ORIGINS)]
    return sorted(one for one in found if one >= max(horizon, length // 2))


def scores_of(
    history: Floats, horizon: int, *, season: int, likes: Likes, seed: int, ways: list[Method]
) -> tuple[list[Score], int]:
    origins = origins_of(len(history), horizon)
    if not origins:
        return [], 0
    scale = scale_of(history[: origins[0]], season)
    found = []
    for way in ways:
        parts = []
        for origin in origins:
            actual = history[origin : origin + horizon]
            said = forecast(way, history[:origin], horizon, season=season, likes=likes, seed=seed)
            parts.append((mase(actual, said.mean, scale), said.mean, loss_of(said, actual, scale)))
        wanted = np.concatenate([history[origin : origin + horizon] for origin in origins])
        found.append(
            Score(
                way,
                float(np.mean([part[0] for part in parts])),
                bias(wanted, np.concatenate([part[1] for part in parts])),
                float(np.mean([part[2] for part in parts])),
            )
        )
    return found, len(origins)


def loss_of(said: Forecast, actual: Floats, scale: float) -> float:
    """Mean pinball loss over ``LEVELS``: half of it for single periods, half for their sum, per period."""
    sums = said.paths.sum(axis=1)
    total = np.array([float(actual.sum())])
    single = np.mean([pinball(actual, said.bound(level), level) for level in LEVELS])
    whole = np.mean([pinball(total, np.array([np.quantile(sums, level)]), level) for level in LEVELS])
    return float((single + whole / len(actual)) / 2 / scale)


def choose(history: Floats, horizon: int, *, season: int, likes: Likes, seed: int) -> Choice:
    """The way with the smallest loss; drawn futures of the item's own demand where the past is too short to
    tell."""
    ways = ways_for(history, season)
    scores, moments = scores_of(history, horizon, season=season, likes=likes, seed=seed, ways=ways)
    if not scores:
        return Choice(Method.RESAMPLED, None, None, (), 0)
    plain = scores[0]
    best = min(scores, key=lambda score: score.loss)
    if best.loss > plain.loss * BETTER:
        best = plain
    naive = next((score for score in scores if score.method == Method.SEASONAL_NAIVE), None)
    return Choice(best.method, best, naive, tuple(scores), moments)
