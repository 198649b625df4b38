"""The MQTT door, against a real broker: stored before acknowledged, nothing lost, nothing doubled."""

import asyncio
import json
import time
from contextlib import asynccontextmanager, suppress

import aiomqtt
import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError
from django.utils import timezone

from integrations.signals.mqtt import broker as broker_module
from integrations.signals.mqtt import gateway as module
from integrations.signals.mqtt.broker import Client, client_for
from integrations.signals.mqtt.decode import LARGEST_MESSAGE, Undecodable, samples_in
from integrations.signals.mqtt.gateway import Gateway
from machines.models import Sample, SampleProblem, SourceEpoch
from tests.factories.machines import MeasuredMachineFactory
from tests.integrations.signals.broker import MOSQUITTO, RunningBroker, RunningMosquitto, publish

TOPIC = "mes/w1/press/samples"


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"", "broken_json"),
        (b"{", "broken_json"),
        (b"\xff\xfe", "broken_json"),
        (b"7", "not_a_list"),
        (b'"text"', "not_a_list"),
        (b" " * (LARGEST_MESSAGE + 1), "too_large"),
    ],
)
def test_what_is_no_list_of_samples_is_undecodable(payload, code):
    with pytest.raises(Undecodable) as problem:
        samples_in(payload)
    assert problem.value.code == code


def test_a_list_one_object_or_a_named_list():
    assert samples_in(b'[{"item": "state"}, 7]') == [{"item": "state"}, 7]
    assert samples_in(b'{"samples": [1]}') == [1]
    assert samples_in(b'{"item": "state"}') == [{"item": "state"}]


@pytest.mark.parametrize("url", ["http://x", "mqtt://", "localhost:1883"])
async def test_another_address_is_refused(url):
    with pytest.raises(ValueError, match="mqtt"):
        client_for(url, client_id="x")


async def test_addresses_may_carry_a_name_and_password():
    client = client_for("mqtt://me:p%40ss@broker.example:1999", client_id="gw")
    assert (client._hostname, client._port) == ("broker.example", 1999)
    assert (client._client.username, client._client.password) == ("me", "p@ss")


@pytest.fixture
def machine(transactional_db):
    return MeasuredMachineFactory(code="PRESS")


@pytest.fixture
def broker():
    with RunningBroker() as running:
        yield running


def lists(count, size=20, start=0):
    """Messages of ``size`` samples with running numbers."""
    now = timezone.now().isoformat()
    return [
        (
            TOPIC,
            json.dumps(
                [
                    {
                        "machine": "PRESS",
                        "source": "plc",
                        "boot": "b1",
                        "seq": seq,
                        "ts": now,
                        "item": "cycle_event",
                        "value": True,
                    }
                    for seq in range(start + message * size, start + (message + 1) * size)
                ]
            ).encode(),
        )
        for message in range(count)
    ]


@asynccontextmanager
async def running(url, client_id="test-gateway"):
    stop = asyncio.Event()
    gateway = Gateway(url, client_id, stop)
    task = asyncio.create_task(gateway.run())
    try:
        yield gateway
    finally:
        stop.set()
        with suppress(TimeoutError):
            await asyncio.wait_for(task, 90)
        await sync_to_async(_close)()


def _close():
    from django.db import connections

    connections.close_all()


async def eventually(condition, seconds=180):
    for _ in range(int(seconds / 0.05)):
        if await sync_to_async(condition)():
            return True
        await asyncio.sleep(0.05)
    return False


def stored():
    return Sample.objects.filter(ts__gte="2020-01-01T00:00:00Z").count()


def epochs():
    return SourceEpoch.objects.count()


async def connected(gateway, url):
    """Subscribed for sure: a first message came through."""
    for _ in range(100):
        await publish(url, (TOPIC, b"{probe"))
        if await eventually(lambda: gateway.counts.undecodable > 0, 0.3):
            return
    raise AssertionError("the gateway never connected")


