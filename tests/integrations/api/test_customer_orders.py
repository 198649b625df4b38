"""Customer orders with their requirements, and confirmations on their way back."""

import pytest

from integrations.domain import inbox
from integrations.enums import Delivery, InboundState, OutboundState
from integrations.models import InboundMessage, OutboundMessage
from orders.models import CustomerOrder, CustomerOrderLine, ProductionOrder
from tests.factories.accounts import PlannerFactory
from tests.factories.integrations import ConnectionFactory, OutboundMessageFactory
from tests.factories.orders import ItemFactory
from tests.integrations.api.conftest import order_body

pytestmark = pytest.mark.django_db


def customer_order(**line):
    requirement = {"code": "COLOUR", "kind": "choice", "text": "Colour", "choices": ["red", "blue"]}
    return {
        "number": "A-1",
        "customer": "C1",
        "customer_name": "Customer One",
        "lines": [
            {
                "position": "10",
                "item": "SHAFT",
                "quantity": 5,
                "strategy": "ETO",
                "requirements": [requirement],
            }
            | line
        ],
    }


def test_requirements_reach_the_production_order_at_its_release(partner):
    assert partner.post("customer-orders", customer_order()).status_code == 201
    body = order_body(customer="C1", customer_order="A-1", customer_line="10")
    assert partner.post("production-orders", body).status_code == 201
    assert partner.post("production-orders/4711/release", {}).status_code == 200
    order = ProductionOrder.objects.get()
    assert order.customer_line.order.number == "A-1"
    assert order.requirements.get().choices == ["red", "blue"]


def test_a_customer_order_is_taken_once_per_key_and_brought_up_to_date(partner):
    partner.post("customer-orders", customer_order(), key="A")
    assert partner.post("customer-orders", customer_order(), key="A")["Idempotent-Replayed"] == "true"
    answer = partner.post("customer-orders", customer_order(quantity=7, requirements=[]), key="B")
    assert (answer.status_code, answer.json()["results"][0]["outcome"]) == (200, "changed")
    line = CustomerOrderLine.objects.get()
    assert (line.quantity, line.strategy, line.requirements.count()) == (7, "ETO", 0)
    assert partner.post("customer-orders", customer_order(quantity=8), key="B").status_code == 409


def test_a_replay_applies_the_customer_order_again(partner):
    partner.post("customer-orders", {**customer_order(), "key": "inside"}, key="A")
    message = inbox.replay(message=InboundMessage.objects.get(), by=PlannerFactory())
    assert (message.state, message.problems) == (InboundState.APPLIED, [])
    assert message.results == [{"row": 1, "number": "A-1", "outcome": "changed"}]
    assert CustomerOrderLine.objects.get().quantity == 5
    assert not ProductionOrder.objects.exists()


def test_a_refused_customer_order_is_taken_after_the_item_was_made(partner):
    assert partner.post("customer-orders", customer_order(item="NEW"), key="A").status_code == 422
    message, person = InboundMessage.objects.get(), PlannerFactory()
    again = inbox.replay(message=message, by=person)
    assert (again.state, again.problems[0]["code"]) == (InboundState.REFUSED, "unknown_item")
    assert not CustomerOrder.objects.exists()
    ItemFactory(code="NEW")
    again = inbox.replay(message=message, by=person)
    assert (again.state, again.problems, again.replayed_by) == (InboundState.APPLIED, [], person)
    assert CustomerOrderLine.objects.get().item.code == "NEW"
    assert partner.post("customer-orders", customer_order(item="NEW"), key="A")["Idempotent-Replayed"]


@pytest.mark.parametrize(
    "line",
    [
        {"item": "NOWHERE"},
        {"quantity": 0},
        {"quantity": "x"},
        {"strategy": "XXX"},
        {"position": ""},
        {"requested": "soon"},
        {"requirements": [{"code": "L", "kind": "limit", "text": "Ra"}]},
        {
            "requirements": [
                {"code": "L", "kind": "text", "text": "a"},
                {"code": "L", "kind": "text", "text": "b"},
            ]
        },
    ],
)
def test_a_wrong_line_is_refused_and_named(partner, line):
    answer = partner.post("customer-orders", customer_order(**line))
    assert answer.status_code == 422
    assert answer.json()["problems"][0]["field"].startswith("lines[0].")
    assert not CustomerOrder.objects.exists()
    assert InboundMessage.objects.get().state == "refused"


def test_confirmations_are_pulled_by_cursor_and_acknowledged(partner):
    messages = [OutboundMessageFactory(connection=partner.connection, sequence=n) for n in (1, 2, 3)]
    OutboundMessageFactory(connection=ConnectionFactory())
    first = partner.get("confirmations", limit=2).json()
    assert [message["sequence"] for message in first["messages"]] == [1, 2]
    second = partner.get("confirmations", after=first["cursor"]).json()
    assert [message["sequence"] for message in second["messages"]] == [3]
    assert partner.get("confirmations", after=3).json() == {"messages": [], "cursor": 3}
    receipts = [
        {"identity": messages[0].identity.hex, "status": "posted", "reference": "49001"},
        {"identity": str(messages[1].identity), "status": "refused", "reason": "Period is closed"},
    ]
    for _ in range(2):
        assert partner.post("confirmations/acknowledge", receipts).json() == {"acknowledged": 2}
    states = dict(OutboundMessage.objects.values_list("sequence", "state"))
    assert (states[1], states[2]) == (OutboundState.POSTED, OutboundState.PARKED)


@pytest.mark.parametrize("after", ["-1", "x", "1.5", "9" * 30, "²"])
def test_a_wrong_cursor_is_refused(partner, after):
    assert partner.get("confirmations", after=after).status_code == 422


@pytest.mark.parametrize(
    "receipt",
    [
        {"identity": "x", "status": "posted"},
        {"identity": "0" * 32, "status": "posted"},
        {"identity": "0" * 32, "status": "maybe"},
        {"status": "posted"},
        5,
    ],
)
def test_a_wrong_receipt_is_refused(partner, receipt):
    assert partner.connection.delivery == Delivery.PULL
    assert partner.post("confirmations/acknowledge", [receipt]).status_code == 422


def test_the_status_tells_stage_and_dates_and_nothing_else(partner):
    partner.post("customer-orders", customer_order())
    [line] = partner.get("customer-orders/A-1/status").json()["lines"]
    assert (line["stage"], line["forecast"], line["reason"]) == ("received", None, None)
    body = order_body(customer="C1", customer_order="A-1", customer_line="10")
    partner.post("production-orders", body)
    partner.post("production-orders", {**body, "quantity": 90, "version": "2"}, key="2")
    answer = partner.get("customer-orders/A-1/status").json()
    assert set(answer) == {"number", "customer_reference", "lines"}
    [line] = answer["lines"]
    assert set(line) == {
        *("position", "item", "item_name", "quantity", "unit", "stage"),
        *("requested", "promised", "forecast", "changed", "reason"),
    }
    assert (line["stage"], line["reason"]) == ("planned", "quantity_changed")
    assert line["changed"]
    assert partner.get("customer-orders/B-1/status").status_code == 404
