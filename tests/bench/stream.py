"""``python -m tests.bench.stream``: machines that send for a while, through a broker, to announced facts.

Gateway and interpreters run as processes of their own, as in a plant, beside a broker and PostgreSQL. The age
of an event is taken when the notice of its machine is heard: decoded, stored, interpreted, committed. CPU is
counted per process; of PostgreSQL only the connections of this run. ``--outage 60`` has the gateway away for
a minute while machines go on, and times the way back.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Collection, Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles
from typing import Any

import aiomqtt
import orjson
import psutil
import psycopg

ROOT = Path(__file__).resolve().parents[2]
LIST = 50
TICK_SECONDS = 0.1
LIVE_AFTER = 45.0
"""Seconds for which machines go on sending after an outage."""
ROUNDS_AT_FIRST = 4
"""A machine is remembered from a sample on that is some seconds older than its newest."""


class MissingBroker(Exception):
    """There is no Mosquitto on this machine."""

    def __str__(self) -> str:
        return (
            "left out: Mosquitto, the broker of this part, is not installed (Debian: apt install mosquitto)"
        )


@dataclass(frozen=True, slots=True)
class Outage:
    """What came of a gateway that was away for ``away`` seconds while ``gathered`` events waited for it: how
    long until nothing waited any more, and how many events were interpreted meanwhile."""

    away: float
    gathered: int
    seconds: float
    interpreted: int

    def line(self) -> str:
        rate = self.interpreted / self.seconds
        return (
            f"  gateway away for {self.away:.0f} s, {self.gathered:,} events waited: caught up after "
            f"{self.seconds:.1f} s at {rate:,.0f} events/s, live ones among them"
        )


@dataclass(frozen=True, slots=True)
class Run:
    """What came of one run; ages in seconds, CPU in cores, rates in events a second."""

    machines: int
    interpreters: int
    sent: int
    seconds: float
    stored: int
    cycles: int
    p50: float
    p95: float
    drained: float
    gateway: float
    interpreter: float
    database: float
    broker: float
    catch_up: float
    after_outage: Outage | None = None

    @property
    def rate(self) -> float:
        return self.sent / self.seconds

    def lines(self) -> Iterator[str]:
        yield f"{self.machines:,} machines, {self.rate:,.0f} events/s for {self.seconds:.0f} s"
        yield f"  interpreters {self.interpreters}; lost {self.sent - self.stored}"
        if self.stored > self.cycles:
            yield f"  STORED AND NOT INTERPRETED by then: {self.stored - self.cycles}"
        yield f"  event age at commit p50 {self.p50:.2f} s, p95 {self.p95:.2f} s"
        through = self.cycles / (self.seconds + self.drained)
        yield f"  {through:,.0f} events/s until all were interpreted, {self.drained:.1f} s after the last"
        cores = self.gateway + self.interpreter + self.database + self.broker
        yield (
            f"  cores busy {cores:.2f}: gateway {self.gateway:.2f}, interpreter {self.interpreter:.2f}, "
            f"PostgreSQL {self.database:.2f}, broker {self.broker:.2f}"
        )
        if self.after_outage is not None:
            yield self.after_outage.line()
        if self.catch_up:
            yield f"  late events, hours older, while live data goes on: {self.catch_up:,.0f} events/s"


class Sender:
    """Machines that send a cycle each ``1/rate`` seconds, in lists of 50 samples on one topic per list."""

    def __init__(self, url: str, codes: Sequence[str], rate: float) -> None:
        self.port = int(url.rsplit(":", 1)[-1])
        self.codes, self.rate = codes, rate
        self.latest: dict[str, float] = {}
        self.sent = 0
        self.seq = [0] * len(codes)

    async def live(self, seconds: float) -> None:
        async with self._client() as client:
            begin, turn = time.time(), 0
            while (elapsed := time.time() - begin) < seconds:
                due = int(elapsed * self.rate) - turn
                while due >= LIST:
                    await self._publish(client, range(turn, turn + LIST), time.time())
                    turn, due = turn + LIST, due - LIST
                await asyncio.sleep(TICK_SECONDS)

    async def backlog(self, events: int, since: float) -> None:
        """What gathered during an outage, as fast as the broker takes it."""
        async with self._client() as client:
            rounds = max(events // len(self.codes), 1)
            for turn in range(0, events, LIST):
                moment = since + turn // len(self.codes) * 2.0 * min(1, 3600 / (rounds * 2.0))
                await self._publish(client, range(turn, turn + LIST), moment, historical=True)

    def _client(self) -> aiomqtt.Client:
        return aiomqtt.Client(
            "127.0.0.1",
            self.port,
            username="press",
            protocol=aiomqtt.ProtocolVersion.V311,
            max_inflight_messages=500,
            max_queued_outgoing_messages=10_000,
        )

    async def _publish(self, client: aiomqtt.Client, turns: range, now: float, **more: Any) -> None:
        rows = []
        for turn in turns:
            index = turn % len(self.codes)
            moment = datetime.fromtimestamp(now, UTC) + timedelta(microseconds=turn - turns.start)
            self.seq[index] += 1
            rows.append(
                {
                    "machine": self.codes[index],
                    "source": "plc",
                    "boot": "bench",
                    "seq": self.seq[index],
                    "ts": moment.isoformat(),
                    "item": "cycle_event",
                    "value": True,
                    **more,
                }
            )
            if not more:
                self.latest[self.codes[index]] = now
        self.sent += len(rows)
        await client.publish("mes/bench/line/samples", orjson.dumps(rows), qos=1)


class Ages(threading.Thread):
    """Hears the notices and notes how old the machine's newest event was."""

    def __init__(self, url: str, latest: dict[str, float], codes: dict[str, str]) -> None:
        super().__init__(daemon=True)
        self.url, self.latest, self.codes = url, latest, codes
        self.ages: list[float] = []
        self.done = threading.Event()

    def run(self) -> None:
        with psycopg.connect(self.url, autocommit=True) as listener:
            listener.execute("LISTEN mes_live")
            while not self.done.is_set():
                for notice in listener.notifies(timeout=0.2):
                    now = time.time()
                    for topic in notice.payload.split("\n"):
                        code = self.codes.get(topic)
                        if code is not None and (sent := self.latest.get(code)):
                            self.ages.append(now - sent)


