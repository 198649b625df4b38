"""Orders whose customer order came after them."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from orders.domain.events import record_events
from orders.domain.intake.customers import new_line
from orders.domain.locking import lock_order
from orders.domain.release import copy_requirements
from orders.enums import EventKind, OrderState
from orders.models import CustomerOrder, CustomerOrderLine, ProductionEvent, ProductionOrder

FROZEN = (OrderState.RELEASED, OrderState.RUNNING)
"""Released and not over: what the customer asks for is copied late."""


@transaction.atomic
def link_customer_line(*, order: ProductionOrder, number: str, position: str, via: str) -> bool:
    """Link an order to the customer order that it has waited for, at that line, which is made when the
    customer order doesn't have it. A released order gets the line's requirements, for operators to read.

    False when the order is linked already or its customer order isn't here.
    """
    order = lock_order(order.pk)
    customer_order = CustomerOrder.objects.filter(number=number).first()
    if order.customer_line_id is not None or customer_order is None:
        return False
    line = CustomerOrderLine.objects.filter(order=customer_order, position=position).first()
    if line is None:
        line = new_line(customer_order, position, order)
        line.save()
    order.customer_line = line
    order.save(update_fields=["customer_line"])
    late_requirements(order)
    changes = {"customer_line": ["", str(line)]}
    event = ProductionEvent(
        plant_id=order.plant_id,
        kind=EventKind.CHANGED,
        order=order,
        occurred_at=timezone.now(),
        via=via,
        details={"changes": changes, "conflicts": [], "told": [], "kept": {}},
    )
    record_events([event])
    return True


def late_requirements(order: ProductionOrder) -> None:
    """Copy what the line asks for, as a release does, into an order that was released without it."""
    if order.state in FROZEN:
        copy_requirements(order)
