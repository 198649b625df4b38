"""A mapping as data (JSON) -> a checked, ready layout. Every fault is found and named at once.

    {"format": "mes-message-mapping", "version": 1, "direction": "in",
     "file": {"kind": "csv", "encoding": "cp850", "separator": ";", "header": 0, "decimal": ","},
     "records": [{"name": "K", "of": "order", "when": "1 = K"}],
     "fields": [{"record": "K", "target": "number", "source": "2", "convert": ["strip_zeros"], "when": ""}],
     "tables": {"status": {"values": {"20": "released"}, "default": "planned"}},
     "units": {"STCK": "C62"}}

In the other direction ``records`` are the lines that are written, ``target`` is where in the line a value
goes (column, place or path) and ``source`` is made of the fields of the confirmation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from integrations.erp.mapped import tables, tree
from integrations.erp.mapped.expression import BadExpressionError, Condition, Source, condition, source
from integrations.erp.mapped.values import MOST_STEPS, BadStepError, Step, ValueTable, pattern, step, zone
from mes.lib.errors import InvalidInput, Problem
from mes.lib.sentences import gettext as _

FORMAT, VERSION = "mes-message-mapping", 1
INWARD, OUTWARD = "in", "out"
CSV, FIXED, XLSX, XML, JSON = "csv", "fixed", "xlsx", "xml", "json"
KINDS = (CSV, FIXED, XLSX, XML, JSON)
TREES = (XML, JSON)
ENCODINGS = ("utf-8-sig", "utf-8", "cp1252", "iso-8859-1", "iso-8859-15", "cp850", "cp437", "utf-16")
SEPARATORS = (";", ",", "\t", "|", "#", "~", "^")
MOST_RECORDS, MOST_FIELDS, MOST_VALUES = 40, 400, 2000
PLACE = re.compile(r"([1-9][0-9]{0,4})(?:-([1-9][0-9]{0,4}))?")
TAG = re.compile(r"@?[^\W\d][\w.-]*")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FileShape:
    """How the file is written. ``header``: the line with the column names, 0 for none. ``unmatched``: what
    a line of no kind of record is: refused or ignored. ``root``, ``extension``: only for files we write."""

    kind: str = CSV
    encoding: str = ""
    separator: str = ";"
    quote: str = '"'
    header: int = 1
    skip: int = 0
    sheet: str = ""
    decimal: str = ""
    date: str = ""
    zone: str = ""
    empty: str = "unchanged"
    unmatched: str = "refuse"
    root: str = ""
    extension: str = ""


@dataclass(frozen=True, slots=True)
class RecordRule:
    """A kind of record and where it stands: rows for which ``when`` holds, or nodes at ``path`` (within the
    node of the record ``within``)."""

    name: str
    of: str
    when: Condition
    path: str = ""
    within: str = ""


@dataclass(frozen=True, slots=True)
class FieldRule:
    """One field. ``number`` is its place in the list, from 1."""

    number: int
    record: str
    target: str
    source: Source
    steps: tuple[Step, ...]
    when: Condition


@dataclass(frozen=True, slots=True)
class Layout:
    direction: str
    file: FileShape
    records: tuple[RecordRule, ...]
    fields: tuple[FieldRule, ...]
    tables: Mapping[str, ValueTable] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)

    def of_record(self, name: str) -> tuple[FieldRule, ...]:
        return tuple(rule for rule in self.fields if rule.record == name)


def layout(data: Any) -> Layout:
    """Raises InvalidInput with everything that is wrong; ``row`` is the field's place in the list."""
    reader = _Reader()
    made = reader.layout(data)
    if reader.problems or made is None:
        raise InvalidInput(reader.problems[:200])
    return made


def problems_of(data: Any) -> list[Problem]:
    try:
        layout(data)
    except InvalidInput as error:
        return error.problems
    return []


