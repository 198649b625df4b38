"""What was promised, what is to be expected, what is at risk: the one place that says so."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from machines.models import Plant
from orders.models import OrderForecast, ProductionOrder, PromiseAlert
from orders.queries.forecast import StepForecast, forecasts_of


@dataclass(frozen=True, slots=True)
class Expected:
    """When an order is to be expected. ``forecast``: from the futures of the plan in force, and ``ends_at``
    its 80 % date; without one it is the end if nothing holds it up, by ``steps``. None: it can't be said,
    because operation ``unknown`` has no times."""

    ends_at: datetime | None
    forecast: OrderForecast | None = None
    steps: tuple[StepForecast, ...] = ()
    unknown: str = ""


def newest_forecasts(orders: Collection[int]) -> dict[int, OrderForecast]:
    """By order id. One query."""
    rows = OrderForecast.objects.filter(order__in=orders).order_by("order_id", "-id").distinct("order_id")
    return {row.order_id: row for row in rows}


def expected_of(orders: Iterable[ProductionOrder], *, now: datetime | None = None) -> dict[int, Expected]:
    """What order page, terminal, customers and the API are shown, by order id. Orders need ``operations``
    prefetched. A forecast is taken at its word until it is over; then what is left is counted anew."""
    moment = now or timezone.now()
    listed = list(orders)
    known = newest_forecasts([order.pk for order in listed])
    held = {pk: one for pk, one in known.items() if one.p80_at > moment}
    others = forecasts_of([order for order in listed if order.pk not in held], now=moment)
    return {
        order.pk: Expected(held[order.pk].p80_at, held[order.pk])
        if order.pk in held
        else Expected(
            others[order.pk].ends_at, steps=others[order.pk].steps, unknown=others[order.pk].unknown
        )
        for order in listed
    }


def alerts_of(plant: Plant) -> QuerySet[PromiseAlert]:
    """Open ones."""
    related = ("order__item", "order__unit", "acknowledged_by")
    return PromiseAlert.objects.filter(order__plant=plant, ended_at=None).select_related(*related)


def unacknowledged() -> int:
    return PromiseAlert.objects.filter(ended_at=None, acknowledged_at=None).count()
