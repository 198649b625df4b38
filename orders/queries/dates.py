"""The four dates of orders, as they were said over time: requested, promised, forecast, actual."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from orders.models import OrderForecast, ProductionOrder, Promise
from orders.queries.promises import newest_forecasts

MOST_FORECASTS = 400
"""The newest ones of an order; a picture shows no more."""


@dataclass(frozen=True, slots=True)
class DateHistory:
    """What was said when, oldest first. ``order`` has the requested and the actual date."""

    order: ProductionOrder
    promises: list[Promise]
    forecasts: list[OrderForecast]

    @property
    def latest(self) -> OrderForecast | None:
        return self.forecasts[-1] if self.forecasts else None

    @property
    def has_history(self) -> bool:
        """Whether anything was said besides what the order itself states."""
        return bool(self.promises or self.forecasts)


def date_history(order: ProductionOrder) -> DateHistory:
    """Two queries."""
    promises = list(Promise.objects.filter(order=order).select_related("by").order_by("id"))
    forecasts = list(OrderForecast.objects.filter(order=order).order_by("-id")[:MOST_FORECASTS])
    return DateHistory(order, promises, forecasts[::-1])


def newest_dates(orders: Collection[int]) -> dict[int, tuple[datetime, datetime, datetime]]:
    """The newest 50, 80 and 95 % dates by order id. One query."""
    return {pk: (one.p50_at, one.p80_at, one.p95_at) for pk, one in newest_forecasts(orders).items()}
