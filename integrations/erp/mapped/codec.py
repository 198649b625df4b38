"""Bytes of any kind of file -> rows, or one tree. Knows how files are written, not what they mean."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import openpyxl

from integrations.erp.files.codec import decode
from integrations.erp.mapped.definition import CSV, FIXED, JSON, PLACE, XLSX, FileShape
from integrations.erp.mapped.tree import JsonBuilder, Node
from integrations.erp.mapped.values import Exact
from integrations.erp.safe_xml import XmlLimits, read_records
from mes.lib.errors import InvalidInput, Problem
from mes.lib.sentences import gettext as _


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost."""

    bytes: int = 32 * 1024 * 1024
    unpacked_bytes: int = 128 * 1024 * 1024
    rows: int = 200_000
    cells: int = 500
    nodes: int = 400_000
    depth: int = 32
    line: int = 100_000


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Row:
    """One line of cells. A column is named by the header (small letters) or by its number from 1."""

    line: int
    cells: Sequence[str]
    columns: Mapping[str, int]

    def get(self, name: str) -> str | None:
        place = self.columns.get(name.lower())
        if place is None:
            place = int(name) - 1 if name.isdecimal() and len(name) < 5 else -1
        return self.cells[place] if 0 <= place < len(self.cells) else None

    def where(self, name: str) -> str:
        return name


@dataclass(frozen=True, slots=True)
class Line:
    """One line of fixed width; ``3-14`` are its characters 3 to 14."""

    line: int
    text: str

    def get(self, name: str) -> str | None:
        match = PLACE.fullmatch(name)
        if match is None or int(match[1]) > len(self.text):
            return None
        return self.text[int(match[1]) - 1 : int(match[2] or match[1])].strip()

    def where(self, name: str) -> str:
        return name


Record = Row | Line | Node


def rows(body: bytes, shape: FileShape, limits: Limits = LIMITS) -> Iterator[Row | Line]:
    """Every line that isn't blank. Raises InvalidInput when the file can't be read to its end."""
    check_size(body, limits)
    if shape.kind == XLSX:
        yield from _sheet(body, shape, limits)
        return
    text = decode(body, shape.encoding)
    if not text.strip():
        raise refusal("empty", _("The file is empty."))
    if "\x00" in text:
        line = text.count("\n", 0, text.index("\x00")) + 1
        raise refusal("nul", _("Line %d holds a NUL character.") % line, line)
    yield from _fixed(text, shape, limits) if shape.kind == FIXED else _separated(text, shape, limits)


def root(body: bytes, shape: FileShape, limits: Limits = LIMITS) -> Node:
    """The document as one tree. Raises InvalidInput."""
    check_size(body, limits)
    if shape.kind == JSON:
        return Node(_json(body, shape, limits))
    xml = XmlLimits(
        bytes=limits.bytes,
        depth=limits.depth,
        elements_per_record=limits.nodes,
        records=1,
        elements_outside_records=1,
    )
    elements = list(read_records(body, record="*", limits=xml))
    if not elements:
        raise refusal("empty", _("The document is empty."))
    return Node(elements[0])


def check_size(body: bytes, limits: Limits) -> None:
    if len(body) > limits.bytes:
        raise refusal(
            "too_large",
            _("The file has %(size)d bytes; at most %(limit)d are accepted.")
            % {"size": len(body), "limit": limits.bytes},
        )


def refusal(code: str, message: str, line: int | None = None, name: str = "") -> InvalidInput:
    return InvalidInput([Problem(code, message, name, row=line)])


def _too_many(limits: Limits, line: int) -> InvalidInput:
    return refusal("too_many", _("More than %d rows.") % limits.rows, line)


def _fixed(text: str, shape: FileShape, limits: Limits) -> Iterator[Line]:
    taken = 0
    for number, line in enumerate(io.StringIO(text), start=1):
        plain = line.rstrip("\r\n\x1a")
        if number <= shape.skip or not plain.strip():
            continue
        taken += 1
        if taken > limits.rows:
            raise _too_many(limits, number)
        if len(plain) > limits.line:
            raise refusal("too_long", _("The line is longer than %d characters.") % limits.line, number)
        yield Line(number, plain)


class _Counted:
    """Lines with their ends kept, so that a quoted cell may hold them; counts what was read."""

    def __init__(self, text: str) -> None:
        self.lines = io.StringIO(text, newline="")
        self.count = 0

    def __iter__(self) -> Iterator[str]:
        for line in self.lines:
            self.count += 1
            yield line


def _separated(text: str, shape: FileShape, limits: Limits) -> Iterator[Row]:
    # Old DOS programs end a file with a Ctrl-Z.
    counted = _Counted(text.rstrip("\x1a"))
    quoting: dict[str, Any] = {"quotechar": shape.quote} if shape.quote else {"quoting": csv.QUOTE_NONE}
    reader = csv.reader(counted, delimiter=shape.separator, strict=bool(shape.quote), **quoting)
    try:
        yield from _table(_numbered(reader, counted), shape, limits)
    except csv.Error as error:
        raise refusal(
            "broken_csv",
            _("Line %(line)d: the quoting is broken (%(reason)s).")
            % {"line": counted.count, "reason": error},
            counted.count,
        ) from error


def _numbered(reader: Iterator[list[str]], counted: _Counted) -> Iterator[tuple[int, list[str]]]:
    before = 0
    for cells in reader:
        line, before = before + 1, counted.count
        yield line, cells


