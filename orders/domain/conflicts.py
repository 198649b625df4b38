"""What people decide about wishes of the ERP that work already done forbids."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from machines.models import MachineGroup
from mes.accounts.models import User
from mes.lib.errors import Refused
from mes.lib.live import announce
from orders.domain.erp_rules import state_of
from orders.domain.events import record_events
from orders.domain.holds import lift_hold
from orders.domain.resizing import resize_material
from orders.enums import ConflictState, ErpField, EventKind, WorkState
from orders.models import ErpConflict, Operation, ProductionEvent, ProductionOrder
from orders.models.conflict import LONGEST_VALUE
from orders.models.erp_rule import NEVER_TAKEN_FINISHED, NEVER_TAKEN_IN_WORK
from orders.queries.erp_words import column_of
from orders.queries.work import OVER, reported_of

QUANTITIES = (ErpField.QUANTITY_MORE, ErpField.QUANTITY_LESS)
TAKEN_BY_PEOPLE = (*QUANTITIES, ErpField.DATES, ErpField.WORK_CENTRE, ErpField.WORK_PLAN)
"""Of these a conflict keeps the whole value."""
NEVER_TAKEN = {WorkState.IN_WORK: NEVER_TAKEN_IN_WORK, WorkState.FINISHED: NEVER_TAKEN_FINISHED}
DECISIONS = (ConflictState.TAKEN, ConflictState.KEPT, ConflictState.PROPOSED)


def can_take(conflict: ErpConflict) -> bool:
    """Could the ERP's value be taken by now?"""
    try:
        check_take(conflict=conflict)
    except Refused:
        return False
    return True


def check_take(*, conflict: ErpConflict) -> None:
    """People take what a rule could take (docs/reference/erp-changes.md), as far as the work has come now.

    Raises Refused ``reported`` for what is reported, ``not_kept`` for what no single value says.
    """
    if _is_reported(conflict):
        raise Refused("reported", "What is reported is never changed: keep ours or tell the ERP.")
    column = column_of(conflict.name)
    whole = len(conflict.erp_value) < LONGEST_VALUE and not isinstance(column, models.JSONField)
    if conflict.field not in TAKEN_BY_PEOPLE or column is None or not whole:
        raise Refused("not_kept", "This can't be taken from here: keep ours or tell the ERP.")


def _is_reported(conflict: ErpConflict) -> bool:
    """Would taking the ERP's value change what the work has come to?"""
    operations = list(conflict.order.operations.all())
    if conflict.field in QUANTITIES:
        return bool(_value(conflict) < reported_of(conflict.order, operations))
    state = state_of([one for one in operations if conflict.operation_id in (None, one.pk)])
    return conflict.field in NEVER_TAKEN.get(state, ())


@transaction.atomic
def decide_conflict(
    *, conflict: ErpConflict, decision: ConflictState, by: User, via: str = ""
) -> ErpConflict:
    """Take the ERP's value, keep ours, or keep ours and propose it to the ERP. The hold that came with the
    conflict is lifted with its last one. Deciding the same again changes nothing.

    Raises Refused ``decided`` when somebody decided otherwise, ``reported`` or ``not_kept`` when the value
    can't be taken.
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
        _take(conflict)
    end_conflict(conflict, decision, by=by, via=via)
    announce("conflicts", f"order:{order.pk}")
    return conflict


def end_conflict(conflict: ErpConflict, state: ConflictState, *, by: User | None, via: str) -> None:
    """Note what became of a conflict (its order is locked), and lift its hold where it was the last one."""
    conflict.state, conflict.decided_at, conflict.decided_by = state, timezone.now(), by
    conflict.save(update_fields=["state", "decided_at", "decided_by"])
    record_events([_event(conflict, by=by, via=via)])
    open_ones = ErpConflict.objects.filter(hold=conflict.hold, state=ConflictState.OPEN)
    if conflict.hold is not None and not open_ones.exists():
        lift_hold(hold=conflict.hold, by=by)


def _value(conflict: ErpConflict) -> Any:
    """What the ERP said, as the field's own type."""
    column = column_of(conflict.name)
    if isinstance(column, models.ForeignKey):
        return MachineGroup.objects.get(plant=conflict.order.plant_id, code=conflict.erp_value)
    return column.to_python(conflict.erp_value)


def _take(conflict: ErpConflict) -> None:
    order, name, value = conflict.order, conflict.name.rpartition(".")[2], _value(conflict)
    if conflict.field in QUANTITIES:
        _take_quantity(order, value)
    elif conflict.operation is not None:
        Operation.objects.filter(pk=conflict.operation.pk).update(**{name: value})
    else:
        setattr(order, name, value)
        order.save(update_fields=[name])


def _take_quantity(order: ProductionOrder, quantity: Decimal) -> None:
    before = order.quantity
    order.quantity = quantity
    order.save(update_fields=["quantity"])
    own = Operation.objects.filter(order=order, rework_of__isnull=True)
    own.exclude(state__in=OVER).update(quantity=order.quantity)
    resize_material(plant=order.plant, resized=[(order, before)])


def _event(conflict: ErpConflict, *, by: User | None, via: str) -> ProductionEvent:
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
