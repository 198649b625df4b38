"""Versions of the demand forecast, and what they say of items."""

from __future__ import annotations

from collections.abc import Collection

from machines.models import Plant
from orders.enums import ForecastOrigin, ForecastState
from orders.models import DemandForecast, ItemForecast

PENDING = (ForecastState.REQUESTED, ForecastState.COMPUTING)
MADE = (ForecastState.DRAFT, ForecastState.IN_FORCE, ForecastState.REPLACED)


def in_force(plant: Plant) -> dict[str, DemandForecast]:
    """By origin. One query."""
    rows = DemandForecast.objects.filter(plant=plant, state=ForecastState.IN_FORCE)
    return {row.origin: row for row in rows}


def shown_version(plant: Plant, number: str = "") -> DemandForecast | None:
    """The version of that number; else our own in force, else the newest that was made."""
    made = DemandForecast.objects.filter(plant=plant, state__in=MADE).order_by("-number")
    if number.isdigit():
        return made.filter(number=int(number)).first()
    return made.filter(state=ForecastState.IN_FORCE, origin=ForecastOrigin.OWN).first() or made.first()


def forecasts_in_force(plant: Plant, items: Collection[int]) -> dict[tuple[str, int], ItemForecast]:
    """By origin and item. One query."""
    rows = ItemForecast.objects.filter(
        version__plant=plant, version__state=ForecastState.IN_FORCE, item__in=items
    ).select_related("version")
    return {(row.version.origin, row.item_id): row for row in rows}
