"""Kills one part after the other at random and starts it again."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence
from typing import Protocol

LONGEST_LOOK_SECONDS = 1.0
"""Looks come at odd moments, so that a kill meets its process anywhere in its work."""


class Parts(Protocol):
    """What takes part: processes that can be killed and started again, and a database that can break off."""

    names: Sequence[str]

    def restart(self, name: str) -> None:
        """kill -9, then start anew."""
        ...

    def tend(self) -> None:
        """Start again what ended by itself."""
        ...

    def break_database(self) -> None:
        """End all connections at once, or the whole server."""
        ...


class Killer(threading.Thread):
    """Goes through all parts in a random order again and again, so that every one has its turn.

    Between two kills a number of messages by chance, ``between``, gets through to the ERP, and something of
    the other direction (``done`` counts both). Counted by the clock, a slow machine would do little but start
    processes again. ``killed`` hears of each.
    """

    def __init__(
        self,
        parts: Parts,
        *,
        seed: int,
        between: tuple[int, int],
        done: Callable[[], tuple[int, int]],
        killed: Callable[[str], None],
    ) -> None:
        super().__init__(daemon=True)
        self._parts, self._between, self._done, self._killed = parts, between, done, killed
        self._chance = random.Random(seed)  # noqa: S311 - chaos, not secrets
        self._over = threading.Event()
        self.failure: BaseException | None = None
        self.kills: dict[str, int] = dict.fromkeys((*parts.names, "database"), 0)

    def run(self) -> None:
        try:
            while not self._over.is_set():
                turn = list(self.kills)
                self._chance.shuffle(turn)
                for name in turn:
                    if self._is_over_before_the_next():
                        return
                    self._kill(name)
        except BaseException as error:
            self.failure = error
            raise

    def _is_over_before_the_next(self) -> bool:
        answered, booked = self._done()
        enough = booked + self._chance.randint(*self._between)
        while not self._over.wait(self._chance.uniform(0, LONGEST_LOOK_SECONDS)):
            self._parts.tend()
            now_answered, now_booked = self._done()
            if now_answered > answered and now_booked >= enough:
                return False
        return True

    def _kill(self, name: str) -> None:
        if name == "database":
            self._parts.break_database()
        else:
            self._parts.restart(name)
        self._killed(name)
        self.kills[name] += 1

    @property
    def rounds(self) -> int:
        """How often every part has been killed."""
        return min(self.kills.values())

    def finish(self) -> None:
        self._over.set()
        if self.is_alive():
            self.join()
