"""The gateway's life: run connections, keep what they bring, forward it in order, tell how it fares."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, TypeVar

import structlog

from integrations.signals.base import Settings, Transport
from integrations.signals.browse import browse
from integrations.signals.edge.link import KeyRefused, NotTaken, ServerAway, ServerLink
from integrations.signals.edge.spool import Entry, Parcel, Spool
from integrations.signals.mapping import Meaning, Sample
from integrations.signals.registry import transport_for
from integrations.signals.runner import Arrival, Runner, Standing, Status, Wanted, now_utc, pause

VERSION = "1"
BEAT_SECONDS = 5.0
WATCHED_BEAT_SECONDS = 2.0
LATE = timedelta(seconds=10)
"""What waited longer is sent as historical: it feeds history, never the live view."""
MOST_AT_ONCE = 2000
MOST_TOLD = 200
REFUSED_PAUSE = 30.0
LONGEST_PAUSE = 10.0
REST_SECONDS = 0.2

T = TypeVar("T")
logger = structlog.get_logger(__name__)


def wanted_of(configured: Mapping[str, Any]) -> Wanted:
    """A connection as its line needs it, from the server's configuration; secrets from the environment."""
    meanings = tuple(
        Meaning(
            address=row["address"],
            machine=row["machine"],
            role=row["role"],
            slot=row["slot"],
            values=row["values"],
            factor=None if row["factor"] is None else Decimal(row["factor"]),
        )
        for row in configured["mappings"]
    )
    settings = Settings(
        code=configured["code"],
        address=configured["address"],
        options=configured["options"],
        secret=os.environ.get(configured["secret_name"], "") if configured["secret_name"] else "",
        addresses=tuple(dict.fromkeys(meaning.address for meaning in meanings)),
    )
    return Wanted(configured["protocol"], settings, meanings)


