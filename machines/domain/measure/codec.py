"""The fold's state as plain JSON values and back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Codec:
    """Writes dataclasses with their name, times and durations as whole µs (times since 1970 UTC)."""

    def __init__(self, types: Iterable[type], enums: Iterable[type[StrEnum]]) -> None:
        self.types = {one.__name__: one for one in types}
        self.enums = {one.__name__: one for one in enums}

    def dump(self, value: Any) -> Any:
        if value is None or type(value) in (str, int, float, bool):
            return value
        if isinstance(value, datetime):
            return {"@": (value - _EPOCH) // _MICROSECOND}
        if isinstance(value, timedelta):
            return {"~": value // _MICROSECOND}
        if isinstance(value, Decimal):
            return {"d": str(value)}
        if isinstance(value, StrEnum):
            return (
                {"e": [type(value).__name__, value.value]}
                if type(value).__name__ in self.enums
                else value.value
            )
        if isinstance(value, list | tuple):
            items = [self.dump(one) for one in value]
            return items if isinstance(value, list) else {"t": items}
        if isinstance(value, dict):
            return {"m": [[key, self.dump(one)] for key, one in value.items()]}
        if is_dataclass(value):
            return {
                "#": type(value).__name__,
                **{f.name: self.dump(getattr(value, f.name)) for f in fields(value)},
            }
        raise TypeError(f"{type(value).__name__} has no place in a checkpoint")

    def load(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.load(one) for one in value]
        if not isinstance(value, dict):
            return value
        if "#" in value:
            kind = self.types[value["#"]]
            return kind(**{name: self.load(one) for name, one in value.items() if name != "#"})
        ((tag, content),) = value.items()
        if tag == "@":
            return _EPOCH + content * _MICROSECOND
        if tag == "~":
            return content * _MICROSECOND
        if tag == "d":
            return Decimal(content)
        if tag == "e":
            return self.enums[content[0]](content[1])
        if tag == "t":
            return tuple(self.load(one) for one in content)
        return {key: self.load(one) for key, one in content}
