"""Tryton's production, as its answer gives it -> ``OrderDocument``. The README beside this file explains."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from typing import Any

from integrations.domain.formats import Identity, Reading
from integrations.erp.tryton import tables
from integrations.erp.tryton.codec import ErpError, read_answer
from mes.lib.errors import InvalidInput, Problem
from mes.lib.sentences import gettext as _
from orders.domain.documents import ComponentLine, OperationLine, OrderDocument

MESSAGE_TYPE = "production"
THREE_PLACES = Decimal("0.001")
LARGEST = Decimal(10) ** 12
KEPT = ("reference", "state", "origin")


class TrytonFormat:
    """The inbox's door to this folder: each message is the answer to reading one or more productions."""

    name = "tryton"

    def identify(self, body: bytes) -> Identity:
        return self.read(body, zone=UTC, settings={}).identity

    def read(self, body: bytes, *, zone: tzinfo, settings: Mapping[str, Any]) -> Reading:
        try:
            rows = _productions(body)
        except InvalidInput as error:
            return Reading(problems=tuple(error.problems))
        profile = tables.profile(settings)
        documents: list[OrderDocument] = []
        problems: list[Problem] = []
        for place, row in enumerate(rows, start=1):
            try:
                production = _Production(row, place, zone, profile)
                documents.append(production.document())
            except InvalidInput as error:
                problems += error.problems
            except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
                reason = _("This is not a production as Tryton writes it: %s.") % (str(error)[:100] or "?")
                problems.append(Problem("broken_record", reason, row=place))
        return Reading(tuple(documents), tuple(problems), _identity(rows, documents))


def version(row: Mapping[str, Any]) -> str:
    """When the production, one of its works or inputs was changed last, by Tryton's clock: UTC, sortable."""
    records = [row, *_list(row, "works."), *_list(row, "inputs.")]
    moments = [record.get("write_date") or record.get("create_date") for record in records]
    latest = max(moment for moment in moments if isinstance(moment, datetime))
    return latest.astimezone(UTC).isoformat(timespec="microseconds")


def _productions(body: bytes) -> list[Mapping[str, Any]]:
    result = read_answer(body)
    if isinstance(result, ErpError):
        raise InvalidInput([Problem("erp_error", result.said or result.kind)])
    if not isinstance(result, list) or not all(isinstance(row, dict) for row in result):
        raise InvalidInput([Problem("no_list", _("The answer holds no list of productions."))])
    return result


def _identity(rows: list[Mapping[str, Any]], documents: list[OrderDocument]) -> Identity:
    if len(rows) != 1:
        return Identity(message_type=MESSAGE_TYPE)
    version = documents[0].version if documents else ""
    return Identity(message_type=MESSAGE_TYPE, external_id=str(rows[0].get("id", "")), version=version)


class _Production:
    def __init__(self, row: Mapping[str, Any], place: int, zone: tzinfo, profile: tables.Profile) -> None:
        self.row = row
        self.place = place
        self.zone = zone
        self.profile = profile
        self.problems: list[Problem] = []

    def document(self) -> OrderDocument:
        row = self.row
        number = row["number"] or ""
        if not number:
            self.problem("not_numbered", _("A request or draft has no number yet."), "number")
        start, due = row["planned_start_date"], row["planned_date"]
        found = OrderDocument(
            number=number,
            row=self.place,
            version=version(row),
            item=_text(row, "product.", "code"),
            quantity=self.quantity(row["quantity"], "quantity"),
            unit=self.unit(_text(row, "unit.", "symbol"), "unit"),
            start=None if start is None else self.midnight(start),
            due=None if due is None else self.midnight(due + timedelta(days=1)),
            status=tables.STATUSES.get(row["state"]),
            cancel=row["state"] == tables.CANCELLED,
            operations=self.operations(),
            components=self.components(),
            raw={**{name: row.get(name) for name in KEPT if row.get(name)}, "id": row["id"]},
        )
        if self.problems:
            raise InvalidInput(self.problems)
        return self.for_customer(found)

    def operations(self) -> tuple[OperationLine, ...] | None:
        works = {work["id"]: work for work in _list(self.row, "works.")}
        if not works:
            return None
        return tuple(
            OperationLine(
                number=number,
                text=_text(works[work], "operation.", "name") or "",
                work_centre=self.work_centre(works[work]),
                confirmation_number=str(work),
            )
            for work, number in tables.operation_numbers(works.values()).items()
        )

    def work_centre(self, work: Mapping[str, Any]) -> str:
        """The work's own, else its category, else the production's."""
        centre = work.get("work_center.") or {}
        category = centre.get("category.") or {}
        return centre.get("name") or category.get("name") or _text(self.row, "work_center.", "name") or ""

    def components(self) -> tuple[ComponentLine, ...] | None:
        """Inputs in Tryton's order. It consumes them at the start: here with the first operation."""
        moves = [move for move in _list(self.row, "inputs.") if move.get("state") != tables.CANCELLED]
        first = next(iter(tables.operation_numbers(_list(self.row, "works.")).values()), "")
        lines = []
        for place, move in enumerate(sorted(moves, key=lambda move: int(move["id"])), start=1):
            quantity = self.quantity(move["quantity"], f"inputs[{place}].quantity")
            lines.append(
                ComponentLine(
                    position=f"{10 * place:04d}",
                    item=_text(move, "product.", "code") or "",
                    quantity=quantity or Decimal(0),
                    unit=self.unit(_text(move, "unit.", "symbol"), f"inputs[{place}].unit") or "",
                    operation=first,
                    backflush=bool(first),
                )
            )
        return tuple(lines) or None

    def for_customer(self, document: OrderDocument) -> OrderDocument:
        """With the sale behind it, when it is made to order."""
        origin = self.row.get("origin.") or {}
        sale = origin.get("sale.") or {}
        if not str(self.row.get("origin") or "").startswith(tables.SALE_LINE + ",") or not sale.get("number"):
            return document
        party = sale.get("party.") or {}
        return replace(
            document,
            customer=str(party.get("code") or party.get("id")),
            customer_name=str(party.get("name") or ""),
            customer_order=str(sale["number"]),
            customer_line=str(origin.get("sequence") or origin["id"]),
        )

    def quantity(self, value: Any, field: str) -> Decimal | None:
        """Tryton's quantities are floats: read by their shortest text, of at most three decimals."""
        if value is None:
            return None
        amount = Decimal(str(value))
        if not amount.is_finite() or abs(amount) >= LARGEST or amount < 0:
            self.problem("out_of_range", _("“%s” is not a quantity.") % str(value)[:40], field, value)
            return None
        if amount != amount.quantize(THREE_PLACES):
            self.problem("too_precise", _("“%s” has more than three decimals.") % amount, field, value)
            return None
        return amount.quantize(THREE_PLACES)

    def unit(self, symbol: str | None, field: str) -> str | None:
        if not symbol:
            return None
        code = self.profile.units.get(symbol.upper())
        if code is None:
            reason = _("The unit “%s” is not in the table of units of this connection.") % symbol
            self.problem("unknown_unit", reason, field, symbol)
        return code

    def midnight(self, day: date) -> datetime:
        """Tryton plans in days: the first moment of one, in the plant's time."""
        return datetime.combine(day, time.min, self.zone).astimezone(UTC)

    def problem(self, code: str, message: str, field: str, value: object = "") -> None:
        self.problems.append(Problem(code, message, field, self.place, str(value)[:100]))


def _list(row: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    return list(row.get(name) or ())


def _text(row: Mapping[str, Any], relation: str, name: str) -> str | None:
    value = (row.get(relation) or {}).get(name)
    return None if value is None else str(value)
