"""Is one order document complete and sensible? All problems are found, not only the first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Protocol

from django.utils import timezone

from mes.lib.errors import Problem
from mes.lib.sentences import gettext as _
from orders.domain.documents import ComponentLine, OperationLine, OrderDocument, RequirementLine
from orders.domain.intake.references import References
from orders.enums import ErpStatus, RequirementKind, Strategy
from orders.models import ProductionOrder


class MakeProblem(Protocol):
    def __call__(self, code: str, message: str, field: str, value: object = ...) -> Problem: ...


LARGEST_QUANTITY = Decimal("999999999.999")
LONGEST_SECONDS = Decimal(366 * 86400)
FARTHEST = timedelta(days=366 * 20)


def check_document(
    document: OrderDocument, references: References, existing: ProductionOrder | None
) -> list[Problem]:
    """Problems with row and field; empty when the document can be applied."""
    return list(_problems(document, references, existing))


def _problems(
    document: OrderDocument, references: References, existing: ProductionOrder | None
) -> Iterator[Problem]:
    def problem(code: str, message: str, field: str, value: object = "") -> Problem:
        return Problem(code, message, field, document.row, str(value)[:120])

    if not document.number.strip():
        yield problem("missing", _("The order number is missing."), "number")
    elif len(document.number) > 40:
        yield problem(
            "too_long", _("The order number has more than 40 characters."), "number", document.number
        )
    if document.plant and document.plant not in references.plants:
        yield problem("unknown_plant", _("There is no plant with this code."), "plant", document.plant)
    if document.cancel:
        if existing is None:
            yield problem("unknown_order", _("There is no such order to cancel."), "number", document.number)
        return
    for name in ("item", "quantity") if existing is None else ():
        if getattr(document, name) is None:
            yield problem("missing", _("A new order needs “%s”.") % name, name)
    if document.item is not None and document.item not in references.items:
        yield problem("unknown_item", _("There is no item with this code."), "item", document.item)
    if document.quantity is not None:
        yield from _quantity(problem, "quantity", document.quantity)
    yield from _order_unit(problem, document, references)
    if document.strategy is not None and document.strategy not in Strategy.values:
        yield problem(
            "unknown_strategy", _("The strategy is MTS, MTO, ATO or ETO."), "strategy", document.strategy
        )
    if document.status is not None and document.status not in ErpStatus.values:
        yield problem("unknown_status", _("This status is not known."), "status", document.status)
    for name in ("start", "due", "promised"):
        moment = getattr(document, name)
        if moment is not None and abs(moment - timezone.now()) > FARTHEST:
            yield problem("absurd_date", _("This date is more than 20 years away."), name, moment.isoformat())
    plant = references.plants.get(document.plant or "")
    yield from _operations(problem, document.operations or (), references, plant.pk if plant else 0)
    yield from _components(problem, document.components or (), references)
    yield from check_requirements(problem, document.requirements or ())


def _order_unit(problem: MakeProblem, document: OrderDocument, references: References) -> Iterator[Problem]:
    if document.unit is None:
        return
    unit = references.units.get(document.unit)
    if unit is None:
        yield problem("unknown_unit", _("There is no such unit."), "unit", document.unit)
        return
    item = references.items.get(document.item or "")
    if item is not None and item.unit_id != unit.pk:
        yield problem(
            "wrong_unit", _("Item %s is not counted in this unit.") % item.code, "unit", document.unit
        )


def _quantity(problem: MakeProblem, name: str, amount: Decimal) -> Iterator[Problem]:
    if not amount.is_finite():
        yield problem("not_a_number", _("This is not a number."), name, amount)
    elif amount <= 0:
        yield problem("not_positive", _("The quantity must be positive."), name, amount)
    elif amount > LARGEST_QUANTITY:
        yield problem("absurd", _("This quantity is too large."), name, amount)


def _operations(
    problem: MakeProblem, lines: tuple[OperationLine, ...], references: References, plant: int
) -> Iterator[Problem]:
    seen: set[tuple[str, str]] = set()
    for index, line in enumerate(lines):
        where = f"operations[{index}]"
        if not line.number or len(line.number) > 10:
            yield problem(
                "missing", _("An operation needs a number of at most 10 characters."), f"{where}.number"
            )
        if (line.sequence, line.number) in seen:
            yield problem("double", _("This operation number stands twice."), f"{where}.number", line.number)
        seen.add((line.sequence, line.number))
        if line.cancelled:
            continue
        if (plant, line.work_centre) not in references.groups:
            yield problem(
                "unknown_work_centre",
                _("There is no machine group with this code."),
                f"{where}.work_centre",
                line.work_centre,
            )
        if line.tool and line.tool not in references.tools:
            yield problem("unknown_tool", _("There is no tool with this code."), f"{where}.tool", line.tool)
        if line.send_ahead is not None and not (line.send_ahead.is_finite() and line.send_ahead > 0):
            yield problem(
                "not_positive",
                _("The pieces after which the next operation may begin must be positive."),
                f"{where}.send_ahead",
                line.send_ahead,
            )
        for name in ("setup_seconds", "run_seconds", "longest_wait_seconds"):
            seconds = getattr(line, name)
            if seconds is not None and not (seconds.is_finite() and 0 <= seconds <= LONGEST_SECONDS):
                yield problem(
                    "absurd", _("This time is negative or longer than a year."), f"{where}.{name}", seconds
                )
        if not (line.base_quantity.is_finite() and 0 < line.base_quantity <= LARGEST_QUANTITY):
            yield problem(
                "not_positive",
                _("The base quantity must be positive."),
                f"{where}.base_quantity",
                line.base_quantity,
            )


def _components(
    problem: MakeProblem, lines: tuple[ComponentLine, ...], references: References
) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, line in enumerate(lines):
        where = f"components[{index}]"
        if not line.position or len(line.position) > 10:
            yield problem(
                "missing", _("A component needs a position of at most 10 characters."), f"{where}.position"
            )
        if line.position in seen:
            yield problem("double", _("This position stands twice."), f"{where}.position", line.position)
        seen.add(line.position)
        if line.item not in references.items:
            yield problem("unknown_item", _("There is no item with this code."), f"{where}.item", line.item)
        if line.unit not in references.units:
            yield problem("unknown_unit", _("There is no such unit."), f"{where}.unit", line.unit)
        yield from _quantity(problem, f"{where}.quantity", line.quantity)


def check_requirements(problem: MakeProblem, lines: tuple[RequirementLine, ...]) -> Iterator[Problem]:
    seen: set[tuple[str, str]] = set()
    for index, line in enumerate(lines):
        where = f"requirements[{index}]"
        if (line.code, line.operation) in seen:
            yield problem("double", _("This requirement stands twice."), f"{where}.code", line.code)
        seen.add((line.code, line.operation))
        if line.kind not in RequirementKind.values:
            yield problem(
                "unknown_kind",
                _("A requirement is a text, choice, limit or document."),
                f"{where}.kind",
                line.kind,
            )
        if line.kind == RequirementKind.LIMIT and line.lower is None and line.upper is None:
            yield problem("missing", _("A limit needs a lower or an upper value."), f"{where}.lower")
        if line.lower is not None and line.upper is not None and line.upper < line.lower:
            yield problem(
                "backward", _("The upper limit is below the lower one."), f"{where}.upper", line.upper
            )
        if line.kind == RequirementKind.DOCUMENT and not line.url:
            yield problem("missing", _("A document needs a link."), f"{where}.url")
