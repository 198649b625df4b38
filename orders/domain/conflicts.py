"""What people decide about wishes of the ERP that work already done forbids."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from mes.accounts.models import User
from mes.lib.errors import Refused
from mes.lib.live import announce
from orders.domain.events import record_events
from orders.domain.holds import lift_hold
from orders.domain.resizing import resize_material
from orders.enums import ConflictState, ErpField, EventKind
from orders.models import ErpConflict, Operation, ProductionEvent, ProductionOrder
from orders.queries.work import OVER

QUANTITIES = (ErpField.QUANTITY_MORE, ErpField.QUANTITY_LESS)


def can_take(conflict: ErpConflict) -> bool:
    """Could the ERP's value be taken by now? Only a quantity can, once it isn't below what is reported."""
    try:
        check_take(conflict=conflict)
    except Refused:
        return False
    return True


def check_take(*, conflict: ErpConflict) -> None:
    if conflict.field not in QUANTITIES:
        raise Refused("reported", "What is reported is never changed: keep ours or tell the ERP.")
    made = max((operation.good for operation in conflict.order.operations.all()), default=conflict.order.good)
    if ProductionOrder._meta.get_field("quantity").to_python(conflict.erp_value) < made:
        raise Refused("reported", "What is reported is never changed: keep ours or tell the ERP.")


@transaction.atomic
def decide_conflict(
    *, conflict: ErpConflict, decision: ConflictState, by: User, via: str = ""
) -> ErpConflict:
    """Take the ERP's value, keep ours, or keep ours and propose it to the ERP. The hold that came with the
    conflict is lifted with its last one. Deciding the same again changes nothing.

    Raises Refused ``decided`` when somebody decided otherwise, ``reported`` when the value can't be taken.
    """
    order = ProductionOrder.objects.select_for_update(of=("self",), no_key=True).get(pk=conflict.order_id)
    conflict = ErpConflict.objects.select_for_update(of=("self",)).select_related("hold").get(pk=conflict.pk)
    conflict.order = order
    if conflict.state == decision:
        return conflict
    if conflict.state != ConflictState.OPEN:
        raise Refused("decided", "Somebody has already decided this.")
    if decision == ConflictState.TAKEN:
        check_take(conflict=conflict)
        _take(order, conflict.erp_value)
    conflict.state, conflict.decided_at, conflict.decided_by = decision, timezone.now(), by
    conflict.save(update_fields=["state", "decided_at", "decided_by"])
    record_events([_event(conflict, by=by, via=via)])
    open_ones = ErpConflict.objects.filter(hold=conflict.hold, state=ConflictState.OPEN)
    if conflict.hold is not None and not open_ones.exists():
        lift_hold(hold=conflict.hold, by=by)
    announce("conflicts", f"order:{order.pk}")
    return conflict


def _take(order: ProductionOrder, quantity: str) -> None:
    before = order.quantity
    order.quantity = Decimal(quantity)
    order.save(update_fields=["quantity"])
    own = Operation.objects.filter(order=order, rework_of__isnull=True)
    own.exclude(state__in=OVER).update(quantity=order.quantity)
    resize_material(plant=order.plant, resized=[(order, before)])


def _event(conflict: ErpConflict, *, by: User, via: str) -> ProductionEvent:
    kind = EventKind.PROPOSED if conflict.state == ConflictState.PROPOSED else EventKind.DECIDED
    operation = conflict.operation.number if conflict.operation else ""
    return ProductionEvent(
        plant_id=conflict.order.plant_id,
        kind=kind,
        order=conflict.order,
        occurred_at=timezone.now(),
        by=by,
        via=via,
        comment=conflict.reason,
        details={
            "conflict": conflict.pk,
            "decision": conflict.state,
            "field": conflict.name,
            "operation": operation,
            "mes": conflict.mes_value,
            "erp": conflict.erp_value,
        },
    )
