"""The two small notations of a mapping: where a value comes from, and when a row counts.

A source joins names and constants: ``AUFNR``, ``'FA-' & Nummer``, ``Datum & ' ' & Zeit``; a name that
itself holds an ``&`` stands in brackets: ``[A & B]``. A name is a column, its number, a place (``3-14``) or a
path, by the kind of file. A condition compares a source: ``Satzart = K``, ``Status != 3``,
``Art in FA, LA``, ``AG filled``, ``AG empty``; several are joined by `` and ``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from mes.lib.sentences import gettext as _

Get = Callable[[str], str | None]

LONGEST = 500
_COMPARED = re.compile(r"(.+?)\s+(=|!=|in)\s+(.*)", re.DOTALL)
_ASKED = re.compile(r"(.+?)\s+(filled|empty)", re.DOTALL)


class BadExpressionError(ValueError):
    """What was typed can't be understood."""


@dataclass(frozen=True, slots=True)
class Part:
    text: str
    constant: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    parts: tuple[Part, ...]
    written: str

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(part.text for part in self.parts if not part.constant)

    def value(self, get: Get) -> str | None:
        """None when none of the names is in the record; empty when all that are there are empty."""
        if len(self.parts) == 1 and not self.parts[0].constant:
            return get(self.parts[0].text)
        found = [part.text if part.constant else get(part.text) for part in self.parts]
        named = [value for part, value in zip(self.parts, found, strict=True) if not part.constant]
        if named and all(value is None for value in named):
            return None
        if named and not any(named):
            return ""
        return "".join(value or "" for value in found)


@dataclass(frozen=True, slots=True)
class Test:
    source: Source
    word: str
    values: tuple[str, ...] = ()

    def holds(self, get: Get) -> bool:
        value = (self.source.value(get) or "").strip()
        match self.word:
            case "filled":
                return value != ""
            case "empty":
                return value == ""
            case "!=":
                return value not in self.values
        return value in self.values


@dataclass(frozen=True, slots=True)
class Condition:
    tests: tuple[Test, ...]
    written: str

    def holds(self, get: Get) -> bool:
        return all(test.holds(get) for test in self.tests)


def source(text: str) -> Source:
    """Raises BadExpressionError."""
    if len(text) > LONGEST or "\x00" in text:
        raise BadExpressionError(_("A source has at most %d characters.") % LONGEST)
    return Source(tuple(_part(piece) for piece in _split(text)), text.strip())


def condition(text: str) -> Condition:
    """Raises BadExpressionError. An empty text always holds."""
    if len(text) > LONGEST or "\x00" in text:
        raise BadExpressionError(_("A condition has at most %d characters.") % LONGEST)
    pieces = [piece for piece in re.split(r"\s+and\s+", text.strip()) if piece]
    return Condition(tuple(_test(piece) for piece in pieces), text.strip())


def _test(text: str) -> Test:
    if asked := _ASKED.fullmatch(text):
        return Test(source(asked[1]), asked[2])
    compared = _COMPARED.fullmatch(text)
    if compared is None:
        raise BadExpressionError(
            _("“%s” is no condition; write for example: Type = K, or Number filled.") % text[:60]
        )
    listed = compared[3].split(",") if compared[2] == "in" else [compared[3]]
    return Test(source(compared[1]), compared[2], tuple(_plain(value) for value in listed))


def _plain(value: str) -> str:
    value = value.strip()
    if len(value) >= 2 and value[0] == value[-1] == "'":
        value = value[1:-1]
    return value.strip()


def _split(text: str) -> list[str]:
    """At each ``&`` that stands neither in quotes nor in brackets."""
    pieces, start, quoted, depth = [], 0, False, 0
    for place, sign in enumerate(text):
        if sign == "'" and not depth:
            quoted = not quoted
        elif not quoted and sign in "[]":
            depth += 1 if sign == "[" else -1
        elif sign == "&" and not quoted and depth <= 0:
            pieces.append(text[start:place])
            start = place + 1
    if quoted or depth:
        raise BadExpressionError(_("A quote or a bracket in “%s” is not closed.") % text[:60])
    return [*pieces, text[start:]]


def _part(piece: str) -> Part:
    plain = piece.strip()
    if plain.startswith("'"):
        if len(plain) < 2 or not plain.endswith("'"):
            raise BadExpressionError(_("“%s” is neither a name nor a constant in quotes.") % plain[:60])
        return Part(plain[1:-1].replace("''", "'"), constant=True)
    if plain.startswith("[") and plain.endswith("]"):
        plain = plain[1:-1].strip()
    if not plain:
        raise BadExpressionError(_("A name is missing in the source."))
    return Part(plain)
