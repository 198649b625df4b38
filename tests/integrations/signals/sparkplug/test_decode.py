"""Payloads by field number, against an independent encoder's bytes, and everything that is no payload."""

import math
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.signals.sparkplug import decode
from integrations.signals.sparkplug.decode import (
    Metric,
    Payload,
    Topic,
    Undecodable,
    name_of,
    read,
    read_topic,
    value_as,
)
from integrations.signals.sparkplug.encode import write
from machines.domain.measure.samples import Quality
from tests.support.sparkplug import golden


def milliseconds(moment):
    return None if moment is None else round(moment.timestamp() * 1000)


def test_the_golden_session_reads_as_the_other_library_wrote_it():
    for message in golden():
        payload, wanted = read(message["payload"]), message["decoded"]
        assert milliseconds(payload.ts) == wanted["timestamp"]
        assert payload.seq == wanted.get("seq")
        assert len(payload.metrics) == len(wanted["metrics"])
        for metric, told in zip(payload.metrics, wanted["metrics"], strict=True):
            assert metric.name == told.get("name", "")
            assert (metric.alias, metric.datatype) == (told.get("alias"), told.get("datatype"))
            assert milliseconds(metric.ts) == told["timestamp"]
            assert (metric.historical, metric.null) == (
                told.get("is_historical", False),
                told.get("is_null", False),
            )
            assert value_as(metric, metric.datatype) == told.get("value")


@pytest.mark.parametrize(
    ("datatype", "value"),
    [
        *((decode.INT8, value) for value in (-128, -1, 0, 127)),
        *((decode.INT16, value) for value in (-(2**15), -1, 2**15 - 1)),
        *((decode.INT32, value) for value in (-(2**31), -5, 2**31 - 1)),
        *((decode.INT64, value) for value in (-(2**63), -5, 2**63 - 1)),
        *((decode.UINT8, value) for value in (0, 255)),
        *((decode.UINT32, value) for value in (0, 2**32 - 1)),
        *((decode.UINT64, value) for value in (0, 2**64 - 1)),
        (decode.DATE_TIME, 1_770_000_000_000),
        (decode.FLOAT, 0.5),
        (decode.DOUBLE, 12.01),
        (decode.BOOLEAN, True),
        (decode.BOOLEAN, False),
        (decode.STRING, "O1234 ü"),
        (decode.TEXT, ""),
    ],
)
def test_every_datatype_there_and_back(datatype, value):
    [metric] = read(write(Payload(None, 0, [Metric("m", datatype=datatype, wire=value)]))).metrics
    assert value_as(metric, datatype) == value
    assert type(value_as(metric, datatype)) is type(value)
    assert name_of(datatype)


@pytest.mark.parametrize(
    ("wire", "datatype", "value"),
    [
        (0xFFFFFFFF, decode.INT8, -1),
        (0xFF, decode.INT8, -1),
        (0xFFFE, decode.INT16, -2),
        (0xFFFFFFFB, decode.INT32, -5),
        (1, decode.BOOLEAN, True),
        (7, None, 7),
        (math.nan, decode.DOUBLE, None),
        (math.inf, decode.FLOAT, None),
        (b"\x00\x01", 17, None),
        (None, decode.STRING, None),
    ],
)
def test_values_by_their_datatype(wire, datatype, value):
    assert value_as(Metric("m", wire=wire), datatype) == value


def test_null_is_no_zero():
    assert value_as(Metric("m", null=True, wire=0), decode.INT32) is None


def varint(number):
    found = b""
    while number > 0x7F:
        found += bytes([number & 0x7F | 0x80])
        number >>= 7
    return found + bytes([number])


def block(number, body):
    return varint(number << 3 | 2) + varint(len(body)) + body


@pytest.mark.parametrize(
    ("told", "quality"),
    [(192, Quality.GOOD), (0, Quality.BAD), (500, Quality.STALE), (64, Quality.UNCERTAIN)],
)
def test_the_quality_property(told, quality):
    value = varint(1 << 3) + varint(3) + varint(3 << 3) + varint(told)
    properties = block(1, b"Quality") + block(2, value)
    metric = block(1, b"m") + block(9, properties) + varint(10 << 3) + varint(5)
    [found] = read(block(2, metric)).metrics
    assert (found.quality, found.wire) == (quality, 5)


