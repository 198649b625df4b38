"""Another quantity of an order means another need of material, in proportion."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from machines.models import Plant
from orders.domain.stock import free_reservations, reserve_components
from orders.domain.stock_locks import lock_items_of_orders
from orders.enums import OrderState
from orders.models import OrderComponent, ProductionOrder, Reservation

SMALLEST = Decimal("0.001")
UNDER_WAY = (OrderState.RELEASED, OrderState.RUNNING)


def resize_material(*, plant: Plant, resized: Sequence[tuple[ProductionOrder, Decimal]]) -> None:
    """Each order of a plant with the quantity that it had. Reservations are made anew: what was locked for
    work that began is locked again. As many queries for one order as for a thousand."""
    ratios = {order.pk: order.quantity / before for order, before in resized if before}
    if not ratios:
        return
    lock_items_of_orders(plant_id=plant.pk, orders=ratios)
    components = list(OrderComponent.objects.filter(order__in=ratios))
    locked = Reservation.objects.filter(component__in=components, locked=True)
    in_work = set(locked.values_list("component", flat=True))
    free_reservations(plant_id=plant.pk, orders=ratios)
    for component in components:
        needed = component.quantity * ratios[component.order_id]
        component.quantity = max(needed.quantize(SMALLEST, ROUND_HALF_UP), SMALLEST)
    OrderComponent.objects.bulk_update(components, ["quantity"], batch_size=500)
    needing = {component.order_id for component in components}
    under_way = [order.pk for order, _before in resized if order.state in UNDER_WAY and order.pk in needing]
    reserve_components(plant=plant, orders=under_way)
    if in_work:
        Reservation.objects.filter(component__in=in_work).update(locked=True)
