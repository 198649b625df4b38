"""CSV rows <-> ``OrderDocument``. One row per operation; components and requirements are rows too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import tzinfo
from decimal import Decimal
from typing import Any

from integrations.domain.formats import Identity, Reading
from integrations.erp.files import tables, totals, values
from integrations.erp.files.codec import Row, Table, TableStream, read_table, write_table
from integrations.erp.links import is_link
from mes.lib.errors import InvalidInput, Problem
from mes.lib.sentences import gettext as _
from orders.domain.documents import ComponentLine, OperationLine, OrderDocument, RequirementLine
from orders.enums import RequirementKind, Strategy

ORDERS_AT_ONCE = 500


class CsvFormat:
    """The inbox's door to this folder."""

    name = "csv"

    def identify(self, body: bytes) -> Identity:
        return Identity(message_type=totals.MESSAGE_TYPE if totals.is_totals(body) else "orders")

    def read(self, body: bytes, *, zone: tzinfo, settings: Mapping[str, Any]) -> Reading:
        if totals.is_totals(body):
            return totals.read_totals(body, zone=zone, profile=values.profile(settings))
        return read_orders(body, zone=zone, profile=values.profile(settings))

    def read_in_pieces(self, body: bytes, *, zone: tzinfo, settings: Mapping[str, Any]) -> Iterator[Reading]:
        if totals.is_totals(body):
            yield self.read(body, zone=zone, settings=settings)
            return
        yield from read_in_pieces(body, zone=zone, profile=values.profile(settings))


def read_in_pieces(body: bytes, *, zone: tzinfo, profile: values.Profile | None = None) -> Iterator[Reading]:
    """The file as ``read_orders`` reads it, some hundred orders at a time, so that a large one needs no more
    memory than a small one. In one piece where the rows of an order don't stand together."""
    profile = profile or values.Profile()
    try:
        table = TableStream(body, known=tables.KNOWN, profile=profile)
        if not _stand_together(table):
            yield read_orders(body, zone=zone, profile=profile)
            return
    except InvalidInput as error:
        yield Reading(problems=tuple(error.problems))
        return
    rows: list[Row] = []
    orders, told = 0, 0
    for row in table:
        if not rows or row.cells["order_number"] != rows[-1].cells["order_number"]:
            if orders == ORDERS_AT_ONCE:
                yield _reading(rows, table.problems[told:], zone, profile)
                rows, orders, told = [], 0, len(table.problems)
            orders += 1
        rows.append(row)
    yield _reading(rows, table.problems[told:], zone, profile)


def _stand_together(table: TableStream) -> bool:
    """Whether no order's rows are parted by another order's. Raises InvalidInput as reading does."""
    seen: set[str] = set()
    last, parted, checked = "", False, False
    for row in table:
        if not checked:
            _check_columns(table)
            checked = True
        number = row.cells["order_number"]
        if number != last:
            parted = parted or number in seen
            seen.add(number)
            last = number
    if not checked:
        _check_columns(table)
    return not parted


def read_orders(body: bytes, *, zone: tzinfo, profile: values.Profile | None = None) -> Reading:
    """Every order of the file whose rows are all right; problems with line and column for the others."""
    profile = profile or values.Profile()
    try:
        table = read_table(body, known=tables.KNOWN, profile=profile)
        _check_columns(table)
    except InvalidInput as error:
        return Reading(problems=tuple(error.problems))
    return _reading(table.rows, table.problems, zone, profile)


def _reading(
    rows: Sequence[Row], problems: Sequence[Problem], zone: tzinfo, profile: values.Profile
) -> Reading:
    problems = list(problems)
    documents: list[OrderDocument] = []
    by_order = _by_order(rows, problems)
    del rows
    for number in list(by_order):
        rows = by_order.pop(number)  # given back as it is read: a large file never stands here twice
        found: list[Problem] = []
        document = _Order(number, rows, zone, profile, found).document()
        problems.extend(found)
        if not found:
            documents.append(document)
    problems.sort(key=lambda problem: problem.row or 0)
    return Reading(tuple(documents), tuple(problems), Identity(message_type="orders"))


