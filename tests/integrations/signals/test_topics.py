"""Plain MQTT topics against a real broker: values by topic and pointer, once, acknowledged when stored."""

import asyncio
import json
from contextlib import aclosing, suppress
from datetime import UTC, datetime

import aiomqtt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.signals.base import Settings
from integrations.signals.mqtt.broker import Client
from integrations.signals.topics import transport
from integrations.signals.topics.client import REMEMBERED, _Numbers
from integrations.signals.topics.decode import Undecodable, decode, time_of
from tests.integrations.signals.broker import RunningBroker, publish

FIELDS = ("timestamp_ms", "ts")
STATE, COUNT = "plant/line/press1/state", "plant/line/press1/out#/good"


@pytest.fixture
def broker():
    with RunningBroker() as running:
        yield running


def connected(broker, *addresses, **options):
    return transport(
        Settings(
            "press", broker.url, {"topics": "plant/#", "browse_seconds": 5, **options}, addresses=addresses
        )
    )


def umh(value, at=1_772_452_800_000):
    return json.dumps({"timestamp_ms": at, "value": value}).encode()


async def next_with_values(batches):
    while True:
        batch = await asyncio.wait_for(anext(batches), 60)
        if batch.observations or batch.undecoded:
            return batch


async def test_values_come_with_their_own_time_and_running_numbers(broker):
    async with aclosing(connected(broker, STATE, COUNT).observe({})) as batches:
        assert (await asyncio.wait_for(anext(batches), 60)).observations == ()
        good = json.dumps({"ts": "2026-03-02T12:00:01+00:00", "good": 4, "bad": 1}).encode()
        await publish(broker.url, (STATE, umh("RUN")), ("plant/line/press1/out", good), ("plant/x", b"1"))
        found = []
        while len(found) < 2:
            batch = await next_with_values(batches)
            found += batch.observations
    assert [(seen.address, seen.value, seen.seq) for seen in found] == [(STATE, "RUN", 1), (COUNT, 4, 2)]
    assert found[0].ts == datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert batch.cursor["seq"] == 2


async def test_the_same_message_again_is_known_also_after_a_restart(broker):
    transported = connected(broker, STATE)
    async with aclosing(transported.observe({})) as batches:
        await anext(batches)
        await publish(
            broker.url, (STATE, umh("RUN")), (STATE, umh("RUN")), (STATE, umh("STOP", 1_772_452_801_000))
        )
        first = await next_with_values(batches)
        found = list(first.observations)
        while len(found) < 2:
            found += (await next_with_values(batches)).observations
        cursor = first.cursor
    assert [seen.value for seen in found] == ["RUN", "STOP"]
    async with aclosing(connected(broker, STATE).observe(cursor)) as batches:
        await anext(batches)
        await publish(broker.url, (STATE, umh("RUN")), (STATE, umh("RUN", 1_772_452_802_000)))
        (again,) = (await next_with_values(batches)).observations
    assert (again.epoch, again.value) == (found[0].epoch, "RUN")
    assert again.seq > cursor["seq"]


async def test_retained_values_are_snapshots_and_broken_ones_are_kept(broker):
    await publish(broker.url, (STATE, umh("RUN")), retain=True)
    async with aclosing(connected(broker, STATE).observe({})) as batches:
        (seen,) = (await next_with_values(batches)).observations
        assert seen.snapshot
        await publish(broker.url, (STATE, b"{"))
        (broken,) = (await next_with_values(batches)).undecoded
    assert (broken.code, broken.raw) == ("broken_json", b"{")
    assert STATE in broken.reason


async def test_nothing_is_acknowledged_before_the_next_batch_is_asked_for(broker, monkeypatch):
    acknowledged = []
    monkeypatch.setattr(Client, "acknowledge", lambda self, message: acknowledged.append(str(message.topic)))
    async with aclosing(connected(broker, STATE).observe({})) as batches:
        await anext(batches)
        await publish(broker.url, (STATE, umh("RUN")))
        await next_with_values(batches)
        assert acknowledged == []
        waiting = asyncio.create_task(anext(batches))
        for _ in range(6000):
            if acknowledged:
                break
            await asyncio.sleep(0.01)
        waiting.cancel()
        with suppress(asyncio.CancelledError):
            await waiting
    assert acknowledged == [STATE]


async def test_items_are_offered_with_proposals(broker):
    await publish(broker.url, (STATE, umh("RUN")), ("plant/line/press1/out", b'{"good": 4}'), retain=True)
    items = await connected(broker).browse()
    assert [(item.address, item.device, item.role, item.value) for item in items] == [
        (COUNT, "plant/line/press1/out", "good_count", 4),
        (STATE, "plant/line/press1", "state", "RUN"),
    ]


class Chatty:
    """A client whose broker sends what nobody asked for, as some do with retained messages."""

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_error):
        return None

    async def subscribe(self, *_topic, qos):
        return None

    @property
    async def messages(self):
        for topic in (STATE, "plant/line/press2/state"):
            yield aiomqtt.Message(topic, umh("RUN"), 0, True, 1, None)


async def test_items_outside_of_the_topics_are_not_offered(monkeypatch):
    settings = Settings("press", "mqtt://nowhere", {"topics": "plant/line/press1/#"})
    found = transport(settings)
    monkeypatch.setattr(found, "_client", lambda *_name, lasting: Chatty())
    assert [item.address for item in await found.browse()] == [STATE]


@pytest.mark.parametrize(
    ("payload", "values"),
    [
        (b"12.5", [("t", 12.5)]),
        (b"true", [("t", True)]),
        (b"null", [("t", None)]),
        (b"RUN", [("t", "RUN")]),
        (b'{"value": 3}', [("t", 3)]),
        (b'{"a": {"b": 1, "c/d": [2]}}', [("t#/a/b", 1), ("t#/a/c~1d/0", 2)]),
        (b'{"value": {"x": 1}}', [("t#/value/x", 1)]),
    ],
)
def test_addresses(payload, values):
    assert list(decode("t", payload, FIELDS).values) == values


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"", "not_text"),
        (b"\xff", "not_text"),
        (b"[1,", "broken_json"),
        (b'{"a":' * 9 + b"1" + b"}" * 9, "too_deep"),
        (json.dumps({str(n): n for n in range(501)}).encode(), "too_many"),
        (json.dumps({"a": "x" * 2001}).encode(), "too_long"),
        (b" " * (1024 * 1024 + 1), "too_large"),
    ],
)
def test_what_cannot_be_read_is_told(payload, code):
    with pytest.raises(Undecodable) as problem:
        decode("t", payload, FIELDS)
    assert problem.value.code == code


@pytest.mark.parametrize("factor", [1, 1_000, 1_000_000, 1_000_000_000])
def test_times_of_any_unit(factor):
    assert time_of(1_772_452_800 * factor) == datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize("value", [True, None, "yesterday", "2026-03-02T12:00:00", 1e300, float("nan")])
def test_what_is_no_time(value):
    assert time_of(value) is None


@given(st.binary(max_size=300))
def test_any_bytes_are_values_or_a_reason(payload):
    try:
        decode("t", payload, FIELDS)
    except Undecodable:
        return


def test_what_is_remembered_is_bounded():
    numbers = _Numbers({})
    for n in range(REMEMBERED * 2):
        assert not numbers.is_known(str(n))
    assert len(numbers.as_json()["known"]) == REMEMBERED
    assert _Numbers(numbers.as_json()).is_known(str(REMEMBERED * 2 - 1))