class Waiting(Client):
    """Holds messages without a broker."""

    def __init__(self, *sizes):
        super().__init__(hostname="nowhere")
        self.receive(*sizes)

    def receive(self, *sizes):
        for size in sizes:
            payload = json.dumps([{}] * size).encode()
            self._queue.put_nowait(aiomqtt.Message(TOPIC, payload, 1, False, 0, None))

    async def next_message(self):
        return await self._queue.get()


@asynccontextmanager
async def collecting(client):
    """Collects once more with each call: the samples of each message, and after how many seconds."""
    gateway = Gateway("mqtt://nowhere", "x", asyncio.Event())
    stopping = asyncio.create_task(gateway.stop.wait())

    async def collect():
        begin = time.monotonic()
        batch = await gateway._collect(client, stopping)
        return [len(one.samples) for one in batch], time.monotonic() - begin

    yield collect
    stopping.cancel()


async def test_a_message_after_a_pause_is_stored_at_once_and_those_after_it_together(monkeypatch):
    monkeypatch.setattr(module, "FLUSH_SECONDS", 1.5)
    client = Waiting(1)
    async with collecting(client) as collect:
        first, took = await collect()
        assert first == [1]
        assert took < 1
        client.receive(2, 3)
        asyncio.get_running_loop().call_later(0.1, client.receive, 4)
        second, took = await collect()
        assert second == [2, 3, 4]
        assert took > 1
        await asyncio.sleep(1.5)
        client.receive(5)
        third, took = await collect()
        assert third == [5]
        assert took < 1


async def test_when_a_broker_waits_for_acknowledgements_nobody_waits_for_more_messages(monkeypatch):
    monkeypatch.setattr(module, "FLUSH_SECONDS", 3.0)
    client = Waiting(1)
    async with collecting(client) as collect:
        await collect()
        client.receive(*[1] * 20)
        all_in_flight, took = await collect()
        assert len(all_in_flight) == 20
        assert took < 1.5
        client.receive(*[1] * 19)
        fewer, took = await collect()
        assert len(fewer) == 19
        assert took > 1.5


async def test_a_batch_ends_at_5000_samples_and_the_rest_stays(monkeypatch):
    monkeypatch.setattr(module, "FLUSH_SECONDS", 0.0)
    client = Waiting(2000, 2000, 2000, 7)
    async with collecting(client) as collect:
        assert (await collect())[0] == [2000, 2000, 2000]
        assert (await collect())[0] == [7]


async def test_lists_are_stored_and_repeats_have_no_effect(machine, broker):
    async with running(broker.url) as gateway:
        await connected(gateway, broker.url)
        messages = lists(50)
        await publish(broker.url, *messages, *messages[:10])
        assert await eventually(lambda: gateway.counts.accepted == 1000 and gateway.counts.duplicate == 200)
        assert await sync_to_async(stored)() == 1000


async def test_broken_messages_are_kept_and_the_rest_goes_on(machine, broker):
    async with running(broker.url) as gateway:
        await connected(gateway, broker.url)
        (good,) = lists(1)
        await publish(broker.url, (TOPIC, b"{"), good, (TOPIC, b"\xff"), ("mes/w1/other", b"not for us"))
        assert await eventually(lambda: stored() == 20)
        assert await eventually(lambda: SampleProblem.objects.filter(raw="{").exists())
        problem = await sync_to_async(SampleProblem.objects.get)(raw="{")
        assert (problem.code, problem.channel) == ("broken_json", f"mqtt {TOPIC}")


async def test_what_is_published_while_the_gateway_is_away_comes_when_it_is_back(machine, broker):
    async with running(broker.url) as gateway:
        await connected(gateway, broker.url)
    await publish(broker.url, *lists(5))
    assert await sync_to_async(stored)() == 0
    async with running(broker.url):
        assert await eventually(lambda: stored() == 100)


