"""From a signal at the door to every screen that shows it: stored, interpreted, announced, rendered, sent.

Machines send a cycle each two seconds; now and then one begins or ends its set-up, which changes its state at
once. Pages are open streams of server-sent events: some show the wall with all machines, the others one
machine each. The age of a change is taken when a page receives the HTML that shows it.
"""

from __future__ import annotations

import asyncio
import os
import re
import threading
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import quantiles
from typing import Any

from tests.bench.servers import Server, cpu_of
from tests.bench.stream import Process, database_seconds

TICK_SECONDS = 0.1
CYCLE_SECONDS = 2.0
CHANGE_EVERY = 5
WARM_UP_SECONDS = 5.0
GRACE_SECONDS = 5.0
SETUP = b"state-setup"
EVENT = re.compile(rb"event: [a-z-]+:(\d+)\n")


@dataclass
class Changes:
    """What was sent and not yet seen: per page and machine the moments and the state to come."""

    watchers: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    waiting: dict[tuple[int, int], deque[tuple[float, bool]]] = field(
        default_factory=lambda: defaultdict(deque)
    )
    ages: list[float] = field(default_factory=list)

    def sent(self, machine: int, *, in_setup: bool, at: float) -> None:
        for page in self.watchers[machine]:
            self.waiting[page, machine].append((at, in_setup))

    def seen(self, page: int, machine: int, *, in_setup: bool, at: float) -> None:
        """A page shows a state: the oldest change to it, and what was before that, has arrived."""
        waiting = self.waiting[page, machine]
        if any(state == in_setup for _sent, state in waiting):
            while waiting:
                sent, state = waiting.popleft()
                if state == in_setup:
                    self.ages.append(at - sent)
                    return

    @property
    def missing(self) -> int:
        return sum(map(len, self.waiting.values()))


class Sender(threading.Thread):
    """Stores what machines send, as a gateway does, in lists of a tenth of a second."""

    def __init__(self, machines: Sequence[tuple[int, str]], changes: Changes) -> None:
        super().__init__(daemon=True)
        self.machines, self.changes = machines, changes
        self.numbers = [0] * len(machines)
        self.turns = [0] * len(machines)
        self.done = threading.Event()

    def run(self) -> None:
        from django.db import connection
        from django.utils import timezone

        from machines.domain.ingest import append

        begun, turn = time.monotonic(), 0
        while not self.done.wait(TICK_SECONDS):
            due = int((time.monotonic() - begun) * len(self.machines) / CYCLE_SECONDS)
            if batch := [self._sample(number) for number in range(turn, due)]:
                append(batch, timezone.now())
            turn = due
        connection.close()

    def _sample(self, number: int) -> dict[str, Any]:
        index = number % len(self.machines)
        machine, code = self.machines[index]
        self.numbers[index] += 1
        self.turns[index] += 1
        now = time.time()
        changing = (self.turns[index] + index) % CHANGE_EVERY == 0
        in_setup = (self.turns[index] + index) // CHANGE_EVERY % 2 == 0
        if changing:
            self.changes.sent(machine, in_setup=in_setup, at=now)
        return {
            "machine": code,
            "source": "plc",
            "boot": "screen",
            "seq": self.numbers[index],
            "ts": datetime.fromtimestamp(now, UTC).isoformat(),
            "item": "setup" if changing else "cycle_event",
            "value": in_setup if changing else True,
        }


def measure(
    server: Server, session: str, *, machines: int = 200, pages: int = 100, seconds: float = 30.0
) -> str:
    """One line of a table. ``session`` is the cookie of somebody who may see machines."""
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
    changes = Changes()
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
    cuts = quantiles(changes.ages, n=20) if len(changes.ages) > 20 else [float("nan")] * 19
    return (
        f"signal → screen, {machines} machines, {pages} pages ({walls} of them walls): p50 {cuts[9]:.2f} s, "
        f"p95 {cuts[18]:.2f} s, {len(changes.ages):,} changes seen, {changes.missing} not within "
        f"{GRACE_SECONDS:.0f} s; cores busy "
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
    changes.ages.clear()
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
    async for machine, in_setup in _events(reader):
        changes.seen(page, machine, in_setup=in_setup, at=time.time())


async def _events(reader: asyncio.StreamReader) -> AsyncIterator[tuple[int, bool]]:
    """(machine, whether it shows a set-up) of each fragment received."""
    rest = b""
    while received := await reader.read(2**18):
        *messages, rest = (rest + received).split(b"\n\n")
        for message in messages:
            if event := EVENT.search(message):
                yield int(event[1]), SETUP in message
