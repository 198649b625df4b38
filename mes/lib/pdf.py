"""Printed records: one look for every PDF of the product, A4 with its name and page x of y on each page.

A document is a list of parts (``heading``, ``paragraph``, ``facts``, ``table``, ``picture``) for ``build``.
Texts are plain: nothing in them is taken for markup.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence
from functools import cache
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from django.utils.translation import gettext as _
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    Image,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)

from mes.lib.barcodes import Matrix, matrix_of, runs

TEXT, BOLD = "Vera", "VeraBd"
"""Bitstream Vera comes with ReportLab and is embedded; it has the letters of western Europe."""
MARGIN = 16 * mm
INK, SOFT, LINE, SHADE = (colors.HexColor(code) for code in ("#1c2733", "#5b6875", "#c9d1d9", "#eef2f5"))


def build(
    *, title: str, parts: Sequence[Flowable], subtitle: str = "", footer: str = "", wide: bool = False
) -> bytes:
    """The bytes of a PDF. ``title`` heads every page; ``footer`` says who printed it when."""
    _fonts()
    size = landscape(A4) if wide else A4
    output = BytesIO()
    document = BaseDocTemplate(
        output,
        pagesize=size,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN + 12 * mm,
        bottomMargin=MARGIN + 6 * mm,
        title=title,
        author="MES",
        subject=subtitle,
    )
    frame = Frame(
        document.leftMargin, document.bottomMargin, document.width, document.height, 0, 0, 0, 0, id="page"
    )
    document.addPageTemplates([PageTemplate(id="page", frames=[frame])])
    document.build(
        list(parts) or [paragraph("–")],
        canvasmaker=lambda *args, **kwargs: _Pages(
            *args, title=title, subtitle=subtitle, footer=footer, **kwargs
        ),
    )
    return output.getvalue()


def heading(text: str, *, level: int = 1) -> Flowable:
    """A heading that stays with what follows it; ``level`` 1 or 2."""
    return Paragraph(_plain(text), _style(BOLD, 12 if level == 1 else 9.5, before=10, after=4, keep=True))


def paragraph(text: str, *, soft: bool = False) -> Flowable:
    return Paragraph(_plain(text), _style(TEXT, 8.5, color=SOFT if soft else INK, after=4))


def space(millimetres: float = 4) -> Flowable:
    return Spacer(1, millimetres * mm)


def facts(rows: Sequence[tuple[str, object]]) -> Flowable:
    """Names and values, one pair a line; an empty value is a dash."""
    cells = [[_cell(name, BOLD), _cell(_said(value))] for name, value in rows]
    return Table(cells, colWidths=[50 * mm, None], style=_grid(head=False), hAlign="LEFT", spaceAfter=6)


def table(
    head: Sequence[str],
    rows: Sequence[Sequence[object]],
    *,
    widths: Sequence[float | None] | None = None,
    numbers: Collection[int] = (),
) -> Flowable:
    """A table whose head comes again on every page.

    ``widths`` in millimetres, None shares what is left; ``numbers`` are the columns set to the right. A cell
    is a text or a ``picture``.
    """
    cells = [[_cell(name, BOLD) for name in head]]
    cells += [
        [
            value if isinstance(value, Flowable) else _cell(_said(value), right=at in numbers)
            for at, value in enumerate(row)
        ]
        for row in rows
    ]
    columns = [None if width is None else width * mm for width in widths] if widths else None
    return Table(cells, colWidths=columns, repeatRows=1, style=_grid(head=True), hAlign="LEFT", spaceAfter=6)


def picture(content: bytes, *, width: float, height: float) -> Flowable:
    """A picture (JPEG, PNG) fitted into ``width`` × ``height`` millimetres."""
    return Image(BytesIO(content), width=width * mm, height=height * mm, kind="proportional", hAlign="LEFT")


def barcode(kind: str, text: str, *, width: float, height: float) -> Flowable:
    """A barcode of ``width`` × ``height`` millimetres with its text below. Raises InvalidInput for what the
    kind can't carry."""
    return _Barcode(matrix_of(kind, text), text, width * mm, height * mm)


