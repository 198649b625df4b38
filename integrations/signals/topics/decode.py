"""A message as values with a JSON pointer each. ``topic#/a/b`` names the value ``b`` of ``a`` in the message.

The value of a message that is only a value, or the field ``value`` of an object, is named by the topic alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from machines.domain.measure.samples import Value

LARGEST_MESSAGE = 1024 * 1024
LONGEST_TEXT = 2000
DEEPEST, MOST_VALUES = 6, 500
SECONDS_BELOW = 1e11
"""A number below is seconds since 1970, from here milli-, from 1e14 micro-, from 1e17 nanoseconds."""


class Undecodable(Exception):
    """The message can't be read; ``code`` and text say why."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


@dataclass(frozen=True, slots=True)
class Decoded:
    """The values of a message by address. ``ts`` is the sender's time, None if it told none."""

    ts: datetime | None
    values: Sequence[tuple[str, Value]]


def decode(topic: str, payload: bytes, time_fields: Sequence[str]) -> Decoded:
    """Raises ``Undecodable``."""
    if len(payload) > LARGEST_MESSAGE:
        raise Undecodable("too_large", f"{len(payload)} bytes are more than {LARGEST_MESSAGE}")
    try:
        data = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return Decoded(None, [(topic, _text(payload))])
    if not isinstance(data, dict):
        return Decoded(None, list(_leaves(topic, "", data, 0)))
    ts = next((time_of(data[name]) for name in time_fields if name in data), None)
    fields = {name: value for name, value in data.items() if name not in time_fields}
    found = [
        (topic if pointer == "#/value" else topic + pointer, value)
        for pointer, value in _leaves("", "#", fields, 0)
    ]
    if len(found) > MOST_VALUES:
        raise Undecodable("too_many", f"more than {MOST_VALUES} values in one message")
    return Decoded(ts, found)


def _leaves(topic: str, pointer: str, data: Any, depth: int) -> Iterator[tuple[str, Value]]:
    if depth > DEEPEST:
        raise Undecodable("too_deep", f"more than {DEEPEST} levels in one message")
    if isinstance(data, dict):
        for name, value in data.items():
            step = name.replace("~", "~0").replace("/", "~1")
            yield from _leaves(topic, f"{pointer or '#'}/{step}", value, depth + 1)
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _leaves(topic, f"{pointer or '#'}/{index}", value, depth + 1)
    elif isinstance(data, str) and len(data) > LONGEST_TEXT:
        raise Undecodable("too_long", f"a text of {len(data)} characters")
    else:
        yield topic + pointer, data


def _text(payload: bytes) -> str:
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        raise Undecodable("not_text", "neither JSON nor text in UTF-8") from None
    if not text or len(text) > LONGEST_TEXT or "\x00" in text:
        raise Undecodable("not_text", "empty, too long, or with a null character")
    if text.lstrip()[:1] in ("{", "["):
        raise Undecodable("broken_json", "begins like JSON and isn't")
    return text


def time_of(value: Any) -> datetime | None:
    """A time as senders write it: ISO 8601 with zone, or a number since 1970. None: it is no time."""
    try:
        if isinstance(value, str):
            moment = datetime.fromisoformat(value)
            return moment.astimezone(UTC) if moment.tzinfo else None
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            return None
        seconds, size = float(value), abs(value)
        for limit in (SECONDS_BELOW, 1e14, 1e17):
            if size >= limit:
                seconds /= 1000
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def parts_of(address: str) -> tuple[str, str]:
    """The topic and the pointer of an address."""
    topic, _mark, pointer = address.partition("#/")
    return topic, pointer
