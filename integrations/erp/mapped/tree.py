"""Paths in XML and JSON: ``Kopf/Nummer``, ``../Datum``, ``@id``, ``Parameter[ID=Menge]/Value``, ``Pos[2]``.

Namespaces are ignored. ``*`` is any element; ``**`` at the beginning of a record's path any depth.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from integrations.erp.mapped.expression import BadExpressionError
from integrations.erp.mapped.values import Exact
from integrations.erp.safe_xml import Element
from mes.lib.sentences import gettext as _

NUMBER_MARK = "#number"
"""An attribute that marks a JSON number; no XML attribute can have this name."""
_STEP = re.compile(r"([^\[\]/]+)(?:\[([^\[\]]*)\])?")


@dataclass(frozen=True, slots=True)
class PathStep:
    """``name`` with an optional condition: ``filter_name`` = ``filter_value``, or the ``nth`` of its kind."""

    name: str
    filter_name: str = ""
    filter_value: str = ""
    nth: int = 0


@lru_cache(maxsize=4000)
def parsed(path: str, *, of_record: bool = False) -> tuple[PathStep, ...]:
    """Raises BadExpressionError. A record's path may be empty: the node around it itself."""
    if not path and of_record:
        return ()
    made = tuple(_step(text, path) for text in _cut(path))
    for place, one in enumerate(made):
        if one.name == "**" and not (of_record and place == 0):
            raise BadExpressionError(_("** may only begin the path of a kind of record."))
        if one.name.startswith("@") and (of_record or place < len(made) - 1):
            raise BadExpressionError(_("An attribute is the last part of a path."))
        if one.name == ".." and of_record:
            raise BadExpressionError(_("A record doesn't stand above the node around it."))
    if not made or len(made) > 32 or made[-1].name == "**":
        raise BadExpressionError(_("“%s” is no path.") % path[:60])
    return made


def _cut(path: str) -> list[str]:
    """At each / outside of brackets."""
    return re.findall(r"(?:[^/\[\]]|\[[^\[\]]*\])+", path.strip().strip("/")) if _is_balanced(path) else []


def _is_balanced(path: str) -> bool:
    return re.fullmatch(r"(?:[^\[\]]|\[[^\[\]]*\])*", path) is not None


def _step(text: str, path: str) -> PathStep:
    match = _STEP.fullmatch(text.strip())
    if match is None:
        raise BadExpressionError(_("“%s” is no path.") % path[:60])
    name, asked = match[1].strip(), match[2]
    name = name if name in ("..", ".", "*", "**") else name.rpartition(":")[2]
    if asked is None:
        return PathStep(name)
    if re.fullmatch("[1-9][0-9]{0,5}", asked):
        return PathStep(name, nth=int(asked))
    wanted, equals, value = asked.partition("=")
    if not equals or not wanted.strip():
        raise BadExpressionError(_("Write a condition in a path like this: Parameter[ID=Menge]."))
    value = value.strip()
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "'\"":
        value = value[1:-1]
    return PathStep(name, wanted.strip().rpartition(":")[2], value)


@dataclass(frozen=True, slots=True)
class Node:
    """An element with those around it, outermost first. ``ordinal`` counts the records of its kind."""

    element: Element
    above: tuple[Element, ...] = ()
    ordinal: int = 1

    @property
    def line(self) -> int:
        return self.element.line or self.ordinal

    def where(self, name: str) -> str:
        """A path that a person finds it by."""
        around = "/".join(one.name for one in (*self.above, self.element))
        return f"{around}[{self.ordinal}]/{name}"[-300:]

    def get(self, path: str) -> str | None:
        """The text at a path; None when nothing is there."""
        places = [self]
        for one in parsed(path):
            if one.name.startswith("@"):
                return next(
                    (value for place in places if (value := attribute(place.element, one.name)) is not None),
                    None,
                )
            places = [found for place in places for found in place.step(one)]
            if not places:
                return None
        return text_of(places[0].element)

    def step(self, one: PathStep) -> list[Node]:
        if one.name == ".":
            return [self]
        if one.name == "..":
            return [Node(self.above[-1], self.above[:-1])] if self.above else []
        above = (*self.above, self.element)
        found = [child for child in self.element.children if _fits(child, one)]
        if one.nth:
            found = found[one.nth - 1 : one.nth]
        return [Node(child, above) for child in found]

    def records(self, path: str) -> list[Node]:
        """The nodes at a record's path, in the order of the document, numbered."""
        steps = parsed(path, of_record=True)
        places = [self]
        if steps and steps[0].name == "**":
            places, steps = list(_everywhere(self)), steps[1:]
        for one in steps:
            places = [found for place in places for found in place.step(one)]
        return [Node(one.element, one.above, number) for number, one in enumerate(places, start=1)]


def _everywhere(node: Node) -> Iterator[Node]:
    waiting = [node]
    while waiting:
        one = waiting.pop()
        yield one
        above = (*one.above, one.element)
        waiting.extend(Node(child, above) for child in reversed(one.element.children))


def _fits(child: Element, one: PathStep) -> bool:
    if one.name not in ("*", child.name):
        return False
    if not one.filter_name:
        return True
    if one.filter_name.startswith("@"):
        return attribute(child, one.filter_name) == one.filter_value
    inner = child.first(one.filter_name)
    return inner is not None and inner.text == one.filter_value


def attribute(element: Element, name: str) -> str | None:
    return next(
        (value for key, value in element.attributes.items() if key.rpartition(":")[2] == name[1:]), None
    )


def text_of(element: Element) -> str:
    return Exact(element.text) if NUMBER_MARK in element.attributes else element.text


@dataclass(slots=True)
class JsonBuilder:
    """JSON as elements: a key is a child, a list is the same child several times."""

    most: int
    count: int = field(default=0)

    def element(self, name: str, value: object) -> Element:
        """Raises OverflowError when there is more than ``most``."""
        self.count += 1
        if self.count > self.most:
            raise OverflowError
        made = Element(name, 0)
        if isinstance(value, dict):
            for key, inner in value.items():
                for one in inner if isinstance(inner, list) else (inner,):
                    made.children.append(self.element(str(key), one))
        elif isinstance(value, list):
            made.children = [self.element("row", one) for one in value]
        elif isinstance(value, bool):
            made.pieces.append("1" if value else "0")
        elif value is not None:
            made.pieces.append(str(value))
            if isinstance(value, Exact):
                made.attributes[NUMBER_MARK] = "1"
        return made
