"""GS1 application identifiers: what stands in a GS1 DataMatrix or GS1-128, written and read.

Source: GS1 General Specifications, section 3 (application identifiers), 7.8 (element strings), 7.9.1 (check
digit) and 7.11 (character set 82). People write brackets, ``(01)04012345678901(10)A1``; a code carries no
brackets, but the separator after every value of variable length that isn't the last.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from mes.lib.errors import InvalidInput, Problem

SEPARATOR = "\x1d"
SYMBOLOGIES = ("]d2", "]C1", "]Q3", "]e0")
"""What a scanner puts before a GS1 code: DataMatrix, GS1-128, QR, DataBar."""

Element = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Identifier:
    """How the value of an application identifier looks: ``length`` at most, or exactly if ``fixed``."""

    length: int
    fixed: bool = False
    digits: bool = False
    check: bool = False
    date: bool = False


IDENTIFIERS: dict[str, Identifier] = {
    "00": Identifier(18, fixed=True, digits=True, check=True),
    "01": Identifier(14, fixed=True, digits=True, check=True),
    "02": Identifier(14, fixed=True, digits=True, check=True),
    "10": Identifier(20),
    "11": Identifier(6, fixed=True, digits=True, date=True),
    "13": Identifier(6, fixed=True, digits=True, date=True),
    "15": Identifier(6, fixed=True, digits=True, date=True),
    "17": Identifier(6, fixed=True, digits=True, date=True),
    "21": Identifier(20),
    "30": Identifier(8, digits=True),
    "37": Identifier(8, digits=True),
    "240": Identifier(30),
    "241": Identifier(30),
    "400": Identifier(30),
    **{str(number): Identifier(30 if number == 90 else 90) for number in range(90, 100)},
}

_BRACKETS = re.compile(r"\(([0-9]{2,4})\)")
_CHARACTERS = re.compile(r"[!\"%&'()*+,\-./0-9:;<=>?A-Z_a-z]*")
_DATE = re.compile(r"[0-9]{2}(0[1-9]|1[0-2])([0-2][0-9]|3[01])")


def check_digit(digits: str) -> str:
    """The check digit that belongs behind ``digits`` (GTIN, SSCC): weights 3 and 1 from the right."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def is_checked(number: str) -> bool:
    """Whether the last of the digits is the check digit of the others."""
    return number.isdecimal() and len(number) > 1 and check_digit(number[:-1]) == number[-1]


def elements_of(text: str) -> list[Element]:
    """What a person wrote in brackets. Raises InvalidInput for what GS1 doesn't allow."""
    parts = _BRACKETS.split(text.strip())
    if parts[0] or len(parts) < 3:
        raise _invalid(_("A GS1 code is written with brackets: (01)…(10)…"), text)
    found = list(zip(parts[1::2], parts[2::2], strict=True))
    for identifier, value in found:
        _check(identifier, value)
    return found


def written(elements: Sequence[Element]) -> str:
    """As a person reads it, in brackets."""
    return "".join(f"({identifier}){value}" for identifier, value in elements)


def element_string(elements: Sequence[Element]) -> str:
    """As a code carries it. Raises InvalidInput for what GS1 doesn't allow."""
    text = ""
    for nth, (identifier, value) in enumerate(elements):
        known = _check(identifier, value)
        text += identifier + value
        if not known.fixed and nth < len(elements) - 1:
            text += SEPARATOR
    return text


def read(text: str) -> dict[str, str] | None:
    """What a scanner read, by identifier; None for what is no GS1 code.

    With or without the scanner's symbology identifier and with or without brackets.
    """
    code = text.strip()
    symbology = code[:3] if code[:3] in SYMBOLOGIES else ""
    code = code.removeprefix(symbology).strip(SEPARATOR)
    try:
        if code.startswith("("):
            return dict(elements_of(code))
        if symbology or SEPARATOR in code or (code[:2] in ("00", "01") and len(code) >= 16):
            return dict(_split(code))
    except InvalidInput:
        pass
    return None


def _split(code: str) -> list[Element]:
    found = []
    rest = code
    while rest:
        identifier = next((rest[:size] for size in (2, 3) if rest[:size] in IDENTIFIERS), None)
        if identifier is None:
            raise _invalid(_("Unknown application identifier."), rest[:4])
        known = IDENTIFIERS[identifier]
        rest = rest[len(identifier) :]
        if known.fixed:
            value, rest = rest[: known.length], rest[known.length :].removeprefix(SEPARATOR)
        else:
            value, _separator, rest = rest.partition(SEPARATOR)
        _check(identifier, value)
        found.append((identifier, value))
    return found


def _check(identifier: str, value: str) -> Identifier:
    known = IDENTIFIERS.get(identifier)
    if known is None:
        raise _invalid(_("Unknown application identifier."), identifier)
    if not value or len(value) > known.length or (known.fixed and len(value) != known.length):
        raise _invalid(
            _("The value of (%(ai)s) has another length than GS1 allows.") % {"ai": identifier}, value
        )
    if not _CHARACTERS.fullmatch(value) or (known.digits and not (value.isascii() and value.isdecimal())):
        raise _invalid(
            _("The value of (%(ai)s) has characters that GS1 doesn't allow.") % {"ai": identifier}, value
        )
    if known.check and not is_checked(value):
        raise _invalid(_("The check digit of (%(ai)s) is wrong.") % {"ai": identifier}, value)
    if known.date and not _DATE.fullmatch(value):
        raise _invalid(_("(%(ai)s) is a date as YYMMDD.") % {"ai": identifier}, value)
    return known


def _invalid(message: str, value: str) -> InvalidInput:
    return InvalidInput([Problem("gs1", message, value=value)])
