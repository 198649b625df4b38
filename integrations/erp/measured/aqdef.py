"""The Q-DAS ASCII transfer format (AQDEF, ``.dfq``): K-fields, then values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any

from integrations.domain.formats import Identity, MeasuredValue, Reading
from integrations.erp.files import values
from integrations.erp.files.codec import decode
from integrations.erp.measured.table import LONGEST, MESSAGE_TYPE, too_long
from mes.lib.errors import InvalidInput, Problem
from mes.lib.sentences import gettext as _

LINE = re.compile(r"\r\n|\r|\n")
FIELD = re.compile(r"K([0-9]{4})(?:/([0-9]{1,5}))?(?:\s+(.*))?", re.DOTALL)
BETWEEN_CHARACTERISTICS, BETWEEN_DATA = "\x0f", "\x14"
PLACES = ("0001", "0002", "0004", "0005", "0006", "0007", "0008", "0010", "0011", "0012")
"""What stands in a value line, in this order."""
INVALID, NO_VALUE = 129, 255
"""Attributes (K0002) of values that don't count: 129 is invalid, 255 a placeholder, 256 deleted, 290 not
plausible; so is every other one from 255 on."""
MOST_CHARACTERISTICS = 10_000
MOST_BYTES = 32 * 1024 * 1024


class AqdefFormat:
    """The inbox's door to this form."""

    name = "aqdef"

    def identify(self, _body: bytes) -> Identity:
        return Identity(message_type=MESSAGE_TYPE)

    def read(self, body: bytes, *, zone: tzinfo, settings: Mapping[str, Any]) -> Reading:
        return read_aqdef(body, zone=zone, encoding=settings.get("encoding", ""))


@dataclass(slots=True)
class _Part:
    """One block: its fields, those of its characteristics by number, and the values still being told."""

    count: int
    fields: dict[str, str] = field(default_factory=dict)
    characteristics: dict[int, dict[str, str]] = field(default_factory=dict)
    telling: dict[int, tuple[int, dict[str, str]]] = field(default_factory=dict)

    def of(self, number: int, key: str) -> str:
        """A field of a characteristic; what is said of number 0 holds for all."""
        for place in (number, 0):
            if text := self.characteristics.get(place, {}).get(key, ""):
                return text
        return ""


def read_aqdef(body: bytes, *, zone: tzinfo, encoding: str = "") -> Reading:
    """Every value that is whole, with its line; a problem with line and K-field for each other one."""
    try:
        if len(body) > MOST_BYTES:
            raise InvalidInput([Problem("too_large", _("The file is too large."))])
        lines = LINE.split(decode(body, encoding))
        if not any(line.startswith("K0100") for line in lines):
            message = _("This is no AQDEF file: K0100 (number of characteristics) is missing.")
            raise InvalidInput([Problem("no_aqdef", message, "K0100", 1)])
    except InvalidInput as error:
        return Reading(problems=tuple(error.problems))
    found: list[MeasuredValue] = []
    problems: list[Problem] = []
    for told in _told(lines, problems):
        _take(told, zone, found, problems)
    problems.sort(key=lambda problem: problem.row or 0)
    identity = Identity(message_type=MESSAGE_TYPE)
    return Reading(problems=tuple(problems), measured=tuple(found), identity=identity)


_Told = tuple[int, "_Part", int, dict[str, str]]
"""Line, part, number of the characteristic, and the value's own fields by their K-number."""


def _told(lines: list[str], problems: list[Problem]) -> Iterator[_Told]:
    part: _Part | None = None
    for number, line in enumerate(lines, start=1):
        matched = FIELD.fullmatch(line)
        if matched is None:
            if part is not None and line.strip():
                yield from _value_line(number, line, part, problems)
            continue
        key, place, text = matched[1], int(matched[2] or 0), (matched[3] or "").strip()
        if key == "0100":
            if part is not None:
                yield from _finished(part)
            part = _Part(_count(text, number, problems))
        elif part is None:
            continue
        elif key.startswith("0"):
            if key == "0001" and (before := part.telling.pop(place, None)):
                yield before[0], part, place, before[1]
            part.telling.setdefault(place, (number, {}))[1][key] = text
        elif key.startswith("2"):
            part.characteristics.setdefault(place, {})[key] = text
        else:
            part.fields[key] = text
    if part is not None:
        yield from _finished(part)


def _finished(part: _Part) -> Iterator[_Told]:
    for place, (number, said) in sorted(part.telling.items(), key=lambda one: one[1][0]):
        yield number, part, place, said
    part.telling.clear()


def _count(text: str, row: int, problems: list[Problem]) -> int:
    if text.isascii() and text.isdecimal() and 1 <= len(text) <= 5 and int(text) <= MOST_CHARACTERISTICS:
        return int(text)
    message = _("That is no number of characteristics.")
    problems.append(Problem("not_a_number", message, "K0100", row, text[:80]))
    return MOST_CHARACTERISTICS


def _value_line(row: int, line: str, part: _Part, problems: list[Problem]) -> Iterator[_Told]:
    cells = line.split(BETWEEN_CHARACTERISTICS)
    if len(cells) > part.count:
        message = _("The line has %(cells)d values, the part %(count)d characteristics.") % {
            "cells": len(cells),
            "count": part.count,
        }
        problems.append(Problem("too_many_values", message, "K0001", row, line[:80]))
        return
    for place, cell in enumerate(cells, start=1):
        yield row, part, place, dict(zip(PLACES, cell.split(BETWEEN_DATA), strict=False))


def _take(told: _Told, zone: tzinfo, found: list[MeasuredValue], problems: list[Problem]) -> None:
    row, part, place, raw = told
    said = {key: text.strip() for key, text in raw.items()}
    if not said.get("0001") or _is_invalid(said.get("0002", "")):
        return
    if part.of(place, "2004") not in ("", "0"):
        message = _("Only measured characteristics are read.")
        problems.append(Problem("attributive", message, "K2004", row, part.of(place, "2001")[:80]))
        return
    names = {
        "order": ("K0053", said.get("0053") or part.fields.get("1053", "")),
        "operation": ("K1086", part.fields.get("1086", "")),
        "sequence": ("", ""),
        "characteristic": ("K2001", part.of(place, "2001")),
        "value": ("K0001", said["0001"]),
        "unit": ("K2142", part.of(place, "2142")),
        "gauge": ("K0012", said.get("0012") or part.of(place, "2401")),
        "machine": ("K0010", said.get("0010") or part.fields.get("1081", "")),
        "piece": ("K0014", said.get("0014") or said.get("0006", "")),
    }
    wrong = []
    for name, (key, text) in names.items():
        if not text and name in ("order", "operation", "characteristic"):
            wrong.append(Problem("required", _("%s is missing.") % key, key, row))
        elif len(text) > LONGEST[name]:
            wrong.append(too_long(name, text, row))
    moment = _moment(said.get("0004", ""), zone, row, wrong)
    if wrong:
        problems += wrong
        return
    found.append(MeasuredValue(row=row, at=moment, **{name: text for name, (_key, text) in names.items()}))


def _is_invalid(text: str) -> bool:
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        return False
    return int(text) == INVALID or int(text) >= NO_VALUE


def _moment(text: str, zone: tzinfo, row: int, wrong: list[Problem]) -> datetime | None:
    """``31.12.2026/14:30:00``; some writers leave a blank instead of the stroke."""
    if not text:
        return None
    try:
        return values.moment(text.replace("/", " ", 1), zone)
    except values.BadCellError as error:
        wrong.append(Problem(error.code, str(error), "K0004", row, text[:80]))
        return None
