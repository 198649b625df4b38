"""The admin pages of orders, by aggregate."""

from orders.admin import (
    customer,
    demand,
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
    stocking,
    threshold,
)

__all__ = [
    "customer",
    "demand",
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
    "stocking",
    "threshold",
]
