"""The segments of a request or definition, nested or not, as our operations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from integrations.erp.b2mml.codec import text_at, word
from integrations.erp.b2mml.noun import Parameter, Reader, parameters_of
from integrations.erp.safe_xml import Element


@dataclass(frozen=True, slots=True)
class Segment:
    """One operation. ``around``: groups that it is the first of, whose materials are told with it."""

    element: Element
    number: str
    parameters: Mapping[str, Parameter] = field(repr=False)
    around: tuple[Element, ...] = ()

    def work_centre(self, reader: Reader) -> str | None:
        """The equipment asked for, its class, or what a parameter says."""
        for name in ("EquipmentRequirement", "EquipmentSpecification", "EquipmentSegmentSpecification"):
            for equipment in self.element.all(name):
                for key in ("EquipmentID", "EquipmentClassID"):
                    if text := reader.text(equipment, key, longest=40):
                        return text
        return reader.named_text(self.parameters, "work_centre")


def flat_segments(noun: Element, name: str) -> Iterator[Segment]:
    """The operations of a noun in their order. A segment that names no process segment and has others inside
    only groups them; segments inside an operation are its details, not operations."""
    told: set[int] = set()
    for place, (element, outer) in enumerate(_inner(noun, name, ()), start=1):
        alone = outer and len(_children(outer[-1], name)) == 1
        number = text_at(element, "ID") or (text_at(outer[-1], "ID") if alone else "") or f"{10 * place:04d}"
        around = tuple(group for group in outer if id(group) not in told)
        told.update(id(group) for group in around)
        yield Segment(element, number, parameters_of(element), around)


def _inner(
    element: Element, name: str, outer: tuple[Element, ...]
) -> Iterator[tuple[Element, tuple[Element, ...]]]:
    for child in _children(element, name):
        groups = _children(child, name) and child.first("ProcessSegmentID") is None
        if groups:
            yield from _inner(child, name, (*outer, child))
        else:
            yield child, outer


def _children(element: Element, name: str) -> list[Element]:
    return [child for child in element.children if child.name in (name, f"{name}Child")]


def materials_of(segment: Segment, kind: str) -> Iterator[tuple[Element, str]]:
    """Materials with their use, of ``kind`` Requirement or Specification. V0401 also has elements that
    say the use by their name."""
    for element in (*segment.around, segment.element):
        for child in element.children:
            if child.name == f"Material{kind}":
                yield child, word(child.first("MaterialUse"))
            elif child.name == f"MaterialProduced{kind}":
                yield child, "Produced"
            elif child.name in (f"MaterialConsumed{kind}", f"ConsumableExpected{kind}"):
                yield child, "Consumed"
