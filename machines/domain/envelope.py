"""The envelope of a sample as gateways send it, checked field by field."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from operator import itemgetter
from typing import Any

from machines.domain.measure import Quality
from machines.domain.measure.samples import Value

QUALITIES = [quality.value for quality in Quality]
ITEMS = frozenset(
    (
        *("state", "mode", "program", "program_comment", "tool", "pallet", "job", "alarm", "override"),
        *("cycle_event", "cycle_count", "cycle_time", "part_count", "good_count", "bad_count", "pulse"),
        *("available", "setup", "energy", "power"),
    )
)
LARGEST = 2**63 - 1
OLDEST = timedelta(days=400)
LONGEST_TEXT = 2000


class Outcome(StrEnum):
    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"


@dataclass(slots=True)
class Answer:
    """What became of one entry of a batch."""

    outcome: Outcome
    code: str = ""
    message: str = ""
    field: str = ""

    def as_json(self) -> dict[str, str]:
        answer = {"status": self.outcome.value}
        if self.code:
            answer |= {"code": self.code, "message": self.message, "field": self.field}
        return answer


ACCEPTED = Answer(Outcome.ACCEPTED)


class Rejected(Exception):
    """This entry can't be taken; the others can."""

    def __init__(self, code: str, message: str, field: str) -> None:
        super().__init__(message)
        self.code, self.message, self.field = code, message, field


@dataclass(slots=True)
class Envelope:
    """One checked sample. ``ts`` is the device's time in UTC."""

    machine: str
    source: str
    boot: str
    seq: int
    sub: int
    ts: datetime
    item: str
    value: Value
    quality: int = 0
    historical: bool = False
    slot: int = 0
    snapshot: bool = False
    reset: bool = False


_NEEDED = ("machine", "source", "boot", "seq", "ts", "item", "value")
_needed = itemgetter(*_NEEDED)
_PLAIN_NUMBER = 1e15


def read_envelope(entry: Any, received: datetime) -> Envelope:
    """Check one entry. Raises ``Rejected`` with the field that is wrong."""
    return _quick(entry, received) or _careful(entry, received)


def _quick(entry: Any, received: datetime) -> Envelope | None:
    """An entry of the most common form; None where each field has to be looked at."""
    if type(entry) is not dict:
        return None
    historical: Any = False
    if len(entry) != len(_NEEDED):
        historical = entry.get("historical")
        if len(entry) != len(_NEEDED) + 1 or type(historical) is not bool:
            return None
    try:
        machine, source, boot, seq, text, item, value = _needed(entry)
        ts = datetime.fromisoformat(text)
        known = (machine, source, boot) in _names
    except (KeyError, TypeError, ValueError):
        return None
    kind = type(value)
    if (
        ts.tzinfo is UTC
        and ts >= received - OLDEST
        and type(seq) is int
        and 0 <= seq <= LARGEST
        and type(item) is str
        and item in ITEMS
        and (kind is bool or value is None or (kind in _NUMBERS and -_PLAIN_NUMBER < value < _PLAIN_NUMBER))
        and (known or _are_names(machine, source, boot))
    ):
        return Envelope(machine, source, boot, seq, 0, ts, item, value, 0, historical)
    return None


_NUMBERS = frozenset((int, float))
_names: set[tuple[Any, Any, Any]] = set()
"""Machines, sources and boots whose names were looked at before."""
MOST_NAMES = 50_000


def _are_names(machine: Any, source: Any, boot: Any) -> bool:
    if not (_is_name(machine, 40) and _is_name(source, 80) and _is_name(boot, 80)):
        return False
    if len(_names) >= MOST_NAMES:
        _names.clear()
    _names.add((machine, source, boot))
    return True


def _is_name(value: Any, longest: int) -> bool:
    return type(value) is str and 0 < len(value) <= longest and value.isprintable() and value[0] != " "


def _careful(entry: Any, received: datetime) -> Envelope:
    if not isinstance(entry, Mapping):
        raise Rejected("not_an_object", "A sample is a JSON object.", "")
    return Envelope(
        machine=_text(entry, "machine", 40),
        source=_text(entry, "source", 80),
        boot=_text(entry, "boot", 80),
        seq=_whole(entry, "seq", LARGEST),
        sub=_whole(entry, "sub", 2**31 - 1, default=0),
        ts=_time(entry, received),
        item=_item(entry),
        value=_value(entry),
        quality=_quality(entry),
        historical=_yes(entry, "historical"),
        slot=_whole(entry, "slot", 1000, default=0),
        snapshot=_yes(entry, "snapshot"),
        reset=_yes(entry, "reset"),
    )


def _text(entry: Mapping[str, Any], name: str, longest: int) -> str:
    value = entry.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not value.strip():
        raise Rejected("missing", f"{name} must be a text that isn't empty.", name)
    if len(value) > longest:
        raise Rejected("too_long", f"{name} may have {longest} characters.", name)
    if "\x00" in value:
        raise Rejected("wrong_type", f"{name} holds a null character.", name)
    return value


def _whole(entry: Mapping[str, Any], name: str, largest: int, *, default: int | None = None) -> int:
    value = entry.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Rejected("wrong_type", f"{name} must be a whole number.", name)
    if not 0 <= value <= largest:
        raise Rejected("out_of_range", f"{name} must lie between 0 and {largest}.", name)
    return value


def _time(entry: Mapping[str, Any], received: datetime) -> datetime:
    """ISO 8601 with a time zone, or milliseconds since 1970."""
    value = entry.get("ts")
    try:
        if isinstance(value, str):
            moment = datetime.fromisoformat(value)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            moment = datetime.fromtimestamp(value / 1000, UTC)
        else:
            raise Rejected("wrong_type", "ts must be an ISO 8601 time or milliseconds since 1970.", "ts")
        if moment.utcoffset() is None:
            raise Rejected("no_time_zone", "ts must carry its time zone, e.g. a Z at the end.", "ts")
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise Rejected("wrong_type", f"ts is no time: {str(value)[:60]}", "ts") from error
    if moment < received - OLDEST:
        raise Rejected("too_old", f"ts lies more than {OLDEST.days} days in the past.", "ts")
    return moment


def _item(entry: Mapping[str, Any]) -> str:
    item = _text(entry, "item", 40)
    if item not in ITEMS:
        raise Rejected("unknown_item", f"{item} is no canonical item.", "item")
    return item


def _value(entry: Mapping[str, Any]) -> Value:
    if "value" not in entry:
        raise Rejected("missing", "value is missing; null means that there is none.", "value")
    value = entry["value"]
    if isinstance(value, str):
        if len(value) > LONGEST_TEXT or "\x00" in value:
            raise Rejected(
                "too_long", f"value may have {LONGEST_TEXT} characters and no null character.", "value"
            )
        return value
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        if not math.isfinite(value) or abs(value) > 1e300:
            raise Rejected("out_of_range", "value is no finite number.", "value")
        return value
    raise Rejected("wrong_type", "value must be a number, a text, true, false or null.", "value")


def _quality(entry: Mapping[str, Any]) -> int:
    quality = entry.get("quality", Quality.GOOD.value)
    if quality not in QUALITIES:
        raise Rejected("wrong_type", f"quality must be one of {', '.join(QUALITIES)}.", "quality")
    return QUALITIES.index(quality)


def _yes(entry: Mapping[str, Any], name: str) -> bool:
    value = entry.get(name, False)
    if not isinstance(value, bool):
        raise Rejected("wrong_type", f"{name} must be true or false.", name)
    return value
