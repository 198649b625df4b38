"""Orders from an ERP in bulk: as one file by the watched folder and as requests, with time and memory.

Beside it, where the scripts of a real ERP lie next to the repository, that ERP's own interface makes orders
one by one, in the same run.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
from django.db import connection

from mes.settings.database import libpq_url
from tests.bench.servers import ROOT, Server

ORDERS, OPERATIONS = 10_000, 8
AT_ONCE = 1000
LONGEST_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Way:
    """How long a way took and the most memory its process held, before and while it worked (MiB)."""

    name: str
    orders: int
    seconds: float
    before_mib: float = 0.0
    peak_mib: float = 0.0

    def line(self) -> str:
        memory = f"{self.before_mib:>9.0f}{self.peak_mib:>9.0f}" if self.peak_mib else f"{'':>18}"
        return f"{self.name:<52}{self.seconds:>9.1f}{self.seconds * 1000 / self.orders:>9.2f}{memory}"


def measure(server: Server, *, orders: int = ORDERS) -> Iterator[str]:
    """Lines of a table. Expects the plant and items that the bench prepares."""
    yield f"load average {os.getloadavg()[0]:.1f}, {os.cpu_count()} processors"
    title = f"import of {orders:,} orders x {OPERATIONS} operations"
    yield f"{title:<52}{'s':>9}{'ms each':>9}{'MiB':>9}{'peak':>9}"
    yield by_file(orders).line()
    yield by_rest(server, orders).line()


def order_file(orders: int) -> bytes:
    """A CSV file as our documentation describes it."""
    lines = [
        "record;order_number;operation_number;item;order_quantity;due;operation_text;work_centre;"
        "setup_seconds;run_seconds"
    ]
    for n in range(orders):
        number = f"F{n:07}"
        lines.append(f"order;{number};;SHAFT;100;24.12.2026 12:00;;;;")
        for step in range(1, OPERATIONS + 1):
            centre = "TURN" if step % 2 else "MILL"
            lines.append(f"operation;{number};{step * 10:04};;;;Step {step};{centre};600;12,5")
    return "\r\n".join(lines).encode("utf-8-sig")


def by_file(orders: int) -> Way:
    from integrations.enums import InboundState
    from integrations.models import InboundMessage
    from machines.models import Plant
    from tests.factories.integrations import CsvConnectionFactory

    with tempfile.TemporaryDirectory() as root:
        partner = CsvConnectionFactory(plant=Plant.objects.get(code="W001"), delivery="none")
        folder = Path(root) / partner.inbox_folder
        folder.mkdir(parents=True)
        watcher = subprocess.Popen(
            [sys.executable, "manage.py", "watch_inbox", "--every", "0.5"],
            cwd=ROOT,
            env={
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "tests.bench.settings",
                "MES_DATABASE_URL": libpq_url(connection.settings_dict),
                "MES_INBOX_DIR": root,
                "MES_LOG_LEVEL": "ERROR",
            },
            stdout=subprocess.DEVNULL,
        )
        try:
            time.sleep(5)
            memory = Memory(watcher.pid)
            temporary = folder / "orders.tmp"
            temporary.write_bytes(order_file(orders))
            began = time.monotonic()
            temporary.rename(folder / "orders.csv")

            def is_done() -> bool:
                taken = InboundMessage.objects.filter(connection=partner)
                return taken.filter(state=InboundState.APPLIED).exists()

            memory.watch_until(is_done)
            return Way(
                "one CSV file, watched folder", orders, time.monotonic() - began, memory.before, memory.peak
            )
        finally:
            watcher.kill()
            watcher.wait()


def by_rest(server: Server, orders: int) -> Way:
    client, memory = server.client(), Memory(server.process.pid)
    client.link.timeout = 600
    began = time.monotonic()
    for start in range(0, orders, AT_ONCE):
        body = [rest_order(f"R{start + n:07}") for n in range(min(AT_ONCE, orders - start))]
        client.send("POST", "/api/v1/production-orders", body, **{"Idempotency-Key": uuid.uuid4().hex})
        memory.look()
    return Way(f"REST, {AT_ONCE:,} a request", orders, time.monotonic() - began, memory.before, memory.peak)


def rest_order(number: str) -> dict[str, object]:
    return {
        "number": number,
        "item": "SHAFT",
        "quantity": 100,
        "due": "2026-12-24T12:00:00+01:00",
        "operations": [
            {
                "number": f"{step * 10:04}",
                "text": f"Step {step}",
                "work_centre": "TURN" if step % 2 else "MILL",
                "setup_seconds": 600,
                "run_seconds": "12.5",
            }
            for step in range(1, OPERATIONS + 1)
        ],
    }


class Memory:
    """The resident memory of a process, in MiB."""

    def __init__(self, pid: int) -> None:
        self.process = psutil.Process(pid)
        self.before = self.peak = self.now()

    def now(self) -> float:
        return float(self.process.memory_info().rss) / 2**20

    def look(self) -> None:
        self.peak = max(self.peak, self.now())

    def watch_until(self, is_done: Callable[[], bool]) -> None:
        end = time.monotonic() + LONGEST_SECONDS
        while not is_done():
            if time.monotonic() > end:
                raise TimeoutError("the import did not end")
            self.look()
            time.sleep(0.2)
