"""Questions to one calendar: what is planned, how much work fits, when it ends, which shift it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from machines.domain.calendars.localtime import ONE_DAY, instant, local_date
from machines.domain.calendars.rules import CalendarRules, ExtraTime, ShiftRule
from mes.lib.errors import MesError
from mes.lib.spans import ZERO, Span, as_utc, clip, intersect, subtract, union

HORIZON = timedelta(days=3 * 366)
"""How far ``add_working_time`` looks for work before it says that there is none."""


class Planned(StrEnum):
    """What a stretch of a shift is planned for."""

    WORK = "work"
    BREAK = "break"
    DOWN = "down"
    UNPAID = "unpaid"

    @property
    def is_operation_time(self) -> bool:
        """True for what belongs to planned operation time (POT) of ISO 22400-2."""
        return self is not Planned.UNPAID


@dataclass(frozen=True, slots=True, order=True)
class PlannedSpan:
    """A stretch of one shift. ``shift_date`` is the local date on which the shift began."""

    span: Span
    kind: Planned
    shift: str
    shift_date: date
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ShiftAt:
    """A shift of a certain date; ``span`` runs from its first to its last moment, breaks included."""

    name: str
    date: date
    span: Span


@dataclass(frozen=True, slots=True)
class _Occurrence:
    """One shift on one date, as stated, before overlaps, breaks and maintenance."""

    name: str
    date: date
    spans: tuple[Span, ...]
    breaks: tuple[tuple[Planned, Span], ...] = ()

    @property
    def hull(self) -> Span:
        return Span(self.spans[0].start, self.spans[-1].end)


class Calendar:
    """The working time of one machine. All moments are aware datetimes, all answers UTC.

    Days are computed once and kept, so one calendar may be asked often and for long spans.
    """

    def __init__(self, rules: CalendarRules) -> None:
        self.rules = rules
        self._stated: dict[date, list[_Occurrence]] = {}
        self._days: dict[date, list[PlannedSpan]] = {}
        self._work: dict[date, list[Span]] = {}
        self._extra = _extra_occurrences(rules)
        self._closed = union(closed.span for closed in rules.closed)

    def planned(self, span: Span) -> list[PlannedSpan]:
        """What is planned inside ``span``: sorted, no overlap. What no entry covers is no operation time."""
        return sorted(
            PlannedSpan(part, entry.kind, entry.shift, entry.shift_date, entry.reason)
            for day in self._dates(span)
            for entry in self._day(day)
            if (part := entry.span & span)
        )

    def working_spans(self, span: Span) -> list[Span]:
        """The planned busy time (PBT) inside ``span``."""
        return clip((work for day in self._dates(span) for work in self._work_of(day)), span)

    def working_time(self, start: datetime, end: datetime) -> timedelta:
        """Planned busy time in [start, end); zero if ``end`` isn't after ``start``."""
        if end <= start:
            return ZERO
        return sum((work.duration for work in self.working_spans(Span(start, end))), ZERO)

    def add_working_time(self, start: datetime, duration: timedelta) -> datetime:
        """The earliest moment by which ``duration`` of work is done when it begins at ``start``.

        Raises ``MesError`` ``no_working_time`` if the calendar doesn't hold that much in three years.
        """
        start, left = as_utc(start), duration
        if left <= ZERO:
            return start
        for work in self._work_after(start):
            if work.duration >= left:
                return work.start + left
            left -= work.duration
        raise _no_working_time()

    def subtract_working_time(self, end: datetime, duration: timedelta) -> datetime:
        """The latest moment at which ``duration`` of work may begin to be done by ``end``.

        Raises ``MesError`` ``no_working_time`` if the calendar doesn't hold that much in three years.
        """
        end, left = as_utc(end), duration
        if left <= ZERO:
            return end
        for work in self._work_before(end):
            if work.duration >= left:
                return work.end - left
            left -= work.duration
        raise _no_working_time()

    def next_work(self, moment: datetime) -> datetime | None:
        """``moment`` itself if it is working time, else when work begins; ``None`` if not in three years."""
        return next((work.start for work in self._work_after(as_utc(moment))), None)

    def shift_at(self, moment: datetime) -> ShiftAt | None:
        """The shift that ``moment`` lies in, its breaks included, or ``None``."""
        moment = as_utc(moment)
        near = local_date(moment, self.rules.zone)
        entries = [entry for day in (near - ONE_DAY, near) for entry in self._day(day)]
        for entry in entries:
            if moment in entry.span:
                whole = [
                    e.span for e in entries if (e.shift, e.shift_date) == (entry.shift, entry.shift_date)
                ]
                block = next(span for span in union(whole) if moment in span)
                return ShiftAt(entry.shift, entry.shift_date, block)
        return None

    def shifts(self, span: Span) -> list[ShiftAt]:
        """All shifts that touch ``span``, each whole, in order; one cut by a closing comes in parts."""
        found: dict[tuple[str, date], list[Span]] = {}
        for day in self._dates(span):
            for entry in self._day(day):
                found.setdefault((entry.shift, entry.shift_date), []).append(entry.span)
        return sorted(
            (
                ShiftAt(name, day, block)
                for (name, day), spans in found.items()
                for block in union(spans)
                if block.overlaps(span)
            ),
            key=lambda shift: shift.span,
        )

    def _dates(self, span: Span) -> Iterator[date]:
        """Every date whose shifts may reach into ``span``: a shift lasts at most into the next date."""
        day = local_date(span.start, self.rules.zone) - ONE_DAY
        last = local_date(span.end, self.rules.zone)
        while day <= last:
            yield day
            day += ONE_DAY

    def _work_after(self, start: datetime) -> Iterator[Span]:
        day = local_date(start, self.rules.zone) - ONE_DAY
        last = local_date(start + HORIZON, self.rules.zone)
        window = Span(start, start + HORIZON)
        while day <= last:
            yield from clip(self._work_of(day), window)
            day += ONE_DAY

    def _work_before(self, end: datetime) -> Iterator[Span]:
        day = local_date(end, self.rules.zone)
        last = local_date(end - HORIZON, self.rules.zone)
        window = Span(end - HORIZON, end)
        while day >= last:
            yield from reversed(clip(self._work_of(day), window))
            day -= ONE_DAY

    def _work_of(self, day: date) -> list[Span]:
        if day not in self._work:
            self._work[day] = union(entry.span for entry in self._day(day) if entry.kind is Planned.WORK)
        return self._work[day]

    def _day(self, day: date) -> list[PlannedSpan]:
        """The shifts that began on ``day``; where two overlap, the time belongs to the earlier one."""
        if day not in self._days:
            taken = [span for shift in self._occurrences(day - ONE_DAY) for span in shift.spans]
            entries: list[PlannedSpan] = []
            for shift in self._occurrences(day):
                entries.extend(self._entries(shift, subtract(shift.spans, taken)))
                taken.extend(shift.spans)
            self._days[day] = sorted(entries)
        return self._days[day]

    def _entries(self, shift: _Occurrence, spans: list[Span]) -> Iterator[PlannedSpan]:
        """Cut a shift's time into unpaid breaks, planned breaks, maintenance and work, in this order."""
        for kind, reason, wanted in self._claims(shift):
            claimed = intersect(spans, wanted)
            spans = subtract(spans, claimed)
            yield from (PlannedSpan(span, kind, shift.name, shift.date, reason) for span in claimed)
        yield from (PlannedSpan(span, Planned.WORK, shift.name, shift.date) for span in spans)

    def _claims(self, shift: _Occurrence) -> Iterator[tuple[Planned, str, list[Span]]]:
        for kind in (Planned.UNPAID, Planned.BREAK):
            yield kind, "", [span for claimed, span in shift.breaks if claimed is kind]
        for down in self.rules.planned_down:
            if down.span.overlaps(shift.hull):
                yield Planned.DOWN, down.reason, [down.span]

    def _occurrences(self, day: date) -> list[_Occurrence]:
        """The shifts that begin on ``day`` in order of their start, then its extra time."""
        if day not in self._stated:
            regular = [
                _Occurrence(rule.name, day, tuple(spans), tuple(self._breaks(rule, day)))
                for rule in self._regular_shifts(day)
                if (spans := subtract([self._wall_span(day, rule.start, rule.end)], self._closed))
            ]
            regular.sort(key=lambda shift: shift.hull)
            self._stated[day] = regular + self._extra.get(day, [])
        return self._stated[day]

    def _regular_shifts(self, day: date) -> Iterable[ShiftRule]:
        if self.rules.shifts is None:
            return (ShiftRule("", day.weekday(), time.min, time.min),)
        if day in self.rules.holidays:
            return ()
        return (rule for rule in self.rules.shifts if rule.weekday == day.weekday())

    def _breaks(self, shift: ShiftRule, day: date) -> Iterator[tuple[Planned, Span]]:
        for rule in shift.breaks:
            starts_on = day if rule.start >= shift.start else day + ONE_DAY
            kind = Planned.UNPAID if rule.unpaid else Planned.BREAK
            yield kind, self._wall_span(starts_on, rule.start, rule.end)

    def _wall_span(self, day: date, start: time, end: time) -> Span:
        ends_on = day if end > start else day + ONE_DAY
        return Span(instant(day, start, self.rules.zone), instant(ends_on, end, self.rules.zone))


def _extra_occurrences(rules: CalendarRules) -> dict[date, list[_Occurrence]]:
    """Extra time by the local date on which it begins; longer than a day, it is cut at its start's clock."""
    found: dict[date, list[_Occurrence]] = {}
    for extra in sorted(rules.extra, key=lambda extra: extra.span):
        overruling = [closed.span for closed in rules.closed if closed.level > extra.level]
        for day, piece in _daily_pieces(extra, rules):
            if spans := subtract([piece], overruling):
                found.setdefault(day, []).append(_Occurrence(extra.reason, day, tuple(spans)))
    return found


def _daily_pieces(extra: ExtraTime, rules: CalendarRules) -> Iterator[tuple[date, Span]]:
    begin = extra.span.start.astimezone(rules.zone)
    day, cursor = begin.date(), extra.span.start
    while cursor < extra.span.end:
        cut = min(max(instant(day + ONE_DAY, begin.time(), rules.zone), cursor), extra.span.end)
        if cursor < cut:
            yield day, Span(cursor, cut)
        day, cursor = day + ONE_DAY, cut


def _no_working_time() -> MesError:
    return MesError("no_working_time", _("The calendar has no working time within three years."))
