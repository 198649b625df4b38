"""What gauges and measuring machines send: judged one by one, each once, in an inspector's name."""

import json

import pytest
from rest_framework.test import APIClient

from orders.domain.holds import place_hold
from orders.models import Hold
from quality.models import Inspection
from tests.factories.accounts import ApiKeyFactory, OperatorFactory, UserFactory
from tests.factories.orders import OperationFactory

pytestmark = pytest.mark.django_db
KEY = "the-key-of-a-gauge"


@pytest.fixture
def gauge():
    ApiKeyFactory(text=KEY, role="terminal", name="Gauge 1")
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Api-Key {KEY}")
    return client


@pytest.fixture
def operation():
    UserFactory(personnel_number="400", roles=["quality"])
    OperatorFactory(personnel_number="100")
    operation = OperationFactory(released=True, order__number="4711", number="0050")
    place_hold(order=operation.order, operation=operation, kind="quality", reason="Inspection", by=None)
    return operation


def send(client, *rows, status=200):
    base = {"order": "4711", "operation": "0050", "inspected": 5, "passed": True, "personnel_number": "400"}
    body = json.dumps([base | {"key": f"k{n}"} | row for n, row in enumerate(rows)])
    answer = client.post("/api/v1/inspections", body, content_type="application/json")
    assert answer.status_code == status, answer.content
    return answer.json().get("results")


def is_held(operation):
    return Hold.objects.filter(operation=operation, lifted_at__isnull=True).exists()


def test_a_failed_one_keeps_the_hold_and_a_passed_one_lifts_it(gauge, operation):
    (failed,) = send(gauge, {"key": "a", "passed": False, "defective": 1, "comment": "too thick"})
    assert (failed["status"], failed["problems"]) == ("accepted", [])
    assert is_held(operation)
    (passed,) = send(gauge, {"key": "b"})
    assert not is_held(operation)
    assert Inspection.objects.get(pk=passed["inspection"]).by.personnel_number == "400"


def test_the_same_key_is_one_inspection(gauge, operation):
    first, again = send(gauge, {"key": "a"}), send(gauge, {"key": "a"})
    assert first[0]["inspection"] == again[0]["inspection"]
    assert Inspection.objects.count() == 1
    (other,) = send(gauge, {"key": "a", "inspected": 7})
    assert (other["status"], other["code"]) == ("refused", "key_reused")


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"defective": 6}, "defective"),
        ({"inspected": 0}, "inspected"),
        ({"passed": False, "defective": 1}, "comment"),
        ({"passed": "yes"}, "passed"),
        ({"operation": "0099"}, "operation"),
        ({"personnel_number": "999"}, "personnel_number"),
        ({"personnel_number": ""}, "personnel_number"),
    ],
)
def test_a_wrong_row_is_refused_by_field_and_the_others_are_taken(gauge, operation, row, field):
    refused, taken = send(gauge, row, {})
    assert refused["status"] == "refused"
    assert refused["inspection"] is None
    assert field in [problem["field"] for problem in refused["problems"]]
    assert taken["status"] == "accepted"


def test_only_an_inspector_inspects(gauge, operation):
    (refused,) = send(gauge, {"personnel_number": "100"})
    assert refused["code"] == "not_inspector"
    assert is_held(operation)
    ApiKeyFactory(text="erp-key", role="erp")
    partner = APIClient()
    partner.credentials(HTTP_AUTHORIZATION="Api-Key erp-key")
    send(partner, {}, status=403)