def _table(lines: Iterator[tuple[int, Sequence[str]]], shape: FileShape, limits: Limits) -> Iterator[Row]:
    columns: dict[str, int] = {}
    taken = 0
    for line, cells in lines:
        if line <= shape.skip:
            continue
        if len(cells) > limits.cells:
            raise refusal("too_many", _("More than %d columns.") % limits.cells, line)
        stripped = [cell if isinstance(cell, Exact) else cell.strip() for cell in cells]
        if not any(stripped):
            continue
        if shape.header and not columns:
            if line >= shape.header:
                columns = _columns(stripped, line)
            continue
        taken += 1
        if taken > limits.rows:
            raise _too_many(limits, line)
        if shape.kind == XLSX:
            stripped += [""] * (len(columns) - len(stripped))
        if columns and (len(stripped) < len(columns) or any(stripped[len(columns) :])):
            raise refusal(
                "wrong_width",
                _("The row has %(found)d cells, the header %(expected)d.")
                % {"found": len(stripped), "expected": len(columns)},
                line,
            )
        yield Row(line, stripped, columns)
    if shape.kind in (CSV, XLSX) and shape.header and not columns:
        raise refusal("empty", _("The file has no line with column names."))


def _columns(cells: Sequence[str], line: int) -> dict[str, int]:
    columns: dict[str, int] = {}
    for place, cell in enumerate(cells):
        name = cell.lower() or f"#{place + 1}"
        if name in columns:
            raise refusal("duplicate", _("The column “%s” occurs twice.") % cell[:60], line, cell[:60])
        columns[name] = place
    return columns


def _sheet(body: bytes, shape: FileShape, limits: Limits) -> Iterator[Row]:
    _check_archive(body, limits)
    try:
        book = openpyxl.load_workbook(io.BytesIO(body), read_only=True, data_only=True)
        sheet = book[shape.sheet] if shape.sheet else book.worksheets[0]
        lines = _sheet_lines(sheet, limits)
        yield from _table(lines, shape, limits)
    except InvalidInput:
        raise
    except Exception as error:
        # openpyxl raises whatever its parts raise for a broken file.
        raise refusal(
            "broken_xlsx", _("The file can't be read as XLSX (%s).") % type(error).__name__
        ) from error


def _sheet_lines(sheet: Any, limits: Limits) -> Iterator[tuple[int, Sequence[str]]]:
    for line, cells in enumerate(sheet.iter_rows(values_only=True, max_col=limits.cells), start=1):
        if line > limits.rows + 1000:
            raise _too_many(limits, line)
        texts = [_cell(value) for value in cells]
        while texts and not texts[-1]:
            texts.pop()
        yield line, texts


def _check_archive(body: bytes, limits: Limits) -> None:
    """A spreadsheet is a ZIP of XML: neither may unfold without bounds."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            entries = archive.infolist()
            if len(entries) > 1000 or sum(one.file_size for one in entries) > limits.unpacked_bytes:
                raise refusal("too_large", _("Unpacked, the file is too large."))
            parts = (archive.read(one) for one in entries if one.filename.endswith((".xml", ".rels")))
            if any(b"<!DOCTYPE" in part or b"<!ENTITY" in part for part in parts):
                raise refusal("dtd_refused", _("A document type declaration is not accepted."))
    except InvalidInput:
        raise
    except Exception as error:
        # A broken archive shows itself by a dozen kinds of errors of zipfile and zlib.
        raise refusal("broken_xlsx", _("The file is no XLSX file.")) from error


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int | float):
        whole = isinstance(value, float) and value.is_integer() and abs(value) < 10**15
        return Exact(f"{int(value)}" if whole else repr(value))
    if isinstance(value, datetime):
        return Exact(value.isoformat(timespec="seconds"))
    if isinstance(value, date | time):
        return Exact(value.isoformat())
    return str(value)


def _json(body: bytes, shape: FileShape, limits: Limits) -> Any:
    text = decode(body, shape.encoding)
    if not text.strip():
        raise refusal("empty", _("The document is empty."))
    if _depth(text) > limits.depth:
        raise refusal("too_deep", _("More than %(limit)d nested elements.") % {"limit": limits.depth})
    try:
        data = json.loads(text, parse_int=Exact, parse_float=Exact)
        return JsonBuilder(limits.nodes).element("document", data)
    except OverflowError:
        raise refusal("too_many", _("More than %(limit)d elements.") % {"limit": limits.nodes}) from None
    except json.JSONDecodeError as error:
        raise refusal(
            "broken_json",
            _("Line %(line)d, column %(column)d: this is not JSON (%(reason)s).")
            % {"line": error.lineno, "column": error.colno, "reason": error.msg},
            error.lineno,
        ) from error
    except (ValueError, RecursionError) as error:
        raise refusal("broken_json", _("The document is not JSON.")) from error


def _depth(text: str) -> int:
    """The deepest nesting, counted before anything is built."""
    deepest = depth = 0
    quoted = escaped = False
    for sign in text:
        if quoted:
            if escaped:
                escaped = False
            elif sign == "\\":
                escaped = True
            elif sign == '"':
                quoted = False
        elif sign == '"':
            quoted = True
        elif sign in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif sign in "]}":
            depth -= 1
    return deepest
