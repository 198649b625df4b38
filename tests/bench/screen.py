"""From a signal at the door to every screen that shows it: stored, interpreted, announced, rendered, sent.

Machines send a cycle each two seconds; now and then one makes no parts for a while and sends what power it
takes. Half of them begin a set-up, which changes the state at once; the others say that they are maintained,
which counts once it is older than the hysteresis of raw states (a second). Pages are open streams of
server-sent events: some show the wall with all machines, the others one machine each. The age of a change is
taken when a page receives the HTML that shows it.
"""

from __future__ import annotations

import asyncio
import os
import re
import threading
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import quantiles
from typing import Any

from tests.bench.servers import Server, cpu_of
from tests.bench.stream import Process, database_seconds

TICK_SECONDS = 0.1
CYCLE_SECONDS = 2.0
CHANGE_EVERY = 5
WARM_UP_SECONDS = 10.0
GRACE_SECONDS = 5.0
EVENT = re.compile(rb"event: [a-z-]+:(\d+)\n")
AWAY = re.compile(rb"state-(?:setup|maintenance)")


@dataclass
class Changes:
    """What was sent and not yet seen, per page and machine: when, and whether the machine makes parts or not.

    A change that a page never showed because a later one came first is ``overtaken``.
    """

    watchers: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    waiting: dict[tuple[int, int], deque[tuple[float, bool]]] = field(
        default_factory=lambda: defaultdict(deque)
    )
    late: set[int] = field(default_factory=set)
    """The machines whose changes count only after the hysteresis."""
    at_once: list[float] = field(default_factory=list)
    held_back: list[float] = field(default_factory=list)
    overtaken: int = 0

    def sent(self, machine: int, *, away: bool, at: float) -> None:
        for page in self.watchers[machine]:
            self.waiting[page, machine].append((at, away))

    def seen(self, page: int, machine: int, *, away: bool, at: float) -> None:
        """A page shows a state: the oldest change to it, and what was before that, has arrived."""
        waiting = self.waiting[page, machine]
        if any(state == away for _sent, state in waiting):
            while waiting:
                sent, state = waiting.popleft()
                if state == away:
                    (self.held_back if machine in self.late else self.at_once).append(at - sent)
                    return
                self.overtaken += 1

    def begin(self) -> None:
        """Forget what was sent and seen until now."""
        self.waiting.clear()
        self.at_once.clear()
        self.held_back.clear()
        self.overtaken = 0

    @property
    def missing(self) -> int:
        return sum(map(len, self.waiting.values()))

    def lines(self) -> Iterator[str]:
        for name, ages in (
            ("counts at once", self.at_once),
            ("counts after one second", self.held_back),
        ):
            cuts = quantiles(ages, n=100) if len(ages) > 100 else [float("nan")] * 99
            yield (
                f"  {name}: p50 {cuts[49]:.2f} s, p95 {cuts[94]:.2f} s, p99 {cuts[98]:.2f} s, "
                f"{len(ages):,} changes seen"
            )
        yield (
            f"  not seen: {self.missing} not within {GRACE_SECONDS:.0f} s, "
            f"{self.overtaken} overtaken by the next"
        )


class Sender(threading.Thread):
    """Stores what machines send, as a gateway does, in lists of a tenth of a second."""

    def __init__(self, machines: Sequence[tuple[int, str]], changes: Changes) -> None:
        super().__init__(daemon=True)
        self.machines, self.changes = machines, changes
        self.turns = [0] * len(machines)
        self.away = [False] * len(machines)
        self.done = threading.Event()

    def run(self) -> None:
        from django.db import connection
        from django.utils import timezone

        from machines.domain.ingest import append

        begun, turn = time.monotonic(), 0
        while not self.done.wait(TICK_SECONDS):
            due = int((time.monotonic() - begun) * len(self.machines) / CYCLE_SECONDS)
            if batch := [self.sample(number, time.time()) for number in range(turn, due)]:
                append(batch, timezone.now())
            turn = due
        connection.close()

    def sample(self, number: int, now: float) -> dict[str, Any]:
        """The next sample of all machines in turn; it notes a change of what the machine is shown as.

        Who is set up makes no cycles: some good ones would end the set-up by themselves.
        """
        index = number % len(self.machines)
        machine, code = self.machines[index]
        self.turns[index] += 1
        turn = self.turns[index] + index
        away = turn // CHANGE_EVERY % 2 == 0 and self.turns[index] > 1
        item, value = ("power", 4.2) if away else ("cycle_event", True)
        if away != self.away[index]:
            self.away[index] = away
            self.changes.sent(machine, away=away, at=now)
            item, value = ("setup", away)
            if machine in self.changes.late:
                item, value = ("mode", "MAINTENANCE" if away else "AUTOMATIC")
        elif self.turns[index] == 1:
            item, value = ("state", "ACTIVE")
        return {
            "machine": code,
            "source": "plc",
            "boot": "screen",
            "seq": self.turns[index],
            "ts": datetime.fromtimestamp(now, UTC).isoformat(),
            "item": item,
            "value": value,
        }


