"""Flat IDocs <-> the same control record and segments that XML gives.

A control record of 524 characters, then data records of 63 characters of frame and 1000 of data. Positions
count characters after decoding. Lines may end with LF, CRLF or not at all; blanks cut off at a line's end
are put back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from integrations.erp.idoc.dictionary import Dictionary
from integrations.erp.idoc.node import Node
from integrations.erp.safe_xml import Element, XmlLimits
from mes.lib.errors import InvalidInput, Problem
from mes.lib.sentences import gettext as _

CONTROL = "EDI_DC40"
CONTROL_FIELDS: Mapping[str, int] = {
    "TABNAM": 10,
    "MANDT": 3,
    "DOCNUM": 16,
    "DOCREL": 4,
    "STATUS": 2,
    "DIRECT": 1,
    "OUTMOD": 1,
    "EXPRSS": 1,
    "TEST": 1,
    "IDOCTYP": 30,
    "CIMTYP": 30,
    "MESTYP": 30,
    "MESCOD": 3,
    "MESFCT": 3,
    "STD": 1,
    "STDVRS": 6,
    "STDMES": 6,
    "SNDPOR": 10,
    "SNDPRT": 2,
    "SNDPFC": 2,
    "SNDPRN": 10,
    "SNDSAD": 21,
    "SNDLAD": 70,
    "RCVPOR": 10,
    "RCVPRT": 2,
    "RCVPFC": 2,
    "RCVPRN": 10,
    "RCVSAD": 21,
    "RCVLAD": 70,
    "CREDAT": 8,
    "CRETIM": 6,
    "REFINT": 14,
    "REFGRP": 14,
    "REFMES": 14,
    "ARCKEY": 70,
    "SERIAL": 20,
}
FRAME_FIELDS: Mapping[str, int] = {
    "SEGNAM": 30,
    "MANDT": 3,
    "DOCNUM": 16,
    "SEGNUM": 6,
    "PSGNUM": 6,
    "HLEVEL": 2,
}
CONTROL_LENGTH = sum(CONTROL_FIELDS.values())
FRAME_LENGTH = sum(FRAME_FIELDS.values())
SDATA_LENGTH = 1000
RECORD_LENGTH = FRAME_LENGTH + SDATA_LENGTH
SDATA = "SDATA"

LINE_END = re.compile("\r\n|\n|\r")
NUMBERS = re.compile(r"(?:[0-9]{6}| {6})(?:[0-9]{6}| {6})(?:[0-9]{2}| {2}|[0-9] )")
NO_TEXT = re.compile("[\x00-\x1f\x7f\x85\u2028\u2029]")
LIMITS = XmlLimits()


def is_flat(body: bytes) -> bool:
    """By the first characters: a control record instead of a tag."""
    return _without_mark(body[:20]).startswith(b"EDI_DC")


def first_control(body: bytes) -> dict[str, str]:
    """Of the first IDoc, without knowing the code page: keys of the control record are ASCII."""
    text = _without_mark(body[: CONTROL_LENGTH + 10]).decode("latin-1")
    return _cut(LINE_END.split(text, maxsplit=1)[0], CONTROL_FIELDS)


def _without_mark(body: bytes) -> bytes:
    return body.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")


@dataclass(frozen=True, slots=True)
class Record:
    """One record, padded to its full length. ``number`` counts records (which are lines) from 1."""

    number: int
    text: str
    problem: str = ""

    @property
    def is_control(self) -> bool:
        return self.text.startswith("EDI_DC")


def read_flat(
    body: bytes, *, encoding: str, dictionary: Dictionary, limits: XmlLimits = LIMITS
) -> Iterator[tuple[Element, list[Problem]]]:
    """Each IDoc as an element like XML's, with what is wrong in it; a wrong one is quarantined by the caller.

    Yields one element without children for records before the first control record. Raises ``InvalidInput``
    when the bytes can't be read at all.
    """
    if len(body) > limits.bytes:
        raise _refused(
            "too_large",
            _("The document has %(size)d bytes; at most %(limit)d are accepted.")
            % {"size": len(body), "limit": limits.bytes},
        )
    text = _decode(body, encoding)
    for idocs, records in enumerate(_by_idoc(_records(text)), start=1):
        if idocs > limits.records or len(records) > limits.elements_per_record:
            raise _refused("too_many", _("More than %(limit)d elements.") % {"limit": limits.records})
        yield _Tree(idocs, records, dictionary).read()


def _decode(body: bytes, encoding: str) -> str:
    try:
        return body.decode(encoding or "utf-8").lstrip("\ufeff\r\n").replace("\x00", " ")
    except UnicodeDecodeError as error:
        reason = _(
            "Byte %(place)d is no character of the code page %(name)s. Set the connection's encoding to "
            "the one of the partner's port."
        ) % {"place": error.start + 1, "name": encoding}
        raise _refused("wrong_encoding", reason, field="encoding") from error
    except LookupError as error:
        reason = _("The code page “%s” is not known.") % encoding
        raise _refused("wrong_encoding", reason, field="encoding") from error


def _refused(code: str, message: str, *, field: str = "") -> InvalidInput:
    return InvalidInput([Problem(code, message, field=field, row=1)])


# --- records


def _records(text: str) -> Iterator[Record]:
    first_end = LINE_END.search(text)
    if first_end is None or first_end.start() > CONTROL_LENGTH:
        return _contiguous(text.rstrip("\r\n\x1a"))
    return _lines(text)


def _lines(text: str) -> Iterator[Record]:
    """Blanks cut at a line's end are put back. That the last line was cut shows only beside full lines."""
    lines = [line for line in LINE_END.split(text) if line.strip(" \x1a")]
    data = [line for line in lines if not line.startswith("EDI_DC")]
    others_are_full = len(data) > 1 and all(len(line) == RECORD_LENGTH for line in data[:-1])
    for number, line in enumerate(lines, start=1):
        length = CONTROL_LENGTH if line.startswith("EDI_DC") else RECORD_LENGTH
        is_last = number == len(lines)
        is_cut = is_last and len(line) < (RECORD_LENGTH if others_are_full else FRAME_LENGTH)
        if len(line) > length:
            problem = _("The record has %(size)d characters instead of %(length)d.")
            yield Record(number, line[:length], problem % {"size": len(line), "length": length})
        elif is_cut and length == RECORD_LENGTH:
            yield Record(number, line.ljust(length), _cut_off(len(line), length))
        else:
            yield Record(number, line.ljust(length))


