"""Payloads to send: commands, and what simulated edge nodes publish."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from datetime import datetime

from integrations.signals.sparkplug.decode import (
    BOOLEAN,
    DATE_TIME,
    DOUBLE,
    FLOAT,
    INT64,
    STRING,
    TEXT,
    UINT64,
    UUID,
    Metric,
    Payload,
)

_TEXTS, _LONGS = (STRING, TEXT, UUID), (INT64, UINT64, DATE_TIME)


def write(payload: Payload) -> bytes:
    """The bytes of a payload; each metric's ``wire`` is its plain value, written by its datatype."""
    return b"".join(
        (
            *(() if payload.ts is None else (_number(1, _milliseconds(payload.ts)),)),
            *(_block(2, _metric(metric)) for metric in payload.metrics),
            *(() if payload.seq is None else (_number(3, payload.seq),)),
        )
    )


def _metric(metric: Metric) -> bytes:
    return b"".join(_metric_fields(metric))


def _metric_fields(metric: Metric) -> Iterable[bytes]:
    if metric.name:
        yield _block(1, metric.name.encode())
    if metric.alias is not None:
        yield _number(2, metric.alias)
    if metric.ts is not None:
        yield _number(3, _milliseconds(metric.ts))
    if metric.datatype is not None:
        yield _number(4, metric.datatype)
    if metric.historical:
        yield _number(5, 1)
    if metric.null:
        yield _number(7, 1)
    elif metric.wire is not None:
        yield _value(metric)


def _value(metric: Metric) -> bytes:
    value, datatype = metric.wire, metric.datatype
    if isinstance(value, bytes):
        return _block(16, value)
    if isinstance(value, bool) or datatype == BOOLEAN:
        return _number(14, int(bool(value)))
    if isinstance(value, str) or datatype in _TEXTS:
        return _block(15, str(value).encode())
    if datatype == FLOAT:
        return _key(12, 5) + struct.pack("<f", value)
    if isinstance(value, float) or datatype == DOUBLE:
        return _key(13, 1) + struct.pack("<d", value)
    assert value is not None
    if datatype in _LONGS:
        return _number(11, value & ((1 << 64) - 1))
    return _number(10, value & ((1 << 32) - 1))


def _block(number: int, body: bytes) -> bytes:
    return _key(number, 2) + _varint(len(body)) + body


def _number(number: int, value: int) -> bytes:
    return _key(number, 0) + _varint(value)


def _key(number: int, kind: int) -> bytes:
    return _varint(number << 3 | kind)


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
