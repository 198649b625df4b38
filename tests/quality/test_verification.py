"""Verified requirements and inspected operations, with their holds, on PostgreSQL."""

import threading
import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from mes.lib.errors import InvalidInput, KeyReused
from orders.domain.execution import finish
from orders.domain.holds import place_hold
from orders.enums import EventKind, RequirementKind
from orders.models import Hold, HoldKind, ProductionEvent
from orders.queries.readiness import readiness_of
from quality.domain.verification import inspect_operation, verify_requirement
from quality.enums import Verdict
from quality.models import Inspection, RequirementCheck
from quality.queries.requirements import inspections_due, requirement_statuses
from tests.factories.accounts import QualityFactory
from tests.factories.orders import (
    HoldFactory,
    OperationFactory,
    OrderRequirementFactory,
    ProductionOrderFactory,
)
from tests.factories.quality import InspectionFactory
from tests.support.books import assert_books_are_clean

pytestmark = pytest.mark.django_db


@pytest.fixture
def inspector():
    return QualityFactory()


@pytest.fixture
def operation():
    return OperationFactory(in_production=True, number="0020", position=2)


def width(operation, **more):
    return OrderRequirementFactory(
        order=operation.order, kind=RequirementKind.LIMIT, lower=Decimal("9.9"), upper=Decimal("10.1"), **more
    )


def verify(requirement, operation, by, value="10.05", key=None, **more):
    return verify_requirement(
        requirement=requirement, operation=operation, value=value, by=by, key=key or uuid.uuid4(), **more
    )


def inspect(operation, by, passed=True, key=None, **more):
    amounts = {
        "inspected": Decimal(5),
        "defective": Decimal(0 if passed else 1),
        "comment": "" if passed else "burr",
    }
    return inspect_operation(
        operation=operation, passed=passed, by=by, key=key or uuid.uuid4(), **{**amounts, **more}
    )


def waiting(operation):
    return place_hold(
        order=operation.order, operation=operation, kind=HoldKind.QUALITY, reason="Inspection", by=None
    )


def test_a_check_says_who_found_what_when_and_whether_it_fits(operation, inspector):
    before = timezone.now()
    check = verify(width(operation), operation, inspector, " 10,2 ")
    check.refresh_from_db()
    assert (check.by, check.operation, check.value, check.verdict) == (
        inspector,
        operation,
        "10,2",
        Verdict.FAILED,
    )
    assert check.plant == operation.plant
    assert before <= check.at <= timezone.now()


def test_the_same_key_makes_one_check_and_another_content_is_refused(operation, inspector):
    requirement, key = width(operation), uuid.uuid4()
    first = verify(requirement, operation, inspector, key=key)
    assert verify(requirement, operation, inspector, key=key) == first
    for other in (
        lambda: verify(requirement, operation, inspector, "10.06", key=key),
        lambda: verify(requirement, None, inspector, key=key),
        lambda: verify(width(operation, code="other"), operation, inspector, key=key),
    ):
        with pytest.raises(KeyReused):
            other()
    assert RequirementCheck.objects.count() == 1


def test_a_check_belongs_to_the_requirements_order_and_operation(operation, inspector):
    stranger = OperationFactory(in_production=True)
    only_ten = width(operation, code="ten", operation_number="0010")
    for requirement, place in ((width(operation), stranger), (only_ten, operation)):
        with pytest.raises(InvalidInput):
            verify(requirement, place, inspector)
    assert verify(only_ten, None, inspector).verdict == Verdict.PASSED


def test_a_check_can_not_come_from_the_future(operation, inspector):
    with pytest.raises(InvalidInput):
        verify(width(operation), operation, inspector, at=timezone.now() + timedelta(hours=1))


def test_status_of_requirements_is_the_latest_check_at_each_place(operation, inspector):
    requirement = width(operation)
    other = OperationFactory(order=operation.order, in_production=True)

    def status():
        (only,) = requirement_statuses([operation.order_id])[operation.order_id]
        return only.verdict, len(only.checks)

    assert status() == (None, 0)
    verify(requirement, operation, inspector)
    assert status() == (Verdict.PASSED, 1)
    verify(requirement, other, inspector, "11")
    assert status() == (Verdict.FAILED, 2)
    verify(requirement, other, inspector, "10")
    assert status() == (Verdict.PASSED, 2)
    verify(requirement, None, inspector, "12")
    verify(requirement, None, inspector, "12.5")
    assert status() == (Verdict.FAILED, 3)


@pytest.mark.parametrize("count", [1, 10])
def test_statuses_take_four_queries_for_any_number_of_orders(count, inspector, django_assert_num_queries):
    orders = [ProductionOrderFactory(released=True) for _ in range(count)]
    for order in orders:
        verify(OrderRequirementFactory(order=order), None, inspector, passed=True)
    with django_assert_num_queries(4):
        found = requirement_statuses([order.pk for order in orders])
    assert [status.checks[0].by for statuses in found.values() for status in statuses] == [inspector] * count


def test_a_requirement_concerns_every_operation_or_the_one_it_names(operation):
    width(operation, code="a")
    width(operation, code="b", operation_number="0010")
    everywhere, at_ten = requirement_statuses([operation.order_id])[operation.order_id]
    assert everywhere.concerns("0020")
    assert at_ten.concerns("0010")
    assert not at_ten.concerns("0020")


