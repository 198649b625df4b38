"""Gateways that publish lists of samples by MQTT, QoS 1."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

import aiomqtt
import orjson

from mes.runtime.demo_plant.places import PLANT
from mes.runtime.simulator.dirt import Delivery
from mes.runtime.simulator.doors import envelope, pieces

MOST_IN_ONE = 500


class MqttLine:
    """Connects when something is to be sent, and again after a failure."""

    def __init__(self, url: str) -> None:
        self._parts = urlsplit(url)
        self._client: aiomqtt.Client | None = None

    async def publish(self, deliveries: Sequence[Delivery]) -> None:
        """Returns once the broker has acknowledged all. Raises ``aiomqtt.MqttError``."""
        by_machine: dict[str, list[Delivery]] = defaultdict(list)
        for delivery in deliveries:
            by_machine[delivery.signal.machine].append(delivery)
        try:
            client = await self._connected()
            for machine, mine in by_machine.items():
                for some in pieces(mine, MOST_IN_ONE):
                    body = orjson.dumps([envelope(delivery) for delivery in some])
                    await client.publish(f"mes/{PLANT}/{machine}/samples", body, qos=1, timeout=5)
        except aiomqtt.MqttError:
            await self.close()
            raise

    async def _connected(self) -> aiomqtt.Client:
        if self._client is None:
            parts = self._parts
            client = aiomqtt.Client(
                parts.hostname or "127.0.0.1",
                port=parts.port or 1883,
                username=unquote(parts.username) if parts.username else None,
                password=unquote(parts.password) if parts.password else None,
                identifier="demo-park",
                protocol=aiomqtt.ProtocolVersion.V311,
                timeout=5,
            )
            await client.__aenter__()
            self._client = client
        return self._client

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            try:
                await client.__aexit__(None, None, None)
            except aiomqtt.MqttError:
                return