class _Reader:
    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def wrong(self, where: str, message: str, value: Any = "", row: int | None = None) -> None:
        self.problems.append(Problem("bad_mapping", message, where, row=row, value=str(value)[:80]))

    def layout(self, data: Any) -> Layout | None:
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            self.wrong("format", _("This is no mapping of messages."))
            return None
        if data.get("version") != VERSION:
            self.wrong("version", _("This version of mappings can't be read."), data.get("version"))
            return None
        direction = data.get("direction")
        if direction not in (INWARD, OUTWARD):
            self.wrong("direction", _("A mapping reads (in) or writes (out)."), direction)
            return None
        shape = self.shape(data.get("file"), direction)
        value_tables = self.value_tables(data.get("tables"))
        units = self.texts("units", data.get("units"))
        records = self.records(data.get("records"), direction, shape)
        fields = self.fields(data.get("fields"), direction, shape, records, value_tables)
        if direction == INWARD:
            self.check_keys(records, fields)
        units = {code.upper(): unit for code, unit in units.items()}
        return Layout(direction, shape, tuple(records.values()), tuple(fields), value_tables, units)

    def shape(self, data: Any, direction: str) -> FileShape:
        if not isinstance(data, dict):
            self.wrong("file", _("How the file is written is missing."))
            return FileShape()
        kinds = tuple(kind for kind in KINDS if direction == INWARD or kind != XLSX)
        allowed: Mapping[str, tuple[Any, ...]] = {
            "kind": kinds,
            "encoding": ("", *ENCODINGS),
            "separator": SEPARATORS,
            "quote": ('"', "'", ""),
            "decimal": ("", ",", "."),
            "empty": ("unchanged", "clears"),
            "unmatched": ("refuse", "ignore"),
        }
        made: dict[str, Any] = {}
        for name, values in allowed.items():
            value = data.get(name, getattr(FileShape(), name))
            if not isinstance(value, str) or value not in values:
                self.wrong(f"file.{name}", _("This value isn't known."), value)
            else:
                made[name] = value
        for name in ("header", "skip"):
            value = data.get(name, getattr(FileShape(), name))
            if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 1000:
                self.wrong(f"file.{name}", _("A line is a number from 0 to 1000."), value)
            else:
                made[name] = value
        for name in ("sheet", "date", "zone", "root", "extension"):
            made[name] = self.text(f"file.{name}", data.get(name, ""), 100)
        self.try_it("file.date", made["date"], pattern)
        self.try_it("file.zone", made["zone"], zone)
        if direction == OUTWARD and made.get("kind") == XML and made["root"]:
            self.check_tags("file.root", made["root"])
        if made["extension"] and not re.fullmatch("[A-Za-z0-9]{1,8}", made["extension"]):
            self.wrong("file.extension", _("An extension has 1 to 8 letters."), made["extension"])
        return FileShape(**made)

    def try_it(self, where: str, text: str, read: Callable[[str], object], row: int | None = None) -> None:
        try:
            if text:
                read(text)
        except (BadStepError, BadExpressionError) as error:
            self.wrong(where, str(error), text, row)

    def text(self, where: str, value: Any, longest: int, row: int | None = None) -> str:
        if not isinstance(value, str) or len(value) > longest or "\x00" in value:
            self.wrong(where, _("This must be a text of at most %d characters.") % longest, value, row)
            return ""
        return value.strip()

    def texts(self, where: str, data: Any) -> Mapping[str, str]:
        """A table of texts."""
        data = {} if data is None else data
        if (
            not isinstance(data, dict)
            or len(data) > MOST_VALUES
            or not all(
                isinstance(key, str) and isinstance(value, str) and len(key) <= 200 and len(value) <= 200
                for key, value in data.items()
            )
        ):
            self.wrong(where, _("A table says for texts which text they become."))
            return {}
        return data

    def value_tables(self, data: Any) -> dict[str, ValueTable]:
        data = {} if data is None else data
        if not isinstance(data, dict) or len(data) > MOST_RECORDS:
            self.wrong("tables", _("Value tables have names."))
            return {}
        made = {}
        for name, table in data.items():
            where = f"tables.{name}"[:100]
            if not isinstance(table, dict) or not isinstance(table.get("default", ""), str | None):
                self.wrong(where, _("A value table has values, and may have a default."))
                continue
            made[str(name)] = ValueTable(self.texts(where, table.get("values")), table.get("default"))
        return made

    def listed(self, where: str, data: Any, most: int) -> list[tuple[int, dict[str, Any]]]:
        if not isinstance(data, list) or len(data) > most:
            self.wrong(where, _("This must be a list of at most %d entries.") % most)
            return []
        found = []
        for number, entry in enumerate(data, start=1):
            if isinstance(entry, dict):
                found.append((number, entry))
            else:
                self.wrong(where, _("An entry of this list is an object."), row=number)
        return found

    def when(self, where: str, entry: Mapping[str, Any], number: int) -> Condition:
        text = self.text(where, entry.get("when", ""), 500, number)
        self.try_it(where, text, condition, number)
        try:
            return condition(text)
        except BadExpressionError:
            return Condition((), text)

    def records(self, data: Any, direction: str, shape: FileShape) -> dict[str, RecordRule]:
        made: dict[str, RecordRule] = {}
        for number, entry in self.listed("records", data, MOST_RECORDS):
            name = self.text("records.name", entry.get("name", ""), 60, number)
            of = entry.get("of")
            kinds = tables.TARGETS if direction == INWARD else tables.OUT_FIELDS
            if not name or name in made:
                self.wrong("records.name", _("Each kind of record has a name of its own."), name, number)
                continue
            if not isinstance(of, str) or of not in kinds:
                self.wrong("records.of", _("There is no such kind of record."), of, number)
                continue
            path = self.text("records.path", entry.get("path", ""), 500, number)
            within = self.text("records.within", entry.get("within", ""), 60, number)
            if direction == INWARD and shape.kind in TREES:
                self.check_path("records.path", path, number, of_record=True)
                if within and within not in made:
                    self.wrong("records.within", _("The record around it must stand before."), within, number)
            if direction == OUTWARD and shape.kind in TREES and path:
                self.check_tags("records.path", path, number)
            made[name] = RecordRule(name, of, self.when("records.when", entry, number), path, within)
        if not made and not self.problems:
            self.wrong("records", _("Say first what the file holds: add a kind of record."))
        return made

    def check_path(self, where: str, path: str, number: int, *, of_record: bool = False) -> None:
        try:
            tree.parsed(path, of_record=of_record)
        except BadExpressionError as error:
            self.wrong(where, str(error), path, number)

    def check_tags(self, where: str, path: str, number: int | None = None) -> None:
        parts = path.split("/")
        if not all(TAG.fullmatch(part) for part in parts) or any(part[0] == "@" for part in parts[:-1]):
            self.wrong(where, _("A path is made of names with / between them."), path, number)

    def fields(
        self,
        data: Any,
        direction: str,
        shape: FileShape,
        records: Mapping[str, RecordRule],
        value_tables: Mapping[str, ValueTable],
    ) -> list[FieldRule]:
        made: list[FieldRule] = []
        seen: set[tuple[str, str]] = set()
        for number, entry in self.listed("fields", data, MOST_FIELDS):
            record = records.get(str(entry.get("record")))
            if record is None:
                self.wrong("record", _("There is no such kind of record."), entry.get("record"), number)
                continue
            target = self.text("target", entry.get("target", ""), 200, number)
            conditional = bool(entry.get("when"))
            if not target or ((record.name, target) in seen and not conditional):
                self.wrong("target", _("Each field is filled once."), target, number)
                continue
            seen.add((record.name, target))
            if direction == INWARD:
                known = tables.field_of(record.of, target) is not None
                if not known:
                    self.wrong("target", _("There is no such field."), target, number)
            else:
                self.check_place(shape, target, number)
            made.append(
                FieldRule(
                    number,
                    record.name,
                    target,
                    self.source(entry, number, direction, shape, record),
                    self.steps(entry.get("convert", []), number, direction, value_tables),
                    self.when("when", entry, number),
                )
            )
        return made

    def check_place(self, shape: FileShape, target: str, number: int) -> None:
        if shape.kind in TREES:
            self.check_tags("target", target, number)
        elif shape.kind == FIXED and not _is_place(target):
            self.wrong("target", _("A place is written like 3-14."), target, number)

    def source(
        self, entry: Mapping[str, Any], number: int, direction: str, shape: FileShape, record: RecordRule
    ) -> Source:
        text = self.text("source", entry.get("source", ""), 500, number)
        try:
            made = source(text)
        except BadExpressionError as error:
            self.wrong("source", str(error), text, number)
            return Source((), text)
        for name in made.names:
            if direction == OUTWARD:
                if not is_out_field(record.of, name):
                    self.wrong("source", _("There is no such field."), name, number)
            elif shape.kind in TREES:
                self.check_path("source", name, number)
            elif shape.kind == FIXED and not _is_place(name):
                self.wrong("source", _("A place is written like 3-14."), name, number)
        return made

    def steps(
        self, data: Any, number: int, direction: str, value_tables: Mapping[str, ValueTable]
    ) -> tuple[Step, ...]:
        if not isinstance(data, list) or len(data) > MOST_STEPS:
            self.wrong("convert", _("Converters are a list of at most %d.") % MOST_STEPS, data, number)
            return ()
        made = []
        for text in data:
            try:
                one = step(text if isinstance(text, str) else "", outward=direction == OUTWARD)
            except BadStepError as error:
                self.wrong("convert", str(error), text, number)
                continue
            if one.name == "table" and one.arguments[0] not in value_tables:
                self.wrong("convert", _("There is no value table “%s”.") % one.arguments[0], text, number)
            made.append(one)
        return tuple(made)

    def check_keys(self, records: Mapping[str, RecordRule], fields: list[FieldRule]) -> None:
        """What must be mapped for a record to mean anything."""
        for record in records.values():
            target = tables.TARGETS[record.of]
            mapped = {rule.target for rule in fields if rule.record == record.name}
            for name, one in target.fields.items():
                if one.required and name not in mapped:
                    told = {"record": record.name, "field": one.label}
                    self.wrong("target", _("%(record)s: the field “%(field)s” isn't mapped.") % told)


def is_out_field(of: str, name: str) -> bool:
    """A line per stop also knows its confirmation, and every line its file."""
    around = list(tables.OUT_FIELDS)
    return any(name in tables.OUT_FIELDS[kind] for kind in around[: around.index(of) + 1])


def _is_place(text: str) -> bool:
    match = PLACE.fullmatch(text)
    return match is not None and int(match[2] or match[1]) >= int(match[1])
