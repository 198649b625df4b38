"""What-ifs and plans of other systems over the API: refused by row and field, repeatable by key."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from mes.accounts.roles import Role
from orders.enums import PlanOrigin, PlanState
from orders.models import Plan
from tests.factories.accounts import ApiKeyFactory, PlannerFactory
from tests.factories.machines import MachineFactory, MachineGroupFactory
from tests.factories.orders import PlanRuleFactory
from tests.orders.planning.backlog import HOUR, in_force, released

pytestmark = pytest.mark.django_db
NIGHT = {"start": "2026-03-02T22:00Z", "end": "2026-03-03T06:00Z"}
KEY = "the-key-of-an-erp-that-plans-too"


@pytest.fixture
def press(db):
    group = MachineGroupFactory()
    PlanRuleFactory(plant=group.plant, frozen_hours=0)
    ApiKeyFactory(text=KEY, role=Role.ERP.value)
    return MachineFactory(plant=group.plant, group=group)


@pytest.fixture
def post(client, press):
    def post(path, **body):
        return client.post(
            f"/api/v1/{path}",
            json.dumps({"plant": press.plant.code, **body}),
            content_type="application/json",
            headers={"Authorization": f"Api-Key {KEY}"},
        )

    return post


def rows(*orders, machine, start):
    found = []
    for order in orders:
        for operation in order.operations.order_by("position"):
            end = start + timedelta(seconds=int(operation.planned_seconds))
            found.append(
                {
                    "order": order.number,
                    "operation": operation.number,
                    "machine": machine.code,
                    "start": start.isoformat(),
                    "end": end.isoformat(),
                }
            )
            start = end
    return found


def test_a_rush_order_has_its_price(post, press):
    released(press.group, 5, due_in=6 * HOUR)
    rush = released(press.group, 4, due_in=90 * HOUR)
    in_force(press.plant, PlannerFactory())
    wanted = (timezone.now() + 5 * HOUR).isoformat()
    answer = post("plan/what-ifs", kind="rush", order=rush.number, wanted_at=wanted)
    assert answer.status_code == 200
    first = next(one for one in answer.json()["alternatives"] if one["way"] == "first")
    assert first["own"]["late_after_seconds"] == 0
    assert first["late_hours"]["after"] > first["late_hours"]["before"]
    assert first["newly_late"]
    assert Plan.objects.count() == 1


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"kind": "rush"}, "order"),
        ({"kind": "rush", "order": "NONE"}, "order"),
        (
            {"kind": "down", "machine": "NONE", "start": "2026-03-02T06:00Z", "end": "2026-03-02T07:00Z"},
            "machine",
        ),
        ({"kind": "shift_more", "start": "2026-03-02T06:00", "end": "2026-03-02T07:00Z"}, "start"),
        ({"kind": "luck"}, "kind"),
        ({"kind": "late", "order": "NONE", "operation": "1", "until": "2026-03-02T07:00Z"}, "order"),
    ],
)
def test_what_is_wrong_is_named(post, asked, field):
    answer = post("plan/what-ifs", **asked)
    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["problems"]] == [field]


def test_a_plan_of_another_system_is_stored_beside_ours(post, press, client):
    one, two = released(press.group, 3, due_in=4 * HOUR), released(press.group, 2, 1, due_in=90 * HOUR)
    ours = in_force(press.plant, PlannerFactory())
    start = timezone.now().replace(microsecond=0) + HOUR
    sent = {"key": "aps-1", "made_by": "APS", "operations": rows(two, one, machine=press, start=start)}
    answer = post("plans", **sent)
    assert answer.status_code == 201, answer.json()
    plan = Plan.objects.get(number=answer.json()["plan"])
    assert (plan.state, plan.origin, plan.source) == (PlanState.DRAFT, PlanOrigin.EXTERNAL, "APS")
    assert answer.json()["conflicts"] == []
    assert (answer.json()["late_orders"], answer.json()["ours_late_orders"]) == (1, 0)
    assert plan.entries.count() == 3
    again = post("plans", **sent)
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (200, "true")
    assert again.json() == answer.json()
    sent["made_by"] = "another"
    assert post("plans", **sent).status_code == 409
    client.force_login(PlannerFactory())
    compared = {"plant": press.plant.code, "number": plan.number, "against": ours.number}
    page = client.get(reverse("plan-versions"), compared).content.decode()
    assert "Imported from APS" in page


def test_what_it_breaks_is_shown_and_not_refused(post, press, client):
    one, two = released(press.group, 3, 1), released(press.group, 2)
    elsewhere = MachineFactory(plant=press.plant, group=MachineGroupFactory(plant=press.plant))
    start = timezone.now().replace(microsecond=0) + HOUR
    sent = rows(one, machine=press, start=start)
    sent[1]["start"] = (start + HOUR).isoformat()
    sent[0]["machine"] = elsewhere.code
    answer = post("plans", key="aps-2", made_by="APS", operations=sent)
    found = {(each["order"], each["operation"]): each["rule"] for each in answer.json()["conflicts"]}
    assert found == {
        (one.number, "0010"): "wrong machine",
        (one.number, "0020"): "before its predecessor",
        (two.number, "0010"): "no place",
    }
    client.force_login(PlannerFactory())
    page = client.get(reverse("plan"), {"plant": press.plant.code, "number": 1}).content.decode()
    assert "The plan leaves it out." in page


def test_rows_that_mean_nothing_are_refused_each_by_itself(post, press):
    order = released(press.group, 3, 1)
    start = timezone.now().replace(microsecond=0)
    sent = rows(order, machine=press, start=start)
    sent += [dict(sent[0]), {**sent[0], "order": "X"}, {**sent[1], "operation": "77"}]
    sent += [{**sent[1], "operation": "0020", "machine": "NONE"}]
    del sent[1]
    sent.append({**sent[0], "operation": "0020", "end": (start - HOUR).isoformat()})
    answer = post("plans", key="aps-3", made_by="APS", operations=sent)
    assert answer.status_code == 422
    problems = [(one["row"], one["field"], one["code"]) for one in answer.json()["problems"]]
    assert problems == [
        (2, "operation", "twice"),
        (3, "order", "unknown_order"),
        (4, "operation", "unknown_operation"),
        (5, "machine", "unknown_machine"),
        (6, "end", "backward"),
    ]
    assert not Plan.objects.exists()
