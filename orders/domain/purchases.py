"""Supplier orders: made and changed, and their dates confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from machines.models import Plant
from mes.accounts.models import User
from mes.lib.errors import InvalidInput, Problem
from mes.lib.live import announce
from mes.lib.tracking import changes_by_command
from orders.domain.intake.check import LARGEST_QUANTITY
from orders.domain.numbering import take_numbers
from orders.models import Item, ItemUnit, PurchaseOrder, PurchaseOrderLine, Unit

NUMBERS = "purchase"


@dataclass(frozen=True, slots=True)
class PurchaseLine:
    """One line; ``quantity`` in ``unit`` (a UN/ECE code), else in the item's own. ``confirmed_on``: what the
    supplier says; None leaves it as it is."""

    position: str
    item: str
    quantity: Decimal
    expected_on: date
    unit: str = ""
    confirmed_on: date | None = None


@dataclass(frozen=True, slots=True)
class PurchaseDocument:
    """A supplier order; without a number it gets the next."""

    number: str
    supplier: str
    row: int = 1
    lines: tuple[PurchaseLine, ...] = field(default=())


@transaction.atomic
def apply_purchases(
    documents: Sequence[PurchaseDocument], *, plant: Plant, by: User | None
) -> list[PurchaseOrder]:
    """Create supplier orders or bring known ones up to date, all or none; lines that aren't named stay.

    Raises InvalidInput with every problem of every document: an unknown item or unit, a unit that doesn't
    convert, a quantity that isn't above zero or below what was received, another item on a known line.
    """
    codes = {line.item for document in documents for line in document.lines}
    items = {one.code: one for one in Item.objects.filter(code__in=codes)}
    known = {
        (line.order.number, line.position): line
        for line in PurchaseOrderLine.objects.select_for_update(of=("self",))
        .select_related("order", "item")
        .filter(order__plant=plant, order__number__in={one.number for one in documents if one.number})
    }
    units = _Units(items)
    problems = [one for document in documents for one in _problems(document, items, known, units)]
    if problems:
        raise InvalidInput(problems)
    with changes_by_command("apply_purchases", by=by):
        orders = [_apply(document, plant, items, units) for document in documents]
    announce("stock")
    return orders


def _apply(document: PurchaseDocument, plant: Plant, items: dict[str, Item], units: _Units) -> PurchaseOrder:
    number = document.number or _next_number(plant)
    order, made = PurchaseOrder.objects.get_or_create(
        plant=plant, number=number, defaults={"supplier": document.supplier}
    )
    if not made and order.supplier != document.supplier:
        order.supplier = document.supplier
        order.save(update_fields=["supplier"])
    for line in document.lines:
        item = items[line.item]
        values = {
            "item": item,
            "quantity": line.quantity * (units.factor(item, line.unit) or 1),
            "expected_on": line.expected_on,
        }
        if line.confirmed_on is not None:
            values["confirmed_on"] = line.confirmed_on
        PurchaseOrderLine.objects.update_or_create(order=order, position=line.position, defaults=values)
    return order


def _next_number(plant: Plant) -> str:
    """The next number that no order of the plant has, because a partner sent one like it."""
    while True:
        [taken] = take_numbers(NUMBERS, 1)
        number = f"P{taken}" if taken.isdigit() else taken
        if not PurchaseOrder.objects.filter(plant=plant, number=number).exists():
            return number


@transaction.atomic
def confirm_purchase(*, line: PurchaseOrderLine, on: date, by: User | None) -> PurchaseOrderLine:
    """Note the day that the supplier confirmed. The same day again changes nothing. Raises InvalidInput for a
    day before the order."""
    locked = PurchaseOrderLine.objects.select_for_update(of=("self",)).select_related("order").get(pk=line.pk)
    if on < locked.order.ordered_at.date():
        message = _("A delivery isn't before its order.")
        raise InvalidInput([Problem("backward", message, "confirmed_on", value=str(on))])
    if locked.confirmed_on != on:
        locked.confirmed_on = on
        with changes_by_command("confirm_purchase", by=by):
            locked.save(update_fields=["confirmed_on"])
        announce("stock")
    return locked


class _Units:
    """How units of the items convert into their own."""

    def __init__(self, items: dict[str, Item]) -> None:
        self.codes = dict(Unit.objects.values_list("code", "pk"))
        self.factors = {
            (one.item_id, one.unit_id): one.numerator / one.denominator
            for one in ItemUnit.objects.filter(item__in=items.values())
        }

    def factor(self, item: Item, code: str) -> Decimal | None:
        """None for a unit that the item is not counted in."""
        unit = self.codes.get(code) if code else item.unit_id
        if unit == item.unit_id:
            return Decimal(1)
        return None if unit is None else self.factors.get((item.pk, unit))


def _problems(
    document: PurchaseDocument,
    items: dict[str, Item],
    known: dict[tuple[str, str], PurchaseOrderLine],
    units: _Units,
) -> list[Problem]:
    found: list[Problem] = []

    def problem(code: str, message: str, name: str, value: object = "") -> None:
        found.append(Problem(code, message, name, document.row, str(value)[:120]))

    if not document.supplier.strip():
        problem("missing", _("The supplier is missing."), "supplier")
    seen: set[str] = set()
    for index, line in enumerate(document.lines):
        where = f"lines[{index}]"
        if line.position in seen:
            problem("double", _("This position stands twice."), f"{where}.position", line.position)
        seen.add(line.position)
        item = items.get(line.item)
        if item is None:
            problem("unknown_item", _("There is no item with this code."), f"{where}.item", line.item)
            continue
        if not 0 < line.quantity <= LARGEST_QUANTITY:
            problem("not_positive", _("The quantity must be positive."), f"{where}.quantity", line.quantity)
        factor = units.factor(item, line.unit)
        if factor is None:
            message = _("Item %s is not counted in this unit.") % item.code
            problem("wrong_unit", message, f"{where}.unit", line.unit)
        before = known.get((document.number, line.position))
        if before is not None and before.item_id != item.pk:
            message = _("This line is about another item: %s.") % before.item.code
            problem("other_item", message, f"{where}.item", line.item)
        elif before is not None and factor is not None and line.quantity * factor < before.received:
            message = _("More than that has been received already.")
            problem("below_received", message, f"{where}.quantity", line.quantity)
    return found
