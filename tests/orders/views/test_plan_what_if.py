"""The what-if page: asked in the plant's time, answered side by side, accepted with one click."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from orders.enums import PlanState
from orders.forms.what_if import KINDS
from orders.models import Plan
from orders.planning import standing_cache
from tests.factories.accounts import OperatorFactory, PlannerFactory
from tests.factories.machines import MachineFactory, MachineGroupFactory
from tests.factories.orders import PlanRuleFactory
from tests.orders.planning.backlog import HOUR, in_force, released

pytestmark = pytest.mark.django_db


@pytest.fixture
def planner(client):
    person = PlannerFactory()
    client.force_login(person)
    return person


@pytest.fixture
def press(db):
    group = MachineGroupFactory()
    PlanRuleFactory(plant=group.plant, frozen_hours=0)
    return MachineFactory(plant=group.plant, group=group)


def local(plant, moment):
    return moment.astimezone(plant.zone).strftime("%Y-%m-%dT%H:%M")


def test_from_the_question_to_the_plan_in_force(client, planner, press):
    pays, rush = released(press.group, 5, due_in=6 * HOUR), released(press.group, 4, due_in=90 * HOUR)
    in_force(press.plant, planner)
    wanted = local(press.plant, timezone.now() + 5 * HOUR)
    asked = {"plant": press.plant.code, "kind": "rush", "ask": 1, "order": rush.number, "wanted_at": wanted}
    page = client.get(reverse("plan-what-if"), asked, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in page
    first = page.split("Before all others", 1)[1].split("</section>", 1)[0]
    assert "in time" in first
    assert "newly late" in first
    assert pays.number in first
    token = first.split('name="token" value="', 1)[1].split('"', 1)[0]
    answer = client.post(reverse("plan-what-if-accept"), {"token": token}, follow=True).content.decode()
    assert "Plan 2 is in force." in answer
    assert Plan.objects.get(state=PlanState.PUBLISHED).number == 2


def test_each_kind_has_its_fields_and_says_what_is_wrong(client, planner, press):
    released(press.group, 1)
    in_force(press.plant, planner)
    for kind in KINDS:
        asked = {"plant": press.plant.code, "kind": kind, "ask": 1, "order": "NOBODY'S"}
        page = client.get(reverse("plan-what-if"), asked).content.decode()
        assert "field-wrong" in page
    backward = {"kind": "down", "ask": 1, "machine": press.pk}
    backward |= {"start": "2026-03-02T10:00", "end": "2026-03-02T09:00"}
    assert "must be after the start" in client.get(reverse("plan-what-if"), backward).content.decode()


def test_without_a_plan_it_says_so(client, planner, press):
    order = released(press.group, 1)
    asked = {"kind": "rush", "ask": 1, "order": order.number}
    assert "There is no plan yet" in client.get(reverse("plan-what-if"), asked).content.decode()


def test_a_token_of_somebody_elses_making_changes_nothing(client, planner, press):
    released(press.group, 1)
    in_force(press.plant, planner)
    page = client.post(reverse("plan-what-if-accept"), {"token": "made:up"}, follow=True).content.decode()
    assert "an alternative of ours" in page
    assert Plan.objects.count() == 1


def test_times_are_the_plants(client, planner, press):
    order = released(press.group, 1, due_in=50 * HOUR)
    in_force(press.plant, planner)
    wanted = timezone.now() + timedelta(days=3)
    asked = {"kind": "rush", "ask": 1, "order": order.number, "wanted_at": local(press.plant, wanted)}
    assert "in time" in client.get(reverse("plan-what-if"), asked).content.decode()


def test_who_does_not_plan_does_not_ask(client, press):
    client.force_login(OperatorFactory())
    assert client.get(reverse("plan-what-if")).status_code == 403
    assert client.post(reverse("plan-what-if-accept"), {"token": ""}).status_code == 403


def test_the_page_has_the_plant_read_before_somebody_asks(client, planner, press, monkeypatch):
    released(press.group, 1)
    kept = {}
    monkeypatch.setattr(standing_cache, "_kept", kept)
    page = client.get(reverse("plan-what-if"), {"plant": press.plant.code}).content.decode()
    url = page.split('hx-trigger="load, every 15s"', 1)[0].rsplit('hx-get="', 1)[1].split('"', 1)[0]
    assert kept == {}
    assert client.get(url).status_code == 204
    assert list(kept) == [(press.plant.pk, None)]
    assert client.get(reverse("plan-look-ahead"), {"plant": "NOWHERE"}).status_code == 204
