"""Events make the plan in force stale; it is adapted by itself, and never under an operator's hands."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from machines.domain.calendars.engine import Calendar
from machines.enums import MachineState
from machines.models import MachineNow
from orders.domain.holds import lift_hold, place_hold
from orders.enums import EventKind, OnStale, OperationState, OrderState, PlanOrigin, PlanState
from orders.models import HoldKind, Operation, Plan, PlanEntry, ProductionOrder, Run
from orders.planning import replan
from orders.planning.engine.alternatives import Effort
from orders.planning.make import request_plan
from orders.planning.moving import pin_operation
from orders.planning.replan import begin_automatic, replan_stale
from orders.planning.stand import rule_of
from orders.queries.staleness import staleness
from orders.views.plan_area import render_states
from tests.factories.accounts import PlannerFactory
from tests.factories.machines import MachineFactory, MachineGroupFactory
from tests.factories.orders import PlanRuleFactory, PlanWeightsFactory, ProductionEventFactory, RunFactory
from tests.orders.planning.backlog import HOUR, in_force, released
from tests.support.queries import statements

pytestmark = pytest.mark.django_db

QUICK = Effort(seconds=None, rounds=2)
MINUTE = timedelta(minutes=1)
AGAIN = "The next plan is made at"


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


@pytest.fixture
def rule(group):
    return PlanRuleFactory(plant=group.plant, on_stale=OnStale.AUTOMATIC, pause_seconds=0, frozen_hours=1)


def codes(plan):
    return {one.code for one in staleness(plan, rule_of(plan.plant)).reasons}


def stand_still(machine, minutes, slot=1):
    MachineNow.objects.update_or_create(
        machine=machine,
        slot=slot,
        defaults={"state": MachineState.STOP, "since": timezone.now() - minutes * MINUTE},
    )


def run_since(operation, machine, hours, slot=1):
    begun = timezone.now() - hours * HOUR
    Operation.objects.filter(pk=operation.pk).update(
        state=OperationState.PRODUCTION, started_at=begun, good=Decimal(1)
    )
    return RunFactory(operation=operation, machine=machine, slot=slot, started_at=begun, production_at=begun)


def left_since(operation, machine, hours):
    """People gave up what had begun an hour before."""
    run = run_since(operation, machine, hours + 1)
    Run.objects.filter(pk=run.pk).update(ended_at=timezone.now() - hours * HOUR)
    Operation.objects.filter(pk=operation.pk).update(state=OperationState.INTERRUPTED)


def over(order, **which):
    now = timezone.now()
    Operation.objects.filter(order=order, **which).update(
        state=OperationState.FINISHED, started_at=now, finished_at=now
    )


def shifted(plan, by):
    """As if the plan had been made that much earlier."""
    for entry in PlanEntry.objects.filter(plan=plan):
        for name in ("start_at", "run_at", "end_at"):
            setattr(entry, name, getattr(entry, name) - by)
        entry.save()
    Plan.objects.filter(pk=plan.pk).update(zero_at=plan.zero_at - by)
    plan.refresh_from_db()
    return plan


def test_a_plan_that_fits_is_left_alone(group, press, planner, rule):
    released(group, 2)
    plan = in_force(group.plant, planner)
    assert codes(plan) == set()
    assert replan_stale(effort=QUICK) == 0


def test_a_breakdown_moves_what_can_go_elsewhere_and_not_what_is_near(group, press, planner, rule):
    other = MachineFactory(plant=group.plant, group=group)
    for _ in range(6):
        released(group, 2, due_in=7 * HOUR)
    plan = in_force(group.plant, planner)
    near = {
        one.operation_id: one.machine_id
        for one in plan.entries.filter(start_at__lt=plan.zero_at + HOUR).select_related("machine")
    }
    assert len(near) == 2
    left_since(Operation.objects.get(pk=next(pk for pk, on in near.items() if on == press.pk)), press, 4)
    stand_still(press, 300)
    assert codes(plan) == {"stopped"}
    assert replan_stale(effort=Effort(seconds=None, rounds=20)) == 1
    new = Plan.objects.get(state=PlanState.PUBLISHED)
    assert (new.origin, new.based_on, new.published_by) == (PlanOrigin.EVENT, plan, None)
    since = MachineNow.objects.get(machine=press).since.isoformat()
    stopped = {"code": "stopped", "about": press.code, "count": 1, "minutes": 20, "slot": 1, "since": since}
    assert new.cause["reasons"] == [stopped]
    entries = {one.operation_id: one for one in new.entries.all()}
    assert {pk: entries[pk].machine_id for pk in near} == near
    assert all(
        one.start_at >= new.zero_at + 4.9 * HOUR for one in entries.values() if one.machine_id == press.pk
    )
    assert sum(one.machine_id == other.pk for one in entries.values()) > 3
    # The stop goes on: the plan knows it until it is twice as long.
    assert codes(new) == set()


def test_a_slot_that_only_waits_for_an_order_has_not_stood_still(group, press, planner, rule):
    done = released(group, 1)
    run_since(done.operations.get(), press, 10)
    Run.objects.update(ended_at=timezone.now() - 7 * HOUR)
    over(done)
    before, after = released(group, 3), released(group, 1, 2)
    plan = in_force(group.plant, planner)
    stand_still(press, 300)
    assert codes(plan) == set()
    # Nor does one whose next operation can't begin yet.
    plan.entries.exclude(operation__order=after, operation__number="0020").delete()
    shifted(plan, plan.entries.get().start_at - timezone.now() + HOUR)
    assert "stopped" not in codes(plan)
    over(after, number="0010")
    assert "stopped" in codes(plan)
    # It has waited for the machine for an hour, not for five.
    [reason] = [one for one in staleness(plan, rule).reasons if one.code == "stopped"]
    assert abs(reason.lasted - HOUR) < MINUTE
    hold = place_hold(order=after, operation=None, kind=HoldKind.QUALITY, reason="x", by=planner)
    assert "stopped" not in codes(plan)
    lift_hold(hold=hold, by=planner)
    # A machine that ran on when people left isn't down because of what they left, either.
    over(after)
    left_since(before.operations.get(), press, 5.5)
    released(group, 1)
    plan = in_force(group.plant, planner)
    assert "stopped" not in codes(plan)


def test_other_slots_and_other_events_do_not_make_a_stop_shorter(group, planner, rule):
    """One of two slots is down; an order that comes meanwhile doesn't let work be planned there."""
    press = MachineFactory(plant=group.plant, group=group, slots=2)
    orders = [released(group, 2, due_in=7 * HOUR) for _ in range(4)]
    in_force(group.plant, planner)
    left_since(orders[0].operations.get(), press, 4)
    stand_still(press, 300)
    for _ in range(2):
        assert replan_stale(effort=QUICK) == 1
        plan = Plan.objects.get(state=PlanState.PUBLISHED)
        assert codes(plan) == set()
        first = {slot: plan.entries.filter(slot=slot).earliest("start_at").start_at for slot in (1, 2)}
        assert first[1] >= plan.zero_at + 4.9 * HOUR
        assert first[2] < plan.zero_at + HOUR
        released(group, 1)


