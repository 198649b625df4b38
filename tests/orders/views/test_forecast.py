"""The expected end: remaining pieces at their pace over the working time of the machine."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from machines.domain.calendars.engine import Calendar
from machines.domain.calendars.rules import CalendarRules, ShiftRule
from orders.models import ProductionOrder
from orders.queries.forecast import Pace, Step, forecast_of, forecasts_of, remaining_pieces
from tests.factories.machines import MachineFactory
from tests.factories.orders import OperationFactory, ProductionEventFactory, RunFactory

MONDAY_NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
EARLY_SHIFT = Calendar(
    CalendarRules(
        zone=ZoneInfo("UTC"), shifts=tuple(ShiftRule("Early", day, time(6), time(14)) for day in range(5))
    )
)


def step(number="0010", remaining=10, seconds=60, setup=0, running=False, sequence="", calendar=None):
    pace = Pace(Decimal(seconds), measured=False, pieces=Decimal(0))
    return Step(number, sequence, Decimal(remaining), Decimal(setup), pace, running, "M1", calendar)


def test_one_after_the_other_with_their_setups():
    found = forecast_of([step(setup=600), step("0020", seconds=120)], now=MONDAY_NOON)
    assert [each.ends_at - MONDAY_NOON for each in found.steps] == [
        timedelta(minutes=20),
        timedelta(minutes=40),
    ]
    assert found.ends_at == MONDAY_NOON + timedelta(minutes=40)


def test_work_goes_on_when_the_shift_does():
    found = forecast_of([step(remaining=180, calendar=EARLY_SHIFT)], now=MONDAY_NOON)
    assert found.ends_at == datetime(2026, 3, 3, 7, tzinfo=UTC)


def test_a_running_operation_does_not_wait_but_ends_after_the_one_before():
    found = forecast_of([step(), step("0020", remaining=1, running=True)], now=MONDAY_NOON)
    assert found.ends_at == MONDAY_NOON + timedelta(minutes=10)


def test_parallel_sequences_run_side_by_side():
    found = forecast_of([step(), step("0020", remaining=5, sequence="1")], now=MONDAY_NOON)
    assert found.ends_at == MONDAY_NOON + timedelta(minutes=10)


def test_without_times_it_says_so():
    found = forecast_of([step(), step("0020", seconds=0)], now=MONDAY_NOON)
    assert (found.ends_at, found.unknown) == (None, "0020")


def test_nothing_left_has_no_end():
    assert forecast_of([], now=MONDAY_NOON).ends_at is None


@pytest.mark.parametrize(
    ("good", "scrap", "coming", "left"),
    [(0, 0, None, 100), (40, 5, None, 60), (0, 0, 90, 90), (40, 5, 90, 45), (95, 0, 90, 0), (0, 0, 120, 100)],
)
def test_what_remains(db, good, scrap, coming, left):
    operation = OperationFactory.build(
        order=None, machine_group=None, plant=None, quantity=Decimal(100), good=good, scrap=scrap
    )
    assert remaining_pieces(operation, None if coming is None else Decimal(coming)) == left


def test_the_measured_pace_replaces_the_planned_one(db):
    operation = OperationFactory(in_production=True, quantity=Decimal(100), run_seconds=Decimal(30))
    machine = MachineFactory(plant=operation.plant, group=operation.machine_group)
    begun = MONDAY_NOON - timedelta(hours=1)
    RunFactory(operation=operation, machine=machine, started_at=begun)
    order = ProductionOrder.objects.prefetch_related("operations").get(pk=operation.order_id)
    planned = forecasts_of([order], now=MONDAY_NOON)[order.pk]
    assert planned.ends_at == MONDAY_NOON + timedelta(seconds=3000)

    ProductionEventFactory(operation=operation, good=Decimal(20), occurred_at=MONDAY_NOON)
    operation.good = Decimal(20)
    operation.save()
    order = ProductionOrder.objects.prefetch_related("operations").get(pk=operation.order_id)
    measured = forecasts_of([order], now=MONDAY_NOON)[order.pk]
    assert measured.steps[0].step.pace.measured
    assert measured.ends_at == MONDAY_NOON + timedelta(seconds=80 * 180)