def _contiguous(text: str) -> Iterator[Record]:
    place, number = 0, 0
    marker = f"{CONTROL}  "
    while place < len(text):
        number += 1
        length = CONTROL_LENGTH if text.startswith("EDI_DC", place) else RECORD_LENGTH
        record = text[place : place + length]
        # A control record inside a record: something was cut out before it. Reading goes on there.
        next_control = text.find(marker, place + 1, place + length + len(marker) - 1)
        if next_control >= 0:
            record = text[place : min(next_control, place + length)]
        if len(record) < length:
            yield Record(number, record.ljust(length), _cut_off(len(record), length))
        else:
            yield Record(number, record)
        place += len(record)
        if next_control < 0 and length == RECORD_LENGTH and not _has_frame(record):
            # Out of step: only the next control record can be found again.
            place = text.find(marker, place - len(record) + 1)
            if place < 0:
                return


def _cut_off(size: int, length: int) -> str:
    return _("The record was cut off: %(size)d of %(length)d characters.") % {"size": size, "length": length}


def _has_frame(record: str) -> bool:
    return bool(record[:30].strip()) and bool(NUMBERS.fullmatch(record[49:63]))


def _by_idoc(records: Iterator[Record]) -> Iterator[list[Record]]:
    gathered: list[Record] = []
    for record in records:
        if record.is_control and gathered:
            yield gathered
            gathered = []
        gathered.append(record)
    if gathered:
        yield gathered


def _cut(text: str, fields: Mapping[str, int]) -> dict[str, str]:
    cut: dict[str, str] = {}
    place = 0
    for name, length in fields.items():
        cut[name] = text[place : place + length].strip()
        place += length
    return cut


