"""Routings: the operations that make an item, and the times that the ERP plans for them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from machines.models import MachineGroup, Plant
from mes.lib.errors import Problem
from mes.lib.prepared import Insert, Update
from mes.lib.sentences import gettext as _
from orders.domain.intake.check import LARGEST_QUANTITY, LONGEST_SECONDS
from orders.domain.master.known import Known
from orders.domain.master.lined import Lined
from orders.domain.master.ownership import Difference, follow_erp
from orders.domain.master.result import Kind, MasterResult
from orders.domain.master.rows import Rows, too_long
from orders.domain.master_documents import RoutingDocument, RoutingStep
from orders.domain.missing import Missing
from orders.enums import Outcome, Reference
from orders.models import Routing, RoutingOperation

_INSERT = Insert(Routing)
_UPDATE = Update(Routing, "active", "erp_version", "erp_received_at")
_STAMP = Update(Routing, "erp_version", "erp_received_at")
_INSERT_OPERATIONS = Insert(RoutingOperation)
_UPDATE_OPERATIONS = Update(
    RoutingOperation,
    "text",
    "machine_group",
    "setup_seconds",
    "run_seconds",
    "base_quantity",
    "program",
    "program_revision",
    "parameters",
    "tool",
    "inspection",
    "outside",
    "erp_values",
)


SMALLEST = Decimal("0.001")


class Routings(Lined):
    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self.heads = Rows(_INSERT, _UPDATE, _STAMP)
        self.lines = Rows(_INSERT_OPERATIONS, _UPDATE_OPERATIONS)

    def take(self, document: RoutingDocument) -> MasterResult:
        name = " ".join(part for part in (document.item, document.revision) if part)
        result = MasterResult(document.row, Kind.ROUTING, name, Outcome.UNCHANGED)
        plant = self.known.plant_of(document)
        if plant is None:
            message = _("There is no plant with this code.")
            named = str(document.plant)[:120]
            result.problems = [Problem("unknown_plant", message, "plant", document.row, named)]
            result.outcome = Outcome.REFUSED
            return result
        key = (plant.pk, document.item, document.revision)
        routing = self.known.routings.get(key)
        result.problems = list(too_long(document, {"item": 60, "revision": 20, "version": 60}))
        if not result.problems and self.is_over(result, routing, document):
            return result
        result.problems += self._problems(document)
        result.missing = [] if result.problems else self._missing(document, plant)
        if result.problems or result.missing:
            result.outcome = Outcome.REFUSED if result.problems else Outcome.WAITING
            return result
        is_new = routing is None
        if routing is None:
            item = self.known.items[document.item]
            routing = self.known.routings[key] = Routing(plant=plant, item=item, revision=document.revision)
            self.heads.add(routing)
        difference = Difference()
        present = self.known.operations.setdefault(key, {})
        self.drop_lines(present, {step.number for step in document.steps}, difference)
        for step in document.steps:
            group = self.known.group_of(plant.pk, step.work_centre)
            assert group is not None
            operation = present.get(step.number)
            if operation is None:
                operation = self._new(routing, step, group)
                present[step.number] = operation
                self.lines.add(operation)
            change = follow_erp(operation, self._said(step, group))
            if change.is_any:
                self.lines.change(operation)
                difference.add(change, prefix=step.number)
        self.settle(result, routing, document, difference, is_new=is_new)
        return result

    def _new(self, routing: Routing, step: RoutingStep, group: MachineGroup) -> RoutingOperation:
        return RoutingOperation(
            routing=routing,
            number=step.number,
            machine_group=group,
            tool=None,
            setup_seconds=Decimal(0),
            run_seconds=Decimal(0),
            base_quantity=Decimal(1),
        )

    def _said(self, step: RoutingStep, group: MachineGroup) -> dict[str, Any]:
        said: dict[str, Any] = {
            "text": step.text,
            "machine_group": group,
            "setup_seconds": _thousandths(step.setup_seconds),
            "run_seconds": _thousandths(step.run_seconds),
            "base_quantity": _thousandths(step.base_quantity) if step.run_seconds is not None else None,
            "program": step.program,
            "program_revision": step.program_revision,
            "parameters": None if step.parameters is None else dict(step.parameters),
            "inspection": step.inspection,
            "outside": step.outside,
        }
        told = {name: value for name, value in said.items() if value is not None}
        if step.tool is not None:
            told["tool"] = self.known.tools[step.tool] if step.tool else None
        return told

    def _missing(self, document: RoutingDocument, plant: Plant) -> list[Missing]:
        missing: dict[Missing, None] = {}
        if document.item not in self.known.items:
            missing[Missing(Reference.ITEM, document.item)] = None
        for step in document.steps:
            if self.known.group_of(plant.pk, step.work_centre) is None:
                missing[Missing(Reference.WORK_CENTRE, step.work_centre, plant.pk)] = None
        return list(missing)

    def _problems(self, document: RoutingDocument) -> Iterator[Problem]:
        def problem(code: str, message: str, field: str, value: object = "") -> Problem:
            return Problem(code, message, field, document.row, str(value)[:120])

        if not document.item.strip():
            yield problem("missing", _("The item of the routing is missing."), "item")
        if not document.steps:
            yield problem("missing", _("A routing needs operations."), "steps")
        seen: set[str] = set()
        for index, step in enumerate(document.steps):
            where = f"steps[{index}]"
            if not 0 < len(step.number) <= 10:
                message = _("An operation needs a number of at most 10 characters.")
                yield problem("missing", message, f"{where}.number", step.number)
            if step.number in seen:
                message = _("This operation number stands twice.")
                yield problem("double", message, f"{where}.number", step.number)
            seen.add(step.number)
            if not 0 < len(step.work_centre.strip()) <= 40:
                message = _("An operation needs a work centre of at most 40 characters.")
                yield problem("missing", message, f"{where}.work_centre", step.work_centre)
            for name, longest in (("text", 200), ("program", 200), ("program_revision", 40)):
                if len(getattr(step, name) or "") > longest:
                    message = _("This has more than %d characters.") % longest
                    yield problem("too_long", message, f"{where}.{name}", getattr(step, name))
            if step.tool and step.tool not in self.known.tools:
                message = _("There is no tool with this code.")
                yield problem("unknown_tool", message, f"{where}.tool", step.tool)
            for name in ("setup_seconds", "run_seconds"):
                seconds = getattr(step, name)
                if seconds is not None and not (seconds.is_finite() and 0 <= seconds <= LONGEST_SECONDS):
                    message = _("This time is negative or longer than a year.")
                    yield problem("absurd", message, f"{where}.{name}", seconds)
            if not (step.base_quantity.is_finite() and SMALLEST <= step.base_quantity <= LARGEST_QUANTITY):
                message = _("The base quantity must be positive.")
                yield problem("not_positive", message, f"{where}.base_quantity", step.base_quantity)


def _thousandths(value: Decimal | None) -> Decimal | None:
    return None if value is None else value.quantize(SMALLEST)
