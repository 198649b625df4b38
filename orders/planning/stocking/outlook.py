"""What one rule comes to today: reorder point, stock position, projected stock, and what is to be ordered.

Every number is kept with what it was computed from, so that the page can say why.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_UP, Decimal
from typing import Any

import numpy as np

from orders.enums import ForecastOrigin, StockPolicy
from orders.models import DemandForecast, ItemForecast, StockingRule
from orders.planning.forecast.calendar import SEASON_WEEKS, week_of, weeks_between
from orders.planning.forecast.errors import Floats
from orders.planning.forecast.methods import FUTURES, Forecast, Method, forecast, scaled_to
from orders.planning.forecast.paths import ENOUGH, Likes
from orders.planning.forecast.reorder import drawn_over, fill_rate, order_quantity, reorder_point
from orders.planning.profiles.pools import Estimate
from orders.planning.stocking.histories import History, seed_of
from orders.queries.demand import Wanted
from orders.queries.supply import Coming, OnHand

SHOWN_WEEKS = 26
LONGEST_WEEKS = 104
"""A replenishment time beyond it is cut off: nobody forecasts that far."""
LEAD_LEVELS = ("plant", "plant", "like", "item")


@dataclass(frozen=True, slots=True)
class Known:
    """All that is known of one rule's item today. ``room``: what its place still takes, None for any amount;
    ``lead``: days of replenishment, ``level`` of it as in ``LEAD_LEVELS``; ``today``: the plant's day."""

    rule: StockingRule
    history: History
    likes: Likes
    lead: Estimate
    bought: bool
    stock: OnHand
    coming: Sequence[Coming]
    wanted: Sequence[Wanted]
    room: Decimal | None
    today: date
    own: ItemForecast | None = None
    imported: ItemForecast | None = None

    @property
    def version(self) -> DemandForecast | None:
        """The forecast that counts, as the rule says."""
        wanted = self.imported if self.rule.forecast_origin == ForecastOrigin.IMPORTED else None
        row = wanted or self.own
        return row.version if row is not None else None


@dataclass(slots=True)
class Outlook:
    """``quantity``: to be ordered now, zero for nothing; ``figures``, ``weeks``, ``warnings``: as in
    ``StockOutlook``."""

    point: Decimal
    position: Decimal
    quantity: Decimal
    needed_on: date
    figures: dict[str, Any]
    weeks: list[dict[str, Any]]
    warnings: list[str] = field(default_factory=list)


def outlook_of(known: Known) -> Outlook:
    rule = known.rule
    step = Decimal(1).scaleb(-rule.item.unit.decimals)
    review = rule.period_weeks if rule.policy == StockPolicy.PERIOD else 1
    rng = np.random.default_rng(seed_of(rule.item.code))
    leads = rng.choice(known.lead.pool.values, FUTURES, p=known.lead.pool.weights) / 7
    leads = np.minimum(leads, LONGEST_WEEKS)
    horizon = max(SHOWN_WEEKS, math.ceil(float(leads.max())) + review + 1)
    said = _expected(known, horizon)
    drawn = drawn_over(said.paths, leads, review=review)
    lot = _lot(rule, said, step)
    wanted = wanted_by_week(known.wanted, known.today, horizon)
    overdue = float(sum(one.quantity for one in known.wanted if one.day <= known.today))
    lead_weeks = min(math.ceil(float(leads.mean())), horizon)
    beyond = float(np.maximum(wanted[:lead_weeks] - said.mean[:lead_weeks], 0.0).sum())
    on_order = float(sum(one.quantity for one in known.coming))
    position = float(known.stock.usable) + on_order - overdue - beyond
    computed = reorder_point(float(rule.service_percent) / 100, 0.0 if _up_to(rule) else lot, drawn)
    point = rule.minimum if rule.minimum is not None else _up(computed, step)
    most = _most(known, position)
    quantity = _quantity(known, position, float(point), lot, float(step), most)
    projected = _projected(known, said, wanted, overdue)
    warnings = list(_warnings(known, quantity, position, float(point), most))
    figures = {
        "on_hand": _round(known.stock.usable),
        "unusable": _round(known.stock.unusable),
        "below": _round(known.stock.below),
        "on_order": _round(on_order),
        "overdue": _round(overdue),
        "beyond": _round(beyond),
        "position": _round(position),
        "lead_p50": round(known.lead.median, 1),
        "lead_p90": round(known.lead.quantile(0.9), 1),
        "lead_mean": round(known.lead.mean, 1),
        "lead_count": known.lead.own,
        "lead_level": "assumed" if known.lead.level < 0 else LEAD_LEVELS[min(known.lead.level, 3)],
        "lead_share": round(known.lead.share, 2),
        "demand_lead": _round(drawn.expected),
        "demand_lead_p95": _round(float(np.quantile(drawn.lead, 0.95))),
        "weekly": _round(float(said.mean[:13].mean())),
        "history_weeks": len(known.history.values),
        "demands": known.history.demands,
        "left_out": known.history.left_out,
        "likes": known.likes.count,
        "method": str(said.method),
        "version": known.version.number if known.version else None,
        "service": float(rule.service_percent),
        "fill": round(100 * fill_rate(float(point), 0.0 if _up_to(rule) else lot, drawn), 1),
        "computed_point": _round(_up(computed, step)),
        "point": _round(point),
        "safety": _round(max(float(point) - drawn.expected, 0.0)),
        "lot": _round(lot),
        "room": None if known.room is None else _round(known.room),
        "quantity": _round(quantity),
        "bought": known.bought,
    }
    amount = Decimal(str(round(quantity, 3)))
    needed = _needed_on(projected, known)
    return Outlook(point, Decimal(str(round(position, 3))), amount, needed, figures, projected, warnings)


