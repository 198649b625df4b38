"""The queue of unresolved counts: who may see it, what it costs, and settling in two clicks."""

import re
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mes.accounts.roles import Role
from orders.domain.crediting import credit_due
from orders.models import Settlement, Unresolved
from tests.factories.accounts import UserFactory
from tests.orders.test_crediting import START, counted, make_cycles
from tests.support.queries import statements

pytestmark = pytest.mark.django_db


@pytest.fixture
def forge(order):
    return order.operations.get(number="0010")


@pytest.fixture
def supervisor(client):
    person = UserFactory(roles=[Role.SUPERVISOR.value])
    client.force_login(person)
    return person


def form_of(page, number=0):
    """The fields of one line's form, as the browser would send them."""
    form = re.findall(r"<form method=\"post\" action=\"/unresolved/settle/.*?</form>", page, re.S)[number]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form)), form


def test_a_line_opens_and_one_click_settles_it(client, supervisor, forge, plant):
    make_cycles(plant.press, 0, 10)
    credit_due()
    page = client.get(reverse("unresolved")).content.decode()
    fields, form = form_of(page)
    assert f'value="operation:{forge.pk}"' in form, "what is next in the queue is offered"
    answer = client.post(
        reverse("unresolved-settle"), fields | {"choice": f"operation:{forge.pk}"}, follow=True
    )
    assert counted(forge) == 2, "booked at once"
    assert "nothing waits" in answer.content.decode()
    assert Settlement.objects.get().by == supervisor
    taken = client.post(
        reverse("unresolved-take-back", args=[Settlement.objects.get().pk]), {"key": uuid.uuid4()}
    )
    assert taken.status_code == 302
    assert counted(forge) == 2, "the recorded run still holds them"
    assert not Unresolved.objects.exists()


def test_no_production_and_a_wrong_choice(client, supervisor, forge, plant):
    make_cycles(plant.press, 0, 10)
    credit_due()
    fields, _form = form_of(client.get(reverse("unresolved")).content.decode())
    for wrong in ("", "run:0", "run:x", "nonsense", "operation:99999999999999999999"):
        client.post(reverse("unresolved-settle"), fields | {"choice": wrong})
    assert not Settlement.objects.exists()
    client.post(reverse("unresolved-settle"), fields | {"choice": "nothing"})
    assert client.get(reverse("unresolved-count")).content == b""
    assert Settlement.objects.get().kind == "nothing"


def test_only_who_may_correct(client, forge, plant):
    client.force_login(UserFactory(roles=[Role.OPERATOR.value]))
    assert client.get(reverse("unresolved")).status_code == 403
    assert client.post(reverse("unresolved-settle"), {}).status_code == 403


def asked(client):
    with CaptureQueriesContext(connection) as queries:
        client.get(reverse("unresolved"))
    return len(statements(queries))


def test_the_page_costs_the_same_for_one_and_three_stretches(client, supervisor, forge, plant):
    make_cycles(plant.press, 0)
    credit_due()
    asked(client)
    one = asked(client)
    make_cycles(plant.press, 3000, 6000)
    credit_due()
    assert client.get(reverse("unresolved-count")).content == b"3"
    assert asked(client) == one


def test_one_machine_alone(client, supervisor, forge, plant):
    make_cycles(plant.press, 0)
    credit_due()
    page = client.get(reverse("unresolved"), {"machine": plant.press.code})
    assert page.status_code == 200
    assert len(page.context["rows"]) == 1
    assert page.context["rows"][0]["stretch"].start == START
    assert client.get(reverse("unresolved"), {"machine": "nowhere"}).status_code == 404
