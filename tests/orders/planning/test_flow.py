"""Furnaces, pieces handed on early and short waits, from the rows to the plan."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from orders.planning.make import make_requested, request_plan
from orders.planning.whatif import Rush, accept, what_if
from tests.factories.accounts import PlannerFactory
from tests.factories.machines import MachineFactory, MachineGroupFactory
from tests.factories.orders import ItemFactory, PlanRuleFactory, RoutingOperationFactory, SetupFamilyFactory
from tests.orders.planning.backlog import HOUR, in_force, released

pytestmark = pytest.mark.django_db
SOON = timedelta(seconds=90)


def hardened(group, family, *hours, **values):
    order = released(group, *hours, **values)
    order.item = ItemFactory(setup_family=family)
    order.save()
    return order


def planned(plant):
    plan = request_plan(plant=plant, by=None, seconds=1)
    make_requested()
    plan.refresh_from_db()
    assert not plan.problem
    return plan


def test_a_furnace_is_loaded_with_one_family_and_every_operation_has_a_slot():
    group = MachineGroupFactory()
    MachineFactory(plant=group.plant, group=group, slots=3, together=True)
    PlanRuleFactory(plant=group.plant, frozen_hours=0)
    steel, brass = SetupFamilyFactory(), SetupFamilyFactory()
    orders = [hardened(group, steel, 4, due_in=5 * HOUR) for _ in range(4)]
    other = hardened(group, brass, 2, due_in=90 * HOUR)
    plan = in_force(group.plant, PlannerFactory())
    entries = list(plan.entries.select_related("operation__order").order_by("run_at", "slot"))
    first = entries[:3]
    assert [one.slot for one in first] == [1, 2, 3]
    assert len({(one.run_at, one.end_at) for one in first}) == 1
    assert {one.operation.order for one in first} < set(orders)
    assert all(one.run_at >= first[0].end_at for one in entries[3:])

    answers = what_if(group.plant, Rush(other.pk, timezone.now() + 3 * HOUR)).alternatives
    chosen = next(one for one in answers if one.own is not None and not one.own.late_after)
    made = accept(token=chosen.token, by=PlannerFactory())
    assert made.entries.get(operation__order=other).end_at < timezone.now() + 3 * HOUR
    assert made.late_orders == 4


def test_the_next_operation_begins_when_enough_is_handed_on_and_waits_no_longer_than_it_may():
    group, then = (group := MachineGroupFactory()), MachineGroupFactory(plant=group.plant)
    for one in (group, then):
        MachineFactory(plant=group.plant, group=one)
    order = released(group, 10, 9)
    first, second = order.operations.order_by("position")
    second.machine_group = then
    second.save()
    first.send_ahead = 2
    first.save()
    plan = planned(group.plant)
    begins = plan.entries.get(operation=second).start_at - plan.entries.get(operation=first).start_at
    assert abs(begins - 2 * HOUR) < SOON

    first.send_ahead = None
    first.save()
    blocking = released(then, 30, due_in=1 * HOUR, priority=0)
    second.longest_wait_seconds = 3600
    second.save()
    plan = planned(group.plant)
    assert plan.entries.get(operation=second).start_at >= plan.entries.get(operation__order=blocking).end_at
    waited = plan.entries.get(operation=second).start_at - plan.entries.get(operation=first).end_at
    assert waited <= HOUR


@pytest.mark.parametrize("wrong", [{"send_ahead": 0}, {"longest_wait_seconds": -1}])
def test_the_database_keeps_the_flow_sensible(wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        RoutingOperationFactory(**wrong)
