"""What keeps a customer's order line from being shipped."""

from __future__ import annotations

from collections.abc import Collection

from django.utils.translation import gettext as _

from orders.enums import OrderState
from orders.models import Hold, OrderRequirement


def blocking_shipment(lines: Collection[int]) -> dict[int, list[str]]:
    """By customer order line: requirements that aren't verified and open holds of the orders that make it, in
    words. Two queries.
    """
    found: dict[int, list[str]] = {line: [] for line in lines}
    unverified = (
        OrderRequirement.objects.filter(order__customer_line__in=lines, verified_at__isnull=True)
        .exclude(order__state=OrderState.CANCELLED)
        .order_by("order", "code")
        .select_related("order")
    )
    for one in unverified:
        assert one.order.customer_line_id is not None
        found[one.order.customer_line_id].append(
            _("%(code)s %(text)s (order %(order)s) is not verified")
            % {"code": one.code, "text": one.text, "order": one.order.number}
        )
    holds = (
        Hold.objects.filter(order__customer_line__in=lines, lifted_at__isnull=True)
        .exclude(order__state=OrderState.CANCELLED)
        .select_related("order")
        .order_by("placed_at")
    )
    for hold in holds:
        assert hold.order is not None
        assert hold.order.customer_line_id is not None
        found[hold.order.customer_line_id].append(
            _("order %(order)s is on hold: %(reason)s") % {"order": hold.order.number, "reason": hold.reason}
        )
    return found
