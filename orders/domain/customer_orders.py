"""Customer orders with their lines and typed requirements, as the ERP states them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from mes.lib.errors import InvalidInput, Problem
from mes.lib.sentences import gettext as _
from orders.domain.documents import RequirementLine
from orders.domain.intake.check import LARGEST_QUANTITY, check_requirements
from orders.enums import Strategy
from orders.models import Customer, CustomerOrder, CustomerOrderLine, Item, Requirement


@dataclass(frozen=True, slots=True)
class CustomerLine:
    """One line. ``unit_price``: euros for one, net; None leaves it as it is."""

    position: str
    item: str
    quantity: Decimal
    strategy: str = ""
    requested: datetime | None = None
    unit_price: Decimal | None = None
    requirements: tuple[RequirementLine, ...] = ()


@dataclass(frozen=True, slots=True)
class CustomerDocument:
    number: str
    customer: str
    row: int = 1
    customer_name: str = ""
    customer_reference: str = ""
    lines: tuple[CustomerLine, ...] = field(default=())


@transaction.atomic(savepoint=False)
def apply_customer_orders(documents: Sequence[CustomerDocument]) -> list[str]:
    """Create customer orders or bring known ones up to date, all or none; "created" or "changed" for each.

    A line is replaced whole, with its requirements; lines that are not mentioned stay. Released orders keep
    the requirements of their release. Raises InvalidInput with every problem of every document.
    """
    codes = {line.item for document in documents for line in document.lines}
    items = {item.code: item for item in Item.objects.filter(code__in=codes)}
    if problems := [problem for document in documents for problem in _problems(document, items)]:
        raise InvalidInput(problems)
    return [_apply(document, items) for document in documents]


def _apply(document: CustomerDocument, items: dict[str, Item]) -> str:
    customer, _made = Customer.objects.get_or_create(
        code=document.customer, defaults={"name": document.customer_name or document.customer}
    )
    order, created = CustomerOrder.objects.select_for_update(of=("self",), no_key=True).update_or_create(
        number=document.number,
        defaults={"customer": customer, "customer_reference": document.customer_reference},
    )
    requirements: list[Requirement] = []
    lines = []
    for line in document.lines:
        item = items[line.item]
        stored, _made = CustomerOrderLine.objects.update_or_create(
            order=order,
            position=line.position,
            defaults={
                "item": item,
                "quantity": line.quantity,
                "unit_id": item.unit_id,
                "strategy": line.strategy or item.strategy,
                "requested_at": line.requested,
            }
            | ({} if line.unit_price is None else {"unit_price": line.unit_price}),
        )
        lines.append(stored)
        requirements += [_requirement(part, stored) for part in line.requirements]
    Requirement.objects.filter(line__in=lines).delete()
    Requirement.objects.bulk_create(requirements)
    return "created" if created else "changed"


def _requirement(part: RequirementLine, line: CustomerOrderLine) -> Requirement:
    return Requirement(
        line=line,
        code=part.code,
        kind=part.kind,
        text=part.text,
        value=part.value,
        choices=list(part.choices),
        lower=part.lower,
        upper=part.upper,
        unit=part.unit,
        url=part.url,
        operation_number=part.operation,
    )


def _problems(document: CustomerDocument, items: dict[str, Item]) -> list[Problem]:
    found: list[Problem] = []

    def problem(code: str, message: str, field: str, value: object = "") -> Problem:
        return Problem(code, message, field, document.row, str(value)[:120])

    seen: set[str] = set()
    for index, line in enumerate(document.lines):
        where = f"lines[{index}]"
        if line.position in seen:
            found.append(
                problem("double", _("This position stands twice."), f"{where}.position", line.position)
            )
        seen.add(line.position)
        if line.item not in items:
            found.append(
                problem("unknown_item", _("There is no item with this code."), f"{where}.item", line.item)
            )
        if not 0 < line.quantity <= LARGEST_QUANTITY:
            found.append(
                problem(
                    "not_positive", _("The quantity must be positive."), f"{where}.quantity", line.quantity
                )
            )
        if line.unit_price is not None and line.unit_price < 0:
            found.append(
                problem("negative", _("A price can't be negative."), f"{where}.unit_price", line.unit_price)
            )
        if line.strategy and line.strategy not in Strategy.values:
            found.append(
                problem("unknown_strategy", _("The strategy is MTS, MTO, ATO or ETO."), f"{where}.strategy")
            )
        codes = [part.code for part in line.requirements]
        if len(codes) != len(set(codes)):
            found.append(problem("double", _("A requirement stands twice."), f"{where}.requirements"))
        found += [
            Problem(one.code, one.message, f"{where}.{one.field}", one.row, one.value)
            for one in check_requirements(problem, line.requirements)
        ]
    return found
