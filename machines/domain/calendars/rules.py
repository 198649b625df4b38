"""What a plant states about its working time: plain data, in wall-clock time of the plant's zone."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from datetime import date, time
from enum import IntEnum
from zoneinfo import ZoneInfo

from mes.lib.spans import Span


@dataclass(frozen=True, slots=True)
class BreakRule:
    """A break inside a shift. A start before the shift's start means the day after the shift's date.

    A planned break stays in planned operation time and counts as planned down time; an unpaid one is no
    operation time at all.
    """

    start: time
    end: time
    unpaid: bool = False


@dataclass(frozen=True, slots=True)
class ShiftRule:
    """One shift on one weekday (0 = Monday). An end that is not after the start is on the next day."""

    name: str
    weekday: int
    start: time
    end: time
    breaks: tuple[BreakRule, ...] = ()


class Level(IntEnum):
    """Whose word an exception is; the more specific one wins."""

    PLANT = 0
    AREA = 1
    MACHINE = 2


@dataclass(frozen=True, slots=True)
class Closed:
    """No operation, whatever the pattern says."""

    span: Span
    level: Level = Level.PLANT
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ExtraTime:
    """Operation where the pattern has none; also on holidays. It yields only to a more specific closing."""

    span: Span
    level: Level = Level.PLANT
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PlannedDown:
    """Planned maintenance: takes working time away, and counts as planned down time inside operation time."""

    span: Span
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CalendarRules:
    """Everything that decides when one machine is meant to work.

    ``shifts=None`` means that nobody stated any: the machine is meant to work around the clock, also on
    holidays. An empty tuple means that it never works but for extra time. ``holidays`` are local dates; the
    shifts that *begin* on such a date don't take place.
    """

    zone: ZoneInfo
    shifts: tuple[ShiftRule, ...] | None = None
    holidays: Container[date] = frozenset()
    closed: tuple[Closed, ...] = ()
    extra: tuple[ExtraTime, ...] = ()
    planned_down: tuple[PlannedDown, ...] = ()
