"""Figures from the database: the golden vector as rows, layers, roll-ups, drill-down, query counts."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import pytest
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from machines.enums import MachineState
from machines.models import Machine
from machines.models.stop import ReasonGroup
from mes.lib.errors import MesError
from orders.enums import EventKind
from quality.kpi.collect import read_figures
from quality.kpi.definitions import ISO_22400, NAKAJIMA
from quality.kpi.elements import Element
from quality.kpi.stops import coding_rate, stop_pareto
from quality.kpi.timemodel import sum_elements
from quality.queries.oee import machines_of, quantity_events
from tests.factories.machines import (
    AreaFactory,
    MachineFactory,
    MeasuredMachineFactory,
    PlantFactory,
    ShiftFactory,
    ShiftPatternFactory,
    SourceFactory,
    StateIntervalFactory,
    StopCodingFactory,
    StopReasonFactory,
)
from tests.factories.orders import OperationFactory, ProductionEventFactory, RunFactory

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
# Monday, 2 March 2026, 06:00 in Berlin
SIX = datetime(2026, 3, 2, 5, tzinfo=UTC)
SHIFT_END = SIX + 480 * MINUTE
LATER = SIX + timedelta(days=3)


def at(minute):
    return SIX + minute * MINUTE


@pytest.fixture
def plant():
    pattern = ShiftPatternFactory()
    ShiftFactory(pattern=pattern, weekday=0, start=time(6), end=time(14))
    return PlantFactory(shift_pattern=pattern)


def state(machine, kind, start, end, **more):
    return StateIntervalFactory(
        machine=machine, state=kind, started_at=at(start), ended_at=None if end is None else at(end), **more
    )


def run(machine, start, production, end, **more):
    operation = more.pop("operation", None) or OperationFactory(
        in_production=True, order__plant=machine.plant, run_seconds=Decimal(60)
    )
    return RunFactory(
        operation=operation,
        machine=machine,
        started_at=at(start),
        production_at=None if production is None else at(production),
        ended_at=None if end is None else at(end),
        **more,
    )


def pieces(run, minute, **quantities):
    return ProductionEventFactory(
        operation=run.operation,
        run=run,
        machine=run.machine,
        occurred_at=at(minute),
        **{"good": 0, **quantities},
    )


def golden_shift(machine):
    """Setup 60, delay 90 of which micro-stops 35, no order 20, production 310; 280 pieces, 266 good."""
    state(machine, MachineState.STOP, 0, 20)
    state(machine, MachineState.SETUP, 20, 80)
    state(machine, MachineState.PRODUCING, 80, 200)
    state(machine, MachineState.MICRO_STOP, 200, 235)
    state(machine, MachineState.PRODUCING, 235, 300)
    state(machine, MachineState.STOP, 300, 355)
    state(machine, MachineState.PRODUCING, 355, 480)
    worked = run(machine, 20, 80, 480)
    pieces(worked, 240, good=Decimal(200), kind=EventKind.COUNTED)
    pieces(worked, 470, good=Decimal(80), kind=EventKind.COUNTED)
    pieces(worked, 479, good=Decimal(-14), scrap=Decimal(14), kind=EventKind.RECLASSIFIED)
    return worked


def read(machines=None, start=SIX, end=SHIFT_END, **more):
    chosen = machines_of() if machines is None else Machine.objects.filter(pk__in=[m.pk for m in machines])
    return read_figures(chosen, start=start, end=end, **{"now": LATER, **more})


def percent(value):
    return (value * 100).quantize(Decimal("0.01"))


def test_golden_vector_from_rows(plant):
    golden_shift(MeasuredMachineFactory(plant=plant))
    figures = read().total
    elements = figures.elements
    assert [t / MINUTE for t in (elements.pbt, elements.apt, elements.aust, elements.adet)] == [
        480,
        310,
        60,
        90,
    ]
    assert [t / MINUTE for t in (elements.micro, elements.adot, elements.unknown)] == [35, 20, 0]
    assert (figures.quantities.produced, figures.quantities.good) == (280, 266)
    assert [percent(factor) for factor in (figures.oee.availability, figures.oee.effectiveness)] == [
        Decimal("64.58"),
        Decimal("90.32"),
    ]
    assert percent(figures.oee.quality) == Decimal("95.00")
    assert percent(figures.oee.result) == Decimal("55.42")
    assert percent(figures.under(NAKAJIMA).oee.availability) == Decimal("71.88")
    assert figures.observed == 1
    assert round(figures.calendar_time_per_good_piece / MINUTE, 3) == 1.805


def test_any_cutting_of_the_interval_adds_up_to_the_whole(plant):
    golden_shift(MeasuredMachineFactory(plant=plant))
    whole = read(start=at(-60), end=at(540)).total
    parts = [read(start=at(m), end=at(m + 100)).total for m in range(-60, 540, 100)]
    assert sum_elements(part.elements for part in parts) == whole.elements
    assert sum(part.quantities.produced for part in parts) == whole.quantities.produced


def test_outside_the_shift_nothing_is_planned(plant):
    machine = MeasuredMachineFactory(plant=plant)
    state(machine, MachineState.PRODUCING, 0, 540)
    run(machine, 0, 0, 540)
    elements = read(end=at(600)).total.elements
    assert elements.pot == elements.apt == 480 * MINUTE
    assert elements.beyond == 60 * MINUTE


def test_time_that_has_not_come_is_in_no_figure_and_open_rows_last_until_now(plant):
    machine = MeasuredMachineFactory(plant=plant)
    state(machine, MachineState.PRODUCING, 0, None)
    run(machine, 0, 0, None)
    reading = read(now=at(100))
    assert reading.span.end == at(100)
    assert reading.total.elements.apt == reading.total.elements.pbt == 100 * MINUTE
    tomorrow = read(start=at(1440), end=at(2000), now=at(100))
    assert tomorrow.total.elements.pbt == timedelta()
    assert tomorrow.total.oee.result is None


def test_without_any_sample_the_shift_is_unknown_and_no_ratio_is_made_of_it(plant):
    run(MeasuredMachineFactory(plant=plant), 0, 0, 480)
    figures = read().total
    assert figures.elements.unknown == figures.coverage.unknown == 480 * MINUTE
    assert figures.observed == 0
    assert (figures.oee.availability, figures.oee.result) == (None, None)


def test_a_machine_without_signals_is_covered_by_what_people_report(plant):
    machine = MachineFactory(plant=plant)
    worked = run(machine, 60, 90, 400)
    pieces(worked, 400, good=Decimal(300), scrap=Decimal(10))
    figures = read().total
    elements = figures.elements
    assert [t / MINUTE for t in (elements.unknown, elements.aust, elements.apt, elements.adot)] == [
        60,
        30,
        310,
        80,
    ]
    assert figures.coverage.manual == 420 * MINUTE
    assert figures.oee.effectiveness == 1


def test_a_machine_that_sends_states_but_does_not_count_is_measured_all_the_same(plant):
    machine = MachineFactory(plant=plant)
    state(machine, MachineState.STOP, 0, 120)
    run(machine, 0, 0, 480)
    assert read().total.elements.apt == 480 * MINUTE
    SourceFactory(machine=machine)
    elements = read().total.elements
    assert (elements.adet, elements.unknown, elements.apt) == (120 * MINUTE, 360 * MINUTE, timedelta())


def test_a_machine_with_four_slots_has_four_hours_an_hour(plant):
    furnace = MeasuredMachineFactory(plant=plant, slots=4)
    for slot in (1, 3):
        state(furnace, MachineState.PRODUCING, 0, 480, slot=slot)
        run(furnace, 0, 0, 480, slot=slot)
    elements = read().total.elements
    assert elements.pbt == 4 * 480 * MINUTE
    assert elements.apt == elements.unknown == 2 * 480 * MINUTE


def test_work_recorded_on_more_slots_than_there_are_is_beyond_the_plan(plant):
    machine = MachineFactory(plant=plant)
    run(machine, 0, 0, 480)
    run(machine, 0, 20, 100, slot=2)
    elements = read().total.elements
    assert elements.pbt == elements.apt == 480 * MINUTE
    assert elements.beyond == 80 * MINUTE


def test_a_reversal_counts_at_the_time_of_what_it_takes_back(plant):
    worked = golden_shift(MeasuredMachineFactory(plant=plant))
    wrong = pieces(worked, 200, good=Decimal(50))
    pieces(worked, 200, kind=EventKind.REVERSED, good=Decimal(-50), reverses=wrong, recorded_at=LATER)
    assert read().total.quantities.produced == 280
    assert read(end=at(250)).total.quantities.produced == 200


def test_events_at_the_borders_belong_to_one_side_only(plant):
    worked = run(MachineFactory(plant=plant), 0, 0, 480)
    for minute in (0, 240, 480):
        pieces(worked, minute, good=Decimal(1))
    assert read(end=at(240)).total.quantities.good == 1
    assert read(start=at(240)).total.quantities.good == 1


def test_planned_run_time_is_the_operations_else_the_machines_planned_cycle_else_unknown(plant):
    machine = MeasuredMachineFactory(
        plant=plant, reference_cycle_seconds=Decimal(30), pieces_per_cycle=Decimal(2)
    )
    state(machine, MachineState.PRODUCING, 0, 480)

    def made(minute, machine=machine, **fields):
        operation = OperationFactory(in_production=True, order__plant=plant, **fields)
        return pieces(
            run(machine, minute, minute, minute + 60, operation=operation), minute, good=Decimal(10)
        )

    made(0, run_seconds=Decimal(100), base_quantity=Decimal(4))
    assert read().total.quantities.standard == timedelta(seconds=250)
    made(100, run_seconds=Decimal(0))
    assert read().total.quantities.standard == timedelta(seconds=250 + 150)
    made(200, machine=MachineFactory(plant=plant), run_seconds=Decimal(0))
    assert read().total.quantities.unpriced == 10
    assert read().total.oee.effectiveness is None
    assert read([machine]).total.oee.effectiveness is not None


def test_the_reason_with_the_greatest_overlap_holds_and_the_last_said_of_equals(plant):
    machine = MeasuredMachineFactory(plant=plant)
    state(machine, MachineState.PRODUCING, 0, 100)
    state(machine, MachineState.STOP, 100, 200)
    state(machine, MachineState.PRODUCING, 200, 480)
    run(machine, 0, 0, 480)

    def coded(start, end, **more):
        span = DateTimeTZRange(at(start), at(end))
        return StopCodingFactory(machine=machine, span=span, recorded_at=at(end), **more)

    def reasons():
        return {row.segment.reason for row in read().machines[0].of_element(Element.DELAY)}

    assert reasons() == {None}
    short = coded(90, 120)
    assert reasons() == {short.reason_id}
    long = coded(120, 195)
    assert reasons() == {long.reason_id}
    corrected = coded(120, 195, supersedes=long)
    assert reasons() == {corrected.reason_id}
    assert {row.segment.reason for row in read().machines[0].of_element(Element.PRODUCTION)} == {None}


@pytest.mark.parametrize(
    ("reason", "pdot", "aust", "adet"),
    [
        ({"planned": True}, 120, 0, 0),
        ({"group": ReasonGroup.PLANNED}, 120, 0, 0),
        ({"group": ReasonGroup.SETUP}, 0, 120, 0),
        ({"group": ReasonGroup.MATERIAL}, 0, 0, 120),
    ],
)
def test_a_stop_counts_as_its_reason_says(plant, reason, pdot, aust, adet):
    machine = MeasuredMachineFactory(plant=plant)
    state(machine, MachineState.STOP, 0, 120)
    state(machine, MachineState.PRODUCING, 120, 480)
    run(machine, 0, 0, 480)
    said = StopReasonFactory(plant=plant, **reason)
    StopCodingFactory(machine=machine, span=DateTimeTZRange(at(0), at(120)), reason=said)
    elements = read().total.elements
    assert elements.pot == 480 * MINUTE
    assert [t / MINUTE for t in (elements.pdot, elements.aust, elements.adet)] == [pdot, aust, adet]


def test_pareto_of_stops(plant):
    machine = MeasuredMachineFactory(plant=plant)
    borders = [(0, 60), (100, 130), (200, 210), (300, 301)]
    kinds = [MachineState.STOP] * 3 + [MachineState.MICRO_STOP]
    for (start, end), kind in zip(borders, kinds, strict=True):
        state(machine, kind, start, end)
    run(machine, 0, 0, 480)
    jam, tool = StopReasonFactory(plant=plant, name_en="Jam"), StopReasonFactory(plant=plant, name_en="Tool")
    for (start, end), reason in zip(borders, (jam, tool), strict=False):
        StopCodingFactory(machine=machine, span=DateTimeTZRange(at(start), at(end)), reason=reason)
    reading = read()
    bars = stop_pareto(reading)
    assert [(bar.name, bar.time / MINUTE, bar.stops) for bar in bars] == [
        ("Jam", 60, 1),
        ("Tool", 30, 1),
        ("", 10, 1),
    ]
    assert [bar.share for bar in bars] == [Decimal("0.6"), Decimal("0.3"), Decimal("0.1")]
    assert [bar.running_share for bar in bars] == [Decimal("0.6"), Decimal("0.9"), Decimal(1)]
    assert coding_rate(reading) == Decimal("0.9")


def test_a_stop_over_a_break_counts_once(plant):
    machine = MeasuredMachineFactory(plant=plant)
    state(machine, MachineState.STOP, 0, 480)
    run(machine, 0, 0, 200)
    run(machine, 200, 200, 480)
    (bar,) = stop_pareto(read())
    assert (bar.time, bar.stops) == (480 * MINUTE, 1)


def test_roll_up_adds_elements_before_it_divides(plant):
    press, hall = AreaFactory(plant=plant), AreaFactory(plant=plant)
    busy = MeasuredMachineFactory(plant=plant, area=press)
    golden_shift(busy)
    idle = MeasuredMachineFactory(plant=plant, area=hall)
    state(idle, MachineState.IDLE, 0, 480)
    reading = read()
    assert percent(reading.by_area()[press.pk].oee.availability) == Decimal("64.58")
    assert reading.by_area()[hall.pk].oee.availability == 0
    assert reading.by_plant()[plant.pk].oee.availability == Decimal(310) / 960
    assert reading.total == reading.by_plant()[plant.pk]


def test_drill_down_shows_the_segments_and_events_behind_a_number(plant):
    machine = MeasuredMachineFactory(plant=plant)
    worked = golden_shift(machine)
    (row,) = read().machines
    (stop,) = row.of_element(Element.DELAY)
    assert (stop.segment.span.start, stop.segment.span.end) == (at(300), at(355))
    assert (stop.machine, stop.slot, stop.segment.run) == (machine.pk, 1, worked.pk)
    assert sum((s.segment.duration for s in row.of_element(Element.PRODUCTION)), timedelta()) == 310 * MINUTE
    events = quantity_events([machine.pk], read().span)
    assert [event.good for event in events] == [200, 80, -14]
    assert sum(event.good for event in events) == row.figures.quantities.good


def test_places(plant):
    area = AreaFactory(plant=plant)
    here = MeasuredMachineFactory(plant=plant, area=area)
    beside = MeasuredMachineFactory(plant=plant)
    retired = MeasuredMachineFactory(plant=plant, active=False)
    elsewhere = MeasuredMachineFactory()
    assert set(machines_of(plant=plant.pk)) == {here, beside}
    assert set(machines_of(area=area.pk)) == {here}
    assert set(machines_of()) == {here, beside, elsewhere}
    assert set(machines_of(machine=retired.pk)) == {retired}


def test_the_plants_own_definition_set_is_the_default(plant):
    plant.kpi_definition = "nakajima"
    plant.save()
    machine = MeasuredMachineFactory(plant=plant)
    assert read().definition is NAKAJIMA
    assert read(definition="iso22400").definition is ISO_22400
    other = MeasuredMachineFactory()
    assert read([machine, other]).definition is ISO_22400
    with pytest.raises(MesError):
        read(definition="vendor-x")


def test_a_backward_interval_is_refused(plant):
    with pytest.raises(ValueError, match="before it starts"):
        read(start=SHIFT_END, end=SIX)


@pytest.mark.parametrize("count", [1, 30])
def test_the_query_count_does_not_depend_on_the_number_of_machines(count, plant, django_assert_num_queries):
    for number in range(count):
        machine = (MeasuredMachineFactory, MachineFactory)[number % 2](plant=plant)
        state(machine, MachineState.STOP, 0, 100)
        pieces(run(machine, 0, 0, 480), 10, good=Decimal(1))
        StopCodingFactory(machine=machine, span=DateTimeTZRange(at(0), at(100)))
    MachineFactory(plant=plant)
    with django_assert_num_queries(11):
        reading = read()
    with django_assert_num_queries(2):
        stop_pareto(reading)
    assert len(reading.machines) == count + 1
    assert reading.total.quantities.good == count
