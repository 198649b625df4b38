"""From open orders to a plan in force: what runs stays, the rest goes behind it, nobody is planned twice."""

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from mes.lib.bulk import references_checked
from mes.lib.errors import Refused
from orders.domain.making import LEASE
from orders.enums import OperationState, OrderState, PlanState
from orders.models import Plan, PlanEntry
from orders.planning import make
from orders.planning.engine import validate
from orders.planning.load import load
from orders.planning.make import cancel_plan, make_requested, publish_plan, request_plan
from orders.planning.moving import move_operation
from orders.queries.board import board
from orders.queries.plans import planned_orders
from tests.factories.accounts import PlannerFactory
from tests.factories.machines import MachineFactory, MachineGroupFactory
from tests.factories.orders import OperationFactory, PlanRuleFactory, ProductionOrderFactory, RunFactory
from tests.support.queries import statements

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


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


def order(group, *hours, due_in=None, number=None, **values):
    """An order with an operation of so many hours each, released, no setup."""
    due = None if due_in is None else timezone.now() + due_in
    values = {"number": number} if number else {} | values
    made = ProductionOrderFactory(plant=group.plant, quantity=10, requested_at=due, released=True, **values)
    for place, length in enumerate(hours, start=1):
        OperationFactory(
            order=made,
            plant=group.plant,
            machine_group=group,
            number=f"{place * 10:04d}",
            position=place,
            quantity=10,
            state=OperationState.RELEASED,
            setup_seconds=0,
            run_seconds=length * 360,
            base_quantity=1,
        )
    return made


def planned(plant, planner):
    plan = request_plan(plant=plant, by=planner, seconds=0)
    assert make_requested() == 1
    plan.refresh_from_db()
    assert plan.state == PlanState.DRAFT, plan.problem
    return plan


def test_orders_queue_up_on_a_machine_the_urgent_one_first(group, press, planner):
    slow, urgent = order(group, 3, 2, due_in=30 * HOUR), order(group, 4, due_in=4 * HOUR)
    plan = planned(group.plant, planner)
    entries = list(PlanEntry.objects.filter(plan=plan).order_by("start_at"))
    assert [(one.operation.order_id, one.end_at - one.start_at) for one in entries] == [
        (urgent.pk, 4 * HOUR),
        (slow.pk, 3 * HOUR),
        (slow.pk, 2 * HOUR),
    ]
    assert {one.machine_id for one in entries} == {press.pk}
    assert entries[0].start_at == plan.zero_at
    assert all(left.end_at <= right.start_at for left, right in pairwise(entries))
    assert plan.troubles == []
    ends = {one.order.pk: (one.end, bool(one.late)) for one in planned_orders(plan)}
    assert ends[slow.pk] == (entries[2].end_at, False)


def test_what_runs_stays_where_it_is_and_lasts_as_long_as_is_left(group, press, planner):
    running, other = order(group, 10), order(group, 1, due_in=HOUR)
    operation = running.operations.get()
    begun = timezone.now() - 2 * HOUR
    running.operations.update(state=OperationState.PRODUCTION, started_at=begun, good=Decimal(4))
    RunFactory(operation=operation, machine=press, started_at=begun, production_at=begun)
    plan = planned(group.plant, planner)
    first, second = PlanEntry.objects.filter(plan=plan).order_by("start_at")
    assert (first.operation_id, first.running, first.start_at) == (operation.pk, True, begun)
    assert first.end_at - plan.zero_at == 6 * HOUR
    assert (second.operation.order_id, second.start_at) == (other.pk, first.end_at)
    assert plan.late_orders == 1


def test_an_order_nobody_can_make_is_named_and_the_others_are_planned(group, press, planner):
    empty = MachineGroupFactory(plant=group.plant)
    lost, fine = order(empty, 1), order(group, 1)
    plan = planned(group.plant, planner)
    assert [(one["code"], one["order"], one["operation"]) for one in plan.troubles] == [
        ("no_machine", lost.number, "0010")
    ]
    assert [one.operation.order_id for one in plan.entries.all()] == [fine.pk]


