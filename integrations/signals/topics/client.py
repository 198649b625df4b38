"""Subscribes, and acknowledges a message when it is stored.

Brokers deliver at least once and messages carry no number, so numbers are given here: a running one, kept
with the stored values. What comes again is known by the hash of (topic, time, payload), or, without a time,
by the message id of the delivery; the last hashes are kept with the number.
"""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, closing, suppress
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import aiomqtt

from integrations.signals.base import (
    Batch,
    BrowsedItem,
    ConnectionLost,
    Cursor,
    Observation,
    Settings,
    Undecoded,
)
from integrations.signals.mqtt.broker import QOS, Client, client_for
from integrations.signals.topics.decode import Decoded, Undecodable, decode, parts_of
from integrations.signals.topics.roles import role_of_item

GATHER_SECONDS = 0.2
MOST_MESSAGES = 300
REMEMBERED = 600
MOST_ITEMS = 5000
MOST_TOPICS = 500
HASH_LENGTH = 12
TIME_FIELDS = "timestamp_ms,timestamp,ts,time"


class TopicsTransport:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._filters = _listed(settings.options.get("topics")) or ["#"]
        self._time_fields = _listed(settings.options.get("time")) or TIME_FIELDS.split(",")
        self._mapped = frozenset(settings.addresses)
        self._topics = frozenset(parts_of(address)[0] for address in settings.addresses)

    async def observe(self, cursor: Cursor) -> AsyncIterator[Batch]:
        numbers = _Numbers(cursor)
        name = str(self._settings.options.get("client_id") or f"mes-{self._settings.code}")
        try:
            async with AsyncExitStack() as stack:
                client = await stack.enter_async_context(self._client(name))
                wanted = sorted(self._topics) if len(self._topics) <= MOST_TOPICS else self._filters
                for topic in wanted or self._filters:
                    await client.subscribe(topic, qos=QOS)
                yield Batch(gapless=client.session_present and bool(cursor))
                inbox = stack.enter_context(closing(_Inbox(client)))
                while True:
                    messages = await inbox.gather()
                    yield self._batch(messages, numbers)
                    for message in messages:
                        client.acknowledge(message)
        except (aiomqtt.MqttError, OSError, ValueError) as error:
            raise ConnectionLost(str(error) or type(error).__name__) from error

    async def browse(self) -> Sequence[BrowsedItem]:
        """Listens for some seconds under a name of its own; retained values come at once."""
        items: dict[str, BrowsedItem] = {}
        seconds = float(self._settings.options.get("browse_seconds") or 4)
        try:
            async with self._client(f"mes-look-{uuid.uuid4().hex[:12]}", lasting=False) as client:
                for topic in self._filters:
                    await client.subscribe(topic, qos=0)
                with suppress(TimeoutError):
                    async with asyncio.timeout(seconds):
                        async for message in client.messages:
                            # Some brokers give retained messages of other topics, too.
                            if any(message.topic.matches(wanted) for wanted in self._filters):
                                self._note(items, message)
                            if len(items) >= MOST_ITEMS:
                                break
        except (aiomqtt.MqttError, OSError, ValueError) as error:
            raise ConnectionLost(str(error) or type(error).__name__) from error
        return sorted(items.values(), key=lambda item: item.address)

    def _client(self, name: str, *, lasting: bool = True) -> Client:
        return client_for(self._url(), client_id=name, lasting=lasting)

    def _url(self) -> str:
        """The address with the secret (user:password) in it."""
        parts = urlsplit(self._settings.address)
        user, _colon, password = self._settings.secret.partition(":")
        if not user or "@" in parts.netloc:
            return self._settings.address
        told = quote(user, safe="") + (f":{quote(password, safe='')}" if password else "")
        return urlunsplit(parts._replace(netloc=f"{told}@{parts.netloc}"))

    def _batch(self, messages: Sequence[aiomqtt.Message], numbers: _Numbers) -> Batch:
        observations: list[Observation] = []
        undecoded: list[Undecoded] = []
        now = datetime.now(UTC)
        for message in messages:
            topic, payload = str(message.topic), bytes(message.payload)
            if self._topics and topic not in self._topics:
                continue
            try:
                decoded = decode(topic, payload, self._time_fields)
            except Undecodable as problem:
                undecoded.append(Undecoded(payload, problem.code, f"{topic}: {problem}"))
                continue
            if numbers.is_known(_hash(topic, payload, decoded.ts, message.mid)):
                continue
            observations += self._observed(decoded, numbers, message, now)
        return Batch(observations, undecoded=undecoded, cursor=numbers.as_json())

    def _observed(
        self, decoded: Decoded, numbers: _Numbers, message: aiomqtt.Message, now: datetime
    ) -> list[Observation]:
        mapped = [(address, value) for address, value in decoded.values if address in self._mapped]
        if not mapped:
            return []
        seq = numbers.next()
        return [
            Observation(
                address,
                value,
                decoded.ts or now,
                numbers.epoch,
                seq,
                sub,
                snapshot=bool(message.retain),
                native=str(value)[:200],
            )
            for sub, (address, value) in enumerate(mapped)
        ]

    def _note(self, items: dict[str, BrowsedItem], message: aiomqtt.Message) -> None:
        topic = str(message.topic)
        try:
            decoded = decode(topic, bytes(message.payload), self._time_fields)
        except Undecodable:
            return
        for address, value in decoded.values:
            _topic, pointer = parts_of(address)
            device, _slash, last = topic.rpartition("/")
            items[address] = BrowsedItem(
                address,
                pointer or last,
                kind=type(value).__name__,
                device=topic if pointer else device,
                value=value,
                ts=decoded.ts,
                role=role_of_item(topic, pointer),
            )


