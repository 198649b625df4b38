"""A later version of an order: what it changes, and what work already done forbids.

The answer to each kind of change is a rule (``orders.domain.erp_rules``, docs/reference/erp-changes.md): open
work follows the ERP, started work follows what is still possible, done work never changes. What isn't taken
is logged, or becomes a conflict and a hold.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from mes.lib.sentences import Amount
from mes.lib.sentences import gettext as _
from orders.domain.documents import OperationLine, OrderDocument
from orders.domain.erp_rules import Rules, state_of
from orders.domain.intake.create import build_component, build_operation
from orders.domain.intake.references import References
from orders.domain.transitions import next_operation_state, next_order_state
from orders.enums import ErpAnswer, ErpField, ErpStatus, OperationState, OrderState, WorkState
from orders.models import Operation, OrderComponent, ProductionOrder
from orders.models.conflict import LONGEST_VALUE
from orders.models.erp_rule import TAKING
from orders.queries.erp_words import title_of
from orders.queries.work import OVER, reported_of

UNTOUCHED = (OperationState.PLANNED, OperationState.RELEASED)
ORDER_FIELDS = {
    "revision": "revision",
    "order_type": "order_type",
    "priority": "priority",
    "due": "requested_at",
    "promised": "promised_at",
    "start": "planned_start_at",
    "under_tolerance_percent": "under_tolerance_percent",
    "over_tolerance_percent": "over_tolerance_percent",
    "status": "erp_status",
}
OPERATION_FIELDS = {
    "text": "text",
    "setup_seconds": "setup_seconds",
    "run_seconds": "run_seconds",
    "base_quantity": "base_quantity",
    "send_ahead": "send_ahead",
    "longest_wait_seconds": "longest_wait_seconds",
    "program": "program",
    "program_revision": "program_revision",
    "parameters": "parameters",
    "inspection": "inspection",
    "outside": "outside",
    "earliest_start": "earliest_start_at",
    "latest_end": "latest_end_at",
}


@dataclass(frozen=True, slots=True)
class Raised:
    """A wish that isn't granted; ``operation`` is None when it is about the order."""

    field: ErpField
    name: str
    reason: str
    operation: Operation | None = None
    mes_value: str = ""
    erp_value: str = ""


@dataclass(slots=True)
class Change:
    """The difference one document makes; ``changes`` maps a name to [old, new] for people.

    ``told`` names those that the operator is told of, ``held`` those that wait for an acknowledgement,
    ``logged`` what was not taken.
    """

    order: ProductionOrder
    rules: Rules
    document: OrderDocument
    order_fields: set[str] = field(default_factory=set)
    operations: list[Operation] = field(default_factory=list)
    operation_fields: set[str] = field(default_factory=set)
    new_operations: list[Operation] = field(default_factory=list)
    components: list[OrderComponent] | None = None
    old_quantity: Decimal | None = None
    changes: dict[str, list[str]] = field(default_factory=dict)
    raised: list[Raised] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    logged: dict[str, list[str]] = field(default_factory=dict)
    cancelled: bool = False

    @property
    def is_news(self) -> bool:
        """Something changed, or a new version wished for what is only logged."""
        return bool(self.changes) or (bool(self.logged) and "erp_version" in self.order_fields)

    @property
    def conflicts(self) -> list[str]:
        return [one.reason for one in self.raised]

    @property
    def moves_last_operation(self) -> bool:
        """Could another operation be the last one now, whose good pieces are the order's?"""
        return bool(self.new_operations) or any(
            operation.state == OperationState.CANCELLED for operation in self.operations
        )

    def takes(
        self,
        kind: ErpField,
        state: WorkState,
        name: str,
        values: tuple[object, object],
        *,
        otherwise: str,
        operation: Operation | None = None,
    ) -> bool:
        """Is the change of ``name`` from the first of ``values`` to the second taken? If not, it is logged or
        raised with the sentence ``otherwise``."""
        answer = self.rules.answer(self.order, kind, state)
        old, new = (_text(value) for value in values)
        if answer == ErpAnswer.CONFLICT:
            self.raised.append(
                Raised(kind, name, otherwise, operation, old[:LONGEST_VALUE], new[:LONGEST_VALUE])
            )
        elif answer == ErpAnswer.LOG:
            self.logged[name] = [old, new]
        elif answer == ErpAnswer.TELL:
            self.told.append(name)
        elif answer == ErpAnswer.HOLD:
            self.told.append(name)
            self.held.append(name)
        return answer in TAKING

    def set_order(self, name: str, value: Any) -> None:
        old = getattr(self.order, name)
        if old != value:
            self.changes[name] = [_text(old), _text(value)]
            setattr(self.order, name, value)
            self.order_fields.add(name)

    def set_operation(self, operation: Operation, name: str, value: Any) -> None:
        old = getattr(operation, name)
        if old != value:
            self.changes[f"{operation.number}.{name}"] = [_text(old), _text(value)]
            setattr(operation, name, value)
            self.operation_fields.add(name)
            if operation not in self.operations:
                self.operations.append(operation)


