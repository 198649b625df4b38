"""How well forecasts held: what was said of a week before it began, beside what was wanted in it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from orders.planning.forecast.calendar import WEEK
from orders.planning.forecast.errors import Floats, bias, mase, scale_of

LAST_SEASON = "last season"


@dataclass(frozen=True, slots=True)
class Stated:
    """Expected demand by week from ``zero`` (a Monday) on, said on ``made``."""

    made: date
    zero: date
    mean: Sequence[float]

    def of(self, week: date) -> float | None:
        """For a week that was still to come when this was said; None for others."""
        at = (week - self.zero).days // 7
        return self.mean[at] if self.made < week and 0 <= at < len(self.mean) else None


@dataclass(frozen=True, slots=True)
class Held:
    """Errors over ``weeks`` weeks; ``mase`` and ``bias`` as in ``errors``."""

    weeks: int
    mase: float
    bias: float | None


def held(
    by_origin: Mapping[str, Collection[Stated]], *, first: date, history: Floats, season: int
) -> dict[str, Held]:
    """By origin, over those weeks of the ``history`` (from ``first`` on) of which every origin had said
    something before they began: the same weeks for all, so that they can be compared. What an origin said
    last counts; an origin none of whose weeks is over yet is left out. ``LAST_SEASON`` is the same week of
    the season before, where all weeks have one.

    Empty where there is no such week.
    """
    weeks = [first + at * WEEK for at in range(1, len(history))]
    by_origin = {
        origin: versions
        for origin, versions in by_origin.items()
        if any(_latest(versions, week) is not None for week in weeks)
    }
    said: dict[str, list[float]] = {origin: [] for origin in by_origin}
    judged: list[int] = []
    for at, week in enumerate(weeks, start=1):
        found = {origin: _latest(versions, week) for origin, versions in by_origin.items()}
        if found and None not in found.values():
            judged.append(at)
            for origin, value in found.items():
                said[origin].append(value or 0.0)
    if not judged:
        return {}
    actual, scale = history[judged], scale_of(history[: judged[0]], season)
    answers = {origin: np.asarray(values) for origin, values in said.items()}
    if judged[0] >= season:
        answers[LAST_SEASON] = history[[at - season for at in judged]]
    return {
        origin: Held(len(judged), mase(actual, mean, scale), bias(actual, mean))
        for origin, mean in answers.items()
    }


def _latest(versions: Collection[Stated], week: date) -> float | None:
    """What the version said that was made last before the week."""
    found = [(one.made, value) for one in versions if (value := one.of(week)) is not None]
    return max(found)[1] if found else None
