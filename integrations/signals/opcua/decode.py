"""From OPC UA values to plain ones: numbers, texts, truth or nothing, with time and quality."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any
from uuid import UUID

from asyncua import ua

from machines.domain.measure.samples import Quality, Value

LONGEST_TEXT = 2000
_OVERFLOW = 0x480
_STALE = frozenset(
    {
        ua.StatusCodes.UncertainLastUsableValue,
        ua.StatusCodes.UncertainNoCommunicationLastUsableValue,
        ua.StatusCodes.BadNoCommunication,
        ua.StatusCodes.BadWaitingForInitialData,
    }
)


@dataclass(frozen=True, slots=True)
class Reading:
    """A value as we keep it; ``ts`` is None where the server told no time."""

    value: Value
    quality: Quality
    ts: datetime | None
    native: str = ""
    overflow: bool = False


def reading(data: ua.DataValue, inside: Sequence[str] = ()) -> Reading:
    """``inside`` leads into a structure or list. What can't be followed, and NaN, is bad and has no value."""
    code = int(data.StatusCode.value) if data.StatusCode is not None else 0
    quality = quality_of(code)
    raw = data.Value.Value if data.Value is not None else None
    try:
        value = plain(within(raw, inside))
    except (LookupError, ValueError) as problem:
        return Reading(None, Quality.BAD, moment_of(data), f"{problem}: {raw!r}"[:LONGEST_TEXT])
    if quality is Quality.BAD:
        return Reading(None, quality, moment_of(data), ua.status_codes.get_name_and_doc(code)[0])
    native = "" if isinstance(raw, int | float | str | bool | None) else str(value)
    return Reading(value, quality, moment_of(data), native, code & _OVERFLOW == _OVERFLOW)


def quality_of(code: int) -> Quality:
    """The quality a status code means: its two highest bits, and the codes of a lost device."""
    if code & 0xFFFF0000 in _STALE:
        return Quality.STALE
    return (Quality.GOOD, Quality.UNCERTAIN, Quality.BAD, Quality.BAD)[code >> 30 & 3]


def moment_of(data: ua.DataValue) -> datetime | None:
    """The source's time, else the server's (UTC)."""
    return utc(data.SourceTimestamp) or utc(data.ServerTimestamp)


def utc(moment: Any) -> datetime | None:
    """asyncua gives times without a zone; 1601 and 1970 stand for "none"."""
    if not isinstance(moment, datetime) or moment.year <= 1970:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def within(raw: Any, inside: Sequence[str]) -> Any:
    """What stands at a place in a structure or list. Raises ``LookupError`` where there is none."""
    for step in inside:
        if isinstance(raw, list | tuple):
            if not step.isdecimal() or int(step) >= len(raw):
                raise LookupError(f"no element {step}")
            raw = raw[int(step)]
        elif is_dataclass(raw) and any(field.name == step for field in fields(raw)):
            raw = getattr(raw, step)
        else:
            raise LookupError(f"no field {step}")
    return raw


def plain(raw: Any) -> Value:
    """A value without types of its own. Raises ``ValueError`` for NaN, infinity and texts without end."""
    value: Any = _plain(raw)
    if isinstance(value, list | dict):
        if isinstance(value, list) and len(value) == 1 and not isinstance(value[0], list | dict):
            return plain(raw[0])
        value = json.dumps(value, ensure_ascii=False)
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("no finite number")
    if isinstance(value, str):
        if len(value) > LONGEST_TEXT:
            raise ValueError(f"a text of {len(value)} characters")
        value = value.replace("\x00", "")
    kept: Value = value
    return kept


def _plain(raw: Any) -> Any:
    if isinstance(raw, Enum):
        return raw.value
    if raw is None or isinstance(raw, bool | int | float | str):
        return raw
    if isinstance(raw, ua.LocalizedText):
        return raw.Text or ""
    if isinstance(raw, ua.QualifiedName):
        return raw.Name
    if isinstance(raw, ua.StatusCode):
        return raw.name
    if isinstance(raw, datetime):
        moment = utc(raw)
        return moment.isoformat() if moment else None
    if isinstance(raw, bytes):
        return raw.hex()
    if isinstance(raw, UUID):
        return str(raw)
    if isinstance(raw, ua.NodeId):
        return raw.to_string()
    if isinstance(raw, ua.Variant):
        return _plain(raw.Value)
    if isinstance(raw, list | tuple):
        return [_plain(one) for one in raw]
    if is_dataclass(raw):
        return {field.name: _plain(getattr(raw, field.name)) for field in fields(raw)}
    return str(raw)
