"""A real Tryton server for tests, in processes of its own. Nothing of it is imported here.

The scripts of ``../shared/data/erp/tryton`` install and seed it once below ``var/``; a server then has its
own copy of the seeded database and its own port.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.shared_data import SHARED

SCRIPTS = SHARED / "erp" / "tryton"
KEPT = Path(__file__).resolve().parents[2] / "var" / "tryton-for-tests"
PASSWORD = "only-for-tests"
LONGEST_INSTALL = 900
LONGEST_START = 300


def installed() -> Path:
    """The folder with server and seeded database; skips the test where it can't be made."""
    if not SCRIPTS.is_dir():
        pytest.skip(
            "../shared/data is absent: the scripts that install Tryton are not part of the repository"
        )
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (KEPT / "complete").exists():
            _install()
    return KEPT


def _install() -> None:
    failed = KEPT / "failed"
    if failed.exists() and time.time() - failed.stat().st_mtime < 3600:
        pytest.skip(f"Tryton could not be installed: {failed.read_text()[-300:]}")
    with (KEPT / "install.log").open("w") as log:
        process = subprocess.Popen(
            [SCRIPTS / "up.sh", KEPT, str(free_port())],
            env={**os.environ, "TRYTON_ADMIN_PASSWORD": PASSWORD},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            code = process.wait(timeout=LONGEST_INSTALL)
        except subprocess.TimeoutExpired:
            code = -1
    os.killpg(process.pid, signal.SIGKILL) if code == -1 else _stop_by_file(KEPT / "server.pid")
    if code != 0:
        if not (KEPT / "venv/bin/trytond").exists():
            shutil.rmtree(KEPT / "venv", ignore_errors=True)
        failed.write_text((KEPT / "install.log").read_text()[-2000:] or f"exit code {code}")
        pytest.skip(f"Tryton could not be installed: {failed.read_text()[-300:]}")
    failed.unlink(missing_ok=True)
    (KEPT / "complete").touch()


def _stop_by_file(path: Path) -> None:
    try:
        os.kill(int(path.read_text()), signal.SIGKILL)
    except (OSError, ValueError):
        return


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Tryton:
    """One server on its own copy of the seeded database, and an admin's view of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self.token = ""
        self.context: dict = {}
        kept = installed()
        self.program = kept / "venv/bin/trytond"
        (folder / "db").mkdir()
        shutil.copy(kept / "seeded.sqlite", folder / "db" / "mes.sqlite")
        (folder / "trytond.conf").write_text(
            f"[database]\nuri = sqlite://{folder}/db/\npath = {folder}/db\n"
            f"[web]\nlisten = 127.0.0.1:{self.port}\n"
        )

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/mes"

    def start(self) -> None:
        """Returns when it answers a log-in."""
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [self.program, "-c", self.folder / "trytond.conf", "-d", "mes"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        end = time.monotonic() + LONGEST_START
        while True:
            try:
                self.log_in()
                return
            except OSError:
                gone = self.process.poll() is not None
                if gone or time.monotonic() > end:
                    raise AssertionError((self.folder / "server.log").read_text()[-2000:]) from None
                time.sleep(0.2)

    def be_there(self) -> None:
        """Start it again if a test that failed left it dead."""
        if self.process is None or self.process.poll() is not None:
            self.start()

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def log_in(self) -> None:
        self.token = ""
        user, session, *_ = self.rpc("common.db.login", "admin", {"password": PASSWORD}, "en")
        self.token = base64.b64encode(f"admin:{user}:{session}".encode()).decode()
        preferences = self.rpc("model.res.user.get_preferences", True, {})
        self.context = {name: preferences[name] for name in ("company", "companies", "language")}

    def rpc(self, method: str, *parameters):
        body = json.dumps({"id": 1, "method": method, "params": parameters}).encode()
        request = urllib.request.Request(f"{self.address}/rpc/", body, {"Content-Type": "application/json"})
        if self.token:
            request.add_header("Authorization", f"Session {self.token}")
        with urllib.request.urlopen(request, timeout=LONGEST_START) as answer:
            said = json.loads(answer.read())
        assert not said.get("error"), said["error"][:2]
        return said["result"]

    def do(self, model: str, method: str, *parameters):
        return self.rpc(f"model.{model}.{method}", *parameters, self.context)

    def stock(self, code: str, quantity: float) -> None:
        """Count this much of a product in the storage zone."""
        (product,) = self.find("product.product", [["code", "=", code]])
        (place,) = self.find("stock.location", [["code", "=", "STO"]])
        lines = [["create", [{"product": product["id"], "quantity": quantity}]]]
        made = self.do("stock.inventory", "create", [{"location": place["id"], "lines": lines}])
        self.do("stock.inventory", "confirm", made)

    def new_production(self, quantity: float = 50) -> str:
        """A production like the seeded one, waiting; returns its number."""
        names = ("product", "bom", "routing", "work_center", "unit", "planned_date", "planned_start_date")
        (like,) = self.find("production", [["number", "=", "1"]], *names)
        values = {name: like[name] for name in names}
        parts = ("product", "unit", "from_location", "to_location", "company", "unit_price", "currency")
        for side in ("input", "output"):
            moves = self.find("stock.move", [[f"production_{side}", "=", like["id"]]], *parts)
            lines = [{**{part: move[part] for part in parts}, "quantity": quantity} for move in moves]
            values[f"{side}s"] = [["create", lines]]
        made = self.do("production", "create", [{**values, "quantity": quantity}])
        self.do("production", "wait", made)
        return self.do("production", "read", made, ["number"])[0]["number"]

    def find(self, model: str, domain: list, *fields: str) -> list[dict]:
        return self.do(model, "search_read", domain, 0, None, [["id", "ASC"]], list(fields))


@contextmanager
def running(folder: Path):
    server = Tryton(folder)
    try:
        server.start()
        server.stock("ROH-4711", 100_000)
        yield server
    finally:
        server.kill()


def amount(value) -> str:
    """A decimal of Tryton's JSON as text."""
    return value["decimal"]
