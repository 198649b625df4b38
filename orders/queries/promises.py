"""What was promised, what is to be expected, what is at risk: the one place that says so."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from machines.models import Plant
from orders.enums import OrderState
from orders.models import OrderForecast, ProductionOrder, Promise, PromiseAlert
from orders.queries.forecast import forecasts_of

OVER = (OrderState.FINISHED, OrderState.CLOSED)


@dataclass(frozen=True, slots=True)
class Expected:
    """When an order is to be expected. ``measured``: from the futures of the plan in force, else if nothing
    holds it up. ``at`` is the 80 % date then; None: it can't be said."""

    at: datetime | None
    measured: bool = False
    forecast: OrderForecast | None = None


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
        order.pk: Expected(held[order.pk].p80_at, True, held[order.pk])
        if order.pk in held
        else Expected(others[order.pk].ends_at)
        for order in listed
    }


def history_of(order: ProductionOrder) -> tuple[list[Promise], list[OrderForecast]]:
    """All versions of the promise, and all forecasts, oldest first. Two queries."""
    promises = list(Promise.objects.filter(order=order).select_related("by", "quote").order_by("version"))
    return promises, list(OrderForecast.objects.filter(order=order).order_by("id"))


def alerts_of(plant: Plant) -> QuerySet[PromiseAlert]:
    """Open ones, the most likely to be late first."""
    related = ("order__item", "order__unit", "forecast", "acknowledged_by")
    return (
        PromiseAlert.objects.filter(order__plant=plant, ended_at=None)
        .select_related(*related)
        .order_by("acknowledged_at", "-forecast__late_percent", "id")
    )


def unacknowledged() -> int:
    return PromiseAlert.objects.filter(ended_at=None, acknowledged_at=None).count()


def is_late(alert: PromiseAlert) -> bool | None:
    """Whether the order did miss the promise; None while it is open."""
    finished = alert.order.finished_at
    return None if finished is None else finished > alert.promised_at
