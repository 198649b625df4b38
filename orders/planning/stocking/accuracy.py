"""How well our own and imported forecasts of an item held, side by side."""

from __future__ import annotations

from collections import defaultdict

from orders.domain.available import today_in
from orders.models import ItemForecast, StockingRule
from orders.planning.forecast.calendar import SEASON_WEEKS, week_of
from orders.planning.forecast.held import Held, Stated, held
from orders.planning.stocking.histories import histories_of
from orders.queries.demand_forecasts import MADE


def accuracy_of(rule: StockingRule) -> dict[str, Held]:
    """By origin, over the same weeks, which are over; empty as long as there is none."""
    plant = rule.plant
    versions: dict[str, list[Stated]] = defaultdict(list)
    rows = ItemForecast.objects.filter(
        item=rule.item_id, version__plant=plant, version__state__in=MADE
    ).values_list("version__origin", "version__made_at", "version__zero_on", "mean")
    for origin, made_at, zero, mean in rows:
        if made_at is not None:
            versions[origin].append(Stated(made_at.astimezone(plant.zone).date(), zero, mean))
    history = histories_of(plant, [rule], until=week_of(today_in(plant))).by_item[rule.item_id]
    return held(versions, first=history.first, history=history.values, season=SEASON_WEEKS)
