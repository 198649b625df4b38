"""How B2MML writes values: XML Schema's dates and durations, and quantities as text with a unit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from decimal import ROUND_HALF_UP, Decimal

from integrations.erp.fields import BadValueError
from mes.lib.sentences import gettext as _

THREE_PLACES = Decimal("0.001")
LIMIT = Decimal(10) ** 12
NUMBER = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{0,30})?|[+-]?\.[0-9]{1,30}")
MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}:[0-9]{2})?)(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})?"
)
PERIOD = re.compile(
    r"P(?:([0-9]{1,9})D)?(?:T(?:([0-9]{1,9})H)?(?:([0-9]{1,9})M)?(?:([0-9]{1,9}(?:\.[0-9]{1,9})?)S)?)?"
)
SECONDS: Mapping[str, Decimal] = {
    "S": Decimal(1),
    "SEC": Decimal(1),
    "MIN": Decimal(60),
    "H": Decimal(3600),
    "HR": Decimal(3600),
    "HUR": Decimal(3600),
    "D": Decimal(86400),
    "DAY": Decimal(86400),
}


def number(text: str) -> Decimal:
    """XML Schema's decimal. Absolute value below 10^12."""
    text = text.strip()
    if not NUMBER.fullmatch(text):
        raise BadValueError("not_a_number", _("“%s” is not a number.") % text[:40])
    found = Decimal(text)
    if abs(found) >= LIMIT:
        raise BadValueError("too_large", _("“%s” is too large.") % text[:40])
    return found


def quantity(text: str) -> Decimal:
    """A number of at most three decimals that is not negative."""
    found = number(text)
    if found < 0:
        raise BadValueError("negative", _("A negative quantity (%s) is not accepted.") % text[:40])
    if found != found.quantize(THREE_PLACES):
        raise BadValueError("too_precise", _("“%s” has more than three decimals.") % text[:40])
    return found.quantize(THREE_PLACES)


def moment(text: str, zone: tzinfo | None) -> datetime:
    """XML Schema's dateTime or date, as UTC. One without offset belongs to ``zone`` (``None``: UTC); the hour
    that occurs twice is read as the first."""
    match = MOMENT.fullmatch(text.strip())
    if match is None:
        raise BadValueError("not_a_date", _("“%s” is not a date and time.") % text[:40])
    fraction = (match[2] or "")[:7]
    try:
        found = datetime.fromisoformat(
            match[1] + fraction.ljust(7, "0") if "T" in match[1] and fraction else match[1]
        )
        offset = (match[3] or "").replace("Z", "+00:00")
        if offset:
            return datetime.fromisoformat(found.isoformat() + offset).astimezone(UTC)
        return found.replace(tzinfo=zone or UTC).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadValueError("not_a_date", _("“%s” is not a date and time.") % text[:40]) from error


def seconds(text: str, unit: str) -> Decimal:
    """An ISO 8601 duration of days and smaller parts, or a number of ``unit``; without unit seconds."""
    plain = text.strip()
    if plain.startswith("P"):
        match = PERIOD.fullmatch(plain)
        if match is None or not any(match.groups()):
            reason = _("“%s” is not a duration of days, hours, minutes and seconds.") % plain[:40]
            raise BadValueError("not_a_duration", reason)
        parts = [Decimal(part or 0) for part in match.groups()]
        total = parts[0] * 86400 + parts[1] * 3600 + parts[2] * 60 + parts[3]
    else:
        factor = SECONDS.get(unit.strip().upper() or "S")
        if factor is None:
            raise BadValueError("unknown_unit", _("“%s” is not a unit of time.") % unit[:40])
        total = number(plain) * factor
    if not 0 <= total < LIMIT:
        raise BadValueError("out_of_range", _("“%s” is not a possible time.") % plain[:40])
    return total.quantize(THREE_PLACES, ROUND_HALF_UP)


def duration_text(amount: Decimal) -> str:
    """Seconds as an ISO 8601 duration: ``PT1H30M``, ``PT0.500S``; zero is ``PT0S``."""
    whole, rest = divmod(amount.quantize(THREE_PLACES, ROUND_HALF_UP), 60)
    hours, minutes = divmod(int(whole), 60)
    short = f"{rest.normalize():f}" if rest else ""
    text = (
        (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "") + (f"{short}S" if short else "")
    )
    return "PT" + (text or "0S")


def amount_text(amount: Decimal) -> str:
    return f"{amount.quantize(THREE_PLACES, ROUND_HALF_UP).normalize():f}"