def test_of_slots_that_work_together_one_that_works_is_enough(group, planner, rule):
    """A furnace's load is planned on its first slot, and may lie in the third."""
    furnace = MachineFactory(plant=group.plant, group=group, slots=3, together=True)
    order = released(group, 10)
    run_since(order.operations.get(), furnace, 5, slot=3)
    plan = in_force(group.plant, planner)
    for slot, minutes in ((1, 300), (2, 280), (3, 90)):
        stand_still(furnace, minutes, slot=slot)
    [reason] = [one for one in staleness(plan, rule).reasons if one.code == "stopped"]
    assert abs(reason.lasted - 90 * MINUTE) < MINUTE, "all stand since the last of them stopped"
    MachineNow.objects.filter(slot=3).update(state=MachineState.PRODUCING)
    assert "stopped" not in codes(plan)


def test_nobody_waits_for_a_machine_at_night(group, press, planner, rule, monkeypatch):
    order = released(group, 2)
    left_since(order.operations.get(), press, 4)
    plan = in_force(group.plant, planner)
    stand_still(press, 300)
    assert codes(plan) == {"stopped"}
    monkeypatch.setattr(Calendar, "working_time", lambda self, start, end: timedelta(minutes=19))
    assert codes(plan) == set()


def test_what_runs_stays_under_the_operators_hands(group, press, planner, rule):
    MachineFactory(plant=group.plant, group=group)
    running, waiting = released(group, 10), released(group, 2)
    run_since(running.operations.get(), press, 1)
    plan = in_force(group.plant, planner)
    stand_still(press, 60)
    replan_stale(effort=QUICK)
    new = Plan.objects.get(state=PlanState.PUBLISHED)
    assert new != plan
    entry = new.entries.get(operation__order=running)
    assert (entry.machine, entry.running) == (press, True)
    assert entry.end_at > plan.entries.get(operation__order=running).end_at + 0.9 * HOUR
    assert new.entries.filter(operation__order=waiting).exists()


