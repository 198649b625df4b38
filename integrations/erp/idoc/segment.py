"""Take typed values out of a segment, noting every value that is wrong with its place."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import TypeVar

from django.utils.translation import gettext as _

from integrations.erp.idoc import values
from integrations.erp.safe_xml import Element
from mes.lib.errors import Problem

T = TypeVar("T")


class Segment:
    """A view of one element: asks for a field by name, remembers which were asked for.

    ``problems`` is shared by all segments of one order: an order is taken whole or not at all.
    """

    def __init__(self, element: Element, path: str, row: int, problems: list[Problem]) -> None:
        self.element = element
        self.path = path
        self.row = row
        self.problems = problems
        self.asked: set[str] = set()
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
            self.note(
                name,
                values.BadValueError("too_long", _("The text is longer than %d characters.") % longest),
            )
            return None
        return text

    def some(self, *names: str, longest: int = 255) -> str | None:
        """The first of these fields that is not blank; ``None`` when all are."""
        found = [self.text(name, longest=longest) for name in names]
        return next((text for text in found if text), None)

    def required(self, name: str, *, longest: int = 40) -> str:
        text = self.text(name, longest=longest)
        if not text:
            self.note(name, values.BadValueError("required", _("The field %s is missing.") % name))
            return ""
        return text

    def quantity(self, name: str) -> Decimal | None:
        return self._read(name, values.quantity)

    def number(self, name: str) -> Decimal | None:
        return self._read(name, values.number)

    def duration(self, name: str, factor: Decimal) -> Decimal | None:
        return self._read(name, lambda text: values.duration(text, factor))

    def moment(self, day_name: str, time_name: str, zone: tzinfo) -> datetime | None:
        time_text = self.text(time_name) or ""
        return self._read(day_name, lambda text: values.moment(text, time_text, zone))

    def is_set(self, name: str) -> bool:
        return values.is_set(self.text(name))

    def leftovers(self) -> dict[str, object]:
        """What nobody asked for and is not blank, customer segments included, as JSON."""
        return _as_json(self.element, self.asked)

    def note(self, name: str, bad: values.BadValueError) -> None:
        child = self.fields.get(name)
        self.problems.append(
            bad.at(
                row=self.row,
                field=f"{self.path}/{name}",
                line=child.line if child else self.element.line,
                value=child.text if child else "",
            )
        )

    def _read(self, name: str, read: Callable[[str], T]) -> T | None:
        text = self.text(name)
        if not text:
            return None
        try:
            return read(text)
        except values.BadValueError as bad:
            self.note(name, bad)
            return None


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
