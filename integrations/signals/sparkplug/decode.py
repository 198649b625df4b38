"""Sparkplug B payloads (protobuf) and topics as plain data, and back. Pure.

Decoded by field number, so that neither generated code nor a protobuf library is needed; unknown fields are
skipped, as protobuf wants it. Signed integers travel as two's complement in unsigned fields, and data
messages leave the datatype out: ``value_as`` therefore needs the one of the birth.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from machines.domain.measure.samples import Quality, Value

NAMESPACE = "spBv1.0"
REBIRTH = "Node Control/Rebirth"
LARGEST_PAYLOAD = 10 * 1024 * 1024
MOST_METRICS = 100_000
_LATEST = 253_402_300_799_000
_U64 = (1 << 64) - 1

INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32, UINT64 = 1, 2, 3, 4, 5, 6, 7, 8
FLOAT, DOUBLE, BOOLEAN, STRING, DATE_TIME, TEXT, UUID = 9, 10, 11, 12, 13, 14, 15
_NAMES = (
    *("", "Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64", "Float", "Double"),
    *("Boolean", "String", "DateTime", "Text", "UUID", "DataSet", "Bytes", "File", "Template"),
)
_BITS = {INT8: 8, INT16: 16, INT32: 32, INT64: 64}
_UNSIGNED_BITS = {UINT8: 8, UINT16: 16, UINT32: 32, UINT64: 64, DATE_TIME: 64}
_QUALITIES = {0: Quality.BAD, 192: Quality.GOOD, 500: Quality.STALE}

Wire = int | float | bool | str | bytes | None
_Field = tuple[int, int | bytes]


class Undecodable(Exception):
    """These bytes are no payload; ``code`` says why."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric as it travels. ``wire`` is its undecided value; ``ts`` None: that of the payload."""

    name: str = ""
    alias: int | None = None
    ts: datetime | None = None
    datatype: int | None = None
    historical: bool = False
    null: bool = False
    wire: Wire = None
    quality: Quality = Quality.GOOD


@dataclass(frozen=True, slots=True)
class Payload:
    ts: datetime | None
    seq: int | None
    metrics: Sequence[Metric]


@dataclass(frozen=True, slots=True)
class Topic:
    """``spBv1.0/group/TYPE/node[/device]``."""

    group: str
    kind: str
    node: str
    device: str = ""

    @property
    def edge(self) -> str:
        """The node, as addresses begin."""
        return f"{self.group}/{self.node}/"

    @property
    def scope(self) -> str:
        """The node's own metrics, or those of its device, as addresses begin."""
        return f"{self.edge}{self.device}/"

    def __str__(self) -> str:
        return f"{NAMESPACE}/{self.group}/{self.kind}/{self.node}" + (
            f"/{self.device}" if self.device else ""
        )


def read_topic(topic: str) -> Topic | None:
    """None for a topic that is no message of an edge node."""
    parts = topic.split("/")
    if len(parts) not in (4, 5) or parts[0] != NAMESPACE or not all(parts):
        return None
    return Topic(parts[1], parts[2], parts[3], parts[4] if len(parts) == 5 else "")


def read(payload: bytes) -> Payload:
    """Raises ``Undecodable``."""
    if len(payload) > LARGEST_PAYLOAD:
        raise Undecodable("too_large", f"{len(payload)} bytes are more than {LARGEST_PAYLOAD}")
    ts: int | None = None
    seq: int | None = None
    metrics: list[Metric] = []
    try:
        for number, value in _fields(payload):
            if number == 1:
                ts = _whole(value)
            elif number == 2:
                metrics.append(_metric(_bytes(value)))
                if len(metrics) > MOST_METRICS:
                    raise Undecodable("too_many", f"more than {MOST_METRICS} metrics")
            elif number == 3:
                seq = _whole(value)
        if seq is not None and seq > 255:
            raise ValueError(f"seq {seq} is more than 255")
        return Payload(_moment(ts), seq, metrics)
    except (ValueError, IndexError, struct.error) as error:
        raise Undecodable("broken_payload", f"no Sparkplug payload: {error}"[:300]) from None


