"""The signal connections of this server: configuration, leases and storage come from the database."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

import structlog
from django.db import DatabaseError, InterfaceError, OperationalError, close_old_connections, connections

from integrations.domain import batches, browsing, signals
from integrations.enums import LinkState
from integrations.models import SignalConnection
from integrations.signals.base import Settings, Transport
from integrations.signals.browse import browse
from integrations.signals.mapping import Meaning
from integrations.signals.registry import transport_for
from integrations.signals.runner import Arrival, NoLongerOurs, Runner, Standing, Status, Wanted, pause

LOOK_SECONDS = 2.0
ANSWER_SECONDS = 0.5
TIDY_SECONDS = 3600.0
MOST_BROWSES = 8
MOST_AT_ONCE = 20_000
"""Samples stored in one transaction; a single batch may hold more."""

T = TypeVar("T")
logger = structlog.get_logger(__name__)


def wanted_by(connection: SignalConnection) -> Wanted:
    """A connection's configuration as its line needs it. The secret comes from this process's environment."""
    meanings = tuple(
        Meaning(
            address=mapping.address,
            machine=mapping.machine.code,
            role=mapping.role,
            slot=mapping.slot,
            values=mapping.values,
            factor=mapping.factor,
        )
        for mapping in connection.mappings.all()
    )
    return Wanted(connection.protocol, settings_of(connection, meanings), meanings)


def settings_of(connection: SignalConnection, meanings: Sequence[Meaning] = ()) -> Settings:
    return Settings(
        code=connection.code,
        address=connection.address,
        options=connection.options,
        secret=os.environ.get(connection.secret_name, "") if connection.secret_name else "",
        addresses=tuple(dict.fromkeys(meaning.address for meaning in meanings)),
    )


@dataclass(slots=True)
class _Waiting:
    arrival: Arrival
    done: asyncio.Future[None]


class DatabaseStore:
    """Writes what several connections brought in one transaction, in a thread of its own.

    Each connection has at most one batch here: it waits until that is stored.
    """

    def __init__(self, holder: str) -> None:
        self.holder = holder
        self.keys: dict[str, int] = {}
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="signals")
        self._waiting: list[_Waiting] = []
        self._arrived = asyncio.Event()
        self._told: dict[str, Status] = {}
        self._fresh: set[int] = set()

    async def standing(self, code: str) -> Standing:
        now = await self.patiently(lambda: signals.standing_of(self.keys[code]))
        return Standing(now.cursor, signals.lost_at(now))

    async def keep(self, arrival: Arrival) -> None:
        done = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(arrival, done))
        self._arrived.set()
        await done

    def tell(self, code: str, status: Status) -> None:
        self._told[code] = status

    async def write(self) -> None:
        """Store what waits, for ever."""
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            while some := self._take():
                await self._store(some)

    async def report(self) -> None:
        """Tell how connections fare, and which have new values."""
        told, self._told = self._told, {}
        fresh, self._fresh = self._fresh, set()
        reports = {
            self.keys[code]: signals.Report(LinkState(status.state), status.since, status.problem)
            for code, status in told.items()
            if code in self.keys
        }
        if reports or fresh:
            try:
                await self.in_thread(lambda: signals.report(reports, holder=self.holder, fresh=fresh))
            except (OperationalError, InterfaceError):
                self._told = told | self._told
                raise

    async def in_thread(self, work: Callable[[], T]) -> T:
        def fresh() -> T:
            close_old_connections()
            return work()

        return await asyncio.get_running_loop().run_in_executor(self._thread, fresh)

    async def patiently(self, work: Callable[[], T]) -> T:
        """The same, however long the database is away."""
        failures = 0
        while True:
            try:
                return await self.in_thread(work)
            except (OperationalError, InterfaceError) as error:
                logger.warning("signals_lost_database", reason=str(error).partition("\n")[0])
                await asyncio.sleep(pause(failures))
                failures += 1

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, connections.close_all)
        self._thread.shutdown()

    def _take(self) -> list[_Waiting]:
        """The next batches, oldest first; those whose connection was stopped meanwhile are left out."""
        some: list[_Waiting] = []
        size = 0
        while self._waiting and (not some or size + len(self._waiting[0].arrival.samples) <= MOST_AT_ONCE):
            one = self._waiting.pop(0)
            if not one.done.done():
                some.append(one)
                size += len(one.arrival.samples)
        return some

    async def _store(self, some: Sequence[_Waiting]) -> None:
        """What can't be stored together is stored batch by batch, so that one spoils only itself."""
        try:
            refused = await self.patiently(lambda: self._deliver(some))
        except Exception as error:
            if len(some) > 1:
                logger.exception("signal_batches_refused", batches=len(some))
                for one in some:
                    await self._store([one])
                return
            if not isinstance(error, DatabaseError):
                _settle(some[0], error)
                return
            refused = await self.patiently(lambda: self._deliver(some, refused=True))
        for one in some:
            key = self.keys.get(one.arrival.code)
            _settle(one, NoLongerOurs(one.arrival.code) if key is None or key in refused else None)

    def _deliver(self, some: Sequence[_Waiting], *, refused: bool = False) -> set[int]:
        deliveries = [
            self._delivery(one.arrival, refused=refused) for one in some if one.arrival.code in self.keys
        ]
        lost = signals.store_deliveries(deliveries, holder=self.holder)
        self._fresh.update(delivery.connection for delivery in deliveries)
        return lost

    def _delivery(self, arrival: Arrival, *, refused: bool) -> signals.Delivery:
        """``refused``: the database can't take these samples; they are kept as undecodable."""
        undecoded = [(one.raw, one.code, one.reason) for one in arrival.undecoded]
        if refused:
            undecoded += [
                (repr(sample).encode(), "refused_by_database", "The database refused this sample's batch.")
                for sample in arrival.samples
            ]
        return signals.Delivery(
            self.keys[arrival.code],
            arrival.code,
            () if refused else arrival.samples,
            undecoded,
            arrival.cursor,
            arrival.observations,
        )


