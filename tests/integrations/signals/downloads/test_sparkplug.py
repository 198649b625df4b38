"""A device command through a real broker: asked for its birth, told, and proved by its echo."""

import asyncio
from dataclasses import replace

import aiomqtt
import pytest

from integrations.signals.downloads.base import CannotSend
from integrations.signals.downloads.sparkplug import send_by_sparkplug
from integrations.signals.sparkplug.decode import DOUBLE, INT32, STRING, Metric, Payload, read
from integrations.signals.sparkplug.encode import write
from tests.integrations.signals.broker import RunningBroker
from tests.integrations.signals.downloads.test_folder import LOAD
from tests.support.sparkplug import at

ROOT = "spBv1.0/plant/{kind}/cell"
OPTIONS = {
    "group": "plant",
    "node": "cell",
    "device": "press",
    "program": "Recipe/Name",
    "parameters": {"force": "Setpoint/Force"},
}


@pytest.fixture(scope="module")
def broker():
    with RunningBroker() as running:
        yield running


class Node:
    """An edge node with one device; ``force`` is the datatype of its set-point, ``deaf`` changes nothing."""

    def __init__(self, *, force=INT32, deaf=False, most=None):
        self.values = {1: ("Recipe/Name", STRING, "O1"), 2: ("Setpoint/Force", force, 150)}
        self.deaf, self.most, self.commands = deaf, most, []

    async def live(self, port, ready):
        async with aiomqtt.Client(
            "127.0.0.1", port, username="node", protocol=aiomqtt.ProtocolVersion.V311
        ) as client:
            await client.subscribe("spBv1.0/plant/NCMD/cell", qos=1)
            await client.subscribe("spBv1.0/plant/DCMD/cell/press", qos=1)
            ready.set()
            async for message in client.messages:
                told = read(bytes(message.payload))
                if "NCMD" in str(message.topic):
                    await client.publish("spBv1.0/plant/DBIRTH/cell/press", self.birth(), qos=1)
                else:
                    self.commands.append(told)
                    for one in self.take(told):
                        await client.publish("spBv1.0/plant/DDATA/cell/press", one, qos=1)

    def birth(self):
        metrics = [
            Metric(name, alias, None, kind, wire=wire) for alias, (name, kind, wire) in self.values.items()
        ]
        return write(Payload(at(0), 1, metrics))

    def take(self, told):
        for metric in told.metrics if not self.deaf else ():
            alias = next(alias for alias, (name, _k, _w) in self.values.items() if name == metric.name)
            name, kind, _wire = self.values[alias]
            wire = (
                metric.wire
                if self.most is None or isinstance(metric.wire, str)
                else min(metric.wire, self.most)
            )
            self.values[alias] = (name, kind, wire)
            yield write(Payload(at(1), 2, [Metric("", alias, None, None, wire=wire)]))


async def exchange(broker, node, load=LOAD, *, birth_seconds=90, echo_seconds=90, **options):
    ready = asyncio.Event()
    living = asyncio.create_task(node.live(broker.port, ready))
    try:
        await asyncio.wait_for(ready.wait(), 90)
        return await send_by_sparkplug(
            load,
            url=broker.url,
            options=OPTIONS | options,
            birth_seconds=birth_seconds,
            echo_seconds=echo_seconds,
        )
    finally:
        living.cancel()
        await asyncio.gather(living, return_exceptions=True)


@pytest.mark.parametrize("kind", [INT32, DOUBLE])
async def test_a_command_is_typed_as_the_birth_says_and_its_echo_is_read_back(broker, kind):
    node = Node(force=kind)
    sent = await exchange(broker, node)
    assert sent.old == {"program": "O1", "parameters": {"force": 150}}
    assert sent.read_back == {"program": "O1234", "parameters": {"force": 200}}
    [command] = node.commands
    assert {metric.name: metric.datatype for metric in command.metrics} == {
        "Recipe/Name": STRING,
        "Setpoint/Force": kind,
    }


async def test_what_the_device_took_differently_is_read_back_as_it_is(broker):
    sent = await exchange(broker, Node(most=180), echo_seconds=10)
    assert sent.read_back["parameters"] == {"force": 180}


async def test_a_device_that_does_not_echo_is_told(broker):
    with pytest.raises(CannotSend, match="no data that echoes") as refused:
        await exchange(broker, Node(deaf=True), echo_seconds=1)
    assert refused.value.again


async def test_a_metric_that_no_birth_knows_is_told(broker):
    with pytest.raises(CannotSend, match="no birth with Nowhere"):
        await exchange(broker, Node(), birth_seconds=1, program="Nowhere")


async def test_a_parameter_without_a_metric_and_a_wrong_value_are_refused_for_good(broker):
    with pytest.raises(CannotSend, match="No metric is named for the parameters speed") as refused:
        await exchange(broker, Node(), replace(LOAD, parameters={"speed": 1}))
    assert not refused.value.again
    with pytest.raises(CannotSend, match="doesn't take 'much'") as refused:
        await exchange(broker, Node(), replace(LOAD, parameters={"force": "much"}))
    assert not refused.value.again
