"""The plan's page: asking, looking, putting in force, and who may."""

import pytest
from django.urls import reverse

from orders.enums import PlanState
from orders.models import Plan
from orders.planning.make import make_requested, publish_plan, request_plan
from orders.views.plan import render_states
from tests.factories.accounts import OperatorFactory, PlannerFactory
from tests.factories.machines import MachineFactory
from tests.factories.orders import OperationFactory

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("planning")]


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
    row = page.split(new.order.number, 1)[1].split("</tr>", 1)[0]
    assert "new" in row


def test_the_board_has_a_bar_for_each_operation(client, planner, work):
    plan = made(work.plant, planner)
    data = client.get(reverse("plan-board", args=[plan.pk])).json()
    (bar,) = data["bars"]
    assert data["rows"] == [plan.entries.get().machine.code]
    assert bar[0] == 0
    assert bar[2] - bar[1] == 600_000
    assert bar[3] - bar[2] == 100 * 30 * 1000
    assert bar[4:8] == [work.order.number, work.number, work.order.item.code, work.order_id]


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
