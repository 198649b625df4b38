"""Field lists as files: the parser text of SAP's transaction WE60, and CSV with a header."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field as dataclass_field

from mes.lib.errors import Problem
from mes.lib.sentences import gettext as _

SDATA = 1000
FRAME = 63
CSV_COLUMNS = ("segment", "field", "length", "offset")
FIRST_NAMES = ("CHARACTER_FIRST", "BYTE_FIRST")


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One line of a field list. ``offset`` counts from 0 inside the segment's data."""

    segment: str
    name: str
    length: int
    offset: int
    kind: str = ""


def read_field_lists(text: str) -> tuple[list[FieldRow], list[Problem]]:
    """Every field whose place is known, and what is wrong, with its line. Control and data frames are left
    out: they never change. A field without a place (an unknown length before it) is a problem of its own."""
    text = text.lstrip("\ufeff")
    is_parser_text = any(
        word in text for word in ("BEGIN_SEGMENT", "BEGIN_RECORD", "BEGIN_IDOC", "BEGIN_FIELDS")
    )
    problems: list[Problem] = []
    rows = _parser_text(text, problems) if is_parser_text else _csv(text, problems)
    found: dict[tuple[str, str], FieldRow] = {}
    for line, row in rows:
        if problem := _misplaced(line, row):
            problems.append(problem)
        elif (row.segment, row.name) in found and found[row.segment, row.name] != row:
            reason = _("The field stands twice with different places.")
            problems.append(_problem(line, row, "duplicate", reason))
        else:
            found[row.segment, row.name] = row
    if not found and not problems:
        problems.append(Problem("no_fields", _("The file holds no field lists.")))
    return list(found.values()), problems


def _misplaced(line: int, row: FieldRow) -> Problem | None:
    if row.length < 1 or row.offset < 0 or row.offset + row.length > SDATA:
        reason = _("A field lies inside the 1,000 characters of a segment's data.")
        return _problem(line, row, "outside", reason)
    if not row.segment or not row.name or len(row.segment) > 30 or len(row.name) > 30:
        return _problem(line, row, "name", _("A segment and a field have names of at most 30 characters."))
    return None


def _problem(line: int, row: FieldRow, code: str, reason: str) -> Problem:
    return Problem(code, reason, field=f"{row.segment}/{row.name}", row=line)


# --- CSV


def _csv(text: str, problems: list[Problem]) -> Iterator[tuple[int, FieldRow]]:
    header = text.partition("\n")[0]
    reader = csv.DictReader(
        io.StringIO(text, newline=""), delimiter=";" if header.count(";") > header.count(",") else ","
    )
    names = [name.strip().lower() for name in reader.fieldnames or ()]
    missing = [name for name in CSV_COLUMNS if name not in names]
    if missing:
        reason = _("The column “%s” is missing.") % missing[0]
        problems.append(Problem("missing_column", reason, field=missing[0], row=1))
        return
    reader.fieldnames = names
    try:
        for cells in reader:
            yield from _csv_row(reader.line_num, cells, problems)
    except csv.Error as error:
        problems.append(Problem("broken_csv", _("This is not CSV (%s).") % error, row=reader.line_num))


def _csv_row(
    line: int, cells: dict[str, str | None], problems: list[Problem]
) -> Iterator[tuple[int, FieldRow]]:
    values = {name: (cells.get(name) or "").strip() for name in (*CSV_COLUMNS, "kind")}
    numbers = [_whole(values[name]) for name in ("length", "offset")]
    length, offset = numbers
    if length is None or offset is None:
        name = "length" if length is None else "offset"
        problems.append(
            Problem(
                "not_a_number",
                _("“%s” is not a whole number.") % values[name][:40],
                field=f"{values['segment']}/{values['field']}",
                row=line,
                value=values[name][:100],
            )
        )
        return
    # `_-NAME_-` is how XML writes `/NAME/`.
    segment = values["segment"].replace("_-", "/")
    yield line, FieldRow(segment, values["field"], length, offset, values["kind"][:30])


# --- WE60


def _parser_text(text: str, problems: list[Problem]) -> Iterator[tuple[int, FieldRow]]:
    """Words at the beginning of lines: sections, segments, and per field its name, length and first place.

    Places count from the beginning of the record, whose data begins behind 63 characters; or, when the first
    field of a segment lies at 1, from the beginning of the data.
    """
    segment = ""
    in_fields = in_frame = False
    field: _Field | None = None
    starts: dict[str, int] = {}
    for line, (word, rest) in enumerate(_words(text), start=1):
        is_bracket = word.startswith(("BEGIN_", "END_"))
        if field and (is_bracket or word == "NAME"):
            yield from _placed(segment, field, starts, problems)
            field = None
        if is_bracket:
            in_fields = word == "BEGIN_FIELDS"
            if word.endswith("_RECORD"):
                in_frame = word.startswith("BEGIN_")
            if word == "BEGIN_SEGMENT":
                segment = rest
        elif in_frame:
            continue
        elif word == "NAME" and in_fields:
            field = _Field(line, rest)
        elif word == "NAME":
            segment = rest
        elif field:
            field.words[word] = rest
    if field:
        yield from _placed(segment, field, starts, problems)


@dataclass(slots=True)
class _Field:
    line: int
    name: str
    words: dict[str, str] = dataclass_field(default_factory=dict)


def _words(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        parts = line.split(None, 1)
        yield (parts[0].upper(), parts[1].strip()) if len(parts) > 1 else (line.strip().upper(), "")


def _placed(
    segment: str, field: _Field, starts: dict[str, int], problems: list[Problem]
) -> Iterator[tuple[int, FieldRow]]:
    first = next((field.words[name] for name in FIRST_NAMES if name in field.words), "")
    length, place = _whole(field.words.get("LENGTH", "")), _whole(first)
    if length is None or place is None:
        reason = _("The field has no length or no first position.")
        problems.append(Problem("no_place", reason, field=f"{segment}/{field.name}", row=field.line))
        return
    start = starts.setdefault(segment, 1 if place == 1 else FRAME + 1)
    yield field.line, FieldRow(segment, field.name, length, place - start, field.words.get("TYPE", "")[:30])


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
