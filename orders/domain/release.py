"""Releasing an order: from here on it is frozen against changes of master data."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.utils import timezone

from mes.accounts.models import User
from mes.lib.errors import Refused
from mes.lib.sentences import gettext as _
from orders.domain.events import body_hash, record_events, same_fact
from orders.domain.locking import lock_order
from orders.domain.quoting import freeze_quote
from orders.domain.stock import reserve_components
from orders.domain.transitions import next_order_state
from orders.enums import ErpStatus, EventKind, OperationState, Strategy
from orders.models import (
    Bom,
    Operation,
    OrderComponent,
    OrderRequirement,
    ProductionEvent,
    ProductionOrder,
    Requirement,
    Routing,
)
from orders.models.routing import OperationPlan
from orders.queries.material import bom_for, needed_of
from orders.queries.readiness import CLOSED_BY_ERP

_PLAN_FIELDS = tuple(field.name for field in OperationPlan._meta.get_fields())
REQUIREMENT_FIELDS = (
    "code",
    "kind",
    "text",
    "value",
    "choices",
    "lower",
    "upper",
    "unit",
    "url",
    "operation_number",
)


@transaction.atomic
def release_order(
    *, order: ProductionOrder, by: User | None, key: uuid.UUID, via: str = ""
) -> ProductionEvent:
    """Copy BOM, routing, revision and requirements into the order and reserve material.

    What the ERP sent with the order stays; master data fills what it didn't. Raises Refused when the order
    has no operations, is blocked by the ERP, or is engineer-to-order without a released revision.
    """
    order = lock_order(order.pk)
    body = body_hash({"command": "release", "order": order.pk})
    if known := same_fact(ProductionEvent.objects.filter(key=key).first(), body):
        return known
    check_release(order=order)
    now = timezone.now()
    order.state = next_order_state(order.state, "release")
    order.released_at = now
    order.revision = order.revision or order.item.revision
    routing = None
    if not order.operations.exclude(state=OperationState.CANCELLED).exists():
        routing = _copy_routing(order)
    order.operations.filter(state=OperationState.PLANNED).update(state=OperationState.RELEASED)
    bom = None if order.components.exists() else _copy_bom(order)
    copy_requirements(order)
    order.save(update_fields=["state", "released_at", "revision"])
    reserve_components(plant=order.plant, orders=[order.pk])
    freeze_quote(order=order)
    event = ProductionEvent(
        plant_id=order.plant_id,
        key=key,
        body_hash=body,
        kind=EventKind.RELEASED,
        order=order,
        occurred_at=now,
        by=by,
        via=via,
        details={
            "revision": order.revision,
            "routing": routing.revision if routing else None,
            "bom": bom.revision if bom else None,
        },
    )
    record_events([event])
    return event


def can_release(order: ProductionOrder) -> bool:
    try:
        check_release(order=order)
    except Refused:
        return False
    return True


def check_release(*, order: ProductionOrder) -> None:
    """Raises Refused with the reason why this order can't be released now."""
    next_order_state(order.state, "release")
    if order.erp_status in CLOSED_BY_ERP:
        raise Refused("closed_by_erp", _("The ERP says: %s.") % ErpStatus(order.erp_status).label)
    if order.holds.filter(operation__isnull=True, lifted_at__isnull=True).exists():
        raise Refused("held", _("The order is on hold."))
    wanted = order.revision or order.item.revision
    if order.strategy == Strategy.ETO and (
        order.item.revision_released_at is None or wanted != order.item.revision
    ):
        raise Refused(
            "engineering_not_released",
            _("Engineering has not released revision %(revision)s of %(item)s.")
            % {"revision": wanted or "–", "item": order.item.code},
        )
    if not order.operations.exclude(state=OperationState.CANCELLED).exists() and routing_of(order) is None:
        raise Refused("no_routing", _("There is no routing for %s in this plant.") % order.item.code)


def routing_of(order: ProductionOrder) -> Routing | None:
    """The routing by which an order of the item is made, unless its operations came with it."""
    routings = Routing.objects.filter(plant_id=order.plant_id, item_id=order.item_id, active=True)
    exact = routings.filter(revision=order.revision).first()
    return exact or routings.order_by("-revision").first()


def _copy_routing(order: ProductionOrder) -> Routing | None:
    routing = routing_of(order)
    if routing is None:
        return None
    Operation.objects.bulk_create(operations_by(routing, order))
    return routing


def operations_by(routing: Routing, order: ProductionOrder) -> list[Operation]:
    """The operations that the routing means for the order, unsaved."""
    return [
        Operation(
            plant_id=order.plant_id,
            order=order,
            position=position,
            machine_group_id=planned.machine_group_id,
            tool_id=planned.tool_id,
            skill_id=planned.skill_id,
            quantity=order.quantity,
            **{name: getattr(planned, name) for name in _PLAN_FIELDS},
        )
        for position, planned in enumerate(routing.operations.order_by("number"), start=1)
    ]


def _copy_bom(order: ProductionOrder) -> Bom | None:
    bom = bom_for(order.item_id, order.revision)
    if bom is None:
        return None
    numbers = list(order.operations.order_by("position").values_list("number", flat=True))
    OrderComponent.objects.bulk_create(
        OrderComponent(
            order=order,
            position=line.position,
            item=line.item,
            operation_number=line.operation_number if line.operation_number in numbers else numbers[0],
            quantity=needed_of(line, order.quantity / bom.base_quantity),
            unit_id=line.item.unit_id,
            backflush=line.backflush,
        )
        for line in bom.lines.select_related("item")
    )
    return bom


def copy_requirements(order: ProductionOrder) -> None:
    """What the customer's line asks for and the order doesn't say yet itself."""
    if order.customer_line_id is None:
        return
    present = set(order.requirements.values_list("code", "operation_number"))
    OrderRequirement.objects.bulk_create(
        OrderRequirement(order=order, **{name: getattr(asked, name) for name in REQUIREMENT_FIELDS})
        for asked in Requirement.objects.filter(line=order.customer_line_id)
        if (asked.code, asked.operation_number) not in present
    )
