"""The interval a page is about: a shift, a day, a week, a month, or any two moments, on the plant's clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.utils import formats
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from machines.domain.calendars.engine import Calendar, ShiftAt
from machines.domain.calendars.localtime import ONE_DAY, instant, local_date
from mes.lib.spans import Span

KINDS: dict[str, Promise] = {
    "shift": gettext_lazy("Shift"),
    "day": gettext_lazy("Day"),
    "week": gettext_lazy("Week"),
    "month": gettext_lazy("Month"),
    "free": gettext_lazy("Free"),
}
NEAR = timedelta(days=8)
"""How far around a moment a shift is looked for."""
LONGEST = timedelta(days=92)
EARLIEST, LATEST = datetime(1980, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Period:
    """``before`` and ``after`` are query strings of the neighbours; a free interval has none."""

    kind: str
    span: Span
    label: str
    zone: ZoneInfo
    before: str = ""
    after: str = ""

    @property
    def query(self) -> str:
        """The query string that means this interval."""
        if self.kind == "free":
            return urlencode({"period": "free", "start": self.start_input, "end": self.end_input})
        return _query(self.kind, self.span.start)

    @property
    def start_input(self) -> str:
        """The start as an HTML form states it."""
        return f"{self.span.start.astimezone(self.zone):%Y-%m-%dT%H:%M}"

    @property
    def end_input(self) -> str:
        return f"{self.span.end.astimezone(self.zone):%Y-%m-%dT%H:%M}"

    @property
    def choices(self) -> list[tuple[str, Promise, str]]:
        """Kind, name and query string of the other ways to cut time at this place."""
        return [
            (kind, name, self.query if kind == self.kind else _switch(kind, self))
            for kind, name in KINDS.items()
        ]


def period_of(request: HttpRequest, *, calendar: Calendar | None, zone: ZoneInfo, now: datetime) -> Period:
    """`?period=shift|day|week|month&at=…` or `?period=free&start=…&end=…`; what can't be read means "now".

    Without a calendar, or with none that knows a shift near, a shift is the day.
    """
    kind = request.GET.get("period", "shift")
    if kind == "free":
        start = _moment(request.GET.get("start", ""), zone)
        end = _moment(request.GET.get("end", ""), zone)
        if start and end and start < end <= start + LONGEST:
            return Period("free", Span(start, end), _free_label(start, end, zone), zone)
        return _days("day", now, zone, 1)
    at = _moment(request.GET.get("at", ""), zone) or now
    if kind == "week":
        return _days("week", at, zone, 7)
    if kind == "month":
        return _month(at, zone)
    if kind == "day" or calendar is None:
        return _days("day", at, zone, 1)
    return _shift(calendar, at, zone) or _days("day", at, zone, 1)


def _shift(calendar: Calendar, at: datetime, zone: ZoneInfo) -> Period | None:
    """The shift at that moment, else the last one before it."""
    around = [shift for shift in calendar.shifts(Span(at - NEAR, at + NEAR)) if not shift.span.is_empty]
    begun = [index for index, shift in enumerate(around) if shift.span.start <= at]
    if not begun:
        return None
    index = begun[-1]
    shift = around[index]
    before = _query("shift", around[index - 1].span.start) if index else ""
    after = _query("shift", around[index + 1].span.start) if index + 1 < len(around) else ""
    return Period("shift", shift.span, _shift_label(shift, zone), zone, before, after)


def _days(kind: str, at: datetime, zone: ZoneInfo, days: int) -> Period:
    first = local_date(at, zone)
    first -= ONE_DAY * (first.weekday() if kind == "week" else 0)
    start, end = (instant(day, time.min, zone) for day in (first, first + ONE_DAY * days))
    earlier = instant(first - ONE_DAY * days, time.min, zone)
    if kind == "week":
        label = _("Week %(week)s, from %(day)s") % {"week": f"{first:%V}", "day": _day(start, zone)}
    else:
        label = _day(start, zone)
    return Period(kind, Span(start, end), label, zone, _query(kind, earlier), _query(kind, end))


def _month(at: datetime, zone: ZoneInfo) -> Period:
    first = local_date(at, zone).replace(day=1)
    start, end, earlier = (
        instant(day, time.min, zone)
        for day in (first, (first + 31 * ONE_DAY).replace(day=1), (first - ONE_DAY).replace(day=1))
    )
    label = formats.date_format(first, "F Y")
    return Period("month", Span(start, end), label, zone, _query("month", earlier), _query("month", end))


def _switch(kind: str, period: Period) -> str:
    if kind == "free":
        return urlencode({"period": "free", "start": period.start_input, "end": period.end_input})
    return _query(kind, period.span.start)


def _query(kind: str, at: datetime) -> str:
    return urlencode({"period": kind, "at": at.isoformat()})


def _moment(text: str, zone: ZoneInfo) -> datetime | None:
    """An ISO moment; one without an offset is on the plant's clock, one out of all reason is None."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    return moment if EARLIEST <= moment <= LATEST else None


def _shift_label(shift: ShiftAt, zone: ZoneInfo) -> str:
    name = shift.name or _("Shift")
    return f"{name} {_clock_span(shift.span, zone)}, {_day(shift.span.start, zone)}"


def _free_label(start: datetime, end: datetime, zone: ZoneInfo) -> str:
    return " – ".join(f"{_day(at, zone)} {at.astimezone(zone):%H:%M}" for at in (start, end))


def _clock_span(span: Span, zone: ZoneInfo) -> str:
    return "–".join(f"{at.astimezone(zone):%H:%M}" for at in (span.start, span.end))


def _day(moment: datetime, zone: ZoneInfo) -> str:
    german = (get_language() or "").startswith("de")
    return formats.date_format(moment.astimezone(zone), "D, d.m.Y" if german else "D, j M Y")
