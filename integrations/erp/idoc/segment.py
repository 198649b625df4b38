"""Take typed values out of a segment, noting every value that is wrong with its place."""

from __future__ import annotations

from datetime import datetime, tzinfo
from decimal import Decimal

from integrations.erp.fields import BadValueError, Fields, too_long
from integrations.erp.idoc import values
from integrations.erp.safe_xml import Element
from mes.lib.errors import Problem
from mes.lib.sentences import gettext as _


class Segment(Fields):
    """A view of one element: asks for a field by name, remembers which were asked for.

    ``problems`` is shared by all segments of one order: an order is taken whole or not at all.
    """

    def __init__(self, element: Element, path: str, row: int, problems: list[Problem]) -> None:
        super().__init__()
        self.element = element
        self.path = path
        self.row = row
        self.problems = problems
        self.fields: dict[str, Element] = {}
        for child in element.children:
            self.fields.setdefault(child.name, child)

    def segments(self, name: str) -> list[Segment]:
        self.asked.add(name)
        if name not in self.fields:
            return []
        return [self._child(child, place) for place, child in enumerate(self.element.all(name), start=1)]

    def _child(self, element: Element, place: int) -> Segment:
        return Segment(element, f"{self.path}/{element.name}[{place}]", self.row, self.problems)

    def text(self, name: str, *, longest: int = 255) -> str | None:
        """``None`` when the sender did not send the field."""
        self.asked.add(name)
        field = self.fields.get(name)
        text = None if field is None else field.text
        if text is not None and len(text) > longest:
            self.note(name, too_long(longest))
            return None
        return text

    def quantity(self, name: str) -> Decimal | None:
        return self.read(name, values.quantity)

    def number(self, name: str) -> Decimal | None:
        return self.read(name, values.number)

    def duration(self, name: str, factor: Decimal) -> Decimal | None:
        return self.read(name, lambda text: values.duration(text, factor))

    def moment(self, day_name: str, time_name: str, zone: tzinfo) -> datetime | None:
        time_text = self.text(time_name) or ""
        return self.read(day_name, lambda text: values.moment(text, time_text, zone))

    def is_set(self, name: str) -> bool:
        return values.is_set(self.text(name))

    def leftovers(self) -> dict[str, object]:
        """What nobody asked for and is not blank, customer segments included, as JSON."""
        return _as_json(self.element, self.asked)

    def note(self, name: str, bad: BadValueError) -> None:
        child = self.fields.get(name)
        line = child.line if child else self.element.line
        message = _("Line %(line)d: %(reason)s") % {"line": line, "reason": bad}
        value = (child.text if child else "")[:100]
        self.problems.append(Problem(bad.code, message, f"{self.path}/{name}", self.row, value))


def _as_json(element: Element, without: set[str] | frozenset[str] = frozenset()) -> dict[str, object]:
    found: dict[str, object] = {}
    for child in element.children:
        if child.name in without:
            continue
        if not child.is_leaf:
            branches = found.setdefault(child.name, [])
            if isinstance(branches, list):
                branches.append(_as_json(child))
        elif not values.is_blank(child.text):
            found[child.name] = child.text
    return found
