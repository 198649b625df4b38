"""Production orders of Business Central -> ``OrderDocument``; ``Confirmation`` -> an entry of the output
journal. The rules are explained in the README."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from integrations.domain.connectors import ErpTotal
from integrations.domain.formats import Identity, Reading
from integrations.erp.bc import codec, tables
from integrations.erp.fields import BadValueError
from integrations.erp.record import THREE_PLACES, Record, load, number
from mes.lib.errors import InvalidInput, Problem
from mes.lib.sentences import gettext as _
from orders.domain.documents import ComponentLine, Confirmation, OperationLine, OrderDocument

MESSAGE_TYPE = "productionOrder"
LINES, ROUTING, COMPONENTS = "orderLines", "routingLines", "components"
FIRST_LINE = 10_000
BETWEEN = "#"
ZERO = Decimal(0)
LONGEST_TEXT = 100


class BusinessCentralOrders:
    """The inbox's door to this folder. A message is one production order with its lines; each of its lines
    is an order here."""

    name = "bc"

    def identify(self, body: bytes) -> Identity:
        try:
            order = _order_in(load(body))
        except InvalidInput:
            return Identity()
        return Identity(message_type=MESSAGE_TYPE, external_id=str(order.get("number", ""))[:120])

    def read(self, body: bytes, *, zone: tzinfo, settings: Mapping[str, Any]) -> Reading:
        try:
            order = _order_in(load(body))
        except InvalidInput as error:
            return Reading(problems=tuple(error.problems))
        profile = tables.profile(settings)
        documents: list[OrderDocument] = []
        problems: list[Problem] = []
        for row, line in enumerate(codec.objects(order, LINES), start=1):
            found: list[Problem] = []
            document = _Line(order, line, row, zone, profile, found).document()
            problems += found
            if not found:
                documents.append(document)
        return Reading(tuple(documents), tuple(problems), self.identify(body))


def order_number(number: str, line: int) -> str:
    """The first line is named like the order, any further one by its own number behind it."""
    return number if line == FIRST_LINE else f"{number}{BETWEEN}{line}"


def address_of(order: str) -> tuple[str, int]:
    """Number and line of a production order, the reverse of :func:`order_number`."""
    number_, mark, line = order.rpartition(BETWEEN)
    return (number_, int(line)) if mark and line.isascii() and line.isdigit() else (order, FIRST_LINE)


def _order_in(message: Any) -> dict[str, Any]:
    if not isinstance(message, dict) or "number" not in message:
        raise InvalidInput([Problem("no_order", _("The message holds no production order."), "number", 1)])
    return message


def stamp_of(order: Mapping[str, Any]) -> str:
    """The latest change of the order and everything below it, as digits that sort by time."""
    stamps = [order.get("systemModifiedAt")]
    for line in codec.objects(order, LINES):
        stamps.append(line.get("systemModifiedAt"))
        for name in (ROUTING, COMPONENTS):
            stamps += [one.get("systemModifiedAt") for one in codec.objects(line, name)]
    found = []
    for stamp in stamps:
        try:
            found.append(f"{codec.moment(str(stamp)):%Y%m%d%H%M%S%f}")
        except BadValueError:
            continue
    return max(found, default="")


class _Line:
    def __init__(
        self,
        order: dict[str, Any],
        line: dict[str, Any],
        row: int,
        zone: tzinfo,
        profile: tables.Profile,
        problems: list[Problem],
    ) -> None:
        self.order = order
        self.header = Record(order, "", row, problems)
        self.line = Record(line, f"{LINES}[{row}].", row, problems)
        self.zone = zone
        self.profile = profile
        # Components name their operation by a code that the routing line has, too.
        self.links = {
            str(code): str(one.get("operationNo", ""))
            for one in codec.objects(line, ROUTING)
            if (code := one.get("routingLinkCode"))
        }

    def document(self) -> OrderDocument:
        header, line = self.header, self.line
        source = header.text("sourceNo", longest=40)
        is_sale = (header.text("sourceType") or "").replace("_x0020_", " ") == "Sales Header"
        return OrderDocument(
            number=order_number(header.required("number", longest=20), self.line_number()),
            row=line.row,
            version=stamp_of(self.order),
            item=line.required("itemNo", longest=60),
            quantity=line.quantity("quantity"),
            unit=line.unit(self.profile.units, "unitOfMeasureCode"),
            start=self.moment(line, "startingDateTime"),
            due=self.moment(line, "endingDateTime"),
            status=self.status(),
            customer_order=source if is_sale else None,
            operations=self.operations(),
            components=self.components(),
            raw={**header.rest(), **line.rest()},
        )

    def line_number(self) -> int:
        found = self.line.read("lineNo", number)
        return FIRST_LINE if found is None else int(found)

    def status(self) -> str | None:
        word = (self.header.text("status") or "").replace("_x0020_", " ")
        if word and word not in tables.STATUSES:
            reason = _("The status “%s” is not known here.") % word
            self.header.note("status", BadValueError("unknown_status", reason))
        return tables.STATUSES.get(word)

    def moment(self, record: Record, name: str) -> datetime | None:
        if codec.is_blank_date(record.text(name) or ""):
            return None
        return record.read(name, codec.moment)

    def operations(self) -> tuple[OperationLine, ...]:
        found = codec.objects(self.line.values, ROUTING)
        lines = [self.operation(record) for record in self.line.records(ROUTING, found)]
        if len({line.number for line in lines}) < len(lines):
            reason = _("An operation stands twice.")
            self.line.note(ROUTING, BadValueError("duplicate", reason))
        return tuple(sorted(lines, key=lambda line: (len(line.number), line.number)))

    def operation(self, record: Record) -> OperationLine:
        lot = record.quantity("lotSize") or Decimal(1)
        machine_or_centre = record.some("no", "workCenterNo", longest=40) or ""
        record.asked |= {"systemModifiedAt"}
        return OperationLine(
            number=record.required("operationNo", longest=10),
            text=record.text("description", longest=200) or "",
            work_centre=record.text("workCenterNo", longest=40) or machine_or_centre,
            setup_seconds=self.seconds(record, "setupTime", "setupTimeUnit"),
            run_seconds=self.seconds(record, "runTime", "runTimeUnit"),
            base_quantity=lot,
            earliest_start=self.moment(record, "startingDateTime"),
            latest_end=self.moment(record, "endingDateTime"),
            raw=record.rest(),
        )

    def seconds(self, record: Record, name: str, unit_name: str) -> Decimal | None:
        amount = record.read(name, number)
        unit = (record.text(unit_name) or self.profile.time_unit).upper()
        if not amount:
            return amount
        factor = self.profile.time_units.get(unit)
        if factor is None or amount < 0:
            reason = _("“%s” is not a unit of time that is known here.") % unit
            record.note(unit_name, BadValueError("unknown_unit", reason))
            return None
        return (amount * factor).quantize(THREE_PLACES, ROUND_HALF_UP)

    def components(self) -> tuple[ComponentLine, ...]:
        found = codec.objects(self.line.values, COMPONENTS)
        lines = [self.component(record) for record in self.line.records(COMPONENTS, found)]
        return tuple(line for line in lines if line.quantity)

    def component(self, record: Record) -> ComponentLine:
        flushing = record.text("flushingMethod") or "Manual"
        expected = record.read("expectedQuantity", number) or ZERO
        return ComponentLine(
            position=record.required("lineNo", longest=10),
            item=record.required("itemNo", longest=60),
            quantity=max(expected, ZERO).quantize(THREE_PLACES, ROUND_HALF_UP),
            unit=record.unit(self.profile.units, "unitOfMeasureCode") or "",
            operation=self.links.get(record.text("routingLinkCode") or "", ""),
            backflush=flushing.replace("_x0020_", " ").startswith(("Backward", "Forward", "Pick +")),
            raw=record.rest(),
        )


def identity(confirmation: Confirmation) -> uuid.UUID:
    return uuid.UUID(confirmation.identity)


def says_nothing(confirmation: Confirmation) -> bool:
    """No amount and no end. Rework isn't known there: those pieces are told once they are good or scrap."""
    amounts = (confirmation.good, confirmation.scrap, confirmation.setup_seconds, confirmation.run_seconds)
    return not confirmation.final and not any(amounts) and not confirmation.stop_seconds


