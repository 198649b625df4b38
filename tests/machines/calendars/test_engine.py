"""Shifts, breaks, exceptions: the cases a plant can name."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import holidays
import pytest

from machines.domain.calendars.engine import Calendar, Planned
from machines.domain.calendars.localtime import instant, local_days
from machines.domain.calendars.rules import (
    BreakRule,
    CalendarRules,
    Closed,
    ExtraTime,
    Level,
    PlannedDown,
    ShiftRule,
)
from mes.lib.errors import MesError
from mes.lib.spans import Span

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)
LUNCH = BreakRule(time(12), time(12, 30))


def local(text):
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


def between(start, end):
    return Span(local(start), local(end))


def daily(name, start, end, *breaks, weekdays=range(7)):
    return tuple(ShiftRule(name, weekday, time(start), time(end), breaks) for weekday in weekdays)


def calendar(*shifts, **rules):
    return Calendar(CalendarRules(BERLIN, shifts, **rules))


early = daily("early", 6, 14)
night = daily("night", 22, 6)
WORKDAYS = range(5)


def test_planned_time_of_a_day_with_a_break():
    entries = calendar(*daily("day", 6, 14, LUNCH)).planned(between("2026-03-03", "2026-03-04"))
    assert [(e.span, e.kind, e.shift, e.shift_date) for e in entries] == [
        (between("2026-03-03T06:00", "2026-03-03T12:00"), Planned.WORK, "day", date(2026, 3, 3)),
        (between("2026-03-03T12:00", "2026-03-03T12:30"), Planned.BREAK, "day", date(2026, 3, 3)),
        (between("2026-03-03T12:30", "2026-03-03T14:00"), Planned.WORK, "day", date(2026, 3, 3)),
    ]


def test_unpaid_break_is_no_operation_time():
    assert Planned.BREAK.is_operation_time
    assert Planned.DOWN.is_operation_time
    assert not Planned.UNPAID.is_operation_time
    entries = calendar(*daily("day", 6, 14, BreakRule(time(12), time(12, 30), unpaid=True))).planned(
        between("2026-03-03T11:00", "2026-03-03T13:00")
    )
    assert [e.kind for e in entries] == [Planned.WORK, Planned.UNPAID, Planned.WORK]


def test_night_shift_belongs_to_the_date_it_began_on_and_so_does_its_break_after_midnight():
    plan = calendar(*daily("night", 22, 6, BreakRule(time(2), time(2, 30)), weekdays=[4]))
    entries = plan.planned(between("2026-03-07", "2026-03-09"))
    assert {e.shift_date for e in entries} == {date(2026, 3, 6)}
    assert [e.span for e in entries if e.kind is Planned.BREAK] == [
        between("2026-03-07T02:00", "2026-03-07T02:30")
    ]


@pytest.mark.parametrize(
    ("evening", "hours"),
    [("2026-03-28", 7), ("2026-10-24", 9), ("2026-06-01", 8)],
    ids=["spring", "autumn", "June"],
)
def test_night_shift_lasts_as_long_as_the_clock_change_makes_it(evening, hours):
    start = local(f"{evening}T22:00")
    assert calendar(*night).working_time(start, start.astimezone(UTC) + 10 * HOUR) == hours * HOUR


def test_shifts_that_touch_in_the_missing_hour_neither_overlap_nor_leave_a_hole():
    shifts = (
        ShiftRule("a", 6, time(0), time(2, 30)),
        ShiftRule("b", 6, time(2, 30), time(6)),
    )
    first, second = calendar(*shifts).planned(between("2026-03-29", "2026-03-30"))
    jump = datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert first.span.end == second.span.start == jump
    assert first.span.duration + second.span.duration == 5 * HOUR


def test_shifts_that_touch_in_the_double_hour_change_over_at_its_first_time():
    shifts = (
        ShiftRule("a", 6, time(0), time(2, 30)),
        ShiftRule("b", 6, time(2, 30), time(6)),
    )
    first, second = calendar(*shifts).planned(between("2026-10-25", "2026-10-26"))
    assert first.span.end == second.span.start == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert first.span.duration + second.span.duration == 7 * HOUR


def test_a_shift_inside_the_missing_hour_does_not_take_place():
    plan = calendar(ShiftRule("ghost", 6, time(2, 10), time(2, 50)))
    assert plan.planned(between("2026-03-29", "2026-03-30")) == []


def test_the_order_of_wall_clocks_is_kept_on_both_days():
    clocks = [time(h, m) for h in range(5) for m in (0, 20, 40)]
    for day in (date(2026, 3, 29), date(2026, 10, 25)):
        moments = [instant(day, clock, BERLIN) for clock in clocks]
        assert moments == sorted(moments)


def test_local_days_have_23_24_and_25_hours():
    days = dict(local_days(between("2026-03-28", "2026-03-30"), BERLIN))
    assert [span.duration for span in days.values()] == [24 * HOUR, 23 * HOUR]
    (_, autumn), *_ = local_days(between("2026-10-25", "2026-10-26"), BERLIN)
    assert autumn.duration == 25 * HOUR


def test_a_midnight_that_does_not_exist_begins_the_day_at_the_jump():
    cairo = ZoneInfo("Africa/Cairo")
    jump = instant(date(2024, 4, 26), time(0), cairo)
    assert jump.astimezone(cairo).time() == time(1)
    days = dict(local_days(Span(jump - 24 * HOUR, jump + 23 * HOUR), cairo))
    assert days[date(2024, 4, 25)].duration == 24 * HOUR
    assert days[date(2024, 4, 26)].duration == 23 * HOUR


def test_without_any_pattern_a_machine_is_meant_to_work_around_the_clock():
    plan = Calendar(CalendarRules(BERLIN, shifts=None, holidays={date(2026, 10, 25)}))
    assert plan.working_time(local("2026-10-25"), local("2026-10-26")) == 25 * HOUR


def test_holidays_take_away_the_shifts_that_begin_on_them():
    plan = calendar(*night, holidays=holidays.country_holidays("DE", subdiv="BW"))
    # 6 January is a holiday in Baden-Württemberg: the night shift of the 5th still runs to its end
    assert [shift.date for shift in plan.shifts(between("2026-01-05T12:00", "2026-01-08T12:00"))] == [
        date(2026, 1, 5),
        date(2026, 1, 7),
    ]


def test_closing_cuts_shifts_and_extra_time_adds_to_them():
    plan = calendar(
        *early,
        closed=(Closed(between("2026-03-03T10:00", "2026-03-04T12:00")),),
        extra=(ExtraTime(between("2026-03-07T15:00", "2026-03-07T18:00"), reason="rush order"),),
    )
    assert plan.working_spans(between("2026-03-03", "2026-03-05")) == [
        between("2026-03-03T06:00", "2026-03-03T10:00"),
        between("2026-03-04T12:00", "2026-03-04T14:00"),
    ]
    shift = plan.shift_at(local("2026-03-07T16:00"))
    assert (shift.name, shift.date) == ("rush order", date(2026, 3, 7))


def test_extra_time_overlapping_a_shift_counts_once_and_keeps_the_shift_name():
    plan = calendar(
        *early, extra=(ExtraTime(between("2026-03-03T12:00", "2026-03-03T16:00"), reason="more"),)
    )
    assert plan.working_time(local("2026-03-03"), local("2026-03-04")) == 10 * HOUR
    assert plan.shift_at(local("2026-03-03T13:00")).name == "early"
    assert plan.shift_at(local("2026-03-03T15:00")).name == "more"


def test_extra_time_works_on_a_holiday():
    plan = calendar(
        *early,
        holidays={date(2026, 3, 3)},
        extra=(ExtraTime(between("2026-03-03T07:00", "2026-03-03T09:00")),),
    )
    assert plan.working_time(local("2026-03-03"), local("2026-03-04")) == 2 * HOUR


@pytest.mark.parametrize(
    ("closing", "extra", "hours"),
    [
        (Level.PLANT, Level.MACHINE, 4),
        (Level.PLANT, Level.PLANT, 4),
        (Level.MACHINE, Level.PLANT, 0),
        (Level.AREA, Level.PLANT, 0),
    ],
)
def test_the_more_specific_exception_wins(closing, extra, hours):
    day = between("2026-03-03", "2026-03-04")
    plan = calendar(
        *early,
        closed=(Closed(day, closing),),
        extra=(ExtraTime(between("2026-03-03T08:00", "2026-03-03T12:00"), extra),),
    )
    assert plan.working_time(day.start, day.end) == hours * HOUR


def test_extra_time_of_several_days_is_told_apart_by_date():
    plan = calendar(extra=(ExtraTime(between("2026-03-27T22:00", "2026-03-30T06:00"), reason="weekend"),))
    shifts = plan.shifts(between("2026-03-27", "2026-04-01"))
    assert [(s.date.day, s.span.duration / HOUR) for s in shifts] == [(27, 24), (28, 23), (29, 8)]


def test_maintenance_is_planned_down_inside_operation_time_only_and_leaves_breaks_alone():
    plan = calendar(
        *daily("day", 6, 14, LUNCH),
        planned_down=(PlannedDown(between("2026-03-03T11:30", "2026-03-03T20:00"), reason="oil change"),),
    )
    entries = plan.planned(between("2026-03-03", "2026-03-04"))
    assert [(e.kind, e.span.duration / HOUR) for e in entries] == [
        (Planned.WORK, 5.5),
        (Planned.DOWN, 0.5),
        (Planned.BREAK, 0.5),
        (Planned.DOWN, 1.5),
    ]
    assert {e.reason for e in entries if e.kind is Planned.DOWN} == {"oil change"}


def test_overlapping_shifts_count_once_and_the_earlier_one_keeps_its_time():
    plan = calendar(*daily("early", 6, 14), *daily("late", 13, 22), *daily("night", 21, 7))
    assert plan.working_time(local("2026-03-03"), local("2026-03-04")) == 24 * HOUR
    assert plan.shift_at(local("2026-03-03T13:30")).name == "early"
    assert plan.shift_at(local("2026-03-03T21:30")).name == "late"
    assert plan.shift_at(local("2026-03-03T06:30")).name == "night"


def test_shift_at_sees_the_whole_shift_through_its_break_and_nothing_outside():
    plan = calendar(*daily("day", 6, 14, LUNCH))
    shift = plan.shift_at(local("2026-03-03T12:10"))
    assert shift.span == between("2026-03-03T06:00", "2026-03-03T14:00")
    assert plan.shift_at(local("2026-03-03T14:00")) is None


def test_work_ends_over_breaks_nights_and_weekends():
    plan = calendar(*daily("day", 6, 14, LUNCH, weekdays=WORKDAYS))
    friday = local("2026-03-06T11:00")
    assert plan.add_working_time(friday, 2 * HOUR) == local("2026-03-06T13:30")
    assert plan.add_working_time(friday, 3 * HOUR) == local("2026-03-09T06:30")
    assert plan.subtract_working_time(local("2026-03-09T06:30"), 3 * HOUR) == friday
    assert plan.add_working_time(local("2026-03-06T10:00"), 2 * HOUR) == local("2026-03-06T12:00")
    assert plan.next_work(local("2026-03-06T14:00")) == local("2026-03-09T06:00")
    assert plan.next_work(friday) == friday


def test_a_calendar_without_work_says_so():
    empty = calendar()
    assert empty.next_work(local("2026-03-06")) is None
    for question in (empty.add_working_time, empty.subtract_working_time):
        with pytest.raises(MesError) as refusal:
            question(local("2026-03-06"), HOUR)
        assert refusal.value.code == "no_working_time"
