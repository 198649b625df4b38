"""``Confirmation`` -> the partner's own file, by a layout: lines, places, or paths."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape, quoteattr
from zoneinfo import ZoneInfo

from integrations.domain.formats import Rendered
from integrations.erp.files.values import BadCellError
from integrations.erp.mapped import tables
from integrations.erp.mapped.definition import (
    CSV,
    FIXED,
    JSON,
    OUTWARD,
    PLACE,
    XML,
    FieldRule,
    FileShape,
    Layout,
    layout,
)
from integrations.erp.mapped.expression import Source
from integrations.erp.mapped.mapping import profile_of
from integrations.erp.mapped.values import Profile, Writer, with_zone, without_formula
from mes.lib.errors import InvalidInput, MesError, Problem
from mes.lib.sentences import gettext as _
from orders.domain.documents import Confirmation, StopLine

EXTENSIONS = {CSV: "csv", FIXED: "txt", XML: "xml", JSON: "json"}
CONTENT_TYPES = {CSV: "text/csv", FIXED: "text/plain", XML: "application/xml", JSON: "application/json"}
LINE_END = "\r\n"


class MappedConfirmations:
    """The outbox's door to this folder."""

    name = "mapped"

    def write(
        self,
        confirmations: Sequence[Confirmation],
        *,
        message_id: str,
        created: datetime,
        settings: Mapping[str, Any],
    ) -> Rendered:
        if not settings.get("confirmation_mapping"):
            raise MesError("no_mapping", _("The connection has no published mapping for confirmations."))
        made = layout(settings["confirmation_mapping"])
        return write(confirmations, made, message_id=message_id, created=created)


@dataclass(frozen=True, slots=True)
class _Cell:
    target: str
    text: str
    numeric: bool


def write(
    confirmations: Sequence[Confirmation], made: Layout, *, message_id: str, created: datetime
) -> Rendered:
    """Raises InvalidInput when a value doesn't fit where the layout puts it."""
    if made.direction != OUTWARD:
        raise InvalidInput([Problem("no_mapping", _("This mapping reads; it can't write."))])
    lines = list(_Lines(made, confirmations, message_id, created).written())
    shape = made.file
    text = {CSV: _csv, FIXED: _fixed, XML: _xml, JSON: _json}[shape.kind](lines, made)
    extension = shape.extension or EXTENSIONS[shape.kind]
    body = _encoded(text, shape)
    return Rendered(body, extension, CONTENT_TYPES[shape.kind], "confirmations")


def _encoded(text: str, shape: FileShape) -> bytes:
    encoding = shape.encoding or "utf-8"
    try:
        return text.encode(encoding)
    except UnicodeEncodeError as error:
        message = _("“%(sign)s” can't be written in %(encoding)s.")
        told = {"sign": text[error.start : error.start + 1], "encoding": encoding}
        around = text[max(error.start - 20, 0) : error.start + 20]
        raise InvalidInput([Problem("wrong_encoding", message % told, value=around)]) from error


@dataclass(frozen=True, slots=True)
class _Line:
    """One written line, with the name of its kind of record."""

    record: str
    cells: tuple[_Cell, ...]


class _Lines:
    def __init__(
        self, made: Layout, confirmations: Sequence[Confirmation], message_id: str, created: datetime
    ) -> None:
        self.layout = made
        self.confirmations = confirmations
        self.file = {"message_id": message_id, "created": created, "count": Decimal(len(confirmations))}

    def written(self) -> Iterator[_Line]:
        """Lines of the file before the first line of a confirmation come first, the others last."""
        kinds = [record.of for record in self.layout.records]
        first = next((place for place, of in enumerate(kinds) if of != "file"), len(kinds))
        for place, record in enumerate(self.layout.records):
            if record.of == "file" and place < first:
                yield from self.line(record.name, None, None)
        for confirmation in self.confirmations:
            for record in self.layout.records:
                if record.of == "confirmation":
                    yield from self.line(record.name, confirmation, None)
                elif record.of == "stop":
                    for stop in confirmation.stops:
                        yield from self.line(record.name, confirmation, stop)
        for place, record in enumerate(self.layout.records):
            if record.of == "file" and place > first:
                yield from self.line(record.name, None, None)

    def line(self, name: str, confirmation: Confirmation | None, stop: StopLine | None) -> Iterator[_Line]:
        known = _Known(self.file, confirmation, stop)
        record = next(one for one in self.layout.records if one.name == name)
        if not record.when.holds(known.plain):
            return
        profile = self.profile(confirmation)
        cells = [
            self.cell(rule, known, profile)
            for rule in self.layout.of_record(name)
            if rule.when.holds(known.plain)
        ]
        yield _Line(name, tuple(cells))

    def profile(self, confirmation: Confirmation | None) -> Profile:
        of = (confirmation or self.confirmations[0]).time_zone if self.confirmations else "UTC"
        profile = profile_of(self.layout, ZoneInfo(of))
        return profile if self.layout.file.zone else with_zone(profile, ZoneInfo(of))

    def cell(self, rule: FieldRule, known: _Known, profile: Profile) -> _Cell:
        try:
            text, numeric = Writer(rule.steps, profile).write(
                *known.value(rule.source), reversal=known.is_reversal
            )
        except BadCellError as bad:
            raise InvalidInput([Problem(bad.code, str(bad), rule.target, row=rule.number)]) from bad
        return _Cell(rule.target, text, numeric)