class Gateway:
    """Runs until ``stop`` is set. The server may be away for days; nothing but the buffer's size ends it."""

    def __init__(
        self,
        spool: Spool,
        link: ServerLink,
        stop: asyncio.Event,
        *,
        clock: Callable[[], datetime] = now_utc,
        connect: Callable[[str, Settings], Transport] = transport_for,
    ) -> None:
        self.spool, self.link, self.stop, self.clock, self._connect = spool, link, stop, clock, connect
        self.runner = Runner(self, clock=clock, connect=connect)
        self.server = "not yet asked"
        """How the server fares, in words, for the log and the tests."""
        self._started = clock()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="spool")
        self._waiting: list[_Waiting] = []
        self._arrived = asyncio.Event()
        self._statuses: dict[str, Status] = {}
        self._configuration: dict[str, Any] = {"version": "", "connections": []}
        self._watched: frozenset[str] = frozenset()
        self._background: set[asyncio.Task[None]] = set()

    # --- the runner's store

    async def standing(self, code: str) -> Standing:
        row = await self._in_thread(lambda: self.spool.standing(code))
        if row is not None:
            lost = max((at for at in (row.stood_at, row.heard_at) if at is not None), default=None)
            return Standing(row.cursor, lost)
        told = next((one["lost_at"] for one in self._connections() if one["code"] == code), None)
        return Standing({}, datetime.fromisoformat(told) if told else None)

    async def keep(self, arrival: Arrival) -> None:
        done = asyncio.get_running_loop().create_future()
        problems = [
            (one.code, one.reason, one.raw.decode("utf-8", "replace").replace("\x00", "\ufffd"))
            for one in arrival.undecoded
        ]
        entry = Entry(arrival.code, arrival.samples, problems, arrival.cursor, arrival.observations)
        self._waiting.append(_Waiting(entry, done))
        self._arrived.set()
        await done

    def tell(self, code: str, status: Status) -> None:
        self._statuses[code] = status

    # --- life

    async def run(self) -> None:
        cached = await self._in_thread(lambda: self.spool.fact("configuration"))
        writing = asyncio.create_task(self._write(), name="spool")
        if cached:
            await self._take_configuration(cached)
        steps = (
            asyncio.create_task(
                self._repeat(self._beat, self._beat_pause, longest=BEAT_SECONDS), name="beat"
            ),
            asyncio.create_task(
                self._repeat(self._forward, lambda: REST_SECONDS, longest=LONGEST_PAUSE), name="forward"
            ),
        )
        try:
            await self.stop.wait()
        finally:
            await self.runner.stop()
            for task in (*steps, *self._background, writing):
                task.cancel()
            await asyncio.gather(*steps, *self._background, writing, return_exceptions=True)
            await self.link.close()
            self._thread.shutdown()

    def _beat_pause(self) -> float:
        return WATCHED_BEAT_SECONDS if self._watched else BEAT_SECONDS

    async def _repeat(
        self, step: Callable[[], Awaitable[None]], rest: Callable[[], float], *, longest: float
    ) -> None:
        """A step again and again; while the server is away or refuses us, with growing pauses."""
        failures = 0
        while not self.stop.is_set():
            try:
                await step()
                if failures:
                    logger.info("server_is_back")
                failures = 0
                self.server = "answers"
                seconds = rest()
            except ServerAway as error:
                seconds = max(error.after, min(pause(failures), longest))
                failures = self._note("away", str(error), failures)
            except KeyRefused as error:
                seconds = REFUSED_PAUSE
                failures = self._note("refuses this key", str(error), failures)
            except Exception:
                logger.exception("step_failed")
                seconds = pause(failures)
                failures += 1
            await self._rest(seconds)

    def _note(self, word: str, reason: str, failures: int) -> int:
        if self.server != word:
            logger.warning("server", state=word, reason=reason, kept="values wait in the buffer")
        self.server = word
        return failures + 1

    async def _rest(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self.stop.wait(), seconds)
        except TimeoutError:
            return

    # --- in

    async def _write(self) -> None:
        """Keep what waits, in one transaction for all; a full or broken disk is waited for, and said."""
        failures = 0
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            some = [one for one in self._waiting if not one.done.done()]
            self._waiting.clear()
            while some:
                try:
                    await self._in_thread(partial(self.spool.put, [one.entry for one in some], self.clock()))
                except Exception:
                    logger.exception("buffer_not_written")
                    await asyncio.sleep(pause(failures))
                    failures += 1
                    continue
                failures = 0
                for one in some:
                    if not one.done.done():
                        one.done.set_result(None)
                break

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    # --- out

    async def _forward(self) -> None:
        """Send all that waits, oldest first; what had to be dropped is told before what came later."""
        while not self.stop.is_set():
            await self._report()
            parcel = await self._in_thread(lambda: self.spool.next_parcel(MOST_AT_ONCE))
            if parcel is None:
                return
            try:
                await self._send(parcel)
            except BaseException:
                self.spool.come_back()
                raise
            await self._in_thread(partial(self.spool.done, parcel))

    async def _send(self, parcel: Parcel) -> None:
        now = self.clock()
        await self._post_samples(
            [
                {**sample, "historical": True} if now - received > LATE else sample
                for received, sample in parcel.samples
            ]
        )

    async def _report(self) -> None:
        """Tell what was dropped, then the last dropped values, then what nobody could read."""
        while gaps := await self._in_thread(self.spool.seal_gaps):
            baselines = await self._in_thread(self.spool.baselines)
            for start in range(0, len(gaps), MOST_TOLD):
                some = gaps[start : start + MOST_TOLD]
                await self._tell({"problems": [], "gaps": some}, key=f"{self.spool.name} {some[0]['key']}")
            for start in range(0, len(baselines), MOST_AT_ONCE):
                await self._post_samples(
                    [{**sample, "historical": True} for sample in baselines[start : start + MOST_AT_ONCE]]
                )
            await self._in_thread(partial(self.spool.gaps_told, baselines))
        while problems := await self._in_thread(lambda: self.spool.problems(MOST_TOLD)):
            (first, _row), (last, _last_row) = problems[0], problems[-1]
            rows = [row for _number, row in problems]
            await self._tell({"problems": rows, "gaps": []}, key=f"{self.spool.name} {first}-{last}")
            await self._in_thread(partial(self.spool.problems_told, last))

    async def _tell(self, report: dict[str, Any], *, key: str) -> None:
        try:
            await self.link.post("gateway/reports", report, key=key)
        except NotTaken as error:
            logger.error("report_not_taken", reason=str(error))

    async def _post_samples(self, samples: Sequence[Sample]) -> None:
        """Without a key: sent again, a sample may be marked as historical meanwhile."""
        try:
            await self.link.post("samples", samples)
        except NotTaken as error:
            logger.error("samples_not_taken", reason=str(error), samples=len(samples))

    # --- how it fares, and what it is wanted for

    async def _beat(self) -> None:
        now = self.clock()
        stand = [code for code, status in self._statuses.items() if status.state == "connected"]
        await self._in_thread(lambda: self.spool.note_stood(stand, now))
        answer = await self.link.post("gateway/heartbeat", await self._in_thread(self._told_of_itself))
        self._watched = frozenset(answer["watched"])
        if answer["configuration"] != self._configuration["version"]:
            fresh = await self.link.get("gateway/configuration")
            await self._in_thread(lambda: self.spool.keep_fact("configuration", fresh))
            await self._take_configuration(fresh)
        for question in answer["browse"]:
            task = asyncio.create_task(self._answer(question["id"], question["connection"]))
            self._background.add(task)
            task.add_done_callback(self._background.discard)

    def _told_of_itself(self) -> dict[str, Any]:
        depth, seen = self.spool.depth(), self.runner.seen()
        connections = []
        for code, status in self._statuses.items():
            row = self.spool.standing(code)
            connections.append(
                {
                    "code": code,
                    "state": status.state,
                    "since": status.since.isoformat(),
                    "problem": status.problem,
                    "heard_at": row.heard_at.isoformat() if row and row.heard_at else None,
                    "received": row.received if row else 0,
                    "values": seen[code].as_json() if code in self._watched and code in seen else None,
                }
            )
        return {
            "version": VERSION,
            "started_at": self._started.isoformat(),
            "buffered": depth.samples,
            "oldest_at": depth.oldest.isoformat() if depth.oldest else None,
            "dropped": depth.dropped,
            "connections": connections,
        }

    def _connections(self) -> Sequence[Mapping[str, Any]]:
        found: Sequence[Mapping[str, Any]] = self._configuration["connections"]
        return found

    async def _take_configuration(self, configuration: dict[str, Any]) -> None:
        self._configuration = configuration
        active = [wanted_of(one) for one in self._connections() if one["active"]]
        off = {one["code"] for one in self._connections() if not one["active"]}
        logger.info("configuration", version=configuration["version"], connections=len(active))
        await self.runner.want(active, switched_off=off)
        known = {one["code"] for one in self._connections()}
        self._statuses = {code: status for code, status in self._statuses.items() if code in known}

    async def _answer(self, question: int, code: str) -> None:
        configured = next((one for one in self._connections() if one["code"] == code), None)
        if configured is None:
            return
        wanted = wanted_of(configured)
        found = await browse(wanted.protocol, wanted.settings, connect=self._connect)
        try:
            await self.link.post(f"gateway/browse/{question}", found.as_json())
        except (ServerAway, KeyRefused, NotTaken) as error:
            logger.warning("browse_not_answered", connection=code, reason=str(error))


@dataclass(slots=True)
class _Waiting:
    entry: Entry
    done: asyncio.Future[None] = field()
