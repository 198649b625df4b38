"""Inspecting operations and verifying requirements in the office."""

from __future__ import annotations

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from orders.domain.holds import place_hold
from orders.models import Hold
from quality.models import Inspection, RequirementCheck
from tests.factories.accounts import OperatorFactory, QualityFactory
from tests.factories.orders import OperationFactory, OrderRequirementFactory


@pytest.fixture
def inspector(client, db):
    client.force_login(QualityFactory())
    return client


def held_operation():
    operation = OperationFactory(released=True, position=1)
    place_hold(order=operation.order, operation=operation, kind="quality", reason="Inspection", by=None)
    return operation


def test_a_passed_inspection_lifts_the_hold_once(inspector):
    operation = held_operation()
    page = inspector.get(reverse("inspections"))
    assert operation.order.number in page.content.decode()
    said = {"key": str(uuid.uuid4()), "inspected": "5", "defective": "0", "verdict": "passed", "comment": ""}
    for _ in range(2):
        answer = inspector.post(reverse("inspect-operation", args=[operation.pk]), said)
        assert answer.url == reverse("inspections")
    assert Inspection.objects.count() == 1
    assert not Hold.objects.filter(lifted_at__isnull=True).exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"inspected": "0"}, "inspected"),
        ({"defective": "9"}, "defective"),
        ({"verdict": "failed"}, "comment"),
    ],
)
def test_nonsense_is_said_at_its_field_and_kept(inspector, change, field):
    operation = held_operation()
    said = {"key": str(uuid.uuid4()), "inspected": "5", "defective": "0", "verdict": "passed", "comment": ""}
    answer = inspector.post(reverse("inspect-operation", args=[operation.pk]), said | change)
    assert answer.context["form"].errors[field]
    assert not Inspection.objects.exists()
    assert Hold.objects.filter(lifted_at__isnull=True).exists()


def test_a_limit_is_judged_by_the_measured_value(inspector):
    requirement = OrderRequirementFactory(kind="limit", lower=40, upper=45, unit="HRC", operation_number="")
    page = reverse("verify-requirement", args=[requirement.pk])
    inspector.post(page, {"key": str(uuid.uuid4()), "value": "42,5", "comment": ""})
    assert RequirementCheck.objects.get().verdict == "passed"
    inspector.post(page, {"key": str(uuid.uuid4()), "value": "47", "comment": ""})
    piece = inspector.get(reverse("order-requirements", args=[requirement.order_id])).content.decode()
    assert "chip-wrong" in piece
    answer = inspector.post(page, {"key": str(uuid.uuid4()), "value": "hard", "comment": ""})
    assert answer.context["form"].errors["value"]


def test_operators_see_but_do_not_judge(client, db):
    client.force_login(OperatorFactory())
    operation = held_operation()
    page = client.get(reverse("inspections")).content.decode()
    assert reverse("inspect-operation", args=[operation.pk]) not in page
    assert client.get(reverse("inspect-operation", args=[operation.pk])).status_code == 403


def test_the_list_costs_the_same_for_one_and_three(inspector):
    counts = []
    for more in (1, 2):
        for _ in range(more):
            held_operation()
        with CaptureQueriesContext(connection) as queries:
            inspector.get(reverse("inspections"))
        counts.append(len(queries))
    assert counts[0] == counts[1]
