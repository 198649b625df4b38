"""What the ERP's change means for an order's material: it follows the quantity; what is over needs none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal

from orders.domain.intake.change import Change
from orders.domain.stock import free_reservations, reserve_components
from orders.domain.stock_locks import lock_items_of_orders
from orders.enums import OrderState
from orders.models import OrderComponent, Reservation

SMALLEST = Decimal("0.001")
_OVER = (OrderState.CANCELLED, OrderState.CLOSED)


def follow_with_material(changes: Iterable[Change]) -> None:
    """Components of an order of another quantity are needed in proportion, and reserved; an order that is
    cancelled or closed gives back what was reserved for it."""
    resized: dict[int, list[Change]] = defaultdict(list)
    over: dict[int, list[Change]] = defaultdict(list)
    for change in changes:
        if change.order.state in _OVER:
            if "state" in change.order_fields:
                over[change.order.plant_id].append(change)
        elif change.old_quantity is not None and change.components is None:
            resized[change.order.plant_id].append(change)
    for plant in sorted(resized.keys() | over.keys()):
        concerned = [change.order.pk for change in (*resized[plant], *over[plant])]
        lock_items_of_orders(plant_id=plant, orders=concerned)
        free_reservations(plant_id=plant, orders=[change.order.pk for change in over[plant]])
        _resize(plant, resized[plant])


def _resize(plant: int, changes: Sequence[Change]) -> None:
    """Reservations are made anew: what was locked for work that began is locked again."""
    ratios = {one.order.pk: one.order.quantity / one.old_quantity for one in changes if one.old_quantity}
    components = list(OrderComponent.objects.filter(order__in=ratios))
    locked = Reservation.objects.filter(component__in=components, locked=True)
    in_work = set(locked.values_list("component", flat=True))
    free_reservations(plant_id=plant, orders=ratios)
    for component in components:
        needed = component.quantity * ratios[component.order_id]
        component.quantity = max(needed.quantize(SMALLEST, ROUND_HALF_UP), SMALLEST)
    OrderComponent.objects.bulk_update(components, ["quantity"], batch_size=500)
    needing = {component.order_id for component in components}
    for change in changes:
        if change.order.pk in needing and change.order.state in (OrderState.RELEASED, OrderState.RUNNING):
            reserve_components(order=change.order)
    if in_work:
        Reservation.objects.filter(component__in=in_work).update(locked=True)