def test_late_and_early_operations_are_noticed(group, press, planner, rule):
    first, second = released(group, 4, due_in=HOUR), released(group, 3, due_in=50 * HOUR)
    plan = in_force(group.plant, planner)
    shifted(plan, HOUR)
    assert codes(plan) == {"late_start"}
    run_since(first.operations.get(), press, 1)
    assert codes(plan) == set()
    shifted(plan, 4 * HOUR)
    assert codes(plan) == {"late_start", "late_end"}
    shifted(plan, -4.2 * HOUR)
    now = timezone.now()
    Operation.objects.filter(order=first).update(state=OperationState.FINISHED, finished_at=now)
    assert codes(plan) == {"early"}
    replan_stale(effort=QUICK)
    new = Plan.objects.get(state=PlanState.PUBLISHED)
    assert [one.operation.order_id for one in new.entries.all()] == [second.pk]
    assert new.entries.get().start_at < now + HOUR


def test_new_changed_cancelled_scrapped_and_held_orders(group, press, planner, rule):
    order = released(group, 2)
    plan = in_force(group.plant, planner)
    assert codes(plan) == set()

    def happened(kind, **values):
        ProductionEventFactory(
            plant=group.plant,
            order=order,
            operation=order.operations.get(),
            kind=kind,
            recorded_at=timezone.now(),
            **values,
        )

    happened(EventKind.REPORTED, good=Decimal(2))
    assert codes(plan) == set()
    happened(EventKind.REPORTED, scrap=Decimal(1))
    assert codes(plan) == {"scrap"}
    happened(EventKind.CHANGED)
    happened(EventKind.CANCELLED)
    released(group, 1)
    assert codes(plan) == {"scrap", "changed", "cancelled", "new"}
    hold = place_hold(order=order, operation=None, kind=HoldKind.QUALITY, reason="x", by=planner)
    assert "held" in codes(plan)
    lift_hold(hold=hold, by=planner)
    assert "held" not in codes(plan)


def test_a_hold_is_shown_but_no_reason_for_another_plan(group, press, planner, rule):
    order = released(group, 2)
    plan = in_force(group.plant, planner)
    place_hold(order=order, operation=None, kind=HoldKind.QUALITY, reason="x", by=planner)
    assert codes(plan) == {"held"}
    assert replan_stale(effort=QUICK) == 0


def test_a_new_order_finds_its_place_among_the_others(group, press, planner, rule):
    late = released(group, 3, due_in=90 * HOUR)
    in_force(group.plant, planner)
    urgent = released(group, 1, due_in=2 * HOUR)
    rule.frozen_hours = 0
    rule.save()
    assert replan_stale(effort=QUICK) == 1
    new = Plan.objects.get(state=PlanState.PUBLISHED)
    order = list(new.entries.order_by("start_at").values_list("operation__order", flat=True))
    assert order == [urgent.pk, late.pk]


def test_the_rule_says_what_becomes_of_it(group, press, planner, rule):
    first = released(group, 2)
    plan = in_force(group.plant, planner)
    released(group, 1)
    rule.on_stale = OnStale.OFF
    rule.save()
    assert replan_stale(effort=QUICK) == 0
    rule.on_stale = OnStale.DRAFT
    rule.save()
    assert replan_stale(effort=QUICK) == 1
    draft = Plan.objects.order_by("-id").first()
    assert (draft.state, draft.based_on) == (PlanState.DRAFT, plan)
    # For the same reasons no second draft; for another one, yes.
    assert replan_stale(effort=QUICK) == 0
    left_since(first.operations.get(), press, 0.2)
    stand_still(press, 30)
    assert replan_stale(effort=QUICK) == 1


