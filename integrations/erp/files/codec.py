"""CSV bytes <-> rows of named cells. Knows encodings, separators and quoting, not the meaning."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from integrations.erp.files.values import Profile
from mes.lib.errors import InvalidInput, Problem
from mes.lib.sentences import gettext as _

DELIMITERS = (";", ",", "\t", "|")
ENCODINGS = ("utf-8-sig", "cp1252")
LONGEST_CELL = 10_000
MOST_SHARED = 10_000
PIECE = 64 * 1024
"""Bytes that are decoded at once."""


@dataclass(frozen=True, slots=True)
class Row:
    """One record. ``line`` is where it begins in the file, counted from 1 with the header."""

    line: int
    cells: Mapping[str, str]


class Cells(Mapping[str, str]):
    """The cells of a row by column. Rows share their columns and equal values, so that a large file costs
    little more memory than its bytes."""

    __slots__ = ("_places", "_values")

    def __init__(self, places: Mapping[str, int], values: tuple[str, ...]) -> None:
        self._places = places
        self._values = values

    def __getitem__(self, name: str) -> str:
        return self._values[self._places[name]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


@dataclass(frozen=True, slots=True)
class Table:
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]


def read_table(body: bytes, *, known: frozenset[str], profile: Profile) -> Table:
    """The rows of a file with a header line. ``known`` helps to find the separator.

    A row with too many or too few cells is a problem and left out. Raises ``InvalidInput`` when the file
    as a whole cannot be read.
    """
    stream = TableStream(body, known=known, profile=profile)
    rows = tuple(stream)
    return Table(stream.columns, rows, tuple(stream.problems))


class TableStream:
    """The rows of a table one after the other, each time it is gone through; ``columns`` and ``problems`` are
    those of the rows that went by. Raises ``InvalidInput`` as ``read_table`` does.
    """

    def __init__(self, body: bytes, *, known: frozenset[str], profile: Profile) -> None:
        self._body = body
        self._encoding = _checked_encoding(body, profile)
        self._profile = profile
        self._delimiter = profile.delimiter or _delimiter(self._first_line(), known)
        self.columns: tuple[str, ...] = ()
        self.problems: list[Problem] = []

    def __iter__(self) -> Iterator[Row]:
        self.columns, self.problems = (), []
        lines = _Lines(self._body, self._encoding)
        try:
            yield from self._rows(lines)
        except csv.Error as error:
            raise _refusal(
                "broken_csv",
                _("Line %(line)d: the quoting is broken (%(reason)s).")
                % {"line": lines.count, "reason": error},
                lines.count,
            ) from error

    def _first_line(self) -> str:
        return next((line for line in _Lines(self._body, self._encoding) if line.strip("\r\n")), "")

    def _rows(self, lines: _Lines) -> Iterator[Row]:
        reader = csv.reader(lines, delimiter=self._delimiter, strict=True)
        count = before = 0
        places: dict[str, int] = {}
        shared: dict[str, str] = {}
        for cells in reader:
            line, before = before + 1, lines.count
            if not any(cell.strip() for cell in cells):
                continue
            if not self.columns:
                self.columns = _header(cells, line)
                places = {name: place for place, name in enumerate(self.columns)}
            elif count >= self._profile.max_rows:
                raise _refusal("too_many", _("More than %d rows.") % self._profile.max_rows, line)
            elif len(cells) != len(self.columns):
                message = _("The row has %(found)d cells, the header %(expected)d.") % {
                    "found": len(cells),
                    "expected": len(self.columns),
                }
                text = self._delimiter.join(cells)[:100]
                self.problems.append(Problem("wrong_width", message, row=line, value=text))
            else:
                count += 1
                values = tuple(_shared(cell.strip(), shared) for cell in cells)
                yield Row(line, Cells(places, values))


def _checked_encoding(body: bytes, profile: Profile) -> str:
    """The encoding of a file that can be read as a whole; its text is never held at once."""
    if len(body) > profile.max_bytes:
        raise _refusal(
            "too_large",
            _("The file has %(size)d bytes; at most %(limit)d are accepted.")
            % {"size": len(body), "limit": profile.max_bytes},
        )
    encoding = encoding_of(body, profile.encoding)
    blank, nul = True, False
    for text in _decoded(body, encoding):
        blank = blank and not text.strip()
        nul = nul or "\x00" in text
    if blank:
        raise _refusal("empty", _("The file is empty."))
    if nul:
        line = next(number for number, text in enumerate(_Lines(body, encoding), 1) if "\x00" in text)
        raise _refusal("nul", _("Line %d holds a NUL character.") % line, line)
    return encoding


def decode(body: bytes, encoding: str = "") -> str:
    """The text of ``body`` by its encoding (:func:`encoding_of`). Raises InvalidInput."""
    return body.decode(encoding_of(body, encoding))


def encoding_of(body: bytes, encoding: str = "") -> str:
    """The given encoding, else strictly UTF-8 (with or without BOM), else Windows-1252. Raises InvalidInput
    when the bytes aren't so encoded."""
    if body.startswith((b"\xff\xfe", b"\xfe\xff")) and not encoding:
        encoding = "utf-16"
    for candidate in (encoding,) if encoding else ENCODINGS:
        try:
            for _text in _decoded(body, candidate):
                pass
            return candidate
        except UnicodeDecodeError:
            last = candidate
        except LookupError as error:
            raise _refusal("wrong_encoding", _("The encoding “%s” is unknown.") % encoding) from error
    raise _undecodable(body, last)


