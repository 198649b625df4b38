"""A real MQTT broker for tests, in a thread of its own, and a publisher."""

from __future__ import annotations

import asyncio
import logging
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path

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


MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")


class RunningMosquitto:
    """Eclipse Mosquitto on a port and folder of its own, with the same words as ``RunningBroker``."""

    def __init__(self) -> None:
        self.port = free_port()
        self.folder = tempfile.TemporaryDirectory()

    @property
    def url(self) -> str:
        return f"mqtt://gateway@127.0.0.1:{self.port}"

    def __enter__(self) -> RunningMosquitto:
        config = Path(self.folder.name) / "mosquitto.conf"
        config.write_text(f"listener {self.port} 127.0.0.1\nallow_anonymous true\nuser root\n")
        self.process = subprocess.Popen(
            [MOSQUITTO, "-c", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 60
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return self
            assert self.process.poll() is None, "mosquitto ended at once"
            assert time.monotonic() < deadline, "mosquitto did not start"
            time.sleep(0.02)

    def __exit__(self, *_exc: object) -> None:
        self.stop()
        self.folder.cleanup()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(60)


def publish_now(url: str, *messages: tuple[str, bytes], retain: bool = False) -> None:
    """The same for tests that run no loop of their own, in a thread: the browser's keeps one running."""
    thread = threading.Thread(target=lambda: asyncio.run(publish(url, *messages, retain=retain)))
    thread.start()
    thread.join(60)
