"""Senders of signals for tests: what they give is scripted, what was asked of them is recorded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

from integrations.signals.base import Batch, ConnectionLost, Observation, Settings

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def seen(address, value, seq, *, ts=None, **more):
    return Observation(address, value, ts or datetime.now(UTC), "boot", seq, **more)


class Sender:
    """``script``: batches, exceptions and callables; then it stays silent."""

    def __init__(self, *script, offers=()):
        self.script = list(script)
        self.offers = offers
        self.cursors = []
        self.asked = 0
        self.settings = None

    def more(self, *script):
        self.script += script

    def connect(self, protocol: str, settings: Settings):
        self.settings = settings
        return self

    async def observe(self, cursor):
        self.cursors.append(dict(cursor))
        while True:
            self.asked += 1
            while not self.script:
                await asyncio.sleep(0.01)
            step = self.script.pop(0)
            if isinstance(step, Exception):
                raise step
            if isinstance(step, Callable):
                step = step()
            yield step

    async def browse(self):
        if isinstance(self.offers, Exception):
            raise ConnectionLost(str(self.offers)) from self.offers
        return self.offers


def lost(reason="cable cut"):
    return ConnectionLost(reason)


def batch(*observations, **more):
    return Batch(observations, **more)


def by_code(senders):
    """``connect`` for a runner: the sender with the code of the connection."""
    return lambda protocol, settings: senders[settings.code].connect(protocol, settings)
