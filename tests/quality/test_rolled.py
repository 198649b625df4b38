"""Rolled-up hours give exactly what the events give: any interval, any history of changes."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from machines.domain.followers import mark_dirty
from machines.enums import MachineState
from machines.models import ExceptionKind, Machine, StateInterval
from machines.models.stop import ReasonGroup
from orders.enums import EventKind
from quality.kpi.collect import read_figures
from quality.kpi.rolled import read_totals
from quality.kpi.rolling import horizon_at, roll_again, roll_some, roll_up, take_news
from quality.models import HourRollup, RollupState
from quality.queries import rollup
from tests.factories.machines import (
    CalendarExceptionFactory,
    MachineFactory,
    MeasuredMachineFactory,
    PlantFactory,
    ShiftBreakFactory,
    ShiftFactory,
    ShiftPatternFactory,
    StateIntervalFactory,
    StopCodingFactory,
    StopReasonFactory,
)
from tests.factories.orders import OperationFactory, ProductionEventFactory, RunFactory

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
# the night in which Berlin's clocks go forward, and the one in which they go back
SPRING = datetime(2026, 3, 28, 18, tzinfo=UTC)
AUTUMN = datetime(2026, 10, 24, 18, tzinfo=UTC)
STATES = (MachineState.PRODUCING, MachineState.STOP, MachineState.MICRO_STOP, MachineState.UNKNOWN)


def plant_with_nights():
    pattern = ShiftPatternFactory()
    for weekday in range(7):
        for name, start, end in (("Early", 6, 14), ("Late", 14, 22), ("Night", 22, 6)):
            shift = ShiftFactory(
                pattern=pattern, name=name, weekday=weekday, start=time(start), end=time(end)
            )
        ShiftBreakFactory(shift=shift, start=time(1, 45), end=time(2, 20))
    return PlantFactory(shift_pattern=pattern)


def history(machine, begin, lengths, *, run_from=timedelta(), pieces=7):
    """States in turn of these lengths, the last one still open; one run over all with pieces in it."""
    at = begin
    for number, length in enumerate(lengths):
        end = None if number == len(lengths) - 1 else at + length
        StateIntervalFactory(machine=machine, started_at=at, ended_at=end, state=STATES[number % len(STATES)])
        at += length
    operation = OperationFactory(
        in_production=True,
        order__plant=machine.plant,
        run_seconds=Decimal(100),
        base_quantity=Decimal(7),  # no whole number of microseconds
    )
    run = RunFactory(
        operation=operation,
        machine=machine,
        started_at=begin + run_from,
        production_at=begin + run_from + timedelta(minutes=25),
        ended_at=None,
    )
    for number in range(pieces):
        piece(run, begin + run_from + number * timedelta(minutes=53), good=Decimal("3.333"))
    return run


def piece(run, at, **more):
    return ProductionEventFactory(
        operation=run.operation, run=run, machine=run.machine, occurred_at=at, **{"good": 0, **more}
    )


def both(start, end, now):
    """Total and every machine, from roll-ups and from events: each figure exactly the same."""
    rolled = read_totals(Machine.objects.all(), start=start, end=end, now=now)
    plain = read_figures(Machine.objects.all(), start=start, end=end, now=now)
    assert [row.machine for row in rolled.machines] == [row.machine for row in plain.machines]
    for ours, theirs in zip(rolled.machines, plain.machines, strict=True):
        assert ours.figures == theirs.figures, ours.machine.code
    assert rolled.total == plain.total
    assert rolled.by_area() == plain.by_area()
    return rolled.total


def roll(now):
    """Twice: facts that are fresh in the first round are known in the second."""
    roll_up(now=now)
    roll_up(now=now)
    assert used() == set(Machine.objects.values_list("pk", flat=True))


def rolled_hours(since):
    hours = HourRollup.objects.filter(hour__gte=since - HOUR)
    return sorted(map(tuple, hours.values_list("machine_id", "hour", *rollup.COLUMNS)))


def used():
    """Machines for which rolled-up hours are used at all."""
    return set(rollup.reliable(list(Machine.objects.values_list("pk", flat=True))))


@pytest.mark.parametrize("begin", [SPRING, AUTUMN])
def test_nights_in_which_the_clocks_change(begin):
    machine = MeasuredMachineFactory(plant=plant_with_nights())
    lengths = [timedelta(minutes=m) for m in (95, 17, 3, 240, 133, 61, 7, 90, 45)]
    history(machine, begin, lengths)
    now = begin + 30 * HOUR
    roll(now)
    assert both(begin, begin + 24 * HOUR, now).elements.pdot > timedelta()
    assert both(begin + timedelta(minutes=11), begin + timedelta(hours=20, minutes=44), now).quantities.good


def test_what_is_rolled_up_is_read_from_there_and_not_from_events():
    machine = MeasuredMachineFactory(plant=plant_with_nights())
    history(machine, SPRING, [10 * HOUR, HOUR])
    now = SPRING + 9 * HOUR
    roll(now)
    before = both(SPRING, SPRING + 6 * HOUR, now)
    StateInterval.objects.update(state=MachineState.STOP)  # nobody told
    assert read_totals(Machine.objects.all(), start=SPRING, end=SPRING + 6 * HOUR, now=now).total == before
    roll_again(since=SPRING)
    assert both(SPRING, SPRING + 6 * HOUR, now) != before
    roll(now)
    assert both(SPRING, SPRING + 6 * HOUR, now) != before


def test_each_kind_of_change_reaches_figures_at_once_and_the_roll_up_after():
    plant = plant_with_nights()
    machine = MeasuredMachineFactory(plant=plant)
    person = MachineFactory(plant=plant)
    run = history(machine, SPRING, [3 * HOUR, HOUR, 4 * HOUR, 20 * HOUR])
    now = SPRING + 12 * HOUR
    roll(now)

    def settle():
        both(SPRING, SPRING + 11 * HOUR, now)
        roll(now)
        return both(SPRING, SPRING + 11 * HOUR, now)

    first = settle()
    # pieces that come late, and a correction of them
    late = piece(run, SPRING + 2 * HOUR, good=Decimal(50), kind=EventKind.COUNTED)
    assert settle().quantities.good == first.quantities.good + 50
    piece(run, SPRING + 2 * HOUR, good=Decimal(-50), kind=EventKind.REVERSED, reverses=late)
    assert settle() == first
    # states that are derived anew
    StateInterval.objects.filter(machine=machine, started_at=SPRING).update(state=MachineState.STOP)
    mark_dirty({machine.pk: SPRING})
    stopped = settle()
    assert stopped.elements.apt < first.elements.apt
    # a reason is said, over a stop that reaches over hours, and changes its meaning later
    reason = StopReasonFactory(plant=plant, group=ReasonGroup.MATERIAL)
    StopCodingFactory(
        machine=machine,
        span=DateTimeTZRange(SPRING + 2 * HOUR, SPRING + timedelta(minutes=125)),
        reason=reason,
    )
    assert settle() == stopped
    reason.group = ReasonGroup.PLANNED
    reason.save()
    roll_up(now=now)
    planned = settle()
    assert planned.elements.pdot > stopped.elements.pdot
    # a person works at a machine without signals
    worked = RunFactory(
        operation=OperationFactory(in_production=True, order__plant=plant),
        machine=person,
        started_at=SPRING + HOUR,
        production_at=SPRING + 2 * HOUR,
        ended_at=SPRING + 4 * HOUR,
    )
    piece(worked, SPRING + HOUR, kind=EventKind.SETUP_STARTED)
    assert settle().elements.aust > planned.elements.aust


def test_master_data_that_speaks_about_the_past_rolls_it_up_again():
    plant = plant_with_nights()
    machine = MeasuredMachineFactory(plant=plant, reference_cycle_seconds=Decimal(30))
    run = history(machine, SPRING, [3 * HOUR, HOUR, 4 * HOUR, 20 * HOUR])
    run.operation.run_seconds = 0
    run.operation.save()
    now = SPRING + 12 * HOUR
    seen = set()

    def settle():
        roll(now)
        total = both(SPRING, SPRING + 11 * HOUR, now)
        assert total not in seen
        seen.add(total)
        return total

    settle()
    machine.reference_cycle_seconds = Decimal(31)
    machine.save()
    settle()
    closed = CalendarExceptionFactory(plant=plant, start=SPRING + 2 * HOUR, end=SPRING + 5 * HOUR)
    settle()
    closed.kind = ExceptionKind.MAINTENANCE
    closed.save()
    settle()
    closed.start = SPRING + timedelta(minutes=200)
    closed.save()
    settle()
    plant.shift_pattern.shifts.filter(name="Late").delete()
    settle()
    machine.slots = 2
    machine.save()
    settle()


def test_a_change_of_another_place_rolls_up_nothing():
    here, there = plant_with_nights(), plant_with_nights()
    machine = MeasuredMachineFactory(plant=here)
    history(machine, SPRING, [20 * HOUR, HOUR])
    now = SPRING + 12 * HOUR
    roll(now)
    CalendarExceptionFactory(plant=there, start=SPRING, end=SPRING + HOUR)
    take_news(now=now)
    assert roll_some(now=now) == 0


def test_rolling_up_again_gives_the_same_rows():
    plant = plant_with_nights()
    for _ in range(3):
        history(MeasuredMachineFactory(plant=plant), SPRING, [HOUR, 3 * HOUR, HOUR / 7, 9 * HOUR, HOUR])
    now = SPRING + 12 * HOUR
    for hours in (2, 5, 12):  # live, hour by hour
        roll_up(now=SPRING + hours * HOUR)
    live = rolled_hours(SPRING)
    assert len(live) == 3 * 12
    HourRollup.objects.all().delete()
    RollupState.objects.all().delete()
    roll_up(now=now)
    assert rolled_hours(SPRING) == live
    HourRollup.objects.filter(hour__gte=SPRING + 3 * HOUR).update(apt=0)
    roll_again(since=SPRING + 3 * HOUR)
    roll_up(now=now)
    assert rolled_hours(SPRING) == live


def test_the_command_makes_hours_anew_from_events():
    machine = MeasuredMachineFactory(plant=plant_with_nights())
    now = timezone.now()
    history(machine, now - 9 * HOUR, [3 * HOUR, HOUR, 20 * HOUR])
    call_command("roll_up")
    call_command("roll_up")  # facts that were fresh are known now
    right = rolled_hours(now - 9 * HOUR)
    assert right
    HourRollup.objects.update(apt=0)
    call_command("roll_up")
    assert rolled_hours(now - 9 * HOUR) != right
    call_command("roll_up", "--rebuild", f"--machine={machine.code}", f"--from={now - 9 * HOUR}")
    assert rolled_hours(now - 9 * HOUR) == right
    with pytest.raises(CommandError, match="NOBODY"):
        call_command("roll_up", "--rebuild", "--machine=NOBODY")


def test_an_hour_is_rolled_up_when_it_is_over():
    machine = MeasuredMachineFactory(plant=plant_with_nights())
    history(machine, SPRING, [20 * HOUR, HOUR])
    roll(SPRING + 3 * HOUR + timedelta(minutes=1))
    assert RollupState.objects.get().rolled_to == SPRING + 2 * HOUR
    assert roll_up(now=SPRING + 3 * HOUR + timedelta(minutes=1)) == 0
    roll_up(now=SPRING + 3 * HOUR + timedelta(minutes=5))
    assert RollupState.objects.get().rolled_to == SPRING + 3 * HOUR
    both(SPRING, SPRING + 3 * HOUR + timedelta(minutes=5), SPRING + 3 * HOUR + timedelta(minutes=5))


def test_a_mark_that_comes_while_hours_are_written_is_not_lost():
    machine = MeasuredMachineFactory(plant=plant_with_nights())
    history(machine, SPRING, [20 * HOUR, HOUR])
    now = SPRING + 5 * HOUR
    roll(now - HOUR)
    take_news(now=now)
    mark_dirty({machine.pk: SPRING + HOUR})  # between taking the news and writing
    while roll_some(now=now):
        pass
    assert rollup.reliable([machine.pk])[machine.pk].until == SPRING + HOUR
    take_news(now=now)
    assert roll_some(now=now) == 1
    assert rollup.reliable([machine.pk])[machine.pk].until == horizon_at(now)


def test_reading_asks_as_much_for_many_machines_as_for_few():
    plant = plant_with_nights()
    now = SPRING + 12 * HOUR

    def asked():
        with CaptureQueriesContext(connection) as queries:
            both_ends = SPRING + timedelta(minutes=5)
            read_totals(Machine.objects.all(), start=both_ends, end=now, now=now)
        return len(queries)

    history(MeasuredMachineFactory(plant=plant), SPRING, [HOUR, HOUR, 20 * HOUR])
    roll(now)
    few = asked()
    for number in range(3):
        history(MeasuredMachineFactory(plant=plant), SPRING, [HOUR, number * HOUR + HOUR, 20 * HOUR])
    roll(now)
    assert asked() == few


minutes = st.integers(min_value=1, max_value=400).map(lambda m: timedelta(seconds=m * 37))


class AnyHistory(TestCase):
    """Machines with any states, one of them changed after it was rolled up; any interval in any cut."""

    @settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])
    @given(
        st.sampled_from([SPRING, AUTUMN]),
        st.lists(st.lists(minutes, min_size=1, max_size=8), min_size=1, max_size=2),
        minutes,
        st.lists(minutes, min_size=2, max_size=3),
    )
    def test_roll_ups_equal_events(self, begin, histories, late, cuts):
        plant = plant_with_nights()
        runs = [history(MeasuredMachineFactory(plant=plant), begin, lengths) for lengths in histories]
        now = begin + 8 * HOUR
        roll(now)
        self.compare(begin, cuts, now)
        piece(runs[0], begin + late / 2, good=Decimal("1.001"))
        self.compare(begin, cuts, now)
        roll(now)
        self.compare(begin, cuts, now)

    def compare(self, begin, cuts, now):
        start = begin - HOUR
        for cut in cuts:
            both(start, start + cut, now)
            start += cut
        both(begin, now, now)
