"""A day of chaos: a simulated plant with spoilt signals, while the product's processes and database die.

Everything is real but the plant and its clock: an embedded PostgreSQL of its own, the web process, the
interpreter and the crediting, each killed and started again at random moments while a day of signals, late
people and orders comes in. At the end the books are added up and the measurement is compared with the truth.
"""

from __future__ import annotations

import contextlib
import logging
import os
import random
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import django
import httpx

from mes.runtime.layout import APPLICATION, OWNER, ROOT, VAR, Layout
from mes.runtime.postgres import DEMO_SETTINGS, EmbeddedPostgres

if TYPE_CHECKING:
    from mes.runtime.simulator.report import Report

PLACE = Layout(VAR / "chaos")
WARM_UP = timedelta(hours=2)
STEP = timedelta(minutes=30)
ENDED_AGO = timedelta(hours=3)
FEWEST_KILLS = 12
PATIENCE_SECONDS = 1800.0
COMMANDS = {
    "interpret": ("manage.py", "interpret"),
    "credit": ("manage.py", "credit"),
    "web": ("-m", "uvicorn", "mes.asgi:application", "--log-level", "error", "--lifespan", "off"),
}

logger = logging.getLogger("chaos")


@dataclass(slots=True)
class Outcome:
    """What was measured, what was done to it, and what ``manage.py books`` says (empty: nothing)."""

    report: Report
    kills: dict[str, int] = field(default_factory=dict)
    restarts: int = 0
    refusals: list[str] = field(default_factory=list)
    books: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "report": self.report.as_json(),
            **{name: getattr(self, name) for name in ("kills", "restarts", "refusals", "books")},
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Outcome:
        from mes.runtime.simulator.report import Report

        return cls(**{**kept, "report": Report.from_json(kept["report"])})

    @property
    def summary(self) -> str:
        killed = ", ".join(f"{name} killed {times}×" for name, times in self.kills.items())
        books = "the books add up" if not self.books else "THE BOOKS DO NOT ADD UP"
        return f"{killed}, database crashed {self.restarts}×, {books}"

    @property
    def holds(self) -> bool:
        """The goals: no piece miscounted, stops found, pieces with the right orders, OEE right."""
        total = self.report.total
        return (
            not self.books
            and not self.refusals
            and all(row.count_error == 0 for row in self.report.machines)
            and (total.stop_recall or 0) >= 0.99
            and (total.micro_stop_recall or 0) >= 0.95
            and (total.right_share or 0) >= 0.995
            and (total.wrong_share or 0) <= 0.001
            and (total.oee_error_points or 0) < 0.5
        )