class _Barcode(Flowable):
    def __init__(self, rows: Matrix, text: str, width: float, height: float) -> None:
        super().__init__()
        self.rows, self.text = rows, text
        self.width, self.height = width, height + 3.5 * mm
        self.hAlign = "LEFT"

    def wrap(self, width: float, _height: float) -> tuple[float, float]:
        return min(self.width, width), self.height

    def draw(self) -> None:
        below = 3.5 * mm
        across = self.width / len(self.rows[0])
        down = (self.height - below) / len(self.rows)
        for line, row in enumerate(self.rows):
            bottom = self.height - (line + 1) * down
            for place, length in runs(row):
                self.canv.rect(place * across, bottom, length * across, down, stroke=0, fill=1)
        self.canv.setFont(TEXT, 7)
        self.canv.drawString(0, 0.8 * mm, drawable(self.text))


class _Pages(Canvas):
    """Keeps every page until the number of all is known."""

    def __init__(self, *args: Any, title: str, subtitle: str, footer: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._kept: list[dict[str, Any]] = []
        self._texts = title, subtitle, footer

    def showPage(self) -> None:  # noqa: N802 - ReportLab's name
        self._kept.append(dict(self.__dict__))
        self._startPage()  # type: ignore[attr-defined]

    def save(self) -> None:
        for number, state in enumerate(self._kept, start=1):
            self.__dict__.update(state)
            self._frame(number, len(self._kept))
            super().showPage()
        super().save()

    def _frame(self, number: int, count: int) -> None:
        title, subtitle, footer = (drawable(text) for text in self._texts)
        width, height = self._pagesize  # type: ignore[attr-defined]
        top, bottom = height - MARGIN, MARGIN
        self.setFillColor(INK)
        self.setFont(BOLD, 11)
        self.drawString(MARGIN, top - 2 * mm, title)
        self.setFont(TEXT, 8)
        self.setFillColor(SOFT)
        self.drawString(MARGIN, top - 6.5 * mm, subtitle)
        self.drawRightString(width - MARGIN, top - 2 * mm, "MES")
        self.setStrokeColor(LINE)
        self.line(MARGIN, top - 8.5 * mm, width - MARGIN, top - 8.5 * mm)
        self.line(MARGIN, bottom + 4 * mm, width - MARGIN, bottom + 4 * mm)
        self.drawString(MARGIN, bottom, footer)
        pages = _("Page %(number)s of %(count)s") % {"number": number, "count": count}
        self.drawRightString(width - MARGIN, bottom, drawable(pages))


@cache
def _fonts() -> None:
    for name in (TEXT, BOLD):
        pdfmetrics.registerFont(TTFont(name, f"{name}.ttf"))
    pdfmetrics.registerFontFamily(TEXT, normal=TEXT, bold=BOLD, italic=TEXT, boldItalic=BOLD)


def font(*, bold: bool = False) -> str:
    """The name of the product's font for a canvas of one's own."""
    _fonts()
    return BOLD if bold else TEXT


def drawable(text: str) -> str:
    """``text`` in letters that the font has: others lose their accent, or become a question mark."""
    _fonts()
    known = pdfmetrics.getFont(TEXT).face.charToGlyph  # type: ignore[attr-defined]
    return "".join(
        letter if ord(letter) in known or letter == "\n" else _nearest(letter, known) for letter in text
    )


def _nearest(letter: str, known: Collection[int]) -> str:
    if unicodedata.category(letter) in ("Cc", "Cf"):
        return ""
    base = unicodedata.normalize("NFKD", letter)[0]
    return base if ord(base) in known else "?"


def _plain(text: str) -> str:
    return escape(drawable(text)).replace("\n", "<br/>")


def _said(value: object) -> str:
    return "–" if value is None or value == "" else str(value)


def _cell(text: str, font: str = TEXT, *, right: bool = False) -> Flowable:
    return Paragraph(_plain(text), _style(font, 7.5, right=right))


def _style(
    font: str,
    size: float,
    *,
    before: float = 0,
    after: float = 0,
    keep: bool = False,
    right: bool = False,
    color: colors.Color = INK,
) -> ParagraphStyle:
    _fonts()
    return ParagraphStyle(
        name=f"{font}{size}",
        fontName=font,
        fontSize=size,
        leading=size * 1.3,
        spaceBefore=before,
        spaceAfter=after,
        keepWithNext=keep,
        alignment=2 if right else 0,
        textColor=color,
        splitLongWords=True,
    )


def _grid(*, head: bool) -> TableStyle:
    rules: list[tuple[Any, ...]] = [
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 3),
        ("RIGHTPADDING", (0, 0), (-1, -1), 3),
        ("TOPPADDING", (0, 0), (-1, -1), 2.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
    ]
    if head:
        rules.append(("BACKGROUND", (0, 0), (-1, 0), SHADE))
    return TableStyle(rules)