def _expected(known: Known, horizon: int) -> Forecast:
    """Futures of demand from this week on."""
    row = known.own
    method = Method(row.method) if row is not None else Method.RESAMPLED
    found = forecast(
        method,
        known.history.values,
        horizon,
        season=SEASON_WEEKS,
        likes=known.likes,
        seed=seed_of(known.rule.item.code),
    )
    other = known.imported
    if known.rule.forecast_origin == ForecastOrigin.IMPORTED and other is not None:
        skipped = weeks_between(other.version.zero_on, week_of(known.today))
        mean = np.zeros(horizon)
        said = np.asarray(other.mean[skipped:], dtype=np.float64)[:horizon]
        mean[: len(said)] = said
        # Beyond what was imported, our own expectation goes on.
        mean[len(said) :] = found.mean[len(said) :]
        return scaled_to(found, mean)
    return found


def wanted_by_week(wanted: Sequence[Wanted], today: date, horizon: int) -> Floats:
    """What is ordered for days after today, by week from this one on."""
    found = np.zeros(horizon)
    monday = week_of(today)
    for one in wanted:
        week = (one.day - monday).days // 7
        if one.day > today and week < horizon:
            found[week] += float(one.quantity)
    return found


def _up_to(rule: StockingRule) -> bool:
    """Whether orders fill up to a level instead of coming in lots."""
    return rule.policy == StockPolicy.PERIOD


def _lot(rule: StockingRule, said: Forecast, step: Decimal) -> float:
    if rule.lot_quantity is not None:
        return float(rule.lot_quantity)
    return float(max(_up(float(said.mean[:SHOWN_WEEKS].mean()) * rule.period_weeks, step), step))


def _most(known: Known, position: float) -> float:
    """What may be ordered at most: the room of the place beside what comes already, and the maximum."""
    most = math.inf
    if known.room is not None:
        most = float(known.room) - float(sum(one.quantity for one in known.coming))
    if known.rule.maximum is not None:
        most = min(most, float(known.rule.maximum) - position)
    return max(most, 0.0)


def _quantity(known: Known, position: float, point: float, lot: float, step: float, most: float) -> float:
    rule = known.rule
    fixed = float(rule.lot_quantity) if rule.lot_quantity is not None else step
    if rule.policy == StockPolicy.PERIOD:
        if (week_of(known.today).toordinal() // 7) % rule.period_weeks or position >= point:
            return 0.0
        return _whole(point - position, fixed, most)
    if rule.policy == StockPolicy.MIN_MAX:
        return _whole(most, fixed, most) if position <= point else 0.0
    return order_quantity(position, point, lot, step=fixed, most=most)


def _whole(wanted: float, step: float, most: float) -> float:
    amount = math.ceil(wanted / step - 1e-9) * step
    return amount if amount <= most else max(math.floor(most / step + 1e-9) * step, 0.0)


def _projected(known: Known, said: Forecast, wanted: Floats, overdue: float) -> list[dict[str, Any]]:
    """By week: what comes, what is ordered, what is expected, and the stock at its end that 10, 50 and 90 %
    of the futures don't exceed. What is ordered uses up what was expected for its week."""
    monday = week_of(known.today)
    weeks = SHOWN_WEEKS
    receipts = np.zeros(weeks)
    for one in known.coming:
        week = max((one.day - monday).days // 7, 0)
        if week < weeks:
            receipts[week] += float(one.quantity)
    taken = np.maximum(said.paths[:, :weeks], wanted[:weeks])
    start = float(known.stock.usable) - overdue
    stock = start + np.cumsum(receipts) - np.cumsum(taken, axis=1)
    low, middle, high = np.quantile(stock, (0.1, 0.5, 0.9), axis=0)
    return [
        {
            "week": (monday + timedelta(days=7 * number)).isoformat(),
            "receipts": _round(receipts[number]),
            "wanted": _round(wanted[number]),
            "expected": _round(said.mean[number]),
            "low": _round(low[number]),
            "mid": _round(middle[number]),
            "high": _round(high[number]),
        }
        for number in range(weeks)
    ]


def _needed_on(weeks: list[dict[str, Any]], known: Known) -> date:
    """The Monday of the first week at whose end the stock may be used up (10 % of the futures), but not
    before it can be there; else when it would be there if ordered now."""
    there = known.today + timedelta(days=math.ceil(known.lead.median))
    for one in weeks:
        if one["low"] < 0:
            return max(date.fromisoformat(one["week"]), known.today)
    return there


def _warnings(known: Known, quantity: float, position: float, point: float, most: float) -> Iterator[str]:
    if known.stock.below < 0:
        yield "below_zero"
    if position <= point and quantity <= 0 and known.rule.policy != StockPolicy.PERIOD:
        yield "no_room"
    elif quantity > 0 and position + quantity <= point and most < math.inf:
        yield "capped"
    if known.history.demands < ENOUGH:
        yield "too_few"
    if known.lead.level < 0:
        yield "assumed_time"
    if known.history.left_out:
        yield "left_out"


def _up(value: float, step: Decimal) -> Decimal:
    return (Decimal(repr(round(value, 6))) / step).to_integral_value(ROUND_UP) * step


def _round(value: float | Decimal) -> float:
    return round(float(value), 3)