def _check_columns(table: Table | TableStream) -> None:
    if "order_number" not in table.columns:
        raise InvalidInput(
            [Problem("required", _("The column order_number is missing."), field="order_number", row=1)]
        )
    problems = [
        Problem("unknown_column", _("There is no column “%s”.") % name, field=name, row=1)
        for name in table.columns
        if name not in tables.KNOWN and not name.startswith(tables.PARAMETER_PREFIX)
    ]
    if problems:
        raise InvalidInput(problems)


def _by_order(rows: Iterable[Row], problems: list[Problem]) -> dict[str, list[Row]]:
    orders: dict[str, list[Row]] = {}
    for row in rows:
        number = values.plain_text(row.cells["order_number"])
        if not number or len(number) > tables.LENGTHS["order_number"]:
            reason = _("The order number is missing or too long.")
            problems.append(
                Problem("required", reason, field="order_number", row=row.line, value=number[:100])
            )
            continue
        orders.setdefault(number, []).append(row)
    return orders


class _Order:
    """The rows of one order. ``problems`` collects what is wrong; the order is taken only without any."""

    def __init__(
        self,
        number: str,
        rows: Sequence[Row],
        zone: tzinfo,
        profile: values.Profile,
        problems: list[Problem],
    ) -> None:
        self.number = number
        self.rows = rows
        self.zone = zone
        self.profile = profile
        self.problems = problems

    def document(self) -> OrderDocument:
        header: dict[str, Any] = {}
        operations: dict[str, OperationLine] = {}
        components: list[ComponentLine] = []
        requirements: list[RequirementLine] = []
        records: set[str] = set()
        cancel = False
        for row in self.rows:
            record, status = self.record(row), self.line_status(row)
            records.add(record)
            self.merge_header(header, row)
            if record == tables.OPERATION:
                self.add_operation(operations, row, cancelled=status == tables.DELETED)
            elif record == tables.ORDER:
                cancel = cancel or status == tables.DELETED
            elif status == tables.DELETED:
                continue
            elif record == tables.COMPONENT:
                components.append(self.component(row))
            elif record == tables.REQUIREMENT:
                requirements.append(self.requirement(row))
        return OrderDocument(
            number=self.number,
            row=self.rows[0].line,
            **header,
            operations=tuple(operations.values()) if tables.OPERATION in records else None,
            components=tuple(components) if tables.COMPONENT in records else None,
            requirements=tuple(requirements) if tables.REQUIREMENT in records else None,
            cancel=cancel,
        )

    def record(self, row: Row) -> str:
        word = row.cells.get("record", "").lower()
        if not word:
            return tables.OPERATION if row.cells.get("operation_number") else tables.ORDER
        if word not in tables.RECORDS:
            self.note(row, "record", "not_allowed", _("“%s” is not a kind of record.") % word)
        return word

    def line_status(self, row: Row) -> str:
        status = row.cells.get("line_status", "").upper() or tables.NEW
        if status not in (tables.NEW, tables.MODIFIED, tables.DELETED):
            self.note(row, "line_status", "not_allowed", _("The line status is N, M or D."))
        return status

    def merge_header(self, header: dict[str, Any], row: Row) -> None:
        """Each row may repeat the order's fields, but must not contradict another row."""
        for name, value in self.fields(row, tables.ORDER_COLUMNS).items():
            column = next(c for c, (field, _kind) in tables.ORDER_COLUMNS.items() if field == name)
            if name == "strategy" and value and value not in Strategy.values:
                self.note(
                    row, column, "not_allowed", _("“%s” is not a strategy (MTS, MTO, ATO, ETO).") % value
                )
            elif name == "status" and value and value not in tables.STATUSES:
                self.note(row, column, "not_allowed", _("“%s” is not an ERP status.") % value)
            elif name == "quantity" and value is not None and value <= 0:
                self.note(row, column, "not_positive", _("The quantity must be above zero."))
            elif header.setdefault(name, value) != value:
                self.note(row, column, "contradiction", _("Another row of this order says something else."))

    def add_operation(self, operations: dict[str, OperationLine], row: Row, *, cancelled: bool) -> None:
        number = self.operation_number(row, required=True)
        if number in operations:
            self.note(row, "operation_number", "duplicate", _("The operation %s occurs twice.") % number)
        found = self.fields(row, tables.OPERATION_COLUMNS)
        for column, (field, factor) in tables.TIME_COLUMNS.items():
            seconds = self.cell(row, column, tables.AMOUNT)
            if seconds is not None:
                found[field] = (seconds * factor).quantize(values.THREE_PLACES)
        if found.get("base_quantity") is not None and found["base_quantity"] <= 0:
            self.note(row, "base_quantity", "not_positive", _("The base quantity must be above zero."))
        for name in ("text", "work_centre", "sequence", "confirmation_number", "control_key"):
            found[name] = found.get(name) or ""
        found["base_quantity"] = found.get("base_quantity") or Decimal(1)
        parameters = {
            name.removeprefix(tables.PARAMETER_PREFIX): values.plain_text(cell)
            for name, cell in row.cells.items()
            if name.startswith(tables.PARAMETER_PREFIX) and cell
        }
        operations[number] = OperationLine(
            number=number, **found, parameters=parameters or None, cancelled=cancelled
        )

    def component(self, row: Row) -> ComponentLine:
        found = self.fields(row, tables.COMPONENT_COLUMNS)
        self.require(row, found, tables.COMPONENT_COLUMNS, "item", "quantity", "unit")
        return ComponentLine(
            position=found.get("position") or "",
            item=found.get("item") or "",
            quantity=found.get("quantity") or Decimal(0),
            unit=found.get("unit") or "",
            operation=self.operation_number(row),
            backflush=bool(found.get("backflush")),
        )

    def requirement(self, row: Row) -> RequirementLine:
        found = self.fields(row, tables.REQUIREMENT_COLUMNS)
        self.require(row, found, tables.REQUIREMENT_COLUMNS, "code", "kind", "text")
        kind = (found.get("kind") or RequirementKind.TEXT).lower()
        if kind not in RequirementKind.values:
            self.note(row, "requirement_kind", "not_allowed", _("“%s” is not a kind of requirement.") % kind)
        lower, upper, url = found.get("lower"), found.get("upper"), found.get("url") or ""
        if kind == RequirementKind.LIMIT and lower is None and upper is None:
            self.note(row, "requirement_lower", "required", _("A limit needs a lower or an upper value."))
        if lower is not None and upper is not None and upper < lower:
            self.note(row, "requirement_upper", "inconsistent", _("The upper limit is below the lower one."))
        if kind == RequirementKind.DOCUMENT and not is_link(url):
            self.note(
                row, "requirement_url", "required", _("A document needs a link (http, https, ftp or file).")
            )
        choices = tuple(part.strip() for part in (found.get("choices") or "").split("|") if part.strip())
        return RequirementLine(
            code=found.get("code") or "",
            kind=kind,
            text=found.get("text") or "",
            value=found.get("value") or "",
            choices=choices,
            lower=lower,
            upper=upper,
            unit=found.get("unit") or "",
            url=url if is_link(url) else "",
            operation=self.operation_number(row),
        )

    def operation_number(self, row: Row, *, required: bool = False) -> str:
        number = self.cell(row, "operation_number", tables.KEY) or ""
        if required and not number:
            self.note(row, "operation_number", "required", _("The column operation_number is empty."))
        return str(number)

    def require(self, row: Row, found: Mapping[str, Any], columns: tables.Columns, *names: str) -> None:
        for column, (field, _kind) in columns.items():
            is_noted = any(p.row == row.line and p.field == column for p in self.problems)
            if field in names and found.get(field) in (None, "") and not is_noted:
                self.note(row, column, "required", _("The column %s is empty.") % column)

    def fields(self, row: Row, columns: tables.Columns) -> dict[str, Any]:
        """The cells that say something. A missing column never does; an empty cell by profile."""
        found: dict[str, Any] = {}
        for column, (field, kind) in columns.items():
            value = self.cell(row, column, kind)
            if value is not None:
                found[field] = value
        return found

    def cell(self, row: Row, column: str, kind: str) -> Any:
        text = row.cells.get(column)
        if text is None:
            return None
        if not text:
            return "" if self.profile.empty_clears and kind in (tables.KEY, tables.TEXT) else None
        try:
            return self.read(text, column, kind)
        except values.BadCellError as bad:
            self.note(row, column, bad.code, str(bad))
            return None

    def read(self, text: str, column: str, kind: str) -> Any:
        match kind:
            case tables.AMOUNT:
                return values.quantity(text, self.profile.decimal)
            case tables.NUMBER:
                return values.number(text, self.profile.decimal)
            case tables.WHOLE:
                return values.whole_number(text)
            case tables.TRUTH:
                return values.truth(text)
            case tables.MOMENT:
                return values.moment(text, self.zone)
            case tables.UNIT:
                return self.unit(text)
        plain = values.plain_text(text)
        if len(plain) > tables.LENGTHS[column]:
            message = _("The text is longer than %d characters.") % tables.LENGTHS[column]
            raise values.BadCellError("too_long", message)
        return plain

    def unit(self, text: str) -> str:
        unit = self.profile.units.get(text.upper())
        if unit is None:
            message = _("The unit “%s” is not in the table of units of this connection.") % text[:40]
            raise values.BadCellError("unknown_unit", message)
        return unit

    def note(self, row: Row, column: str, code: str, message: str) -> None:
        value = row.cells.get(column, "")[:100]
        self.problems.append(Problem(code, message, field=column, row=row.line, value=value))


