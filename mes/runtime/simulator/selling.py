"""Who ordered what the demo plant makes to order, and when the ERP promised it. No chance is drawn."""

from __future__ import annotations

from datetime import datetime, timedelta

from mes.runtime.demo_plant.customers import CUSTOMERS

FIRST = 20_000
LATER = timedelta(days=1)
EVERY = 4
"""One of so many orders is promised a day later than wanted."""


def sold(strategy: str, nth: int, due: datetime) -> dict[str, str]:
    """The ERP's fields of the ``nth`` order; none of what is made to stock."""
    if strategy == "MTS":
        return {}
    code, name = list(CUSTOMERS.items())[nth % len(CUSTOMERS)]
    promised = due + LATER if nth % EVERY == 0 else due
    return {
        "customer": code,
        "customer_name": name,
        "customer_order": f"SO-{FIRST + nth}",
        "customer_line": "10",
        "promised": promised.isoformat(),
    }
