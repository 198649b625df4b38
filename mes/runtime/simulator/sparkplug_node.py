"""A small Sparkplug B edge node with devices: births, data, death, rebirth and commands, on a real broker."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

import aiomqtt

from integrations.signals.sparkplug.decode import (
    BOOLEAN,
    INT64,
    NAMESPACE,
    REBIRTH,
    Metric,
    Payload,
    Undecodable,
    Wire,
    read,
    value_as,
)
from integrations.signals.sparkplug.encode import write


@dataclass(slots=True)
class Device:
    """A device's metrics by name, each with its datatype and present value; the alias is the place."""

    metrics: dict[str, Metric] = field(default_factory=dict)

    def set(self, name: str, value: Wire, ts: datetime | None = None) -> Metric:
        metric = replace(self.metrics[name], wire=value, null=value is None, ts=ts)
        self.metrics[name] = metric
        return metric


class EdgeNode:
    """``async with EdgeNode(…) as node`` is one MQTT session: births at its begin, its death at its end."""

    def __init__(
        self, url: str, group: str, name: str, devices: Mapping[str, Sequence[Metric]], *, bdseq: int = 0
    ) -> None:
        parts = urlsplit(url)
        self.group, self.name, self.bdseq, self.seq = group, name, bdseq, -1
        self._alias = 0
        self.devices = {device: Device(self._aliased(metrics)) for device, metrics in devices.items()}
        self.commands: list[tuple[str, Metric]] = []
        self.births = 0
        self._client = aiomqtt.Client(
            parts.hostname or "127.0.0.1",
            port=parts.port or 1883,
            identifier=f"edge-{group}-{name}",
            username=parts.username or f"edge-{name}",
            protocol=aiomqtt.ProtocolVersion.V311,
            will=aiomqtt.Will(self._topic("NDEATH"), write(self._death()), qos=1),
            timeout=10,
        )
        self._listening: asyncio.Task[None] | None = None

    def _aliased(self, metrics: Sequence[Metric]) -> dict[str, Metric]:
        found = {}
        for metric in metrics:
            self._alias += 1
            found[metric.name] = replace(metric, alias=self._alias)
        return found

    async def __aenter__(self) -> EdgeNode:
        await self._client.__aenter__()
        await self._client.subscribe(f"{NAMESPACE}/{self.group}/NCMD/{self.name}", qos=1)
        await self._client.subscribe(f"{NAMESPACE}/{self.group}/DCMD/{self.name}/+", qos=1)
        self._listening = asyncio.create_task(self._listen())
        await self.give_birth()
        return self

    async def __aexit__(self, *_error: object) -> None:
        if self._listening is not None:
            self._listening.cancel()
            with suppress(asyncio.CancelledError, aiomqtt.MqttError):
                await self._listening
        with suppress(aiomqtt.MqttError):
            await self._client.publish(self._topic("NDEATH"), write(self._death()), qos=1)
            await self._client.__aexit__(None, None, None)

    async def give_birth(self) -> None:
        """A birth of the node and of each device, with all present values."""
        self.births += 1
        self.seq = -1
        control = Metric(REBIRTH, datatype=BOOLEAN, wire=False)
        await self._publish("NBIRTH", "", [*self._death().metrics, control])
        for name, device in self.devices.items():
            await self._publish("DBIRTH", name, list(device.metrics.values()))

    async def send(
        self,
        device: str,
        values: Mapping[str, Wire],
        *,
        ts: datetime | None = None,
        historical: bool = False,
    ) -> None:
        """Changed values as a data message, by alias and without datatype, as real nodes send them."""
        moment = ts or datetime.now(UTC)
        known = self.devices[device]
        metrics = []
        for name, value in values.items():
            if historical:
                metric = replace(known.metrics[name], wire=value, ts=moment, historical=True)
            else:
                metric = known.set(name, value, moment)
            metrics.append(metric)
        await self._publish("DDATA", device, metrics)

    async def leave(self, device: str) -> None:
        await self._publish("DDEATH", device, [])

    def skip(self) -> None:
        """Lose a message: its number is used up."""
        self.seq = (self.seq + 1) % 256

    def body(self, kind: str, metrics: Sequence[Metric]) -> bytes:
        """The next message's bytes; it counts as sent."""
        self.skip()
        shown = [_short(metric) for metric in metrics] if kind.endswith("DATA") else metrics
        return write(Payload(datetime.now(UTC), self.seq, shown))

    async def _publish(self, kind: str, device: str, metrics: Sequence[Metric]) -> None:
        await self._client.publish(self._topic(kind, device), self.body(kind, metrics), qos=0)

    def _topic(self, kind: str, device: str = "") -> str:
        return f"{NAMESPACE}/{self.group}/{kind}/{self.name}" + (f"/{device}" if device else "")

    def _death(self) -> Payload:
        return Payload(datetime.now(UTC), None, [Metric("bdSeq", datatype=INT64, wire=self.bdseq)])

    async def _listen(self) -> None:
        async for message in self._client.messages:
            device = str(message.topic).split("/")[4:]
            with suppress(Undecodable):
                for metric in read(bytes(message.payload)).metrics:
                    self.commands.append((device[0] if device else "", metric))
                    await self.obey(device[0] if device else "", metric)

    async def obey(self, device: str, metric: Metric) -> None:
        """A rebirth, or a value that is taken over and said back."""
        if not device:
            if metric.name == REBIRTH and metric.wire:
                await self.give_birth()
            return
        known = self.devices.get(device)
        if known is not None and metric.name in known.metrics:
            value = value_as(metric, known.metrics[metric.name].datatype)
            await self.send(device, {metric.name: value})


def _short(metric: Metric) -> Metric:
    return replace(metric, name="", datatype=None) if metric.alias is not None else metric
