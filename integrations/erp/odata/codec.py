"""OData V2 as SAP's gateway writes it: values, answers, errors, batches. Knows the frame, not the meaning."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from typing import Any

from integrations.erp import slices
from integrations.erp.fields import BadValueError
from integrations.erp.record import THREE_PLACES
from integrations.erp.slices import Listing
from mes.lib.sentences import gettext as _

EPOCH = date(1970, 1, 1)
TICKS = re.compile(r"/Date\((-?[0-9]{1,15})(?:[+-][0-9]{1,4})?\)/")
CLOCK = re.compile(r"PT(?:([0-9]{1,2})H)?(?:([0-9]{1,2})M)?(?:([0-9]{1,2})(?:\.[0-9]{1,7})?S)?")
NO_UUID = uuid.UUID(int=0)
DAY_MS = 86_400_000
FULL_DAY = timedelta(hours=24)


def day(text: str) -> date:
    """``/Date(1496707200000)/``: midnight of the day in UTC; an ISO time is the same moment."""
    match = TICKS.fullmatch(text)
    try:
        if match:
            return EPOCH + timedelta(days=int(match[1]) // DAY_MS)
        found = datetime.fromisoformat(text)
        return (found.astimezone(UTC) if found.tzinfo else found).date()
    except (ValueError, OverflowError) as error:
        raise BadValueError("not_a_date", _("“%s” is not a date.") % text[:40]) from error


def clock(text: str) -> timedelta:
    """``PT06H10M00S`` as time since midnight; 24 hours is the end of the day."""
    match = CLOCK.fullmatch(text)
    if match is None or text == "PT":
        raise BadValueError("not_a_time", _("“%s” is not a time (PT06H10M00S).") % text[:40])
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    found = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    if minutes > 59 or seconds > 59 or found > FULL_DAY:
        raise BadValueError("not_a_time", _("“%s” is not a time of the day.") % text[:40])
    return found


def moment(day_text: str, time_text: str, zone: tzinfo) -> datetime:
    """Aware UTC time of a local date and time. The hour that occurs twice in autumn is read as the first."""
    on, at = day(day_text), clock(time_text) if time_text else timedelta(0)
    try:
        local = datetime.combine(on, time.min) + at
        return local.replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadValueError("not_a_date", _("“%s” is not a date.") % day_text[:40]) from error


def day_text(on: date) -> str:
    return f"/Date({(on - EPOCH).days * DAY_MS})/"


def clock_text(at: time) -> str:
    return f"PT{at:%H}H{at:%M}M{at:%S}S"


def amount_text(value: Decimal) -> str:
    """Decimals travel as text, because JSON's numbers would lose digits."""
    return f"{value.quantize(THREE_PLACES)}"


def literal(value: str | uuid.UUID | date) -> str:
    """A value inside ``$filter``, a key or a function's parameter."""
    if isinstance(value, uuid.UUID):
        return f"guid'{value}'"
    if isinstance(value, date):
        return f"datetime'{value:%Y-%m-%d}T00:00:00'"
    return "'" + value.replace("'", "''") + "'"


def external_id(text: str) -> uuid.UUID | None:
    """Of a confirmation; zeros are none."""
    try:
        found = uuid.UUID(text)
    except ValueError:
        return None
    return None if found == NO_UUID else found


def read_listing(body: bytes) -> Listing:
    """``{"d": {"results": [...], "__next": …}}``, each entity with its own bytes. Raises PartnerError."""
    return slices.read_listing(body, inside=("d",), items="results", link="__next")


def read_entity(body: bytes) -> dict[str, Any]:
    """``{"d": {…}}``; a function's result lies one level deeper. Raises PartnerError."""
    try:
        found = slices.as_object(slices.read_object(body).get("d"))
    except ValueError as error:
        raise slices.nonsense(body) from error
    if len(found) == 1 and isinstance(inner := next(iter(found.values())), dict):
        return inner
    return found


def expanded(values: dict[str, Any], name: str) -> list[Any] | None:
    """The entities that were asked for with the entity; ``None`` when they weren't or were cut off."""
    found = values.get(name)
    if not isinstance(found, dict) or not isinstance(found.get("results"), list) or found.get("__next"):
        return None
    return list(found["results"])


@dataclass(frozen=True, slots=True)
class Fault:
    """Why the partner refused: its message classes and numbers, worst first, and its sentences."""

    codes: tuple[str, ...]
    sentences: tuple[str, ...]

    def __str__(self) -> str:
        return "; ".join(dict.fromkeys(self.sentences)) or ", ".join(self.codes)


def read_fault(body: bytes) -> Fault:
    """From an error's body; empty when it is none of SAP's. Never raises."""
    error = slices.error_in(body)
    inner = error.get("innererror")
    details = inner.get("errordetails") if isinstance(inner, dict) else None
    bad = [
        one
        for one in (details if isinstance(details, list) else [])
        if isinstance(one, dict) and one.get("severity", "error") == "error"
    ]
    message = error.get("message")
    value = message.get("value") if isinstance(message, dict) else message
    codes = [error.get("code"), *(one.get("code") for one in bad)]
    sentences = [value, *(one.get("message") for one in bad)]
    return Fault(
        tuple(dict.fromkeys(str(code) for code in codes if code)),
        tuple(str(sentence).strip() for sentence in sentences if sentence),
    )


@dataclass(frozen=True, slots=True)
class Part:
    """The answer to one request of a batch."""

    status: int
    body: bytes


def write_batch(paths: Sequence[str], boundary: str) -> bytes:
    """Several GETs in one request; ``paths`` are relative to the service."""
    lines: list[str] = []
    for path in paths:
        lines += [
            f"--{boundary}",
            "Content-Type: application/http",
            "Content-Transfer-Encoding: binary",
            "",
            f"GET {path} HTTP/1.1",
            "Accept: application/json",
            "",
            "",
        ]
    return "\r\n".join([*lines, f"--{boundary}--", ""]).encode()


def read_batch(content_type: str, body: bytes) -> list[Part]:
    """The parts in the order of the requests: each has a status of its own, whatever the outer one was."""
    match = re.search(r'boundary="?([^";,\s]+)', content_type)
    if match is None:
        raise slices.nonsense(body)
    cut = re.split(rb"(?:^|\r?\n)--" + re.escape(match[1].encode()), body)
    parts = [_read_part(part) for part in cut[1:] if not part.startswith(b"--")]
    if len(cut) < 2 or not cut[-1].startswith(b"--"):
        raise slices.nonsense(body)
    return parts


def _read_part(part: bytes) -> Part:
    _head, _gap, inside = part.replace(b"\r\n", b"\n").partition(b"\n\n")
    head, _gap, body = inside.partition(b"\n\n")
    match = re.match(rb"HTTP/1\.[01] ([0-9]{3})", head)
    if match is None:
        raise slices.nonsense(part)
    return Part(int(match[1]), body.strip())
