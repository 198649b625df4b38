"""The real processes that take part in a chaos run and are killed in it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from mes.runtime.layout import ROOT

SECRET_NAME, SECRET = "CHAOS_SECRET", "chaos"


class Processes:
    """Relays, the web process and the ERP, each a process of its own, and a database that breaks off.

    Logs and the ERP's books lie in ``directory``. ``environment`` is that of the product's processes.
    """

    def __init__(
        self,
        directory: Path,
        *,
        relays: int,
        environment: Mapping[str, str],
        break_database: Callable[[], None],
    ) -> None:
        self.directory = directory
        self.ledger = directory / "ledger.sqlite"
        self.names: Sequence[str] = (*(f"relay-{n}" for n in range(1, relays + 1)), "web", "erp")
        self.web, self.erp = free_port(), free_port()
        self.break_database = break_database
        self._environment = {**os.environ, SECRET_NAME: SECRET, **environment}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self.cpu_seconds: dict[str, float] = dict.fromkeys(self.names, 0.0)
        """Of the processes that have ended."""
        self.ended: dict[str, int] = dict.fromkeys(self.names, 0)
        """How often one ended by itself. None should: services wait for a database that is away."""

    @property
    def address(self) -> str:
        """Where the ERP takes confirmations."""
        return f"http://127.0.0.1:{self.erp}/confirmations"

    @property
    def url(self) -> str:
        """Of the MES's API."""
        return f"http://127.0.0.1:{self.web}"

    def start_all(self) -> None:
        """Start everything and wait until the ERP has its books open."""
        for name in reversed(self.names):
            self.start(name)
        while not self.ledger.exists():
            time.sleep(0.1)

    def start(self, name: str) -> None:
        command = {
            "web": (
                *("-m", "uvicorn", "mes.asgi:application", "--port", str(self.web)),
                *("--log-level", "error", "--lifespan", "off"),
            ),
            "erp": ("-m", "mes.runtime.erp_chaos.partner", str(self.erp), str(self.ledger), SECRET),
        }.get(name, ("manage.py", "relay", "--every", "0.2"))
        with (self.directory / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(  # noqa: S603
                [sys.executable, *command],
                cwd=ROOT,
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the run alone
            )

    def restart(self, name: str) -> None:
        self._end(name)
        self.start(name)

    def tend(self) -> None:
        """Start again what ended by itself, as a plant's service manager does."""
        for name, process in list(self._running.items()):
            if self._is_over(process, os.WNOHANG, name):
                self.ended[name] += 1
                self.start(name)

    def stop(self) -> None:
        for name in list(self._running):
            self._end(name)

    def _end(self, name: str) -> None:
        process = self._running.pop(name)
        os.kill(process.pid, signal.SIGKILL)
        self._is_over(process, 0, name)

    def _is_over(self, process: subprocess.Popen[bytes], options: int, name: str) -> bool:
        """Take an ended process away and count its CPU. ``Popen`` would do the first only."""
        pid, status, used = os.wait4(process.pid, options)
        if not pid:
            return False
        process.returncode = os.waitstatus_to_exitcode(status)
        self.cpu_seconds[name] += used.ru_utime + used.ru_stime
        return True


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
