"""Real MQTT brokers for tests, each a process of its own, and a publisher."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import aiomqtt

PROJECT = Path(__file__).parents[3]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class BrokerProcess:
    """A broker in a process of its own: `stop` takes it away at once, as a power cut would."""

    def __init__(self, port: int | None = None) -> None:
        self.port = port or free_port()

    @property
    def url(self) -> str:
        """With a name: amqtt keeps nothing for strangers."""
        return f"mqtt://gateway@127.0.0.1:{self.port}"

    def __enter__(self) -> BrokerProcess:
        self.process = subprocess.Popen(
            self.command(), cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 90
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return self
            assert self.process.poll() is None, "the broker ended at once"
            assert time.monotonic() < deadline, "the broker did not start"
            time.sleep(0.02)

    def __exit__(self, *_exc: object) -> None:
        self.stop()

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()

    def command(self) -> list[str]:
        raise NotImplementedError


class RunningBroker(BrokerProcess):
    """The demo's broker; after a stop its port can be served again."""

    def command(self) -> list[str]:
        serve = f"import asyncio; from mes.runtime.mqtt_broker import serve; asyncio.run(serve({self.port}))"
        return [sys.executable, "-c", serve]


async def publish(url: str, *messages: tuple[str, bytes], retain: bool = False) -> None:
    port = int(url.rsplit(":", 1)[-1])
    version = aiomqtt.ProtocolVersion.V311
    async with aiomqtt.Client("127.0.0.1", port, username="press", protocol=version) as client:
        for topic, payload in messages:
            await client.publish(topic, payload, qos=1, retain=retain)


MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")


class RunningMosquitto(BrokerProcess):
    """Eclipse Mosquitto with a folder of its own."""

    def __enter__(self) -> BrokerProcess:
        self.folder = tempfile.TemporaryDirectory()
        return super().__enter__()

    def __exit__(self, *exc: object) -> None:
        super().__exit__(*exc)
        self.folder.cleanup()

    def command(self) -> list[str]:
        config = Path(self.folder.name) / "mosquitto.conf"
        config.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\nuser root\n"
            "max_queued_messages 0\n"  # by default it drops what a slow reader leaves beyond 1,000
        )
        return [MOSQUITTO, "-c", str(config)]


def publish_now(url: str, *messages: tuple[str, bytes], retain: bool = False) -> None:
    """The same for tests that run no loop of their own, in a thread: the browser's keeps one running."""
    thread = threading.Thread(target=lambda: asyncio.run(publish(url, *messages, retain=retain)))
    thread.start()
    thread.join(60)
