"""The way to the broker: subscribe, read what comes, ask for rebirths, write commands."""

from __future__ import annotations

import asyncio
import math
import ssl
import uuid
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote, urlsplit

import aiomqtt
import orjson

from integrations.signals.base import Batch, BrowsedItem, ConnectionLost, Cursor, Settings
from integrations.signals.mqtt.broker import Client
from integrations.signals.sparkplug.decode import BOOLEAN, NAMESPACE, REBIRTH, Metric, Payload
from integrations.signals.sparkplug.encode import write as encode
from integrations.signals.sparkplug.roles import browsed
from integrations.signals.sparkplug.session import Host, Told
from machines.domain.measure.samples import Value

TOGETHER_SECONDS = 0.1
MOST_TOGETHER = 500
BROWSE_SECONDS = 6.0
ECHO_SECONDS = 10.0
IDLE_SECONDS = 5.0


class NotWritten(Exception):
    """The device did not confirm a command by its value; the text is for an engineer."""


class Sparkplug:
    """A transport (see ``integrations.signals.base``) for the edge nodes of one broker."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.group = str(settings.options.get("group") or "+")
        self.host_id = str(settings.options.get("host_id") or "")
        self.primary = bool(settings.options.get("primary")) and bool(self.host_id)

    async def observe(self, cursor: Cursor) -> AsyncGenerator[Batch, None]:
        async with self._connected(f"mes-{self.settings.code}", primary=self.primary) as line:
            host = Host(self.settings.addresses)
            told = host.connected(_now())
            yield Batch(links=told.links)
            while True:
                messages = await line.collect(host.due())
                told = await line.follow(host, messages)
                if told.observations or told.links or told.undecoded or messages:
                    yield Batch(told.observations, told.links, told.undecoded)
                line.acknowledge(messages)

    async def browse(self, seconds: float = BROWSE_SECONDS) -> Sequence[BrowsedItem]:
        """Every metric that births announce while we listen; whoever says anything is asked for one."""
        async with self._connected(_passing("browse")) as line:
            host, values = Host(chance=lambda: 0.0), {}
            for edge in sorted({"/".join(address.split("/")[:2]) for address in self.settings.addresses}):
                await line.ask_rebirth(*edge.split("/"))
            end = asyncio.get_running_loop().time() + seconds
            while asyncio.get_running_loop().time() < end:
                told = await line.follow(host, await line.collect(_now() + timedelta(seconds=0.2)))
                values.update({one.address: one for one in told.observations})
            return browsed(host, values)

    async def write(self, name: str, value: Value, *, seconds: float = ECHO_SECONDS) -> Value:
        """Set a metric by its address and wait for the device to say the value back; returns what it said.

        The node is asked for a birth first, for only that tells the metric's datatype. Raises ``NotWritten``
        if no birth or no echo comes in time, and ``ConnectionLost``.
        """
        group, node, device, metric = name.split("/", 3)
        async with self._connected(_passing("write")) as line:
            host = Host([name], chance=lambda: 0.0)
            host.connected(_now())
            end = asyncio.get_running_loop().time() + seconds
            known, sent, said = None, False, None
            while asyncio.get_running_loop().time() < end:
                told = await line.follow(host, await line.collect(_now() + timedelta(seconds=0.2)))
                for seen in told.observations:
                    said = seen.value
                    if sent and not seen.snapshot and same(said, value):
                        return said
                edge = host.nodes[f"{group}/{node}/"]
                known = edge.devices[device].metrics.get(metric) if device in edge.devices else None
                if known is not None and edge.born and not sent:
                    await line.command(group, node, device, _to_write(metric, known.datatype, value))
                    sent = True
            if not sent:
                raise NotWritten(f"no birth of {group}/{node} told what {metric} is")
            raise NotWritten(f"{name} was not confirmed in {seconds:g} s; it says {said!r}")

    @asynccontextmanager
    async def _connected(self, client_id: str, *, primary: bool = False) -> AsyncGenerator[Line, None]:
        host = HostState(self.host_id, round(_now().timestamp() * 1000)) if primary else None
        try:
            async with _client(self.settings, client_id, will=host.will if host else None) as client:
                line = Line(client, host)
                for topic in (*([host.topic] if host else []), *self._topics()):
                    await client.subscribe(topic, qos=1)
                await line.announce()
                try:
                    yield line
                finally:
                    line.close()
        except (aiomqtt.MqttError, OSError, ValueError) as error:
            raise ConnectionLost(str(error)[:400] or type(error).__name__) from error

    def _topics(self) -> list[str]:
        """Whole nodes only: who reads some devices of a node sees gaps in its numbers that are none."""
        kinds = ("NBIRTH", "NDEATH", "NDATA", "DBIRTH", "DDEATH", "DDATA")
        return [f"{NAMESPACE}/{self.group}/{kind}/+{'/+' if kind.startswith('D') else ''}" for kind in kinds]


@dataclass(frozen=True, slots=True)
class HostState:
    """What a primary host says of itself; announcement and will carry the time of one connection."""

    host_id: str
    since: int

    @property
    def topic(self) -> str:
        return f"{NAMESPACE}/STATE/{self.host_id}"

    @property
    def will(self) -> aiomqtt.Will:
        return aiomqtt.Will(self.topic, self.body(online=False), qos=1, retain=True)

    def body(self, *, online: bool) -> bytes:
        return orjson.dumps({"online": online, "timestamp": self.since})


class Line:
    """One open connection to the broker."""

    def __init__(self, client: Client, host: HostState | None) -> None:
        self._client, self._host = client, host
        self._messages = client.messages.__aiter__()
        self._upcoming: asyncio.Task[aiomqtt.Message] | None = None

    def close(self) -> None:
        if self._upcoming is not None:
            self._upcoming.cancel()

    async def collect(self, until: datetime | None) -> list[aiomqtt.Message]:
        """What arrives together; nothing if nothing comes before ``until``. Raises ``ConnectionLost``."""
        patience = IDLE_SECONDS
        if until is not None:
            patience = min(patience, max((until - _now()).total_seconds(), 0.0))
        found: list[aiomqtt.Message] = []
        loop = asyncio.get_running_loop()
        end = loop.time() + patience
        while len(found) < MOST_TOGETHER:
            if self._upcoming is None:
                self._upcoming = asyncio.ensure_future(anext(self._messages))
            await asyncio.wait({self._upcoming}, timeout=max(end - loop.time(), 0))
            if not self._upcoming.done():
                break
            if not found:
                end = loop.time() + TOGETHER_SECONDS
            found.append(self._upcoming.result())
            self._upcoming = None
        return found

    async def follow(self, host: Host, messages: Sequence[aiomqtt.Message]) -> Told:
        """What the messages and the time that passed mean; nodes are asked for rebirths on the way."""
        told = Told()
        for message in messages:
            if self._host is not None and str(message.topic) == self._host.topic:
                await self._contradict(message)
            else:
                _add(told, host.receive(str(message.topic), _payload(message), _now()))
        _add(told, host.tick(_now()))
        for group, node in told.rebirths:
            await self.ask_rebirth(group, node)
        return told

    def acknowledge(self, messages: Sequence[aiomqtt.Message]) -> None:
        for message in messages:
            self._client.acknowledge(message)

    async def ask_rebirth(self, group: str, node: str) -> None:
        await self.command(group, node, "", Metric(REBIRTH, datatype=BOOLEAN, wire=True))

    async def command(self, group: str, node: str, device: str, metric: Metric) -> None:
        now = _now()
        kind, tail = ("DCMD", f"/{device}") if device else ("NCMD", "")
        body = encode(Payload(now, None, [replace(metric, ts=now)]))
        await self._client.publish(f"{NAMESPACE}/{group}/{kind}/{node}{tail}", body, qos=0)

    async def announce(self) -> None:
        """Say that the host is online: nodes bound to it publish only then, and store meanwhile."""
        if self._host is not None:
            await self._client.publish(self._host.topic, self._host.body(online=True), qos=1, retain=True)

    async def _contradict(self, message: aiomqtt.Message) -> None:
        """Our own will, from a connection before this one, may come late: we are online."""
        try:
            online = orjson.loads(_payload(message)).get("online")
        except (orjson.JSONDecodeError, AttributeError):
            online = None
        if online is not True:
            await self.announce()


def same(said: Value, wanted: Value) -> bool:
    """Whether a device says back what was written; single precision may cost digits."""
    if isinstance(said, float) and isinstance(wanted, int | float):
        return math.isclose(said, wanted, rel_tol=1e-6, abs_tol=1e-9)
    return said == wanted


def _to_write(name: str, datatype: int | None, value: Value) -> Metric:
    return Metric(name, datatype=datatype, null=value is None, wire=value)


def _add(told: Told, more: Told) -> None:
    told.observations += more.observations
    told.links += more.links
    told.undecoded += more.undecoded
    told.rebirths += more.rebirths


def _payload(message: aiomqtt.Message) -> bytes:
    payload = message.payload
    return payload if isinstance(payload, bytes | bytearray) else str(payload or "").encode()


def _client(settings: Settings, client_id: str, *, will: aiomqtt.Will | None) -> Client:
    """Raises ``ValueError`` for an address that is none of a broker."""
    parts = urlsplit(settings.address)
    if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname:
        raise ValueError(f"{settings.address!r} is no mqtt:// or mqtts:// address")
    secure = parts.scheme == "mqtts"
    user, _, password = settings.secret.partition(":")
    if not user and parts.username:
        user, password = unquote(parts.username), unquote(parts.password or "")
    return Client(
        hostname=parts.hostname,
        port=parts.port or (8883 if secure else 1883),
        username=user or None,
        password=password or None,
        identifier=client_id,
        protocol=aiomqtt.ProtocolVersion.V311,
        clean_session=True,
        keepalive=15,
        timeout=10,
        will=will,
        tls_context=ssl.create_default_context() if secure else None,
    )


def _passing(purpose: str) -> str:
    return f"mes-{purpose}-{uuid.uuid4().hex[:12]}"


def _now() -> datetime:
    return datetime.now(UTC)
