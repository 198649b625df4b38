"""Nonconformances over the API: raised by any system once, listed, and decided by a person who signs."""

import json

import pytest
from django.urls import reverse
from rest_framework.test import APIClient

from quality.models import Nonconformance
from tests.factories.accounts import PASSWORD, ApiKeyFactory, OperatorFactory, QualityFactory
from tests.factories.machines import MachineFactory
from tests.factories.orders import LotFactory, OperationFactory, StockBalanceFactory
from tests.factories.quality import DefectCodeFactory, NonconformanceFactory

pytestmark = pytest.mark.django_db
KEY = "the-key-of-a-test-bench"
URL = "/api/v1/nonconformances"


@pytest.fixture
def bench():
    ApiKeyFactory(text=KEY, role="terminal", name="Bench 1")
    OperatorFactory(personnel_number="P1")
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Api-Key {KEY}")
    return client


@pytest.fixture
def operation():
    operation = OperationFactory(in_production=True, order__number="4711", number="0010")
    DefectCodeFactory(plant=operation.plant, code="CRACK")
    return operation


def send(client, *rows):
    body = json.dumps([{"key": f"k{n}", "personnel_number": "P1"} | row for n, row in enumerate(rows)])
    answer = client.post(URL, body, content_type="application/json")
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def test_pieces_of_an_operation_a_stop_and_a_lot_are_raised_once(bench, operation):
    machine = MachineFactory(plant=operation.plant, code="CNC-1")
    lot = LotFactory(number="HEAT-9")
    StockBalanceFactory(plant=operation.plant, item=lot.item, lot="HEAT-9")
    rows = (
        {"order": "4711", "operation": "0010", "defect": "CRACK", "quantity": "2"},
        {"machine": "CNC-1", "stop_at": "2026-03-02T08:00:00Z", "defect": "CRACK"},
        {"item": lot.item.code, "lot": "HEAT-9", "defect": "CRACK", "quantity": "5"},
    )
    first = send(bench, *rows)
    assert [one["status"] for one in first] == ["accepted"] * 3
    assert send(bench, *rows) == first
    pieces, stop, bought = Nonconformance.objects.order_by("pk")
    assert (pieces.operation, pieces.quantity, pieces.raised_by.personnel_number) == (operation, 2, "P1")
    assert (stop.machine, stop.stop_at.hour) == (machine, 8)
    assert (bought.item, bought.lot, bought.order) == (lot.item, "HEAT-9", None)
    listed = bench.get(URL).json()
    assert [one["number"] for one in listed] == [bought.number, stop.number, pieces.number]
    assert listed[2]["undecided"] == "2.000"


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        ({"defect": "NONE"}, "unknown_defect", "defect"),
        ({"operation": ""}, "required", "operation"),
        ({"operation": "0990"}, "unknown_operation", "operation"),
        ({"order": "", "item": "NONE"}, "unknown_item", "item"),
        ({"order": "", "machine": "NONE"}, "unknown_machine", "machine"),
        ({"personnel_number": ""}, "required", "personnel_number"),
        ({"quantity": "-1"}, "min_value", "quantity"),
    ],
)
def test_a_wrong_row_names_its_field(bench, operation, wrong, code, field):
    base = {"order": "4711", "operation": "0010", "defect": "CRACK", "quantity": "1"}
    [answer] = send(bench, base | wrong)
    assert answer["status"] == "refused"
    assert (answer["problems"][0]["code"], answer["problems"][0]["field"]) == (code, field)


def decide(client, row, **more):
    body = {"key": "d1", "kind": "use_as_is", "quantity": "10", "reason": "Within the drawing"} | more
    url = reverse("nonconformance-dispositions-api", args=[row.number])
    return client.post(url, json.dumps(body), content_type="application/json")


def test_only_a_person_who_proves_it_decides(bench, client):
    row = NonconformanceFactory()
    person = QualityFactory(username="ada")
    signature = {"username": "ada", "password": PASSWORD}
    assert decide(bench, row, **signature).status_code == 403
    client.force_login(person)
    assert decide(client, row, username="ada", password="wrong").status_code == 403
    answer = decide(client, row, **signature)
    assert answer.status_code == 200, answer.content
    assert (answer.json()["state"], answer.json()["undecided"]) == ("dispositioned", "0.000")
    assert decide(client, row, **signature).status_code == 200
    assert row.dispositions.count() == 1
