"""A later version of an order: what it changes, and what work already done forbids.

The rule for each kind of change (see docs/reference/erp-changes.md): open work follows the ERP, started work
follows what is still possible, done work never changes. What can't be taken becomes a conflict and a hold.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from orders.domain.documents import OperationLine, OrderDocument
from orders.domain.intake.create import build_component, build_operation
from orders.domain.intake.references import References
from orders.domain.transitions import next_operation_state, next_order_state
from orders.enums import ErpStatus, OperationState, OrderState
from orders.models import Operation, OrderComponent, ProductionOrder

UNTOUCHED = (OperationState.PLANNED, OperationState.RELEASED)
DONE = (OperationState.FINISHED, OperationState.CANCELLED)
_ORDER_FIELDS = {
    "revision": "revision",
    "order_type": "order_type",
    "priority": "priority",
    "due": "requested_at",
    "start": "planned_start_at",
    "under_tolerance_percent": "under_tolerance_percent",
    "over_tolerance_percent": "over_tolerance_percent",
    "status": "erp_status",
}
_OPERATION_FIELDS = {
    "text": "text",
    "setup_seconds": "setup_seconds",
    "run_seconds": "run_seconds",
    "base_quantity": "base_quantity",
    "program": "program",
    "program_revision": "program_revision",
    "parameters": "parameters",
    "inspection": "inspection",
    "outside": "outside",
    "earliest_start": "earliest_start_at",
    "latest_end": "latest_end_at",
}


@dataclass(slots=True)
class Change:
    """The difference one document makes; ``changes`` maps a name to [old, new] for people."""

    order: ProductionOrder
    order_fields: set[str] = field(default_factory=set)
    operations: list[Operation] = field(default_factory=list)
    operation_fields: set[str] = field(default_factory=set)
    new_operations: list[Operation] = field(default_factory=list)
    components: list[OrderComponent] | None = None
    changes: dict[str, list[str]] = field(default_factory=dict)
    conflicts: list[str] = field(default_factory=list)
    cancelled: bool = False

    @property
    def moves_last_operation(self) -> bool:
        """Could another operation be the last one now, whose good pieces are the order's?"""
        return bool(self.new_operations) or any(
            operation.state == OperationState.CANCELLED for operation in self.operations
        )

    def set_order(self, name: str, value: Any) -> None:
        old = getattr(self.order, name)
        if old != value:
            self.changes[name] = [str(old), str(value)]
            setattr(self.order, name, value)
            self.order_fields.add(name)

    def set_operation(self, operation: Operation, name: str, value: Any) -> None:
        old = getattr(operation, name)
        if old != value:
            self.changes[f"{operation.number}.{name}"] = [str(old), str(value)]
            setattr(operation, name, value)
            self.operation_fields.add(name)
            if operation not in self.operations:
                self.operations.append(operation)


def change_order(document: OrderDocument, order: ProductionOrder, references: References) -> Change:
    """Work out and set on the (locked, unsaved) objects what the document changes."""
    change = Change(order)
    operations = references.operations.get(order.pk, [])
    if document.version and document.version != order.erp_version:
        order.erp_version = document.version
        change.order_fields.add("erp_version")
    if document.cancel:
        _cancel(change, operations)
        return change
    for source, name in _ORDER_FIELDS.items():
        value = getattr(document, source)
        if value is not None:
            change.set_order(name, value)
    if document.status in (ErpStatus.CLOSED, ErpStatus.TECHNICALLY_COMPLETE):
        _close(change, operations)
    if order.state in (OrderState.CLOSED, OrderState.CANCELLED):
        return change
    _change_item(change, document, references, operations)
    _change_quantity(change, document, operations)
    if document.operations is not None:
        _change_operations(change, document.operations, references, operations)
    if document.components is not None:
        _change_components(change, document, references)
    return change


def _cancel(change: Change, operations: list[Operation]) -> None:
    """Cancel what nobody began. A begun operation ends by a person; then the order closes."""
    change.set_order("erp_status", ErpStatus.CLOSED)
    for operation in operations:
        if operation.state in UNTOUCHED:
            change.set_operation(operation, "state", next_operation_state(operation.state, "cancel"))
        elif operation.state not in DONE:
            change.conflicts.append(f"Cancelled by the ERP while operation {operation.number} is in work.")
    if all(
        operation.state == OperationState.CANCELLED for operation in operations
    ) and change.order.state in (
        OrderState.PLANNED,
        OrderState.RELEASED,
    ):
        change.set_order("state", next_order_state(change.order.state, "cancel"))
        change.cancelled = True
    elif all(operation.state in DONE for operation in operations):
        change.set_order("state", next_order_state(change.order.state, "close"))


