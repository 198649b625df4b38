"""A command through a real broker, and the gateway's echo."""

import asyncio
import base64

import aiomqtt
import orjson
import pytest

from integrations.signals.downloads.base import CannotSend
from integrations.signals.downloads.mqtt import send_by_mqtt
from tests.integrations.signals.broker import RunningBroker, free_port
from tests.integrations.signals.downloads.test_folder import CONTENT, LOAD

OPTIONS = {"topic": "plant/p1/command", "echo_topic": "plant/p1/echo"}


@pytest.fixture(scope="module")
def broker():
    with RunningBroker() as running:
        yield running


async def gateway(broker, answer, ready):
    """Answers each command as ``answer`` says."""
    async with aiomqtt.Client(
        "127.0.0.1", broker.port, username="gateway", protocol=aiomqtt.ProtocolVersion.V311
    ) as client:
        await client.subscribe(OPTIONS["topic"], qos=1)
        ready.set()
        async for message in client.messages:
            command = orjson.loads(message.payload)
            for echo in answer(command):
                await client.publish(OPTIONS["echo_topic"], echo, qos=1)


async def exchange(broker, answer, *, seconds=60, **options):
    ready = asyncio.Event()
    listening = asyncio.create_task(gateway(broker, answer, ready))
    try:
        await asyncio.wait_for(ready.wait(), 60)
        return await send_by_mqtt(LOAD, url=broker.url, options={**OPTIONS, **options}, seconds=seconds)
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


async def test_the_echo_tells_what_the_machine_has(broker):
    sent = await exchange(
        broker, lambda command: [orjson.dumps({**command, "old": {"program": "O1"}, "accepted": True})]
    )
    assert sent.accepted
    assert sent.read_back == {
        "program": "O1234",
        "revision": "B",
        "sha256": LOAD.sha256,
        "parameters": {"force": "200"},
    }
    assert sent.old == {"program": "O1"}


async def test_a_refusal_is_told_with_its_reason(broker):
    sent = await exchange(
        broker,
        lambda command: [orjson.dumps({"id": command["id"], "accepted": False, "reason": "door open"})],
    )
    assert (sent.accepted, sent.comment) == (False, "door open")


async def test_only_the_echo_of_this_command_counts(broker):
    sent = await exchange(
        broker,
        lambda command: [
            b"nonsense",
            b"[]",
            orjson.dumps({"id": "another", "program": "O9"}),
            orjson.dumps({"id": command["id"], "program": "O1234"}),
        ],
    )
    assert sent.read_back == {"program": "O1234"}


async def test_the_file_can_travel_with_it(broker):
    received = []

    def answer(command):
        received.append(base64.b64decode(command["content"]))
        return [orjson.dumps({"id": command["id"]})]

    await exchange(broker, answer, with_file=True)
    assert received == [CONTENT]


async def test_silence_is_tried_again(broker):
    with pytest.raises(CannotSend, match="No echo") as refused:
        await exchange(broker, lambda command: [], seconds=0.3)
    assert refused.value.again


async def test_a_broker_that_is_away_is_tried_again():
    with pytest.raises(CannotSend, match="can't be reached") as refused:
        await send_by_mqtt(LOAD, url=f"mqtt://x@127.0.0.1:{free_port()}", options=OPTIONS)
    assert refused.value.again