def _undecodable(body: bytes, encoding: str) -> InvalidInput:
    try:
        body.decode(encoding)
    except UnicodeDecodeError as failure:
        line = body.count(b"\n", 0, failure.start) + 1
        message = _("Line %(line)d: byte %(byte)s is not %(encoding)s.") % {
            "line": line,
            "byte": f"0x{body[failure.start]:02X}",
            "encoding": failure.encoding,
        }
        return _refusal("wrong_encoding", message, line)
    raise AssertionError(f"{encoding} decodes the whole and not its pieces")


def _decoded(body: bytes, encoding: str) -> Iterator[str]:
    """The text in pieces. Raises UnicodeDecodeError, LookupError for what is no encoding of texts."""
    b"".decode(encoding)
    if len(body) <= PIECE:
        # Read piece by piece, the first bytes of a byte order mark and nothing after them would be no text.
        return iter((body.decode(encoding),))
    pieces = (body[start : start + PIECE] for start in range(0, len(body), PIECE))
    return codecs.iterdecode(pieces, encoding)


def write_table(
    columns: Sequence[str], rows: Iterable[Mapping[str, str]], *, encoding: str, delimiter: str
) -> bytes:
    """A header line and the rows; CRLF, quotes where needed."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, columns, delimiter=delimiter, lineterminator="\r\n", restval="")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode(encoding)


class _Lines:
    """Lines with their ends kept, so that a quoted cell may hold them; counts what was read."""

    def __init__(self, body: bytes, encoding: str) -> None:
        self.count = 0
        self._body, self._encoding = body, encoding

    def __iter__(self) -> Iterator[str]:
        for line in io.TextIOWrapper(io.BytesIO(self._body), self._encoding, newline=""):
            self.count += 1
            yield line


def _shared(cell: str, known: dict[str, str]) -> str:
    """The same string for equal cells, as far as they stand near each other."""
    if len(known) >= MOST_SHARED:
        known.clear()
    return known.setdefault(cell, cell)


def _header(cells: Sequence[str], line: int) -> tuple[str, ...]:
    header = tuple(cell.strip() if cell.strip()[:6] == "param:" else cell.strip().lower() for cell in cells)
    doubled = sorted({name for name in header if name and header.count(name) > 1})
    if doubled:
        raise InvalidInput(
            [
                Problem(
                    "duplicate", _("The column “%s” occurs twice.") % doubled[0], field=doubled[0], row=line
                )
            ]
        )
    return header


def _delimiter(header: str, known: frozenset[str]) -> str:
    def matches(delimiter: str) -> int:
        return sum(cell.strip(' "\r').lower() in known for cell in header.split(delimiter))

    return max(DELIMITERS, key=matches)


def _refusal(code: str, message: str, line: int | None = None) -> InvalidInput:
    return InvalidInput([Problem(code=code, message=message, row=line)])
