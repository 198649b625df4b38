"""Items: what they are called, counted in and made by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from mes.lib.errors import Problem
from mes.lib.prepared import Insert, Update
from mes.lib.sentences import gettext as _
from orders.domain.master.known import Known
from orders.domain.master.ownership import Difference, follow_erp, shown
from orders.domain.master.result import Kind, MasterResult
from orders.domain.master.rows import Rows, is_obsolete, stamp, too_long
from orders.domain.master_documents import ItemDocument, UnitFactor
from orders.enums import Outcome, Strategy
from orders.models import Item, ItemUnit, SetupFamily

_INSERT = Insert(Item)
_UPDATE = Update(
    Item,
    "name",
    "names",
    "unit",
    "revision",
    "revision_released_at",
    "strategy",
    "setup_family",
    "stocked",
    "lot_tracked",
    "standard_price",
    "active",
    "erp_values",
    "erp_version",
    "erp_received_at",
)
_STAMP = Update(Item, "erp_version", "erp_received_at")
_INSERT_UNITS = Insert(ItemUnit)
_UPDATE_UNITS = Update(ItemUnit, "numerator", "denominator")
_INSERT_FAMILIES = Insert(SetupFamily)

FINEST = Decimal("0.000001")
LENGTHS = {"code": 60, "name": 200, "revision": 20, "setup_family": 40, "version": 60}


class Items:
    def __init__(self, known: Known) -> None:
        self.known = known
        self.rows = Rows(_INSERT, _UPDATE, _STAMP)
        self.factors = Rows(_INSERT_UNITS, _UPDATE_UNITS)
        self.families = Rows(_INSERT_FAMILIES, Update(SetupFamily, "name"))

    def take(self, document: ItemDocument) -> MasterResult:
        result = MasterResult(document.row, Kind.ITEM, document.code, Outcome.UNCHANGED)
        item = self.known.items.get(document.code)
        if result_problems := list(self._problems(document, item)):
            result.outcome, result.problems = Outcome.REFUSED, result_problems
            return result
        if item is None and document.gone:
            return result
        if item is None:
            item = self._new(document)
            result.outcome = Outcome.CREATED
        elif is_obsolete(item, document.version, self.known.received_at):
            result.outcome = Outcome.OBSOLETE
            return result
        difference = follow_erp(item, self._said(document))
        if "revision" in difference.changes:
            item.revision_released_at = None  # it was said of the revision before
        self._change_factors(item, document.factors, difference)
        if stamp(item, document.version, self.known.received_at):
            self.rows.stamped(item)
        if difference.is_any:
            self.rows.change(item)
        if result.outcome == Outcome.UNCHANGED and difference.is_any:
            result.outcome = Outcome.CHANGED
        result.changes, result.kept = difference.changes, difference.kept
        return result

    def write(self) -> None:
        self.families.write()
        self.rows.write()
        self.factors.write()

    def _problems(self, document: ItemDocument, item: Item | None) -> Iterator[Problem]:
        def problem(code: str, message: str, field: str, value: object = "") -> Problem:
            return Problem(code, message, field, document.row, str(value)[:120])

        yield from too_long(document, LENGTHS)
        if not document.code.strip():
            yield problem("missing", _("The item's code is missing."), "code")
        if document.gone:
            return
        if item is None and not document.unit:
            yield problem("missing", _("A new item needs a unit."), "unit")
        if document.unit and document.unit not in self.known.units:
            yield problem("unknown_unit", _("There is no such unit."), "unit", document.unit)
        elif document.unit and item is not None and item.pk in self.known.counted:
            yield problem(
                "unit_in_use",
                _("Orders, stock or bills of material count this item in another unit."),
                "unit",
                document.unit,
            )
        if document.strategy and document.strategy not in Strategy.values:
            yield problem(
                "unknown_strategy", _("The strategy is MTS, MTO, ATO or ETO."), "strategy", document.strategy
            )
        seen: set[int] = set()
        for index, factor in enumerate(document.factors or ()):
            where = f"factors[{index}]"
            unit = self.known.units.get(factor.unit)
            if unit is None:
                yield problem("unknown_unit", _("There is no such unit."), f"{where}.unit", factor.unit)
            elif unit.pk in seen:
                yield problem("double", _("This unit stands twice."), f"{where}.unit", factor.unit)
            else:
                seen.add(unit.pk)
            for name in ("numerator", "denominator"):
                value = getattr(factor, name)
                if not (value.is_finite() and FINEST <= value < 10**9):
                    yield problem(
                        "not_positive", _("This must be a positive number."), f"{where}.{name}", value
                    )

    def _new(self, document: ItemDocument) -> Item:
        item = Item(code=document.code, name=document.code, unit=self.known.units[document.unit or ""])
        item.setup_family = None
        self.known.items[document.code] = item
        self.rows.add(item)
        return item

    def _said(self, document: ItemDocument) -> dict[str, Any]:
        if document.gone:
            return {"active": False}
        names = None if document.names is None else dict(document.names)
        name = (
            document.name
            or (names or {}).get(self.known.language)
            or next(iter((names or {}).values()), None)
        )
        said = {
            "name": name or None,
            "names": names,
            "unit": self.known.units[document.unit] if document.unit else None,
            "revision": document.revision,
            "strategy": document.strategy or None,
            "stocked": document.stocked,
            "lot_tracked": document.lot_tracked,
            "standard_price": document.standard_price,
            "active": True,
        }
        told: dict[str, Any] = {name: value for name, value in said.items() if value is not None}
        if document.setup_family is not None:
            told["setup_family"] = self._family(document.setup_family) if document.setup_family else None
        return told

    def _family(self, code: str) -> SetupFamily:
        """A family that is named here for the first time is made: what it means is the plant's matter."""
        family = self.known.families.get(code)
        if family is None:
            family = self.known.families[code] = SetupFamily(code=code, name=code)
            self.families.add(family)
        return family

    def _change_factors(
        self, item: Item, factors: tuple[UnitFactor, ...] | None, difference: Difference
    ) -> None:
        if factors is None:
            return
        present = self.known.factors.setdefault(item.code, {})
        wanted = {self.known.units[factor.unit].code: factor for factor in factors}
        for code in sorted(set(present) - set(wanted)):
            dropped = present.pop(code)
            self.factors.remove(dropped)
            difference.changes[f"unit {code}"] = [_ratio(dropped), ""]
        for code, factor in wanted.items():
            row = present.get(code)
            if row is None:
                row = ItemUnit(item=item, unit=self.known.units[code], numerator=0, denominator=0)
                present[code] = row
                self.factors.add(row)
            ratio = factor.numerator.quantize(FINEST), factor.denominator.quantize(FINEST)
            if (row.numerator, row.denominator) == ratio:
                continue
            before = _ratio(row) if row.denominator else ""
            row.numerator, row.denominator = ratio
            self.factors.change(row)
            difference.changes[f"unit {code}"] = [before, _ratio(row)]


def _in_language(names: Mapping[str, str], language: str) -> str | None:
    return names.get(language) or next(iter(names.values()), None)


def _ratio(row: ItemUnit) -> str:
    return f"{shown(row.numerator)}/{shown(row.denominator)}"
