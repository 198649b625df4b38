"""Who ordered what the demo plant makes to order, and when the ERP promised it. No chance is drawn."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from mes.runtime.demo_plant.customers import CUSTOMERS
from mes.runtime.simulator.messages import CalledOff, OrderMessage, QuoteAsked

FIRST = 20_000
FIRST_CALL = 50_000
LINE = "10"
BLANKS = ("FO-FORK", "FO-HUB")
"""What the presses make more of than the plant needs: customers call off the rest."""
ENOUGH = 5_000
"""So many pieces of what is made to stock are kept; no more is ordered then."""
FEW_PARTS = 300
"""With fewer pieces of a part, the plant orders some for itself."""
PACK = 500
"""Nobody calls off less."""
LATER = timedelta(days=1)
EVERY = 4
"""One of so many orders is promised a day later than wanted, and for two the customers ask for a quote."""
ASKED_AFTER = timedelta(minutes=2)
PERCENT = 80
"""The confidence whose date is accepted."""


def asks(nth: int) -> bool:
    """Whether the customer of the ``nth`` order wants a date with its confidence in place of the ERP's."""
    return nth % EVERY in (1, 2)


def sold(strategy: str, nth: int, due: datetime, *, wanted_here: bool = False) -> dict[str, str]:
    """The ERP's fields of the ``nth`` order; none of what is made to stock, nor of every second four orders
    of what assembly wants."""
    if strategy == "MTS" or (wanted_here and nth // EVERY % 2 == 0):
        return {}
    code, name = list(CUSTOMERS.items())[nth % len(CUSTOMERS)]
    order = {
        "customer": code,
        "customer_name": name,
        "customer_order": f"SO-{FIRST + nth}",
        "customer_line": LINE,
    }
    if asks(nth):
        return order
    return {**order, "promised": (due + LATER if nth % EVERY == 0 else due).isoformat()}


def called_off(nth: int, item: str, quantity: int, at: datetime) -> CalledOff:
    customer = list(CUSTOMERS)[nth % len(CUSTOMERS)]
    return CalledOff(at, f"SO-{FIRST_CALL + nth}", customer, item, quantity)


def asked_of(orders: Iterable[OrderMessage]) -> list[QuoteAsked]:
    """One quote for each order that came without a promised date, once."""
    return [
        QuoteAsked(order.number, order.at + ASKED_AFTER)
        for order in orders
        if order.version == 1 and "customer" in order.body and "promised" not in order.body
    ]
