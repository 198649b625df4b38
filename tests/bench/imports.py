"""Orders and items from an ERP in bulk: as one file by the watched folder and as requests, with time, CPU and
memory.

Beside it, where the scripts of a real ERP lie next to the repository, that ERP's own interface makes orders
one by one, in the same run.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from django.db import connection

from mes.settings.database import libpq_url
from tests.bench.servers import ROOT, DatabaseCpu, Server, cpu_of
from tests.bench.sizes import ITEMS, ORDERS
from tests.support import tryton

OPERATIONS = 8
AT_ONCE = 1000
ITEMS_AT_ONCE = 10_000
ONE_BY_ONE = 100
LONGEST_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Way:
    """How long a way took, the CPU seconds of its process and of the database, and the memory of its process,
    before and at most (MiB)."""

    name: str
    count: int
    seconds: float
    cpu_seconds: float
    before_mib: float
    peak_mib: float

    def line(self) -> str:
        each = self.cpu_seconds * 1000 / self.count
        return (
            f"{self.name:<44}{self.count:>9,}{self.seconds:>9.1f}{self.cpu_seconds:>9.1f}{each:>9.2f}"
            f"{self.before_mib:>7.0f}{self.peak_mib:>7.0f}"
        )


HEAD = f"{'':<44}{'count':>9}{'s':>9}{'CPU s':>9}{'CPU ms':>9}{'MiB':>7}{'peak':>7}"


def measure(server: Server, cpu: DatabaseCpu, *, orders: int = ORDERS) -> Iterator[str]:
    """Lines of a table. Expects the plant and items that the bench prepares."""
    yield f"load average {os.getloadavg()[0]:.1f}, {os.cpu_count()} processors"
    yield f"orders x {OPERATIONS} operations"
    yield HEAD
    for way in by_file(orders, cpu):
        yield way.line()
    for way in by_rest(server, orders, cpu):
        yield way.line()
    yield one_by_one()


def measure_items(server: Server, cpu: DatabaseCpu, *, items: int = ITEMS) -> Iterator[str]:
    """Items in bulk by REST: all new, the same again with one in a hundred changed, and what would change."""
    yield "items by REST"
    yield HEAD
    client = server.client()
    client.link.timeout = 600
    for name, changed, query in (
        ("new", 0, ""),
        ("again, 1 % changed", 100, ""),
        ("dry run, 2 % changed", 50, "?dry_run=true"),
    ):
        watch = Watch(server.process.pid, cpu, lambda: cpu_of(server))
        counts: dict[str, int] = {}
        for start in range(0, items, ITEMS_AT_ONCE):
            body = [item(n, changed) for n in range(start, min(start + ITEMS_AT_ONCE, items))]
            key = {"Idempotency-Key": uuid.uuid4().hex}
            answer = json.loads(client.send("POST", f"/api/v1/items{query}", body, **key))
            for outcome, count in answer["counts"].items():
                counts[outcome] = counts.get(outcome, 0) + count
            watch.memory.look()
        said = ", ".join(f"{count:,} {outcome}" for outcome, count in counts.items())
        yield watch.way(f"{name}: {said}", items).line()


def item(number: int, changed_one_in: int) -> dict[str, object]:
    is_changed = changed_one_in and number % changed_one_in == 0
    return {
        "code": f"B{number:07}",
        "name": f"Part {number}{f' of run {changed_one_in}' if is_changed else ''}",
        "unit": "C62",
        "revision": "A",
        "stocked": True,
        "standard_price": "12.50",
    }


class Watch:
    """Time, CPU and memory of a piece of work, from now on."""

    def __init__(self, pid: int, database: DatabaseCpu, own_cpu: Callable[[], float]) -> None:
        self.memory = Memory(pid)
        self._cpu = lambda: database.seconds() + own_cpu()
        self._began, self._before = time.monotonic(), self._cpu()

    def way(self, name: str, count: int) -> Way:
        seconds, cpu = time.monotonic() - self._began, self._cpu() - self._before
        return Way(name, count, seconds, cpu, self.memory.before, self.memory.peak)


def one_by_one(orders: int = ONE_BY_ONE) -> str:
    """Production orders with two operations in Tryton, each by its interface."""
    try:
        with tempfile.TemporaryDirectory() as folder, tryton.running(Path(folder)) as erp:
            assert erp.process is not None
            process = psutil.Process(erp.process.pid)
            began, before = time.monotonic(), sum(process.cpu_times()[:2])
            for _order in range(orders):
                erp.new_production()
            cpu = sum(process.cpu_times()[:2]) - before
            seconds, mib = time.monotonic() - began, Memory(process.pid).before
            return Way("Tryton 8.2, one by one", orders, seconds, cpu, mib, mib).line()
    except pytest.skip.Exception as reason:
        return f"Tryton one by one: {reason}"


def order_file(orders: int, prefix: str = "F") -> bytes:
    """A CSV file as our documentation describes it."""
    lines = [
        "record;order_number;operation_number;item;order_quantity;due;operation_text;work_centre;"
        "setup_seconds;run_seconds"
    ]
    for n in range(orders):
        number = f"{prefix}{n:07}"
        lines.append(f"order;{number};;SHAFT;100;24.12.2026 12:00;;;;")
        for step in range(1, OPERATIONS + 1):
            centre = "TURN" if step % 2 else "MILL"
            lines.append(f"operation;{number};{step * 10:04};;;;Step {step};{centre};600;12,5")
    return "\r\n".join(lines).encode("utf-8-sig")


def by_file(orders: int, cpu: DatabaseCpu) -> Iterator[Way]:
    """A tenth of the orders as one file, then all of them as another: the memory of the second above that of
    the first is what orders cost that are many."""
    with tempfile.TemporaryDirectory() as root, watching(Path(root)) as watcher:
        for number, count in enumerate((orders // 10, orders)):
            yield take_file(Path(root), f"F{number}", count, watcher, cpu)


@contextmanager
def watching(root: Path) -> Iterator[psutil.Process]:
    """The service that watches the inbox folders."""
    watcher = subprocess.Popen(
        [sys.executable, "manage.py", "watch_inbox", "--every", "0.5"],
        cwd=ROOT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.bench.settings",
            "MES_DATABASE_URL": libpq_url(connection.settings_dict),
            "MES_INBOX_DIR": str(root),
            "MES_LOG_LEVEL": "ERROR",
        },
        stdout=subprocess.DEVNULL,
    )
    try:
        time.sleep(5)
        yield psutil.Process(watcher.pid)
    finally:
        watcher.kill()
        watcher.wait()


def take_file(root: Path, prefix: str, orders: int, watcher: psutil.Process, cpu: DatabaseCpu) -> Way:
    from integrations.enums import InboundState
    from integrations.models import InboundMessage
    from machines.models import Plant
    from tests.factories.integrations import CsvConnectionFactory

    partner = CsvConnectionFactory(plant=Plant.objects.get(code="W001"), delivery="none")
    folder = root / partner.inbox_folder
    folder.mkdir(parents=True)
    temporary = folder / "orders.tmp"
    temporary.write_bytes(order_file(orders, prefix))
    watch = Watch(watcher.pid, cpu, lambda: sum(watcher.cpu_times()[:2]))
    temporary.rename(folder / "orders.csv")

    def is_done() -> bool:
        taken = InboundMessage.objects.filter(connection=partner)
        return taken.filter(state=InboundState.APPLIED).exists()

    watch.memory.watch_until(is_done)
    return watch.way("one CSV file, watched folder", orders)


def by_rest(server: Server, orders: int, cpu: DatabaseCpu) -> Iterator[Way]:
    """One request, which loads what the process needs for it, then all of them."""
    for number, count in enumerate((min(AT_ONCE, orders), orders)):
        yield send_orders(server, f"R{number}", count, cpu)


def send_orders(server: Server, prefix: str, orders: int, cpu: DatabaseCpu) -> Way:
    client = server.client()
    client.link.timeout = 600
    watch = Watch(server.process.pid, cpu, lambda: cpu_of(server))
    for start in range(0, orders, AT_ONCE):
        body = [rest_order(f"{prefix}{start + n:07}") for n in range(min(AT_ONCE, orders - start))]
        client.send("POST", "/api/v1/production-orders", body, **{"Idempotency-Key": uuid.uuid4().hex})
        watch.memory.look()
    return watch.way(f"REST, {AT_ONCE:,} a request", orders)


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
