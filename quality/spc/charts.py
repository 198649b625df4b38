"""Control charts: what is drawn, its centre and its limits three standard deviations away.

Source: ISO 7870-2 and Montgomery, Introduction to Statistical Quality Control, chapters 6 and 7.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from statistics import fmean, stdev

from quality.spc.constants import factors


@dataclass(frozen=True, slots=True)
class ControlChart:
    """Points with the limits that hold at each; ``sigma`` is the standard deviation of a point."""

    points: Sequence[float]
    centre: Sequence[float]
    lower: Sequence[float]
    upper: Sequence[float]

    def distances(self) -> list[float]:
        """How far each point is from its centre, in standard deviations; 0 where nothing varies."""
        found = []
        for point, centre, upper in zip(self.points, self.centre, self.upper, strict=True):
            sigma = (upper - centre) / 3
            found.append((point - centre) / sigma if sigma > 0 else 0.0)
        return found


@dataclass(frozen=True, slots=True)
class Pair:
    """A chart of the location and one of the spread. ``sigma`` is the estimated standard deviation of one
    piece within subgroups."""

    location: ControlChart
    spread: ControlChart
    sigma: float


def xbar_r(subgroups: Sequence[Sequence[float]]) -> Pair:
    """Mean and range of subgroups of one size (2 to 25). Raises ``ValueError`` for none or several sizes."""
    n = _size(subgroups)
    by = factors(n)
    means = [fmean(group) for group in subgroups]
    ranges = [max(group) - min(group) for group in subgroups]
    mean, spread = fmean(means), fmean(ranges)
    return Pair(
        _level(means, mean, by.A2 * spread, by.A2 * spread),
        _level(ranges, spread, spread - by.D3 * spread, by.D4 * spread - spread),
        spread / by.d2,
    )


def xbar_s(subgroups: Sequence[Sequence[float]]) -> Pair:
    """Mean and standard deviation of subgroups of one size (2 to 25). Raises ``ValueError`` like
    ``xbar_r``.
    """
    n = _size(subgroups)
    by = factors(n)
    means = [fmean(group) for group in subgroups]
    deviations = [stdev(group) for group in subgroups]
    mean, spread = fmean(means), fmean(deviations)
    return Pair(
        _level(means, mean, by.A3 * spread, by.A3 * spread),
        _level(deviations, spread, spread - by.B3 * spread, by.B4 * spread - spread),
        spread / by.c4,
    )


def i_mr(values: Sequence[float]) -> Pair:
    """Single values and their moving range of two. The chart of the range has a point less: its first is
    between the first two values. Raises ``ValueError`` for less than two values.
    """
    if len(values) < 2:
        raise ValueError("A moving range needs two values.")
    by = factors(2)
    moving = [abs(after - before) for before, after in pairwise(values)]
    spread = fmean(moving)
    sigma = spread / by.d2
    return Pair(
        _level(values, fmean(values), 3 * sigma, 3 * sigma),
        _level(moving, spread, spread - by.D3 * spread, by.D4 * spread - spread),
        sigma,
    )


def p_chart(wrong: Sequence[int], sizes: Sequence[int]) -> ControlChart:
    """The share of wrong pieces in samples of any size. Raises ``ValueError`` for no sample."""
    share = _ratio(wrong, sizes)
    deviations = [sqrt(share * (1 - share) / size) for size in sizes]
    return ControlChart(
        [found / size for found, size in zip(wrong, sizes, strict=True)],
        [share] * len(sizes),
        [max(0.0, share - 3 * sigma) for sigma in deviations],
        [share + 3 * sigma for sigma in deviations],
    )


def np_chart(wrong: Sequence[int], size: int) -> ControlChart:
    """The number of wrong pieces in samples of one size."""
    share = _ratio(wrong, [size] * len(wrong))
    mean = size * share
    sigma = sqrt(mean * (1 - share))
    return _level(list(map(float, wrong)), mean, min(mean, 3 * sigma), 3 * sigma)


def c_chart(defects: Sequence[int]) -> ControlChart:
    """The number of defects in samples of one size. Raises ``ValueError`` for no sample."""
    mean = _ratio(defects, [1] * len(defects))
    return _level(list(map(float, defects)), mean, min(mean, 3 * sqrt(mean)), 3 * sqrt(mean))


def u_chart(defects: Sequence[int], sizes: Sequence[int]) -> ControlChart:
    """Defects per piece in samples of any size. Raises ``ValueError`` for no sample."""
    mean = _ratio(defects, sizes)
    deviations = [sqrt(mean / size) for size in sizes]
    return ControlChart(
        [found / size for found, size in zip(defects, sizes, strict=True)],
        [mean] * len(sizes),
        [max(0.0, mean - 3 * sigma) for sigma in deviations],
        [mean + 3 * sigma for sigma in deviations],
    )


def _size(subgroups: Sequence[Sequence[float]]) -> int:
    sizes = {len(group) for group in subgroups}
    if len(sizes) != 1:
        raise ValueError("Subgroups of one size are needed.")
    return sizes.pop()


def _ratio(found: Sequence[int], sizes: Sequence[int]) -> float:
    if not sizes or min(sizes) < 1:
        raise ValueError("Each sample has at least one piece.")
    return sum(found) / sum(sizes)


def _level(points: Sequence[float], centre: float, below: float, above: float) -> ControlChart:
    count = len(points)
    return ControlChart(points, [centre] * count, [centre - below] * count, [centre + above] * count)
