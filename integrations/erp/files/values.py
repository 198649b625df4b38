"""How people and ERPs write values in CSV cells, and how we write them back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from typing import Any

from integrations.erp.units import UNITS
from mes.lib.sentences import gettext as _

LIMIT = Decimal(10) ** 12
THREE_PLACES = Decimal("0.001")
TRUE = frozenset({"1", "x", "true", "yes", "y", "ja", "j", "wahr"})
FALSE = frozenset({"0", "false", "no", "n", "nein", "falsch"})
FORMULA_START = ("=", "+", "-", "@", "\t", "\r")

DAY_SHAPES: tuple[tuple[re.Pattern[str], tuple[int, int, int]], ...] = (
    (re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})"), (1, 2, 3)),
    (re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})"), (3, 2, 1)),
    (re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{2})"), (3, 2, 1)),
    (re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})"), (1, 2, 3)),
)
TIME_SHAPE = re.compile(r"([0-9]{1,2}):?([0-9]{2})(?::?([0-9]{2})(\.[0-9]{1,6})?)?")


class BadCellError(ValueError):
    """A cell that cannot be what its column says."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Profile:
    """What differs between senders. Empty ``encoding``, ``delimiter`` and ``decimal`` are found out.

    ``decimal`` is "," or "."; without it a number such as ``1.234`` is ambiguous and refused.
    ``empty_clears``: an empty cell clears the field instead of leaving it as it is.
    """

    encoding: str = ""
    delimiter: str = ""
    decimal: str = ""
    empty_clears: bool = False
    units: Mapping[str, str] = field(default_factory=lambda: UNITS)
    max_bytes: int = 32 * 1024 * 1024
    max_rows: int = 200_000


def profile(settings: Mapping[str, Any]) -> Profile:
    """From a connection's settings; unknown keys belong to somebody else."""
    known = {entry.name: settings[entry.name] for entry in fields(Profile) if entry.name in settings}
    return Profile(**{**known, "units": {**UNITS, **settings.get("units", {})}})


def number(text: str, decimal: str = "") -> Decimal:
    """``1234,50``, ``1.234,50``, ``1234.50``, ``1234,5-``. Absolute value below 10^12."""
    plain = text.strip().replace(" ", "").replace("\u00a0", "").replace("'", "")
    sign = 1
    if plain[-1:] == "-":
        plain, sign = plain[:-1], -1
    elif plain[:1] in ("-", "+"):
        plain, sign = plain[1:], -1 if plain[0] == "-" else 1
    whole, fraction = _split(plain, decimal or _decimal_sign(plain))
    if not re.fullmatch("[0-9]{1,30}", whole) or not re.fullmatch("[0-9]{0,30}", fraction):
        raise BadCellError("not_a_number", _("“%s” is not a number.") % text[:40])
    value = Decimal(f"{whole}.{fraction or 0}")
    if value >= LIMIT:
        raise BadCellError("too_large", _("“%s” is too large.") % text[:40])
    return sign * value


def _decimal_sign(plain: str) -> str:
    signs = {sign for sign in plain if sign in ".,"}
    if len(signs) == 2:
        return max(signs, key=plain.rfind)
    if not signs:
        return "."
    sign = signs.pop()
    if re.fullmatch(rf"[1-9][0-9]{{0,2}}(?:{re.escape(sign)}[0-9]{{3}})+", plain):
        raise BadCellError(
            "ambiguous",
            _("“%s” can be read in two ways; set the decimal sign of the connection.") % plain[:40],
        )
    return sign


def _split(plain: str, decimal: str) -> tuple[str, str]:
    grouping = "." if decimal == "," else ","
    whole, _sign, fraction = plain.partition(decimal)
    if grouping in whole:
        if not re.fullmatch(rf"[0-9]{{1,3}}(?:{re.escape(grouping)}[0-9]{{3}})+", whole):
            return "", ""
        whole = whole.replace(grouping, "")
    return whole, fraction


def quantity(text: str, decimal: str = "") -> Decimal:
    """A number of at most three decimals that is not negative."""
    value = number(text, decimal)
    if value < 0:
        raise BadCellError("negative", _("A negative amount (%s) is not accepted.") % text[:40])
    if value != value.quantize(THREE_PLACES):
        raise BadCellError("too_precise", _("“%s” has more than three decimals.") % text[:40])
    return value.quantize(THREE_PLACES)


def whole_number(text: str) -> int:
    if not re.fullmatch("[0-9]{1,5}", text.strip()):
        raise BadCellError("not_a_number", _("“%s” is not a whole number from 0 to 99999.") % text[:40])
    return int(text)


def truth(text: str) -> bool:
    word = text.strip().lower()
    if word in TRUE:
        return True
    if word in FALSE:
        return False
    raise BadCellError("not_yes_or_no", _("“%s” is neither yes nor no.") % text[:40])


def moment(text: str, zone: tzinfo) -> datetime:
    """ISO 8601, ``31.12.2026 14:30``, ``31.12.26``, ``20261231 143000``; local unless an offset is given.

    ``24:00`` is 00:00 of the next day. Returns aware UTC.
    """
    stripped = text.strip()
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T.*(Z|[+-][0-9]{2}:?[0-9]{2})", stripped):
            return datetime.fromisoformat(stripped).astimezone(UTC)
        day_text, _blank, time_text = stripped.replace("T", " ", 1).partition(" ")
        on, at, next_day = _day(day_text), *_time(time_text.strip())
        local = datetime.combine(on + timedelta(days=next_day), at, zone)
        return local.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadCellError("not_a_date", _("“%s” is not a date and time.") % text[:40]) from error


def _day(text: str) -> date:
    for shape, order in DAY_SHAPES:
        if match := shape.fullmatch(text):
            year, month, day = (int(match[place]) for place in order)
            return date(year + 2000 if year < 100 else year, month, day)
    raise ValueError(text)


def _time(text: str) -> tuple[time, int]:
    if not text:
        return time.min, 0
    if text in ("24:00", "24:00:00", "240000"):
        return time.min, 1
    match = TIME_SHAPE.fullmatch(text)
    if match is None:
        raise ValueError(text)
    microseconds = int((match[4] or ".0")[1:].ljust(6, "0"))
    return time(int(match[1]), int(match[2]), int(match[3] or 0), microseconds), 0


def number_text(value: Decimal, decimal: str) -> str:
    return f"{value:f}".replace(".", decimal or ".")


def safe_text(text: str) -> str:
    """A text that a spreadsheet will not run as a formula; :func:`plain_text` undoes it."""
    return f"'{text}" if text.startswith((*FORMULA_START, "'")) else text


def plain_text(text: str) -> str:
    return text[1:] if text.startswith("'") and text[1:].startswith((*FORMULA_START, "'")) else text
