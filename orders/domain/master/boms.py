"""Bills of material: what an item consumes, in the components' own units, and never itself."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from mes.lib.errors import Problem
from mes.lib.prepared import Insert, Update
from mes.lib.sentences import gettext as _
from orders.domain.master.cycles import cycle_through
from orders.domain.master.known import Known
from orders.domain.master.lined import Lined, set_plain
from orders.domain.master.result import Kind, MasterResult
from orders.domain.master.rows import Rows, too_long
from orders.domain.master.units import standard_factor, storable
from orders.domain.master_documents import BomDocument, BomPosition
from orders.domain.missing import Missing
from orders.enums import Outcome, Reference
from orders.models import Bom, BomLine, Item

_INSERT = Insert(Bom)
_UPDATE = Update(Bom, "base_quantity", "active", "erp_version", "erp_received_at")
_STAMP = Update(Bom, "erp_version", "erp_received_at")
_INSERT_LINES = Insert(BomLine)
_UPDATE_LINES = Update(BomLine, "item", "quantity", "scrap_percent", "operation_number", "backflush")


MOST_SCRAP = Decimal("99.99")


class Boms(Lined):
    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self.heads = Rows(_INSERT, _UPDATE, _STAMP)
        self.lines = Rows(_INSERT_LINES, _UPDATE_LINES)

    def take(self, document: BomDocument) -> MasterResult:
        key = (document.item, document.revision)
        result = MasterResult(
            document.row, Kind.BOM, " ".join(part for part in key if part), Outcome.UNCHANGED
        )
        bom = self.known.boms.get(key)
        result.problems = list(too_long(document, {"item": 60, "revision": 20, "version": 60}))
        if not result.problems and self.is_over(result, bom, document):
            if document.gone:
                self.known.parts.get(document.item, {}).pop(document.revision, None)
            return result
        result.problems += self._problems(document)
        result.missing = [] if result.problems else self._missing(document)
        if result.problems or result.missing:
            result.outcome = Outcome.REFUSED if result.problems else Outcome.WAITING
            return result
        quantities, result.problems = self._quantities(document)
        if not result.problems:
            result.problems = self._cycle(document)
        if result.problems or quantities is None:
            result.outcome = Outcome.REFUSED
            return result
        is_new = bom is None
        if bom is None:
            item = self.known.items[document.item]
            bom = self.known.boms[key] = Bom(item=item, revision=document.revision)
            self.heads.add(bom)
        base, amounts = quantities
        difference = set_plain(bom, {"base_quantity": base})
        if difference.is_any:
            self.heads.change(bom)
        present = self.known.lines.setdefault(key, {})
        self.drop_lines(present, {position.position for position in document.positions}, difference)
        for position, amount in zip(document.positions, amounts, strict=True):
            line = present.get(position.position)
            if line is None:
                line = BomLine(bom=bom, position=position.position, item=self.known.items[position.item])
                line.quantity, line.scrap_percent = Decimal(0), Decimal(0)
                present[position.position] = line
                self.lines.add(line)
            change = set_plain(line, self._values(position, amount))
            if change.is_any:
                self.lines.change(line)
                difference.add(change, prefix=position.position)
        self.settle(result, bom, document, difference, is_new=is_new)
        return result

    def _values(self, position: BomPosition, amount: Decimal) -> dict[str, object]:
        return {
            "item": self.known.items[position.item],
            "quantity": amount,
            "scrap_percent": position.scrap_percent.quantize(Decimal("0.01")),
            "operation_number": position.operation,
            "backflush": position.backflush,
        }

    def _missing(self, document: BomDocument) -> list[Missing]:
        named = dict.fromkeys([document.item, *(position.item for position in document.positions)])
        return [Missing(Reference.ITEM, code) for code in named if code not in self.known.items]

    def _problems(self, document: BomDocument) -> Iterator[Problem]:
        def problem(code: str, message: str, field: str, value: object = "") -> Problem:
            return Problem(code, message, field, document.row, str(value)[:120])

        if not document.item.strip():
            yield problem("missing", _("The item of the bill of material is missing."), "item")
        if not (document.base_quantity.is_finite() and document.base_quantity > 0):
            message = _("The base quantity must be positive.")
            yield problem("not_positive", message, "base_quantity", document.base_quantity)
        seen: set[str] = set()
        for index, position in enumerate(document.positions):
            where = f"positions[{index}]"
            if not 0 < len(position.position) <= 10:
                message = _("A component needs a position of at most 10 characters.")
                yield problem("missing", message, f"{where}.position", position.position)
            if position.position in seen:
                message = _("This position stands twice.")
                yield problem("double", message, f"{where}.position", position.position)
            seen.add(position.position)
            if not 0 < len(position.item.strip()) <= 60:
                yield problem("missing", _("The item is missing."), f"{where}.item", position.item)
            if not (position.quantity.is_finite() and position.quantity > 0):
                message = _("The quantity must be positive: what comes out of the work is no component.")
                yield problem("not_positive", message, f"{where}.quantity", position.quantity)
            if not (position.scrap_percent.is_finite() and 0 <= position.scrap_percent <= MOST_SCRAP):
                message = _("Scrap is between 0 and 100 %.")
                yield problem("absurd", message, f"{where}.scrap_percent", position.scrap_percent)
            if len(position.operation) > 10:
                message = _("An operation number has at most 10 characters.")
                yield problem("too_long", message, f"{where}.operation", position.operation)
            if position.unit and position.unit not in self.known.units:
                message = _("There is no such unit.")
                yield problem("unknown_unit", message, f"{where}.unit", position.unit)

    def _quantities(
        self, document: BomDocument
    ) -> tuple[tuple[Decimal, list[Decimal]] | None, list[Problem]]:
        """Base quantity and quantities as they are stored, in the components' own units."""
        problems = []
        amounts = []
        for index, position in enumerate(document.positions):
            item = self.known.items[position.item]
            factor = self._factor(item, position.unit)
            if factor is None:
                message = _("Item %(item)s is counted in %(own)s; nothing says how much a %(unit)s is.") % {
                    "item": item.code,
                    "own": item.unit.code,
                    "unit": position.unit,
                }
                where = f"positions[{index}].unit"
                problems.append(Problem("no_conversion", message, where, document.row, position.unit))
            else:
                amounts.append(position.quantity * factor)
        if problems:
            return None, problems
        quantities = storable(document.base_quantity, amounts)
        if quantities is None:
            message = _("These quantities can't be kept with three decimal places.")
            problems.append(Problem("absurd", message, "positions", document.row))
        return quantities, problems

    def _factor(self, item: Item, unit: str) -> Decimal | None:
        code = self.known.units[unit].code if unit else item.unit.code
        own = self.known.factors.get(item.code, {}).get(code)
        if own is not None and code != item.unit.code:
            return Decimal(own.numerator) / Decimal(own.denominator)
        return standard_factor(code, item.unit.code)

    def _cycle(self, document: BomDocument) -> list[Problem]:
        """Refuse what would make an item contain itself; note the parts otherwise."""
        parts = self.known.parts
        before = parts.setdefault(document.item, {}).get(document.revision)
        parts[document.item][document.revision] = {position.item for position in document.positions}
        below = _Below(parts)
        chain = cycle_through(document.item, below)
        if not chain:
            return []
        if before is None:
            parts[document.item].pop(document.revision)
        else:
            parts[document.item][document.revision] = before
        message = _("The item would contain itself: %s.") % " → ".join(chain)
        return [Problem("cycle", message, "positions", document.row, " → ".join(chain)[:120])]


class _Below(dict[str, set[str]]):
    """All parts of an item, whatever the revision; joined where somebody asks."""

    def __init__(self, parts: dict[str, dict[str, set[str]]]) -> None:
        super().__init__()
        self._parts = parts

    def get(self, item: str, default: object = None) -> set[str]:
        return {part for revision in self._parts.get(item, {}).values() for part in revision}
