"""The admin pages of orders, by aggregate."""

from orders.admin import (
    customer,
    download,
    engineering,
    erp_rule,
    facts,
    hold,
    item,
    label,
    lot,
    plan_rule,
    plan_weights,
    promise,
    routing,
    threshold,
)

__all__ = [
    "customer",
    "download",
    "engineering",
    "erp_rule",
    "facts",
    "hold",
    "item",
    "label",
    "lot",
    "plan_rule",
    "plan_weights",
    "promise",
    "routing",
    "threshold",
]
