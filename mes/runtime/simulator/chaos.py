"""A day of chaos: a simulated plant with spoilt signals, while the product's processes and database die.

Everything is real but the plant and its clock: an embedded PostgreSQL of its own, the web process, the
interpreter, the crediting and an edge gateway, each killed and started again at random moments while a day
of signals, late people and orders comes in. Some machines write files that the gateway takes, the others'
signals come over HTTP. At the end the books are added up, what the gateway passed on is held against the
files, and the measurement is compared with the truth.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import django

from mes.runtime.chaos import log_progress
from mes.runtime.chaos.killer import Killer
from mes.runtime.chaos.processes import Processes, free_port, web_command
from mes.runtime.failures import CannotStart
from mes.runtime.layout import APPLICATION, OWNER, ROOT, VAR, Layout
from mes.runtime.postgres import DEMO_SETTINGS, EmbeddedPostgres

if TYPE_CHECKING:
    from mes.runtime.simulator.doors import Doors, Transport
    from mes.runtime.simulator.file_drop import FileDrop
    from mes.runtime.simulator.messages import StopReason
    from mes.runtime.simulator.park import Park
    from mes.runtime.simulator.report import Report

PLACE = Layout(VAR / "chaos")
DROP = PLACE.directory / "dropped"
WARM_UP = timedelta(hours=2)
STEP = timedelta(minutes=30)
ENDED_AGO = timedelta(hours=3)
PATIENCE_SECONDS = 1800.0
ANSWERS_PER_HOUR = 0.6
"""How many answers of the doors there are at most between two kills, per hour played: a day gets about a
hundred kills, as each costs a start.
"""
logger = logging.getLogger("chaos")


@dataclass(slots=True)
class Outcome:
    """What was measured, what was done to it, and what ``manage.py books`` says (empty: nothing)."""

    report: Report
    kills: dict[str, int] = field(default_factory=dict)
    restarts: int = 0
    refusals: list[str] = field(default_factory=list)
    books: str = ""
    ended: int = 0
    """How often a process ended by itself."""
    forwarded: int = 0
    """Rows of files that the gateway was to pass on."""
    gateway: list[str] = field(default_factory=list)
    """What of them is lost, doubled or out of order."""

    def as_json(self) -> dict[str, Any]:
        return {
            "report": self.report.as_json(),
            **{one.name: getattr(self, one.name) for one in fields(self) if one.name != "report"},
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Outcome:
        from mes.runtime.simulator.report import Report

        return cls(**{**kept, "report": Report.from_json(kept["report"])})

    @property
    def summary(self) -> str:
        killed = ", ".join(f"{name} killed {times}×" for name, times in self.kills.items())
        books = "the books add up" if not self.books else "THE BOOKS DO NOT ADD UP"
        ended = f", {self.ended}× one ended by itself" if self.ended else ""
        passed = "SIGNALS OF THE GATEWAY ARE WRONG" if self.gateway else "passed on once and in order"
        gateway = f", {self.forwarded} signals of the gateway {passed}" if self.forwarded else ""
        return f"{killed}, database crashed {self.restarts}×{ended}{gateway}, {books}"

    @property
    def holds(self) -> bool:
        """The goals: no piece miscounted, stops found, pieces with the right orders, OEE right."""
        total = self.report.total
        return (
            not self.books
            and not self.refusals
            and not self.gateway
            and all(row.count_error == 0 for row in self.report.machines)
            and (total.stop_recall or 0) >= 0.99
            and (total.micro_stop_recall or 0) >= 0.95
            and (total.right_share or 0) >= 0.995
            and (total.wrong_share or 0) <= 0.001
            and (total.oee_error_points or 0) < 0.5
        )


class Counted:
    """A transport that counts its answers."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.answers = 0

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, Any]:
        answer = self._transport.post(path, body, headers)
        self.answers += 1
        return answer


@contextlib.contextmanager
def fresh_plant() -> Iterator[tuple[Processes, str]]:
    """A new database with the demo plant's master data, the processes on it and the web process's address."""
    shutil.rmtree(PLACE.directory, ignore_errors=True)
    postgres = EmbeddedPostgres(PLACE, DEMO_SETTINGS)

    def break_database() -> None:
        """As when the power fails: nothing is written in peace."""
        postgres.crash()
        postgres.start()

    with postgres.running():
        postgres.prepare_database()
        os.environ.update(
            {
                "DJANGO_SETTINGS_MODULE": "mes.settings.demo",
                "MES_DATABASE_URL": PLACE.database_url(APPLICATION),
                "MES_DATABASE_OWNER_URL": PLACE.database_url(OWNER),
                "MES_LOG_LEVEL": "WARNING",
            }
        )
        for command in (("migrate", "--verbosity", "0"), ("grant_rights",), ("load_demo",)):
            subprocess.run(  # noqa: S603
                [sys.executable, "manage.py", *command], cwd=ROOT, check=True, stdout=subprocess.DEVNULL
            )
        django.setup()
        log_progress()
        from django.db import connections

        from mes.runtime.chaos import gateway

        DROP.mkdir()
        gateway.connect(DROP)
        connections.close_all()  # it would break with the database
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        commands = {
            "interpret": ("manage.py", "interpret"),
            "credit": ("manage.py", "credit"),
            "gateway": gateway.COMMAND,
            "web": web_command(port),
        }
        plant = Processes(
            PLACE.directory,
            commands,
            environment=gateway.environment(url, PLACE.directory / "edge"),
            break_database=break_database,
        )
        try:
            plant.start_all()
            yield plant, url
        finally:
            plant.stop()


