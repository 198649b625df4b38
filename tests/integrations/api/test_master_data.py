"""Master data in bulk: a result per row, a dry run, once per key, kept and replayable."""

import json
import uuid

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from integrations.domain import inbox
from integrations.enums import InboundState
from integrations.models import InboundMessage
from orders.models import Bom, Item, ProductionOrder, Routing
from tests.factories.accounts import EngineerFactory
from tests.integrations.api.conftest import order_body
from tests.support.queries import statements

pytestmark = pytest.mark.django_db


def items(*codes, **values):
    return [{"code": code, "unit": "C62", **values} for code in codes]


def test_items_are_made_changed_and_left(partner):
    first = partner.post("items", items("A", "B", name="Part"))
    assert (first.status_code, first.json()["counts"]) == (200, {"created": 2})
    again = partner.post("items", [*items("A", name="Part"), *items("B", name="Other")])
    assert [(row["number"], row["outcome"], row["changes"]) for row in again.json()["results"]] == [
        ("A", "unchanged", {}),
        ("B", "changed", {"name": ["Part", "Other"]}),
    ]


def test_one_object_and_one_object_per_line_are_taken_too(partner):
    assert partner.post("items", items("A")[0]).json()["counts"] == {"created": 1}
    lines = "\n".join(json.dumps(row) for row in items("B", "C")).encode() + b"\n"
    assert partner.post("items", lines).json()["counts"] == {"created": 2}


def test_bad_rows_are_named_and_leave_the_others(partner):
    rows = [*items("A"), {"code": "B", "unit": 5}, {"code": "C", "unit": "XXX"}, {"colour": "red"}]
    answer = partner.post("items", rows).json()
    assert answer["counts"] == {"created": 1, "refused": 3}
    assert [
        (row["row"], {(problem["field"], problem["code"]) for problem in row["problems"]})
        for row in answer["results"]
        if row["outcome"] == "refused"
    ] == [
        (2, {("unit", "not_text")}),
        (3, {("unit", "unknown_unit")}),
        (4, {("code", "required"), ("colour", "unknown_field")}),
    ]
    assert InboundMessage.objects.get().state == InboundState.PARTLY


def test_a_dry_run_tells_the_difference_and_writes_nothing(partner):
    partner.post("items", items("A", name="old"))
    answer = partner.post("items?dry_run=1", [*items("A", name="new"), *items("B")]).json()
    assert (answer["dry_run"], answer["counts"]) == (True, {"changed": 1, "created": 1})
    assert answer["results"][0]["changes"] == {"name": ["old", "new"]}
    assert (Item.objects.get(code="A").name, Item.objects.filter(code="B").exists()) == ("old", False)
    assert InboundMessage.objects.count() == 1


def test_the_same_key_again_gets_the_same_answer(partner):
    key = uuid.uuid4().hex
    first = partner.post("items", items("A"), key=key)
    again = partner.post("items", items("A"), key=key)
    assert again.json() == first.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    assert partner.post("items", items("B"), key=key).status_code == 409
    assert Item.objects.get(code="A").events.count() == 1


def test_without_a_key_nothing_is_taken(partner):
    response = partner.client.post("/api/v1/items", json.dumps(items("A")), content_type="application/json")
    assert (response.status_code, response.json()["problems"][0]["code"]) == (422, "key_missing")


@pytest.mark.parametrize(("body", "status"), [(b"[", 400), (b"[]", 422), (b'{"code"}\n{"code"}', 400)])
def test_what_is_no_list_of_records_is_answered_and_not_kept(partner, body, status):
    assert partner.post("items", body).status_code == status
    assert not InboundMessage.objects.exists()


def test_a_whole_product_and_what_waits_for_it(partner):
    structure = [{"item": "PUMP", "positions": [{"position": "10", "item": "ROTOR", "quantity": "0.5"}]}]
    waits = partner.post("boms", structure).json()
    assert waits["results"][0]["waits_for"] == [
        {"kind": "item", "code": "PUMP", "plant": None},
        {"kind": "item", "code": "ROTOR", "plant": None},
    ]
    steps = [{"number": "0010", "work_centre": "4711", "setup_seconds": 60, "run_seconds": "1.5"}]
    assert partner.post("routings", [{"item": "PUMP", "steps": steps}]).json()["counts"] == {"waiting": 1}
    partner.post("work-centres", [{"code": "PRESS", "internal_id": "4711", "standard_key": "SAP1"}])
    partner.post("items", items("PUMP", "ROTOR"))
    assert Bom.objects.get().lines.get().item.code == "ROTOR"
    assert Routing.objects.get().operations.get().machine_group.code == "PRESS"
    assert set(InboundMessage.objects.values_list("state", flat=True)) == {InboundState.APPLIED}


def test_customers_and_what_is_gone(partner):
    partner.post("customers", [{"code": "C1", "name": "Customer one"}])
    answer = partner.post("customers", [{"code": "C1", "gone": True}])
    assert answer.json()["results"][0]["changes"] == {"active": ["True", "False"]}


def test_a_message_is_read_again_as_what_it_was(partner):
    partner.post("items", [{"code": "A", "unit": "XXX"}])
    message = InboundMessage.objects.get()
    assert (message.state, message.message_type) == (InboundState.REFUSED, "items")
    message = inbox.replay(message=message, by=EngineerFactory())
    assert message.problems[0]["code"] == "unknown_unit"


def test_only_partners_send_master_data(partner, client):
    partner.connection.api_key.sends = ["production_orders"]
    partner.connection.api_key.save()
    assert partner.post("items", items("A")).status_code == 403
    client.force_login(EngineerFactory())
    body = json.dumps(items("A"))
    assert client.post("/api/v1/items", body, content_type="application/json").status_code == 403


def test_orders_by_rest_are_still_answered_at_once(partner):
    response = partner.post("production-orders", order_body(item="NOWHERE"))
    assert response.status_code == 422
    assert not ProductionOrder.objects.exists()


def test_the_number_of_queries_is_the_same_for_one_and_three_rows(partner):
    def asked(*codes):
        with CaptureQueriesContext(database) as context:
            partner.post("items", items(*codes))
        return len(statements(context))

    asked("WARM")
    assert asked("A") == asked("B", "C", "D")
