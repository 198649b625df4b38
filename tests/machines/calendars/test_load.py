"""Calendars from the database: which level's word holds, and how many queries it takes."""

from datetime import UTC, datetime, time, timedelta

import pytest

from machines.domain.calendars.engine import Planned
from machines.domain.calendars.load import load_calendar, load_calendars, public_holidays
from machines.models import ExceptionKind
from mes.lib.errors import MesError
from mes.lib.spans import Span
from tests.factories.machines import (
    CalendarExceptionFactory,
    MachineFactory,
    PlantFactory,
    ShiftBreakFactory,
    ShiftFactory,
    ShiftPatternFactory,
)

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
# Monday 2 March 2026, midnight in Berlin
MONDAY = datetime(2026, 3, 1, 23, tzinfo=UTC)
DAY = Span(MONDAY, MONDAY + 24 * HOUR)


def pattern(hours, **fields):
    """A pattern of one shift a day of so many hours from 06:00 on."""
    made = ShiftPatternFactory(**fields)
    for weekday in range(7):
        ShiftFactory(pattern=made, weekday=weekday, start=time(6), end=time(6 + hours), name=f"{hours} h")
    return made


def working_hours(machine, span=DAY):
    return load_calendar(machine.pk, span).working_time(span.start, span.end) / HOUR


def test_without_a_pattern_a_machine_works_around_the_clock():
    assert working_hours(MachineFactory()) == 24


def test_the_most_specific_pattern_holds():
    machine = MachineFactory()
    for level, hours in ((machine.plant, 4), (machine.area, 5), (machine.group, 6), (machine, 7)):
        level.shift_pattern = pattern(hours)
        level.save()
        assert working_hours(machine) == hours


def test_a_pattern_without_shifts_means_that_it_never_works():
    assert working_hours(MachineFactory(shift_pattern=ShiftPatternFactory())) == 0


def test_shifts_and_their_breaks_stand_in_local_time_of_the_plant():
    machine = MachineFactory(plant=PlantFactory(time_zone="Asia/Kolkata"), shift_pattern=pattern(8))
    ShiftBreakFactory(shift=machine.shift_pattern.shifts.get(weekday=0), start=time(9), end=time(9, 15))
    entries = load_calendar(machine.pk).planned(DAY)
    assert [(e.kind, e.span.start.isoformat()) for e in entries][:3] == [
        (Planned.WORK, "2026-03-02T00:30:00+00:00"),
        (Planned.BREAK, "2026-03-02T03:30:00+00:00"),
        (Planned.WORK, "2026-03-02T03:45:00+00:00"),
    ]


def test_an_unpaid_break_is_no_operation_time():
    machine = MachineFactory(shift_pattern=pattern(8))
    ShiftBreakFactory(shift=machine.shift_pattern.shifts.get(weekday=0), unpaid=True)
    assert [entry.kind for entry in load_calendar(machine.pk).planned(DAY)] == [
        Planned.WORK,
        Planned.UNPAID,
        Planned.WORK,
    ]


def test_holidays_of_the_plants_country_and_subdivision():
    epiphany = Span(datetime(2026, 1, 5, 23, tzinfo=UTC), datetime(2026, 1, 6, 23, tzinfo=UTC))
    for subdivision, hours in (("BW", 0), ("BE", 8)):
        plant = PlantFactory(holiday_country="DE", holiday_subdivision=subdivision, shift_pattern=pattern(8))
        assert working_hours(MachineFactory(plant=plant), epiphany) == hours
        stubborn = MachineFactory(plant=plant, shift_pattern=pattern(8, works_on_holidays=True))
        assert working_hours(stubborn, epiphany) == 8


def test_the_holiday_rule_comes_with_the_pattern_that_holds():
    plant = PlantFactory(holiday_country="DE", shift_pattern=pattern(8, works_on_holidays=True))
    machine = MachineFactory(plant=plant, shift_pattern=pattern(8))
    new_year = Span(datetime(2025, 12, 31, 23, tzinfo=UTC), datetime(2026, 1, 1, 23, tzinfo=UTC))
    assert working_hours(machine, new_year) == 0