class Process:
    """One of our commands, with the CPU it takes."""

    def __init__(self, *arguments: str, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env={**os.environ, "MES_LOG_LEVEL": "ERROR", **environment},
            stdout=subprocess.DEVNULL,
        )
        self.cpu = psutil.Process(self.process.pid)

    def seconds(self) -> float:
        times = self.cpu.cpu_times()
        return times.user + times.system

    def check(self) -> None:
        """Raises ``RuntimeError`` if it ended by itself."""
        if (code := self.process.poll()) is not None:
            raise RuntimeError(f"{' '.join(self.process.args[2:])} ended with {code}")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(60)


def database_seconds(url: str) -> float:
    with psycopg.connect(url) as link:
        pids = link.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchall()
    total = 0.0
    for (pid,) in pids:
        try:
            times = psutil.Process(pid).cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return total


def measure(
    *,
    machines: int,
    rate: float,
    seconds: float,
    interpreters: int = 1,
    backlog: int = 0,
    outage: float = 0,
) -> Run:
    """One run in an empty, migrated database in which it may commit. Raises ``MissingBroker``."""
    from django.db import connection

    from machines.models import Arrival, Cycle, Machine, Sample
    from mes.settings.database import libpq_url
    from tests.factories.machines import MeasuredMachineFactory, PlantFactory
    from tests.integrations.signals.broker import MOSQUITTO, RunningMosquitto

    if MOSQUITTO is None:
        raise MissingBroker
    name = uuid.uuid4().hex[:8]
    plant = PlantFactory(code=name)
    first = MeasuredMachineFactory(plant=plant, code=f"{name}-0")
    rest = [copy(first) for _ in range(machines - 1)]
    for number, machine in enumerate(rest, start=1):
        machine.pk, machine.code = None, f"{name}-{number}"
    Machine.objects.bulk_create(rest, batch_size=1000)
    made = dict(Machine.objects.filter(plant=plant).values_list("pk", "code"))
    topics = {f"{kind}:{pk}": code for pk, code in made.items() for kind in ("machine", "machine-cycle")}
    url = libpq_url(connection.settings_dict)
    environment = {"MES_DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.bench.settings"}

    begun = datetime.now(UTC)

    def taken() -> int:
        return int(Cycle.objects.filter(plant=plant, ended_at__gte=begun).count())

    with RunningMosquitto() as broker:
        gateway = Process("gateway", **environment, MES_MQTT_URL=broker.url)
        workers = [Process("interpret", **environment) for _ in range(interpreters)]
        ages: Ages | None = None
        try:
            sender = Sender(broker.url, list(made.values()), rate)
            _warm_up(sender, taken, ROUNDS_AT_FIRST * machines / rate, (gateway, *workers))
            ages = Ages(url, sender.latest, topics)
            ages.start()
            processes = {"gateway": [gateway], "interpreter": workers}
            broker_cpu = psutil.Process(broker.process.pid)

            def spent() -> dict[str, float]:
                times = broker_cpu.cpu_times()
                return {
                    **{name: sum(one.seconds() for one in some) for name, some in processes.items()},
                    "broker": times.user + times.system,
                    "database": database_seconds(url),
                }

            begun, sender.sent, sent = datetime.now(UTC), 0, 0
            start, cpu = time.monotonic(), spent()
            asyncio.run(sender.live(seconds))
            elapsed = time.monotonic() - start
            used = {name: (value - cpu[name]) / elapsed for name, value in spent().items()}
            counted = sender.sent - sent
            drained = wait_until(lambda: taken() >= sender.sent and not Arrival.objects.exists(), 120)
            ages.done.set()
            stored = Sample.objects.filter(plant=plant, received_at__gte=begun).count()
            cycles, catch_up = taken(), 0.0
            after_outage = None
            if outage:
                gateway.stop()
                known, gathering = taken(), _gather(sender, outage)
                gateway = Process("gateway", **environment, MES_MQTT_URL=broker.url)
                after_outage = _caught_up(sender, outage, lambda: taken() - known, gathering)
            if backlog:
                catch_up = _catch_up(sender, backlog, plant)
            ages.join()
            cuts = quantiles(ages.ages, n=20) if len(ages.ages) > 20 else [float("nan")] * 19
            return Run(
                *(
                    machines,
                    interpreters,
                    counted,
                    elapsed,
                    stored,
                    cycles,
                    cuts[9],
                    cuts[18],
                ),
                drained,
                *(used["gateway"], used["interpreter"], used["database"], used["broker"], catch_up),
                after_outage=after_outage,
            )
        finally:
            for process in (gateway, *workers):
                process.stop()