def _text(value: object) -> str:
    return "" if value is None else str(value)


def change_order(
    document: OrderDocument, order: ProductionOrder, references: References, rules: Rules
) -> Change:
    """Work out and set on the (locked, unsaved) objects what the document changes. Its sentences are in the
    language that is active: that of the order's plant, whose people read them."""
    change = Change(order, rules, document)
    operations = references.operations.get(order.pk, [])
    if document.version and document.version != order.erp_version:
        order.erp_version = document.version
        change.order_fields.add("erp_version")
    if document.cancel:
        _cancel(change, operations)
        return change
    state = state_of(operations)
    for source, name in ORDER_FIELDS.items():
        value = getattr(document, source)
        old = getattr(order, name)
        if value is None or value == old:
            continue
        sentence = _("Another %(field)s although the rules keep ours.") % {"field": title_of(name)}
        if name == "erp_status" or change.takes(
            ErpField.DATES, state, name, (old, value), otherwise=sentence
        ):
            change.set_order(name, value)
    if document.status in (ErpStatus.CLOSED, ErpStatus.TECHNICALLY_COMPLETE):
        _close(change, operations)
    if order.state in (OrderState.CLOSED, OrderState.CANCELLED):
        return change
    _change_item(change, document, references, state)
    _change_quantity(change, document, operations, state)
    if document.operations is not None:
        _change_operations(change, document.operations, references, operations)
    if document.components is not None:
        _change_components(change, document, references)
    return change


def _end(change: Change, operations: list[Operation], kind: ErpField) -> None:
    """Cancel what nobody began. A begun operation ends by a person; then the order closes."""
    in_work, kept = (
        (
            _("Cancelled by the ERP while operation %(number)s is in work."),
            _("Cancelled by the ERP; the rules keep operation %(number)s."),
        )
        if kind == ErpField.CANCELLATION
        else (
            _("Closed by the ERP while operation %(number)s is in work."),
            _("Closed by the ERP; the rules keep operation %(number)s."),
        )
    )
    for operation in operations:
        if operation.state in OVER:
            continue
        old, new = operation.state, OperationState.CANCELLED
        sentence = kept if operation.state in UNTOUCHED else in_work
        if change.takes(
            kind,
            state_of([operation]),
            f"{operation.number}.state",
            (old, new),
            otherwise=sentence % {"number": operation.number},
            operation=operation,
        ):
            change.set_operation(operation, "state", next_operation_state(operation.state, "cancel"))


def _cancel(change: Change, operations: list[Operation]) -> None:
    change.set_order("erp_status", ErpStatus.CLOSED)
    _end(change, operations, ErpField.CANCELLATION)
    if all(
        operation.state == OperationState.CANCELLED for operation in operations
    ) and change.order.state in (
        OrderState.PLANNED,
        OrderState.RELEASED,
    ):
        change.set_order("state", next_order_state(change.order.state, "cancel"))
        change.cancelled = True
    elif all(operation.state in OVER for operation in operations):
        change.set_order("state", next_order_state(change.order.state, "close"))


def _close(change: Change, operations: list[Operation]) -> None:
    """Technically complete or closed: nothing new starts, what runs may still be reported."""
    _end(change, operations, ErpField.CLOSING)
    if operations and all(operation.state in OVER for operation in operations):
        if change.order.state in (OrderState.RUNNING, OrderState.FINISHED):
            change.set_order("state", next_order_state(change.order.state, "close"))
        elif change.order.state in (OrderState.PLANNED, OrderState.RELEASED):
            change.set_order("state", next_order_state(change.order.state, "cancel"))
            change.cancelled = True


def _change_item(change: Change, document: OrderDocument, references: References, state: WorkState) -> None:
    old = change.order.item.code
    if document.item is None or old == document.item:
        return
    sentence = _("Another item (%(item)s) although work has begun.") % {"item": document.item}
    if not change.takes(ErpField.ITEM, state, "item", (old, document.item), otherwise=sentence):
        return
    item = references.items[document.item]
    change.changes["item"] = [change.order.item.code, item.code]
    change.order.item, change.order.unit = item, item.unit
    change.order_fields |= {"item", "unit"}


