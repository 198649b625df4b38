"""When a promise counts as at risk. Pure."""

from __future__ import annotations

RAISE_AT, END_BELOW = 20, 10
"""Percent late. An alert is raised when 80 % passes the promise; it ends only well below, so that one that
stands on the edge doesn't come and go."""


def stands(late_percent: int | None, *, before: bool) -> bool:
    """Whether there is an alert at this chance of being late, after there was one or none ``before``. None:
    nothing is promised."""
    if late_percent is None:
        return False
    return late_percent >= END_BELOW if before else late_percent > RAISE_AT
