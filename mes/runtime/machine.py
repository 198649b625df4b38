"""What this machine must offer before a start: a Python, free ports, and nobody else at work here."""

from __future__ import annotations

import fcntl
import os
import socket
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from mes.runtime.failures import CannotStart
from mes.runtime.layout import Port

OLDEST_PYTHON = (3, 11)


def check_python(version: tuple[int, int] = sys.version_info[:2]) -> None:
    if version < OLDEST_PYTHON:
        raise CannotStart(
            f"Python {version[0]}.{version[1]} is too old: install Python 3.11 or newer and run "
            "`make demo PYTHON=python3.11`."
        )


def check_ports(ports: Iterable[Port]) -> None:
    for port in ports:
        if not is_free(port.number):
            raise CannotStart(
                f"Port {port.number} ({port.purpose}) is taken. Stop what uses it, or choose another: "
                f"{port.variable}={port.number + 1} make demo"
            )


def is_free(number: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", number))
        except OSError:
            return False
    return True


@contextmanager
def only_one(directory: Path) -> Iterator[None]:
    """Holds `directory` for this process; raises CannotStart while another one holds it."""
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            raise CannotStart(
                f"The demo is running already (process {lock.read().strip()}). Stop it with Ctrl-C there."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield
