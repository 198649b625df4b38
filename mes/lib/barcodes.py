"""Barcodes as matrices of dark modules, from one place for screens, PDF and previews.

Each function returns rows of booleans, dark is True, without the quiet zone; a linear code is one row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import segno
from django.utils.translation import gettext as _
from ppf.datamatrix.codec_ascii import encode_to_ascii
from ppf.datamatrix.datamatrix import DataMatrix
from reportlab.graphics.barcode.code128 import Code128

from mes.lib import gs1
from mes.lib.errors import InvalidInput, Problem

Matrix = Sequence[Sequence[bool]]
_FNC1 = 232
"""The code word that begins a GS1 DataMatrix and stands for the separator in it (ISO/IEC 16022, 5.2.4.6)."""


def matrix_of(kind: str, text: str) -> Matrix:
    """The code of a kind (``code128``, ``qr``, ``datamatrix``, ``gs1``). Raises InvalidInput for what it
    can't carry."""
    return {"code128": code128, "qr": qr, "datamatrix": data_matrix, "gs1": gs1_data_matrix}[kind](text)


def code128(text: str) -> Matrix:
    """ASCII only; one row."""
    if not text or not all(" " <= letter <= "~" for letter in text):
        raise _unfit(_("A Code 128 carries letters without accents, digits and signs."), text)
    code: Any = Code128(text)
    code.validate()
    code.encode()
    code.decompose()
    row: list[bool] = []
    for width in code.decomposed:
        row += [width.isupper()] * (ord(width.upper()) - ord("A") + 1)
    return [row]


def qr(text: str) -> Matrix:
    """Error correction M or better."""
    if not text:
        raise _unfit(_("An empty code can't be printed."), text)
    try:
        code = segno.make_qr(text, error="m")
    except segno.DataOverflowError:
        raise _unfit(_("This is too long for the code."), text) from None
    return [[bool(module) for module in row] for row in code.matrix]


def data_matrix(text: str) -> Matrix:
    """ASCII only."""
    if not text or not text.isascii():
        raise _unfit(_("A DataMatrix carries letters without accents, digits and signs."), text)
    return _encoded([encode_to_ascii(text)[0]])


def gs1_data_matrix(text: str) -> Matrix:
    """``text`` with brackets, as ``mes.lib.gs1`` reads it."""
    parts = gs1.element_string(gs1.elements_of(text)).split(gs1.SEPARATOR)
    return _encoded([b"", *(encode_to_ascii(part)[0] for part in parts)])


def runs(row: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Where dark modules stand together in a row, and how many."""
    place = 0
    for dark, group in groupby(row):
        length = len(list(group))
        if dark:
            yield place, length
        place += length


class _Words(str):
    """Code words that are ready: the library asks its message to encode itself."""

    words: bytes

    def encode(self, encoding: str = "", errors: str = "") -> bytes:
        return self.words


def _encoded(parts: Sequence[bytes]) -> Matrix:
    message = _Words()
    message.words = bytes([_FNC1]).join(parts)
    try:
        rows = DataMatrix(message, codecs=["ascii"]).matrix
    except (IndexError, ValueError):
        raise _unfit(_("This is too long for the code."), "") from None
    return [[bool(module) for module in row] for row in rows]


def _unfit(message: str, value: str) -> InvalidInput:
    return InvalidInput([Problem("barcode", message, value=value[:60])])
