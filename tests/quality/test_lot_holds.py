"""A miss holds the lots that may be concerned; one rule says who releases them, by inspection and by hand."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from mes.accounts.roles import Role
from orders.models import Hold, HoldKind
from orders.queries.holds import policy_for, releasers
from quality.domain.results import Found, record_result
from quality.domain.verification import inspect_operation
from tests.factories.accounts import AdminFactory, QualityFactory, SupervisorFactory
from tests.factories.orders import HoldPolicyFactory, LotFactory, OperationFactory, OutputLotRuleFactory
from tests.factories.quality import CharacteristicFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def work():
    operation = OperationFactory(in_production=True, number="0010", order__item__lot_tracked=True)
    operation.characteristic = CharacteristicFactory(
        plan__plant=operation.plant, plan__item=operation.order.item, plan__operation_number="0010"
    )
    return operation


def measure(work, value, at=None):
    return record_result(
        characteristic=work.characteristic,
        operation=work,
        found=Found(value=value),
        by=None,
        key=uuid.uuid4(),
        at=at,
    )


def held_lots(work):
    open_holds = Hold.objects.filter(item=work.order.item, kind=HoldKind.QUALITY, lifted_at=None)
    return set(open_holds.values_list("lot", flat=True))


def inspect(work, by):
    return inspect_operation(
        operation=work,
        inspected=Decimal(5),
        defective=Decimal(0),
        passed=True,
        by=by,
        key=uuid.uuid4(),
        comment="measured again",
    )


def test_the_lot_in_the_making_is_held_before_it_has_a_row(work):
    measure(work, "26")
    assert held_lots(work) == {work.order.number}
    measure(work, "27")
    assert Hold.objects.filter(item=work.order.item).count() == 1


def test_lots_that_were_open_since_the_last_good_result_are_held_and_older_ones_are_not(work):
    OutputLotRuleFactory(item=work.order.item, per="quantity", quantity=Decimal(10))
    now = timezone.now()
    for name, minutes in (("L1", 60), ("L2", 40), ("L3", 20)):
        made = now - timedelta(minutes=minutes)
        LotFactory(item=work.order.item, number=name, order=work.order, made_at=made)
    work.good = Decimal(30)
    work.save()
    measure(work, "25", at=now - timedelta(minutes=30))  # while L2 was filled
    measure(work, "26")
    assert held_lots(work) == {"L2", "L3", f"{work.order.number}-004"}


def test_an_item_without_lots_has_no_lot_on_hold(work):
    work.order.item.lot_tracked = False
    work.order.item.save()
    measure(work, "26")
    assert held_lots(work) == set()
    assert Hold.objects.filter(operation=work).count() == 1


def test_a_passed_inspection_releases_operation_and_lots(work):
    measure(work, "26")
    inspect(work, QualityFactory())
    assert not Hold.objects.filter(lifted_at=None).exists()
    assert set(Hold.objects.values_list("release_reason", flat=True)) == {"measured again"}


@pytest.mark.parametrize("rule", [{"second_person": True}, {"signature": True, "second_person": False}])
def test_where_the_rule_wants_more_an_inspection_alone_releases_nothing(work, rule):
    HoldPolicyFactory(plant=work.plant, kind=HoldKind.QUALITY, **rule)
    measure(work, "26")
    inspect(work, QualityFactory())
    assert Hold.objects.filter(lifted_at=None).count() == 2


def test_the_rule_names_people_and_roles_where_nobody_has_one(work):
    AdminFactory(first_name="Root", last_name="Only")
    policy = policy_for(work.plant_id, HoldKind.QUALITY)
    assert releasers(policy) == "quality, admin"
    QualityFactory(first_name="Ada", last_name="Weber")
    assert "Ada Weber" in releasers(policy)
    assert "Root Only" not in releasers(policy)
    SupervisorFactory(first_name="Sam", last_name="Otto")
    HoldPolicyFactory(plant=work.plant, kind=HoldKind.QUALITY, roles=[Role.SUPERVISOR.value])
    named = releasers(policy_for(work.plant_id, HoldKind.QUALITY))
    assert "Sam Otto" in named
    assert "Ada Weber" not in named
