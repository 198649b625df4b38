"""Load against capacity: which week an operation loads, what machines give, what an assumption hides."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from orders.enums import PlanState
from orders.models import Plan, PlanEntry
from orders.queries.workload import When, operations_behind, workload
from tests.factories.accounts import PlannerFactory
from tests.factories.machines import MachineFactory, MachineGroupFactory, PlantFactory
from tests.factories.orders import OperationFactory, PlanRuleFactory, ProductionOrderFactory
from tests.support.queries import statements

pytestmark = pytest.mark.django_db

WEDNESDAY = datetime(2026, 11, 25, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def press():
    """Around the clock; it needs twice its standard times."""
    plant = PlantFactory(time_zone="UTC")
    return MachineFactory(plant=plant, code="P1", group=MachineGroupFactory(plant=plant, code="PRESS"))


@pytest.fixture
def plan(press):
    return Plan.objects.create(
        plant=press.plant,
        number=1,
        state=PlanState.PUBLISHED,
        zero_at=WEDNESDAY,
        made_at=WEDNESDAY,
        published_at=WEDNESDAY,
        basis=[{"machine": "P1", "ratio": 2.0, "count": 9}],
    )


def planned(plan, press, *spans, due=None):
    """An order with an operation over each span of hours from Wednesday on."""
    order = ProductionOrderFactory(plant=press.plant, released=True, promised_at=due)
    for position, (start, end) in enumerate(spans, start=1):
        operation = OperationFactory(
            order=order,
            plant=press.plant,
            machine_group=press.group,
            position=position,
            number=f"{position:04d}",
        )
        PlanEntry.objects.create(
            plan=plan,
            operation=operation,
            machine=press,
            start_at=WEDNESDAY + start * HOUR,
            run_at=WEDNESDAY + start * HOUR,
            end_at=WEDNESDAY + end * HOUR,
        )
    return order


def loads(plan, when):
    found = workload(plan, now=WEDNESDAY, weeks=3, assumed=0.85, when=when)
    return found, [cell.demand for cell in found.rows[0].cells]


def test_an_operation_over_sunday_night_loads_both_weeks_as_it_is_planned(plan, press):
    planned(plan, press, (5 * 24 - 10, 5 * 24 + 30))
    found, demand = loads(plan, When.PLANNED)
    assert demand == pytest.approx([5, 15, 0])
    assert found.weeks[0] == datetime(2026, 11, 23, tzinfo=UTC)


def test_capacity_is_what_is_left_of_the_week_assumed_and_measured(plan, press):
    planned(plan, press, (0, 2))
    (row,) = loads(plan, When.PLANNED)[0].rows
    assert [cell.measured for cell in row.cells] == pytest.approx([60, 84, 84])
    assert [cell.assumed for cell in row.cells] == pytest.approx([0.85 * 120, 0.85 * 168, 0.85 * 168])
    assert row.machines[0].ratio == 2


def test_what_must_be_done_in_time_counts_where_it_must_be_done(plan, press):
    """The second operation is due on Tuesday of the next week, the first one 48 hours before."""
    planned(plan, press, (240, 260), (260, 308), due=WEDNESDAY + 6 * DAY)
    assert loads(plan, When.DUE)[1] == pytest.approx([10, 24, 0])
    assert loads(plan, When.PLANNED)[1] == pytest.approx([0, 24, 10])


def test_overdue_counts_now_and_without_a_date_as_planned(plan, press):
    planned(plan, press, (200, 210), due=WEDNESDAY - 30 * DAY)
    planned(plan, press, (300, 306))
    assert loads(plan, When.DUE)[1] == pytest.approx([5, 0, 3])


def test_overload_that_the_assumption_hides(plan, press):
    planned(plan, press, (5 * 24, 5 * 24 + 160), due=WEDNESDAY + 6 * DAY)
    planned(plan, press, (5 * 24 + 160, 5 * 24 + 180), due=WEDNESDAY + 7 * DAY)
    (row,) = loads(plan, When.DUE)[0].rows
    assert [(cell.over, cell.hidden) for cell in row.cells] == [(False, False), (True, True), (False, False)]
    assert row.over == 1


def test_what_lies_beyond_the_weeks_is_said(plan, press):
    planned(plan, press, (24 * 40, 24 * 40 + 8))
    found, demand = loads(plan, When.PLANNED)
    assert demand == [0, 0, 0]
    assert found.outside == pytest.approx(4)


def test_the_operations_behind_a_week(plan, press):
    long, short = planned(plan, press, (0, 20)), planned(plan, press, (20, 24))
    found, _demand = loads(plan, When.PLANNED)
    behind = operations_behind(plan, [one for one in found.portions if one.week == 0])
    assert [(entry.operation.order, hours) for entry, hours in behind] == [(long, 10), (short, 2)]


def test_the_page_leads_from_a_week_to_its_operations(client, plan, press):
    client.force_login(PlannerFactory())
    order = planned(plan, press, (0, 20))
    now = datetime.now(UTC)
    PlanEntry.objects.update(start_at=now, run_at=now, end_at=now + 9 * HOUR)
    page = client.get(reverse("plan-load"), {"when": "planned", "assumed": "9999"}).content.decode()
    assert 'value="85"' in page
    address = page.split('class="load-cell', 1)[1].split('href="', 1)[1].split("#", 1)[0]
    page = client.get(reverse("plan-load") + address.replace("&amp;", "&")).content.decode()
    assert order.number in page
    assert "Machines of PRESS" in page


def test_without_a_plan_there_is_a_word(client, press):
    client.force_login(PlannerFactory())
    assert "Load is counted from a plan" in client.get(reverse("plan-load")).content.decode()


@pytest.mark.parametrize("week", ["", "x", "2026-13-01", "1999-01-04"])
def test_a_week_nobody_shows_is_no_crash(client, plan, press, week):
    client.force_login(PlannerFactory())
    planned(plan, press, (0, 20))
    assert client.get(reverse("plan-load"), {"group": "PRESS", "week": week}).status_code == 200


def test_the_number_of_queries_does_not_grow(plan, press):
    def asked():
        with CaptureQueriesContext(connection) as caught:
            workload(plan, now=WEDNESDAY, weeks=3, assumed=0.85, when=When.DUE)
        return len(statements(caught))

    planned(plan, press, (0, 20), due=WEDNESDAY)
    few = asked()
    for _ in range(2):
        other = MachineFactory(plant=press.plant)
        planned(plan, other, (0, 20), (20, 30), due=WEDNESDAY)
    assert asked() == few


def test_the_page_assumes_what_the_rule_of_the_plant_says(client, plan):
    client.force_login(PlannerFactory())
    PlanRuleFactory(plant=plan.plant, assumed_percent=64)
    assert 'value="64"' in client.get(reverse("plan-load")).content.decode()
