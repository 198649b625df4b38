"""Rows of demand from files and messages: text in, checked rows or problems out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from mes.lib.errors import InvalidInput, Problem
from orders.domain.intake.check import LARGEST_QUANTITY
from orders.models import Item, ItemUnit, Unit

MOST_ROWS = 50_000
FARTHEST = timedelta(days=366 * 10)
_WEEK = re.compile(r"(\d{4})-?W(\d{1,2})", re.IGNORECASE)
_MONTH = re.compile(r"(\d{4})-(\d{1,2})")
_NUMBER = re.compile(r"-?\d{1,12}(\.\d{1,3})?")


@dataclass(frozen=True, slots=True)
class DemandRow:
    """So much of an item in the week or month that begins on ``start``. ``row``: as the sender counts."""

    row: int
    item: str
    start: date
    quantity: Decimal
    monthly: bool = False
    unit: str = ""


def read_rows(lines: Iterable[Mapping[str, Any]], *, first: int = 2) -> list[DemandRow]:
    """Lines of a table with the columns ``item``, ``week`` (2026-W48 or a day of it) or ``month`` (2026-11),
    ``quantity`` and, if wanted, ``unit``. Raises InvalidInput with every problem of every line."""
    rows: list[DemandRow] = []
    problems: list[Problem] = []
    for number, line in enumerate(lines, first):
        cells = {str(name).strip().lower(): _text(value) for name, value in line.items()}
        if not any(cells.values()):
            continue
        found = _row(number, cells)
        if isinstance(found, DemandRow):
            rows.append(found)
        else:
            problems += found
    if problems:
        raise InvalidInput(problems)
    if not rows:
        raise InvalidInput([Problem("empty", _("There is no row with demand."))])
    if len(rows) > MOST_ROWS:
        raise InvalidInput([Problem("too_many", _("At most %d rows are taken at once.") % MOST_ROWS)])
    return rows


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    return "" if value is None else str(value).strip()


def _row(number: int, cells: Mapping[str, str]) -> DemandRow | list[Problem]:
    problems = []
    if not cells.get("item"):
        problems.append(Problem("missing", _("The item is missing."), "item", number))
    name = "month" if cells.get("month") else "week"
    start = period_start(cells.get(name, ""), monthly=name == "month")
    if start is None:
        message = _("This must be a week like 2026-W48 or 2026-11-23, or a month like 2026-11.")
        problems.append(Problem("not_a_period", message, name, number, cells.get(name, "")[:60]))
    quantity = plain_quantity(cells.get("quantity", ""))
    if quantity is None:
        message = _("This must be a number like 12.5.")
        problems.append(Problem("not_a_number", message, "quantity", number, cells.get("quantity", "")[:60]))
    if problems or start is None or quantity is None:
        return problems
    return DemandRow(number, cells["item"], start, quantity, name == "month", cells.get("unit", ""))


def period_start(text: str, *, monthly: bool) -> date | None:
    """The Monday or the first of the month that the text names; None if it names neither."""
    try:
        if monthly:
            month = _MONTH.match(text)
            return date(int(month[1]), int(month[2]), 1) if month else None
        if week := _WEEK.fullmatch(text):
            return date.fromisocalendar(int(week[1]), int(week[2]), 1)
        day = date.fromisoformat(text)
        return day - timedelta(days=day.weekday())
    except ValueError:
        return None


def plain_quantity(text: str) -> Decimal | None:
    """A decimal number with point or comma; None for anything else."""
    plain = text.replace(" ", "").replace("\u00a0", "")
    if plain.count(",") == 1 and "." not in plain:
        plain = plain.replace(",", ".")
    return Decimal(plain) if _NUMBER.fullmatch(plain) else None


def checked_rows(rows: Sequence[DemandRow], *, today: date) -> list[tuple[Item, DemandRow]]:
    """Each row with its item, its quantity in the item's unit. Raises InvalidInput with every problem: an
    item or unit nobody knows, a unit that doesn't convert, a negative or absurd quantity or date, a
    row twice. Four queries."""
    items = {one.code: one for one in Item.objects.filter(code__in={row.item for row in rows})}
    units = {one.code: one.pk for one in Unit.objects.filter(code__in={row.unit for row in rows if row.unit})}
    factors = {
        (one.item_id, one.unit_id): one.numerator / one.denominator
        for one in ItemUnit.objects.filter(item__in=items.values(), unit__in=units.values())
    }
    problems: list[Problem] = []
    seen: set[tuple[str, date, bool]] = set()
    found: list[tuple[Item, DemandRow]] = []
    for row in rows:
        item = items.get(row.item)
        before = len(problems)

        def problem(code: str, message: str, field: str, value: object, at: int = row.row) -> None:
            problems.append(Problem(code, message, field, at, str(value)[:60]))

        if item is None:
            problem("unknown_item", _("There is no item with this code."), "item", row.item)
        if row.quantity < 0:
            problem("negative", _("A demand can't be negative."), "quantity", row.quantity)
        elif row.quantity > LARGEST_QUANTITY:
            problem("absurd", _("This quantity is too large."), "quantity", row.quantity)
        if abs(row.start - today) > FARTHEST:
            problem("absurd_date", _("This is more than ten years away."), "week", row.start)
        key = (row.item, row.start, row.monthly)
        if key in seen:
            problem("double", _("This item and period stand twice."), "week", row.start)
        seen.add(key)
        factor = Decimal(1)
        if item is not None and row.unit:
            unit = units.get(row.unit)
            if unit is None:
                problem("unknown_unit", _("There is no such unit."), "unit", row.unit)
            elif unit != item.unit_id:
                known = factors.get((item.pk, unit))
                if known is None:
                    message = _("Item %s is not counted in this unit.") % item.code
                    problem("wrong_unit", message, "unit", row.unit)
                factor = known or factor
        if item is not None and len(problems) == before:
            amount = (row.quantity * factor).quantize(Decimal("0.001"))
            found.append((item, DemandRow(row.row, row.item, row.start, amount, row.monthly)))
    if problems:
        raise InvalidInput(problems)
    return found
