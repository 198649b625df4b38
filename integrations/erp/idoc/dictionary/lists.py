"""The dictionary itself, and the few segments that are delivered with the product."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from integrations.domain.field_lists import FieldRow, read_field_lists

HERE = Path(__file__).parent
VERSION = re.compile("[0-9]{3}$")
SLASHES = re.compile("^/([^/]+)/")


@dataclass(frozen=True, slots=True)
class Place:
    """A field's place inside a segment's data: ``length`` characters from ``offset`` on."""

    name: str
    offset: int
    length: int
    kind: str = ""

    @property
    def end(self) -> int:
        return self.offset + self.length


@dataclass(frozen=True, slots=True)
class Dictionary:
    """Places of fields by segment definition (``E2MARAM005``) or type (``E1MARAM``)."""

    segments: Mapping[str, Sequence[Place]] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[FieldRow]) -> Dictionary:
        places: dict[str, list[Place]] = defaultdict(list)
        for row in rows:
            places[row.segment].append(Place(row.name, row.offset, row.length, row.kind))
        return cls({name: sorted(found, key=lambda place: place.offset) for name, found in places.items()})

    def over(self, other: Dictionary) -> Dictionary:
        """This one first, then ``other``: what a customer imported wins over what is delivered."""
        known = {type_of(name) for name in self.segments}
        rest = {name: places for name, places in other.segments.items() if type_of(name) not in known}
        return Dictionary({**rest, **self.segments})

    def places(self, definition: str) -> Sequence[Place] | None:
        """By the exact definition, else by its type; ``None`` when neither is known."""
        for name in (definition, type_of(definition)):
            if name in self.segments:
                return self.segments[name]
        return None

    def type_of(self, definition: str) -> str:
        """The type's name; one that the dictionary knows with its last digits keeps them."""
        whole = _first_letters(definition)
        return whole if whole in self.segments and definition != whole else type_of(definition)


def type_of(definition: str) -> str:
    """``E2MARAM005`` -> ``E1MARAM``, ``Z2PART000`` -> ``Z1PART``, ``/GLB/GROUP000`` -> ``/GLB/GROUP``."""
    name = definition.strip()
    is_definition = _first_letters(name) != name or name.startswith("/")
    return _first_letters(VERSION.sub("", name) if is_definition else name)


def _first_letters(name: str) -> str:
    """``E2`` and ``Z2`` become ``E1`` and ``Z1``, behind a namespace too."""
    namespace, local = "", name
    if match := SLASHES.match(name):
        namespace, local = match[0], name[match.end() :]
    if local[:2] in ("E2", "Z2", "Y2"):
        local = f"{local[0]}1{local[2:]}"
    return namespace + local


@cache
def standard_dictionary() -> Dictionary:
    """Delivered: the segments that this product writes, and those of shop-floor reporting."""
    rows: list[FieldRow] = []
    for path in sorted(HERE.glob("*.csv")):
        found, _problems = read_field_lists(path.read_text(encoding="utf-8"))
        rows += found
    return Dictionary.of(rows)
