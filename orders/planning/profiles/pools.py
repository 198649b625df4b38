"""Empirical distributions: old measurements fade, unfinished ones are censored, few ones are drawn to their
like.

Pure. No parametric tail where anything was measured: every value of a pool was measured somewhere in the
plant (or stands in the prior, as long as nothing is measured). Only what has lasted longer than all that
ended is taken to go on as evenly as everything does.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from orders.planning.engine.uncertainty import Pool

HALF_LIFE_DAYS = 45.0
"""So old, a measurement counts half."""
STRENGTH = 5.0
"""What the level above counts like, in measurements of today."""
POINTS = 64
GOING_ON = 16
"""Points of what lasts longer than all that ended."""
NOTHING = Pool((0.0,), (1.0,))
_GOING_ON = [-math.log(1.0 - (number + 0.5) / GOING_ON) for number in range(GOING_ON)]
"""Of an exponential distribution whose mean is 1, nearly: the last point stands for all beyond it."""
_EDGES = [
    *(0.9 * n / 36 for n in range(1, 37)),
    *(0.9 + 0.09 * n / 18 for n in range(1, 19)),
    *(0.99 + 0.01 * n / 10 for n in range(1, 11)),
]
"""Where a large pool is cut into points: finer towards the tail, so that the tail stays heavy."""


def fading(age: float) -> float:
    """What a measurement of that age (days) still counts: 1 today."""
    return math.pow(0.5, max(age, 0.0) / HALF_LIFE_DAYS)


@dataclass(frozen=True, slots=True, order=True)
class Sample:
    """One measurement, ``age`` days old. ``censored``: it goes on, and will be longer than this.

    ``weight``: how much it counts beside others of its age.
    """

    value: float
    censored: bool = False
    age: float = 0.0
    weight: float = 1.0

    @property
    def mass(self) -> float:
        return self.weight * fading(self.age)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A distribution and what it stands on: ``pool.own`` measurements of the very thing, worth ``effective``
    of today; ``share`` of the weight is theirs; the newest is ``newest_days`` old (None: none).

    ``level``: the narrowest level that has measurements, 0 the widest; -1: nothing is measured at all.
    """

    pool: Pool
    effective: float = 0.0
    share: float = 0.0
    newest_days: float | None = None
    level: int = -1

    @property
    def own(self) -> int:
        return self.pool.own

    @property
    def mean(self) -> float:
        return mean_of(self.pool)

    @property
    def median(self) -> float:
        return quantile(self.pool, 0.5)

    def quantile(self, at: float) -> float:
        return quantile(self.pool, at)


@dataclass(frozen=True, slots=True)
class Ring:
    """The measurements of one level that belong to no narrower one: their distribution and worth.

    ``unfinished``: the share of those that lasted longer than any that ended, and at least ``beyond``; it is
    not in ``pool``, whose weights add up to the rest. ``count``: those that ended. ``longer``: by how much
    the unfinished ones last longer than ``beyond``, on average.
    """

    pool: Pool
    mass: float
    count: int
    newest_days: float | None
    unfinished: float = 0.0
    beyond: float = 0.0
    longer: float = 0.0


def ring_of(samples: Sequence[Sample]) -> Ring | None:
    """Kaplan-Meier: a censored one gives its weight to all that lasted longer, in proportion. None without
    samples."""
    if not samples:
        return None
    rows = sorted((one.value, one.censored, one.mass) for one in samples)
    total = left = math.fsum(mass for _value, _censored, mass in rows)
    last, surviving, ended = len(rows) - 1, 1.0, 0.0
    values, weights = [], []
    for place, (value, censored, mass) in enumerate(rows):
        if not censored:
            # The last one takes all that survived: what is left of the sum then is rounding.
            takes_all = place == last or left <= mass
            taken = surviving if takes_all else surviving * mass / left
            values.append(value)
            weights.append(taken)
            surviving = 0.0 if takes_all else surviving * (1.0 - mass / left)
            ended += mass
        left -= mass
    return Ring(
        compressed(values, weights) if values else NOTHING,
        ended + surviving * total,
        len(values),
        min((one.age for one in samples if not one.censored), default=None),
        surviving,
        rows[-1][0],
        _goes_on(rows, ended) if surviving > 0.0 else 0.0,
    )


def _goes_on(rows: Sequence[tuple[float, bool, float]], ended: float) -> float:
    """How much longer something lasts, on average, if its end is as likely at any time: all the time that
    was watched over what ended in it (the total time on test; Epstein, Sobel 1953). Nothing ended: as if the
    least of them had."""
    origin = min(rows[0][0], 0.0)
    watched = math.fsum((value - origin) * mass for value, _censored, mass in rows)
    return watched / (ended or min(mass for _value, _censored, mass in rows))