def _warm_up(sender: Sender, taken: Any, seconds: float, processes: Collection[Process]) -> None:
    """Send until all processes run, then some rounds, and wait until nothing is on its way."""
    from machines.models import Arrival, Projection

    while not taken():
        for process in processes:
            process.check()
        asyncio.run(sender.live(1.0))
    asyncio.run(sender.live(max(2.0, seconds)))
    before = -1
    while (
        taken() != before or Arrival.objects.exists() or Projection.objects.exclude(dirty_from=None).exists()
    ):
        before = taken()
        time.sleep(3)


def _gather(sender: Sender, seconds: float) -> threading.Thread:
    """Machines send for so long while nobody listens, and go on."""
    sender.sent = 0
    live = threading.Thread(target=lambda: asyncio.run(sender.live(seconds + LIVE_AFTER)))
    live.start()
    time.sleep(seconds)
    return live


def _caught_up(sender: Sender, away: float, taken: Any, live: threading.Thread) -> Outage:
    """From now until what was interpreted is less than a second behind what was sent."""
    gathered, start = sender.sent, time.monotonic()
    wait_until(lambda: taken() >= sender.sent - sender.rate, 120, every=1.0)
    outage = Outage(away, gathered, time.monotonic() - start, taken())
    live.join()
    wait_until(lambda: taken() >= sender.sent, 120, every=1.0)
    return outage


def _catch_up(sender: Sender, backlog: int, plant: Any) -> float:
    """Events a second from the moment the late ones begin to arrive, live events among them.

    The hardest case: every machine has to be read again from before the late samples.
    """
    from machines.models import Cycle

    def all_of_them() -> int:
        return int(Cycle.objects.filter(plant=plant).count())

    before, sent, start = all_of_them(), sender.sent, time.monotonic()

    async def both() -> None:
        live = asyncio.create_task(sender.live(5))
        await sender.backlog(backlog, time.time() - 4 * 3600)
        await live

    asyncio.run(both())
    wait_until(lambda: all_of_them() - before >= sender.sent - sent, 600)
    return float((all_of_them() - before) / (time.monotonic() - start))


def wait_until(condition: Any, seconds: float, *, every: float = 0.5) -> float:
    """Seconds until it held, at most ``seconds``. To look counts all rows, which takes a while itself."""
    start = time.monotonic()
    while not condition() and time.monotonic() - start < seconds:
        time.sleep(every)
    return time.monotonic() - start


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.stream", description=__doc__)
    parser.add_argument("--machines", type=int, default=15_000)
    parser.add_argument("--rate", type=float, default=7_500, help="events a second in all")
    parser.add_argument("--seconds", type=float, default=30, help="300 for the figure in the documents")
    parser.add_argument("--interpreters", type=int, default=1)
    parser.add_argument(
        "--backlog", type=int, default=0, help="late events afterwards, older than the live ones"
    )
    parser.add_argument("--outage", type=float, default=0, help="seconds the gateway is away for afterwards")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.bench.settings")
    import django

    django.setup()
    from django.test.utils import setup_databases, teardown_databases

    created = setup_databases(verbosity=0, interactive=False)
    try:
        for line in measure(**vars(options)).lines():
            print(line)  # noqa: T201 - figures for people
    except MissingBroker as missing:
        parser.exit(1, f"{missing}\n")
    finally:
        teardown_databases(created, verbosity=0)


if __name__ == "__main__":
    main()
