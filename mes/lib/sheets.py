"""Cells of files that spreadsheets open: none of them may start a formula."""

from __future__ import annotations

FORMULA_START = ("=", "+", "-", "@", "\t", "\r", "'")


def one_line(cell: object) -> str:
    return " ".join(str(cell).split())


def harmless(text: str) -> str:
    """A cell on one line that no spreadsheet runs as a formula."""
    plain = one_line(text)
    return f"'{plain}" if plain.startswith(FORMULA_START) else plain
