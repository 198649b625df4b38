"""From the broker into the store: collect, store, then acknowledge.

Messages of 100 ms are stored at once, up to 5,000 samples. One that is not stored is not acknowledged: the
broker keeps it, and what we have no room for isn't read. What wasn't acknowledged comes again after the
connection was lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import aiomqtt
import structlog
from asgiref.sync import sync_to_async
from django.db import DatabaseError, InterfaceError, OperationalError, close_old_connections
from django.utils import timezone

from integrations.signals.mqtt.broker import QOS, TOPICS, Client, client_for
from integrations.signals.mqtt.decode import Undecodable, samples_in
from machines.domain.envelope import ACCEPTED, Outcome
from machines.domain.ingest import LARGEST_BATCH, append, record_undecodable

FLUSH_SECONDS = 0.1
IN_FLIGHT = 20
"""Messages that a broker usually sends before one of them is acknowledged (Mosquitto's default)."""
LULL_SECONDS = 0.01
PAUSES = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)

logger = structlog.get_logger(__name__)


@dataclass(slots=True)
class Collected:
    """A message with its samples, not yet stored."""

    message: aiomqtt.Message
    samples: list[Any]
    problem: Undecodable | None = None

    @property
    def payload(self) -> bytes:
        return bytes(self.message.payload)

    @property
    def channel(self) -> str:
        return f"mqtt {self.message.topic}"


@dataclass(slots=True)
class Counts:
    """What passed through since the start."""

    messages: int = 0
    accepted: int = 0
    duplicate: int = 0
    rejected: int = 0
    undecodable: int = 0


@dataclass(slots=True)
class Gateway:
    """Runs until ``stop`` is set: reconnects, stores, acknowledges."""

    url: str
    client_id: str
    stop: asyncio.Event
    counts: Counts = field(default_factory=Counts)
    collected_at: float = 0.0

    async def run(self) -> None:
        failures = 0
        while not self.stop.is_set():
            try:
                async with client_for(self.url, client_id=self.client_id) as client:
                    for topic in TOPICS:
                        await client.subscribe(topic, qos=QOS)
                    logger.info("gateway_connected", broker=_without_password(self.url))
                    failures = 0
                    await self._serve(client)
            except (aiomqtt.MqttError, OSError) as error:
                if self.stop.is_set():
                    break
                pause = PAUSES[min(failures, len(PAUSES) - 1)]
                logger.warning(
                    "gateway_disconnected", reason=str(error) or repr(error), again_in_seconds=pause
                )
                failures += 1
                await self._rest(pause)

    async def _serve(self, client: Client) -> None:
        stopping = asyncio.create_task(_stopping(self.stop))
        try:
            while not self.stop.is_set():
                if batch := await self._collect(client, stopping):
                    await self._store(client, batch)
        finally:
            stopping.cancel()

    async def _collect(self, client: Client, stopping: asyncio.Task[None]) -> list[Collected]:
        """What came since the last batch, at least 100 ms after it; at most about 5,000 samples.

        One that comes alone after a pause is stored at once, and so is what is all that a broker sends before
        it is acknowledged: a backlog would take 100 ms for each 20 messages.
        """
        loop, upcoming = asyncio.get_running_loop(), asyncio.create_task(client.next_message())
        try:
            await asyncio.wait({upcoming, stopping}, return_when=asyncio.FIRST_COMPLETED)
            await self._gather(client, stopping)
            if not upcoming.done():
                return []
            batch = [_decode(upcoming.result())]
        finally:
            upcoming.cancel()
        self.collected_at, size = loop.time(), len(batch[0].samples)
        for message in client.take_waiting():
            batch.append(_decode(message))
            size += len(batch[-1].samples)
            if size >= LARGEST_BATCH:
                break
        return batch

    async def _gather(self, client: Client, stopping: asyncio.Task[None]) -> None:
        """Wait until a batch is due, or nothing more comes of as many messages as a broker has in flight."""
        loop, before = asyncio.get_running_loop(), -1
        while not stopping.done() and (left := self.collected_at + FLUSH_SECONDS - loop.time()) > 0:
            if before == client.waiting() >= IN_FLIGHT - 1:
                return
            before = client.waiting()
            await asyncio.wait({stopping}, timeout=min(left, LULL_SECONDS))

    async def _store(self, client: Client, batch: list[Collected]) -> None:
        """Store a batch, however long the database is away, then acknowledge it."""
        failures = 0
        while True:
            try:
                await sync_to_async(self._append)(batch)
                break
            except (OperationalError, InterfaceError) as error:
                pause = PAUSES[min(failures, len(PAUSES) - 1)]
                logger.warning(
                    "gateway_lost_database", reason=str(error).partition("\n")[0], again_in_seconds=pause
                )
                failures += 1
                if self.stop.is_set():
                    return
                await self._rest(pause)
        for collected in batch:
            client.acknowledge(collected.message)

    def _append(self, batch: Sequence[Collected]) -> None:
        close_old_connections()
        now = timezone.now()
        for collected in batch:
            if collected.problem is not None:
                _keep(collected, collected.problem.code, collected.problem.reason)
                self.counts.undecodable += 1
        samples = [sample for collected in batch for sample in collected.samples]
        try:
            for start in range(0, len(samples), LARGEST_BATCH):
                self._count(append(samples[start : start + LARGEST_BATCH], now, channel="mqtt"))
        except (OperationalError, InterfaceError):
            raise
        except DatabaseError:
            logger.exception("gateway_batch_refused")
            for collected in batch:
                self._append_alone(collected)
        self.counts.messages += len(batch)

    def _append_alone(self, collected: Collected) -> None:
        """Store what can be stored of a batch in which something can't."""
        try:
            for start in range(0, len(collected.samples), LARGEST_BATCH):
                some = collected.samples[start : start + LARGEST_BATCH]
                self._count(append(some, timezone.now(), channel=collected.channel))
        except (OperationalError, InterfaceError):
            raise
        except DatabaseError as error:
            _keep(collected, "refused_by_database", str(error))
            self.counts.undecodable += 1

    def _count(self, answers: Sequence[Any]) -> None:
        others = [answer.outcome for answer in answers if answer is not ACCEPTED]
        self.counts.accepted += len(answers) - len(others)
        self.counts.duplicate += others.count(Outcome.DUPLICATE)
        self.counts.rejected += others.count(Outcome.REJECTED)

    async def _rest(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self.stop.wait(), seconds)
        except TimeoutError:
            return


async def _stopping(stop: asyncio.Event) -> None:
    await stop.wait()


def _decode(message: aiomqtt.Message) -> Collected:
    try:
        return Collected(message, samples_in(bytes(message.payload)))
    except Undecodable as problem:
        return Collected(message, [], problem)


def _keep(collected: Collected, code: str, reason: str) -> None:
    record_undecodable(collected.payload, reason, timezone.now(), channel=collected.channel, code=code)


def _without_password(url: str) -> str:
    return url.rsplit("@", 1)[-1]
