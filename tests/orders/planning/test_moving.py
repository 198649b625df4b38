"""An operation moved by hand: what it does to everyone is known before, and nothing is stored until then."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from mes.lib.errors import MesError
from orders.enums import OperationState, PlanOrigin, PlanState
from orders.models import Plan
from orders.planning.moving import move_operation, pin_operation, preview_move
from tests.factories.accounts import PlannerFactory
from tests.factories.machines import MachineFactory, MachineGroupFactory
from tests.factories.orders import RunFactory
from tests.orders.planning.backlog import HOUR, in_force, released
from tests.support.queries import statements

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)


@pytest.fixture
def planner(db):
    return PlannerFactory()


@pytest.fixture
def group(db):
    return MachineGroupFactory()


@pytest.fixture
def press(group):
    """Around the clock."""
    return MachineFactory(plant=group.plant, group=group)


def queue(plan):
    return [one.operation.order_id for one in plan.entries.order_by("start_at").select_related("operation")]


def test_an_operation_dropped_in_front_makes_the_others_wait(group, press, planner):
    first, second = released(group, 4, due_in=5 * HOUR), released(group, 3, due_in=50 * HOUR)
    plan = in_force(group.plant, planner)
    assert queue(plan) == [first.pk, second.pk]

    move = preview_move(
        plan=plan, operation=second.operations.get(), machine=press, start_at=timezone.now() - HOUR
    )
    (pays,) = move.consequences.payers
    assert (pays.order_id, pays.newly_late) == (first.pk, True)
    assert abs(pays.later - 3 * HOUR) < SECOND
    assert [one.order_id for one in move.consequences.winners] == [second.pk]
    assert Plan.objects.count() == 1

    moved = move_operation(
        plan=plan, operation=second.operations.get(), machine=press, start_at=move.wanted_at, by=planner
    )
    assert queue(moved) == [second.pk, first.pk]
    assert (moved.state, moved.origin, moved.based_on) == (PlanState.DRAFT, PlanOrigin.MOVED, plan)
    assert moved.late_orders == plan.late_orders + 1
    assert moved.entries.get(operation__order=second).pinned
    assert not moved.entries.get(operation__order=first).pinned


def test_it_begins_no_earlier_than_it_was_dropped_and_others_may_go_before(group, press, planner):
    only, other = released(group, 2, due_in=9 * HOUR), released(group, 1, due_in=90 * HOUR)
    plan = in_force(group.plant, planner)
    at = timezone.now().replace(microsecond=0) + 20 * HOUR
    moved = move_operation(
        plan=plan, operation=only.operations.get(), machine=press, start_at=at, by=planner, publish=True
    )
    assert moved.state == PlanState.PUBLISHED
    assert queue(moved) == [other.pk, only.pk]
    assert moved.entries.get(operation__order=only).start_at == at


def test_to_another_machine_counts_as_elsewhere(group, press, planner):
    order = released(group, 2)
    plan = in_force(group.plant, planner)
    other = MachineFactory(plant=group.plant, group=group)
    move = preview_move(plan=plan, operation=order.operations.get(), machine=other, start_at=timezone.now())
    assert move.consequences.elsewhere_operations == 1
    assert not move.consequences.payers


def test_what_cannot_be_is_refused(group, press, planner):
    order, running = released(group, 2, 2), released(group, 5)
    operation = running.operations.get()
    now = timezone.now()
    running.operations.update(state=OperationState.PRODUCTION, started_at=now, good=Decimal(1))
    RunFactory(operation=operation, machine=press, started_at=now, production_at=now)
    plan = in_force(group.plant, planner)
    elsewhere = MachineFactory(plant=group.plant, group=MachineGroupFactory(plant=group.plant))
    asleep = MachineFactory(plant=group.plant, group=group, active=False)
    first, last = order.operations.order_by("position")

    def code(operation, machine, at=now):
        with pytest.raises(MesError) as refused:
            preview_move(plan=plan, operation=operation, machine=machine, start_at=at)
        return refused.value.code

    assert code(operation, press) == "running"
    assert code(first, elsewhere) == "wrong_machine"
    assert code(first, asleep) == "unknown_machine"
    assert code(last, press) == "waits_for_itself"
    type(first).objects.filter(pk=first.pk).update(
        state=OperationState.FINISHED, started_at=now, finished_at=now
    )
    assert code(first, press) == "unknown_operation"
    Plan.objects.update(state=PlanState.CANCELLED)
    plan.refresh_from_db()
    assert code(last, press) == "wrong_state"


def test_a_plan_that_was_replaced_meanwhile_is_not_changed(group, press, planner):
    order = released(group, 2)
    plan = in_force(group.plant, planner)
    stale = Plan.objects.get(pk=plan.pk)
    in_force(group.plant, planner)
    with pytest.raises(MesError) as refused:
        move_operation(
            plan=stale, operation=order.operations.get(), machine=press, start_at=timezone.now(), by=planner
        )
    assert refused.value.code == "plan_changed"


def test_a_pin_is_put_and_taken_without_moving_anything(group, press, planner):
    order = released(group, 2)
    released(group, 3)
    plan = in_force(group.plant, planner)
    pinned = pin_operation(plan=plan, operation=order.operations.get(), pinned=True, by=planner)
    assert pinned.state == PlanState.PUBLISHED
    assert queue(pinned) == queue(plan)
    assert [one.operation.order_id for one in pinned.entries.filter(pinned=True)] == [order.pk]
    free = pin_operation(plan=pinned, operation=order.operations.get(), pinned=False, by=planner)
    assert not free.entries.filter(pinned=True).exists()


def test_a_pin_survives_the_next_move(group, press, planner):
    one, two = released(group, 2), released(group, 3)
    plan = in_force(group.plant, planner)
    at = timezone.now().replace(microsecond=0) + 30 * HOUR
    plan = move_operation(plan=plan, operation=one.operations.get(), machine=press, start_at=at, by=planner)
    plan = move_operation(
        plan=plan,
        operation=two.operations.get(),
        machine=press,
        start_at=timezone.now(),
        pin=False,
        by=planner,
    )
    assert plan.entries.get(pinned=True).start_at == at


def test_the_number_of_queries_does_not_grow(group, press, planner):
    def asked(order):
        plan = in_force(group.plant, planner)
        operation = order.operations.order_by("position").last()
        with CaptureQueriesContext(connection) as caught:
            preview_move(plan=plan, operation=operation, machine=press, start_at=timezone.now() + 99 * HOUR)
        return len(statements(caught))

    order = released(group, 1)
    few = asked(order)
    released(group, 1, 1)
    released(group, 2)
    assert asked(order) == few
