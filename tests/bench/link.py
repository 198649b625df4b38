"""How soon an order is on the terminal after it arrived, and how soon the ERP has a confirmation.

The watched folder, the relay and the web are processes of their own, with the pauses of a plant; the ERP is
the simulated one.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import quantiles

from django.db import connection

from mes.runtime.chaos.processes import free_port
from mes.settings.database import libpq_url
from tests.bench.servers import ROOT, Client, Server

ORDERS, REPORTS = 20, 40
EVERY_SECONDS = 1.0
LONGEST_SECONDS = 600.0
SECRET_NAME, SECRET = "BENCH_ERP_SECRET", "bench"


def measure(server: Server, terminal: Server, operator: str) -> Iterator[str]:
    """Lines of a table. ``operator``: the cookie of a session that may see terminals.

    What other parts of the bench made is not told to this partner: thousands of events that nobody took would
    come before its own.
    """
    from orders.models import EventNews

    EventNews.objects.all().delete()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        port = free_port()
        inbox, machine = _partner(port)
        (folder / inbox).mkdir(parents=True)
        ledger = folder / "ledger.sqlite"
        for command in (
            ("manage.py", "watch_inbox"),
            ("manage.py", "relay"),
            ("-m", "mes.runtime.erp_chaos.partner", str(port), str(ledger), SECRET),
        ):
            stack.callback(_stop, _started(command, folder))
        _wait(ledger.exists)
        yield f"load average {os.getloadavg()[0]:.1f}; seconds{'':<26}{'p50':>9}{'p95':>9}{'most':>9}"
        on_terminal = _Terminal(server.client(), f"/terminal/{machine}/", operator)
        yield _line(
            "file in the folder → order on the terminal",
            _arrivals("LINK", partial(_drop, folder / inbox), on_terminal),
        )
        yield _line(
            "order by REST → order on the terminal",
            _arrivals("REST", partial(_send, server.client()), on_terminal),
        )
        yield _line("report at the terminal → booked in the ERP", _bookings(terminal, ledger))


def _partner(port: int) -> tuple[str, int]:
    """A partner by CSV, another one by webhook, and a machine; the CSV's folder and the machine's key. What
    the bench's own partner sends by REST is released on arrival, too."""
    from integrations.enums import Format
    from integrations.models import Connection
    from machines.models import Plant
    from tests.factories.integrations import CsvConnectionFactory, WebhookConnectionFactory
    from tests.factories.machines import MachineFactory, MachineGroupFactory

    plant = Plant.objects.get(code="W001")
    machine = MachineFactory(plant=plant, group=MachineGroupFactory(plant=plant, code="LINK"))
    Connection.objects.filter(plant=plant, format=Format.API).update(release_on_arrival=True)
    files = CsvConnectionFactory(plant=plant, delivery="none", release_on_arrival=True)
    WebhookConnectionFactory(
        plant=plant,
        address=f"http://127.0.0.1:{port}/confirmations",
        secret_name=SECRET_NAME,
        confirm_every_seconds=30,
        options={"confirm": "all"},
    )
    return files.inbox_folder, machine.pk


def _started(command: tuple[str, ...], folder: Path) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.bench.settings",
        "MES_DATABASE_URL": libpq_url(connection.settings_dict),
        "MES_INBOX_DIR": str(folder),
        "MES_LOG_LEVEL": "ERROR",
        SECRET_NAME: SECRET,
    }
    return subprocess.Popen([sys.executable, *command], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


@dataclass(frozen=True, slots=True)
class _Terminal:
    """The page of a machine's terminal, as somebody who is logged in sees it."""

    client: Client
    page: str
    cookie: str

    def shows(self, number: str) -> bool:
        return number.encode() in self.client.send("GET", self.page, Cookie=self.cookie)


def _arrivals(prefix: str, send: Callable[[str], None], terminal: _Terminal) -> list[float]:
    """Seconds from the end of each arrival to the first page that shows the order."""
    ages = []
    for n in range(ORDERS):
        number = f"{prefix}{n:05}"
        began = time.monotonic()
        send(number)
        _wait(partial(terminal.shows, number))
        ages.append(time.monotonic() - began)
        time.sleep(EVERY_SECONDS)
    return ages


def _drop(inbox: Path, number: str) -> None:
    (inbox / f"{number}.tmp").write_text(
        "order_number;item;order_quantity;erp_status;operation_number;work_centre;run_seconds\r\n"
        f"{number};SHAFT;1000;released;0010;LINK;10\r\n"
    )
    (inbox / f"{number}.tmp").rename(inbox / f"{number}.csv")


def _send(client: Client, number: str) -> None:
    body = {
        "number": number,
        "item": "SHAFT",
        "quantity": 1000,
        "status": "released",
        "operations": [{"number": "0010", "work_centre": "LINK", "run_seconds": "10"}],
    }
    client.send("POST", "/api/v1/production-orders", body, **{"Idempotency-Key": number})


def _bookings(terminal: Server, ledger: Path) -> list[float]:
    """The age of each booking, by the ERP's clock, of reports that come one a second."""
    client = terminal.client()
    for n in range(REPORTS):
        report = {
            "key": f"link-{n}",
            "command": "report",
            "order": f"LINK{n % ORDERS:05}",
            "operation": "0010",
        }
        client.send("POST", "/api/v1/operation-commands", {**report, "good": 1})
        time.sleep(EVERY_SECONDS)
    _wait(lambda: _booked(ledger) >= REPORTS)
    from integrations.models import OutboundItem

    with closing(sqlite3.connect(ledger)) as database:
        booked = dict(database.execute("SELECT identity, first_at FROM confirmation").fetchall())
    items = OutboundItem.objects.filter(event__key__isnull=False, event__good__gt=0, message__isnull=False)
    return [
        booked[identity.hex.upper()] - recorded.timestamp()
        for identity, recorded in items.values_list("message__identity", "event__recorded_at")
        if identity.hex.upper() in booked
    ]


def _booked(ledger: Path) -> float:
    with closing(sqlite3.connect(ledger, timeout=30)) as database:
        found = database.execute(
            "SELECT coalesce(sum(good), 0) FROM confirmation WHERE order_number LIKE 'LINK%'"
        ).fetchone()
    return float(found[0])


def _wait(is_done: Callable[[], bool]) -> None:
    end = time.monotonic() + LONGEST_SECONDS
    while not is_done():
        if time.monotonic() > end:
            raise TimeoutError("what the bench waits for did not come")
        time.sleep(0.2)


def _line(name: str, ages: list[float]) -> str:
    cuts = quantiles(ages, n=20, method="inclusive")
    return f"{name:<52}{cuts[9]:>9.1f}{cuts[18]:>9.1f}{max(ages):>9.1f}"
