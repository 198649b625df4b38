"""The interpreter as a process: woken by samples and when something is due, cleaning up every hour."""

from __future__ import annotations

import gc
import threading
from datetime import datetime, timedelta

import psycopg
import structlog
from django.db import DatabaseError, connection
from django.utils import timezone
from psycopg.conninfo import make_conninfo

from machines.domain.arrivals import WAKE_CHANNEL
from machines.domain.interpret import forget, interpret_dirty
from machines.domain.memory import Memory
from machines.domain.partitions import make_partitions_ahead
from machines.domain.retention import drop_old_samples, thin_checkpoints, tighten_closed_days
from machines.queries.samples import stray_samples

COLLECT_AFTER = (10_000, 20, 100_000)
"""Of Python's three generations of objects the oldest holds all remembered machines: looking through it after
each pass took a quarter of this process's time, and there is next to nothing to find. It is done each hour.
"""
PASSES = 5
HOUSEKEEPING = timedelta(hours=1)
_ADDRESS = ("dbname", "user", "password", "host", "port", "sslmode")
PAUSES = (1.0, 2.0, 5.0, 10.0)

logger = structlog.get_logger(__name__)


class Interpreter:
    """Runs until ``stop`` is set.

    A lost database is waited for. After any other error all that is remembered is forgotten and read again.
    """

    def __init__(self, stop: threading.Event) -> None:
        self.stop = stop
        self.housekept: datetime | None = None
        self.memory = Memory()
        self.failures = 0

    def run(self) -> None:
        gc.set_threshold(*COLLECT_AFTER)
        while not self.stop.is_set():
            try:
                self._listen()
            except (DatabaseError, psycopg.Error):
                self._begin_again("interpreter_lost_database")
                connection.close()
            except Exception:
                self._begin_again("interpreter_begins_again")
        self._leave()
        connection.close()

    def _begin_again(self, event: str) -> None:
        """Forget everything; the longer it goes wrong, the longer the pause."""
        if self.stop.is_set():
            return
        logger.exception(event)
        self.memory = Memory()
        self.stop.wait(PAUSES[min(self.failures, len(PAUSES) - 1)])
        self.failures += 1

    def _leave(self) -> None:
        """Write down what is remembered, so that the next one begins where this one ended."""
        try:
            forget(self.memory)
        except (DatabaseError, psycopg.Error):
            logger.warning("interpreter_left_without_checkpoints")

    def _listen(self) -> None:
        with psycopg.connect(self._address(), autocommit=True) as listener:
            listener.execute(f"LISTEN {WAKE_CHANNEL}")
            while not self.stop.is_set():
                self.look()
                self.failures = 0
                if not self.memory.is_done:
                    list(listener.notifies(timeout=0))
                else:
                    wait = self.memory.seconds_to_wait(timezone.now())
                    list(listener.notifies(timeout=wait, stop_after=1))

    def _address(self) -> str:
        parameters = connection.get_connection_params()
        return make_conninfo("", **{name: parameters[name] for name in _ADDRESS if parameters.get(name)})

    def look(self) -> int:
        """One look: what is unread, what is due, and the housekeeping when its hour has come.

        Returns how many machines were worked on; some may be left where samples come without a pause.
        """
        now = timezone.now()
        if self.housekept is None or now - self.housekept >= HOUSEKEEPING:
            self._keep_house(now)
            self.housekept = now
        return interpret_dirty(now, memory=self.memory, passes=PASSES)

    def _keep_house(self, now: datetime) -> None:
        make_partitions_ahead(now)
        dropped, thinned = drop_old_samples(now), thin_checkpoints(now)
        tightened = tighten_closed_days(now)
        strays = stray_samples()
        gc.collect()
        if dropped or thinned or tightened:
            logger.info(
                "housekeeping",
                days_dropped=len(dropped),
                days_tightened=len(tightened),
                checkpoints_dropped=thinned,
            )
        if strays:
            logger.error("samples_without_partition", samples=strays)