async def test_nothing_is_acknowledged_before_it_is_stored(machine, broker, monkeypatch):
    """amqtt doesn't deliver again what wasn't acknowledged, so what the gateway says is watched instead."""
    monkeypatch.setattr(module, "PAUSES", (0.05,))
    acknowledged = []
    real = Client.acknowledge

    def watched(self, message):
        acknowledged.append(bytes(message.payload))
        real(self, message)

    def away(*args, **kwargs):
        raise OperationalError("away")

    monkeypatch.setattr(Client, "acknowledge", watched)
    async with running(broker.url) as gateway:
        await connected(gateway, broker.url)
        assert set(acknowledged) == {b"{probe"}
        (message,) = lists(1)
        with monkeypatch.context() as patch:
            patch.setattr(module, "append", away)
            await publish(broker.url, message)
            await asyncio.sleep(0.8)
            assert message[1] not in acknowledged
        assert await eventually(lambda: stored() == 20)
        assert await eventually(lambda: message[1] in acknowledged)


async def test_a_client_acknowledges_nothing_by_itself(broker):
    """Seen on the wire: the broker gets its PUBACK when we say so."""
    client = client_for(broker.url, client_id="quiet")
    sent = []
    real = client._client._send_puback
    client._client._send_puback = lambda mid: sent.append(mid) or real(mid)
    async with client:
        await client.subscribe(TOPIC, qos=1)
        await publish(broker.url, (TOPIC, b"[]"))
        message = await asyncio.wait_for(anext(client.messages), 90)
        assert sent == []
        client.acknowledge(message)
        assert sent == [message.mid]


async def test_a_lost_database_is_waited_for(machine, broker, monkeypatch):
    monkeypatch.setattr(module, "PAUSES", (0.05,))
    real, calls = module.append, []

    def flaky(*args, **kwargs):
        calls.append(1)
        if len(calls) <= 3:
            raise OperationalError("away")
        return real(*args, **kwargs)

    async with running(broker.url) as gateway:
        await connected(gateway, broker.url)
        monkeypatch.setattr(module, "append", flaky)
        await publish(broker.url, *lists(2))
        assert await eventually(lambda: stored() == 40)
    assert len(calls) >= 4


async def test_the_gateway_comes_back_after_the_broker_does(machine, monkeypatch):
    monkeypatch.setattr(module, "PAUSES", (0.1,))
    with RunningBroker() as first:
        port = first.port
        async with running(first.url) as gateway:
            await connected(gateway, first.url)
            await publish(first.url, *lists(1))
            assert await eventually(lambda: stored() == 20)
            await asyncio.to_thread(first.stop)
            with RunningBroker(port) as second:
                gateway.counts.undecodable = 0
                await connected(gateway, second.url)
                await publish(second.url, *lists(1, start=100))
                assert await eventually(lambda: stored() == 40)


async def test_one_bad_message_does_not_hold_up_a_batch(machine, broker, monkeypatch):
    """Whatever the database refuses is kept; what came with it is stored."""
    from django.db import DataError

    real = module.append

    def picky(samples, *args, **kwargs):
        if any(sample.get("seq") == 5 for sample in samples):
            raise DataError("no")
        return real(samples, *args, **kwargs)

    async with running(broker.url) as gateway:
        await connected(gateway, broker.url)
        monkeypatch.setattr(module, "append", picky)
        await publish(broker.url, *lists(3, size=4))
        assert await eventually(lambda: stored() == 8)
        assert await eventually(lambda: SampleProblem.objects.filter(code="refused_by_database").exists())


@pytest.fixture(params=[RunningBroker, RunningMosquitto])
def any_broker(request):
    if request.param is RunningMosquitto and MOSQUITTO is None:
        pytest.skip("Mosquitto is not installed")
    with request.param() as running:
        yield running


async def test_what_there_is_no_room_for_stays_with_the_broker(any_broker, monkeypatch):
    monkeypatch.setattr(broker_module, "MOST_WAITING", 15)
    async with client_for(any_broker.url, client_id="slow") as client:
        await client.subscribe(TOPIC, qos=1)
        sent = [str(number).encode() for number in range(300)]
        await publish(any_broker.url, *[(TOPIC, payload) for payload in sent])
        found = []
        while len(found) < len(sent):
            await asyncio.sleep(0.01)
            assert client.waiting() <= 15
            for message in client.take_waiting():
                found.append(message.payload)
                client.acknowledge(message)
    assert found == sent
