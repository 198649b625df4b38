"""Values of gauges and measuring machines over the API: each judged on its own, each once."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from orders.models import Hold
from quality.models import InspectionResult
from tests.factories.accounts import ApiKeyFactory, OperatorFactory
from tests.factories.orders import OperationFactory
from tests.factories.quality import CharacteristicFactory, GaugeFactory

pytestmark = pytest.mark.django_db
KEY = "the-key-of-a-measuring-machine"


@pytest.fixture
def machine():
    ApiKeyFactory(text=KEY, role="terminal", name="CMM 1")
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Api-Key {KEY}")
    return client


@pytest.fixture
def operation():
    operation = OperationFactory(in_production=True, order__number="4711", number="0010")
    CharacteristicFactory(
        plan__plant=operation.plant,
        plan__item=operation.order.item,
        plan__operation_number="0010",
        code="D1",
        name="Bore",
    )
    return operation


def send(client, *rows, status=200):
    base = {"order": "4711", "operation": "0010", "characteristic": "D1", "value": "25.001", "unit": "mm"}
    body = json.dumps([base | {"key": f"k{n}"} | row for n, row in enumerate(rows)])
    answer = client.post("/api/v1/inspection-results", body, content_type="application/json")
    assert answer.status_code == status, answer.content
    return answer.json().get("results")


def test_values_are_judged_one_by_one_and_a_miss_holds(machine, operation):
    good, bad = send(machine, {}, {"value": "25.03"})
    assert (good["status"], good["verdict"], good["message"]) == ("accepted", "passed", "25.001 mm")
    assert (bad["status"], bad["verdict"]) == ("accepted", "failed")
    assert Hold.objects.get(operation=operation).reason == "D1 Bore: 25.030 mm is above 25.020"
    result = InspectionResult.objects.get(pk=good["result"])
    assert (result.by, bool(result.via)) == (None, True)


def test_the_same_key_is_one_result(machine, operation):
    first, again = send(machine, {"key": "a"}), send(machine, {"key": "a"})
    assert first[0]["result"] == again[0]["result"]
    (other,) = send(machine, {"key": "a", "value": "25.002"})
    assert (other["status"], other["code"]) == ("refused", "key_reused")
    assert InspectionResult.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        ({"characteristic": "D9"}, "unknown_characteristic", "characteristic"),
        ({"gauge": "NONE"}, "unknown_gauge", "gauge"),
        ({"unit": "kg"}, "other_unit", "unit"),
        ({"value": "wide"}, "not_a_number", "value"),
        ({"order": "9999"}, "unknown_operation", "operation"),
        ({"wrong": -1}, "min_value", "wrong"),
        ({"colour": "red"}, "unknown_field", "colour"),
    ],
)
def test_a_wrong_row_says_row_field_and_why_and_the_others_are_taken(machine, operation, wrong, code, field):
    bad, good = send(machine, wrong, {})
    assert bad["status"] == "refused"
    assert (bad["problems"][0]["code"], bad["problems"][0]["field"]) == (code, field)
    assert good["status"] == "accepted"


def test_inches_are_converted_and_the_operator_is_named(machine, operation):
    operator = OperatorFactory(personnel_number="100")
    (row,) = send(machine, {"value": "0.98430", "unit": "in", "personnel_number": "100"})
    result = InspectionResult.objects.get(pk=row["result"])
    assert (result.value, result.by) == (Decimal("25.001220"), operator)


def test_an_expired_gauge_is_refused_unless_it_has_happened(machine, operation):
    gauge = GaugeFactory(
        plant=operation.plant, interval_days=1, calibrated_on=timezone.localdate() - timedelta(days=9)
    )
    (now,) = send(machine, {"gauge": gauge.code})
    assert (now["status"], now["code"]) == ("refused", "gauge_expired")
    past = (timezone.now() - timedelta(minutes=5)).isoformat()
    (then,) = send(machine, {"gauge": gauge.code, "at": past})
    assert (then["status"], then["flags"]) == ("accepted", ["gauge_expired"])
