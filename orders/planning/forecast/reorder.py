"""When to order and how much, so that the wanted share of demand is delivered from stock.

The stock position (on hand, plus on order, minus what is promised) is looked at every ``review`` periods.
At or below the reorder point so many whole lots are ordered that it is above again. Then it is spread evenly
over (reorder point, reorder point + lot] whatever demand looks like (Hadley and Whitin 1963, chapter 4), and
what is missing follows from demand during the replenishment time alone: no normal distribution, no guess of
how far below the point an order is placed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from orders.planning.forecast.errors import Floats

GRID = (np.arange(20) + 0.5) / 20
"""Places in the lot at which the stock position is looked at."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """Futures of demand: during the replenishment time (``lead``), and until the next look after it
    (``until``). Each of one length, one for each future."""

    lead: Floats
    until: Floats

    @property
    def expected(self) -> float:
        """Mean demand during the replenishment time."""
        return float(self.lead.mean())


def drawn_over(paths: Floats, lead_periods: Floats, *, review: int) -> Drawn:
    """Demand of each future over its own replenishment time: ``lead_periods`` holds one per future, of at
    most the paths' length less ``review``."""
    sums = np.hstack([np.zeros((len(paths), 1)), np.cumsum(paths, axis=1)])
    longest = paths.shape[1] - review
    ends = np.clip(np.ceil(lead_periods).astype(int), 0, longest)
    row = np.arange(len(paths))
    return Drawn(sums[row, ends], sums[row, ends + review])


def fill_rate(point: float, lot: float, drawn: Drawn) -> float:
    """The expected share of demand that is delivered at once from stock. 1.0 where nothing is expected."""
    wanted = float((drawn.until - drawn.lead).mean())
    if wanted <= 0:
        return 1.0
    levels = point + lot * GRID
    before = np.maximum(drawn.lead[:, None] - levels, 0.0).mean()
    after = np.maximum(drawn.until[:, None] - levels, 0.0).mean()
    return 1.0 - float(after - before) / wanted


def reorder_point(service: float, lot: float, drawn: Drawn) -> float:
    """The lowest point, not below zero, at which the fill rate is ``service`` (0 to 1)."""
    low, high = 0.0, float(drawn.until.max())
    if fill_rate(low, lot, drawn) >= service:
        return low
    for _ in range(40):
        middle = (low + high) / 2
        if fill_rate(middle, lot, drawn) >= service:
            high = middle
        else:
            low = middle
    return high


def order_quantity(
    position: float, point: float, lot: float, *, step: float = 0.0, most: float = math.inf
) -> float:
    """What lifts the position above the reorder point: whole lots, rounded up to ``step``, at most ``most``
    (then down to a step). 0.0 above the point."""
    if position > point:
        return 0.0
    wanted = lot * (math.floor((point - position) / lot) + 1)
    if step > 0:
        wanted = math.ceil(wanted / step - 1e-9) * step
    if wanted > most:
        wanted = math.floor(most / step + 1e-9) * step if step > 0 else most
    return max(wanted, 0.0)


@dataclass(frozen=True, slots=True)
class Played:
    """A stretch of demand played against a reorder point: what was wanted, what was delivered at once, and
    the mean stock on hand."""

    wanted: float
    delivered: float
    stock: float


def play(demand: Floats, point: float, lot: float, lead: int, *, count_from: int = 0) -> Played:
    """Play demand period by period, what is missing being delivered later. What is ordered at the end of a
    period is there after ``lead`` whole ones. Begins with the point and one lot; counts from the period
    ``count_from`` on, so that what was begun with no longer matters."""
    arriving = np.zeros(len(demand) + lead + 1)
    stock = position = point + lot
    wanted = delivered = kept = 0.0
    for period, amount in enumerate(demand):
        stock += arriving[period]
        if period >= count_from:
            wanted += amount
            delivered += min(max(stock, 0.0), amount)
            kept += max(stock - amount, 0.0)
        stock -= amount
        position -= amount
        ordered = order_quantity(position, point, lot)
        position += ordered
        arriving[period + lead + 1] += ordered
    return Played(wanted, delivered, kept / max(len(demand) - count_from, 1))