def test_a_planners_pin_and_a_finished_operation_are_respected(group, press, planner):
    other = MachineFactory(plant=group.plant, group=group)
    pinned = order(group, 1, 1)
    first, second = pinned.operations.order_by("position")
    second.machine = other
    second.save()
    pinned.operations.filter(pk=first.pk).update(
        state=OperationState.FINISHED, started_at=timezone.now(), finished_at=timezone.now(), good=Decimal(10)
    )
    plan = planned(group.plant, planner)
    assert [(one.operation_id, one.machine_id) for one in plan.entries.all()] == [(second.pk, other.pk)]


def test_a_planned_order_waits_for_its_start(group, press, planner):
    later = timezone.now() + 50 * HOUR
    waiting = order(group, 1)
    type(waiting).objects.filter(pk=waiting.pk).update(
        state=OrderState.PLANNED, released_at=None, planned_start_at=later
    )
    entry = planned(group.plant, planner).entries.get()
    assert abs(entry.start_at - later) < timedelta(seconds=2)


def test_asking_twice_makes_one_plan_and_one_in_force(group, press, planner):
    order(group, 1)
    asked = request_plan(plant=group.plant, by=planner, seconds=0)
    assert request_plan(plant=group.plant, by=planner, seconds=0) == asked
    assert make_requested() == 1
    assert make_requested() == 0
    first = publish_plan(plan=asked, by=planner)
    second = publish_plan(plan=planned(group.plant, planner), by=planner)
    first.refresh_from_db()
    assert (first.state, second.state, second.number) == (PlanState.REPLACED, PlanState.PUBLISHED, 2)
    with pytest.raises(Refused):
        publish_plan(plan=first, by=planner)


def test_a_stopped_plan_leaves_nothing(group, press, planner, monkeypatch):
    order(group, 1)
    plan = request_plan(plant=group.plant, by=planner, seconds=600)
    real = make.stand

    def stopped_meanwhile(*args, **kwargs):
        standing = real(*args, **kwargs)
        cancel_plan(plan=plan, by=planner)
        return standing

    monkeypatch.setattr(make, "stand", stopped_meanwhile)
    make_requested()
    plan.refresh_from_db()
    assert (plan.state, plan.entries.count()) == (PlanState.CANCELLED, 0)
    with pytest.raises(Refused):
        cancel_plan(plan=plan, by=planner)


def test_a_defect_is_told_and_does_not_stop_the_next_plan(group, press, planner, monkeypatch):
    plan = request_plan(plant=group.plant, by=planner, seconds=0)
    monkeypatch.setattr(make, "stand", lambda *args, **kwargs: 1 / 0)
    make_requested()
    plan.refresh_from_db()
    assert (plan.state, plan.problem) == (PlanState.FAILED, "ZeroDivisionError")
    monkeypatch.undo()
    assert planned(group.plant, planner).number == 2


def test_a_plan_that_breaks_a_rule_is_told_and_leaves_no_row(group, press, planner, monkeypatch):
    order(group, 1)
    plan = request_plan(plant=group.plant, by=planner, seconds=0)
    broken = [validate.Violation("two at once", 0)]
    monkeypatch.setattr(validate, "violations", lambda _shop, _plan: broken)
    make_requested()
    plan.refresh_from_db()
    assert (plan.state, plan.problem) == (PlanState.FAILED, "AssertionError")
    assert (plan.entries.count(), plan.zero_at) == (0, None)
    monkeypatch.undo()
    assert planned(group.plant, planner).entries.count() == 1


def test_what_new_rows_refer_to_is_looked_for_before_the_block_is_left(group, press, planner):
    order(group, 1)
    entry = planned(group.plant, planner).entries.get()
    with transaction.atomic():
        PlanEntry.objects.filter(pk=entry.pk).update(machine=press)
        with references_checked():
            pass
    PlanEntry.objects.filter(pk=entry.pk).update(operation=entry.operation_id + 1)
    with pytest.raises(IntegrityError), transaction.atomic(), references_checked():
        pass
    PlanEntry.objects.filter(pk=entry.pk).update(operation=entry.operation_id)