def _metric(body: bytes) -> Metric:
    name, alias, ts, datatype, historical, null = "", None, None, None, False, False
    wire: Wire = None
    quality = Quality.GOOD
    for number, value in _fields(body):
        match number:
            case 1:
                name = _bytes(value).decode()
            case 2:
                alias = _whole(value)
            case 3:
                ts = _moment(_whole(value))
            case 4:
                datatype = _whole(value)
            case 5:
                historical = bool(_whole(value))
            case 7:
                null = bool(_whole(value))
            case 9:
                quality = _quality(_bytes(value))
            case 10 | 11:
                wire = _whole(value)
            case 12:
                wire = struct.unpack("<f", _bytes(value))[0]
            case 13:
                wire = struct.unpack("<d", _bytes(value))[0]
            case 14:
                wire = bool(_whole(value))
            case 15:
                wire = _bytes(value).decode()
            case 16 | 17 | 18:
                wire = _bytes(value)
    return Metric(name, alias, ts, datatype, historical, null, wire, quality)


def _quality(body: bytes) -> Quality:
    """The property ``Quality`` (192 good, 0 bad, 500 stale); without it a value is good."""
    keys: list[str] = []
    values: list[int | None] = []
    for number, value in _fields(body):
        if number == 1:
            keys.append(_bytes(value).decode())
        elif number == 2:
            inner = dict(_fields(_bytes(value)))
            found = inner.get(3, inner.get(4))
            values.append(found if isinstance(found, int) else None)
    told = dict(zip(keys, values, strict=False)).get("Quality")
    return Quality.GOOD if told is None else _QUALITIES.get(told, Quality.UNCERTAIN)


def value_as(metric: Metric, datatype: int | None) -> Value:
    """The value by its datatype; None for null, for what is not finite, and for what is no plain value."""
    wire = metric.wire
    if metric.null or wire is None or isinstance(wire, bytes):
        return None
    if isinstance(wire, int) and not isinstance(wire, bool):
        return _integer(wire, datatype)
    if isinstance(wire, float):
        return wire if math.isfinite(wire) else None
    return wire


def name_of(datatype: int | None) -> str:
    """What the standard calls a datatype; arrays and unknown ones have no name here."""
    return _NAMES[datatype] if datatype is not None and datatype < len(_NAMES) else ""


def _integer(wire: int, datatype: int | None) -> Value:
    if datatype == BOOLEAN:
        return bool(wire)
    if datatype in _UNSIGNED_BITS:
        return wire & ((1 << _UNSIGNED_BITS[datatype]) - 1)
    if datatype not in _BITS:
        return wire
    bits = _BITS[datatype]
    wire &= (1 << bits) - 1
    return wire - (1 << bits) if wire >> (bits - 1) else wire


def _fields(body: bytes) -> Iterator[_Field]:
    """(number, value) of each field. Raises ``ValueError`` or ``IndexError`` where bytes are missing."""
    place = 0
    while place < len(body):
        key, place = _varint(body, place)
        number, kind = key >> 3, key & 7
        if number == 0:
            raise ValueError("a field with number 0")
        if kind == 0:
            found, place = _varint(body, place)
            yield number, found
            continue
        if kind == 2:
            size, place = _varint(body, place)
        elif kind in (1, 5):
            size = 8 if kind == 1 else 4
        else:
            raise ValueError(f"wire type {kind}")
        if place + size > len(body):
            raise ValueError(f"field {number} is cut off")
        yield number, body[place : place + size]
        place += size


def _varint(body: bytes, place: int) -> tuple[int, int]:
    found = 0
    for shift in range(0, 70, 7):
        byte = body[place]
        place += 1
        found |= (byte & 0x7F) << shift
        if byte < 0x80:
            return found & _U64, place
    raise ValueError("a number of more than ten bytes")


def _whole(value: int | bytes) -> int:
    if isinstance(value, bytes):
        raise ValueError("bytes where a number must be")
    return value


def _bytes(value: int | bytes) -> bytes:
    if isinstance(value, int):
        raise ValueError("a number where bytes must be")
    return value


def _moment(milliseconds: int | None) -> datetime | None:
    if milliseconds is None:
        return None
    if milliseconds > _LATEST:
        raise ValueError(f"{milliseconds} is no time")
    return datetime.fromtimestamp(milliseconds // 1000, UTC).replace(microsecond=milliseconds % 1000 * 1000)