def test_an_unknown_region_is_refused_with_a_code():
    assert datetime(2026, 1, 1, tzinfo=UTC).date() not in public_holidays("")
    for region in (("XX", ""), ("DE", "ZZ")):
        with pytest.raises(MesError) as refusal:
            public_holidays(*region)
        assert refusal.value.code == "unknown_holiday_region"


def test_exceptions_reach_plant_area_and_machine_and_nobody_else():
    machine = MachineFactory(shift_pattern=pattern(8))
    neighbour = MachineFactory(plant=machine.plant, area=machine.area, shift_pattern=machine.shift_pattern)
    stranger = MachineFactory(plant=machine.plant, shift_pattern=machine.shift_pattern)
    six = MONDAY + 6 * HOUR
    CalendarExceptionFactory(plant=machine.plant, start=six, end=six + HOUR)
    CalendarExceptionFactory(plant=machine.plant, area=machine.area, start=six + HOUR, end=six + 3 * HOUR)
    CalendarExceptionFactory(plant=machine.plant, machine=machine, start=six + 3 * HOUR, end=six + 7 * HOUR)
    CalendarExceptionFactory(start=six, end=six + 8 * HOUR)
    assert (working_hours(machine), working_hours(neighbour), working_hours(stranger)) == (1, 5, 7)


def test_kinds_of_exceptions():
    machine = MachineFactory(shift_pattern=pattern(8))
    six = MONDAY + 6 * HOUR
    for kind, hours in ((ExceptionKind.MAINTENANCE, (0, 2)), (ExceptionKind.EXTRA, (8, 11))):
        start, end = (six + hour * HOUR for hour in hours)
        CalendarExceptionFactory(plant=machine.plant, kind=kind, start=start, end=end, reason="agreed")
    entries = load_calendar(machine.pk, DAY).planned(DAY)
    assert [(e.kind, e.shift, e.span.duration / HOUR) for e in entries] == [
        (Planned.DOWN, "8 h", 2),
        (Planned.WORK, "8 h", 6),
        (Planned.WORK, "agreed", 3),
    ]


def test_a_machines_extra_time_overrules_the_plants_closing():
    machine = MachineFactory(shift_pattern=pattern(8))
    CalendarExceptionFactory(plant=machine.plant, start=MONDAY, end=MONDAY + 24 * HOUR)
    CalendarExceptionFactory(
        plant=machine.plant,
        machine=machine,
        kind=ExceptionKind.EXTRA,
        start=MONDAY + 6 * HOUR,
        end=MONDAY + 9 * HOUR,
    )
    assert working_hours(machine) == 3


def test_a_long_closing_that_began_before_the_span_is_seen():
    machine = MachineFactory(shift_pattern=pattern(8))
    CalendarExceptionFactory(
        plant=machine.plant, start=MONDAY - timedelta(days=20), end=MONDAY + timedelta(days=20)
    )
    assert working_hours(machine) == 0


@pytest.mark.parametrize("count", [1, 30])
def test_four_queries_for_any_number_of_machines_which_share_calendars(count, django_assert_num_queries):
    plant = PlantFactory(shift_pattern=pattern(8), holiday_country="DE")
    ShiftBreakFactory(shift=plant.shift_pattern.shifts.first())
    CalendarExceptionFactory(plant=plant)
    machines = [MachineFactory(plant=plant).pk for _ in range(count)]
    with django_assert_num_queries(4):
        calendars = load_calendars(machines, DAY)
    assert set(calendars) == set(machines)
    assert len({id(calendar) for calendar in calendars.values()}) == 1


def test_what_was_computed_is_kept_until_a_rule_changes():
    machine = MachineFactory(plant__holiday_country="DE", shift_pattern=pattern(8))
    calendar = load_calendar(machine.pk)
    assert load_calendar(machine.pk) is calendar
    CalendarExceptionFactory(
        plant=machine.plant, start=MONDAY - timedelta(days=2), end=MONDAY + timedelta(days=2)
    )
    assert load_calendar(machine.pk) is not calendar
    assert working_hours(machine) == 0