def _change_quantity(
    change: Change, document: OrderDocument, operations: list[Operation], state: WorkState
) -> None:
    wanted, old = document.quantity, change.order.quantity
    if wanted is None or wanted == old:
        return
    reported = reported_of(change.order, operations)
    if wanted < reported:
        sentence = _("Quantity %(wanted)s is less than the %(reported)s already reported.") % {
            "wanted": Amount(wanted),
            "reported": Amount(reported),
        }
        change.raised.append(
            Raised(ErpField.QUANTITY_LESS, "quantity", sentence, None, f"{old:f}", f"{wanted:f}")
        )
        return
    kind = ErpField.QUANTITY_MORE if wanted > old else ErpField.QUANTITY_LESS
    sentence = _("Quantity %(wanted)s instead of %(old)s: the rules keep ours.") % {
        "wanted": Amount(wanted),
        "old": Amount(old),
    }
    if not change.takes(kind, state, "quantity", (f"{old:f}", f"{wanted:f}"), otherwise=sentence):
        return
    change.old_quantity = old
    change.set_order("quantity", wanted)
    for operation in operations:
        if operation.state not in OVER and operation.rework_of_id is None:
            change.set_operation(operation, "quantity", wanted)


def _change_operations(
    change: Change, lines: tuple[OperationLine, ...], references: References, operations: list[Operation]
) -> None:
    present = {
        (operation.sequence, operation.number): operation
        for operation in operations
        if operation.rework_of_id is None
    }
    order_state = state_of(operations)
    for position, line in enumerate(lines, start=1):
        operation = present.pop((line.sequence, line.number), None)
        if line.cancelled:
            if operation is not None:
                _remove_operation(change, operation)
        elif operation is None:
            _add_operation(change, line, references, position, order_state)
        else:
            _change_operation(change, operation, line, references)
    for operation in present.values():
        _remove_operation(change, operation)


def _add_operation(
    change: Change, line: OperationLine, references: References, position: int, state: WorkState
) -> None:
    if change.order.state == OrderState.FINISHED:
        state = WorkState.FINISHED
    elif state == WorkState.FINISHED:
        state = WorkState.IN_WORK
    sentence = _("A new operation %(number)s although the order is %(state)s.") % {
        "number": line.number,
        "state": state.label,
    }
    if not change.takes(ErpField.NEW_OPERATION, state, line.number, ("", "added"), otherwise=sentence):
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
    state = state_of([operation])
    group = references.groups[(change.order.plant_id, line.work_centre)]
    if group.pk != operation.machine_group_id and change.takes(
        ErpField.WORK_CENTRE,
        state,
        f"{operation.number}.machine_group",
        (operation.machine_group.code, group.code),
        otherwise=_("Operation %(number)s moved to %(group)s although it is in work.")
        % {"number": operation.number, "group": group.code},
        operation=operation,
    ):
        change.set_operation(operation, "machine_group", group)
    for source, name in OPERATION_FIELDS.items():
        value, old = getattr(line, source), getattr(operation, name)
        if value is None or (dict(value) if name == "parameters" else value) == old:
            continue
        if change.takes(
            ErpField.WORK_PLAN,
            state,
            f"{operation.number}.{name}",
            (old, value),
            otherwise=_("Another %(field)s although the rules keep ours.")
            % {"field": title_of(f"{operation.number}.{name}")},
            operation=operation,
        ):
            change.set_operation(operation, name, dict(value) if name == "parameters" else value)


def _remove_operation(change: Change, operation: Operation) -> None:
    if operation.state in OVER:
        return
    if change.takes(
        ErpField.REMOVED_OPERATION,
        state_of([operation]),
        f"{operation.number}.state",
        (operation.state, OperationState.CANCELLED),
        otherwise=_("Operation %(number)s was removed although it is in work.")
        % {"number": operation.number},
        operation=operation,
    ):
        change.set_operation(operation, "state", next_operation_state(operation.state, "cancel"))


def _change_components(change: Change, document: OrderDocument, references: References) -> None:
    """Components of an order that nobody released are replaced; a released bill of material is frozen."""
    if change.order.state != OrderState.PLANNED:
        return
    sentence = _("Other components although the rules keep ours.")
    if not change.takes(ErpField.COMPONENTS, WorkState.UNTOUCHED, "components", ("", ""), otherwise=sentence):
        return
    change.components = [
        build_component(line, change.order, references) for line in document.components or ()
    ]
