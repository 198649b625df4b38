"""How SAP writes values: numbers, dates, times, keys and flags in segments, and back."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import ROUND_HALF_UP, Decimal

from integrations.erp.fields import BadValueError
from mes.lib.sentences import gettext as _

NUMBER = re.compile(r"([+-]?)([0-9]{1,30}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})(?:[eE]([+-]?[0-9]{1,3}))?(-?)")
LIMIT = Decimal(10) ** 12
THREE_PLACES = Decimal("0.001")


def number(text: str) -> Decimal:
    """``1.000``, ``1,5``, ``1.234,50``, ``1.0E+01``, ``3.000-``. Absolute value below 10^12."""
    plain = _with_decimal_point(text.strip())
    match = NUMBER.fullmatch(plain)
    if match is None or (match[1] and match[4]):
        raise BadValueError("not_a_number", _("“%s” is not a number.") % text[:40])
    value = Decimal(match[2] + (f"E{match[3]}" if match[3] else ""))
    if value >= LIMIT:
        raise BadValueError("too_large", _("“%s” is too large.") % text[:40])
    return -value if "-" in (match[1], match[4]) else value


def _with_decimal_point(text: str) -> str:
    """SAP writes no grouping, other senders do: the last separator is the decimal one."""
    if "," not in text:
        return text
    if text.rfind(",") > text.rfind("."):
        return text.replace(".", "").replace(",", ".", 1)
    return text.replace(",", "")


def quantity(text: str) -> Decimal:
    """A number of at most three decimals that is not negative."""
    value = number(text)
    if value < 0:
        raise BadValueError("negative", _("A negative quantity (%s) is not accepted.") % text[:40])
    if value != value.quantize(THREE_PLACES):
        raise BadValueError("too_precise", _("“%s” has more than three decimals.") % text[:40])
    return value.quantize(THREE_PLACES)


def duration(text: str, factor: Decimal) -> Decimal:
    """Seconds, from an amount and the seconds per unit; rounded to milliseconds."""
    value = number(text) * factor
    if value < 0:
        raise BadValueError("negative", _("A negative time (%s) is not accepted.") % text[:40])
    if value >= LIMIT:
        raise BadValueError("too_large", _("“%s” is too large.") % text[:40])
    return value.quantize(THREE_PLACES, ROUND_HALF_UP)


def day(text: str) -> date | None:
    """``YYYYMMDD``; blank and ``00000000`` are no date."""
    text = text.strip()
    if not text.strip("0"):
        return None
    if not re.fullmatch("[0-9]{8}", text):
        raise BadValueError("not_a_date", _("“%s” is not a date (YYYYMMDD).") % text[:40])
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError as error:
        raise BadValueError("not_a_date", _("“%s” is not a day of the calendar.") % text) from error


def moment(day_text: str, time_text: str, zone: tzinfo) -> datetime | None:
    """Aware UTC time of a local date and ``HHMMSS``; ``240000`` is 00:00 of the next day.

    The hour that occurs twice in autumn is read as the first one; the hour that is left out in spring
    as if the clock had not been changed yet.
    """
    on = day(day_text)
    if on is None:
        return None
    text = time_text.strip() or "000000"
    if not re.fullmatch("[0-9]{6}", text):
        raise BadValueError("not_a_time", _("“%s” is not a time (HHMMSS).") % text[:40])
    try:
        if text == "240000":
            local = datetime.combine(on + timedelta(days=1), time.min, zone)
        else:
            local = datetime.combine(on, time(int(text[:2]), int(text[2:4]), int(text[4:])), zone)
        return local.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadValueError("not_a_time", _("“%s” is not a time of the day.") % text) from error


def key(text: str) -> str:
    """A number used as a name: without leading zeros, so that ``000001003456`` and ``1003456`` are one."""
    text = text.strip()
    return text.lstrip("0") or "" if text.isascii() and text.isdigit() else text


def operation_number(text: str) -> str:
    """SAP's four digits: ``10`` and ``0010`` are one operation."""
    text = text.strip()
    return text.zfill(4) if text.isascii() and text.isdigit() else text


def is_set(text: str | None) -> bool:
    return text is not None and text.strip().upper() == "X"


def is_deletion(function: str | None) -> bool:
    """MSGFN 003; 004, 005, 009 and 018 all say how things are now."""
    return function == "003"


def is_blank(text: str) -> bool:
    """Nothing to keep: empty, or a zero in any of SAP's spellings."""
    return not text.strip("0.,- ") or bool(re.fullmatch(r"0[.]0+E[+]00", text))


def padded(text: str, length: int) -> str:
    return text.zfill(length) if text.isascii() and text.isdigit() else text


def amount_text(value: Decimal) -> str:
    """``61.000``, negative with the sign at the end."""
    text = f"{abs(value).quantize(THREE_PLACES, ROUND_HALF_UP)}"
    return text + "-" if value < 0 else text
