"""Moving operations on the planning board, and what an hour of a machine is worth."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from orders.enums import PlanState
from orders.models import Plan
from orders.planning.make import make_requested, publish_plan, request_plan
from tests.factories.accounts import OperatorFactory, PlannerFactory
from tests.factories.machines import MachineFactory
from tests.factories.orders import OperationFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def work():
    """One operation that two machines can do, and one behind it on the first."""
    operation = OperationFactory(released=True, position=1, setup_seconds=0)
    for code in ("A1", "A2"):
        MachineFactory(plant=operation.plant, group=operation.machine_group, code=code)
    return operation


@pytest.fixture
def planner(client):
    person = PlannerFactory()
    client.force_login(person)
    return person


@pytest.fixture
def plan(planner, work):
    made = request_plan(plant=work.plant, by=planner, seconds=0)
    make_requested()
    made.refresh_from_db()
    return publish_plan(plan=made, by=planner)


def wish(**changed):
    return {"machine": "A2", "slot": "1", "start": (timezone.now() + timedelta(days=2)).isoformat()} | changed


def test_the_consequences_are_shown_and_nothing_is_stored(client, plan, work):
    address = reverse("plan-move-preview", args=[plan.pk, work.pk])
    page = client.post(address, wish()).content.decode()
    assert "1 order ends later" in page
    assert work.order.number in page
    assert "Move and put in force" in page
    assert Plan.objects.count() == 1


def test_a_move_is_a_new_version_in_force_and_pinned(client, plan, work):
    address = reverse("plan-move", args=[plan.pk, work.pk])
    page = client.post(address, wish(publish="1"), follow=True).content.decode()
    assert "Plan 2 is in force" in page
    entry = Plan.objects.get(state=PlanState.PUBLISHED).entries.get()
    assert (entry.machine.code, entry.pinned) == ("A2", True)

    assert "pinned" in client.get(reverse("plan-step", args=[entry.plan_id, work.pk])).content.decode()
    board = client.get(reverse("plan-board", args=[entry.plan_id])).json()
    assert board["bars"][0][9] == 1

    client.post(reverse("plan-pin", args=[entry.plan_id, work.pk]), {"pinned": ""})
    assert not Plan.objects.get(state=PlanState.PUBLISHED).entries.get().pinned


def test_without_publishing_it_is_a_draft(client, plan, work):
    client.post(reverse("plan-move", args=[plan.pk, work.pk]), wish())
    assert list(Plan.objects.order_by("number").values_list("state", flat=True)) == ["published", "draft"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"machine": "nowhere"}, "Choose a machine"),
        ({"machine": "OTHER"}, "another work centre"),
        ({"start": "soon"}, "Say when"),
        ({"start": "2026-13-45T99:99"}, "Say when"),
        ({"slot": "x"}, "Say when"),
        ({"slot": "9"}, "isn&#x27;t active"),
    ],
)
def test_what_is_not_possible_says_why(client, plan, work, changed, said):
    MachineFactory(plant=work.plant, code="OTHER")
    page = client.post(reverse("plan-move-preview", args=[plan.pk, work.pk]), wish(**changed))
    assert said in page.content.decode()
    client.post(reverse("plan-move", args=[plan.pk, work.pk]), wish(**changed))
    assert Plan.objects.count() == 1


def test_a_time_without_a_zone_is_the_plants(client, plan, work):
    at = (timezone.now() + timedelta(days=3)).replace(tzinfo=None).isoformat(timespec="minutes")
    page = client.post(reverse("plan-move-preview", args=[plan.pk, work.pk]), wish(start=at)).content.decode()
    assert "ends later" in page


def test_others_may_not_move(client, plan, work):
    client.force_login(OperatorFactory())
    for name in ("plan-move-preview", "plan-move", "plan-pin"):
        assert client.post(reverse(name, args=[plan.pk, work.pk]), wish()).status_code == 403
    assert "data-preview" not in client.get(reverse("plan")).content.decode()


def test_the_bottlenecks_lead_to_what_waits(client, plan, work):
    page = client.get(reverse("plan-bottlenecks")).content.decode()
    assert reverse("plan-bottleneck-table", args=[plan.pk]) in page
    table = client.get(reverse("plan-bottleneck-table", args=[plan.pk])).content.decode()
    assert "A1" in table
    assert "A2" in table
    code = plan.entries.get().machine.code
    queue = client.get(reverse("plan-bottlenecks"), {"machine": code}).content.decode()
    assert work.order.number in queue
    assert client.get(reverse("plan-bottlenecks"), {"machine": "nowhere"}).status_code == 200
