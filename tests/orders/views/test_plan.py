"""The plan's page: asking, looking, putting in force, and who may."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from machines.enums import MachineState
from machines.models import StateInterval
from orders.enums import PlanState
from orders.models import Plan, PlanEntry, ProductionOrder
from orders.planning.make import make_requested, publish_plan, request_plan
from orders.queries.board import board
from orders.queries.plan_compare import compare_plans
from orders.queries.plan_entries import Why, planned_step
from orders.views.plan_area import render_states
from tests.factories.accounts import OperatorFactory, PlannerFactory
from tests.factories.machines import MachineFactory, StopCodingFactory
from tests.factories.orders import OperationFactory, RunFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def work():
    operation = OperationFactory(released=True, position=1)
    MachineFactory(plant=operation.plant, group=operation.machine_group)
    return operation


@pytest.fixture
def planner(client):
    person = PlannerFactory()
    client.force_login(person)
    return person


def made(plant, by):
    plan = request_plan(plant=plant, by=by, seconds=0)
    make_requested()
    plan.refresh_from_db()
    return plan


def test_from_nothing_to_a_plan_in_force(client, planner, work):
    page = client.get(reverse("plan")).content.decode()
    assert "There is no plan in force yet" in page

    client.post(reverse("plan-make"), {"plant": work.plant.code})
    page = client.get(reverse("plan")).content.decode()
    assert "Plan 1 is being made" in page
    assert "Stop making it" in page

    Plan.objects.update(seconds=0)
    make_requested()
    assert "Plan 1 is ready" in client.get(reverse("plan")).content.decode()

    page = client.get(reverse("plan"), {"number": 1}).content.decode()
    assert "Put in force" in page
    assert work.order.number in page

    plan = Plan.objects.get()
    client.post(reverse("plan-publish", args=[plan.pk]))
    page = client.get(reverse("plan")).content.decode()
    assert "Put in force" not in page
    assert reverse("plan-board", args=[plan.pk]) in page
    client.post(reverse("plan-publish", args=[plan.pk]))
    assert "somebody was quicker" in client.get(reverse("plan")).content.decode()


def test_a_draft_is_shown_against_the_plan_in_force(client, planner, work):
    publish_plan(plan=made(work.plant, planner), by=planner)
    new = OperationFactory(
        released=True, position=1, plant=work.plant, machine_group=work.machine_group, order__plant=work.plant
    )
    made(work.plant, planner)
    page = client.get(reverse("plan"), {"number": 2}).content.decode()
    assert "Against plan 1" in page
    row = page.split("Against plan 1", 1)[1].split(new.order.number, 1)[1].split("</tr>", 1)[0]
    assert "new" in row


def test_two_versions_beside_each_other(client, planner, work):
    ProductionOrder.objects.update(requested_at=timezone.now() + timedelta(days=10))
    publish_plan(plan=made(work.plant, planner), by=planner)
    plan = made(work.plant, planner)
    entry = plan.entries.get()
    entry.end_at += timedelta(days=30)
    entry.machine = MachineFactory(plant=work.plant, group=work.machine_group)
    entry.save()
    gone = OperationFactory(
        released=True, position=1, plant=work.plant, machine_group=work.machine_group, order__plant=work.plant
    )
    PlanEntry.objects.create(
        plan=Plan.objects.get(number=1),
        operation=gone,
        start_at=entry.start_at,
        run_at=entry.run_at,
        end_at=entry.end_at,
    )
    found = compare_plans(Plan.objects.get(number=1), plan)
    assert (found.later, found.earlier, found.newly_late, found.rescued, found.elsewhere) == (1, 0, 1, 0, 1)
    assert [row.order for row in found.rows] == [work.order, gone.order]

    page = client.get(reverse("plan-versions")).content.decode()
    assert "newly late" in page
    row = page.split("Orders that differ", 1)[1].split(gone.order.number, 1)[1].split("</tr>", 1)[0]
    assert "not planned" in row

    publish_plan(plan=plan, by=planner)
    page = client.get(reverse("plan-versions"))
    assert (page.context["before"].number, page.context["after"].number) == (1, 2)
    same = client.get(reverse("plan-versions"), {"number": 1, "against": 1}).content.decode()
    assert "Choose two different plans" in same


def test_the_board_has_a_bar_for_each_operation(client, planner, work):
    plan = made(work.plant, planner)
    data = client.get(reverse("plan-board", args=[plan.pk])).json()
    (bar,) = data["bars"]
    assert [lane[1] for lane in data["lanes"]] == [plan.entries.get().machine.code]
    assert bar[:3] == [0, 0, work.number]
    assert bar[4] - bar[3] == 600
    assert bar[5] - bar[4] == 100 * 30
    assert bar[7] == work.pk
    assert data["orders"][0][:3] == [work.order_id, work.order.number, work.order.item.code]
    assert data["calendars"][0][0] == data["from"]


def test_the_board_shows_what_really_happened(client, planner, work):
    plan = made(work.plant, planner)
    machine = plan.entries.get().machine
    now = plan.zero_at
    done = RunFactory(
        operation__plant=work.plant,
        machine=machine,
        started_at=now - timedelta(hours=5),
        production_at=now - timedelta(hours=4),
        ended_at=now - timedelta(hours=2),
    )
    for state, start, end in (
        (MachineState.STOP, 150, 100),
        (MachineState.STOP, 90, 60),
        (MachineState.PRODUCING, 60, 50),
        (MachineState.IDLE, 50, 30),
        (MachineState.STOP, 30, 28),
        (MachineState.UNKNOWN, 20, None),
    ):
        StateInterval.objects.create(
            plant=work.plant,
            machine=machine,
            state=state,
            started_at=now - timedelta(minutes=start),
            ended_at=None if end is None else now - timedelta(minutes=end),
        )
    StopCodingFactory(machine=machine, span=(now - timedelta(minutes=90), now - timedelta(minutes=60)))
    data = board(plan, now=now)
    assert [[run[1], *run[5:]] for run in data["runs"]] == [[done.operation.order_id, -18000, -14400, -7200]]
    assert data["states"] == [[0, -9000, -7200, 0], [0, -5400, -3600, 0], [0, -1200, 0, 2]], (
        "borne by the order, told by a person, no signal; not what stood without an order"
    )


def test_a_step_says_why_it_stands_there(client, planner, work):
    second = OperationFactory(
        order=work.order,
        plant=work.plant,
        machine_group=work.machine_group,
        released=True,
        position=2,
        number="0020",
    )
    other = OperationFactory(
        released=True, position=1, plant=work.plant, machine_group=work.machine_group, order__plant=work.plant
    )
    plan = made(work.plant, planner)
    assert {planned_step(plan, one.pk).why for one in (work, other)} == {Why.FREE, Why.MACHINE}
    assert planned_step(plan, second.pk).before.operation == work
    page = client.get(reverse("plan-step", args=[plan.pk, work.pk])).content.decode()
    assert "Why here" in page
    assert reverse("order", args=[work.order_id]) in page
    assert client.get(reverse("plan-step", args=[plan.pk, 0])).status_code == 404


def test_what_cant_be_planned_says_what_to_do(client, planner):
    lost = OperationFactory(released=True, position=1)
    made(lost.plant, planner)
    page = client.get(reverse("plan"), {"number": 1}).content.decode()
    assert "Add a machine to the group" in page
    assert reverse("order", args=[lost.order_id]) in page


def test_the_live_fragment_is_what_the_page_shows(client, planner, work):
    request_plan(plant=work.plant, by=planner)
    page = client.get(reverse("plan")).content.decode()
    assert render_states([str(work.plant.pk)])[str(work.plant.pk)] in page


def test_a_search_is_stopped(client, planner, work):
    plan = request_plan(plant=work.plant, by=planner)
    client.post(reverse("plan-cancel", args=[plan.pk]))
    plan.refresh_from_db()
    assert plan.state == PlanState.CANCELLED
    assert "Plan anew" in client.get(reverse("plan")).content.decode()


def test_others_look_but_dont_plan(client, work):
    client.force_login(OperatorFactory())
    page = client.get(reverse("plan")).content.decode()
    assert "Plan anew" not in page
    assert client.post(reverse("plan-make"), {"plant": work.plant.code}).status_code == 403
    assert not Plan.objects.exists()


@pytest.mark.parametrize("number", ["x", "0", "99999999999999999999", "-1"])
def test_a_number_nobody_made_is_no_crash(client, planner, work, number):
    assert client.get(reverse("plan"), {"number": number}).status_code in (200, 404)