def output(confirmation: Confirmation, profile: tables.Profile, *, on: date) -> dict[str, object]:
    """The entry to post ``on`` that day; a reversal has the same amounts with a minus and names what it takes
    back. Raises InvalidInput for an unknown unit of time."""
    factor = profile.time_units.get(profile.time_unit.upper())
    if factor is None:
        reason = _("“%s” is not a unit of time that is known here.") % profile.time_unit
        raise InvalidInput([Problem("unknown_unit", reason, "time_unit", value=profile.time_unit)])
    sign = -1 if confirmation.reverses else 1
    order, line = address_of(confirmation.order)
    longest_stop = max(confirmation.stops, key=lambda stop: stop.seconds, default=None)
    fields: dict[str, object] = {
        "externalId": str(identity(confirmation)),
        "orderNo": order,
        "orderLineNo": line,
        "operationNo": confirmation.operation,
        "postingDate": f"{on:%Y-%m-%d}",
        "outputQuantity": float(sign * confirmation.good),
        "scrapQuantity": float(sign * confirmation.scrap),
        "scrapCode": _code(confirmation.scrap_reason, profile.scrap_codes, profile.default_scrap_code),
        "setupTime": _time(sign * confirmation.setup_seconds, factor),
        "runTime": _time(sign * confirmation.run_seconds, factor),
        "stopTime": _time(sign * confirmation.stop_seconds, factor),
        "stopCode": _code(longest_stop.reason, profile.stop_codes, "") if longest_stop else "",
        "capUnitOfMeasureCode": profile.time_unit,
        "finished": confirmation.final,
        "description": confirmation.note,
    }
    if confirmation.reverses:
        fields["appliesToExternalId"] = str(uuid.UUID(confirmation.reverses))
    return fields


