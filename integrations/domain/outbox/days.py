"""The parts of time that no confirmation crosses: one shift, or the time between two on one local day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from integrations.enums import NightShiftDay
from integrations.models import Connection
from machines.domain.calendars.engine import Calendar, ShiftAt
from machines.domain.calendars.load import load_calendar
from machines.domain.calendars.localtime import instant, local_date
from machines.domain.calendars.rules import CalendarRules
from machines.models import Machine
from mes.lib.spans import Span, subtract
from orders.models import Operation

ONE_DAY = timedelta(days=1)
INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, order=True)
class Part:
    """``span`` is posted on the local day ``date``. ``shift`` is "" between shifts."""

    span: Span
    date: date
    shift: str = ""


class PostingDays:
    """The whole of time, cut into parts by a shift calendar."""

    def __init__(self, calendar: Calendar, rule: NightShiftDay) -> None:
        self.calendar, self.rule = calendar, rule
        self._days: dict[date, list[Part]] = {}

    def at(self, moment: datetime) -> Part:
        """The part that holds ``moment`` (aware)."""
        return self.within(Span(moment, moment + INSTANT))[0]

    def within(self, span: Span) -> list[Part]:
        """Every part that touches ``span``, whole, in order, without a gap between them."""
        zone = self.calendar.rules.zone
        day, last = local_date(span.start, zone) - ONE_DAY, local_date(span.end, zone)
        found = []
        while day <= last:
            found += [part for part in self._beginning_on(day) if part.span.overlaps(span)]
            day += ONE_DAY
        return found

    def _beginning_on(self, day: date) -> list[Part]:
        if day not in self._days:
            whole = Span(self._midnight(day), self._midnight(day + ONE_DAY))
            shifts = self.calendar.shifts(whole)
            parts = [part for shift in shifts for part in self._posted(shift) if part.span.start in whole]
            between = subtract([whole], [shift.span for shift in shifts])
            self._days[day] = sorted(parts + [Part(span, day) for span in between])
        return self._days[day]

    def _posted(self, shift: ShiftAt) -> Iterator[Part]:
        ends_on = local_date(shift.span.end - INSTANT, self.calendar.rules.zone)
        if self.rule != NightShiftDay.CLOCK:
            yield Part(shift.span, shift.date if self.rule == NightShiftDay.START else ends_on, shift.name)
            return
        day = local_date(shift.span.start, self.calendar.rules.zone)
        while day <= ends_on:
            clock = Span(self._midnight(day), self._midnight(day + ONE_DAY))
            if span := shift.span & clock:
                yield Part(span, day, shift.name)
            day += ONE_DAY

    def _midnight(self, day: date) -> datetime:
        return instant(day, time.min, self.calendar.rules.zone)


class DaysOfOperations:
    """Posting days of the operations that one connection is told about, each calendar read once.

    The calendar is that of the first machine of the operation's group; a group without one knows only days.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._known: dict[int | None, PostingDays] = {}

    def of(self, operation: Operation) -> PostingDays:
        return self.of_group(operation.machine_group_id)

    def of_group(self, group: int | None) -> PostingDays:
        if group not in self._known:
            machine = Machine.objects.filter(group=group).order_by("pk").values_list("pk", flat=True).first()
            calendar = (
                Calendar(CalendarRules(zone=ZoneInfo(self.connection.plant.time_zone)))
                if machine is None
                else load_calendar(machine)
            )
            self._known[group] = PostingDays(calendar, NightShiftDay(self.connection.night_shift_day))
        return self._known[group]
