"""Who ordered what the demo plant makes to order, and when the ERP promised it. No chance is drawn."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from mes.runtime.demo_plant.customers import CUSTOMERS
from mes.runtime.simulator.messages import OrderMessage, QuoteAsked

FIRST = 20_000
LATER = timedelta(days=1)
EVERY = 4
"""One of so many orders is promised a day later than wanted, and for two the customers ask for a quote."""
ASKED_AFTER = timedelta(minutes=2)
PERCENT = 80
"""The confidence whose date is accepted."""


def asks(nth: int) -> bool:
    """Whether the customer of the ``nth`` order wants a date with its confidence in place of the ERP's."""
    return nth % EVERY in (1, 2)


def sold(strategy: str, nth: int, due: datetime) -> dict[str, str]:
    """The ERP's fields of the ``nth`` order; none of what is made to stock."""
    if strategy == "MTS":
        return {}
    code, name = list(CUSTOMERS.items())[nth % len(CUSTOMERS)]
    order = {
        "customer": code,
        "customer_name": name,
        "customer_order": f"SO-{FIRST + nth}",
        "customer_line": "10",
    }
    if asks(nth):
        return order
    return {**order, "promised": (due + LATER if nth % EVERY == 0 else due).isoformat()}


def asked_of(orders: Iterable[OrderMessage]) -> list[QuoteAsked]:
    """One quote for each order that came without a promised date, once."""
    return [
        QuoteAsked(order.number, order.at + ASKED_AFTER)
        for order in orders
        if order.version == 1 and "customer" in order.body and "promised" not in order.body
    ]
