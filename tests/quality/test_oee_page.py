from datetime import datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from machines.domain.calendars.load import load_calendar
from machines.enums import MachineState
from machines.models import Machine
from mes.lib.spans import Span
from quality.kpi.collect import read_figures
from quality.views.period import period_of
from tests.factories.accounts import OperatorFactory
from tests.factories.machines import (
    MONDAY,
    AreaFactory,
    MachineGroupFactory,
    MeasuredMachineFactory,
    PlantFactory,
    ShiftFactory,
    ShiftPatternFactory,
    StateIntervalFactory,
)
from tests.factories.orders import OperationFactory, ProductionEventFactory, RunFactory

FREE = "period=free&start=2026-03-02T07:00&end=2026-03-02T15:00"  # 06:00 to 14:00 UTC


def running_machine(plant, area, group, *, minutes, good):
    """A machine that produced ``minutes`` of its eight hours and made ``good`` pieces of 10 s."""
    machine = MeasuredMachineFactory(plant=plant, area=area, group=group)
    operation = OperationFactory(
        order__plant=plant, machine_group=group, in_production=True, run_seconds=Decimal(10)
    )
    run = RunFactory(operation=operation, machine=machine, ended_at=MONDAY + timedelta(hours=8))
    change, end = MONDAY + timedelta(minutes=minutes), MONDAY + timedelta(hours=8)
    StateIntervalFactory(machine=machine, ended_at=change)
    if change < end:
        StateIntervalFactory(machine=machine, started_at=change, ended_at=end, state=MachineState.STOP)
    ProductionEventFactory(
        order=operation.order, operation=operation, run=run, machine=machine, good=Decimal(good)
    )
    return machine


@pytest.fixture
def plant(db):
    plant = PlantFactory(code="RUHR", name="Ruhr works")
    group = MachineGroupFactory(plant=plant)
    forge = AreaFactory(plant=plant, code="FORGE", name="The forge")
    cnc = AreaFactory(plant=plant, code="CNC", name="Machining")
    plant.machine = running_machine(plant, forge, group, minutes=240, good=1000)
    running_machine(plant, cnc, group, minutes=480, good=2000)
    return plant


@pytest.fixture
def reader(client, db):
    client.force_login(OperatorFactory())
    return client


def test_figures_roll_up_from_elements_not_from_ratios(reader, plant):
    context = reader.get(f"/oee/?{FREE}").context
    rows = {row.code: row.figures.oee.availability for row in context["rows"]}
    assert rows == {"FORGE": Decimal("0.5"), "CNC": Decimal(1)}
    assert context["figures"].oee.availability == Decimal("0.75")


def test_one_drills_from_plant_to_area_to_machine(reader, plant):
    areas = reader.get(f"/oee/?{FREE}").context["rows"]
    forge = next(row for row in areas if row.code == "FORGE")
    (machine,) = reader.get(forge.url).context["rows"]
    assert machine.code == plant.machine.code
    page = reader.get(machine.url)
    assert page.status_code == 200
    assert page.context["figures"].oee.availability == Decimal("0.5")
    assert page.context["period"].span == Span(MONDAY, MONDAY + timedelta(hours=8))


def test_several_plants_come_first(reader, plant):
    other = PlantFactory(code="ALPS")
    running_machine(other, AreaFactory(plant=other), MachineGroupFactory(plant=other), minutes=60, good=1)
    assert {row.code for row in reader.get(f"/oee/?{FREE}").context["rows"]} == {"RUHR", "ALPS"}


def test_another_definition_set_reads_the_same_events(reader, plant):
    context = reader.get(f"/oee/?{FREE}&definition=nakajima").context
    assert context["figures"].definition.code == "nakajima"
    assert reader.get(f"/oee/?{FREE}&definition=nonsense").context["figures"].definition.code == "iso22400"


def test_the_interval_buttons_keep_place_and_definition(reader, plant):
    page = reader.get(f"/oee/?plant=RUHR&area=FORGE&definition=nee&{FREE}").content.decode()
    assert "plant=RUHR&amp;area=FORGE&amp;definition=nee" in page


def test_the_page_asks_as_much_for_many_machines_as_for_few(reader, plant, django_assert_max_num_queries):
    def asked():
        with django_assert_max_num_queries(60) as captured:
            assert reader.get(f"/oee/?plant=RUHR&area=FORGE&{FREE}").status_code == 200
        return len(captured)

    reader.get("/oee/")
    before = asked()
    for _ in range(3):
        running_machine(plant, plant.machine.area, plant.machine.group, minutes=60, good=10)
    assert asked() == before


def test_an_installation_without_machines_has_an_empty_page(reader):
    assert reader.get("/oee/").status_code == 200


def test_the_future_is_in_no_figure(plant):
    reading = read_figures(
        Machine.objects.all(), start=MONDAY, end=MONDAY + timedelta(days=30), now=MONDAY + timedelta(hours=8)
    )
    assert reading.span.end == MONDAY + timedelta(hours=8)