def test_a_plan_whose_worker_died_is_made_by_the_next(group, press, planner):
    plan = request_plan(plant=group.plant, by=planner, seconds=0)
    Plan.objects.update(state=PlanState.COMPUTING, claimed_at=timezone.now())
    assert make_requested() == 0
    Plan.objects.update(claimed_at=timezone.now() - LEASE - HOUR)
    assert make_requested() == 1
    plan.refresh_from_db()
    assert plan.state == PlanState.DRAFT


def test_measured_speed_makes_the_plan_longer(group, press, planner):
    """Twenty finished operations that took twice their standard."""
    now = timezone.now()
    for number in range(20):
        done = order(group, 1).operations.get()
        end = now - (1 + 3 * number) * HOUR
        type(done).objects.filter(pk=done.pk).update(
            state=OperationState.FINISHED, started_at=end - 2 * HOUR, finished_at=end, good=Decimal(10)
        )
        RunFactory(
            operation=done,
            machine=press,
            started_at=end - 2 * HOUR,
            production_at=end - 2 * HOUR,
            ended_at=end,
        )
        type(done.order).objects.filter(pk=done.order_id).update(state=OrderState.FINISHED, finished_at=end)
    order(group, 10)
    plan = planned(group.plant, planner)
    entry = plan.entries.get()
    ratio = (entry.end_at - entry.start_at) / (10 * HOUR)
    assert 1.6 < ratio < 2.0
    assert plan.basis == [{"machine": press.code, "ratio": pytest.approx(ratio, abs=0.01), "count": 20}]


@pytest.mark.parametrize("look", ["load", "board"])
def test_the_number_of_queries_does_not_grow(group, press, planner, look):
    def asked():
        with CaptureQueriesContext(connection) as caught:
            load(group.plant, now=timezone.now()) if look == "load" else board(plan, now=timezone.now())
        return len(statements(caught))

    order(group, 1)
    plan = planned(group.plant, planner)
    few = asked()
    for _ in range(2):
        order(group, 1, 1)
    plan = planned(group.plant, planner)
    assert asked() == few


def test_only_one_plan_is_in_force_and_an_operation_stands_once(group, press, planner):
    order(group, 1)
    plan = publish_plan(plan=planned(group.plant, planner), by=planner)
    entry = plan.entries.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        PlanEntry.objects.create(
            plan=plan,
            operation=entry.operation,
            start_at=entry.start_at,
            run_at=entry.run_at,
            end_at=entry.end_at,
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        PlanEntry.objects.filter(pk=entry.pk).update(run_at=entry.start_at - HOUR)
    for values in ({"state": PlanState.PUBLISHED}, {"state": PlanState.DRAFT}, {"number": plan.number}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Plan.objects.create(plant=group.plant, **{"number": 99, **values})


def test_a_new_plan_leaves_alone_what_begins_soon_and_what_is_pinned(group, press, planner):
    """Two orders begin within the four frozen hours, a third is pinned to the day after; then comes one that
    is dearer than all."""
    PlanRuleFactory(plant=group.plant, frozen_hours=4)
    soon = [order(group, 2), order(group, 3)]
    pinned, other = order(group, 6), order(group, 7)
    plan = publish_plan(plan=planned(group.plant, planner), by=planner)
    moved = plan.entries.get(operation__order=pinned)
    plan = move_operation(
        plan=plan,
        operation=moved.operation,
        machine=press,
        start_at=plan.zero_at + 24 * HOUR,
        by=planner,
        publish=True,
    )
    stood = {one.operation_id: one for one in plan.entries.all()}
    dear = order(group, 1, priority=0)
    again = planned(group.plant, planner)
    now = {one.operation_id: one for one in again.entries.select_related("operation")}
    for one in soon:
        operation = one.operations.get().pk
        assert abs(now[operation].start_at - stood[operation].start_at) < timedelta(seconds=30)
    kept = now[moved.operation_id]
    assert kept.pinned
    assert abs(kept.start_at - stood[moved.operation_id].start_at) < timedelta(seconds=30)
    assert now[dear.operations.get().pk].start_at < now[other.operations.get().pk].start_at
