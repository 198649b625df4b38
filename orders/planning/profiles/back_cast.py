"""What would have been promised: on assumed availability, on measured means, on the measured distributions.

Pure. Each order is promised when its first operation began, with what was known then. Its operations follow
each other; those of different sequences run side by side.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from orders.planning.engine.uncertainty import Pool
from orders.planning.profiles.estimate import Profiles

DRAWS = 400
PROMISED_AT = 0.8


@dataclass(frozen=True, slots=True)
class Step:
    """One operation as planned: working seconds of setup and run, or elapsed seconds outside. ``first`` of
    its sequence: nothing to wait for. ``machine``: where it ran (0: unknown)."""

    sequence: str
    group: int
    machine: int
    item: int
    setup: float
    run: float
    outside: float = 0.0
    first: bool = False


@dataclass(frozen=True, slots=True)
class Made:
    """A finished order: ``number``, when its first operation began and when it was done, what was promised
    then (None: nothing)."""

    pk: int
    number: str
    began: datetime
    done: datetime
    promised: datetime | None
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Seconds:
    """Working seconds, and elapsed seconds outside, from beginning to end."""

    work: float
    outside: float


@dataclass(frozen=True, slots=True)
class BackCast:
    """The dates that each way would have promised, beside the truth."""

    made: Made
    assumed: datetime
    mean: datetime
    measured: datetime


def assumed_seconds(steps: Iterable[Step], availability: float) -> Seconds:
    """Standard times over the availability that is assumed; nothing waits."""
    return _longest(steps, lambda step: (step.setup + step.run) / availability, lambda step: step.outside)


def mean_seconds(steps: Iterable[Step], profiles: Profiles) -> Seconds:
    """Standard times as measured on average; nothing waits."""

    def work(step: Step) -> float:
        ratio = profiles.run_ratio(step.machine, step.item, step.group).mean
        return step.setup * profiles.setup_ratios.of((step.group,)).mean + step.run * ratio

    def outside(step: Step) -> float:
        return step.outside * profiles.suppliers.of((step.group, step.item)).mean

    return _longest(steps, work, outside)


def measured_seconds(
    steps: Sequence[Step], profiles: Profiles, *, seed: int, at: float = PROMISED_AT
) -> Seconds:
    """The ``at`` quantile of ``DRAWS`` futures: run and setup ratios, waiting between operations, scrap and
    suppliers, each drawn from what was measured. The same seed gives the same."""
    chance = np.random.default_rng(seed)
    work: dict[str, np.ndarray] = {}
    outside: dict[str, np.ndarray] = {}
    for step in steps:
        took = work.setdefault(step.sequence, np.zeros(DRAWS))
        away = outside.setdefault(step.sequence, np.zeros(DRAWS))
        if step.outside:
            away += step.outside * _drawn(profiles.suppliers.of((step.group, step.item)).pool, chance)
            continue
        run = _drawn(profiles.run_ratio(step.machine, step.item, step.group).pool, chance)
        extra = _drawn(profiles.extra.of(profiles.run_path(step.machine, step.item, step.group)).pool, chance)
        setup = _drawn(profiles.setup_ratios.of((step.group,)).pool, chance)
        took += step.run * run * extra + step.setup * setup
        queue = profiles.queues.of((step.group,))
        if not step.first and queue.level >= 0:
            took += _drawn(queue.pool, chance)
    if not work:
        return Seconds(0.0, 0.0)
    name = max(work, key=lambda each: float(np.mean(work[each] + outside[each])))
    return Seconds(float(np.quantile(work[name], at)), float(np.quantile(outside[name], at)))


def _drawn(pool: Pool, chance: np.random.Generator) -> np.ndarray:
    places = np.searchsorted(np.cumsum(pool.weights), chance.random(DRAWS))
    return np.asarray(pool.values)[np.minimum(places, len(pool.values) - 1)]


def _longest(
    steps: Iterable[Step], work: Callable[[Step], float], outside: Callable[[Step], float]
) -> Seconds:
    took: dict[str, list[tuple[float, float]]] = {}
    for step in steps:
        took.setdefault(step.sequence, []).append((0.0, outside(step)) if step.outside else (work(step), 0.0))
    sums = [
        Seconds(math.fsum(each for each, _ in parts), math.fsum(away for _, away in parts))
        for parts in took.values()
    ]
    return max(sums, key=lambda one: one.work + one.outside, default=Seconds(0.0, 0.0))


def kept(cast: Iterable[BackCast], date_of: Callable[[BackCast], datetime | None]) -> tuple[int, int]:
    """How many dates were kept, of how many."""
    dates = [(date_of(one), one.made.done) for one in cast]
    given = [(date, done) for date, done in dates if date is not None]
    return sum(done <= date for date, done in given), len(given)