def _settle(one: _Waiting, error: Exception | None) -> None:
    if one.done.done():
        return
    if error is None:
        one.done.set_result(None)
    else:
        one.done.set_exception(error)


@dataclass(slots=True)
class SignalService:
    """Runs this server's connections until ``stop`` is set: looks for changes of configuration every 2 s,
    and answers people who want to see what a sender offers.

    ``holder`` names this process among others: a connection is run by one.
    """

    holder: str
    stop: asyncio.Event
    connect: Callable[[str, Settings], Transport] = transport_for
    _browses: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self) -> None:
        store = DatabaseStore(self.holder)
        runner = Runner(store, connect=self.connect)
        writing = asyncio.create_task(store.write(), name="signals write")
        answering = asyncio.create_task(
            self._again(ANSWER_SECONDS, lambda: self._answer(store)), name="signals answer"
        )
        tidying = asyncio.create_task(
            self._again(TIDY_SECONDS, lambda: self._tidy(store)), name="signals tidy"
        )
        try:
            await self._again(LOOK_SECONDS, lambda: self._look(store, runner))
        finally:
            await runner.stop()
            for task in (writing, answering, tidying, *self._browses):
                task.cancel()
            try:
                await store.in_thread(lambda: signals.release(holder=self.holder))
            except (OperationalError, InterfaceError):
                logger.warning("signals_not_released")
            await store.close()

    async def _again(self, seconds: float, step: Callable[[], Awaitable[None]]) -> None:
        """Do a step every so many seconds until the stop; a lost database and a mistake are waited out."""
        while not self.stop.is_set():
            try:
                await step()
            except (OperationalError, InterfaceError) as error:
                logger.warning("signals_lost_database", reason=str(error).partition("\n")[0])
            except Exception:
                logger.exception("signals_step_failed")
            await self._rest(seconds)

    async def _look(self, store: DatabaseStore, runner: Runner) -> None:
        configured, ours, watched = await store.in_thread(self._read)
        known = {connection.code for connection in configured}
        store.keys |= {connection.code: connection.pk for connection in configured}
        wanted = [wanted_by(connection) for connection in configured if connection.pk in ours]
        await runner.want(wanted, switched_off=set(runner.lines) - known)
        await store.report()
        store.keys = {connection.code: connection.pk for connection in configured}
        seen = runner.seen()
        values = {pk: seen[code].as_json() for code, pk in watched.items() if code in seen}
        if values:
            await store.in_thread(lambda: browsing.write_values(values))

    def _read(self) -> tuple[list[SignalConnection], set[int], dict[str, int]]:
        configured = list(signals.switched_on())
        ours = signals.claim(holder=self.holder, connections=[connection.pk for connection in configured])
        return configured, ours, browsing.watched(gateway=None)

    async def _answer(self, store: DatabaseStore) -> None:
        """Take questions as long as there is room; each is answered beside the others."""
        if len(self._browses) >= MOST_BROWSES:
            return
        for request in await store.in_thread(lambda: browsing.take(gateway=None)):
            task = asyncio.create_task(self._browse(store, request.pk, request.connection))
            self._browses.add(task)
            task.add_done_callback(self._browses.discard)

    async def _browse(self, store: DatabaseStore, request: int, connection: SignalConnection) -> None:
        found = await browse(connection.protocol, settings_of(connection), connect=self.connect)
        await store.patiently(lambda: browsing.answer(request=request, gateway=None, found=found.as_json()))

    async def _tidy(self, store: DatabaseStore) -> None:
        await store.in_thread(batches.forget_old)

    async def _rest(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self.stop.wait(), seconds)
        except TimeoutError:
            return