def banner(plant):
    return render_states([str(plant.pk)])[str(plant.pk)]


def test_it_pauses_between_two_answers_and_while_somebody_plans(group, press, planner, rule):
    rule.pause_seconds = 600
    rule.save()
    released(group, 2)
    in_force(group.plant, planner)
    released(group, 1)
    request_plan(plant=group.plant, by=planner)
    assert replan_stale(effort=QUICK) == 0
    Plan.objects.filter(state=PlanState.REQUESTED).update(state=PlanState.CANCELLED)
    assert replan_stale(effort=QUICK) == 1
    assert AGAIN not in banner(group.plant)
    released(group, 1)
    assert replan_stale(effort=QUICK) == 0
    assert AGAIN in banner(group.plant)
    assert replan_stale(effort=QUICK, now=timezone.now() + 601 * timedelta(seconds=1)) in (0, 1)
    Plan.objects.filter(origin=PlanOrigin.EVENT).update(made_at=timezone.now() - HOUR)
    assert AGAIN not in banner(group.plant)
    replan_stale(effort=QUICK)
    assert codes(Plan.objects.get(state=PlanState.PUBLISHED)) == set()


def test_when_nearly_everything_is_new_a_plan_is_asked_for(group, press, planner, rule, monkeypatch):
    monkeypatch.setattr("orders.planning.engine.standing.MOST_NEW", 1)
    released(group, 2)
    in_force(group.plant, planner)
    released(group, 1)
    released(group, 1)
    replan_stale(effort=QUICK)
    assert Plan.objects.filter(state=PlanState.REQUESTED).count() == 1


def test_a_pin_is_kept(group, press, planner, rule):
    rule.frozen_hours = 0
    rule.save()
    released(group, 2, due_in=3 * HOUR)
    pinned = released(group, 2, due_in=90 * HOUR)
    plan = in_force(group.plant, planner)
    plan = pin_operation(plan=plan, operation=pinned.operations.get(), pinned=True, by=planner)
    stood = plan.entries.get(pinned=True).start_at
    released(group, 1, due_in=2 * HOUR)
    replan_stale(effort=QUICK)
    new = Plan.objects.get(state=PlanState.PUBLISHED)
    assert new.entries.count() == 3
    assert new.entries.get(pinned=True).start_at == stood


def test_finished_orders_make_no_plan_stale(group, press, planner, rule):
    order = released(group, 2)
    plan = in_force(group.plant, planner)
    shifted(plan, 5 * HOUR)
    now = timezone.now()
    order.operations.update(state=OperationState.FINISHED, started_at=now, finished_at=now)
    ProductionOrder.objects.update(state=OrderState.FINISHED, finished_at=now)
    assert codes(plan) == set()


def test_the_number_of_queries_does_not_grow(group, press, planner, rule):
    def count():
        plan = in_force(group.plant, planner)
        with CaptureQueriesContext(connection) as caught:
            staleness(plan, rule)
        return len(statements(caught))

    released(group, 1)
    few = count()
    released(group, 1, 1)
    released(group, 2)
    assert count() == few


def test_an_automatic_rule_asks_for_the_first_plan_and_puts_it_in_force(group, press, rule):
    begin_automatic(present)
    assert not Plan.objects.exists()  # nothing is open
    released(group, 1)
    begin_automatic(present)
    begin_automatic(present)
    plan = Plan.objects.get()
    assert (plan.state, plan.requested_by) == (PlanState.REQUESTED, None)
    Plan.objects.update(state=PlanState.DRAFT, made_at=timezone.now(), zero_at=timezone.now())
    begin_automatic(present)
    plan.refresh_from_db()
    assert plan.state == PlanState.PUBLISHED


def test_a_draft_that_a_person_asked_for_stays_a_draft(group, planner, rule):
    request_plan(plant=group.plant, by=planner)
    Plan.objects.update(state=PlanState.DRAFT, made_at=timezone.now(), zero_at=timezone.now())
    begin_automatic(present)
    assert Plan.objects.get().state == PlanState.DRAFT


