"""What a label consists of, in millimetres from its upper left corner, and the lines in which people write
it.

A line is one element: ``text X Y SIZE WORDS``, ``bold …``, ``code128 X Y WIDTH HEIGHT VALUE``, ``qr X Y SIDE
VALUE``, ``datamatrix …``, ``gs1 …``, ``box X Y WIDTH HEIGHT``. Empty lines and lines that begin with ``#``
say nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from mes.lib.barcodes import matrix_of, runs
from mes.lib.errors import InvalidInput, Problem
from orders.domain.labels.filling import Values, fill


@dataclass(frozen=True, slots=True)
class Words:
    """A line of text; ``size`` is the height of its capital letters and a little more."""

    x: float
    y: float
    size: float
    text: str
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Symbol:
    """A barcode in its box; the quiet zone around it is left to the template."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Box:
    """A dark rectangle; thin ones are lines."""

    x: float
    y: float
    width: float
    height: float


Element = Words | Symbol | Box
SIZES = {"text": 1, "bold": 1, "code128": 2, "qr": 1, "datamatrix": 1, "gs1": 1, "box": 2}
"""How many measures follow the place, by the first word of a line."""


def elements_of(body: str, values: Values) -> list[Element]:
    """The elements of a layout. Raises InvalidInput naming every line that can't be read."""
    found: list[Element] = []
    problems: list[Problem] = []
    for number, line in enumerate(body.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            found.append(_element(line, values))
        except InvalidInput as wrong:
            problems += [Problem(one.code, one.message, "body", number, one.value) for one in wrong.problems]
    if problems:
        raise InvalidInput(problems)
    return found


def _element(line: str, values: Values) -> Element:
    kind, *rest = line.split(maxsplit=1)
    if kind not in SIZES:
        raise _unreadable(_("A line begins with one of: %(words)s.") % {"words": ", ".join(SIZES)}, kind)
    count = 2 + SIZES[kind]
    parts = (rest[0] if rest else "").split(maxsplit=count)
    try:
        x, y, *sizes = (float(part) for part in parts[:count])
    except ValueError:
        sizes = []
    if len(sizes) != SIZES[kind] or min(sizes) <= 0:
        raise _unreadable(
            _("After “%(word)s” come %(count)s numbers: place and size in millimetres.")
            % {"word": kind, "count": count},
            line,
        )
    text = fill(parts[count], values) if len(parts) > count else ""
    if kind == "box":
        return Box(x, y, sizes[0], sizes[1])
    if kind in ("text", "bold"):
        return Words(x, y, sizes[0], text, kind == "bold")
    matrix_of(kind, text)
    return Symbol(x, y, sizes[0], sizes[-1], kind, text)


def dark_boxes(symbol: Symbol) -> Iterator[Box]:
    """The dark parts of a barcode, neighbours in a row as one. Codes of two dimensions keep their squares."""
    rows = matrix_of(symbol.kind, symbol.text)
    across, down = symbol.width / len(rows[0]), symbol.height / len(rows)
    if len(rows) > 1:
        across = down = min(across, down)
    for line, row in enumerate(rows):
        for start, length in runs(row):
            yield Box(symbol.x + start * across, symbol.y + line * down, length * across, down)


def _unreadable(message: str, value: str) -> InvalidInput:
    return InvalidInput([Problem("layout", message, "body", value=value[:60])])
