"""A shop or a CRM asks for a date: once per key, and it can be computed again."""

import uuid
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from machines.models import MachineGroup
from orders.models import ProductionOrder, Promise, Quote
from tests.factories.machines import MachineFactory
from tests.factories.orders import ItemFactory, RoutingFactory, RoutingOperationFactory
from tests.integrations.api.conftest import order_body

pytestmark = pytest.mark.django_db

BODY = {"item": "SHAFT", "quantity": "10", "requested": "2099-12-24T12:00:00+01:00", "options": {"d": "8"}}


@pytest.fixture
def shaft(plant):
    item, group = ItemFactory(code="SHAFT"), MachineGroup.objects.get(code="TURN")
    MachineFactory(plant=plant, group=group)
    MachineFactory(plant=plant, group=MachineGroup.objects.get(code="MILL"))
    routing = RoutingFactory(plant=plant, item=item)
    RoutingOperationFactory(
        routing=routing, number="0010", machine_group=group, run_seconds=360, base_quantity=1
    )


def test_a_configuration_gets_dates_that_can_be_computed_again(partner, shaft):
    first = partner.post("promises", dict(BODY), key="A")
    assert first.status_code == 201
    said = first.json()
    assert said["p50"] < said["p80"] < said["p95"]
    assert said["without_measuring"]
    assert said["causes"]
    assert said["futures"] == 1000
    again = partner.post("promises", dict(BODY), key="A")
    assert (again.status_code, again.json(), again["Idempotent-Replayed"]) == (200, said, "true")
    assert partner.post("promises", BODY | {"quantity": "11"}, key="A").status_code == 409
    check = partner.get(f"promises/{said['key']}/check").json()
    assert check == {"reproducible": True, "inputs_sha256": said["inputs_sha256"]}
    assert partner.get(f"promises/{uuid.uuid4()}/check").status_code == 404
    assert Quote.objects.get().via.startswith("api:")


def test_an_open_order_is_asked_about_by_its_number(partner, shaft):
    partner.post("production-orders", order_body(operations=2, components=0))
    assert partner.post("promises", {"order": "4711"}).status_code == 201
    assert Quote.objects.get().order.number == "4711"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"item": "NOWHERE"}, "item"),
        ({"item": None}, "item"),
        ({"quantity": None}, "quantity"),
        ({"quantity": 0}, "quantity"),
        ({"quantity": "many"}, "quantity"),
        ({"requested": "soon"}, "requested"),
        ({"requested": "2001-01-01T00:00:00Z"}, "requested"),
        ({"plant": "W9"}, "plant"),
        ({"customer": "NOBODY"}, "customer"),
        ({"order": "1"}, "order"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_is_wrong_is_named(partner, shaft, change, field):
    body = {name: value for name, value in (BODY | change).items() if value is not None}
    answer = partner.post("promises", body)
    assert answer.status_code == 422
    assert field in {problem["field"] for problem in answer.json()["problems"]}
    assert not Quote.objects.exists()


def test_a_quoted_date_becomes_the_orders_promise_once(partner, shaft):
    partner.post("production-orders", order_body(operations=2, components=0))
    quote = partner.post("promises", {"order": "4711"}).json()
    accepted = partner.post(f"promises/{quote['key']}/accept", {"confidence_percent": 80}, key="B")
    assert accepted.status_code == 201
    said = accepted.json()
    assert said == {"order": "4711", "version": 1, "promised": quote["p80"], "confidence_percent": 80}
    again = partner.post(f"promises/{quote['key']}/accept", {"confidence_percent": 80}, key="B")
    assert (again.status_code, again.json(), again["Idempotent-Replayed"]) == (200, said, "true")
    other = partner.post(f"promises/{quote['key']}/accept", {"confidence_percent": 80}, key="C")
    assert (other.status_code, other.json()["code"]) == (409, "accepted")
    assert ProductionOrder.objects.get().promised_at == datetime.fromisoformat(quote["p80"])


@pytest.mark.parametrize("percent", [None, 0, 70, "high"])
def test_only_a_quoted_confidence_is_promised(partner, shaft, percent):
    partner.post("production-orders", order_body(operations=2, components=0))
    quote = partner.post("promises", {"order": "4711"}).json()
    answer = partner.post(f"promises/{quote['key']}/accept", {"confidence_percent": percent})
    assert answer.status_code == 422
    assert {problem["field"] for problem in answer.json()["problems"]} == {"confidence_percent"}
    assert not Promise.objects.exists()


def test_nothing_is_quoted_in_the_past_but_where_history_is_told_again(partner, shaft, settings):
    partner.post("production-orders", order_body(operations=2, components=0))
    at = timezone.now().replace(microsecond=0) - timedelta(days=9)
    asked = {"order": "4711", "at": at.isoformat()}
    refused = partner.post("promises", asked)
    assert (refused.status_code, refused.json()["code"]) == (409, "not_replayed")
    settings.HISTORY_IS_REPLAYED = True
    quote = partner.post("promises", asked).json()
    assert datetime.fromisoformat(quote["made_at"]) == at
    accept = {"confidence_percent": 80, "at": at.isoformat()}
    assert partner.post(f"promises/{quote['key']}/accept", accept).status_code == 201
    assert Promise.objects.get().made_at == at
    settings.HISTORY_IS_REPLAYED = False
    answer = partner.post(f"promises/{quote['key']}/accept", accept)
    assert answer.json()["code"] == "not_replayed"
    assert partner.post(f"promises/{uuid.uuid4()}/accept", {"confidence_percent": 80}).status_code == 404