def present(plant):
    return True


def _stale(group, press, planner):
    left, _waiting = (released(group, 2, due_in=7 * HOUR) for _ in range(2))
    plan = in_force(group.plant, planner)
    left_since(left.operations.get(), press, 4)
    stand_still(press, 300)
    return plan


def test_no_transaction_is_open_while_it_computes(group, press, planner, rule, monkeypatch):
    """A search may take long on a busy machine, and the database ends transactions that only wait."""
    MachineFactory(plant=group.plant, group=group)
    _stale(group, press, planner)
    outside, seen = list(connection.savepoint_ids), []
    real = replan.adapt

    def watched(found, **wanted):
        seen.append(list(connection.savepoint_ids))
        return real(found, **wanted)

    monkeypatch.setattr(replan, "adapt", watched)
    assert replan_stale(effort=QUICK) == 1
    assert seen == [outside]


def test_what_another_worker_is_adapting_is_left_to_it(group, press, planner, rule, monkeypatch):
    MachineFactory(plant=group.plant, group=group)
    plan = _stale(group, press, planner)
    real = replan.adapt

    def overtaken(found, **wanted):
        assert replan_stale(effort=QUICK) == 0
        return real(found, **wanted)

    monkeypatch.setattr(replan, "adapt", overtaken)
    assert replan_stale(effort=QUICK) == 1
    assert Plan.objects.filter(based_on=plan).count() == 1


def test_a_plan_that_was_replaced_meanwhile_is_not_adapted(group, press, planner, rule, monkeypatch):
    MachineFactory(plant=group.plant, group=group)
    plan = _stale(group, press, planner)
    real = replan.adapt

    def overtaken(found, **wanted):
        adapted = real(found, **wanted)
        in_force(group.plant, planner)
        return adapted

    monkeypatch.setattr(replan, "adapt", overtaken)
    assert replan_stale(effort=QUICK) == 0
    assert not Plan.objects.filter(based_on=plan).exists()


def test_who_took_longer_than_the_lease_does_not_end_the_lease_of_another(
    group, press, planner, rule, monkeypatch
):
    MachineFactory(plant=group.plant, group=group)
    plan = _stale(group, press, planner)
    lease = f"orders.replanning:{group.plant_id}"
    real = replan.adapt

    def slow(found, **wanted):
        cache.set(lease, "another's")
        return real(found, **wanted)

    monkeypatch.setattr(replan, "adapt", slow)
    replan_stale(effort=QUICK)
    assert cache.get(lease) == "another's"
    cache.delete(lease)
    assert Plan.objects.filter(based_on=plan).exists()


def test_the_present_is_asked_for_once_per_plant(group, press, planner, rule, monkeypatch):
    released(group, 1)
    in_force(group.plant, planner)
    asked = []
    monkeypatch.setattr(replan, "told_until", lambda plant, now: asked.append(plant.pk))
    replan_stale(effort=QUICK)
    assert asked == [group.plant_id]


def test_a_plan_of_a_plant_that_weighs_chances_is_adapted_with_them(group, press, planner, rule):
    """Two machines, work for both: what is adapted says how many orders are likely late, and moves nothing
    that is near."""
    MachineFactory(plant=group.plant, group=group)
    PlanWeightsFactory(plant=group.plant, chance=Decimal(5))
    for _ in range(6):
        released(group, 2, due_in=7 * HOUR)
    plan = in_force(group.plant, planner)
    near = dict(
        plan.entries.filter(start_at__lt=plan.zero_at + HOUR).values_list("operation_id", "machine_id")
    )
    left_since(Operation.objects.get(pk=next(pk for pk, on in near.items() if on == press.pk)), press, 4)
    stand_still(press, 300)
    assert replan_stale(effort=Effort(seconds=None, rounds=3)) == 1
    new = Plan.objects.get(state=PlanState.PUBLISHED)
    assert 0 <= new.likely_late <= new.first_likely_late <= 6
    stands = dict(new.entries.values_list("operation_id", "machine_id"))
    assert {pk: stands[pk] for pk in near} == near
