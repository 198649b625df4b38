"""A worker that repeats one step until it is told to stop."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType

import structlog
from django.db import InterfaceError, OperationalError, close_old_connections

log = structlog.get_logger(__name__)
LONGEST_PAUSE = 30.0


def repeat(step: Callable[[], int], *, pause: float, name: str) -> None:
    """Call ``step`` until SIGTERM or SIGINT, resting ``pause`` seconds after a step that found nothing to do.

    A lost database is waited for, with pauses that double up to half a minute.
    """
    stop = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    trouble = pause
    while not stop.is_set():
        try:
            close_old_connections()
            done = step()
            trouble = pause
        except (OperationalError, InterfaceError) as error:
            log.warning("database_unavailable", worker=name, error=str(error), retry_in=trouble)
            stop.wait(trouble)
            trouble = min(trouble * 2, LONGEST_PAUSE)
            continue
        if not done:
            stop.wait(pause)
