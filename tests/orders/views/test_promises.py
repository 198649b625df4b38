"""Asking for a date in the office: the look ahead, the quote, its acceptance, and what became of others."""

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from mes.accounts.roles import Role
from orders.models import ProductionOrder, PromiseAlert, Quote
from orders.planning import standing_cache
from tests.factories.machines import MachineFactory, MachineGroupFactory
from tests.factories.orders import (
    ItemFactory,
    OrderForecastFactory,
    ProductionOrderFactory,
    PromiseAlertFactory,
    PromiseFactory,
    RoutingFactory,
    RoutingOperationFactory,
)
from tests.support.admin import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("planning")]


@pytest.fixture
def shaft():
    group = MachineGroupFactory()
    MachineFactory(plant=group.plant, group=group)
    item = ItemFactory(code="SHAFT")
    routing = RoutingFactory(plant=group.plant, item=item)
    RoutingOperationFactory(
        routing=routing, number="0010", machine_group=group, run_seconds=360, base_quantity=1
    )
    return item, group.plant


def asked(plant, **values):
    return {"plant": plant.code, "item": "SHAFT", "quantity": "10", "key": str(uuid.uuid4())} | values


def test_from_the_question_to_the_promise(client, shaft):
    _item, plant = shaft
    client_of(client, Role.PLANNER)
    page = client.get(reverse("promises"))
    assert b"When can it be ready?" in page.content
    ahead = client.post(reverse("quote-preview"), asked(plant))
    assert b"80 % sure" in ahead.content
    assert not Quote.objects.exists()
    made = client.post(reverse("quote-make"), asked(plant, options="colour=red; polished"))
    quote = Quote.objects.get()
    assert made.headers["Location"] == reverse("quote", args=[quote.pk])
    assert quote.options == {"colour": "red", "polished": ""}
    shown = client.get(made.headers["Location"] + "?check=1")
    assert b"the same to the second" in shown.content
    accepted = client.post(reverse("quote-accept", args=[quote.pk]), {"percent": "80", "key": uuid.uuid4()})
    order = ProductionOrder.objects.get()
    assert accepted.headers["Location"] == reverse("order", args=[order.pk])
    assert order.promised_at == quote.p80_at
    assert order.number.encode() in client.get(reverse("promises")).content


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"item": "NOTHING"}, b"Nothing is called so."),
        ({"quantity": ""}, b"Say what, and how many"),
        ({"quantity": "-4"}, b"The quantity must be positive"),
        ({"item": "BOLT"}, b"routing"),
    ],
)
def test_what_is_wrong_stands_beside_the_form(client, shaft, values, said):
    ItemFactory(code="BOLT")
    client_of(client, Role.PLANNER)
    answer = client.post(reverse("quote-make"), asked(shaft[1], **values))
    assert answer.status_code == 422
    assert said in answer.content
    assert not Quote.objects.exists()


def test_an_unfinished_form_has_the_plant_read_for_the_dates_that_follow(client, shaft, monkeypatch):
    kept = {}
    monkeypatch.setattr(standing_cache, "_kept", kept)
    client_of(client, Role.PLANNER)
    answer = client.post(reverse("quote-preview"), asked(shaft[1], item=""))
    assert b"the dates appear here" in answer.content
    assert list(kept) == [(shaft[1].pk, None)]


def test_who_only_looks_is_not_offered_to_ask(client, shaft):
    client_of(client, Role.OPERATOR)
    assert b"Make the quote" not in client.get(reverse("promises")).content
    assert client.post(reverse("quote-preview"), asked(shaft[1])).status_code == 403


def test_reliability_begins_empty_and_then_leads_to_its_orders(client, shaft):
    plant = shaft[1]
    client_of(client, Role.PLANNER)
    empty = client.get(reverse("reliability"))
    assert b"too few (0)" in empty.content
    begin = timezone.now() - timedelta(days=40)
    for number in range(30):
        order = ProductionOrderFactory(
            plant=plant, released=True, state="finished", finished_at=begin + timedelta(hours=36 + number % 5)
        )
        OrderForecastFactory(order=order, zero_at=begin, made_at=begin)
        PromiseFactory(order=order, promised_at=begin + timedelta(hours=38))
    page = client.get(reverse("reliability"))
    assert b"too few" not in page.content.split(b"On time to")[0].split(b"We said 80")[1]
    assert f'href="{reverse("order", args=[order.pk])}"'.encode() in page.content


def test_an_alert_is_acknowledged_with_what_is_done(client, shaft):
    order = ProductionOrderFactory(plant=shaft[1], released=True)
    alert = PromiseAlertFactory(forecast=OrderForecastFactory(order=order, late_percent=60))
    client_of(client, Role.PLANNER)
    assert client.get(reverse("promise-alert-count")).content.strip() == b"1"
    assert b"60 %" in client.get(reverse("promise-alerts")).content
    assert b"60 %" in client.get(reverse("promises-open")).content
    client.post(reverse("promise-acknowledge", args=[alert.pk]), {"note": "second shift on Saturday"})
    client.post(reverse("promise-acknowledge", args=[alert.pk]), {"note": "something else"})
    alert.refresh_from_db()
    assert (alert.note, alert.acknowledged_by is not None) == ("second shift on Saturday", True)
    assert client.get(reverse("promise-alert-count")).content.strip() == b""
    assert PromiseAlert.objects.count() == 1


def test_how_good_likely_late_was_two_days_ahead(client, shaft):
    plant, due = shaft[1], timezone.now() - timedelta(days=5)
    for number in range(60):
        late = number < 30
        order = ProductionOrderFactory(
            plant=plant,
            released=True,
            state="finished",
            promised_at=due,
            finished_at=due + timedelta(hours=5 if late else -5),
        )
        # Said three days ahead of ten orders that were in time, taken back of them two and a half days ahead.
        for days, chance in ((3, 90 if number < 40 else 5), (2.5, 80 if late else 15), (1, 95)):
            said = due - timedelta(days=days)
            futures = [0] * (101 - chance) + [10**7] * chance
            OrderForecastFactory(order=order, made_at=said, zero_at=said, promised_at=due, grid=futures)
    client_of(client, Role.PLANNER)
    page = client.get(reverse("promise-alerts")).content
    assert b"30 orders were likely late (over 50 %): 30 of them were, of 30 late ones in all" in page