@dataclass(frozen=True, slots=True)
class _Known:
    """Everything that a line may tell, by name."""

    file: Mapping[str, Any]
    confirmation: Confirmation | None
    stop: StopLine | None

    @property
    def is_reversal(self) -> bool:
        return self.confirmation is not None and bool(self.confirmation.reverses)

    def value(self, source: Source) -> tuple[Any, str]:
        if len(source.parts) == 1 and not source.parts[0].constant:
            return self.named(source.parts[0].text)
        return source.value(self.plain), tables.TEXT

    def named(self, name: str) -> tuple[Any, str]:
        """The value and how it is written; a name means the innermost thing that has it."""
        if self.stop is not None and name in tables.OUT_FIELDS["stop"]:
            return getattr(self.stop, name), tables.OUT_FIELDS["stop"][name][1]
        if self.confirmation is not None and name == "kind":
            status = "status" if self.confirmation.status else "confirmation"
            return "reversal" if self.is_reversal else status, tables.TEXT
        if self.confirmation is not None and name in tables.OUT_FIELDS["confirmation"]:
            return getattr(self.confirmation, name), tables.OUT_FIELDS["confirmation"][name][1]
        return self.file[name], tables.OUT_FIELDS["file"][name][1]

    def plain(self, name: str) -> str | None:
        """As text, for conditions and joined sources."""
        value, _kind = self.named(name)
        if isinstance(value, bool):
            return "1" if value else "0"
        if isinstance(value, Decimal):
            return f"{value.normalize():f}"
        if isinstance(value, datetime):
            return value.isoformat(timespec="seconds")
        return "" if value is None else str(value)


def _csv(lines: Sequence[_Line], made: Layout) -> str:
    """Numbered targets are places; named ones are columns of one header in the order of the fields."""
    shape = made.file
    out = io.StringIO(newline="")
    quote: dict[str, Any] = (
        {"quotechar": shape.quote} if shape.quote else {"quoting": csv.QUOTE_NONE, "escapechar": None}
    )
    writer = csv.writer(out, delimiter=shape.separator, lineterminator=LINE_END, **quote)
    names = list(dict.fromkeys(rule.target for rule in made.fields))
    try:
        if shape.header:
            writer.writerow(names)
        for line in lines:
            cells = {cell.target: without_formula(cell.text, numeric=cell.numeric) for cell in line.cells}
            writer.writerow(_placed(cells, made, line.record) if not shape.header else _named(cells, names))
    except csv.Error as error:
        message = _("A value holds the separator, and the layout has no quotes.")
        raise InvalidInput([Problem("not_writable", message)]) from error
    return out.getvalue()


def _named(cells: Mapping[str, str], names: Sequence[str]) -> list[str]:
    return [cells.get(name, "") for name in names]


def _placed(cells: Mapping[str, str], made: Layout, record: str) -> list[str]:
    targets = list(dict.fromkeys(rule.target for rule in made.of_record(record)))
    if not all(target.isdecimal() for target in targets):
        return [cells.get(target, "") for target in targets]
    width = min(max((int(target) for target in targets), default=0), 500)
    return [cells.get(str(place), "") for place in range(1, width + 1)]


def _fixed(lines: Sequence[_Line], _made: Layout) -> str:
    return "".join(_fixed_line(line) + LINE_END for line in lines)


