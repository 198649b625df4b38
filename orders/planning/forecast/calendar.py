"""Weeks and months of demand. A week begins on its Monday."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from enum import StrEnum

WEEK = timedelta(days=7)
SEASON_WEEKS, SEASON_MONTHS = 52, 12


class Bucket(StrEnum):
    WEEK = "week"
    MONTH = "month"


def week_of(day: date) -> date:
    """The Monday of the day's week."""
    return day - timedelta(days=day.weekday())


def weeks(first: date, count: int) -> list[date]:
    """``count`` Mondays from ``first`` on, which is one."""
    return [first + WEEK * number for number in range(count)]


def weeks_between(first: date, end: date) -> int:
    """How many weeks begin in [first, end), both Mondays."""
    return max((end - first).days // 7, 0)


def by_month(first: date, values: Iterable[float]) -> Mapping[date, float]:
    """Weekly values by the first of the month; a week that lies in two is shared out by its days."""
    found: dict[date, float] = {}
    for number, value in enumerate(values):
        for day in range(7):
            month = (first + WEEK * number + timedelta(days=day)).replace(day=1)
            found[month] = found.get(month, 0.0) + value / 7
    return found
