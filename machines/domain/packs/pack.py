"""The samples of one machine, hour and epoch as bytes, and back without any loss. Pure."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import orjson

from machines.domain.packs.columns import LEVEL, Whole, pack_column, unpack_column

VERSION = 1
_EXACT = 2**53


class Row(NamedTuple):
    """A stored sample; times are µs since 1970 UTC. See ``machines.models.Sample``."""

    ts: int
    seq: int
    sub: int
    slot: int
    item: str
    number: float | None
    text: str | None
    quality: int
    historical: bool
    flags: int
    device_ts: int
    received_at: int


def pack(rows: Sequence[Row]) -> bytes:
    """Rows in any order; they are kept in the order of time, number and part."""
    rows = sorted(rows, key=lambda row: (row.ts, row.seq, row.sub))
    ts = _column([row.ts for row in rows])
    items, item = _numbered([row.item for row in rows])
    texts, text = _numbered([row.text for row in rows if row.text is not None])
    numbers = np.array([row.number for row in rows if row.number is not None], dtype=np.float64)
    whole = _all_whole(numbers)
    head = zlib.compress(orjson.dumps([VERSION, len(rows), items, texts, whole]), LEVEL)
    columns = [
        ts,
        _column([row.seq for row in rows]),
        _column([row.sub for row in rows]),
        _column([row.slot for row in rows]),
        item,
        _column([(row.number is not None) + 2 * (row.text is not None) for row in rows]),
        _column([row.quality for row in rows]),
        _column([row.historical for row in rows]),
        _column([row.flags for row in rows]),
        _column([row.device_ts for row in rows]) - ts,
        _column([row.received_at for row in rows]) - ts,
        numbers.astype(np.int64) if whole else numbers.view(np.int64),
        text,
    ]
    return len(head).to_bytes(4, "little") + head + b"".join(map(pack_column, columns))


def unpack(payload: bytes) -> list[Row]:
    """Raises ``ValueError`` for anything that ``pack`` didn't make."""
    data = memoryview(payload)
    length = int.from_bytes(data[:4], "little")
    try:
        version, count, items, texts, whole = orjson.loads(zlib.decompress(data[4 : 4 + length]))
    except (zlib.error, orjson.JSONDecodeError) as error:
        raise ValueError("a pack of samples is damaged") from error
    if version != VERSION:
        raise ValueError(f"a pack of samples of version {version} can't be read")
    data = data[4 + length :]
    found: list[Whole] = []
    for _ in range(11):
        column, data = unpack_column(data, count)
        found.append(column)
    ts, seq, sub, slot, item, kinds, quality, historical, flags, device, received = found
    bits, data = unpack_column(data, int((kinds & 1).sum()))
    text, data = unpack_column(data, int((kinds >> 1).sum()))
    numbers = iter((bits.astype(np.float64) if whole else bits.view(np.float64)).tolist())
    words = iter(text.tolist())
    return [
        Row(
            *(at, number, part, place, items[what]),
            next(numbers) if kind & 1 else None,
            texts[next(words)] if kind & 2 else None,
            *(trust, late != 0, bit, said, heard),
        )
        for at, number, part, place, what, kind, trust, late, bit, said, heard in zip(
            *(column.tolist() for column in (ts, seq, sub, slot, item, kinds, quality, historical, flags)),
            (device + ts).tolist(),
            (received + ts).tolist(),
            strict=True,
        )
    ]


def _column(values: Sequence[int]) -> Whole:
    return np.array(values, dtype=np.int64)


def _numbered(values: Sequence[str]) -> tuple[list[str], Whole]:
    """The different texts, and for each value its place among them."""
    places: dict[str, int] = {}
    column = _column([places.setdefault(value, len(places)) for value in values])
    return list(places), column


def _all_whole(numbers: npt.NDArray[np.float64]) -> bool:
    """Whether they can be kept as whole numbers; minus nought can't."""
    small = np.abs(numbers) < _EXACT
    return bool(np.all(small & (numbers == np.trunc(numbers)) & ~((numbers == 0) & np.signbit(numbers))))
