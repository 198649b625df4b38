"""Take values out of a noun's elements, noting every one that is wrong with its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import TypeVar

from integrations.erp.b2mml import values
from integrations.erp.b2mml.codec import word
from integrations.erp.b2mml.tables import Profile
from integrations.erp.fields import BadValueError, too_long
from integrations.erp.safe_xml import Element
from mes.lib.errors import Problem
from mes.lib.sentences import gettext as _

T = TypeVar("T")
PARAMETERS = (
    "SegmentParameter",
    "ProductionParameter",
    "ProductParameter",
    "ParameterSpecification",
    "Parameter",
)
NESTED = ("Parameter", "SegmentParameterChild", "ParameterChild", "ParameterSpecificationChild")


@dataclass(frozen=True, slots=True)
class Parameter:
    text: str
    unit: str
    element: Element


@dataclass(slots=True)
class Reader:
    """What the elements of one noun share. ``problems``: a noun is taken whole or not at all."""

    row: int
    zone: tzinfo
    profile: Profile
    problems: list[Problem]

    def text(self, element: Element, name: str, *, longest: int = 255) -> str | None:
        """``None`` when the sender did not send it."""
        child = element.first(name)
        if child is None:
            return None
        if len(child.text) > longest:
            self.note(child, too_long(longest))
            return None
        return child.text

    def required(self, element: Element, name: str, *, longest: int = 40) -> str:
        text = self.text(element, name, longest=longest)
        if not text:
            reason = _("%(element)s needs %(name)s.") % {"element": element.name, "name": name}
            self.note(element, BadValueError("required", reason))
            return ""
        return text

    def described(self, element: Element, *, longest: int = 200) -> str | None:
        """The description in the profile's language, else the first."""
        found = element.all("Description")
        if not found:
            return None
        wanted = self.profile.language
        mine = [one for one in found if one.attributes.get("languageID", "").upper().startswith(wanted)]
        return (mine or found)[0].text[:longest]

    def moment(self, element: Element, name: str) -> datetime | None:
        child = element.first(name)
        if child is None or not child.text:
            return None
        return self.read(child, lambda text: values.moment(text, self.zone))

    def duration(self, element: Element, name: str) -> Decimal | None:
        child = element.first(name)
        if child is None or not child.text:
            return None
        return self.read(child, lambda text: values.seconds(text, ""))

    def quantity(self, element: Element) -> tuple[Decimal | None, str | None]:
        """The first quantity with its UN/ECE unit."""
        found = element.first("Quantity")
        text = found.first("QuantityString") if found is not None else None
        if found is None or text is None or not text.text:
            return None, None
        return self.read(text, values.quantity), self.unit(found.first("UnitOfMeasure"))

    def unit(self, element: Element | None) -> str | None:
        """``None`` when none is named; an unknown one is a problem."""
        if element is None or not element.text:
            return None
        unit = self.profile.units.get(element.text.upper())
        if unit is None:
            reason = _("The unit “%s” is not in the table of units of this connection.") % element.text[:40]
            self.note(element, BadValueError("unknown_unit", reason))
        return unit

    def named(self, parameters: Mapping[str, Parameter], field: str) -> Parameter | None:
        """The parameter that says our ``field``, by the profile's paths."""
        paths: Sequence[str] = self.profile.parameters.get(field, ())
        return next((parameters[path] for path in paths if path in parameters), None)

    def named_text(self, parameters: Mapping[str, Parameter], field: str) -> str | None:
        found = self.named(parameters, field)
        return None if found is None else found.text[:200]

    def named_seconds(self, parameters: Mapping[str, Parameter], field: str) -> Decimal | None:
        found = self.named(parameters, field)
        if found is None or not found.text:
            return None
        return self.read(
            found.element, lambda _text: values.seconds(found.text, found.unit), value=found.text
        )

    def read(self, element: Element, convert: Callable[[str], T], *, value: str = "") -> T | None:
        try:
            return convert(element.text)
        except BadValueError as bad:
            self.note(element, bad, value)
            return None

    def note(self, element: Element, bad: BadValueError, value: str = "") -> None:
        message = _("Line %(line)d: %(reason)s") % {"line": element.line, "reason": bad}
        self.problems.append(
            Problem(bad.code, message, element.name, self.row, (value or element.text)[:100])
        )


def parameters_of(element: Element) -> dict[str, Parameter]:
    """Every parameter by its path: ``SetupTime``, nested ones ``Times/SetupTime``; the first wins."""
    found: dict[str, Parameter] = {}
    for name in PARAMETERS:
        for parameter in element.all(name):
            for path, value in _parameter(parameter, ""):
                found.setdefault(path, value)
    return found


def _parameter(element: Element, above: str) -> Iterator[tuple[str, Parameter]]:
    """V0401 wraps ``Parameter`` in another element, later versions don't."""
    name = element.first("ID")
    path = above
    if name is not None and name.text:
        path = f"{above}/{name.text}" if above else name.text
        value = element.first("Value")
        text = value.first("ValueString") if value is not None else None
        unit = value.first("UnitOfMeasure") if value is not None else None
        yield path, Parameter(text.text if text else "", unit.text if unit else "", text or element)
    for nested in NESTED:
        for child in element.all(nested):
            yield from _parameter(child, path)


def property_of(element: Element, suffix: str, names: Sequence[str]) -> str:
    """The value of the first of these properties (``MaterialRequirementProperty`` …) that is there."""
    for entry in element.children:
        if entry.name.endswith(suffix):
            name, value = entry.first("ID"), entry.first("Value")
            if name is not None and value is not None and name.text in names:
                text = value.first("ValueString")
                return text.text if text is not None else ""
    return ""


def level_of(element: Element | None) -> str:
    """Of a hierarchy scope or equipment; versions name the element differently."""
    if element is None:
        return ""
    return word(element.first("EquipmentLevel") or element.first("EquipmentElementLevel"))