def _fixed_line(line: _Line) -> str:
    """Numbers stand right, texts left. Raises InvalidInput for what is longer than its place."""
    text = ""
    for cell in sorted(line.cells, key=lambda one: _place(one.target)[0]):
        start, width = _place(cell.target)
        plain = " ".join(cell.text.split()) if not cell.text.isspace() else cell.text
        plain = cell.text if len(cell.text) == width else plain
        if len(plain) > width:
            message = _("“%(value)s” is longer than its place of %(width)d characters.")
            problem = Problem(
                "too_long", message % {"value": plain[:60], "width": width}, cell.target, value=plain[:100]
            )
            raise InvalidInput([problem])
        text = text.ljust(start) + (plain.rjust(width) if cell.numeric else plain.ljust(width))
    return text


def _place(target: str) -> tuple[int, int]:
    match = PLACE.fullmatch(target)
    start, _dash, end = (match[1], "", match[2] or match[1]) if match else ("1", "", "1")
    return int(start) - 1, int(end) - int(start) + 1


@dataclass(slots=True)
class _Tag:
    name: str
    attributes: dict[str, str]
    children: list[_Tag]
    text: str = ""
    numeric: bool = False

    def open(self, path: str) -> _Tag:
        """The last element of a path, made where it isn't there."""
        place = self
        for name in path.split("/") if path else ():
            found = next((child for child in place.children if child.name == name), None)
            if found is None:
                found = _Tag(name, {}, [])
                place.children.append(found)
            place = found
        return place

    def add(self, path: str) -> _Tag:
        """A new element at a path whose last name may be there already."""
        around, _slash, name = path.rpartition("/")
        made = _Tag(name, {}, [])
        self.open(around).children.append(made)
        return made


def _grown(lines: Sequence[_Line], made: Layout) -> _Tag:
    document = _Tag("", {}, [])
    top = document.open(made.file.root or "Confirmations")
    records = {record.name: record for record in made.records}
    last: _Tag = top
    for line in lines:
        record = records[line.record]
        around = last if record.of == "stop" else top
        place = around.add(record.path) if record.path else around
        if record.of == "confirmation":
            last = place
        for cell in line.cells:
            path, _at, attribute = cell.target.partition("@")
            found = place.open(path.rstrip("/"))
            if attribute:
                found.attributes[attribute] = cell.text
            else:
                found.text, found.numeric = cell.text, cell.numeric
    return document.children[0]


def _xml(lines: Sequence[_Line], made: Layout) -> str:
    encoding = (made.file.encoding or "utf-8").removesuffix("-sig")
    top = _grown(lines, made)
    return f'<?xml version="1.0" encoding="{encoding}"?>\n' + "".join(_tagged(top, 0))


def _tagged(tag: _Tag, depth: int) -> Iterator[str]:
    blank = "  " * depth
    attributes = "".join(f" {name}={quoteattr(_clean(value))}" for name, value in tag.attributes.items())
    if not tag.children:
        yield f"{blank}<{tag.name}{attributes}>{escape(_clean(tag.text))}</{tag.name}>\n"
        return
    yield f"{blank}<{tag.name}{attributes}>{escape(_clean(tag.text))}\n"
    for child in tag.children:
        yield from _tagged(child, depth + 1)
    yield f"{blank}</{tag.name}>\n"


def _clean(text: str) -> str:
    """XML has no control characters."""
    return "".join(sign for sign in text if sign in "\t\n\r" or sign >= " ")


def _json(lines: Sequence[_Line], made: Layout) -> str:
    top = _grown(lines, made)
    repeated = {record.path.rpartition("/")[2] for record in made.records if record.of != "file"}
    return json.dumps({top.name: _jsoned(top, repeated)}, ensure_ascii=False, indent=2) + "\n"


def _jsoned(tag: _Tag, repeated: set[str]) -> Any:
    """Kinds of records are lists, also with one entry."""
    if not tag.children and not tag.attributes:
        return _json_value(tag)
    made: dict[str, Any] = dict(tag.attributes)
    for child in tag.children:
        value = _jsoned(child, repeated)
        if child.name in repeated:
            made.setdefault(child.name, []).append(value)
        else:
            made[child.name] = value
    return made


def _json_value(tag: _Tag) -> Any:
    if not tag.numeric:
        return tag.text
    try:
        return json.loads(tag.text)
    except ValueError:
        return tag.text
