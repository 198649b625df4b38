"""Whose clock is believed (rule O3)."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum, auto
from statistics import median

AHEAD = timedelta(seconds=5)
WARN = timedelta(seconds=5)
LIMIT = timedelta(seconds=60)
OFFSETS_KEPT = 31
OFFSETS_NEEDED = 5
OFFSETS_APART = timedelta(seconds=1)
OFFSETS_APART_LATER = timedelta(seconds=5)
OFFSETS_APART_STEADY = timedelta(seconds=20)
STEADY = 1.0


def offset_of(offsets: list[float]) -> float:
    """How far a source's clock is behind ours, in seconds: the median of its last offsets, 0 of too few.

    At most one offset a second is kept, later one each five seconds, so that a burst of buffered samples
    doesn't look like a wrong clock; one each twenty seconds while the clock goes as it went before.
    """
    return median(offsets) if len(offsets) >= OFFSETS_NEEDED else 0.0


class Clock(Enum):
    """What is thought of a source's clock."""

    UNKNOWN = auto()
    RIGHT = auto()
    WRONG = auto()
    REFUSED = auto()


def judge(offsets: list[float]) -> Clock:
    """More than 5 s off is said, more than 60 s is not believed any more."""
    if len(offsets) < OFFSETS_NEEDED:
        return Clock.UNKNOWN
    if not in_time(offsets):
        return Clock.REFUSED
    return Clock.RIGHT if abs(offset_of(offsets)) <= WARN.total_seconds() else Clock.WRONG


def in_time(offsets: list[float]) -> bool:
    """Whether a source's clock goes well enough to be believed."""
    return abs(offset_of(offsets)) <= LIMIT.total_seconds()


def with_offset(
    offsets: list[float], newest: datetime, received: datetime, last_received: datetime | None
) -> list[float]:
    """The offsets after a batch of live samples, the newest of which says ``newest``."""
    offset = round((received - newest).total_seconds(), 3)
    if last_received is not None:
        passed = received - last_received
        if passed < (OFFSETS_APART if len(offsets) < OFFSETS_KEPT else OFFSETS_APART_LATER):
            return offsets
        if (
            len(offsets) >= OFFSETS_KEPT
            and passed < OFFSETS_APART_STEADY
            and abs(offset - offset_of(offsets)) < STEADY
        ):
            return offsets
    return [*offsets, offset][-OFFSETS_KEPT:]
