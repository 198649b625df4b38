"""Lists inside a JSON answer, each element with the bytes that it came in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from integrations.domain.connectors import PartnerError
from integrations.erp.fields import exact
from mes.lib.sentences import gettext as _

_decoder = json.JSONDecoder(parse_float=exact)
_blank = re.compile(r"[ \t\r\n]*")


@dataclass(frozen=True, slots=True)
class Entity:
    """One object of an answer: its bytes as they came, and what they say."""

    raw: bytes
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of objects; ``next`` is where the server says that further ones are."""

    entities: tuple[Entity, ...]
    next: str


def read_listing(body: bytes, *, inside: tuple[str, ...], items: str, link: str) -> Listing:
    """The list ``items`` and the ``link`` beside it, below the members ``inside``. Raises PartnerError."""
    try:
        text = body.decode()
        place = 0
        for name in inside:
            place = _member(text, place, name)
        entities: list[Entity] = []
        following = ""
        for name, start in _members(text, place):
            if name == items:
                entities = [
                    Entity(text[begin:end].encode(), as_object(value))
                    for begin, end, value in _elements(text, start)
                ]
            elif name == link:
                following = str(_decoder.raw_decode(text, start)[0] or "")
    except (ValueError, RecursionError) as error:
        raise nonsense(body) from error
    return Listing(tuple(entities), following)


def read_object(body: bytes) -> dict[str, Any]:
    """Raises PartnerError when the answer is no JSON object."""
    try:
        return as_object(_decoder.decode(body.decode()))
    except (ValueError, RecursionError) as error:
        raise nonsense(body) from error


def error_in(body: bytes) -> dict[str, Any]:
    """The member ``error`` of an answer; empty when there is none. Never raises."""
    try:
        return as_object(as_object(_decoder.decode(body.decode("utf-8", "replace"))).get("error"))
    except (ValueError, RecursionError):
        return {}


def nonsense(body: bytes) -> PartnerError:
    start = body[:80].decode("utf-8", "replace")
    return PartnerError("nonsense", _("The partner's answer makes no sense: “%s”.") % start)


def as_object(value: Any) -> dict[str, Any]:
    """Raises ValueError."""
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value


def _skip(text: str, place: int) -> int:
    match = _blank.match(text, place)
    return match.end() if match else place


def _members(text: str, place: int) -> Iterator[tuple[str, int]]:
    """Name and place of each member of the object that begins at ``place``."""
    place = _expect(text, place, "{")
    while text[place : place + 1] != "}":
        name, place = _decoder.raw_decode(text, place)
        place = _expect(text, place, ":")
        yield name, place
        place = _skip(text, _decoder.raw_decode(text, place)[1])
        if text[place : place + 1] == ",":
            place = _skip(text, place + 1)
        elif text[place : place + 1] != "}":
            raise ValueError("unfinished object")


def _member(text: str, place: int, name: str) -> int:
    for found, start in _members(text, place):
        if found == name:
            return start
    raise ValueError(f"no member {name}")


def _elements(text: str, place: int) -> Iterator[tuple[int, int, Any]]:
    place = _expect(text, place, "[")
    while text[place : place + 1] != "]":
        value, end = _decoder.raw_decode(text, place)
        yield place, end, value
        place = _skip(text, end)
        if text[place : place + 1] == ",":
            place = _skip(text, place + 1)
        elif text[place : place + 1] != "]":
            raise ValueError("unfinished list")


def _expect(text: str, place: int, sign: str) -> int:
    place = _skip(text, place)
    if text[place : place + 1] != sign:
        raise ValueError(f"{sign} expected")
    return _skip(text, place + 1)
