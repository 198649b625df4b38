"""Runs processes side by side with prefixed logs, and stops all of them together."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping, Sequence
from typing import Any, TextIO

import honcho.manager
from honcho.manager import Manager
from honcho.printer import Printer

from mes.runtime.layout import ROOT
from mes.runtime.processes import Process

# A Celery worker finishes the task in hand.
honcho.manager.KILL_WAIT = 15
ASKED_TO_STOP = {info["rc"] for info in honcho.manager.SIGNALS.values()}


class Output:
    """A terminal that may go away: what can't be shown any more is dropped, and the stop goes on."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except OSError:
            return 0

    def flush(self) -> None:
        try:
            self._stream.flush()
        except OSError:
            return

    def isatty(self) -> bool:
        return self._stream.isatty()


class Supervisor(Manager):  # type: ignore[misc]  # honcho has no types
    """honcho's manager, which also survives a Ctrl-C that comes while processes are being started."""

    def __init__(self) -> None:
        super().__init__(Printer(Output(sys.stdout)))
        self._stop_when_started = False

    def terminate(self) -> None:
        # honcho stops a process by its number, which each tells a moment after its start.
        if not super()._all_started():
            self._stop_when_started = True
            return
        super().terminate()

    def _all_started(self) -> bool:
        started = bool(super()._all_started())
        if started and self._stop_when_started:
            self._stop_when_started = False
            super().terminate()
        return started

    @property
    def first_failure(self) -> tuple[str, int] | None:
        """Name and return code of a process that ended by itself."""
        states: dict[str, dict[str, Any]] = self._processes
        return next(
            ((name, state["returncode"]) for name, state in states.items() if state.get("returncode", 0) > 0),
            None,
        )


def run_together(processes: Sequence[Process], environment: Mapping[str, str]) -> int:
    """Run until one ends or somebody asks to stop (Ctrl-C, SIGTERM, closed terminal).

    Returns 0 when asked to stop, else the return code of the process that ended first.
    """
    supervisor = Supervisor()
    for process in processes:
        supervisor.add_process(process.name, process.command, env=dict(environment), cwd=str(ROOT))
    signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    supervisor.loop()
    if supervisor.returncode in ASKED_TO_STOP:
        return 0
    if supervisor.first_failure:
        name, code = supervisor.first_failure
        sys.stderr.write(f"{name} ended with {code}, so everything was stopped. Its lines above say why.\n")
    return supervisor.returncode or 1
