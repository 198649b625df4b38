"""When is a partner silent longer than usual? Compared with its own silence at this time of the week."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

WEEK = timedelta(days=7)
WEEKS = 4
LEAST_WEEKS = 2
"""With fewer weeks to look back on nothing is called usual."""


def usual_silence(earlier: Sequence[tuple[datetime, datetime | None]]) -> timedelta | None:
    """The longest silence there was at the same time in each of the last weeks: pairs of that moment and the
    last message before it. None when it is too early to say."""
    known = [moment - last for moment, last in earlier if last is not None]
    return max(known) if len(known) >= LEAST_WEEKS else None


def is_too_silent(silence: timedelta, usual: timedelta | None, *, factor: float, least: timedelta) -> bool:
    """Never by less than ``least``, nor while nothing is known of what is usual."""
    return usual is not None and silence > least and silence > usual * factor
