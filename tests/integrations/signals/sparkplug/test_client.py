"""The host against edge nodes on real brokers."""

import asyncio
import json
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import aiomqtt
import pytest

from integrations.signals.base import ConnectionLost, Settings
from integrations.signals.sparkplug import OPTIONS, client, session, transport
from integrations.signals.sparkplug.client import NotWritten
from integrations.signals.sparkplug.decode import DOUBLE, INT16, STRING, UINT32, Metric
from mes.runtime.simulator.sparkplug_node import EdgeNode

PATIENCE = 60
ADDRESSES = ("G/n/press/Count", "G/n/press/State", "G/n/press/Program")
DEVICES = {
    "press": [
        Metric("Count", datatype=UINT32, wire=100),
        Metric("State", datatype=INT16, wire=6),
        Metric("Program", datatype=STRING, wire="O1"),
        Metric("Setpoint", datatype=DOUBLE, wire=1.5),
    ]
}


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(session, "STAGGER_SECONDS", 0.1)
    monkeypatch.setattr(session, "REORDER", timedelta(seconds=0.3))
    monkeypatch.setattr(session, "REBIRTH_EVERY", timedelta(seconds=0.5))
    monkeypatch.setattr(client, "TOGETHER_SECONDS", 0.02)


def settings(broker, *addresses, **options):
    return Settings("sp", broker.url, options={"group": "G", **options}, addresses=addresses)


def node(broker, **rest):
    return EdgeNode(broker.url, "G", "n", DEVICES, **rest)


class Reader:
    """Reads batches as a runner does."""

    def __init__(self, batches):
        self.batches, self.observations, self.links, self.undecoded = batches, [], [], []

    async def step(self):
        batch = await asyncio.wait_for(anext(self.batches), PATIENCE)
        self.observations += batch.observations
        self.links += batch.links
        self.undecoded += batch.undecoded

    async def until(self, condition):
        while not condition():
            await self.step()

    def epochs(self):
        return {one.epoch.partition("-")[2] for one in self.observations}

    def told(self):
        """(value, snapshot) of the counter."""
        return {(one.value, one.snapshot) for one in self.observations if one.address == "G/n/press/Count"}

    def lost(self, reason):
        return any(link.scope == "G/n/press/" and link.reason == reason for link in self.links)

    def values(self, name="Count"):
        return [one.value for one in self.observations if one.address == f"G/n/press/{name}"]


@asynccontextmanager
async def reading(broker, *addresses, **options):
    batches = transport(settings(broker, *(addresses or ADDRESSES), **options)).observe({})
    reader = Reader(batches)
    await reader.step()
    try:
        yield reader
    finally:
        await batches.aclose()


async def test_a_late_host_asks_for_birth_and_then_hears_the_data(broker):
    async with node(broker) as edge, reading(broker) as reader:
        assert [(link.up, link.scope) for link in reader.links] == [(False, "G/n/")]
        await reader.until(reader.values)
        assert edge.births >= 2
        await edge.send("press", {"Count": 101, "State": -1})
        await edge.send("press", {"Count": 102})
        await reader.until(lambda: reader.values()[-1] == 102)
    assert list(dict.fromkeys(reader.values())) == [100, 101, 102]
    assert list(dict.fromkeys(reader.values("State"))) == [6, -1]
    assert ("G/n/press/", True) in [(link.scope, link.up) for link in reader.links[1:]]


async def test_a_lost_message_brings_a_rebirth(broker):
    async with reading(broker) as reader, node(broker) as edge:
        await reader.until(reader.values)
        births = edge.births
        edge.skip()
        await edge.send("press", {"Count": 105})
        await reader.until(lambda: {(105, False), (105, True)} <= reader.told())
        assert edge.births > births


async def test_a_node_that_dies_is_lost_and_comes_back(broker):
    async with reading(broker) as reader:
        async with node(broker, bdseq=4):
            await reader.until(reader.values)
        await reader.until(lambda: reader.lost("the node died"))
        async with node(broker, bdseq=5):
            await reader.until(lambda: reader.links[-1].up and len(reader.epochs()) > 1)
    assert reader.epochs() == {"4", "5"}


async def test_a_device_that_leaves(broker):
    async with reading(broker) as reader, node(broker) as edge:
        await reader.until(reader.values)
        await edge.leave("press")
        await reader.until(lambda: reader.lost("the device died"))