def test_a_passed_inspection_lifts_the_quality_hold_and_lets_the_next_operation_start(operation, inspector):
    following = OperationFactory(order=operation.order, released=False, position=3, state="released")
    hold = waiting(operation)
    assert "inspection_open" in {need.code for need in readiness_of([following])[following.pk].needs}
    inspection = inspect(operation, inspector)
    hold.refresh_from_db()
    assert inspection.verdict == Verdict.PASSED
    assert hold.lifted_by == inspector
    assert hold.lifted_at is not None
    assert "inspection_open" not in {need.code for need in readiness_of([following])[following.pk].needs}
    lifted = ProductionEvent.objects.get(kind=EventKind.HOLD_LIFTED)
    assert (lifted.operation, lifted.by) == (operation, inspector)


def test_a_passed_inspection_leaves_other_holds_alone(operation, inspector):
    others = [
        HoldFactory(order=operation.order, operation=operation, kind=HoldKind.MANUAL),
        HoldFactory(order=operation.order, operation=None, kind=HoldKind.QUALITY),
        HoldFactory(
            order=operation.order, operation=OperationFactory(order=operation.order), kind=HoldKind.QUALITY
        ),
    ]
    inspect(operation, inspector)
    assert Hold.objects.filter(lifted_at__isnull=True).count() == len(others)


def test_a_failed_inspection_keeps_or_places_one_hold_which_a_passed_one_lifts(operation, inspector):
    inspect(operation, inspector, passed=False)
    inspect(operation, inspector, passed=False)
    hold = Hold.objects.get()
    assert (hold.kind, hold.reason, hold.placed_by, hold.lifted_at) == (
        HoldKind.QUALITY,
        "burr",
        inspector,
        None,
    )
    assert list(inspections_due()) == [hold]
    inspect(operation, inspector)
    assert not inspections_due().exists()


def test_the_same_key_inspects_once_and_a_repeat_lifts_nothing_new(operation, inspector):
    key = uuid.uuid4()
    first = inspect(operation, inspector, key=key)
    later = waiting(operation)
    assert inspect(operation, inspector, key=key) == first
    later.refresh_from_db()
    assert later.lifted_at is None
    with pytest.raises(KeyReused):
        inspect(operation, inspector, key=key, inspected=Decimal(6))
    with pytest.raises(KeyReused):
        inspect(operation, inspector, key=key, passed=False)
    assert Inspection.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "codes"),
    [
        ({"inspected": Decimal(0)}, {"nothing_inspected"}),
        ({"inspected": Decimal(-1)}, {"nothing_inspected", "impossible"}),
        ({"defective": Decimal(6)}, {"impossible"}),
        ({"defective": Decimal(-1)}, {"impossible"}),
        ({"passed": False, "comment": " "}, {"missing"}),
        ({"inspected": Decimal("NaN")}, {"absurd"}),
        ({"defective": Decimal("Infinity")}, {"absurd"}),
        ({"inspected": Decimal(10) ** 12}, {"absurd"}),
    ],
)
def test_impossible_inspections_are_refused(operation, inspector, wrong, codes):
    with pytest.raises(InvalidInput) as refusal:
        inspect(operation, inspector, **wrong)
    assert {problem.code for problem in refusal.value.problems} == codes
    assert not Inspection.objects.exists()


def test_the_database_too_knows_that_defective_pieces_were_inspected(operation):
    with pytest.raises(IntegrityError, match="inspection_defective_within_inspected"), transaction.atomic():
        InspectionFactory(operation=operation, inspected=Decimal(1), defective=Decimal(2))


@pytest.mark.django_db(transaction=True)
def test_eight_clients_with_one_key_make_one_inspection_and_lift_one_hold_once():
    operation, inspector, key = OperationFactory(in_production=True), QualityFactory(), uuid.uuid4()
    waiting(operation)
    made, failures = [], []

    def client():
        try:
            made.append(inspect(operation, inspector, key=key).pk)
        except Exception as failure:
            failures.append(failure)
        finally:
            connection.close()

    clients = [threading.Thread(target=client) for _ in range(8)]
    for thread in clients:
        thread.start()
    for thread in clients:
        thread.join()
    assert failures == []
    assert len(made) == 8
    assert len(set(made)) == Inspection.objects.count() == 1
    assert ProductionEvent.objects.filter(kind=EventKind.HOLD_LIFTED).count() == 1


@pytest.mark.parametrize(("erp_status", "state"), [("released", "finished"), ("closed", "closed")])
def test_an_order_ends_while_its_last_operation_waits_for_the_inspector(inspector, erp_status, state):
    operation = OperationFactory(in_production=True, inspection=True, order__erp_status=erp_status)
    finish(operation=operation, by=None, key=uuid.uuid4())
    operation.order.refresh_from_db()
    assert operation.order.state == state
    assert [hold.operation for hold in inspections_due()] == [operation]
    inspect(operation, inspector, passed=False)
    assert [hold.operation for hold in inspections_due()] == [operation]
    inspect(operation, inspector)
    assert not inspections_due().exists()
    assert_books_are_clean()
