"""Quantiles that keep what they say: which level of the futures was really needed, by the plant's own record.

Pure. A distribution of ends is kept as a *grid*: 101 seconds, one for each hundredth of the futures. Where an
actual end fell in its grid is its *place* (the probability integral transform): 0.8 means that 80 % of the
futures ended before. If futures are too hopeful, most places are high, and the grid must be read at a higher
level to keep 80 %: that is the recalibration (conformal; Romano, Patterson, Candès 2019; Ye, Hijazi, Van
Hentenryck 2025). Places reach below 0 and beyond 1 where reality was outside of all futures.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from orders.planning.profiles.change import changed_since

STEPS = 100
WANTED = (0.5, 0.8, 0.95)
WINDOW = 300
"""The last places that count."""
ENOUGH = 60
"""From so many places on the record alone decides; below it is filled up with places that would be right."""
HALF_LIFE = 75.0
"""Places: one so far back counts half."""

PULL = 0.005
"""By how much of a level each date that didn't hold raises what is read, and each that held lowers it."""
PULLED = 2
"""The levels that are pulled: 50 and 80 %. Beyond, so few dates miss that each would throw the tail about."""
OWED = 100
"""The last dates that do so."""
HIGHEST, LOWEST = 0.999, 0.02
"""Of a level that is read."""

Grid = tuple[int, ...]
Verdict = tuple[float, bool]
"""When it was known of a date whether it held, and whether it did."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where an order's end fell in what was said of it at ``made``. ``ended`` None: the order goes on, and
    will fall higher. Both in seconds of one clock. ``verdicts``: by wanted level, on the date that was said;
    None: it is still to come. Empty: no date was."""

    made: float
    value: float
    ended: float | None = None
    verdicts: tuple[Verdict | None, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Levels:
    """Which level of the futures is read for each wanted one, and why: ``count`` places of ``basis``
    ("plant", "item", "customer"), ``drifted`` when only the newest count."""

    used: tuple[float, ...] = WANTED
    count: int = 0
    basis: str = "plant"
    drifted: bool = False


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


def verdicts_of(dates: Iterable[float], ended: float | None, now: float) -> tuple[Verdict | None, ...]:
    """Of an order that ended then, or is open ``now``, by date. A date that is over has not held, whether the
    order has ended since or not."""
    return tuple(_verdict(date, ended, now) for date in dates)


def _verdict(date: float, ended: float | None, now: float) -> Verdict | None:
    if ended is not None and ended <= date:
        return ended, True
    return (date, False) if (now if ended is None else ended) > date else None


def owed(places: Iterable[Place], level: int) -> float:
    """What the newest dates at this level held too rarely (negative: too often), in dates."""
    known = sorted(
        verdict
        for place in places
        if level < len(place.verdicts) and (verdict := place.verdicts[level]) is not None
    )
    return sum(WANTED[level] - held for _known, held in known[-OWED:])


def _pulled(places: Iterable[Place], level: int) -> float:
    wanted = WANTED[level]
    if level >= PULLED:
        return wanted
    return min(max(wanted + PULL * owed(places, level), LOWEST), HIGHEST)


def levels_of(places: Iterable[Place], *, basis: str = "plant") -> Levels:
    """What the record asks for.

    The newest statements count most, and each as much as it says: of one whose order is still open only that
    its place will be higher (Kaplan, Meier 1958), because those that end early are the ones that went well.

    A plant that drifts makes any record wrong for a while, in one direction. So what the last dates held too
    rarely is read higher, until they hold as often as they say (adaptive conformal inference; Gibbs, Candès
    2021); a date counts as soon as it is over, for orders that miss theirs end last.
    """
    known = newest_of(places)
    asked = [_pulled(known, level) for level in range(len(WANTED))]
    ended = [one for one in known if one.ended is not None]
    newest = changed_since([one.value for one in ended])
    if newest:
        known = [*ended[-newest:], *(one for one in known if one.ended is None)]
    weighed, age = [], 0
    for one in sorted(known, key=lambda one: (-one.made, one.value)):
        weighed.append((one.value, one.ended is None, 0.5 ** (age / HALF_LIFE)))
        age += one.ended is not None
    missing = max(ENOUGH - age, 0)
    weighed += [((number + 0.5) / missing, False, 1.0) for number in range(missing)]
    shares = survivors(weighed)
    used = tuple(accumulate((_conformal(shares, len(weighed), level) for level in asked), max))
    return Levels(used, age, basis, newest > 0)


def newest_of(places: Iterable[Place]) -> list[Place]:
    """The ``WINDOW`` that ended last, in that order, and the open ones."""
    listed = list(places)
    ended = sorted((one.ended, one.made, one) for one in listed if one.ended is not None)
    return [*(one for _ended, _made, one in ended[-WINDOW:]), *(one for one in listed if one.ended is None)]


def survivors(weighed: Iterable[tuple[float, bool, float]]) -> list[tuple[float, float]]:
    """Values and the share of all that has each, ascending, from (value, whether it is only known to be
    higher, weight). What is higher than all that is known is missing: the shares add up to less than 1."""
    ordered = sorted(weighed)
    left, surviving = math.fsum(weight for _value, _open, weight in ordered), 1.0
    found = []
    for value, beyond, weight in ordered:
        if not beyond:
            share = surviving * min(weight / left, 1.0)
            found.append((value, share))
            surviving -= share
        left -= weight
        if left <= 0:
            break
    return found


def _conformal(shares: Sequence[tuple[float, float]], count: int, wanted: float) -> float:
    """The weighted quantile with the finite-sample correction: the future one counts as one more that is
    beyond all others, (n + 1) / n without weights."""
    target, upto, before = wanted * (count + 1) / count, 0.0, shares[0][0]
    for value, share in shares:
        if upto + share >= target:
            return before + (value - before) * (target - upto) / share
        upto += share
        before = value
    return max(before, 1.0)