async def test_bytes_that_are_no_payload_are_kept(broker):
    async with reading(broker) as reader, node(broker) as edge:
        await reader.until(reader.values)
        async with plain_client(broker) as other:
            await other.publish("spBv1.0/G/DDATA/n/press", b"\xff\xff\xff")
        await edge.send("press", {"Count": 101})
        await reader.until(lambda: 101 in reader.values() and reader.undecoded)
    assert [one.code for one in reader.undecoded] == ["broken_payload"]


def plain_client(broker):
    return aiomqtt.Client(
        "127.0.0.1", broker.port, username="other", protocol=aiomqtt.ProtocolVersion.V311, timeout=30
    )


async def test_a_write_is_confirmed_by_the_devices_own_word(broker):
    async with node(broker) as edge:
        host = transport(settings(broker))
        assert await host.write("G/n/press/Program", "O2", seconds=PATIENCE) == "O2"
        assert await host.write("G/n/press/State", -7, seconds=PATIENCE) == -7
        assert await host.write("G/n/press/Setpoint", 2.25, seconds=PATIENCE) == 2.25
        assert edge.devices["press"].metrics["Program"].wire == "O2"
        written = [metric for device, metric in edge.commands if device == "press"]
        assert [(one.name, one.datatype) for one in written] == [
            ("Program", STRING),
            ("State", INT16),
            ("Setpoint", DOUBLE),
        ]


class Deaf(EdgeNode):
    """Takes commands and says nothing back."""

    async def obey(self, device, metric):
        if not device:
            await super().obey(device, metric)


async def test_a_write_without_echo_is_not_written(broker):
    async with Deaf(broker.url, "G", "n", DEVICES):
        with pytest.raises(NotWritten, match="not confirmed"):
            await transport(settings(broker)).write("G/n/press/Program", "O1", seconds=8)
    with pytest.raises(NotWritten, match="no birth"):
        await transport(settings(broker)).write("G/n/press/Program", "O2", seconds=1)


async def test_browsing_shows_metrics_with_values_and_roles(broker):
    async with node(broker):
        items = {item.name: item for item in await transport(settings(broker, *ADDRESSES)).browse(seconds=8)}
    assert set(items) == {"Count", "State", "Program", "Setpoint"}
    assert (items["Program"].role, items["Program"].value, items["Program"].kind) == (
        "program",
        "O1",
        "String",
    )
    assert items["State"].values["6"] == "EXECUTE"
    assert items["Count"].device == "G/n/press"


async def test_only_a_primary_host_says_that_it_is_online(broker):
    topic = "spBv1.0/STATE/mes"
    async with plain_client(broker) as other:
        await other.subscribe(topic, qos=1)
        states = other.messages.__aiter__()

        async def state():
            return json.loads((await asyncio.wait_for(anext(states), PATIENCE)).payload)

        async with reading(broker, host_id="mes", primary=True) as reader:
            born = await state()
            assert born["online"] is True
            await other.publish(topic, b'{"online": false, "timestamp": 1}', qos=1, retain=True)
            assert (await state())["online"] is False
            following = asyncio.ensure_future(reader.step())
            assert await state() == born, "an old will is contradicted"
            await stopped(following)
        async with reading(broker, host_id="mes"):
            await other.publish(topic, b'{"online": false, "timestamp": 2}', qos=1, retain=True)
            assert (await state())["timestamp"] == 2


async def stopped(task):
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_nobody_there_and_a_senseless_address():
    for url in ("mqtt://127.0.0.1:1", "http://x", "nonsense"):
        with pytest.raises(ConnectionLost):
            await anext(transport(Settings("sp", url)).observe({}))
        with pytest.raises(ConnectionLost):
            await transport(Settings("sp", url)).browse()


async def test_a_broker_that_goes_is_a_loss(broker):
    async with reading(broker) as reader:
        broker.stop()
        with pytest.raises(ConnectionLost):
            await reader.until(lambda: False)


async def test_a_message_is_acknowledged_only_when_the_next_batch_is_asked_for(broker, monkeypatch):
    done = []
    monkeypatch.setattr(
        client.Line, "acknowledge", lambda self, messages: done.extend(str(one.topic) for one in messages)
    )
    async with reading(broker) as reader, node(broker):
        await reader.until(lambda: reader.observations)
        assert not [topic for topic in done if "DBIRTH" in topic]
        following = asyncio.ensure_future(reader.step())
        while not [topic for topic in done if "DBIRTH" in topic]:
            await asyncio.sleep(0.01)
        await stopped(following)


def test_every_option_has_a_default_that_works():
    made = transport(Settings("x", "mqtt://x", {option.name: option.default for option in OPTIONS}))
    assert (made.group, made.primary) == ("+", False)
