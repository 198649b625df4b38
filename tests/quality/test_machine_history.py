"""A machine over months: levels of detail, cycle times against the plan, setups from one item to another."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from machines.enums import MachineState
from machines.models import StateInterval
from mes.lib.spans import Span
from quality.queries import cycles
from quality.queries.timeline import MOST_STATES, timeline
from tests.factories.accounts import OperatorFactory
from tests.factories.machines import MONDAY, CycleFactory, MeasuredMachineFactory
from tests.factories.orders import ItemFactory, OperationFactory, RunFactory

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
STATES = (MachineState.PRODUCING, MachineState.MICRO_STOP, MachineState.PRODUCING, MachineState.STOP)


@pytest.fixture
def machine():
    return MeasuredMachineFactory()


@pytest.fixture
def reader(client):
    client.force_login(OperatorFactory())
    return client


def run_of(machine, item, start, end, *, setup=25 * MINUTE, **fields):
    operation = OperationFactory(
        in_production=True,
        order__plant=machine.plant,
        order__item=item,
        **{"run_seconds": Decimal(10), "setup_seconds": Decimal(1200), **fields},
    )
    return RunFactory(
        operation=operation, machine=machine, started_at=start, production_at=start + setup, ended_at=end
    )


def many_states(machine, number, length):
    StateInterval.objects.bulk_create(
        StateInterval(
            plant=machine.plant,
            machine=machine,
            started_at=MONDAY + n * length,
            ended_at=MONDAY + (n + 1) * length,
            state=STATES[n % 4],
            alarm="E1" if n % 4 == 3 else "",
        )
        for n in range(number)
    )


def test_hours_show_each_state_and_months_show_shares(machine):
    many_states(machine, 2400, 10 * MINUTE)
    month = Span(MONDAY, MONDAY + 30 * DAY)
    run_of(machine, ItemFactory(), MONDAY, MONDAY + 10 * DAY + 5 * MINUTE)
    wide = timeline(machine, month, now=month.end)
    (slot,) = wide.slots
    assert not slot.states
    assert len(slot.shares) <= MOST_STATES
    near = timeline(machine, Span(MONDAY, MONDAY + 5 * HOUR), now=month.end)
    assert len(near.slots[0].states) == 30 + 1, "one is cut where the setup ends"
    assert not near.slots[0].shares
    seconds = dict.fromkeys((*STATES, "no_order", "setup"), 0.0)
    for share in slot.shares:
        seconds[share.state] += (share.high - share.low) * share.span.duration.total_seconds()
    expected = {
        "setup": 25 * 60,
        MachineState.PRODUCING: 1200 * 600 - 15 * 60,
        MachineState.MICRO_STOP: 360 * 600 - 10 * 60,
        MachineState.STOP: 360 * 600,
        "no_order": 480 * 600,
    }
    assert seconds == pytest.approx(expected, rel=0.001, abs=1)
    assert sum(mark.times for mark in wide.alarms) == 600
    assert len(wide.alarms) <= 101


def test_marks_stay_few_however_many_facts_there_are(machine, reader):
    many_states(machine, 3000, 15 * MINUTE)
    for number in range(40):
        CycleFactory(machine=machine, ended_at=MONDAY + number * 17 * HOUR)
    address = f"/machines/{machine.code}/timeline.json?period=month&at=2026-03-10"
    data = reader.get(address).json()
    layers = ("states", "shares", "runs", "calendar", "speed", "pieces", "alarms")
    assert sum(len(data[layer]) for layer in layers) <= 2000
    start = int((MONDAY + DAY).timestamp() * 1000)
    part = reader.get(f"{address}&from={start}&to={start + 6 * 3600 * 1000}").json()
    assert (part["start"], part["end"]) == (data["start"], data["end"])
    assert (part["from"], part["to"]) == (start, start + 6 * 3600 * 1000)
    assert len(part["states"]) == 24
    assert reader.get(f"{address}&from=x&to=1e99").json()["shares"]


def test_cycle_times_are_told_item_by_item_against_the_plan(machine, reader):
    first, second = ItemFactory(code="COVER"), ItemFactory(code="BASE")
    run_of(machine, first, MONDAY, MONDAY + 2 * HOUR)
    run_of(machine, second, MONDAY + 2 * HOUR, None, run_seconds=Decimal(30))
    for number in range(100):
        CycleFactory(
            machine=machine,
            ended_at=MONDAY + (30 + number * 0.5) * MINUTE,
            credit_at=MONDAY + (30 + number * 0.5) * MINUTE,
            duration=timedelta(seconds=10 + number / 100),
        )
    CycleFactory(machine=machine, ended_at=MONDAY + 3 * HOUR, credit_at=MONDAY + 3 * HOUR)
    span = Span(MONDAY, MONDAY + 8 * HOUR)
    made = cycles.items_made(machine, span)
    assert [(each.item, each.count) for each in made] == [("COVER", 100), ("BASE", 1)]
    cover = made[0]
    assert cover.planned == 10
    assert cover.median == pytest.approx(10.495)
    assert (cover.tenth, cover.ninetieth) == pytest.approx((10.099, 10.891))
    shorter, bins, longer = cycles.histogram(machine, span, cover)
    assert shorter + sum(each.count for each in bins) + longer == 100
    page = reader.get(f"/machines/{machine.code}/cycles/?period=day&at=2026-03-02")
    assert page.context["shown"].item == "COVER"
    column = max(page.context["columns"], key=lambda each: each.count)
    listed = reader.get(
        f"/machines/{machine.code}/cycles/?period=day&at=2026-03-02&low={column.low}&high={column.high}"
    )
    assert listed.context["page"].paginator.count == column.count


def test_setups_are_told_from_item_to_item_and_lead_to_their_runs(machine, reader):
    a, b = ItemFactory(code="A"), ItemFactory(code="B")
    at = MONDAY
    for number in range(7):
        run_of(machine, (a, b)[number % 2], at, at + 5 * HOUR, setup=(10 + number) * MINUTE)
        at += 6 * HOUR
    span = Span(MONDAY - DAY, MONDAY + 10 * DAY)
    found = cycles.setups(machine, span)
    assert [(each.before, each.after, each.count) for each in found] == [("A", "B", 3), ("B", "A", 3)]
    assert [each.median / 60 for each in found] == [13, 14]
    assert found[0].planned == 1200
    address = f"/machines/{machine.code}/setups/?period=day&at=2026-03-05"
    assert reader.get(address).context["setups"] == found
    runs = reader.get(f"{address}&before=A&after=B").context["runs"]
    assert [run.setup_time / MINUTE for run in runs] == [15, 13, 11]


def test_going_on_after_an_interruption_is_no_setup(machine):
    item = ItemFactory()
    first = run_of(machine, item, MONDAY, MONDAY + HOUR)
    RunFactory(
        operation=first.operation,
        machine=machine,
        started_at=MONDAY + 2 * HOUR,
        production_at=MONDAY + 3 * HOUR,
    )
    assert cycles.setups(machine, Span(MONDAY - DAY, MONDAY + DAY)) == []


def test_the_timeline_asks_as_much_for_many_facts_as_for_few(machine):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            timeline(machine, Span(MONDAY, MONDAY + DAY), now=MONDAY + DAY)
        return len(queries)

    many_states(machine, 1, MINUTE)
    few = asked()
    StateInterval.objects.all().delete()
    many_states(machine, 30, MINUTE)
    assert asked() == few