def _time(seconds: Decimal, factor: Decimal) -> float:
    """Five decimals are what Business Central keeps of a capacity."""
    return float((seconds / factor).quantize(Decimal("0.00001"), ROUND_HALF_UP))


def _code(ours: str, table: Mapping[str, str], otherwise: str) -> str:
    """Our reason as a code of ten characters there; without an entry the default, never a loss of pieces."""
    if not ours:
        return ""
    return table.get(ours, ours if len(ours) <= 10 and not table else otherwise)


def totals(entries: Iterable[Mapping[str, Any]], profile: tables.Profile) -> Iterator[ErpTotal]:
    """What capacity ledger entries sum up to per order and operation; reversals are negative entries."""
    sums: dict[tuple[str, str], dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for entry in entries:
        line = int(number(entry.get("orderLineNo") or FIRST_LINE))
        total = sums[order_number(str(entry.get("orderNo", "")), line), str(entry.get("operationNo", ""))]
        total["good"] += number(entry.get("outputQuantity") or 0)
        total["scrap"] += number(entry.get("scrapQuantity") or 0)
        unit = str(entry.get("capUnitOfMeasureCode") or profile.time_unit).upper()
        factor = profile.time_units.get(unit, ZERO)
        total["setup"] += number(entry.get("setupTime") or 0) * factor
        total["run"] += number(entry.get("runTime") or 0) * factor
    for (order, operation), total in sorted(sums.items()):
        yield ErpTotal(
            order=order,
            operation=operation,
            good=total["good"].quantize(THREE_PLACES, ROUND_HALF_UP),
            scrap=total["scrap"].quantize(THREE_PLACES, ROUND_HALF_UP),
            setup_seconds=total["setup"].quantize(THREE_PLACES, ROUND_HALF_UP),
            run_seconds=total["run"].quantize(THREE_PLACES, ROUND_HALF_UP),
        )
