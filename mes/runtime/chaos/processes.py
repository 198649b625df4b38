"""Processes of ours that are killed and started again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from mes.runtime.failures import CannotStart
from mes.runtime.layout import ROOT

MOST_ENDS, ENDS_WITHIN_SECONDS = 5, 600.0


class Processes:
    """The processes of a chaos run by name, and a database that breaks off. Logs lie in ``directory``."""

    def __init__(
        self,
        directory: Path,
        commands: Mapping[str, Sequence[str]],
        *,
        environment: Mapping[str, str],
        break_database: Callable[[], None],
    ) -> None:
        self.directory = directory
        self.names: Sequence[str] = tuple(commands)
        self.break_database = break_database
        self._commands, self._environment = commands, {**os.environ, **environment}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._ends = {name: deque[float](maxlen=MOST_ENDS) for name in commands}
        self.cpu_seconds: dict[str, float] = dict.fromkeys(self.names, 0.0)
        """Of the processes that have ended."""
        self.ended: dict[str, int] = dict.fromkeys(self.names, 0)
        """How often one ended by itself. None should: services wait for a database that is away."""

    def start_all(self) -> None:
        for name in reversed(self.names):
            self._start(name)

    def restart(self, name: str) -> None:
        """kill -9, then start anew."""
        self._end(name)
        self._start(name)

    def tend(self) -> None:
        """Start again what ended by itself, as a plant's service manager does.

        Raises ``CannotStart`` for one that ends again and again.
        """
        for name, process in list(self._running.items()):
            if self._is_over(process, os.WNOHANG, name):
                del self._running[name]
                self.ended[name] += 1
                self._refuse_hopeless(name, process.returncode)
                self._start(name)

    def stop(self) -> None:
        for name in list(self._running):
            self._end(name)

    def _start(self, name: str) -> None:
        with self._log(name).open("ab") as log:
            self._running[name] = subprocess.Popen(  # noqa: S603
                [sys.executable, *self._commands[name]],
                cwd=ROOT,
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the run alone
            )

    def _log(self, name: str) -> Path:
        return self.directory / f"{name}.log"

    def _refuse_hopeless(self, name: str, code: int) -> None:
        ends, now = self._ends[name], time.monotonic()
        ends.append(now)
        if len(ends) == MOST_ENDS and now - ends[0] < ENDS_WITHIN_SECONDS:
            said = self._log(name).read_text("utf-8", "replace").strip().splitlines()[-1:]
            raise CannotStart(
                f"{name} ended by itself {MOST_ENDS} times in {now - ends[0]:.0f} s, at last with {code}: "
                f"{' '.join(said) or 'it said nothing'} (all of it: {self._log(name)})"
            )

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


def web_command(port: int) -> Sequence[str]:
    return (
        *("-m", "uvicorn", "mes.asgi:application", "--port", str(port)),
        *("--log-level", "error", "--lifespan", "off"),
    )
