"""A template and its subject, made into what a printer prints or a screen shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from machines.models import Plant
from mes.lib.errors import InvalidInput, Problem
from orders.domain.labels.elements import elements_of
from orders.domain.labels.filling import names_in
from orders.domain.labels.paint import as_pdf, as_svg
from orders.domain.labels.traveller import BLOCKS, traveller
from orders.domain.labels.values import NAMES, title_of, values_of
from orders.domain.labels.zpl import fill_zpl, read_zpl
from orders.enums import LabelFormat
from orders.models import LabelTemplate


@dataclass(frozen=True, slots=True)
class Preview:
    """``picture`` is SVG; ``text`` the ZPL that would be sent; ``unknown`` what the picture leaves out."""

    picture: str = ""
    text: str = ""
    unknown: list[str] = field(default_factory=list)


def render(template: LabelTemplate, subject: Any, *, plant: Plant) -> bytes:
    """What goes to the printer: ZPL or a PDF. Raises InvalidInput where the template can't be filled."""
    values = values_of(template.subject, subject, plant=plant)
    if template.format == LabelFormat.ZPL:
        return fill_zpl(template.body, values).encode()
    if template.format == LabelFormat.TRAVELLER:
        return traveller(template.body, subject, values)
    return as_pdf(
        elements_of(template.body, values),
        width=template.width_mm,
        height=template.height_mm,
        title=title_of(template.subject, subject),
    )


def preview(template: LabelTemplate, subject: Any, *, plant: Plant) -> Preview:
    """How a label would look. A traveller is looked at as the PDF it is."""
    values = values_of(template.subject, subject, plant=plant)
    size = {"width": template.width_mm, "height": template.height_mm}
    if template.format == LabelFormat.ZPL:
        text = fill_zpl(template.body, values)
        reading = read_zpl(text, dots_per_mm=template.dots_per_mm)
        return Preview(as_svg(reading.elements, **size), text, reading.unknown)
    return Preview(as_svg(elements_of(template.body, values), **size))


def check_template(template: LabelTemplate) -> None:
    """Raise InvalidInput for placeholders, lines and blocks that can't be understood."""
    known = NAMES[template.subject]
    problems = [
        Problem("placeholder", _("There is no placeholder {%(name)s}.") % {"name": name}, "body")
        for name in dict.fromkeys(names_in(template.body))
        if name not in known
    ]
    if template.format == LabelFormat.TRAVELLER:
        words = (line.split()[0] for line in template.body.splitlines() if line.strip())
        problems += [
            Problem("layout", _("There is no block “%(word)s”.") % {"word": word}, "body")
            for word in words
            if word not in BLOCKS and word != "note" and not word.startswith("#")
        ]
    if problems:
        raise InvalidInput(problems)
    if template.format == LabelFormat.PDF:
        elements_of(template.body, dict.fromkeys(known, "0") | {"gs1": "(91)0"})
