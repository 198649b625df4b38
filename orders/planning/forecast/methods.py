"""The ways to forecast. Smoothing is statsforecast's; what a way can't say itself, drawn futures say.

Every way answers with futures, so that all are judged, and used, by the same arithmetic.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import ModuleType

import numpy as np

from orders.planning.forecast.errors import Floats
from orders.planning.forecast.paths import Likes, lumpy_paths, steady_paths

FUTURES = 400
SMOOTHING = 0.1
"""Of demand and of its chance in TSB (Teunter, Syntetos and Babai 2011): slow, for few demands."""
HARMONICS = 2
"""Waves a year that a weekly season is drawn with: two years of weeks don't carry 52 indices."""
SHORTEST = 8
"""Periods from which on smoothing is tried."""


class Method(StrEnum):
    SEASONAL_NAIVE = "seasonal_naive"
    ETS = "ets"
    SEASONAL_ETS = "seasonal_ets"
    SBA = "sba"
    TSB = "tsb"
    RESAMPLED = "resampled"
    IMPORTED = "imported"


@dataclass(frozen=True, slots=True)
class Forecast:
    """``paths``: futures as (futures, periods); ``mean``: what is expected, by period."""

    method: Method
    mean: Floats
    paths: Floats

    def bound(self, level: float) -> Floats:
        """By period: what ``level`` of the futures don't exceed."""
        return np.asarray(np.quantile(self.paths, level, axis=0))


@cache
def library() -> ModuleType:
    """statsforecast's models: some two seconds and 200 MB, which only a worker pays, and only once."""
    from statsforecast import models

    return models


def ways_for(history: Floats, season: int) -> list[Method]:
    """What is worth trying: smoothing for steady demand, Croston's family for lumpy demand, both between."""
    wanted = float(np.mean(history > 0)) if len(history) else 0.0
    found = [Method.RESAMPLED]
    if len(history) > season:
        found.append(Method.SEASONAL_NAIVE)
    if len(history) >= SHORTEST and wanted >= 0.5:
        found.append(Method.ETS)
        if len(history) >= 2 * season - season // 4:
            found.append(Method.SEASONAL_ETS)
    if len(history) >= SHORTEST and 0 < wanted <= 0.8:
        found += [Method.SBA, Method.TSB]
    return found


def forecast(
    method: Method, history: Floats, horizon: int, *, season: int, likes: Likes, seed: int
) -> Forecast:
    """The same inputs give the same futures, whatever was forecast before."""
    rng = np.random.default_rng([seed, horizon, list(Method).index(method)])
    if method == Method.SEASONAL_NAIVE:
        return _naive(history, horizon, season, rng)
    if method == Method.ETS:
        return _ets(history, horizon, rng, method)
    if method == Method.SEASONAL_ETS:
        return _seasonal_ets(history, horizon, season, rng)
    paths = lumpy_paths(history, horizon, likes, rng, count=FUTURES)
    if method == Method.RESAMPLED:
        return Forecast(method, np.full(horizon, float(np.mean(paths))), paths)
    models = library()
    model = models.CrostonSBA() if method == Method.SBA else models.TSB(SMOOTHING, SMOOTHING)
    mean = np.maximum(np.nan_to_num(model.forecast(y=history, h=horizon)["mean"]), 0.0)
    drawn = float(np.mean(paths))
    return Forecast(method, mean, paths * (float(mean[0]) / drawn) if drawn > 0 else paths)


def scaled_to(found: Forecast, mean: Floats) -> Forecast:
    """The same uncertainty around another expectation, for a forecast that somebody else made."""
    before = np.maximum(found.mean, 1e-9)
    paths = np.where(found.mean > 1e-9, found.paths * (mean / before), mean)
    return Forecast(Method.IMPORTED, mean, paths)


def _naive(history: Floats, horizon: int, season: int, rng: np.random.Generator) -> Forecast:
    repeated = np.resize(history[-season:], horizon).astype(np.float64)
    errors = history[season:] - history[:-season]
    drawn = rng.choice(errors, (FUTURES, horizon)) if len(errors) else np.zeros((FUTURES, horizon))
    return Forecast(Method.SEASONAL_NAIVE, repeated, np.maximum(repeated + drawn, 0.0))


def _ets(history: Floats, horizon: int, rng: np.random.Generator, method: Method) -> Forecast:
    answer = library().AutoETS(season_length=1).forecast(y=history, h=horizon, level=[80], fitted=True)
    mean = np.maximum(answer["mean"], 0.0)
    spread = np.maximum((answer["hi-80"] - answer["lo-80"]) / (2 * 1.2815515655), 1e-9)
    errors = history - answer["fitted"]
    return Forecast(method, mean, steady_paths(mean, spread, errors, rng, count=FUTURES))


def _seasonal_ets(history: Floats, horizon: int, season: int, rng: np.random.Generator) -> Forecast:
    """The year as a few waves by least squares, and smoothing of what they leave."""
    times = np.arange(len(history) + horizon)
    angles = 2 * np.pi * np.outer(times, np.arange(1, HARMONICS + 1)) / season
    waves = np.hstack([np.sin(angles), np.cos(angles)])
    past = np.hstack([np.ones((len(history), 1)), waves[: len(history)]])
    weights = np.linalg.lstsq(past, history, rcond=None)[0][1:]
    year = waves @ weights
    rest = _ets(history - year[: len(history)] + 0.0, horizon, rng, Method.SEASONAL_ETS)
    mean = np.maximum(rest.mean + year[len(history) :], 0.0)
    return Forecast(Method.SEASONAL_ETS, mean, np.maximum(rest.paths + year[len(history) :], 0.0))
