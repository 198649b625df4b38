"""Calendars of machines from the database: four queries, however many machines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from machines.domain.calendars.engine import Calendar
from machines.domain.calendars.rules import (
    BreakRule,
    CalendarRules,
    Closed,
    ExtraTime,
    Level,
    PlannedDown,
    ShiftRule,
)
from machines.models import CalendarException, ExceptionKind, Machine, Shift, ShiftBreak
from mes.lib.errors import MesError
from mes.lib.prepared import Asked, Query, Rows
from mes.lib.spans import Span

MARGIN = timedelta(days=3)
"""A shift that touches a span may have begun, and been changed by an exception, up to this much earlier."""
ALWAYS = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where one machine stands, and which pattern its levels leave it (machine, else group, area, plant)."""

    machine: int
    area: int
    plant: int
    pattern: int | None
    works_on_holidays: bool
    zone: str
    country: str
    subdivision: str


@dataclass(slots=True)
class _Loaded:
    shifts: dict[int, tuple[ShiftRule, ...]]
    exceptions: list[CalendarException]


def load_calendars(machines: Iterable[int], within: Span | None = None) -> dict[int, Calendar]:
    """The calendar of each machine id. Machines under the same rules share one calendar and what it
    computed, in the whole process.

    ``within`` limits the exceptions that are read; ask such a calendar about this span only. A machine for
    which no level states a pattern works around the clock. Unknown ids are left out. Raises ``MesError``
    ``unknown_holiday_region`` if a plant names a country or subdivision that nobody knows.
    """
    places = _places(machines)
    loaded = _Loaded(
        _shifts({place.pattern for place in places if place.pattern is not None}),
        _exceptions({place.plant for place in places}, within),
    )
    shared: dict[tuple[object, ...], Calendar] = {}
    calendars: dict[int, Calendar] = {}
    for place in places:
        exceptions = [exception for exception in loaded.exceptions if _concerns(exception, place)]
        same = (place.plant, place.pattern, *(exception.pk for exception in exceptions))
        if same not in shared:
            shared[same] = _calendar(_rules(place, loaded, exceptions))
        calendars[place.machine] = shared[same]
    return calendars


def load_calendar(machine: int, within: Span | None = None) -> Calendar:
    """The calendar of one machine; see ``load_calendars``. Raises ``KeyError`` for an unknown machine."""
    return load_calendars([machine], within)[machine]


@dataclass(frozen=True, slots=True)
class Holidays:
    """The holidays of an ISO 3166 country and subdivision, any year; none if ``country`` is empty."""

    country: str
    subdivision: str

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and day in _holidays_in(self.country, self.subdivision, day.year)


@lru_cache(maxsize=1000)
def _holidays_in(country: str, subdivision: str, year: int) -> frozenset[date]:
    if not country:
        return frozenset()
    return frozenset(holidays.country_holidays(country, subdiv=subdivision or None, years=year))


@lru_cache(maxsize=100)
def public_holidays(country: str, subdivision: str = "") -> Holidays:
    """Raises ``MesError`` ``unknown_holiday_region``."""
    if country:
        try:
            holidays.country_holidays(country, subdiv=subdivision or None)
        except NotImplementedError as unknown:
            message = _("No holidays are known for “%(region)s”.") % {
                "region": f"{country} {subdivision}".strip()
            }
            raise MesError("unknown_holiday_region", message, field="holiday_country") from unknown
    return Holidays(country, subdivision)


@lru_cache(maxsize=100)
def _calendar(rules: CalendarRules) -> Calendar:
    """One calendar for all who ask under the same rules, in this process, with the days it has computed."""
    return Calendar(rules)


def _places(machines: Iterable[int]) -> list[_Place]:
    return [_Place(*row) for row in _PLACES.all(machines=list(machines))]


def _shifts(patterns: set[int]) -> dict[int, tuple[ShiftRule, ...]]:
    if not patterns:
        return {}
    breaks: dict[int, list[BreakRule]] = defaultdict(list)
    for rest in _BREAKS.all(patterns=list(patterns)):
        breaks[rest.shift_id].append(BreakRule(rest.start, rest.end, rest.unpaid))
    shifts: dict[int, list[ShiftRule]] = {pattern: [] for pattern in patterns}
    for shift in _SHIFTS.all(patterns=list(patterns)):
        shifts[shift.pattern_id].append(
            ShiftRule(shift.name, shift.weekday, shift.start, shift.end, tuple(breaks[shift.pk]))
        )
    return {pattern: tuple(rules) for pattern, rules in shifts.items()}


def _exceptions(plants: set[int], within: Span | None) -> list[CalendarException]:
    first, last = (within.start - MARGIN, within.end + MARGIN) if within is not None else ALWAYS
    return _EXCEPTIONS.all(plants=list(plants), first=first, last=last)


_LEVELS = [f"{level}shift_pattern" for level in ("", "group__", "area__", "plant__")]
_PLACES = Rows(
    lambda: Machine.objects.filter(pk__any=Asked("machines")).values_list(
        "pk",
        "area_id",
        "plant_id",
        Coalesce(*_LEVELS),
        Coalesce(*(f"{level}__works_on_holidays" for level in _LEVELS), False),
        "plant__time_zone",
        "plant__holiday_country",
        "plant__holiday_subdivision",
    )
)
_BREAKS = Query(lambda: ShiftBreak.objects.filter(shift__pattern__any=Asked("patterns")))
_SHIFTS = Query(lambda: Shift.objects.filter(pattern__any=Asked("patterns")))
_EXCEPTIONS = Query(
    lambda: CalendarException.objects.filter(
        plant__any=Asked("plants"), start__lt=Asked("last"), end__gt=Asked("first")
    ).order_by("pk")
)


def _concerns(exception: CalendarException, place: _Place) -> bool:
    if exception.machine_id is not None:
        return exception.machine_id == place.machine
    if exception.area_id is not None:
        return exception.area_id == place.area
    return exception.plant_id == place.plant


def _level(exception: CalendarException) -> Level:
    if exception.machine_id is not None:
        return Level.MACHINE
    return Level.PLANT if exception.area_id is None else Level.AREA


def _rules(place: _Place, loaded: _Loaded, exceptions: list[CalendarException]) -> CalendarRules:
    def of_kind(kind: ExceptionKind) -> list[tuple[Span, Level, str]]:
        chosen = (exception for exception in exceptions if exception.kind == kind)
        return [(Span(e.start, e.end), _level(e), e.reason) for e in chosen]

    return CalendarRules(
        zone=ZoneInfo(place.zone),
        shifts=None if place.pattern is None else loaded.shifts[place.pattern],
        holidays=frozenset()
        if place.works_on_holidays
        else public_holidays(place.country, place.subdivision),
        closed=tuple(Closed(*row) for row in of_kind(ExceptionKind.CLOSED)),
        extra=tuple(ExtraTime(*row) for row in of_kind(ExceptionKind.EXTRA)),
        planned_down=tuple(
            PlannedDown(span, reason) for span, _level, reason in of_kind(ExceptionKind.MAINTENANCE)
        ),
    )
