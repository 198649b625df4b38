"""Results by order: given under a transaction key, settled order by order; and keys kept to message types."""

import pytest
from rest_framework.test import APIClient

from integrations.enums import OutboundState
from integrations.models import OutboundMessage
from mes.accounts.models import ApiKey
from tests.factories.integrations import ConnectionFactory
from tests.integrations.outbox.work import Work

URL = "/api/v1/order-exports"
pytestmark = pytest.mark.django_db


@pytest.fixture
def partner():
    return ConnectionFactory(api_key__text="the-key-of-an-exporting-erp", confirm_every_seconds=0)


@pytest.fixture
def client(partner):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION="Api-Key the-key-of-an-exporting-erp")
    return client


def working(partner, *amounts, **values):
    work = Work(partner, **values)
    work.start()
    for amount in amounts:
        work.report(amount)
        work.tell()
    return work


def given(client, limit=50):
    answer = client.get(URL, {"limit": limit})
    assert answer.status_code == 200, answer.content
    return answer.json()


def say(client, work, key, status="exported", **more):
    row = {"order": work.operation.order.number, "transaction_key": key, "status": status, **more}
    return client.post(f"{URL}/status", [row], format="json")


def amounts(order):
    return [m["content"]["good"] for m in order["messages"] if m["kind"] == "confirmation"]


def test_an_order_is_given_until_it_is_said_to_be_exported(client, partner):
    work = working(partner, 10, 5)
    first = given(client)
    assert [amounts(order) for order in first["orders"]] == [["10.000", "5.000"]]
    assert given(client) == first
    count = len(first["orders"][0]["messages"])
    assert say(client, work, first["transaction_key"], reference="4711").json() == {"settled": count}
    assert say(client, work, first["transaction_key"]).json() == {"settled": 0}
    assert given(client)["orders"] == []
    states = set(OutboundMessage.objects.values_list("state", flat=True))
    assert OutboundState.POSTED in states <= {OutboundState.POSTED, OutboundState.DISCARDED}


def test_what_happens_meanwhile_is_given_next_time(client, partner):
    work = working(partner, 10)
    first = given(client)
    work.report(7)
    work.tell()
    say(client, work, first["transaction_key"])
    assert [amounts(order) for order in given(client)["orders"]] == [["7.000"]]


def test_an_error_parks_the_order_with_its_text_and_no_other(client, partner):
    bad, good = working(partner, 10, 5), working(partner, 3)
    first = given(client)
    say(client, bad, first["transaction_key"], "error", text="Period closed")
    parked = OutboundMessage.objects.get(state=OutboundState.PARKED)
    assert (parked.order, parked.problem) == (bad.operation.order, "Period closed")
    assert [order["order"] for order in given(client)["orders"]] == [good.operation.order.number]


def test_at_most_as_many_orders_as_asked_for_longest_waiting_first(client, partner):
    works = [working(partner, 1) for _ in range(3)]
    numbers = [order["order"] for order in given(client, limit=2)["orders"]]
    assert numbers == [work.operation.order.number for work in works[:2]]


def test_the_count_of_queries_does_not_grow(client, partner, django_assert_max_num_queries):
    working(partner, 1)
    given(client)
    for _order in range(3):
        working(partner, 1, 1)
    given(client)
    with django_assert_max_num_queries(14):
        assert len(given(client)["orders"]) == 4


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"transaction_key": "4711"}, "unknown_transaction"),
        ({"transaction_key": "T0"}, "unknown_order"),
        ({"order": "nobody's"}, "unknown_order"),
        ({"plant": "elsewhere"}, "unknown_order"),
    ],
)
def test_what_was_never_given_is_refused_as_a_whole(client, partner, change, code):
    work = working(partner, 10)
    key = given(client)["transaction_key"]
    good = {"order": work.operation.order.number, "transaction_key": key, "status": "exported"}
    answer = client.post(f"{URL}/status", [good, {**good, **change}], format="json")
    assert (answer.status_code, answer.json()["problems"][0]["code"]) == (422, code)
    assert not OutboundMessage.objects.filter(state=OutboundState.POSTED).exists()


def test_another_partner_sees_nothing_of_it(client, partner):
    work = working(ConnectionFactory(), 10)
    assert given(client)["orders"] == []
    assert say(client, work, "T99").status_code == 422


@pytest.mark.parametrize(
    ("kept_to", "allowed"),
    [
        ({}, True),
        ({"reads": ["confirmations"]}, True),
        ({"sends": ["confirmations"]}, False),
        ({"sends": ["production_orders"]}, False),
        ({"reads": ["totals"]}, False),
    ],
)
@pytest.mark.parametrize("path", ["confirmations", "order-exports"])
def test_a_key_reads_what_it_is_kept_to(client, partner, kept_to, allowed, path):
    ApiKey.objects.filter(pk=partner.api_key_id).update(**kept_to)
    answer = client.get(f"/api/v1/{path}")
    assert answer.status_code == (200 if allowed else 403)
    if not allowed:
        assert answer.json()["code"] == "message_type"


@pytest.mark.parametrize(
    ("kept_to", "status"),
    [
        ({}, 422),
        ({"sends": ["production_orders"]}, 422),
        ({"sends": ["master_data"]}, 403),
        ({"reads": ["production_orders"]}, 403),
    ],
)
def test_a_key_sends_what_it_is_kept_to(client, partner, kept_to, status):
    """422: the door is open, the empty list is no message."""
    ApiKey.objects.filter(pk=partner.api_key_id).update(**kept_to)
    answer = client.post("/api/v1/production-orders", [], format="json", HTTP_IDEMPOTENCY_KEY="1")
    assert answer.status_code == status


def test_acknowledging_belongs_to_reading(client, partner):
    ApiKey.objects.filter(pk=partner.api_key_id).update(reads=["confirmations"])
    assert client.post("/api/v1/confirmations/acknowledge", [], format="json").status_code == 422
    assert client.post(f"{URL}/status", [], format="json").status_code == 422


def test_a_door_of_no_type_is_closed_to_a_key_that_is_kept_to_some():
    key = ApiKey(sends=["production_orders"])
    assert not key.exchanges("", reading=False)
    assert ApiKey().exchanges("", reading=False)