def test_unknown_fields_are_skipped():
    extra = varint(200 << 3 | 5) + b"abcd" + varint(201 << 3 | 1) + b"abcdefgh" + block(5, b"body")
    assert read(extra + varint(3 << 3) + varint(9)).seq == 9


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"\x80" * 11, "broken_payload"),
        (b"\x08", "broken_payload"),
        (b"\x12\x7f", "broken_payload"),
        (b"\x0b", "broken_payload"),
        (b"\x00\x00", "broken_payload"),
        (b"\x0a\x00", "broken_payload"),
        (block(2, block(1, b"\xff\xfe")), "broken_payload"),
        (block(2, varint(12 << 3 | 5) + b"ab"), "broken_payload"),
        (block(2, varint(12 << 3 | 1) + b"abcdefgh"), "broken_payload"),
        (varint(3 << 3) + varint(256), "broken_payload"),
        (varint(1 << 3) + varint(2**63), "broken_payload"),
        (b"\x12\x00" * 100_001, "too_many"),
        (b"\x12\x00" * 6_000_000, "too_large"),
        (b'{"online": true}', "broken_payload"),
    ],
)
def test_what_is_no_payload_says_why(body, code):
    with pytest.raises(Undecodable) as problem:
        read(body)
    assert problem.value.code == code


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(body):
    with suppress(Undecodable):
        for metric in read(body).metrics:
            value_as(metric, metric.datatype)


GOOD = write(
    Payload(
        datetime(2026, 1, 1, tzinfo=UTC),
        3,
        [Metric("Count", 2, datetime(2026, 1, 1, tzinfo=UTC), decode.INT32, wire=-7), Metric("T", wire="x")],
    )
)


@given(st.integers(0, len(GOOD) - 1), st.binary(max_size=3), st.integers(0, 8))
def test_a_payload_damaged_anywhere_is_read_or_refused(place, inserted, removed):
    with suppress(Undecodable):
        read(GOOD[:place] + inserted + GOOD[place + removed :])


WIRES = st.one_of(
    st.tuples(st.just(decode.INT32), st.integers(-(2**31), 2**31 - 1)),
    st.tuples(st.just(decode.UINT64), st.integers(0, 2**64 - 1)),
    st.tuples(st.just(decode.DOUBLE), st.floats(allow_nan=False, allow_infinity=False)),
    st.tuples(st.just(decode.STRING), st.text(max_size=10)),
    st.tuples(st.just(decode.BOOLEAN), st.booleans()),
    st.tuples(st.just(decode.INT8), st.none()),
)
TIMES = st.integers(0, 4_000_000_000_000).map(
    lambda number: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=number)
)


@given(
    st.lists(st.tuples(st.text(max_size=5), st.none() | st.integers(0, 2**40), TIMES, WIRES), max_size=5),
    st.integers(0, 255),
    TIMES,
)
def test_what_is_written_is_read(rows, seq, ts):
    metrics = [
        Metric(name, alias, time, datatype, null=wire is None, wire=wire)
        for name, alias, time, (datatype, wire) in rows
    ]
    payload = read(write(Payload(ts, seq, metrics)))
    assert (payload.ts, payload.seq) == (ts, seq)
    for found, metric in zip(payload.metrics, metrics, strict=True):
        assert (found.name, found.alias, found.ts) == (metric.name, metric.alias, metric.ts)
        assert value_as(found, found.datatype) == metric.wire


def test_topics():
    assert read_topic("spBv1.0/G/DDATA/n/d") == Topic("G", "DDATA", "n", "d")
    assert read_topic("spBv1.0/G/NBIRTH/n").scope == "G/n//"
    for other in (
        "spBv1.0/STATE/host",
        "spAv1.0/G/NBIRTH/n",
        "spBv1.0/G/NBIRTH/",
        "a",
        "spBv1.0/G/DDATA/n/d/x",
    ):
        assert read_topic(other) is None
