"""Production orders over the API: taken whole, once, or refused with every reason."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from integrations.domain import inbox
from integrations.models import InboundMessage
from orders.enums import OrderState
from orders.models import NumberRange, Operation, OrderComponent, ProductionEvent, ProductionOrder, Promise
from orders.planning.promise.forecast import note_stated_promises
from tests.factories.accounts import PlannerFactory, SupervisorFactory
from tests.factories.integrations import ConnectionFactory
from tests.factories.machines import MachineGroupFactory, PlantFactory
from tests.factories.orders import ItemFactory, ProductionOrderFactory
from tests.integrations.api.conftest import Partner, order_body
from tests.support.books import assert_books_are_clean
from tests.support.queries import statements

pytestmark = pytest.mark.django_db


def problems(answer):
    return {(problem["row"], problem["field"], problem["code"]) for problem in answer.json()["problems"]}


def test_an_order_is_taken_with_all_it_says(partner, plant):
    answer = partner.post(
        "production-orders",
        order_body(
            requirements=[
                {
                    "code": "COLOUR",
                    "kind": "choice",
                    "text": "Colour",
                    "choices": ["red", "blue"],
                    "operation": "0020",
                },
                {"code": "ROUGH", "kind": "limit", "text": "Ra", "upper": 0.8, "unit": "µm"},
            ]
        ),
    )
    assert answer.status_code == 201, answer.json()
    assert answer.json()["results"][0]["outcome"] == "created"
    order = ProductionOrder.objects.get(plant=plant, number="4711")
    assert (order.quantity, order.item.code) == (Decimal(100), "SHAFT")
    assert order.requested_at == datetime(2026, 12, 24, 11, tzinfo=UTC)
    operation = order.operations.get(number="0020")
    assert (operation.run_seconds, operation.machine_group.code) == (Decimal("12.500"), "TURN")
    assert order.components.get(position="0100").quantity == Decimal("200.500")
    assert order.requirements.get(code="ROUGH").upper == Decimal("0.8")
    assert ProductionEvent.objects.get(order=order).via == "api:SAP"


def test_the_message_is_kept_byte_for_byte(partner):
    body = json.dumps(order_body(), indent=3).encode() + b"\n"
    partner.post("production-orders", body, key="M-1")
    message = InboundMessage.objects.get()
    assert bytes(message.body) == body
    assert (message.state, message.external_id, message.orders) == ("applied", "M-1", ["4711"])


def test_the_same_key_and_body_is_answered_again_and_does_nothing(partner):
    first = partner.post("production-orders", order_body(number=None), key="M-1")
    again = partner.post("production-orders", order_body(number=None), key="M-1")
    assert again.status_code == first.status_code == 201
    assert again.json() == first.json()
    assert again["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first
    assert ProductionOrder.objects.count() == 1


def test_the_same_key_with_another_body_is_a_conflict(partner):
    partner.post("production-orders", order_body(), key="M-1")
    answer = partner.post("production-orders", order_body(quantity=101), key="M-1")
    assert answer.status_code == 409
    assert answer.json()["code"] == "key_reused"
    assert ProductionOrder.objects.get().quantity == 100


def test_partners_do_not_share_their_keys(partner, plant):
    other = Partner(
        ConnectionFactory(plant=plant, api_key__text="other-key-of-an-erp"), "other-key-of-an-erp"
    )
    assert partner.post("production-orders", order_body("1"), key="M-1").status_code == 201
    assert other.post("production-orders", order_body("2"), key="M-1").status_code == 201
    assert ProductionOrder.objects.count() == 2


def test_a_key_is_required(partner):
    answer = partner.client.post("/api/v1/production-orders", order_body(), format="json")
    assert answer.status_code == 422
    assert problems(answer) == {(None, "Idempotency-Key", "key_missing")}


def test_the_key_may_stand_in_the_body(partner):
    answer = partner.client.post("/api/v1/production-orders", order_body(key="K-1"), format="json")
    assert answer.status_code == 201, answer.json()
    assert InboundMessage.objects.get().external_id == "K-1"


def test_one_bad_row_refuses_all_and_every_problem_is_named(partner):
    bad = order_body("2", quantity=-1, item="NOWHERE")
    bad["operations"][2]["work_centre"] = "NONE"
    bad["components"][1]["unit"] = "XXX"
    answer = partner.post("production-orders", [order_body("1"), bad, order_body("3")], key="M-1")
    assert answer.status_code == 422
    assert problems(answer) == {
        (2, "quantity", "not_positive"),
        (2, "item", "unknown_item"),
        (2, "operations[2].work_centre", "unknown_work_centre"),
        (2, "components[1].unit", "unknown_unit"),
    }
    assert not ProductionOrder.objects.exists()
    assert not Operation.objects.exists()
    message = InboundMessage.objects.get()
    assert message.state == "refused"
    assert {problem["field"] for problem in message.problems} >= {"quantity", "item"}
    assert json.loads(bytes(message.body))[1]["item"] == "NOWHERE"


def test_a_refused_message_is_judged_anew_when_it_comes_again(partner, plant):
    body = order_body()
    body["operations"][0]["work_centre"] = "NEW"
    assert partner.post("production-orders", body, key="M-1").status_code == 422
    MachineGroupFactory(plant=plant, code="NEW")
    answer = partner.post("production-orders", body, key="M-1")
    assert answer.status_code == 201
    message = InboundMessage.objects.get()
    assert (message.state, message.attempts, message.problems) == ("applied", 2, [])


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("number", 4711, "not_text"),
        ("number", "x" * 41, "max_length"),
        ("number", "\ud800", "not_unicode"),
        ("number", "a\x00b", "null_characters_not_allowed"),
        ("quantity", "5 pcs", "not_a_number"),
        ("quantity", True, "not_a_number"),
        ("quantity", "NaN", "not_a_number"),
        ("quantity", "1_000", "not_a_number"),
        ("quantity", 0.0005, "max_decimal_places"),
        ("quantity", 1e12, "max_whole_digits"),
        ("quantity", 10**30, "not_a_number"),
        ("quantity", 0, "not_positive"),
        ("quantity", [1], "not_a_number"),
        ("due", "2026-12-24", "not_a_time"),
        ("due", "2026-12-24T12:00:00", "not_a_time"),
        ("due", "9999-12-31T23:59:59-12:00", "not_a_time"),
        ("due", "2026-02-31T12:00:00Z", "not_a_time"),
        ("due", 20261224, "not_a_time"),
        ("due", "2300-01-01T00:00:00Z", "absurd_date"),
        ("priority", "5", "not_whole"),
        ("priority", True, "not_whole"),
        ("priority", 10**9, "max_value"),
        ("cancel", "yes", "not_truth"),
        ("cancel", 1, "not_truth"),
        ("strategy", "MTX", "invalid_choice"),
        ("strategy", {}, "invalid_choice"),
        ("plant", "W999", "unknown_plant"),
        ("unit", "KGM", "unknown_unit"),
        ("operations", {}, "not_a_list"),
        ("operations", [[]], "invalid"),
        ("operations", "0010", "not_a_list"),
        ("good", 5, "unknown_field"),
        ("state", "finished", "unknown_field"),
    ],
)
def test_a_wrong_value_is_refused_and_named(partner, field, value, code):
    answer = partner.post("production-orders", order_body() | {field: value})
    assert answer.status_code == 422
    where = "operations[0]" if value == [[]] else field
    assert (1, where, code) in problems(answer)
    assert not ProductionOrder.objects.exists()


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("run_seconds", -1, "absurd"),
        ("run_seconds", "1e3", "not_a_number"),
        ("parameters", {"speed": 5}, "not_text"),
        ("parameters", {"a\x00": "b"}, "null_characters_not_allowed"),
        ("parameters", [], "not_a_dict"),
        ("tool", "NONE", "unknown_tool"),
        ("number", "0020", "double"),
        ("base_quantity", 0, "not_positive"),
    ],
)
def test_a_wrong_value_in_an_operation_is_refused_and_named(partner, field, value, code):
    body = order_body(components=0)
    body["operations"][0][field] = value
    answer = partner.post("production-orders", body)
    assert answer.status_code == 422
    assert code in {problem["code"] for problem in answer.json()["problems"]}
    assert any(problem["field"].startswith("operations[") for problem in answer.json()["problems"])


@pytest.mark.parametrize(
    "requirement",
    [
        {"code": "A", "kind": "smell", "text": "x"},
        {"code": "A", "kind": "limit", "text": "x"},
        {"code": "A", "kind": "limit", "text": "x", "lower": 2, "upper": 1},
        {"code": "A", "kind": "document", "text": "x"},
        {"code": "A", "kind": "document", "text": "x", "url": "javascript:alert(1)"},
        {"code": "A", "kind": "text", "text": "x", "operation": "0099"},
    ],
)
def test_a_wrong_requirement_is_refused(partner, requirement):
    answer = partner.post("production-orders", order_body(requirements=[requirement]))
    assert answer.status_code == 422
    assert answer.json()["problems"][0]["field"].startswith("requirements[0]")


def test_a_component_of_an_operation_that_is_not_there_is_refused(partner):
    body = order_body()
    body["components"][3]["operation"] = "0099"
    answer = partner.post("production-orders", body)
    assert problems(answer) == {(1, "components[3].operation", "unknown_operation")}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff\xfe{}", 400),
        (b'{"quantity": NaN}', 400),
        (b'{"quantity": 5e' + b"5" * 40 + b"}", 400),
        (b"[" * 100_000, 400),
        (b'{"a":' * 50_000, 400),
        (b"[]", 422),
        (b"null", 422),
        (b'"4711"', 422),
        (b"5", 422),
        (b"[1, 2]", 422),
        (b'{"quantity": 1e999999999, "number": "1", "item": "SHAFT"}', 422),
        (b'{"number": "' + b"9" * 1_000_000 + b'", "item": "SHAFT", "quantity": 1}', 422),
        (b"[" + b",".join([b"{}"] * 1001) + b"]", 422),
    ],
    ids=lambda value: repr(value[:20]) if isinstance(value, bytes) else value,
)
def test_a_broken_body_is_refused(partner, body, status):
    assert partner.post("production-orders", body).status_code == status
    assert not ProductionOrder.objects.exists()


def test_a_body_above_the_limit_is_refused_without_reading_it(partner, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    answer = partner.post("production-orders", order_body())
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_other_content_types_are_refused(partner):
    answer = partner.client.generic(
        "POST", "/api/v1/production-orders", b"a=1", content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 415


def test_orders_without_number_get_the_next(partner):
    NumberRange.objects.create(code="order", prefix="P-", digits=4, last=41)
    answer = partner.post("production-orders", [order_body(None), order_body("X"), order_body(None)])
    assert [result["number"] for result in answer.json()["results"]] == ["P-0042", "X", "P-0043"]


def test_a_replay_knows_the_numbers_that_were_given(partner):
    bodies = [order_body(number=None), order_body(number="4711"), order_body(number=None, quantity=7)]
    given = partner.post("production-orders", bodies).json()["results"]
    before = list(NumberRange.objects.values_list("code", "last").order_by("code"))
    message = inbox.replay(message=InboundMessage.objects.get(), by=PlannerFactory())
    assert [(one["number"], one["order"]) for one in message.results] == [
        (one["number"], one["order"]) for one in given
    ]
    assert {one["outcome"] for one in message.results} == {"unchanged"}
    assert ProductionOrder.objects.count() == 3
    assert list(NumberRange.objects.values_list("code", "last").order_by("code")) == before
    assert_books_are_clean()


def test_a_replay_of_a_refused_message_gives_the_next_number(partner):
    assert partner.post("production-orders", order_body(number=None, item="NEW")).status_code == 422
    ItemFactory(code="NEW")
    message = inbox.replay(message=InboundMessage.objects.get(), by=PlannerFactory())
    again = inbox.replay(message=message, by=PlannerFactory())
    assert [one["outcome"] for one in again.results] == ["unchanged"]
    assert again.results[0]["number"] == ProductionOrder.objects.get().number


def test_a_refused_message_leaves_no_gap(partner):
    partner.post("production-orders", [order_body(None), order_body("X", quantity=-1)])
    partner.post("production-orders", [order_body(None)])
    assert ProductionOrder.objects.get().number == "000001"


def test_a_second_message_about_an_order_changes_it(partner):
    partner.post("production-orders", order_body())
    answer = partner.post("production-orders", order_body(quantity=120))
    assert answer.status_code == 200
    result = answer.json()["results"][0]
    assert result["outcome"] == "changed"
    assert "quantity" in result["changes"]


def test_an_order_is_released_on_arrival_where_the_connection_says_so(partner):
    partner.connection.release_on_arrival = True
    partner.connection.save()
    partner.post("production-orders", order_body(status="released"))
    assert ProductionOrder.objects.get().state == OrderState.RELEASED


def test_a_key_without_an_active_connection_is_refused(partner):
    partner.connection.active = False
    partner.connection.save()
    answer = partner.post("production-orders", order_body())
    assert (answer.status_code, answer.json()["code"]) == (403, "no_connection")
    assert not InboundMessage.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_creating_an_order_takes_eleven_queries(partner):
    partner.post("production-orders", order_body("1"))
    with CaptureQueriesContext(connection) as context:
        answer = partner.post("production-orders", order_body("2"))
    assert answer.status_code == 201
    assert len(statements(context)) == 11, "\n".join(statements(context))
    assert len(context) == 13  # one transaction, no savepoint


@pytest.mark.django_db(transaction=True)
def test_a_thousand_orders_take_as_many_queries_as_one(partner):
    partner.post("production-orders", order_body("warm"))
    with CaptureQueriesContext(connection) as context:
        answer = partner.post("production-orders", [order_body(f"{n}", 8, 0) for n in range(1000)])
    assert answer.status_code == 201
    assert Operation.objects.count() == 8005
    assert len(statements(context)) <= 20


def test_an_order_reads_back(partner):
    partner.post("production-orders", order_body())
    answer = partner.get("production-orders/4711")
    assert answer.status_code == 200
    data = answer.json()
    assert (data["number"], data["quantity"], data["state"]) == ("4711", "100.000", "planned")
    assert [operation["number"] for operation in data["operations"]] == [
        "0010",
        "0020",
        "0030",
        "0040",
        "0050",
    ]
    assert len(data["components"]) == 10
    assert partner.get("production-orders/4712").status_code == 404


def test_an_order_of_two_plants_needs_the_plant(partner, plant):
    ProductionOrderFactory(plant=plant, number="7")
    ProductionOrderFactory(plant=PlantFactory(code="W002"), number="7")
    assert partner.get("production-orders/7").status_code == 422
    assert partner.get("production-orders/7", plant="W002").json()["plant"] == "W002"


@pytest.mark.parametrize("count", [10, 100])
def test_the_list_takes_the_same_queries_however_long(partner, plant, count, django_assert_num_queries):
    partner.get("production-orders")
    for _ in range(count):
        ProductionOrderFactory(plant=plant, item__code="SHAFT")
    with django_assert_num_queries(2):
        answer = partner.get("production-orders", limit=200)
    assert len(answer.json()["results"]) == count


def test_the_list_is_filtered_and_goes_on_by_cursor(partner, plant):
    for n in range(5):
        ProductionOrderFactory(plant=plant, number=f"R{n}", released=True)
    ProductionOrderFactory(plant=plant, number="P")
    first = partner.get("production-orders", state="released", limit=3).json()
    second = partner.client.get(first["next"]).json()
    numbers = [order["number"] for order in first["results"] + second["results"]]
    assert numbers == ["R4", "R3", "R2", "R1", "R0"]
    assert partner.get("production-orders", state="nonsense").status_code == 422


def test_an_order_is_released_once_per_key(partner):
    partner.post("production-orders", order_body())
    for _ in range(2):
        answer = partner.post("production-orders/4711/release", {}, key="R-1")
        assert (answer.status_code, answer.json()["state"]) == (200, "released")
    assert partner.post("production-orders/4711/release", {}, key="R-2").status_code == 409
    assert ProductionEvent.objects.filter(kind="released").count() == 1
    assert OrderComponent.objects.count() == 10


def test_a_person_with_the_right_releases(partner, client):
    partner.post("production-orders", order_body())
    client.force_login(SupervisorFactory())
    answer = client.post("/api/v1/production-orders/4711/release", headers={"Idempotency-Key": "a"})
    assert answer.status_code == 200
    assert ProductionEvent.objects.get(kind="released").by is not None


def test_an_unknown_customer_order_without_its_customer_is_refused_by_field(partner):
    answer = partner.post(
        "production-orders", [order_body("1"), {**order_body("2"), "customer_order": "A-1"}]
    )
    assert answer.status_code == 422
    [problem] = answer.json()["problems"]
    assert (problem["code"], problem["field"], problem["row"]) == (
        "unknown_customer_order",
        "customer_order",
        2,
    )
    assert not ProductionOrder.objects.exists()


def test_a_customer_order_without_its_customer_is_linked_when_it_is_known(partner):
    whole = {**order_body("1"), "customer_order": "A-1", "customer": "ACME"}
    later = {**order_body("2"), "customer_order": "A-1", "customer_line": "2"}
    assert partner.post("production-orders", [whole, later]).status_code == 201
    third = {**order_body("3"), "customer_order": "A-1", "customer_line": "2"}
    assert partner.post("production-orders", third).status_code == 201
    linked = ProductionOrder.objects.order_by("number").values_list("customer_line__position", flat=True)
    assert list(linked) == ["1", "2", "2"]


def test_what_the_erp_promised_comes_with_the_order_and_every_change_is_kept(partner, plant):
    first, second = "2026-12-20T12:00:00Z", "2026-12-22T12:00:00Z"
    assert partner.post("production-orders", order_body(promised=first, version="1")).status_code == 201
    order = ProductionOrder.objects.get()
    assert order.promised_at == datetime.fromisoformat(first)
    note_stated_promises(plant, now=timezone.now())
    assert partner.post("production-orders", order_body(promised=second, version="2")).status_code == 200
    note_stated_promises(plant, now=timezone.now())
    said = Promise.objects.filter(order=order).order_by("version").values_list("promised_at", flat=True)
    assert list(said) == [datetime.fromisoformat(first), datetime.fromisoformat(second)]
    answer = partner.post("production-orders", order_body("9", promised="2300-01-01T00:00:00Z"))
    assert problems(answer) == {(1, "promised", "absurd_date")}
