"""How items are named: by namespace URI and browse path, which survive a renumbering of both.

``{http://acme.example/press}Press 1/Counters/{http://opcfoundation.org/UA/DI/}Parts`` leads from the
Objects folder to a variable; an element without a URI has that of the one before. ``!`` leads into a
structure or list (``…!0/AccCount``); ``#`` names an event type of an object and one of its fields
(``…Press 1#{uri}CycleEventType/{uri}CycleCount``). ``nsu=<uri>;s=<identifier>`` names a node by its id where
a server has no names to go by.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

BASE = "http://opcfoundation.org/UA/"
_ELEMENT = re.compile(r"(?:\{(?P<uri>[^{}]*)\})?(?P<name>[^{}]+)")
_BRACES = re.compile(r"(?:[^{}]|\{[^{}]*\})*")
_ESCAPES = {"%": "%25", "/": "%2F", "{": "%7B", "}": "%7D", "#": "%23", "!": "%21"}


class BadAddress(ValueError):
    """This text names nothing in a server."""


@dataclass(frozen=True, slots=True)
class Name:
    """A qualified name: the namespace's URI and the name in it."""

    uri: str
    name: str


@dataclass(frozen=True, slots=True)
class Address:
    """``path`` from the Objects folder, or ``node_id``; then into the value, or to an event's field.

    ``event`` is the event's type; ``field`` is empty for the event as such.
    """

    path: tuple[Name, ...] = ()
    node_id: str = ""
    inside: tuple[str, ...] = ()
    event: Name | None = None
    field: tuple[Name, ...] = ()


def parse(text: str) -> Address:
    """Raises ``BadAddress``."""
    place, has_event, rest = text.partition("#")
    place, has_inside, within = place.partition("!")
    inside = tuple(_unescape(part) for part in within.split("/")) if has_inside else ()
    event = _names(rest, BASE) if has_event else ()
    if has_event and has_inside:
        raise BadAddress(f"{text!r} names an event and a part of a value")
    node_id = place if place.startswith(("nsu=", "i=", "s=", "g=", "b=")) else ""
    return Address(
        path=() if node_id else _names(place, ""),
        node_id=node_id,
        inside=inside,
        event=event[0] if event else None,
        field=event[1:],
    )


def written(path: Iterable[Name], *, inside: Sequence[str] = (), event: Sequence[Name] = ()) -> str:
    """The address of a path, as short as it can be said."""
    text = _written(path, "")
    if inside:
        text += "!" + "/".join(_escape(part) for part in inside)
    if event:
        text += "#" + _written(event, BASE)
    return text


def _written(path: Iterable[Name], uri: str) -> str:
    parts = []
    for name in path:
        parts.append(_escape(name.name) if name.uri == uri else f"{{{name.uri}}}{_escape(name.name)}")
        uri = name.uri
    return "/".join(parts)


def _names(text: str, uri: str) -> tuple[Name, ...]:
    names = []
    if _BRACES.fullmatch(text) is None:
        raise BadAddress(f"the braces in {text!r} don't pair")
    for part in _elements(text):
        found = _ELEMENT.fullmatch(part)
        if found is None:
            raise BadAddress(f"{part!r} in {text!r} is no name")
        uri = uri if found["uri"] is None else found["uri"]
        names.append(Name(uri or BASE, _unescape(found["name"])))
    if not names:
        raise BadAddress("an address can't be empty")
    return tuple(names)


def _elements(text: str) -> list[str]:
    """The parts between slashes; a URI's own slashes don't part."""
    return re.findall(r"(?:\{[^{}]*\}|[^/{}])+", text)


def _escape(name: str) -> str:
    return "".join(_ESCAPES.get(character, character) for character in name)


def _unescape(name: str) -> str:
    for character, escaped in reversed(_ESCAPES.items()):
        name = name.replace(escaped, character)
    return name
