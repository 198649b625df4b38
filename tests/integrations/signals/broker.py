"""A real MQTT broker for tests, in a thread of its own, and a publisher."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading

import aiomqtt
from amqtt.broker import Broker

for chatty in ("amqtt", "transitions"):
    logging.getLogger(chatty).setLevel(logging.ERROR)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class RunningBroker:
    """``with RunningBroker() as broker: broker.url``; the same port can be served again after a stop."""

    def __init__(self, port: int | None = None) -> None:
        self.port = port or free_port()
        self.loop = asyncio.new_event_loop()
        self.stopped = False
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)

    @property
    def url(self) -> str:
        """With a name: amqtt keeps nothing for strangers."""
        return f"mqtt://gateway@127.0.0.1:{self.port}"

    def __enter__(self) -> RunningBroker:
        self.thread.start()
        self._run(self._start())
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def stop(self) -> None:
        if self.stopped:
            return
        self.stopped = True
        self._run(self.broker.shutdown())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)

    def _run(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(20)

    async def _start(self) -> None:
        self.broker = Broker(
            {
                "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{self.port}"}},
                "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": False}},
            }
        )
        await self.broker.start()


async def publish(url: str, *messages: tuple[str, bytes], retain: bool = False) -> None:
    port = int(url.rsplit(":", 1)[-1])
    version = aiomqtt.ProtocolVersion.V311
    async with aiomqtt.Client("127.0.0.1", port, username="press", protocol=version) as client:
        for topic, payload in messages:
            await client.publish(topic, payload, qos=1, retain=retain)
