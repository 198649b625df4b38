"""Tryton's productions and work cycles as they stand there, read for booking and comparing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from integrations.erp.tryton import tables
from integrations.erp.tryton.notes import Note, read_note
from integrations.erp.tryton.session import RefusalError, Session
from mes.lib.sentences import gettext as _

CYCLE = "production.work.cycle"
WORK = "production.work"
PRODUCTION = "production"
NOTE = "ir.note"
MOVE = "stock.move"

_FIELDS = (
    "number",
    "state",
    "quantity",
    "unit",
    "product",
    "cost",
    "company",
    "location",
    "origin",
    "warehouse.waste_locations",
    "works.sequence",
    "works.state",
    "works.operation.name",
    "works.work_center.cost_method",
    "outputs.product",
    "outputs.unit",
    "outputs.quantity",
    "outputs.state",
    "outputs.to_location",
)


@dataclass(frozen=True, slots=True)
class Cycle:
    """One work cycle. ``note`` is ours on it, if there is one."""

    id: int
    work: int
    state: str
    seconds: Decimal | None
    cost: Decimal
    made_by: int
    note: Note | None = None

    @property
    def is_empty(self) -> bool:
        """Made, but carrying no time yet."""
        return self.state in ("draft", "running") and self.seconds is None


@dataclass(frozen=True, slots=True)
class Production:
    """A production as read; ``numbers`` are our operation numbers in the order of work, by work."""

    id: int
    number: str
    state: str
    product: int
    unit: int
    cost: Decimal
    origin: str
    row: Mapping[str, Any] = field(repr=False)

    @property
    def works(self) -> list[Mapping[str, Any]]:
        return list(self.row.get("works.") or ())

    @property
    def numbers(self) -> dict[int, str]:
        return tables.operation_numbers(self.works)

    @property
    def last_work(self) -> int | None:
        return next(reversed(self.numbers), None)

    @property
    def waste_location(self) -> int | None:
        """Where Tryton books waste of this warehouse, if it has such a place."""
        return next(iter((self.row.get("warehouse.") or {}).get("waste_locations") or ()), None)

    def outputs(self, *, waste: bool) -> list[Mapping[str, Any]]:
        """Moves of the product made: to stock, or to waste."""
        wasted = set((self.row.get("warehouse.") or {}).get("waste_locations") or ())
        return [
            move
            for move in self.row.get("outputs.") or ()
            if move["product"] == self.product
            and move["state"] != tables.CANCELLED
            and (move["to_location"] in wasted) == waste
        ]

    def work(self, operation: str, confirmation_number: str) -> Mapping[str, Any]:
        """The work that a confirmation means: by Tryton's own key, else by our number."""
        for work in self.works:
            if str(work["id"]) == confirmation_number:
                return work
        for work in self.works:
            if self.numbers[work["id"]] == operation:
                return work
        raise RefusalError(
            "unknown_operation",
            _("Production %(order)s has no operation %(operation)s in Tryton.")
            % {"order": self.number, "operation": operation},
        )


def read_production(erp: Session, number: str) -> Production:
    """By number. Raises ``RefusalError`` when there is none, or several."""
    found = read_productions(erp, [number])
    if len(found) != 1:
        raise RefusalError(
            "unknown_order",
            _("Tryton has %(count)d productions with the number %(number)s.")
            % {"count": len(found), "number": number},
        )
    return found[0]


def read_productions(erp: Session, numbers: Sequence[str]) -> list[Production]:
    rows = erp.search(PRODUCTION, [["number", "in", list(numbers)]], _FIELDS)
    return [
        Production(
            id=row["id"],
            number=row["number"],
            state=row["state"],
            product=row["product"] or 0,
            unit=row["unit"] or 0,
            cost=row["cost"] or Decimal(0),
            origin=row["origin"] or "",
            row=row,
        )
        for row in rows
    ]


def read_cycles(erp: Session, works: Iterable[int]) -> list[Cycle]:
    """Every cycle of these works that isn't cancelled, oldest first, with our notes on them."""
    domain = [["work", "in", list(works)], ["state", "!=", tables.CANCELLED]]
    rows = erp.search(CYCLE, domain, ["work", "state", "duration", "cost", "create_uid"])
    notes = read_notes(erp, [f"{CYCLE},{row['id']}" for row in rows])
    return [
        Cycle(
            id=row["id"],
            work=row["work"],
            state=row["state"],
            seconds=_seconds(row["duration"]),
            cost=row["cost"] or Decimal(0),
            made_by=row["create_uid"],
            note=next(iter(notes.get(f"{CYCLE},{row['id']}", ())), None),
        )
        for row in rows
    ]


def read_notes(erp: Session, resources: Sequence[str]) -> dict[str, list[Note]]:
    """Our notes on these records, oldest first."""
    found: dict[str, list[Note]] = {}
    if not resources:
        return found
    for row in erp.search(NOTE, [["resource", "in", list(resources)]], ["resource", "message"]):
        note = read_note(row["message"] or "")
        if note is not None:
            found.setdefault(row["resource"], []).append(note)
    return found


def _seconds(duration: timedelta | None) -> Decimal | None:
    return None if duration is None else Decimal(str(duration.total_seconds()))
