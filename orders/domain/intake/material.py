"""What the ERP's change means for an order's material: it follows the quantity; what is over needs none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from orders.domain.intake.change import Change
from orders.domain.resizing import resize_material
from orders.domain.stock import free_reservations
from orders.domain.stock_locks import lock_items_of_orders
from orders.enums import OrderState
from orders.models import ProductionOrder

_OVER = (OrderState.CANCELLED, OrderState.CLOSED)


def follow_with_material(changes: Sequence[Change]) -> None:
    """Components of an order of another quantity are needed in proportion, and reserved; an order that is
    cancelled or closed gives back what was reserved for it."""
    plants = {change.order.plant_id: change.order.plant for change in changes}
    resized: dict[int, list[tuple[ProductionOrder, Decimal]]] = defaultdict(list)
    over: dict[int, list[int]] = defaultdict(list)
    for change in changes:
        order = change.order
        if order.state in _OVER:
            if "state" in change.order_fields:
                over[order.plant_id].append(order.pk)
        elif change.old_quantity is not None and change.components is None:
            resized[order.plant_id].append((order, change.old_quantity))
    for plant in sorted(resized.keys() | over.keys()):
        orders = [*over[plant], *(order.pk for order, _before in resized[plant])]
        lock_items_of_orders(plant_id=plant, orders=orders)
        free_reservations(plant_id=plant, orders=over[plant])
        resize_material(plant=plants[plant], resized=resized[plant])
