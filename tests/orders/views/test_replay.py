"""Changing the past on a page: the difference first, and only what was accepted."""

import re

import pytest
from django.urls import reverse

from machines.models import ProgramRole
from mes.accounts.roles import Role
from orders.models import Run
from tests.factories.accounts import UserFactory
from tests.orders.test_crediting import START, counted
from tests.orders.test_replaying import cycles, forge, other, person, run, send  # noqa: F401

pytestmark = pytest.mark.django_db


def log_in(client, role):
    client.force_login(UserFactory(roles=[role.value]))


def hidden(page):
    return dict(re.findall(r'<input type="hidden" name="(\w+)"[^>]*value="([^"]*)"', page.content.decode()))


def test_a_run_is_moved_in_three_steps(client, run, forge, other):  # noqa: F811
    log_in(client, Role.SUPERVISOR)
    assert (
        reverse("run-move", args=[run.pk])
        in client.get(reverse("order", args=[forge.order_id])).content.decode()
    )
    address = reverse("run-move", args=[run.pk])
    said = hidden(client.get(address)) | {"operation": other.pk, "comment": "logged on to the wrong order"}
    shown = client.post(address, said)
    assert "What would change" in shown.content.decode()
    assert Run.objects.count() == 1
    done = client.post(address, said | hidden(shown) | {"apply": "1"})
    assert done.status_code == 302
    assert (counted(forge), counted(other)) == (0, 100)


def test_without_a_reason_nothing_is_shown(client, run, other):  # noqa: F811
    log_in(client, Role.SUPERVISOR)
    answer = client.post(reverse("run-move", args=[run.pk]), {"operation": other.pk, "comment": ""})
    assert answer.status_code == 422
    assert answer.context["effect"] is None


def test_a_role_is_changed_from_a_date(client, run, forge, plant):  # noqa: F811
    send(plant.press, START, (2000, "program", "MAIN"), *cycles(2010, 2020, 2030), boot="b")
    log_in(client, Role.ENGINEER)
    address = reverse("program-role-change")
    said = hidden(client.get(address, {"machine": plant.press.code})) | {
        "machine": plant.press.pk,
        "pattern": "main",
        "role": "warm_up",
        "valid_from": START.strftime("%Y-%m-%dT%H:%M:%S"),
    }
    shown = client.post(address, said)
    assert shown.status_code == 200, shown.context["form"].errors
    assert not ProgramRole.objects.exists()
    assert client.post(address, said | hidden(shown) | {"apply": "1"}).status_code == 302
    assert ProgramRole.objects.get().pattern == "MAIN"
    assert counted(forge) == 100


def test_who_may(client, run):  # noqa: F811
    log_in(client, Role.OPERATOR)
    assert client.get(reverse("run-move", args=[run.pk])).status_code == 403
    assert client.get(reverse("program-role-change")).status_code == 403
