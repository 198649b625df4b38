"""A distribution of ends, read at levels that may differ from those that are said. Pure.

A distribution of ends is kept as a *grid*: 101 seconds, one for each hundredth of the futures. Where an
actual end fell in its grid is its *place* (the probability integral transform): 0.8 means that 80 % of the
futures ended before. If futures are too hopeful, most places are high, and the grid must be read at a higher
level to keep 80 %: that is the recalibration (conformal; Romano, Patterson, Candès 2019; Ye, Hijazi, Van
Hentenryck 2025). Places reach below 0 and beyond 1 where reality was outside of all futures.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Sequence
from dataclasses import dataclass

STEPS = 100
WANTED = (0.5, 0.8, 0.95)

Grid = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Levels:
    """Which level of the futures is read for each wanted one, and why: the ends of ``count`` orders of
    ``basis`` ("plant", "item", "customer")."""

    used: tuple[float, ...] = WANTED
    count: int = 0
    basis: str = "plant"


def grid_of(seconds: Sequence[float]) -> Grid:
    """The grid of an ensemble of ends; the middle of neighbours where a hundredth falls between them."""
    ordered = sorted(seconds)
    last = len(ordered) - 1
    found = []
    for step in range(STEPS + 1):
        place = last * step / STEPS
        low = math.floor(place)
        high = min(low + 1, last)
        found.append(round(ordered[low] + (ordered[high] - ordered[low]) * (place - low)))
    return tuple(found)


def at_level(grid: Grid, level: float) -> int:
    """Seconds at the level. Beyond 1 it goes on by the distance from the middle to the end, below 0 the
    other way: level 1.5 is half that distance beyond the last future."""
    if level >= 1.0:
        return round(grid[-1] + (level - 1.0) * (grid[-1] - grid[STEPS // 2]))
    if level <= 0.0:
        return round(grid[0] + level * (grid[STEPS // 2] - grid[0]))
    place = level * STEPS
    low = math.floor(place)
    return round(grid[low] + (grid[min(low + 1, STEPS)] - grid[low]) * (place - low))


def place_of(grid: Grid, seconds: float) -> float:
    """Where an actual end fell: the inverse of :func:`at_level`, within 3 of either side. Half-way where
    several hundredths are equal."""
    if seconds > grid[-1]:
        width = grid[-1] - grid[STEPS // 2]
        return min(1.0 + (seconds - grid[-1]) / width, 4.0) if width > 0 else 4.0
    if seconds < grid[0]:
        width = grid[STEPS // 2] - grid[0]
        return max((seconds - grid[0]) / width, -3.0) if width > 0 else -3.0
    first, last = bisect.bisect_left(grid, seconds), bisect.bisect_right(grid, seconds) - 1
    if last >= first:
        return (first + last) / 2 / STEPS
    low = first - 1
    return (low + (seconds - grid[low]) / (grid[first] - grid[low])) / STEPS


def chance_of(grid: Grid, seconds: float, levels: Levels = Levels()) -> float:
    """Probability of an end at or before, as the recalibrated levels read the grid: 0 to 1."""
    place = place_of(grid, seconds)
    used = (min(levels.used[0] - levels.used[-1], 0.0), *levels.used, max(levels.used[-1] + 0.05, 1.0))
    said = (0.0, *WANTED, 1.0)
    if place <= used[0]:
        return 0.0
    for index in range(1, len(used)):
        if place <= used[index]:
            span = used[index] - used[index - 1]
            share = (place - used[index - 1]) / span if span > 0 else 1.0
            return said[index - 1] + share * (said[index] - said[index - 1])
    return 1.0
