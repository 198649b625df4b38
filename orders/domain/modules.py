"""Assemble to order: modules are drawn from stock, and what is missing is made by linked orders."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from mes.accounts.models import User
from mes.lib.errors import Refused
from mes.lib.fields import ZERO
from orders.domain.events import derived_key, record_events
from orders.domain.locking import lock_order
from orders.domain.release import release_order
from orders.enums import EventKind, OrderState
from orders.models import OrderComponent, ProductionEvent, ProductionOrder, Routing

DEEPEST = 12
"""Levels of modules in modules; bills of material have no cycles, so that this is never reached."""
ENDED = (OrderState.FINISHED, OrderState.CLOSED, OrderState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Module:
    """One component of an order. ``made_here``: the plant has a routing for it. ``coming``: what its linked
    orders still bring; ``missing``: neither in stock nor coming."""

    component: OrderComponent
    made_here: bool
    orders: tuple[ProductionOrder, ...]
    coming: Decimal
    missing: Decimal


def modules_of(order: ProductionOrder) -> list[Module]:
    """Every component of an order and where it comes from: three queries."""
    components = list(order.components.select_related("item", "unit").order_by("position"))
    linked: dict[int, list[ProductionOrder]] = {}
    for made in ProductionOrder.objects.filter(supplies__in=components).order_by("number"):
        linked.setdefault(made.supplies_id or 0, []).append(made)
    made_here = set(
        Routing.objects.filter(
            plant=order.plant_id, active=True, item__in=[one.item_id for one in components]
        ).values_list("item_id", flat=True)
    )
    found = []
    for component in components:
        orders = tuple(linked.get(component.pk, ()))
        coming = sum((max(one.quantity - one.good, ZERO) for one in orders if one.state not in ENDED), ZERO)
        missing = max(component.quantity - component.reserved - component.issued - coming, ZERO)
        found.append(Module(component, component.item_id in made_here, orders, coming, missing))
    return found


def can_make_missing(order: ProductionOrder) -> bool:
    """Whether something is missing that this plant can make."""
    if order.state not in (OrderState.RELEASED, OrderState.RUNNING):
        return False
    return any(module.missing > 0 and module.made_here for module in modules_of(order))


@transaction.atomic
def make_missing(
    *, order: ProductionOrder, by: User | None, key: uuid.UUID, depth: int = 0
) -> list[ProductionOrder]:
    """Release an order for each module that is missing and made here, and for what these miss themselves.

    What they make is reserved for the order that needs it. The same key makes them once. Raises Refused for
    an order that isn't released, and when there is nothing to make.
    """
    locked = lock_order(order.pk)
    made = list(
        ProductionOrder.objects.filter(
            events__key__in=[
                derived_key(key, str(pk)) for pk in locked.components.values_list("pk", flat=True)
            ]
        )
    )
    if made:
        return made
    if locked.state not in (OrderState.RELEASED, OrderState.RUNNING):
        raise Refused("wrong_state", _("Modules are made for an order that is released."))
    for module in modules_of(locked):
        if module.missing > 0 and module.made_here:
            child_key = derived_key(key, str(module.component.pk))
            child = _module_order(locked, module, by=by, key=child_key)
            made.append(child)
            if depth < DEEPEST and can_make_missing(child):
                made += make_missing(order=child, by=by, key=child_key, depth=depth + 1)
    if not made and depth == 0:
        raise Refused("nothing_missing", _("Nothing is missing that this plant makes."))
    return made


def _module_order(
    order: ProductionOrder, module: Module, *, by: User | None, key: uuid.UUID
) -> ProductionOrder:
    component = module.component
    child = ProductionOrder.objects.create(
        plant_id=order.plant_id,
        number=_number(order, component),
        item=component.item,
        quantity=module.missing,
        unit_id=component.item.unit_id,
        strategy=component.item.strategy,
        priority=order.priority,
        requested_at=order.planned_start_at or order.requested_at,
        supplies=component,
    )
    record_events(
        [
            ProductionEvent(
                plant_id=order.plant_id,
                key=key,
                kind=EventKind.CREATED,
                order=child,
                occurred_at=timezone.now(),
                by=by,
                details={"supplies": f"{order.number}/{component.position}"},
            )
        ]
    )
    release_order(order=child, by=by, key=derived_key(key, "release"))
    child.refresh_from_db()
    return child


def _number(order: ProductionOrder, component: OrderComponent) -> str:
    """The order's number with the component's position; a second one for it gets a letter."""
    base = f"{order.number[:28]}-{component.position.lstrip('0') or '0'}"
    taken = set(
        ProductionOrder.objects.filter(plant=order.plant_id, number__startswith=base).values_list(
            "number", flat=True
        )
    )
    return next(
        number for number in (base, *(f"{base}{chr(98 + nth)}" for nth in range(24))) if number not in taken
    )
