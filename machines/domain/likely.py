"""Which reasons a stop probably has: what was said at this machine in situations like this one. Pure.

Each earlier stop of the machine counts once for its reason, and more for each thing that it shares with the
stop that is asked about. Younger stops count more. There is no chance and no learning behind it: the counts
that a reason's place comes from can be shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

SAME_ALARM, SAME_BEFORE, SAME_ITEM, SAME_HOUR = 40, 3, 2, 1
HALF = timedelta(days=14)
"""A stop so long ago counts half as much as one of now."""
HOURS_APART = 1
STEP = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known about a stop before anybody says why: code, item, local hour, the reason before."""

    alarm: str = ""
    item: int | None = None
    hour: int | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """An earlier stop of the machine, by its reason's primary key."""

    reason: int
    at: datetime
    situation: Situation


@dataclass(slots=True)
class Likely:
    """A reason with what its place comes from: how often it was given, and how often in a like situation."""

    reason: int
    score: Decimal = Decimal(0)
    times: int = 0
    same_alarm: int = 0
    same_before: int = 0
    same_item: int = 0
    same_hour: int = 0
    last: datetime | None = field(default=None)


def rank(reasons: Sequence[int], now: Situation, history: Iterable[Told], *, at: datetime) -> list[Likely]:
    """All of ``reasons``, the likeliest first; of equals the one that stands earlier in ``reasons``."""
    found = {reason: Likely(reason) for reason in reasons}
    for told in history:
        if told.reason in found:
            _count(found[told.reason], now, told, at)
    order = {reason: place for place, reason in enumerate(reasons)}
    return sorted(found.values(), key=lambda one: (-one.score, order[one.reason]))


def _count(likely: Likely, now: Situation, told: Told, at: datetime) -> None:
    then = told.situation
    same = (
        (bool(now.alarm) and now.alarm == then.alarm, SAME_ALARM),
        (now.before is not None and now.before == then.before, SAME_BEFORE),
        (now.item is not None and now.item == then.item, SAME_ITEM),
        (_near(now.hour, then.hour), SAME_HOUR),
    )
    likely.times += 1
    likely.same_alarm += same[0][0]
    likely.same_before += same[1][0]
    likely.same_item += same[2][0]
    likely.same_hour += same[3][0]
    weight = 1 + sum(points for holds, points in same if holds)
    # in whole days, so that the order doesn't change while somebody reads it
    days = max((at - told.at).days, 0)
    likely.score += (weight * Decimal(2) ** (Decimal(-days) / HALF.days)).quantize(STEP)
    likely.last = max(likely.last or told.at, told.at)


def _near(one: int | None, other: int | None) -> bool:
    if one is None or other is None:
        return False
    apart = abs(one - other)
    return min(apart, 24 - apart) <= HOURS_APART
