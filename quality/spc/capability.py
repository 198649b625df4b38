"""How well a process or a machine keeps its limits, with the interval that holds the index.

Cp and Cpk use the spread within subgroups, Pp and Ppk the spread of all values (ISO 22514-2), Cm and Cmk
that of pieces made in a row on one machine (VDA 4). Intervals: chi-squared for Cp, Pp, Cm; Bissell's for
Cpk, Ppk, Cmk (Montgomery, Introduction to Statistical Quality Control, 8.3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist, fmean, stdev

ENOUGH = 50
"""Fewer values than this make an index a guess."""


@dataclass(frozen=True, slots=True)
class Index:
    """A capability index with its confidence interval from ``n`` values."""

    value: float
    low: float
    high: float
    n: int

    @property
    def enough(self) -> bool:
        return self.n >= ENOUGH


@dataclass(frozen=True, slots=True)
class Capability:
    """``potential``: as good as the spread allows (None with one limit); ``actual``: as it is centred."""

    potential: Index | None
    actual: Index
    mean: float
    sigma: float


def capability(
    values: Sequence[float],
    *,
    lower: float | None,
    upper: float | None,
    sigma: float | None = None,
    confidence: float = 0.95,
) -> Capability | None:
    """Cp and Cpk with ``sigma`` from within subgroups; without it Pp and Ppk (or Cm and Cmk of a run of
    pieces).

    None for less than two values, no limit, or values that don't vary.
    """
    if len(values) < 2 or (lower is None and upper is None):
        return None
    mean, spread, n = fmean(values), stdev(values) if sigma is None else sigma, len(values)
    if spread <= 0:
        return None
    sides = [(upper - mean) / (3 * spread)] if upper is not None else []
    sides += [(mean - lower) / (3 * spread)] if lower is not None else []
    potential = None
    if lower is not None and upper is not None:
        potential = spread_index((upper - lower) / (6 * spread), n, confidence)
    return Capability(potential, centred_index(min(sides), n, confidence), mean, spread)


def spread_index(value: float, n: int, confidence: float = 0.95) -> Index:
    """Cp with its interval: Cp √(χ²(α/2; n-1)/(n-1)) to Cp √(χ²(1-α/2; n-1)/(n-1))."""
    tail = (1 - confidence) / 2
    low, high = (sqrt(chi_squared(share, n - 1) / (n - 1)) for share in (tail, 1 - tail))
    return Index(value, value * low, value * high, n)


def centred_index(value: float, n: int, confidence: float = 0.95) -> Index:
    """Cpk with its interval: Cpk ± z √(1/(9n) + Cpk²/(2(n-1)))."""
    z = NormalDist().inv_cdf(1 - (1 - confidence) / 2)
    half = z * sqrt(1 / (9 * n) + value**2 / (2 * (n - 1)))
    return Index(value, value - half, value + half, n)


def chi_squared(share: float, degrees: int) -> float:
    """The value below which ``share`` of a chi-squared distribution lies, by Wilson and Hilferty; its error
    is below 1 % from 10 degrees on.
    """
    z = NormalDist().inv_cdf(share)
    part = 2 / (9 * degrees)
    return degrees * max(0.0, 1 - part + z * sqrt(part)) ** 3
