"""The engine against an oracle that looks at the plant's wall clock once a quarter of an hour."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from machines.domain.calendars.engine import Calendar, Planned
from machines.domain.calendars.localtime import local_days
from machines.domain.calendars.rules import (
    BreakRule,
    CalendarRules,
    Closed,
    ExtraTime,
    PlannedDown,
    ShiftRule,
)
from mes.lib.spans import Span, total

QUARTER = timedelta(minutes=15)
QUARTERS_A_DAY = 96
# a Friday before each change of clocks in 2026
WEEKENDS = {
    "Europe/Berlin": ("2026-03-27", "2026-10-23"),
    "America/New_York": ("2026-03-06", "2026-10-30"),
    "Australia/Lord_Howe": ("2026-04-03", "2026-10-02"),
    "Asia/Kolkata": ("2026-03-27", "2026-10-23"),
}


def clock(quarter):
    return time(*divmod(quarter % QUARTERS_A_DAY * 15, 60))


@st.composite
def weeks(draw):
    """Up to three shifts a day that don't overlap, on some weekdays, each with at most one break."""
    cursor = draw(st.integers(0, QUARTERS_A_DAY - 1))
    left = QUARTERS_A_DAY
    shifts = []
    for number in range(draw(st.integers(1, 3))):
        length = draw(st.integers(1, max(1, left - 8 * (2 - number))))
        if length > left:
            break
        pause = draw(st.integers(0, length - 1))
        pause_end = draw(st.integers(pause + 1, length))
        breaks = (BreakRule(clock(cursor + pause), clock(cursor + pause_end)),) if draw(st.booleans()) else ()
        for weekday in draw(st.sets(st.integers(0, 6), min_size=1)):
            shifts.append(ShiftRule(f"S{number}", weekday, clock(cursor), clock(cursor + length), breaks))
        cursor, left = cursor + length, left - length
    return tuple(shifts)


ANY_WEEK = weeks()


@st.composite
def windows(draw, zone_name):
    friday = datetime.fromisoformat(draw(st.sampled_from(WEEKENDS[zone_name]))).replace(tzinfo=UTC)
    start = friday + draw(st.integers(0, 3 * QUARTERS_A_DAY)) * QUARTER
    return Span(start, start + draw(st.integers(1, 4 * QUARTERS_A_DAY)) * QUARTER)


@st.composite
def situations(draw, shifts=ANY_WEEK, exceptions=True):
    zone_name = draw(st.sampled_from(sorted(WEEKENDS)))
    some = st.lists(windows(zone_name), max_size=2) if exceptions else st.just([])
    rules = CalendarRules(
        ZoneInfo(zone_name),
        draw(st.none() | shifts) if exceptions else draw(shifts),
        closed=tuple(Closed(span) for span in draw(some)),
        extra=tuple(ExtraTime(span) for span in draw(some)),
        planned_down=tuple(PlannedDown(span) for span in draw(some)),
    )
    return Calendar(rules), draw(windows(zone_name))


def hangs_on_a_double_hour(rule):
    """A border at 01:00–02:59 may come twice; which of the two counts is tested by example."""
    return any(part.start.hour in (1, 2) or part.end.hour in (1, 2) for part in (rule, *rule.breaks))


def is_working(rules, moment):
    wall = moment.astimezone(rules.zone).replace(tzinfo=None)

    def inside(day, start, end):
        begin, finish = datetime.combine(day, start), datetime.combine(day, end)
        return begin <= wall < (finish if end > start else finish + timedelta(days=1))

    for day in (wall.date(), wall.date() - timedelta(days=1)):
        for shift in rules.shifts:
            if shift.weekday != day.weekday() or not inside(day, shift.start, shift.end):
                continue
            return not any(
                inside(day if pause.start >= shift.start else day + timedelta(days=1), pause.start, pause.end)
                for pause in shift.breaks
            )
    return False


@given(situations(ANY_WEEK.filter(lambda week: not any(map(hangs_on_a_double_hour, week))), exceptions=False))
@settings(max_examples=150, deadline=None)
def test_working_time_is_what_the_wall_clock_shows(situation):
    calendar, window = situation
    ticks = (window.start + n * QUARTER for n in range(window.duration // QUARTER))
    expected = sum(is_working(calendar.rules, tick) for tick in ticks)
    assert calendar.working_time(window.start, window.end) == expected * QUARTER


@given(situations())
@settings(max_examples=150, deadline=None)
def test_planned_spans_are_sorted_and_never_overlap(situation):
    calendar, window = situation
    entries = calendar.planned(window)
    assert all(entry.span.start >= window.start and entry.span.end <= window.end for entry in entries)
    assert all(a.span.end <= b.span.start for a, b in pairwise(entries))
    assert calendar.working_time(window.start, window.end) == total(
        entry.span for entry in entries if entry.kind is Planned.WORK
    )


@given(situations())
@settings(max_examples=150, deadline=None)
def test_p16_sum_over_local_days_is_sum_over_utc(situation):
    calendar, window = situation
    days = [span for _, span in local_days(window, calendar.rules.zone)]
    assert sum((day.duration for day in days), timedelta()) == window.duration
    assert sum((calendar.working_time(d.start, d.end) for d in days), timedelta()) == calendar.working_time(
        window.start, window.end
    )


@given(situations(), st.integers(1, 100 * 3600))
@settings(max_examples=150, deadline=None)
def test_adding_and_subtracting_working_time_invert_measuring_it(situation, seconds):
    calendar, window = situation
    work, start = timedelta(seconds=seconds), window.start
    if calendar.next_work(start) is None:
        return
    end = calendar.add_working_time(start, work)
    tick = timedelta(microseconds=1)
    assert calendar.working_time(start, end) == work
    assert calendar.working_time(start, end - tick) == work - tick
    begin = calendar.subtract_working_time(end, work)
    assert calendar.working_time(begin, end) == work
    assert begin >= start
    assert calendar.working_time(start, begin) == timedelta()


@given(situations())
@settings(max_examples=100, deadline=None)
def test_shift_at_agrees_with_the_plan(situation):
    calendar, window = situation
    for entry in calendar.planned(window):
        for moment in (entry.span.start, entry.span.end - timedelta(microseconds=1)):
            shift = calendar.shift_at(moment)
            assert (shift.name, shift.date) == (entry.shift, entry.shift_date)
            assert moment in shift.span
