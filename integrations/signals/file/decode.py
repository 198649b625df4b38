"""A file's bytes as rows of values by column. A row that can't be read is told and the others are taken."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from xml.etree.ElementTree import ParseError
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from machines.domain.measure.samples import Value

LARGEST_FILE = 50 * 1024 * 1024
LONGEST_LINE = 10_000
LONGEST_VALUE = 2000
TIMES = ("%d.%m.%Y %H:%M:%S", "%d/%m/%Y %H:%M:%S", "%Y%m%d%H%M%S", "%Y-%m-%d %H:%M:%S", "%d.%m.%Y %H:%M")


class WrongSettings(Exception):
    """The connection's options don't fit together; the text is for an engineer."""


class DamagedFile(Exception):
    """Nothing of the file can be read."""


@dataclass(frozen=True, slots=True)
class Form:
    """How the files of a connection look."""

    delimiter: str = ";"
    record: str = ""
    columns: Sequence[str] = ()
    time: str = "time"
    device: str = ""
    zone: str = "UTC"
    encoding: str = "utf-8-sig"

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Form:
        """Raises ``WrongSettings``."""
        delimiter = str(options.get("delimiter") or ";")
        delimiter = "\t" if delimiter.lower() in ("tab", "\\t") else delimiter
        if len(delimiter) != 1:
            raise WrongSettings("The column separator is one character, or tab.")
        zone = str(options.get("zone") or "UTC")
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise WrongSettings(f"There is no time zone {zone}.") from None
        return cls(
            delimiter=delimiter,
            record=str(options.get("record") or ""),
            columns=[name.strip() for name in str(options.get("columns") or "").split(",") if name.strip()],
            time=str(options.get("time") or "time"),
            device=str(options.get("device") or ""),
            zone=zone,
            encoding=str(options.get("encoding") or "utf-8-sig"),
        )


@dataclass(frozen=True, slots=True)
class Row:
    """One event. ``line`` counts from 1 as an editor does (XML: the number of the element)."""

    line: int
    device: str
    ts: datetime
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class BadRow:
    line: int
    raw: str
    reason: str


def rows_of(data: bytes, form: Form) -> Iterator[Row | BadRow]:
    """Raises ``DamagedFile`` when the file as a whole can't be read."""
    if len(data) > LARGEST_FILE:
        raise DamagedFile(f"{len(data)} bytes are more than {LARGEST_FILE}")
    yield from _xml_rows(data, form) if form.record else _csv_rows(data, form)


def _csv_rows(data: bytes, form: Form) -> Iterator[Row | BadRow]:
    """Line by line, so that one damaged line (also by an open quote or wrong bytes) damages no other."""
    names = list(form.columns)
    for number, raw in enumerate(io.BytesIO(data), start=1):
        try:
            text = raw.decode(form.encoding if number == 1 else form.encoding.removesuffix("-sig"))
        except (UnicodeDecodeError, LookupError) as error:
            yield BadRow(number, repr(raw)[:400], f"not readable as {form.encoding}: {error}"[:300])
            continue
        text = text.rstrip("\r\n")
        if not text.strip():
            continue
        if len(text) > LONGEST_LINE or "\x00" in text:
            yield BadRow(number, text[:400].replace("\x00", "?"), "too long, or with a null character")
            continue
        try:
            (cells,) = csv.reader([text], delimiter=form.delimiter, strict=True)
        except (csv.Error, ValueError) as error:
            yield BadRow(number, text[:400], f"not readable as CSV: {error}")
            continue
        if not names:
            names = [cell.strip() for cell in cells]
            continue
        if len(cells) != len(names):
            yield BadRow(number, text[:400], f"{len(cells)} columns in place of {len(names)}")
            continue
        yield _row(number, text, dict(zip(names, cells, strict=True)), form)


def _xml_rows(data: bytes, form: Form) -> Iterator[Row | BadRow]:
    try:
        root = fromstring(data, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise DamagedFile(f"not readable as XML: {error or type(error).__name__}") from None
    for number, element in enumerate(root.iter(form.record), start=1):
        cells = dict(element.attrib) | {child.tag: child.text or "" for child in element}
        yield _row(number, str(cells)[:400], cells, form)


def _row(number: int, raw: str, cells: Mapping[str, str], form: Form) -> Row | BadRow:
    if form.time not in cells:
        return BadRow(number, raw[:400], f"no column {form.time}")
    try:
        ts = time_of(cells[form.time], form.zone)
    except ValueError as error:
        return BadRow(number, raw[:400], str(error))
    rest = {name: value for name, value in cells.items() if name and name not in (form.time, form.device)}
    if any(len(value) > LONGEST_VALUE for value in rest.values()):
        return BadRow(number, raw[:400], f"a value of more than {LONGEST_VALUE} characters")
    return Row(
        number,
        cells.get(form.device, "").strip() if form.device else "",
        ts,
        {name: value_of(text) for name, text in rest.items() if text.strip()},
    )


def time_of(text: str, zone: str) -> datetime:
    """A time as machines write it: ISO 8601, or day first; UTC afterwards. Raises ``ValueError``."""
    text = text.strip()
    moment: datetime | None = None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        for form in TIMES:
            try:
                moment = datetime.strptime(text, form)  # noqa: DTZ007 - the zone follows
            except ValueError:
                continue
            break
    if moment is None:
        raise ValueError(f"{text[:60]!r} is no time")
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(zone))
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{text[:60]!r} is no time") from None


def value_of(text: str) -> Value:
    """A number (also with a decimal comma), true, false, or the text."""
    text = text.strip()
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    plain = text.replace(",", ".", 1) if text.count(",") == 1 and "." not in text else text
    if plain.lstrip("+-")[:1].isdigit() and "_" not in plain and len(plain) < 40:
        try:
            return int(plain) if plain.lstrip("+-").isdecimal() else float(plain)
        except ValueError:
            return text
    return text
