"""`python -m mes.runtime.saw`: the demo's bar saw, which writes its state and pieces into a name space."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import random
import signal
import time
from contextlib import suppress

import aiomqtt

from integrations.signals.mqtt.broker import client_for
from mes.runtime.demo_plant.edge_facts import CYCLE_SECONDS, TOPIC

LOADING_SECONDS = 4.0
JAMS = 0.02
JAM_SECONDS = (45.0, 400.0)


async def cut(stop: asyncio.Event) -> None:
    """Saw until told to stop; a broker that is away is waited for."""
    pieces = 0
    while not stop.is_set():
        with suppress(aiomqtt.MqttError, OSError):
            async with client_for(os.environ["MES_MQTT_URL"], client_id="demo-saw", lasting=False) as client:
                while not stop.is_set():
                    pieces = await cycle(client, pieces, stop)
        await rest(2, stop)


async def cycle(client: aiomqtt.Client, pieces: int, stop: asyncio.Event) -> int:
    """Load, cut, count, and now and then a jam. Returns the pieces made so far."""
    await say(client, "state", "LOADING")
    await rest(LOADING_SECONDS, stop)
    await say(client, "state", "CUTTING")
    await rest((CYCLE_SECONDS - LOADING_SECONDS) * random.uniform(0.97, 1.05), stop)  # noqa: S311
    if random.random() < JAMS:  # noqa: S311
        await say(client, "state", "BLADE_JAM")
        await say(client, "alarm", "FAULT|E17 blade jam")
        await rest(random.uniform(*JAM_SECONDS), stop)  # noqa: S311
        await say(client, "alarm", "NORMAL|E17 blade jam")
        return pieces
    if stop.is_set():
        return pieces
    await say(client, "pieces", pieces + 1)
    return pieces + 1


async def say(client: aiomqtt.Client, topic: str, value: object) -> None:
    message = {"timestamp_ms": round(time.time() * 1000), "value": value}
    await client.publish(f"{TOPIC}/{topic}", json.dumps(message), qos=1, retain=True)


async def rest(seconds: float, stop: asyncio.Event) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


async def main() -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await cut(stop)


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    asyncio.run(main())