def write_orders(
    documents: Iterable[OrderDocument],
    *,
    encoding: str = "utf-8-sig",
    delimiter: str = ";",
    decimal: str = ",",
) -> bytes:
    """The documents as a file that :func:`read_orders` reads back. ``raw`` is not part of a file."""
    rows = [row for document in documents for row in _rows_of(document, decimal)]
    used = {name for row in rows for name in row}
    parameters = sorted(name for name in used if name.startswith(tables.PARAMETER_PREFIX))
    columns = [
        name
        for name in (
            *tables.FIRST_COLUMNS,
            *tables.ORDER_COLUMNS,
            *tables.OPERATION_COLUMNS,
            *tables.COMPONENT_COLUMNS,
            *tables.REQUIREMENT_COLUMNS,
        )
        if name in used
    ]
    return write_table([*columns, *parameters], rows, encoding=encoding, delimiter=delimiter)


def _rows_of(document: OrderDocument, decimal: str) -> Iterator[dict[str, str]]:
    yield _row(
        tables.ORDER, document.number, document, tables.ORDER_COLUMNS, decimal, cancelled=document.cancel
    )
    for operation in document.operations or ():
        row = _row(
            tables.OPERATION,
            document.number,
            operation,
            tables.OPERATION_COLUMNS,
            decimal,
            operation=operation.number,
            cancelled=operation.cancelled,
        )
        for name, value in (operation.parameters or {}).items():
            row[f"{tables.PARAMETER_PREFIX}{name}"] = values.safe_text(value)
        yield row
    for component in document.components or ():
        yield _row(
            tables.COMPONENT,
            document.number,
            component,
            tables.COMPONENT_COLUMNS,
            decimal,
            operation=component.operation,
        )
    for requirement in document.requirements or ():
        yield _row(
            tables.REQUIREMENT,
            document.number,
            requirement,
            tables.REQUIREMENT_COLUMNS,
            decimal,
            operation=requirement.operation,
        )


def _row(
    record: str,
    number: str,
    line: object,
    columns: tables.Columns,
    decimal: str,
    *,
    operation: str = "",
    cancelled: bool = False,
) -> dict[str, str]:
    row = {
        "record": record,
        "line_status": tables.DELETED if cancelled else tables.NEW,
        "order_number": values.safe_text(number),
        "operation_number": values.safe_text(operation),
    }
    for column, (field, kind) in columns.items():
        value = getattr(line, field)
        if value not in (None, "", ()):
            row[column] = _text(value, kind, decimal)
    return row


def _text(value: Any, kind: str, decimal: str) -> str:
    if kind in (tables.AMOUNT, tables.NUMBER):
        # Without trailing zeros: "10,000" could be read as ten thousand.
        return values.number_text(value.normalize(), decimal)
    if kind == tables.TRUTH:
        return "1" if value else "0"
    if kind == tables.MOMENT:
        return str(value.isoformat())
    if isinstance(value, tuple):
        return values.safe_text("|".join(value))
    return values.safe_text(str(value))
