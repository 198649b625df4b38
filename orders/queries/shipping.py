"""What keeps a customer's order line from being shipped."""

from __future__ import annotations

from collections.abc import Collection

from django.utils.translation import gettext as _

from machines.models import Plant
from orders.enums import OrderState
from orders.models import CustomerOrderLine, Hold, OrderRequirement, Shipment, StockBalance


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


def plants_of(line: CustomerOrderLine) -> list[Plant]:
    """The plants that make the line, then others where its item lies. Two queries."""
    making = line.production_orders.exclude(state=OrderState.CANCELLED).select_related("plant").order_by("pk")
    plants = {order.plant_id: order.plant for order in making}
    lying = StockBalance.objects.filter(item=line.item_id, on_hand__gt=0).values("plant")
    plants |= {plant.pk: plant for plant in Plant.objects.filter(pk__in=lying).exclude(pk__in=plants)}
    return list(plants.values())


def shipments_of(lines: Collection[int]) -> dict[int, list[Shipment]]:
    """By customer order line, the latest first, each with its lots. Two queries."""
    found: dict[int, list[Shipment]] = {line: [] for line in lines}
    for shipment in (
        Shipment.objects.filter(line__in=lines)
        .select_related("plant", "by", "line__item__unit")
        .prefetch_related("lots__lot__order")
        .order_by("-shipped_at", "-pk")
    ):
        found[shipment.line_id].append(shipment)
    return found