def completed(ring: Ring, outer: Pool | None) -> Pool:
    """The ring's distribution; its unfinished share lasts as long as the longer ones of ``outer`` do; where
    there are none, it goes on from where it is."""
    if ring.unfinished <= 0.0:
        return ring.pool
    pairs = [] if outer is None else list(zip(outer.values, outer.weights, strict=True))
    longer = [(value, weight) for value, weight in pairs if value > ring.beyond]
    all_of_them = math.fsum(weight for _value, weight in longer)
    if longer:
        tail = [(value, weight / all_of_them) for value, weight in longer]
    else:
        tail = [(ring.beyond + ring.longer * share, 1.0 / GOING_ON) for share in _GOING_ON]
    ended = 1.0 - ring.unfinished
    own = zip(ring.pool.values, ring.pool.weights, strict=True) if ended > 0 else ()
    points = [
        *((value, weight * ended) for value, weight in own),
        *((v, w * ring.unfinished) for v, w in tail),
    ]
    return compressed([value for value, _ in points], [weight for _, weight in points])


def estimate(rings: Sequence[Ring | None], prior: Pool | None, *, strength: float = STRENGTH) -> Estimate:
    """The distribution at the narrowest of ``rings``, which go from the widest level to the narrowest.

    Each level is mixed with what all wider ones say: its share is mass / (mass + ``strength``), so that few
    or old measurements change little, and many of today speak for themselves. Rings don't overlap: no
    measurement counts twice. Without a ``prior`` the widest that was measured stands for itself.
    """
    pool, found = prior, -1
    for number, ring in enumerate(rings):
        if ring is not None and ring.mass > 0:
            own_pool = completed(ring, pool)
            pool = own_pool if pool is None else mixed(own_pool, pool, ring.mass / (ring.mass + strength))
            found = number
    taken = pool or NOTHING
    own = rings[-1] if rings else None
    if own is None:
        return Estimate(Pool(taken.values, taken.weights, 0), level=found)
    return Estimate(
        Pool(taken.values, taken.weights, own.count),
        effective=own.mass,
        share=own.mass / (own.mass + strength),
        newest_days=own.newest_days,
        level=found,
    )


def survival(samples: Sequence[Sample]) -> Pool:
    """The distribution of the samples alone. Raises ValueError without samples."""
    ring = ring_of(samples)
    if ring is None:
        raise ValueError("no samples")
    return completed(ring, None)


def mixed(own: Pool, other: Pool, share: float) -> Pool:
    """``share`` of the one, the rest of the other."""
    rest = 1.0 - share
    return compressed(
        [*own.values, *other.values],
        [*[weight * share for weight in own.weights], *[weight * rest for weight in other.weights]],
    )


def compressed(values: Sequence[float], weights: Sequence[float]) -> Pool:
    """At most ``POINTS`` points with the same mean: neighbours are drawn together, at the tail few of
    them."""
    distinct: list[float] = []
    upon: list[float] = []
    for value, weight in sorted(zip(values, weights, strict=True)):
        if weight > 0:
            if distinct and distinct[-1] == value:
                upon[-1] += weight
            else:
                distinct.append(value)
                upon.append(weight)
    if len(distinct) > POINTS:
        distinct, upon = _cut(distinct, upon)
    total = math.fsum(upon)
    return Pool(tuple(distinct), tuple([weight / total for weight in upon]))


def _cut(values: Sequence[float], weights: Sequence[float]) -> tuple[list[float], list[float]]:
    """Values ascend, each once."""
    total, passed, last = math.fsum(weights), 0.0, len(_EDGES) - 1
    at, edge, mass, moment = 0, _EDGES[0] * total, 0.0, 0.0
    points: list[float] = []
    heights: list[float] = []
    for value, weight in zip(values, weights, strict=True):
        if passed + weight / 2 > edge and at < last:
            if mass:
                points.append(moment / mass)
                heights.append(mass)
                mass = moment = 0.0
            while passed + weight / 2 > edge and at < last:
                at += 1
                edge = _EDGES[at] * total
        mass += weight
        moment += value * weight
        passed += weight
    points.append(moment / mass)
    heights.append(mass)
    return points, heights


def mean_of(pool: Pool) -> float:
    return math.fsum(value * weight for value, weight in zip(pool.values, pool.weights, strict=True))


def variance_of(pool: Pool) -> float:
    mean = mean_of(pool)
    return math.fsum(
        (value - mean) ** 2 * weight for value, weight in zip(pool.values, pool.weights, strict=True)
    )


def quantile(pool: Pool, at: float) -> float:
    """The smallest value that at least ``at`` of the weight does not exceed."""
    passed = 0.0
    for value, weight in zip(pool.values, pool.weights, strict=True):
        passed += weight
        if passed >= at - 1e-12:
            return value
    return pool.values[-1]


def scaled(pool: Pool, factor: float) -> Pool:
    """Every value times ``factor``, which is positive."""
    return Pool(tuple(value * factor for value in pool.values), pool.weights, pool.own)


def histogram(pool: Pool, *, bins: int = 24, low: float = 0.0, high: float | None = None) -> list[float]:
    """The weight in each of ``bins`` equal steps over [low, high); what lies beyond is in the last."""
    top = high if high is not None else pool.values[-1] or 1.0
    edges = [low + (top - low) * number / bins for number in range(bins + 1)]
    heights = []
    for number, (left, right) in enumerate(pairwise(edges)):
        last = number == bins - 1
        heights.append(
            math.fsum(
                weight
                for value, weight in zip(pool.values, pool.weights, strict=True)
                if (left <= value or number == 0) and (value < right or last)
            )
        )
    return heights
