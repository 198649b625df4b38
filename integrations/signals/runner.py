"""Runs signal connections side by side, one task each. Plain asyncio: the server and edge gateways use it.

Where the samples go (database or disk buffer) is the ``Store``'s business. A connection waits until its batch
is stored before it asks for the next, so that none can fill the memory; it reconnects by itself, with pauses
of 1 to 30 s; and whatever it raises stops nobody but itself.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import structlog

from integrations.signals.base import (
    Batch,
    ConnectionLost,
    Cursor,
    Link,
    Settings,
    Transport,
    Undecoded,
)
from integrations.signals.mapping import Mapper, Meaning, Sample
from integrations.signals.registry import UnknownProtocol, transport_for
from integrations.signals.seen import Seen

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
LONG_ENOUGH_SECONDS = 60.0
"""A connection that stood this long begins again with the shortest pause."""
TICK = timedelta(microseconds=1)

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A switched-on connection as an engineer configured it."""

    protocol: str
    settings: Settings
    meanings: tuple[Meaning, ...] = ()

    @property
    def code(self) -> str:
        return self.settings.code


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a connection goes on. ``lost_at``: the last moment at which it is known to have stood."""

    cursor: Cursor = field(default_factory=dict)
    lost_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Arrival:
    """What one batch of one connection comes to, to be stored as one with its cursor."""

    code: str
    samples: Sequence[Sample]
    undecoded: Sequence[Undecoded] = ()
    cursor: Cursor | None = None
    observations: int = 0


@dataclass(slots=True)
class Status:
    """How a connection fares: ``state`` is a value of ``integrations.enums.LinkState``."""

    state: str
    since: datetime
    problem: str = ""


class NoLongerOurs(Exception):
    """Somebody else runs this connection now."""


class Store(Protocol):
    """Where arrivals go and statuses are told."""

    async def standing(self, code: str) -> Standing: ...

    async def keep(self, arrival: Arrival) -> None:
        """Return when it is stored for good, however long that takes. Raises ``NoLongerOurs``."""
        ...

    def tell(self, code: str, status: Status) -> None: ...


class Line:
    """One connection: connects, stores, reconnects, until it is cancelled."""

    def __init__(
        self,
        wanted: Wanted,
        store: Store,
        *,
        clock: Callable[[], datetime],
        connect: Callable[[str, Settings], Transport] = transport_for,
    ) -> None:
        self.wanted, self.store, self.clock, self._connect = wanted, store, clock, connect
        self.mapper = Mapper(wanted.code, wanted.meanings)
        self.seen = Seen(wanted.meanings)
        self.status = Status("off", clock())
        self._standing = Standing()
        self._stood = False

    async def run(self) -> None:
        self._standing = await self.store.standing(self.wanted.code)
        failures = 0
        while True:
            self._tell("connecting", self.status.problem)
            began = self.clock()
            try:
                reason = await self._observe()
            except NoLongerOurs:
                logger.info("signal_connection_taken_over", connection=self.wanted.code)
                return
            if self._stood and self.clock() - began > timedelta(seconds=LONG_ENOUGH_SECONDS):
                failures = 0
            try:
                await self._lose(reason)
            except NoLongerOurs:
                return
            await asyncio.sleep(pause(failures))
            failures += 1

    async def switch_off(self) -> None:
        """Nobody listens to the sender from now on: its machines' states are unknown."""
        self._tell("off", "")
        if self._standing.lost_at is None:
            with suppress(NoLongerOurs):
                await self._keep(Batch(links=[Link(self.clock(), up=False)]))

    async def _observe(self) -> str:
        """Store what comes until the connection is lost; returns why."""
        self._stood = False
        try:
            transport = self._connect(self.wanted.protocol, self.wanted.settings)
            async with aclosing(transport.observe(self._standing.cursor)) as batches:  # type: ignore[type-var]
                async for batch in batches:
                    await self._take(batch)
        except (ConnectionLost, UnknownProtocol) as error:
            return str(error) or type(error).__name__
        except NoLongerOurs:
            raise
        except Exception as error:
            logger.exception("signal_connection_crashed", connection=self.wanted.code)
            return f"{type(error).__name__}: {error}"
        return "The sender ended the connection."

    async def _take(self, batch: Batch) -> None:
        if not self._stood:
            batch = self._with_return(batch)
            self._stood = True
            self._tell("connected", "")
        await self._keep(batch)
        self._standing = Standing(
            self._standing.cursor if batch.cursor is None else batch.cursor, lost_at=None
        )

    def _with_return(self, batch: Batch) -> Batch:
        """The first batch after a loss says that the sender is back, and since when its values are known.

        What the batch itself says to be gone still is: that comes after the return.
        """
        lost_at = self._standing.lost_at
        if lost_at is None:
            return batch
        gone = Link(lost_at, up=False)
        still_gone = [link.ts - TICK for link in batch.links if not link.up and link.ts > lost_at]
        found = lost_at if batch.gapless else min([self.clock(), *still_gone])
        back = Link(max(found, lost_at + TICK), up=True)
        return replace(batch, links=[gone, back, *batch.links])

    async def _lose(self, reason: str) -> None:
        self._tell("lost", reason)
        logger.warning("signal_connection_lost", connection=self.wanted.code, reason=reason)
        if self._standing.lost_at is not None:
            return
        now = self.clock()
        self._standing = replace(self._standing, lost_at=now)
        if self._stood:
            await self._keep(Batch(links=[Link(now, up=False, reason=reason)]))

    async def _keep(self, batch: Batch) -> None:
        self.seen.note(batch.observations, self.clock())
        if not (batch.observations or batch.links or batch.undecoded or batch.cursor is not None):
            return
        await self.store.keep(
            Arrival(
                self.wanted.code,
                self.mapper.samples(batch),
                batch.undecoded,
                batch.cursor,
                len(batch.observations),
            )
        )

    def _tell(self, state: str, problem: str) -> None:
        if (state, problem) != (self.status.state, self.status.problem):
            self.status = Status(state, self.clock(), problem[:500])
            self.store.tell(self.wanted.code, self.status)


