"""Columns of whole numbers as few bytes: differences, zigzag, byte planes, deflate. Pure.

Machines send in a rhythm, so that differences of differences are small; laid out as planes (all lowest bytes,
then all second bytes ...) they are long runs of alike bytes.
"""

from __future__ import annotations

import struct
import zlib

import numpy as np
import numpy.typing as npt

Whole = npt.NDArray[np.int64]

DEEPEST = 2
LEVEL = 6
_HEAD = struct.Struct("<BBI")


def pack_column(values: Whole) -> bytes:
    """Any int64; of the values, their differences and second differences the shortest is taken."""
    return min((_packed(values, depth) for depth in range(DEEPEST + 1)), key=len)


def unpack_column(data: memoryview, rows: int) -> tuple[Whole, memoryview]:
    """The column at the beginning of ``data`` and what follows. Raises ``ValueError`` where it is damaged."""
    try:
        depth, planes, length = _HEAD.unpack_from(data)
        body = zlib.decompress(data[_HEAD.size : _HEAD.size + length])
    except (struct.error, zlib.error) as error:
        raise ValueError("a packed column is damaged") from error
    if depth > DEEPEST or planes > 8 or len(body) != planes * rows:
        raise ValueError("a packed column is damaged")
    cells = np.zeros((8, rows), dtype=np.uint8)
    cells[:planes] = np.frombuffer(body, dtype=np.uint8).reshape(planes, rows)
    zigzag = np.ascontiguousarray(cells.T).view("<u8").reshape(rows)
    values = (zigzag >> np.uint64(1)).astype(np.int64) ^ -(zigzag & np.uint64(1)).astype(np.int64)
    for _ in range(depth):
        values = np.cumsum(values, dtype=np.int64)
    return values, data[_HEAD.size + length :]


def _packed(values: Whole, depth: int) -> bytes:
    for _ in range(depth):
        values = np.diff(values, prepend=np.int64(0))
    zigzag = ((values << 1) ^ (values >> 63)).view(np.uint64)
    planes = (int(zigzag.max(initial=0)).bit_length() + 7) // 8
    cells = np.ascontiguousarray(zigzag.astype("<u8").view(np.uint8).reshape(-1, 8).T[:planes])
    body = zlib.compress(cells.tobytes(), LEVEL)
    return _HEAD.pack(depth, planes, len(body)) + body
