"""Demand with its forecast, and projected stock, as lines, bands and bars in a picture's own units."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from orders.planning.forecast.calendar import by_month

WIDTH, HEIGHT, LEFT, BELOW = 960.0, 240.0, 54.0, 24.0
LABELS = 8
NAME = 16.0
"""Height of a level's name."""


@dataclass(frozen=True, slots=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    when: date
    value: float


@dataclass(frozen=True, slots=True)
class Tick:
    at: float
    label: str | date


@dataclass(frozen=True, slots=True)
class Level:
    """A horizontal line with its name, which stands below it where another line is close above."""

    kind: str
    y: float
    value: float
    name_below: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """``band`` and the lines are SVG points; ``now_x``: where the past ends."""

    bars: tuple[Bar, ...]
    band: str
    line: str
    now_x: float
    days: tuple[Tick, ...]
    amounts: tuple[Tick, ...]
    levels: tuple[Level, ...] = ()
    zero_y: float = HEIGHT

    @property
    def width(self) -> float:
        return LEFT + WIDTH

    @property
    def height(self) -> float:
        return HEIGHT + BELOW


@dataclass(frozen=True, slots=True)
class _Scale:
    low: float
    high: float
    count: int

    def x(self, number: float) -> float:
        return round(LEFT + WIDTH * number / max(self.count, 1), 1)

    def y(self, value: float) -> float:
        return round(HEIGHT * (1 - (value - self.low) / (self.high - self.low)), 1)

    def points(self, values: Sequence[float], first: int) -> list[tuple[float, float]]:
        return [(self.x(first + number + 0.5), self.y(value)) for number, value in enumerate(values)]

    def amounts(self) -> tuple[Tick, ...]:
        step = _step((self.high - self.low) / 4)
        first = math.ceil(self.low / step)
        return tuple(
            Tick(self.y(step * number), f"{step * number:g}")
            for number in range(first, math.floor(self.high / step) + 1)
        )


def _step(raw: float) -> float:
    """1, 2 or 5 times a power of ten, at least ``raw``."""
    power = 10 ** math.floor(math.log10(raw)) if raw > 0 else 1.0
    return next(power * nice for nice in (1, 2, 5, 10) if power * nice >= raw * 0.999)


def _scale(values: Iterable[float], count: int) -> _Scale:
    known = list(values) or [0.0]
    low, high = min(0.0, *known), max(0.0, *known)
    room = (high - low) * 0.06 or 1.0
    return _Scale(low - (room if low < 0 else 0.0), high + room, count)


def _joined(points: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in points)


def _bars(scale: _Scale, values: Sequence[float], days: Sequence[date], first: int = 0) -> tuple[Bar, ...]:
    width = WIDTH / scale.count
    found = []
    for number, (value, day) in enumerate(zip(values, days, strict=True)):
        if value:
            top, bottom = scale.y(max(value, 0.0)), scale.y(min(value, 0.0))
            x = scale.x(first + number) + width * 0.1
            found.append(Bar(round(x, 1), top, round(width * 0.8, 1), round(bottom - top, 1), day, value))
    return tuple(found)


def _days(scale: _Scale, days: Sequence[date]) -> tuple[Tick, ...]:
    every = max(math.ceil(len(days) / LABELS), 1)
    return tuple(Tick(scale.x(number), day) for number, day in enumerate(days) if number % every == 0)


def forecast_picture(
    zero: date,
    history: Sequence[float],
    mean: Sequence[float],
    low: Sequence[float],
    high: Sequence[float],
    *,
    monthly: bool,
    shown_weeks: int = 104,
) -> Picture:
    """Past demand as bars, what is expected as a line, and the band that 80 % of the futures stay in. The
    band of a month is that of its weeks added up: wider than the month's own."""
    past = list(history[-shown_weeks:])
    first = zero - timedelta(weeks=len(past))
    if monthly:
        return _monthly(zero, first, past, mean, low, high)
    days = [first + timedelta(weeks=number) for number in range(len(past) + len(mean))]
    return _drawn(days, past, mean, low, high)


def _monthly(
    zero: date,
    first: date,
    past: Sequence[float],
    mean: Sequence[float],
    low: Sequence[float],
    high: Sequence[float],
) -> Picture:
    before = by_month(first, past)
    parts = [by_month(zero, values) for values in (mean, low, high)]
    whole = [month for month in before if month < zero.replace(day=1)]
    ahead = [month for month in parts[0] if month > zero.replace(day=1)]
    ahead = ahead[:-1] or ahead
    days = [*whole, *ahead]
    said = [[part.get(month, 0.0) for month in ahead] for part in parts]
    return _drawn(days, [before[month] for month in whole], *said)


def _drawn(
    days: Sequence[date],
    past: Sequence[float],
    mean: Sequence[float],
    low: Sequence[float],
    high: Sequence[float],
) -> Picture:
    scale = _scale([*past, *mean, *high], len(days))
    upper = scale.points(high, len(past))
    lower = scale.points(low, len(past))
    return Picture(
        bars=_bars(scale, past, days[: len(past)]),
        band=_joined([*upper, *reversed(lower)]) if upper and lower else "",
        line=_joined(scale.points(mean, len(past))),
        now_x=scale.x(len(past)),
        days=_days(scale, days),
        amounts=scale.amounts(),
        zero_y=scale.y(0.0),
    )


def stock_picture(weeks: Sequence[dict[str, float | str]], levels: Sequence[tuple[str, float]]) -> Picture:
    """Projected stock at the end of each week: the middle as a line, the band that 80 % of the futures stay
    in, receipts as bars, and levels that it is compared with."""
    days = [date.fromisoformat(str(one["week"])) for one in weeks]
    low, middle, high, receipts = (
        [float(one[name]) for one in weeks] for name in ("low", "mid", "high", "receipts")
    )
    scale = _scale([*low, *high, *receipts, *(value for _kind, value in levels)], len(days))
    return Picture(
        bars=_bars(scale, receipts, days),
        band=_joined([*scale.points(high, 0), *reversed(scale.points(low, 0))]),
        line=_joined(scale.points(middle, 0)),
        now_x=LEFT,
        days=_days(scale, days),
        amounts=scale.amounts(),
        levels=tuple(_levels(scale, levels)),
        zero_y=scale.y(0.0),
    )


def _levels(scale: _Scale, levels: Sequence[tuple[str, float]]) -> Iterator[Level]:
    above = -math.inf
    for kind, value in sorted(levels, key=lambda one: -one[1]):
        y = scale.y(value)
        yield Level(kind, y, value, name_below=y - above < NAME)
        above = y
