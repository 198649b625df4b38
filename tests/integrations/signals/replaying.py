"""From a transport into the database, as a runner does it: map, store, interpret."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

from asgiref.sync import sync_to_async
from django.db import connections

from integrations.signals.mapping import Mapper, Meaning
from machines.domain.ingest import LARGEST_BATCH, append, record_undecodable
from machines.domain.interpret import interpret_dirty

PATIENCE = 60


def meanings(items, machine, *, without=()):
    """The mapping that accepts every proposal of a browsed connection."""
    return [
        Meaning(item.address, machine.code, item.role, values=item.values)
        for item in items
        if item.role and item.role not in without
    ]


class Runner:
    """Stores what a transport gives; ``received`` is a little after the newest value unless ``now`` says."""

    def __init__(self, transport, mapper: Mapper, now=None) -> None:
        self.transport, self.mapper, self.now = transport, mapper, now
        self.cursor, self.outcomes, self.samples = {}, [], []
        self.received = datetime.min.replace(tzinfo=UTC)

    async def run(self, done) -> None:
        """Until ``done(cursor)``; then the iterator is closed."""
        batches = self.transport.observe(self.cursor)
        try:
            while not done(self.cursor):
                await self.store(await asyncio.wait_for(anext(batches), PATIENCE))
        finally:
            await batches.aclose()

    async def store(self, batch) -> None:
        samples = self.mapper.samples(batch)
        self.samples += samples
        await sync_to_async(self._append)(samples, batch.undecoded)
        if batch.cursor is not None:
            self.cursor = json.loads(json.dumps(batch.cursor))

    def _append(self, samples, undecoded) -> None:
        times = [datetime.fromisoformat(sample["ts"]) for sample in samples]
        if times:
            newest = max(times) + timedelta(milliseconds=100)
            self.received = self.now() if self.now else max(newest, self.received)
        for one in undecoded:
            record_undecodable(one.raw, one.reason, self.received, channel="test", code=one.code)
        for start in range(0, len(samples), LARGEST_BATCH):
            answers = append(samples[start : start + LARGEST_BATCH], self.received, channel="test")
            self.outcomes += [answer.outcome.value for answer in answers]

    async def interpret(self, now) -> None:
        await sync_to_async(_interpret)(now)


def _interpret(now) -> None:
    while interpret_dirty(now):
        pass


async def close_connections() -> None:
    """Those of the thread that the test's database calls ran in."""
    await sync_to_async(connections.close_all)()
