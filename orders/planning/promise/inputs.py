"""Everything a quote was computed from, as bytes that give it again: the whole problem, verbatim."""

from __future__ import annotations

import hashlib
import types
import typing
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from typing import Any

import orjson

from orders.planning.engine.shop import Shop
from orders.planning.engine.uncertainty import Uncertainty


@dataclass(frozen=True, slots=True)
class Problem:
    """``queues``: tasks by resource in their order; ``job``: the one that is asked about; ``keys`` and
    ``elapsed`` as in :func:`~orders.planning.engine.futures.futures_of`."""

    shop: Shop
    queues: tuple[tuple[int, ...], ...]
    uncertainty: Uncertainty
    keys: tuple[int, ...]
    elapsed: tuple[int, ...]
    job: int
    futures: int
    seed: int


def packed(problem: Problem) -> bytes:
    return zlib.compress(orjson.dumps(_plain(problem)), 6)


def unpacked(data: bytes) -> Problem:
    """Raises ValueError for anything that ``packed`` didn't make."""
    found = _typed(Problem, orjson.loads(zlib.decompress(data)))
    assert isinstance(found, Problem)
    return found


def hash_of(data: bytes) -> str:
    """SHA-256 of the unpacked text, so that another compression is no other input."""
    return hashlib.sha256(zlib.decompress(data)).hexdigest()


def _plain(problem: Problem) -> dict[str, Any]:
    """With mappings as lists of pairs: in JSON only text is a key."""
    shop, said = _fields(problem.shop), _fields(problem.uncertainty)
    shop["tables"] = [sorted(table.items()) for table in problem.shop.tables]
    said["awaited"] = sorted(problem.uncertainty.awaited.items())
    return {**_fields(problem), "shop": shop, "uncertainty": said}


def _fields(value: Problem | Shop | Uncertainty) -> dict[str, Any]:
    return {one.name: getattr(value, one.name) for one in fields(value)}


def _typed(kind: Any, value: Any) -> Any:
    """The value as the annotation says; what a later version added keeps its default."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if is_dataclass(kind) and isinstance(kind, type):
        hints = _hints(kind)
        return kind(**{name: _typed(hints[name], entry) for name, entry in value.items() if name in hints})
    if origin is types.UnionType or origin is typing.Union:
        return None if value is None else _typed(next(one for one in inner if one is not type(None)), value)
    if origin is tuple:
        if inner[-1] is Ellipsis:
            return tuple(_typed(inner[0], entry) for entry in value)
        return tuple(_typed(one, entry) for one, entry in zip(inner, value, strict=True))
    if origin is not None and issubclass(origin, Mapping):
        return {_typed(inner[0], key): _typed(inner[1], entry) for key, entry in value}
    return kind(value) if kind is float else value


@cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)
