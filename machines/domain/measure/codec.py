"""The fold's state as plain JSON values and back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_PLAIN = frozenset((str, int, float, bool))


class Codec:
    """Writes dataclasses with their name, times and durations as whole µs (times since 1970 UTC)."""

    def __init__(self, types: Iterable[type], enums: Iterable[type[StrEnum]]) -> None:
        self.types = {one.__name__: one for one in types}
        self.enums = {one.__name__: one for one in enums}
        self._fields = {one: tuple(part.name for part in fields(one)) for one in self.types.values()}

    def dump(self, value: Any) -> Any:
        kind = type(value)
        if value is None or kind in _PLAIN:
            return value
        if (names := self._fields.get(kind)) is not None:
            dump, found = self.dump, {"#": kind.__name__}
            for name in names:
                part = getattr(value, name)
                found[name] = part if part is None or type(part) in _PLAIN else dump(part)
            return found
        if kind is datetime:
            return {"@": (value - _EPOCH) // _MICROSECOND}
        if kind is timedelta:
            return {"~": value // _MICROSECOND}
        if kind is list or kind is tuple:
            items = [one if type(one) in _PLAIN else self.dump(one) for one in value]
            return items if kind is list else {"t": items}
        if kind is dict:
            return {"m": [[key, self.dump(one)] for key, one in value.items()]}
        if kind is Decimal:
            return {"d": str(value)}
        if isinstance(value, StrEnum):
            return {"e": [kind.__name__, value.value]} if kind.__name__ in self.enums else value.value
        raise TypeError(f"{kind.__name__} has no place in a checkpoint")

    def load(self, value: Any) -> Any:
        if type(value) is list:
            return self._loaded(value)
        if type(value) is not dict:
            return value
        if "#" in value:
            load, kind = self.load, self.types[value["#"]]
            return kind(
                **{
                    name: part if part is None or type(part) in _PLAIN else load(part)
                    for name, part in value.items()
                    if name != "#"
                }
            )
        ((tag, content),) = value.items()
        if tag == "@":
            return _EPOCH + timedelta(0, 0, content)
        if tag == "~":
            return timedelta(0, 0, content)
        if tag == "d":
            return Decimal(content)
        if tag == "e":
            return self.enums[content[0]](content[1])
        if tag == "t":
            return tuple(self._loaded(content))
        return {key: self.load(one) for key, one in content}

    def _loaded(self, items: list[Any]) -> list[Any]:
        return [one if type(one) in _PLAIN else self.load(one) for one in items]