@pytest.fixture
def calendar(db):
    pattern = ShiftPatternFactory()
    for day in range(5):
        ShiftFactory(pattern=pattern, weekday=day, name="Early", start=time(6), end=time(14))
        ShiftFactory(pattern=pattern, weekday=day, name="Late", start=time(14), end=time(22))
    return load_calendar(MeasuredMachineFactory(shift_pattern=pattern).pk)


def ask(rf, query, calendar, now=MONDAY + timedelta(hours=3)):
    return period_of(rf.get(f"/?{query}"), calendar=calendar, zone=ZoneInfo("Europe/Berlin"), now=now)


def test_by_default_the_shift_that_runs_now(rf, calendar):
    period = ask(rf, "", calendar)
    assert period.span == Span(MONDAY - timedelta(hours=1), MONDAY + timedelta(hours=7))
    assert period.label.startswith("Early 06:00–14:00")


def test_between_shifts_the_last_one(rf, calendar):
    night = ask(rf, "", calendar, now=MONDAY + timedelta(hours=18))
    assert night.label.startswith("Late")


def test_one_steps_from_shift_to_shift_over_the_weekend(rf, calendar):
    monday = ask(rf, "", calendar)
    friday = ask(rf, monday.before, calendar)
    assert friday.label.startswith("Late 14:00–22:00, Fri")
    assert ask(rf, friday.after, calendar).span == monday.span
    assert ask(rf, monday.query, calendar).span == monday.span


def test_days_and_weeks_are_those_of_the_plants_clock(rf, calendar):
    # the clocks go forward on 29 March 2026: that day has 23 hours, its week 167
    at = "at=2026-03-29T12:00%2B00:00"
    assert ask(rf, f"period=day&{at}", calendar).span.duration == timedelta(hours=23)
    week = ask(rf, f"period=week&{at}", calendar)
    assert week.span.duration == timedelta(hours=167)
    assert ask(rf, week.before, calendar).span.end == week.span.start
    assert ask(rf, week.after, calendar).span.start == week.span.end


def test_a_free_interval_is_read_on_the_plants_clock_and_stays_what_it_is(rf, calendar):
    period = ask(rf, FREE, calendar)
    assert period.span == Span(MONDAY, MONDAY + timedelta(hours=8))
    assert ask(rf, period.query, calendar).span == period.span


@pytest.mark.parametrize(
    "query",
    [
        "period=free&start=2026-03-02T07:00&end=2026-03-01T07:00",
        "period=free&start=2026-03-02T07:00",
        "period=free&start=1900-01-01T00:00&end=2026-03-01T07:00",
        "period=free&start=0001-01-01T00:00&end=9999-12-31T00:00",
    ],
)
def test_an_impossible_interval_is_the_day(rf, calendar, query):
    assert ask(rf, query, calendar).kind == "day"


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59+00:00"])
@pytest.mark.parametrize("kind", ["shift", "day", "week"])
def test_the_ends_of_time_are_no_crash(rf, calendar, kind, at):
    assert ask(rf, f"period={kind}&at={at.replace('+', '%2B')}", calendar).span.duration > timedelta(0)


def test_machines_that_cannot_be_compared_are_told_apart(reader, plant):
    machine = MeasuredMachineFactory(plant=plant, area=plant.machine.area, group=plant.machine.group)
    running_machine(plant, plant.machine.area, plant.machine.group, minutes=400, good=10)
    context = reader.get(f"/oee/?plant=RUHR&area=FORGE&{FREE}").context
    standings = {row.code: row.standing.rank for row in context["rows"]}
    assert standings.pop(machine.code) is None
    assert sorted(standings.values()) == [1, 2]
    assert [row.code for row in context["refused"]] == [machine.code]


def test_a_machine_group_is_a_level_of_its_own(reader, plant):
    other = MachineGroupFactory(plant=plant, code="OTHER")
    alone = running_machine(plant, plant.machine.area, other, minutes=100, good=10)
    rows = reader.get(f"/oee/?plant=RUHR&group=OTHER&{FREE}").context["rows"]
    assert [row.code for row in rows] == [alone.code]


def test_every_definition_set_reads_the_same_events(reader, plant):
    readings = reader.get(f"/oee/?{FREE}").context["translated"]
    assert [reading.definition.code for reading in readings if reading.is_shown] == ["iso22400"]
    assert len({reading.definition.code for reading in readings}) == len(readings) >= 8


def test_a_month_is_an_interval(reader, plant):
    period = reader.get("/oee/?period=month&at=2026-03-15T12:00").context["period"]
    zone = ZoneInfo("Europe/Berlin")
    assert period.span == Span(datetime(2026, 3, 1, tzinfo=zone), datetime(2026, 4, 1, tzinfo=zone))


def test_stops_are_read_apart_and_not_of_everything(reader, plant):
    assert b"no reason given" in reader.get(f"/oee/stops/?{FREE}").content
    for _ in range(25):
        MeasuredMachineFactory(plant=plant, area=plant.machine.area, group=plant.machine.group)
    answer = reader.get("/oee/stops/?period=free&start=2026-01-01T00:00&end=2026-04-01T00:00")
    assert b"Choose fewer machines" in answer.content