def measure(
    server: Server, session: str, *, machines: int = 200, pages: int = 100, seconds: float = 30.0
) -> Iterator[str]:
    """Lines of a table. ``session`` is the cookie of somebody who may see machines."""
    from machines.models import Machine
    from tests.factories.machines import (
        AreaFactory,
        MachineGroupFactory,
        MeasuredMachineFactory,
        PlantFactory,
    )

    plant = PlantFactory(code=f"SCREEN{machines}")
    place = {"plant": plant, "area": AreaFactory(plant=plant), "group": MachineGroupFactory(plant=plant)}
    made = Machine.objects.bulk_create(
        MeasuredMachineFactory.build(**place, code=f"SCREEN-{number:04}", silence_seconds=0)
        for number in range(machines)
    )
    numbered = [(machine.pk, machine.code) for machine in made]
    changes = Changes(late={machine for machine, _code in numbered[1::2]})
    walls = pages // 5
    for page in range(pages):
        for machine, _code in numbered if page < walls else [numbered[page % machines]]:
            changes.watchers[machine].append(page)
    interpreter = Process(
        "interpret", MES_DATABASE_URL=server.database, DJANGO_SETTINGS_MODULE=server.settings
    )
    sender = Sender(numbered, changes)

    def busy() -> dict[str, float]:
        """CPU seconds so far, by part."""
        return {
            "web": cpu_of(server),
            "interpreter": interpreter.seconds(),
            "PostgreSQL": database_seconds(server.database),
            "machines and pages": time.process_time(),
        }

    try:
        cores = asyncio.run(_watch(server, session, numbered, pages, walls, sender, changes, seconds, busy))
    finally:
        sender.done.set()
        interpreter.stop()
    yield f"signal → screen, {machines} machines, {pages} pages ({walls} of them walls)"
    yield from changes.lines()
    yield (
        "  cores busy "
        + ", ".join(f"{part} {taken:.2f}" for part, taken in cores.items())
        + f"; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    )


async def _watch(
    server: Server,
    session: str,
    machines: Sequence[tuple[int, str]],
    pages: int,
    walls: int,
    sender: Sender,
    changes: Changes,
    seconds: float,
    busy: Callable[[], dict[str, float]],
) -> dict[str, float]:
    """Cores that each part kept busy while the ages were taken."""
    every = ",".join(str(machine) for machine, _code in machines)
    addresses = [
        f"/live?wall-tile={every}"
        if page < walls
        else f"/live?machine-now={machines[page % len(machines)][0]}"
        for page in range(pages)
    ]
    readers = [
        asyncio.create_task(_read(server.port, session, page, address, changes))
        for page, address in enumerate(addresses)
    ]
    await asyncio.sleep(WARM_UP_SECONDS)
    sender.start()
    await asyncio.sleep(WARM_UP_SECONDS)
    changes.begin()
    begun, before = time.monotonic(), await asyncio.to_thread(busy)
    await asyncio.sleep(seconds)
    after, lasted = await asyncio.to_thread(busy), time.monotonic() - begun
    sender.done.set()
    await asyncio.to_thread(sender.join)
    await asyncio.sleep(GRACE_SECONDS)
    for reader in readers:
        reader.cancel()
    await asyncio.gather(*readers, return_exceptions=True)
    return {part: (taken - before[part]) / lasted for part, taken in after.items()}


async def _read(port: int, session: str, page: int, address: str, changes: Changes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**22)
    writer.write(f"GET {address} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {session}\r\n\r\n".encode())
    status = await reader.readline()
    if b" 200 " not in status:
        raise RuntimeError(f"{address[:40]}: {status!r}")
    async for machine, away in _events(reader):
        changes.seen(page, machine, away=away, at=time.time())


async def _events(reader: asyncio.StreamReader) -> AsyncIterator[tuple[int, bool]]:
    """(machine, whether it is shown as making no parts) of each fragment received."""
    rest = b""
    while received := await reader.read(2**18):
        *messages, rest = (rest + received).split(b"\n\n")
        for message in messages:
            if event := EVENT.search(message):
                yield int(event[1]), AWAY.search(message) is not None
