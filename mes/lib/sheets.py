"""Tables that people take home: CSV and XLSX that a spreadsheet shows and never runs as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from django.http import HttpResponse
from django.utils import timezone
from openpyxl import Workbook
from openpyxl.styles import Font

from mes.lib.downloads import download

FORMULA_START = ("=", "+", "-", "@", "\t", "\r", "'")
Cell = str | int | Decimal | datetime | None


def one_line(cell: object) -> str:
    return " ".join(str(cell).split())


def harmless(text: str) -> str:
    """A cell on one line that no spreadsheet runs as a formula."""
    plain = one_line(text)
    return f"'{plain}" if plain.startswith(FORMULA_START) else plain


def csv_response(name: str, headers: Sequence[str], rows: Iterable[Sequence[Cell]]) -> HttpResponse:
    """UTF-8 with a mark and semicolons, which Excel opens in every language; numbers with a point."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([harmless(header) for header in headers])
    writer.writerows([_written(cell) for cell in row] for row in rows)
    return download(f"{name}.csv", "text/csv; charset=utf-8", out.getvalue().encode("utf-8-sig"))


def xlsx_response(name: str, headers: Sequence[str], rows: Iterable[Sequence[Cell]]) -> HttpResponse:
    """One sheet; texts are texts, whatever they begin with; times are local, as Excel knows no zones."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(name[:31])
    sheet.freeze_panes = "A2"
    sheet.append([_bold(sheet, header) for header in headers])
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])
    out = io.BytesIO()
    book.save(out)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return download(f"{name}.xlsx", kind, out.getvalue())


def _written(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return timezone.localtime(cell).isoformat(timespec="seconds")
    if isinstance(cell, str):
        return harmless(cell)
    return f"{cell:f}" if isinstance(cell, Decimal) else str(cell)


def _cell(sheet: object, value: Cell) -> object:
    from openpyxl.cell import WriteOnlyCell

    if isinstance(value, datetime):
        return timezone.localtime(value).replace(tzinfo=None, microsecond=0)
    if isinstance(value, str):
        cell = WriteOnlyCell(sheet, value=_printable(value))
        cell.data_type = "s"
        return cell
    return value


def _bold(sheet: object, header: str) -> object:
    cell = _cell(sheet, header)
    cell.font = Font(bold=True)  # type: ignore[attr-defined]
    return cell


def _printable(text: str) -> str:
    """Without the control characters that XLSX refuses."""
    return "".join(character for character in text if character >= " " or character in "\t\n")