def _close(change: Change, operations: list[Operation]) -> None:
    """Technically complete or closed: nothing new starts, what runs may still be reported."""
    for operation in operations:
        if operation.state in UNTOUCHED:
            change.set_operation(operation, "state", next_operation_state(operation.state, "cancel"))
        elif operation.state not in DONE:
            change.conflicts.append(f"Closed by the ERP while operation {operation.number} is in work.")
    if operations and all(operation.state in DONE for operation in operations):
        if change.order.state in (OrderState.RUNNING, OrderState.FINISHED):
            change.set_order("state", next_order_state(change.order.state, "close"))
        elif change.order.state in (OrderState.PLANNED, OrderState.RELEASED):
            change.set_order("state", next_order_state(change.order.state, "cancel"))
            change.cancelled = True


def _change_item(
    change: Change, document: OrderDocument, references: References, operations: list[Operation]
) -> None:
    if document.item is None or change.order.item.code == document.item:
        return
    if any(operation.state not in UNTOUCHED for operation in operations):
        change.conflicts.append(f"Another item ({document.item}) although work has begun.")
        return
    item = references.items[document.item]
    change.changes["item"] = [change.order.item.code, item.code]
    change.order.item, change.order.unit = item, item.unit
    change.order_fields |= {"item", "unit"}


def _change_quantity(change: Change, document: OrderDocument, operations: list[Operation]) -> None:
    wanted = document.quantity
    if wanted is None or wanted == change.order.quantity:
        return
    reported = max((operation.good for operation in operations), default=change.order.good)
    if wanted < reported:
        change.conflicts.append(f"Quantity {wanted:f} is less than the {reported:f} already reported.")
        return
    change.set_order("quantity", wanted)
    for operation in operations:
        if operation.state not in DONE:
            change.set_operation(operation, "quantity", wanted)


def _change_operations(
    change: Change, lines: tuple[OperationLine, ...], references: References, operations: list[Operation]
) -> None:
    present = {(operation.sequence, operation.number): operation for operation in operations}
    for position, line in enumerate(lines, start=1):
        operation = present.pop((line.sequence, line.number), None)
        if line.cancelled:
            if operation is not None:
                _remove_operation(change, operation)
        elif operation is None:
            _add_operation(change, line, references, position)
        else:
            _change_operation(change, operation, line, references)
    for operation in present.values():
        _remove_operation(change, operation)


def _add_operation(change: Change, line: OperationLine, references: References, position: int) -> None:
    if change.order.state == OrderState.FINISHED:
        change.conflicts.append(f"A new operation {line.number} although the order is finished.")
        return
    added = build_operation(line, change.order, references, position)
    if change.order.state != OrderState.PLANNED:
        added.state = OperationState.RELEASED
    change.new_operations.append(added)
    change.changes[f"{line.number}"] = ["", "added"]


def _change_operation(
    change: Change, operation: Operation, line: OperationLine, references: References
) -> None:
    if line.confirmation_number:
        change.set_operation(operation, "confirmation_number", line.confirmation_number)
    if operation.state in DONE:
        return
    group = references.groups[(change.order.plant_id, line.work_centre)]
    if group.pk != operation.machine_group_id:
        if operation.state in UNTOUCHED:
            change.set_operation(operation, "machine_group", group)
        else:
            change.conflicts.append(
                f"Operation {operation.number} moved to {group.code} although it is in work."
            )
    if operation.state not in UNTOUCHED:
        return
    for source, name in _OPERATION_FIELDS.items():
        value = getattr(line, source)
        if value is not None:
            change.set_operation(operation, name, dict(value) if name == "parameters" else value)


def _remove_operation(change: Change, operation: Operation) -> None:
    if operation.state in UNTOUCHED:
        change.set_operation(operation, "state", next_operation_state(operation.state, "cancel"))
    elif operation.state not in DONE:
        change.conflicts.append(f"Operation {operation.number} was removed although it is in work.")


def _change_components(change: Change, document: OrderDocument, references: References) -> None:
    """Components of an order that nobody released are replaced; a released bill of material is frozen."""
    if change.order.state != OrderState.PLANNED:
        return
    change.components = [
        build_component(line, change.order, references) for line in document.components or ()
    ]