# --- tree


class _Tree:
    """The segments of one IDoc under their parents: by PSGNUM, else by HLEVEL."""

    def __init__(self, row: int, records: Sequence[Record], dictionary: Dictionary) -> None:
        self.row = row
        self.records = records
        self.dictionary = dictionary
        self.problems: list[Problem] = []
        self.root = Element("IDOC", records[0].number)
        self.by_number: dict[str, tuple[Element, int]] = {}
        self.open: list[tuple[int, Element]] = []

    def read(self) -> tuple[Element, list[Problem]]:
        first, *rest = self.records
        if not first.is_control:
            self.note(first.number, "", "no_control", _("The record stands before any control record."))
            return self.root, self.problems
        control = _cut(first.text, CONTROL_FIELDS)
        if control["TABNAM"] != CONTROL:
            reason = _("The control record “%s” is not the one that is read here (EDI_DC40).")
            self.note(first.number, "TABNAM", "wrong_control", reason % control["TABNAM"][:10])
            return self.root, self.problems
        if first.problem:
            self.note(first.number, CONTROL, "truncated", first.problem)
        self.root.children.append(_element(CONTROL, first.number, control))
        frames = [_cut(record.text, FRAME_FIELDS) for record in rest]
        has_parents = any(frame["PSGNUM"].strip("0") for frame in frames)
        for record, frame in zip(rest, frames, strict=True):
            self.add(record, frame, control["DOCNUM"], has_parents=has_parents)
        return self.root, self.problems

    def add(self, record: Record, frame: Mapping[str, str], docnum: str, *, has_parents: bool) -> None:
        name = frame["SEGNAM"]
        if record.problem:
            self.note(record.number, name, "truncated", record.problem)
        elif not _has_frame(record.text):
            reason = _("This is not a data record: it has no segment name or no segment number.")
            self.note(record.number, name, "broken_record", reason)
        elif frame["DOCNUM"] and docnum and frame["DOCNUM"].lstrip("0") != docnum.lstrip("0"):
            reason = _("The record belongs to IDoc %(other)s, not to %(this)s.")
            self.note(record.number, name, "wrong_idoc", reason % {"other": frame["DOCNUM"], "this": docnum})
        else:
            self.hang(record, frame, self.segment(record, name), has_parents=has_parents)

    def hang(self, record: Record, frame: Mapping[str, str], element: Element, *, has_parents: bool) -> None:
        """Put the segment under its parent."""
        number = frame["SEGNUM"]
        if number and number in self.by_number:
            reason = _("The segment number %s occurs twice.") % number
            self.note(record.number, frame["SEGNAM"], "duplicate", reason)
            return
        found = self.by_parent(frame) if has_parents else self.by_level(frame, element)
        if found is None:
            reason = _("The parent segment %s doesn't stand before it.") % frame["PSGNUM"]
            self.note(record.number, frame["SEGNAM"], "no_parent", reason)
            return
        parent, depth = found
        if depth >= LIMITS.depth:
            reason = _("More than %(limit)d nested elements.") % {"limit": LIMITS.depth}
            self.note(record.number, frame["SEGNAM"], "too_deep", reason)
            return
        self.by_number[number] = element, depth + 1
        parent.children.append(element)

    def by_parent(self, frame: Mapping[str, str]) -> tuple[Element, int] | None:
        number = frame["PSGNUM"]
        return self.by_number.get(number) if number.strip("0") else (self.root, 0)

    def by_level(self, frame: Mapping[str, str], element: Element) -> tuple[Element, int]:
        level = int(frame["HLEVEL"] or 0)
        while self.open and self.open[-1][0] >= level:
            self.open.pop()
        parent = self.open[-1][1] if self.open else self.root
        self.open.append((level, element))
        return parent, len(self.open) - 1

    def segment(self, record: Record, definition: str) -> Element:
        """Its fields by the dictionary. What the dictionary doesn't cover stays as raw ``SDATA``."""
        data = record.text[FRAME_LENGTH:]
        places = self.dictionary.places(definition)
        name = _xml_name(self.dictionary.type_of(definition))
        if places is None:
            return _element(name, record.number, {SDATA: data.rstrip()})
        fields = {place.name: data[place.offset : place.end].strip() for place in places}
        known = max((place.end for place in places), default=0)
        return _element(name, record.number, {**fields, SDATA: data[known:].rstrip()})

    def note(self, line: int, name: str, code: str, reason: str) -> None:
        message = _("Line %(line)d: %(reason)s") % {"line": line, "reason": reason}
        self.problems.append(Problem(code, message, field=name, row=self.row))


