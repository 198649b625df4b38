"""Kills one part after the other at random and starts it again."""

from __future__ import annotations

import contextlib
import random
import threading
from collections.abc import Callable, Iterator

from mes.runtime.chaos.processes import Processes

LONGEST_LOOK_SECONDS = 1.0
"""Looks come at odd moments, so that a kill meets its process anywhere in its work."""


class Killer(threading.Thread):
    """Goes through all parts in a random order again and again, so that every one has its turn.

    Between two kills a number of messages by chance, ``between``, gets where it should, and something is
    answered (``done`` counts answers and messages). Counted by the clock, a slow machine would do little but
    start processes again. ``killed`` hears of each; ``failed`` once nobody is killed any more, ``failure``
    says why.
    """

    def __init__(
        self,
        parts: Processes,
        *,
        seed: int,
        between: tuple[int, int],
        done: Callable[[], tuple[int, int]],
        failed: Callable[[], None],
        killed: Callable[[str], None] = lambda _name: None,
    ) -> None:
        super().__init__(daemon=True)
        self._parts, self._between, self._done = parts, between, done
        self._killed, self._failed = killed, failed
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
            self._failed()

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

    @contextlib.contextmanager
    def until_done(self) -> Iterator[None]:
        """Killing ends with what is done inside. A door that was given up because nobody is killed any more
        raises why."""
        from mes.runtime.simulator.doors import DoorError  # needs Django's settings

        try:
            yield
        except DoorError:
            if self.failure is not None:
                raise self.failure from None
            raise
        finally:
            self.finish()

    def finish(self) -> None:
        self._over.set()
        if self.is_alive():
            self.join()