def pause(failures: int) -> float:
    """Seconds to wait: 1, doubled each time up to 30, up to a third of it less by chance."""
    longest: float = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(failures, 10))
    return max(FIRST_PAUSE, longest * random.uniform(2 / 3, 1))  # noqa: S311 - spreads load


def now_utc() -> datetime:
    return datetime.now(UTC)


class Runner:
    """The lines that run now. ``want`` starts, restarts and stops them as the configuration says."""

    def __init__(
        self,
        store: Store,
        *,
        clock: Callable[[], datetime] = now_utc,
        connect: Callable[[str, Settings], Transport] = transport_for,
    ) -> None:
        self.store, self._clock, self._connect = store, clock, connect
        self.lines: dict[str, Line] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def want(self, wanted: Collection[Wanted], *, switched_off: Collection[str] = ()) -> None:
        """Run exactly these. ``switched_off``: codes that a person switched off, in contrast to those that
        somebody else runs now."""
        by_code = {one.code: one for one in wanted}
        gone = [code for code, line in self.lines.items() if by_code.get(code) != line.wanted]
        await self._end(gone, off={*switched_off}.intersection(gone))
        for code, one in by_code.items():
            if code not in self.lines:
                self._start(one)
            elif self._tasks[code].done():
                await self._end([code], off=set())
                self._start(one)

    async def stop(self) -> None:
        """End all lines; the senders stay switched on and are taken up again later."""
        await self._end(list(self.lines), off=set())

    def seen(self) -> Mapping[str, Seen]:
        return {code: line.seen for code, line in self.lines.items()}

    def _start(self, wanted: Wanted) -> None:
        line = Line(wanted, self.store, clock=self._clock, connect=self._connect)
        self.lines[wanted.code] = line
        self._tasks[wanted.code] = asyncio.create_task(line.run(), name=f"signal {wanted.code}")

    async def _end(self, codes: Collection[str], *, off: Collection[str]) -> None:
        tasks = [self._tasks.pop(code) for code in codes]
        lines: list[Any] = [self.lines.pop(code) for code in codes]
        for task in tasks:
            task.cancel()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(result, Exception):
                logger.error("signal_connection_ended_badly", error=repr(result))
        for line in lines:
            if line.wanted.code in off:
                await line.switch_off()
