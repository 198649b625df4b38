"""Elements of a label, drawn: as a page of a PDF and as a picture (SVG) for screens."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from xml.sax.saxutils import escape

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from mes.lib import pdf
from orders.domain.labels.elements import Box, Element, Symbol, Words, dark_boxes

BASELINE = 0.8
"""Where letters stand, as a share of their size."""


def as_pdf(elements: Sequence[Element], *, width: float, height: float, title: str) -> bytes:
    """One page of ``width`` × ``height`` millimetres."""
    output = BytesIO()
    canvas = Canvas(output, pagesize=(width * mm, height * mm))
    canvas.setTitle(title)
    canvas.setAuthor("MES")
    for element in elements:
        if isinstance(element, Words):
            canvas.setFont(pdf.font(bold=element.bold), element.size * mm)
            baseline = height - element.y - element.size * BASELINE
            canvas.drawString(element.x * mm, baseline * mm, pdf.drawable(element.text))
        else:
            for box in _boxes(element):
                place = (box.x * mm, (height - box.y - box.height) * mm, box.width * mm, box.height * mm)
                canvas.rect(*place, stroke=0, fill=1)
    canvas.save()
    return output.getvalue()


def as_svg(elements: Sequence[Element], *, width: float, height: float) -> str:
    """The label as a picture; its unit is the millimetre."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}mm" height="{height}mm" font-family="DejaVu Sans, Verdana, sans-serif">',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
    ]
    for element in elements:
        if isinstance(element, Words):
            weight = ' font-weight="bold"' if element.bold else ""
            parts.append(
                f'<text x="{element.x:g}" y="{element.y + element.size * BASELINE:g}" '
                f'font-size="{element.size:g}"{weight}>{escape(_printable(element.text))}</text>'
            )
        else:
            path = "".join(
                f"M{box.x:.4f} {box.y:.4f}h{box.width:.4f}v{box.height:.4f}h{-box.width:.4f}z"
                for box in _boxes(element)
            )
            parts.append(f'<path d="{path}" shape-rendering="crispEdges"/>')
    return "".join([*parts, "</svg>"])


def _boxes(element: Symbol | Box) -> list[Box]:
    return [element] if isinstance(element, Box) else list(dark_boxes(element))


def _printable(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable())
