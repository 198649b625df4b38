"""Applying a batch of order documents in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from django.db import transaction
from django.utils import timezone, translation

from machines.models import Plant
from mes.accounts.models import User
from mes.lib.errors import InvalidInput, Problem
from mes.lib.prepared import Insert
from mes.lib.sentences import gettext as _
from orders.domain.documents import OrderDocument
from orders.domain.erp_rules import Rules, load_rules
from orders.domain.events import record_events
from orders.domain.intake.change import Change, change_order
from orders.domain.intake.check import check_document
from orders.domain.intake.conflicts import raise_conflicts
from orders.domain.intake.create import NewOrder, build_order
from orders.domain.intake.customers import awaited, provide_customer_lines
from orders.domain.intake.late import late_requirements
from orders.domain.intake.material import follow_with_material
from orders.domain.intake.references import References, load_references
from orders.domain.missing import Missing, missing_of
from orders.domain.numbering import ORDERS, take_numbers
from orders.enums import EventKind, Outcome
from orders.models import Operation, OrderComponent, OrderRequirement, ProductionEvent, ProductionOrder
from orders.queries.orders import good_of_last_operation

_INSERT_ORDERS = Insert(ProductionOrder)
_INSERT_OPERATIONS = Insert(Operation)
_INSERT_COMPONENTS = Insert(OrderComponent)


@dataclass(slots=True)
class Result:
    """What became of one document. ``conflicts`` are wishes of the ERP that work already done forbids;
    ``missing`` is what a document refers to and is not here yet: without an item or a work centre it waits
    as a whole, a customer order is linked later to an order that was taken."""

    row: int
    number: str
    outcome: Outcome
    order_id: int | None = None
    changes: dict[str, list[str]] = field(default_factory=dict)
    conflicts: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)


@transaction.atomic(savepoint=False)
def apply_documents(
    documents: Sequence[OrderDocument],
    *,
    plant: Plant,
    by: User | None = None,
    via: str = "",
    message: int | None = None,
    all_or_nothing: bool = False,
) -> list[Result]:
    """Create, change or cancel orders; each document wholly or not at all. Results in the given order.

    ``plant`` is the sender's, for documents that name none; one without a number gets the next. ``message``
    is the number under which the sender's message is kept, for whoever decides a conflict. With
    ``all_or_nothing`` one bad document refuses the batch. Raises InvalidInput then, with every problem of
    every document.
    """
    documents = _numbered(documents)
    references = load_references(documents, plant=plant)
    rules = load_rules() if references.orders else Rules({})
    batch = _Batch(by=by, via=via, message=message)
    results: list[Result] = []
    for document in documents:
        results.append(_take(document, references, rules, batch))
    if all_or_nothing and (problems := [problem for result in results for problem in result.problems]):
        raise InvalidInput(problems)
    batch.write(references)
    for document, result in zip(documents, results, strict=True):
        if result.order_id is None and (made := batch.made.get((result.row, result.number))):
            result.order_id = made.pk
            result.missing = awaited(document, made)
        elif order := batch.kept.get((result.row, result.number)):
            result.missing = awaited(document, order)
            if result.changes and result.outcome == Outcome.UNCHANGED:
                result.outcome = Outcome.CHANGED
    return results


def _numbered(documents: Sequence[OrderDocument]) -> list[OrderDocument]:
    nameless = sum(1 for document in documents if not document.number)
    numbers = iter(take_numbers(ORDERS, nameless))
    return [one if one.number else replace(one, number=next(numbers)) for one in documents]


def _take(document: OrderDocument, references: References, rules: Rules, batch: _Batch) -> Result:
    plant = references.plants.get(document.plant or "")
    existing = references.orders.get((plant.pk, document.number)) if plant else None
    if plant is not None and existing is None and (plant.pk, document.number) in batch.numbers:
        problem = Problem(
            "double", _("This order stands twice in the message."), "number", document.row, document.number
        )
        return Result(document.row, document.number, Outcome.REFUSED, problems=[problem])
    problems = check_document(document, references, existing)
    if problems or plant is None:
        missing = missing_of(problems, plant=plant.pk) if plant else []
        outcome = Outcome.WAITING if missing else Outcome.REFUSED
        return Result(document.row, document.number, outcome, problems=problems, missing=missing)
    if existing is None:
        new = build_order(document, references, plant)
        batch.numbers.add((plant.pk, document.number))
        batch.new.append((document, new))
        batch.made[(document.row, document.number)] = new.order
        return Result(document.row, document.number, Outcome.CREATED)
    if document.version and existing.erp_version and document.version < existing.erp_version:
        return Result(document.row, document.number, Outcome.OBSOLETE, existing.pk)
    existing.plant = plant
    with translation.override(plant.language):
        change = change_order(document, existing, references, rules)
    batch.changes.append(change)
    if not change.cancelled:
        batch.kept[(document.row, document.number)] = existing
        if existing.customer_line_id is None:
            batch.unlinked.append((document, change))
    outcome = Outcome.UNCHANGED
    if change.cancelled:
        outcome = Outcome.CANCELLED
    elif change.changes or change.conflicts:
        outcome = Outcome.CHANGED
    return Result(document.row, document.number, outcome, existing.pk, change.changes, change.conflicts)


class _Batch:
    """Everything to be written, collected first so that it is written set by set."""

    def __init__(self, *, by: User | None, via: str, message: int | None) -> None:
        self.by, self.via, self.message = by, via, message
        self.new: list[tuple[OrderDocument, NewOrder]] = []
        self.changes: list[Change] = []
        self.numbers: set[tuple[int, str]] = set()
        self.made: dict[tuple[int, str], ProductionOrder] = {}
        self.kept: dict[tuple[int, str], ProductionOrder] = {}
        self.unlinked: list[tuple[OrderDocument, Change]] = []
        self.fresh: set[int] = set()

    def write(self, references: References) -> None:
        self._link(references)
        _INSERT_ORDERS([new.order for _, new in self.new])
        _INSERT_OPERATIONS(
            [operation for _, new in self.new for operation in new.operations]
            + [operation for change in self.changes for operation in change.new_operations]
        )
        _INSERT_COMPONENTS([component for _, new in self.new for component in new.components])
        OrderRequirement.objects.bulk_create(
            [requirement for _, new in self.new for requirement in new.requirements]
        )
        self._write_changes()
        record_events([*self._created_events(), *self._changed_events()])

    def _link(self, references: References) -> None:
        """To the lines of customer orders: what is new, and what came before its customer order did."""
        pairs = [(document, new.order) for document, new in self.new]
        pairs += [(document, change.order) for document, change in self.unlinked]
        provide_customer_lines(pairs, references)
        for _document, change in self.unlinked:
            if change.order.customer_line is not None:
                change.order_fields.add("customer_line")
                change.changes["customer_line"] = ["", str(change.order.customer_line)]
                late_requirements(change.order)

    def _write_changes(self) -> None:
        orders = [change.order for change in self.changes if change.order_fields]
        if orders:
            names = sorted({name for change in self.changes for name in change.order_fields})
            ProductionOrder.objects.bulk_update(orders, names, batch_size=500)
        operations = [operation for change in self.changes for operation in change.operations]
        if operations:
            names = sorted({name for change in self.changes for name in change.operation_fields})
            Operation.objects.bulk_update(operations, names, batch_size=500)
        replaced = [change for change in self.changes if change.components is not None]
        if replaced:
            OrderComponent.objects.filter(order__in=[change.order for change in replaced]).delete()
            OrderComponent.objects.bulk_create(
                [component for change in replaced for component in change.components or ()]
            )
        follow_with_material(self.changes)
        if relaid := [change.order.pk for change in self.changes if change.moves_last_operation]:
            ProductionOrder.objects.filter(pk__in=relaid).update(good=good_of_last_operation())
        self.fresh = raise_conflicts(self.changes, via=self.via, message=self.message)

    def _created_events(self) -> list[ProductionEvent]:
        return [
            ProductionEvent(
                plant_id=new.order.plant_id,
                kind=EventKind.CREATED,
                order=new.order,
                occurred_at=new.order.created_at,
                by=self.by,
                via=self.via,
                details={"quantity": str(new.order.quantity), "version": document.version},
            )
            for document, new in self.new
        ]

    def _changed_events(self) -> list[ProductionEvent]:
        now = timezone.now()
        events = []
        for change in self.changes:
            kinds = [
                (EventKind.CANCELLED, change.cancelled),
                (EventKind.CHANGED, change.is_news and not change.cancelled),
                (EventKind.CONFLICT, change.order.pk in self.fresh),
            ]
            events += [
                ProductionEvent(
                    plant_id=change.order.plant_id,
                    kind=kind,
                    order=change.order,
                    occurred_at=now,
                    by=self.by,
                    via=self.via,
                    details={
                        "changes": change.changes,
                        "conflicts": change.conflicts,
                        "told": change.told,
                        "kept": change.logged,
                    },
                )
                for kind, applies in kinds
                if applies
            ]
        return events