class Plant:
    """The product's processes on a database of their own."""

    def __init__(self, postgres: EmbeddedPostgres) -> None:
        self.postgres = postgres
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, name: str) -> None:
        more = ("--port", str(self.port)) if name == "web" else ()
        with (PLACE.directory / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(  # noqa: S603
                [sys.executable, *COMMANDS[name], *more], cwd=ROOT, stdout=log, stderr=log
            )

    def kill(self, name: str) -> None:
        process = self._running.pop(name)
        process.kill()
        process.wait()

    def crash_database(self) -> None:
        """As when the power fails: nothing is written in peace."""
        self.postgres.crash()
        self.postgres.start()

    def stop(self) -> None:
        for process in self._running.values():
            process.terminate()
        for process in self._running.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(30)
            process.kill()

    def wait_until_ready(self) -> None:
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            with contextlib.suppress(httpx.TransportError):
                httpx.get(f"{self.url}/health/live", timeout=5, trust_env=False)
                return
            time.sleep(0.2)
        raise TimeoutError("the web process doesn't answer")


class Killer(threading.Thread):
    """Kills one of the processes or the database every few seconds and starts it again.

    The pause grows with the time the last start took: on a busy machine, too, each gets some work done.
    """

    def __init__(self, plant: Plant, *, seed: int, pause_seconds: tuple[float, float] = (2.0, 8.0)) -> None:
        super().__init__(daemon=True)
        self._plant, self._pause = plant, pause_seconds
        self._chance = random.Random(seed)  # noqa: S311 - chaos, not secrets
        self._over = threading.Event()
        self.kills: dict[str, int] = dict.fromkeys(COMMANDS, 0)
        self.restarts = 0

    def run(self) -> None:
        starting = 0.0
        while not self._over.wait(self._chance.uniform(*self._pause) + min(2 * starting, 20.0)):
            begun = time.monotonic()
            if self._chance.random() < 0.15:
                self._plant.crash_database()
                self.restarts += 1
            else:
                name = self._chance.choice(list(COMMANDS))
                self._plant.kill(name)
                self._plant.start(name)
                self.kills[name] += 1
            self._plant.wait_until_ready()
            starting = max(time.monotonic() - begun, 0.9 * starting)

    def finish(self) -> None:
        self._over.set()
        self.join()

    @property
    def deeds(self) -> int:
        return sum(self.kills.values()) + self.restarts


@contextlib.contextmanager
def fresh_plant() -> Iterator[Plant]:
    """A new database with the demo plant's master data, and the three processes on it."""
    shutil.rmtree(PLACE.directory, ignore_errors=True)
    postgres = EmbeddedPostgres(PLACE, DEMO_SETTINGS)
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
        plant = Plant(postgres)
        try:
            for name in COMMANDS:
                plant.start(name)
            plant.wait_until_ready()
            yield plant
        finally:
            plant.stop()


def run_chaos(*, hours: float = 24.0, seed: int = 11) -> Outcome:
    """Play ``hours`` that ended three hours ago, kill on the way, and compare. Takes minutes."""
    with fresh_plant() as plant:
        django.setup()
        return _play(plant, hours=hours, seed=seed)


def _play(plant: Plant, *, hours: float, seed: int) -> Outcome:
    from mes.runtime.simulator.dirt import Dirt
    from mes.runtime.simulator.doors import Doors, HttpTransport
    from mes.runtime.simulator.messages import StopReason
    from mes.runtime.simulator.park import Park
    from mes.runtime.simulator.physics import Settings
    from mes.runtime.simulator.report import compare

    end = (datetime.now(UTC) - ENDED_AGO).replace(minute=0, second=0, microsecond=0)
    start = end - timedelta(hours=hours)
    dirt = Dirt(*(seed, 0.0, 0.02, 300.0, 0.03, 0.05), resets_per_day=8, outages_per_day=8, skew_seconds=2)
    park = Park(start, Settings(seed=seed, breakdown_factor=3), dirt)
    doors = Doors(HttpTransport(plant.url, patience_seconds=PATIENCE_SECONDS))
    killer = Killer(plant, seed=seed)
    killer.start()
    early: list[StopReason] = []
    moment = start
    while moment < end:
        moment = min(moment + STEP, end)
        arrivals = park.advance(moment)
        doors.send_orders(arrivals.orders)
        doors.send_commands(arrivals.commands)
        doors.send_samples(arrivals.deliveries, historical=True)
        doors.send_measured(arrivals.measured)
        doors.send_inspections(arrivals.inspections)
        early = doors.send_reasons([*early, *arrivals.reasons])
        logger.info("%s · %d kills and crashes", f"{moment:%H:%M}", killer.deeds)
    rest = park.rest(happened_before=end)
    doors.send_commands(rest.commands)
    doors.send_samples(rest.deliveries, historical=True)
    while killer.deeds < FEWEST_KILLS:
        time.sleep(1)
    killer.finish()
    wait_until_read()
    report = compare(park.world, start=start + WARM_UP, until=end, line=park.line)
    refusals = [f"{one.what}: {one.code} {one.message}" for one in doors.refusals]
    return Outcome(report, killer.kills, killer.restarts, refusals, problems_of_books())


def wait_until_read() -> None:
    """Until every sample is interpreted and every cycle credited. Raises TimeoutError."""
    from django.db import OperationalError, connection

    from machines.models import Follower, Projection

    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        try:
            waiting = Projection.objects.filter(dirty_from__isnull=False).exists()
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
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    for chatty in ("httpx", "httpcore"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    hours = float(sys.argv[1]) if len(sys.argv) > 1 else 24.0
    began = time.monotonic()
    outcome = run_chaos(hours=hours)
    from mes.runtime.truth.page import keep_chaos

    kept = keep_chaos(outcome)
    lines = [
        outcome.report.as_table(),
        "",
        f"{outcome.summary}; {time.monotonic() - began:.0f} s.",
        outcome.books,
        *outcome.refusals[:10],
        f"Kept in {kept}; `make truth` shows it, too.",
        "All goals hold." if outcome.holds else "Not all goals hold.",
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0 if outcome.holds else 1


if __name__ == "__main__":
    sys.exit(main())
