"""Limits on how often one account, or one stranger, may ask.

Counted in the memory of each web process, by fixed windows: no broker or cache that can fail, and no list of
timestamps to carry around. With several web processes the limits multiply.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

if TYPE_CHECKING:
    from rest_framework.views import APIView  # reads the settings that name this module

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class Window:
    """How often something happened in the current window of ``seconds``, by name."""

    def __init__(self, seconds: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._number = -1
        self._counts: dict[str, int] = {}

    def add(self, name: str) -> int:
        """Count one more; returns how many it were in this window."""
        with self._lock:
            self._turn()
            self._counts[name] = self._counts.get(name, 0) + 1
            return self._counts[name]

    def count(self, name: str) -> int:
        with self._lock:
            self._turn()
            return self._counts.get(name, 0)

    def clear(self) -> None:
        with self._lock:
            self._counts.clear()

    def remaining(self) -> float:
        """Seconds until the window ends."""
        return self.seconds - self._clock() % self.seconds

    def _turn(self) -> None:
        number = int(self._clock() // self.seconds)
        if number != self._number:
            self._number = number
            self._counts.clear()


def parse_rate(rate: str) -> tuple[int, int]:
    """``"60/min"`` as (60, 60): how many in how many seconds."""
    number, _, period = rate.partition("/")
    return int(number), _SECONDS[period[0]]


class RateThrottle(BaseThrottle):
    """429 above the rates in ``DEFAULT_THROTTLE_RATES``: ``user`` for accounts, ``anon`` for strangers."""

    windows: dict[int, Window] = {}
    waiting: float | None = None

    def allow_request(self, request: Request, view: APIView) -> bool:
        name = account_name(request)
        rate = settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]["user" if name else "anon"]
        if rate is None:
            return True
        most, seconds = parse_rate(rate)
        window = self.windows.setdefault(seconds, Window(seconds))
        if window.add(name or f"address:{self.get_ident(request)}") <= most:
            return True
        self.waiting = window.remaining()
        return False

    def wait(self) -> float | None:
        return self.waiting


def account_name(request: Request) -> str:
    """A name that no other account has; empty for a stranger."""
    if not request.user or not request.user.is_authenticated:
        return ""
    return f"{type(request.user).__name__}:{request.user.pk}"
