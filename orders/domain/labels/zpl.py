"""ZPL: placeholders filled in so that no value can be taken for a command, and a reading of it for previews.

Source of the commands: Zebra, ZPL II Programming Guide. The preview knows the common ones (^FO ^A0 ^CF ^BY
^BC ^BX ^BQ ^GB ^FD ^FH ^FS); what it doesn't know it names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from mes.lib import gs1
from mes.lib.barcodes import matrix_of
from mes.lib.errors import InvalidInput
from orders.domain.labels.elements import Box, Element, Symbol, Words
from orders.domain.labels.filling import PLACEHOLDER, Values, value_of

_FIELD = re.compile(r"(\^FH_?)?\^FD(.*?)\^FS", re.DOTALL)
_COMMAND = re.compile(r"[\^~]([A-Z][A-Z0-9@])([^\^~]*)")
_SILENT = frozenset(("XA", "XZ", "PW", "LL", "CI", "FX", "FS", "LH", "PQ", "MM", "PR", "MD"))
SPECIAL = re.compile(r"[\^~_]")
GS1_PLACEHOLDER = "gs1.zpl"


def gs1_field(text: str) -> str:
    """The field data of a ^BX with escape character ``_`` for a GS1 code written with brackets."""
    return "_1" + gs1.element_string(gs1.elements_of(text)).replace(gs1.SEPARATOR, "_1")


def fill_zpl(body: str, values: Values) -> str:
    """``body`` with its placeholders filled in.

    In a field (^FD … ^FS) signs that mean something to the printer are written as hexadecimal numbers
    (^FH); elsewhere they are left out. Raises InvalidInput for names that aren't known.
    """
    pieces, end = [], 0
    for found in _FIELD.finditer(body):
        pieces += [_outside(body[end : found.start()], values), _inside(found, values)]
        end = found.end()
    return "".join([*pieces, _outside(body[end:], values)])


def _outside(text: str, values: Values) -> str:
    return PLACEHOLDER.sub(lambda name: SPECIAL.sub("", value_of(name[1], values)), text)


def _inside(found: re.Match[str], values: Values) -> str:
    """A field. A GS1 code has no signs that mean something, and its ``_1`` must stay as it is."""
    parts = PLACEHOLDER.split(found[2])
    texts, names = parts[::2], parts[1::2]
    filled = [value_of(name, values) for name in names]
    special = GS1_PLACEHOLDER not in names and any(SPECIAL.search(value) for value in filled)
    if found[1] or special:
        filled = [SPECIAL.sub(lambda sign: f"_{ord(sign[0]):02X}", value) for value in filled]
    if special and not found[1]:
        texts = [text.replace("_", "_5F") for text in texts]
    data = "".join(text + value for text, value in zip(texts, [*filled, ""], strict=True))
    return ("^FH_^FD" if found[1] or special else "^FD") + data + "^FS"


@dataclass(slots=True)
class Reading:
    """A label as a preview understands it; ``unknown`` are commands that it doesn't draw."""

    elements: list[Element] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def read_zpl(text: str, *, dots_per_mm: int) -> Reading:
    """What filled-in ZPL would print. A code that can't be made is shown as its text."""
    return _Reader(dots_per_mm).read(text)


class _Reader:
    def __init__(self, dots_per_mm: int) -> None:
        self.dots = dots_per_mm
        self.reading = Reading()
        self.default = 9.0
        self.module, self.bar_height = 2.0, 10.0
        self._next_field()

    def _next_field(self) -> None:
        self.x = self.y = 0.0
        self.size: float | None = None
        self.code: tuple[str, list[str]] | None = None
        self.hexed = False

    def read(self, text: str) -> Reading:
        for name, data in _COMMAND.findall(text):
            arguments = data.rstrip("\r\n").split(",")
            if name in ("FO", "FT"):
                self.x, self.y = (number(arguments, place, 0) / self.dots for place in (0, 1))
            elif name.startswith("A"):
                self.size = number(arguments, 1, 0) or self.default
            elif name == "CF":
                self.default = number(arguments, 1, self.default)
            elif name == "BY":
                self.module = number(arguments, 0, self.module)
                self.bar_height = number(arguments, 2, self.bar_height)
            elif name in ("BC", "BX", "BQ"):
                self.code = name, arguments
            elif name == "GB":
                self._box(arguments)
            elif name == "FH":
                self.hexed = True
            elif name == "FD":
                self._field(data)
            elif name not in _SILENT:
                self.reading.unknown.append(f"^{name}")
            if name == "FS":
                self._next_field()
        return self.reading

    def _box(self, arguments: list[str]) -> None:
        """^GB draws a frame; as thick as high it is a bar."""
        width, height, thick = (number(arguments, place, 1) / self.dots for place in (0, 1, 2))
        width, height = max(width, thick), max(height, thick)
        sides = [(0.0, 0.0, width, thick), (0.0, height - thick, width, thick)]
        sides += [(0.0, 0.0, thick, height), (width - thick, 0.0, thick, height)]
        self.reading.elements += [Box(self.x + x, self.y + y, w, h) for x, y, w, h in dict.fromkeys(sides)]

    def _field(self, data: str) -> None:
        if self.hexed:
            data = re.sub(r"_([0-9A-Fa-f]{2})", lambda found: chr(int(found[1], 16)), data)
        size = (self.size or self.default) / self.dots
        words = Words(self.x, self.y, size, data)
        if self.code is None:
            self.reading.elements.append(words)
            return
        try:
            self.reading.elements += self._symbol(*self.code, data, size)
        except InvalidInput:
            self.reading.elements.append(words)

    def _symbol(self, name: str, arguments: list[str], data: str, size: float) -> list[Element]:
        if name == "BC":
            data = re.sub(r">[:;9]", "", data)
            module = self.module / self.dots
            height = number(arguments, 1, self.bar_height) / self.dots
            width = len(matrix_of("code128", data)[0]) * module
            found: list[Element] = [Symbol(self.x, self.y, width, height, "code128", data)]
            if (arguments[2:3] or ["Y"])[0] != "N":
                found.append(Words(self.x, self.y + height + 1, 2.2, data))
            return found
        if name == "BQ":
            kind, data = "qr", data.partition(",")[2]
            module = number(arguments, 2, 3) / self.dots
        else:
            kind, data = _data_matrix(data)
            module = number(arguments, 1, 3) / self.dots
        side = len(matrix_of(kind, data)) * module
        return [Symbol(self.x, self.y, side, side, kind, data)]


def _data_matrix(data: str) -> tuple[str, str]:
    if not data.startswith("_1"):
        return "datamatrix", data
    found = gs1.read("]d2" + data[2:].replace("_1", gs1.SEPARATOR))
    return ("gs1", gs1.written(list(found.items()))) if found else ("datamatrix", data)


def number(arguments: list[str], place: int, otherwise: float) -> float:
    try:
        return float(arguments[place])
    except (IndexError, ValueError):
        return otherwise