def _element(name: str, line: int, fields: Mapping[str, str]) -> Element:
    leaves = [Element(field, line, pieces=[value]) for field, value in fields.items() if value]
    return Element(name, line, children=leaves)


def _xml_name(name: str) -> str:
    """``/GLB/GROUP`` as XML writes it: ``_-GLB_-GROUP``."""
    return name.replace("/", "_-")


# --- writing


def write_flat(
    control: Mapping[str, str],
    nodes: Sequence[Node],
    *,
    dictionary: Dictionary,
    definitions: Mapping[str, str],
    encoding: str,
    line_end: str = "\r\n",
) -> bytes:
    """One IDoc. ``definitions``: the names of segment definitions where they aren't ``E2…000``.

    Characters that the code page lacks become ``?``, as do line ends and tabs inside a value. Raises
    ``InvalidInput`` when a value doesn't fit its field or a segment has no dictionary.
    """
    problems: list[Problem] = []
    lines = [_line({"TABNAM": CONTROL, **control}, CONTROL_FIELDS, CONTROL, problems)]
    for number, parent, level, node in _numbered(nodes):
        places = dictionary.places(node.name)
        if places is None:
            reason = _("The dictionary doesn't know the segment %s.") % node.name
            problems.append(Problem("no_dictionary", reason, field=node.name))
            continue
        frame = {
            "SEGNAM": definitions.get(node.name, f"{node.name.replace('E1', 'E2', 1)}000"),
            "MANDT": control.get("MANDT", ""),
            "DOCNUM": control.get("DOCNUM", ""),
            "SEGNUM": f"{number:06d}",
            "PSGNUM": f"{parent:06d}",
            "HLEVEL": f"{level:02d}",
        }
        data = [" "] * SDATA_LENGTH
        known = {place.name: place for place in places}
        for name, value in node.fields.items():
            place = known.get(name)
            if value and place is None:
                reason = _("The dictionary doesn't know the field %s.") % name
                problems.append(Problem("no_dictionary", reason, field=f"{node.name}/{name}"))
            elif place is not None:
                data[place.offset : place.end] = _fitted(value, place.length, f"{node.name}/{name}", problems)
        lines.append(_line(frame, FRAME_FIELDS, node.name, problems) + "".join(data))
    if problems:
        raise InvalidInput(problems)
    return "".join(line + line_end for line in lines).encode(encoding, "replace")


def _numbered(
    nodes: Sequence[Node], parent: int = 0, level: int = 1, start: int = 0
) -> Iterator[tuple[int, int, int, Node]]:
    number = start
    for node in nodes:
        number += 1
        own = number
        yield own, parent, level, node
        for below in _numbered(node.children, own, level + 1, number):
            number = below[0]
            yield below


def _line(values: Mapping[str, str], fields: Mapping[str, int], name: str, problems: list[Problem]) -> str:
    return "".join(
        _fitted(values.get(field, ""), length, f"{name}/{field}", problems)
        for field, length in fields.items()
    )


def _fitted(value: str, length: int, field: str, problems: list[Problem]) -> str:
    plain = NO_TEXT.sub("?", value)
    if len(plain) > length:
        reason = _("“%(value)s” does not fit the %(length)d characters of the ERP's field.")
        problems.append(
            Problem("too_long", reason % {"value": plain[:60], "length": length}, field, None, plain[:100])
        )
    return plain[:length].ljust(length)