class _Numbers:
    """The running number and what was seen last, as they stand in the cursor."""

    def __init__(self, cursor: Cursor) -> None:
        self.epoch = str(cursor.get("epoch") or uuid.uuid4().hex[:16])
        self._seq = int(cursor.get("seq") or 0)
        self._known: deque[str] = deque(cursor.get("known") or (), maxlen=REMEMBERED)

    def next(self) -> int:
        self._seq += 1
        return self._seq

    def is_known(self, hash_: str) -> bool:
        if hash_ in self._known:
            return True
        self._known.append(hash_)
        return False

    def as_json(self) -> dict[str, Any]:
        return {"epoch": self.epoch, "seq": self._seq, "known": list(self._known)}


class _Inbox:
    """Messages in groups. The one waited for is never given up: giving up could lose it."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._upcoming: asyncio.Task[aiomqtt.Message] | None = None

    async def gather(self) -> list[aiomqtt.Message]:
        """The messages of the next 200 ms after the first, at most 300."""
        await asyncio.wait({self._next()})
        messages = [self._take()]
        loop = asyncio.get_running_loop()
        end = loop.time() + GATHER_SECONDS
        while len(messages) < MOST_MESSAGES and (left := end - loop.time()) > 0:
            done, _waiting = await asyncio.wait({self._next()}, timeout=left)
            if not done:
                break
            messages.append(self._take())
        return messages

    def close(self) -> None:
        if self._upcoming is not None:
            self._upcoming.cancel()

    def _next(self) -> asyncio.Task[aiomqtt.Message]:
        self._upcoming = self._upcoming or asyncio.create_task(self._client.next_message())
        return self._upcoming

    def _take(self) -> aiomqtt.Message:
        """Raises ``MqttError`` when the connection was lost."""
        done, self._upcoming = self._next(), None
        return done.result()


def _hash(topic: str, payload: bytes, ts: datetime | None, mid: int) -> str:
    identity = f"{topic}\n{ts.isoformat() if ts else mid}\n".encode() + payload
    return hashlib.sha256(identity).hexdigest()[:HASH_LENGTH]


def _listed(text: Any) -> list[str]:
    return [part.strip() for part in str(text or "").split(",") if part.strip()]