def run_chaos(*, hours: float = 24.0, seed: int = 11) -> Outcome:
    """Play ``hours`` that ended three hours ago, kill on the way, and compare. Takes minutes.

    A Ctrl-C ends it early: what was played till then is judged. Raises CannotStart when a process can't be
    started any more.
    """
    with fresh_plant() as (plant, url):
        enough = threading.Event()
        signal.signal(signal.SIGINT, lambda _signal, _frame: enough.set())
        outcome = _play(plant, url, enough, hours=hours, seed=seed)
    logger.info(
        "CPU seconds: %s", ", ".join(f"{name} {used:.0f}" for name, used in plant.cpu_seconds.items())
    )
    return outcome


def _play(plant: Processes, url: str, enough: threading.Event, *, hours: float, seed: int) -> Outcome:
    from mes.runtime.chaos import gateway
    from mes.runtime.simulator.dirt import Dirt
    from mes.runtime.simulator.doors import Doors, HttpTransport
    from mes.runtime.simulator.file_drop import FileDrop
    from mes.runtime.simulator.park import Park
    from mes.runtime.simulator.physics import Settings
    from mes.runtime.simulator.report import compare

    end = (datetime.now(UTC) - ENDED_AGO).replace(minute=0, second=0, microsecond=0)
    start = end - timedelta(hours=hours)
    dirt = Dirt(*(seed, 0.0, 0.02, 300.0, 0.03, 0.05), resets_per_day=8, outages_per_day=8, skew_seconds=2)
    park = Park(start, Settings(seed=seed, breakdown_factor=3), dirt)
    door = HttpTransport(url, patience_seconds=PATIENCE_SECONDS)
    counted = Counted(door)
    doors, drop = Doors(counted), FileDrop(DROP)
    killer = Killer(
        plant,
        seed=seed,
        between=(1, max(1, round(hours * ANSWERS_PER_HOUR))),
        done=lambda: (counted.answers, counted.answers),
        failed=door.give_up.set,
    )
    killer.start()
    with killer.until_done():
        end = _tell(park, doors, drop, killer, enough, start=start, end=end)
    gateway.wait_until_told(drop.written, patience_seconds=PATIENCE_SECONDS, tend=plant.tend)
    wait_until_read(plant)
    warm = start + min(WARM_UP, (end - start) / 2)
    report = compare(park.world, start=warm, until=end, line=park.line)
    refusals = [f"{one.what}: {one.code} {one.message}" for one in doors.refusals]
    kills = dict(killer.kills)
    restarts = kills.pop("database")
    return Outcome(
        *(report, kills, restarts, refusals, problems_of_books(), sum(plant.ended.values())),
        forwarded=sum(len(rows) for rows in drop.written.values()),
        gateway=gateway.problems(drop.written),
    )


def _tell(
    park: Park,
    doors: Doors,
    drop: FileDrop,
    killer: Killer,
    enough: threading.Event,
    *,
    start: datetime,
    end: datetime,
) -> datetime:
    """Everything that happens from ``start`` to ``end``, or until it is ``enough``. Returns until when.

    Raises DoorError.
    """
    early: list[StopReason] = []
    moment = start
    while moment < end and not enough.is_set():
        moment = min(moment + STEP, end)
        arrivals = park.advance(moment)
        doors.send_orders(arrivals.orders)
        doors.send_commands(arrivals.commands)
        doors.send_samples(drop.take(arrivals.deliveries), historical=True)
        doors.send_measured(arrivals.measured)
        doors.send_inspections(arrivals.inspections)
        early = doors.send_reasons([*early, *arrivals.reasons])
        logger.info("%s · %d kills and crashes", f"{moment:%H:%M}", sum(killer.kills.values()))
    rest = park.rest(happened_before=moment)
    doors.send_commands(rest.commands)
    doors.send_samples(drop.take(rest.deliveries), historical=True)
    return moment


def wait_until_read(plant: Processes) -> None:
    """Until every sample is interpreted and every cycle credited. Raises TimeoutError, CannotStart.

    Looked at in the order in which work is handed on, so that none is on its way between two looks.
    """
    from django.db import OperationalError, connection

    from machines.models import Arrival, Follower, Projection

    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        plant.tend()
        try:
            waiting = Arrival.objects.exists() or Projection.objects.filter(dirty_from__isnull=False).exists()
            if not waiting and not any(one.unread_from for one in Follower.objects.all()):
                return
        except OperationalError:
            connection.close()
        time.sleep(0.5)
    raise TimeoutError("the measurement isn't up to date")


def problems_of_books() -> str:
    """What `manage.py books` says when a figure doesn't add up, else nothing."""
    result = subprocess.run(
        [sys.executable, "manage.py", "books"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return result.stdout + result.stderr if result.returncode else ""


def main() -> int:
    hours = float(sys.argv[1]) if len(sys.argv) > 1 else 24.0
    began = time.monotonic()
    try:
        outcome = run_chaos(hours=hours)
    except CannotStart as reason:
        sys.stderr.write(f"chaos: {reason}\n")
        return 2
    from mes.runtime.truth.page import keep_chaos

    kept = keep_chaos(outcome)
    lines = [
        outcome.report.as_table(),
        "",
        f"{outcome.summary}; {time.monotonic() - began:.0f} s.",
        outcome.books,
        *outcome.gateway,
        *outcome.refusals[:10],
        f"Kept in {kept}; `make truth` shows it, too.",
        "All goals hold." if outcome.holds else "Not all goals hold.",
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0 if outcome.holds else 1


if __name__ == "__main__":
    sys.exit(main())
