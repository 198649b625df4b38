"""What a change would cost: nothing is stored before one answer is accepted, nothing frozen ever moves."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from machines.models import CalendarException, ExceptionKind
from mes.lib.errors import MesError
from orders.enums import CostKind, EventKind, OperationState, PlanOrigin, PlanState
from orders.models import CostQuote, Operation, Plan, ProductionEvent
from orders.planning.engine.alternatives import Effort
from orders.planning.make import publish_plan, request_plan
from orders.planning.whatif import Down, Late, Rush, ShiftChange, accept, what_if
from tests.factories.accounts import PlannerFactory
from tests.factories.machines import MachineFactory, MachineGroupFactory
from tests.factories.orders import PlanRuleFactory, RunFactory
from tests.orders.planning.backlog import HOUR, in_force, released
from tests.support.queries import statements

pytestmark = pytest.mark.django_db

QUICK = Effort(seconds=None, rounds=2)
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


@pytest.fixture
def thawed(group):
    return PlanRuleFactory(plant=group.plant, frozen_hours=0)


def by_way(comparison):
    return {one.way: one for one in comparison.alternatives}


def asked(plant, change):
    return what_if(plant, change, effort=QUICK)


def test_a_rush_order_overtakes_and_the_others_pay(group, press, planner, thawed):
    first, second = released(group, 5, due_in=6 * HOUR), released(group, 5, due_in=11 * HOUR)
    rush = released(group, 4, due_in=90 * HOUR)
    in_force(group.plant, planner)
    before = Plan.objects.count(), ProductionEvent.objects.count(), CalendarException.objects.count()

    found = by_way(asked(group.plant, Rush(rush.pk, timezone.now() + 5 * HOUR)))
    assert set(found) == {"insert", "first", "dispatch"}
    overtaken = found["first"]
    assert not overtaken.own.late_after
    assert overtaken.own.later < -9 * HOUR
    assert {one.order_id for one in overtaken.consequences.payers} == {first.pk, second.pk}
    assert {one.order_id for one in overtaken.consequences.newly_late} == {first.pk, second.pk}
    assert overtaken.consequences.late_hours == pytest.approx(6, abs=0.1)
    assert (
        Plan.objects.count(),
        ProductionEvent.objects.count(),
        CalendarException.objects.count(),
    ) == before


def test_each_answer_says_how_likely_orders_are_in_time_and_what_that_costs(group, press, planner, thawed):
    press.hourly_rate = 60
    press.save()
    first, rush = released(group, 5, due_in=7 * HOUR), released(group, 4, due_in=90 * HOUR)
    for order, price in ((first, 10), (rush, 30)):
        quote = CostQuote.objects.create(order=order, quantity=10, unit_price=price)
        quote.lines.create(kind=CostKind.OTHER, quantity=1, price=20, value=20)
    in_force(group.plant, planner)

    found = by_way(asked(group.plant, Rush(rush.pk, timezone.now() + 60 * HOUR)))
    calm, hasty = found["insert"].odds, found["first"].odds
    assert (calm.own_percent, calm.others, calm.at_risk) == (100, 0, 0)
    assert (calm.setups, calm.margin, calm.left) == (0, 280, 280)
    assert hasty.own_percent == 100
    assert -1 <= hasty.others < -0.5
    assert float(hasty.at_risk) == pytest.approx(-80 * hasty.others, abs=0.01)
    assert hasty.left == 280 - hasty.at_risk
    said = found["first"].as_json()
    assert (said["margin_euros"], said["on_time_percent"]) == ("280.00", 100)


def test_nobody_knows_money_without_prices_nor_a_chance_without_a_date(group, press, planner):
    rush = released(group, 1)
    in_force(group.plant, planner)
    for answer in asked(group.plant, Rush(rush.pk)).alternatives:
        assert (answer.odds.own, answer.odds.margin, answer.odds.left) == (None, None, None)


def test_accepting_puts_what_was_seen_in_force_and_says_who_and_why(group, press, planner, thawed):
    released(group, 5, due_in=6 * HOUR)
    rush = released(group, 4, due_in=90 * HOUR)
    old = in_force(group.plant, planner)
    chosen = by_way(asked(group.plant, Rush(rush.pk, timezone.now() + 5 * HOUR)))["first"]
    plan = accept(token=chosen.token, by=planner)
    old.refresh_from_db()
    rush.refresh_from_db()
    assert (plan.state, plan.origin, plan.based_on) == (PlanState.PUBLISHED, PlanOrigin.WHAT_IF, old)
    assert (old.state, plan.published_by) == (PlanState.REPLACED, planner)
    assert (plan.cause["way"], plan.cause["order"]) == ("first", rush.number)
    assert plan.cause["price"]["late_hours"] == pytest.approx(chosen.consequences.late_hours, abs=0.1)
    entry = plan.entries.get(operation__order=rush)
    assert abs(entry.end_at - chosen.own.after) < timedelta(seconds=90)
    assert (rush.priority, rush.planned_start_at) == (0, entry.start_at)
    event = ProductionEvent.objects.get(order=rush, kind=EventKind.CHANGED)
    assert event.by == planner
    assert event.details["fields"] == {"priority": [50, 0]}


def test_what_was_seen_of_a_plan_that_is_gone_is_not_accepted(group, press, planner):
    rush = released(group, 1)
    in_force(group.plant, planner)
    token = asked(group.plant, Rush(rush.pk)).alternatives[0].token
    in_force(group.plant, planner)
    for wrong, code in ((token, "plan_changed"), (token[:-2] + "xx", "bad_token"), ("", "bad_token")):
        with pytest.raises(MesError) as refused:
            accept(token=wrong, by=planner)
        assert refused.value.code == code
    rush.refresh_from_db()
    assert rush.priority == 50


def test_nothing_in_the_frozen_zone_moves(group, press, planner):
    """Two orders of an hour begin within the four frozen hours; the rush order goes behind them."""
    soon = [released(group, 2, due_in=2 * HOUR), released(group, 2, due_in=4 * HOUR)]
    later = released(group, 3, due_in=8 * HOUR)
    rush = released(group, 1, due_in=90 * HOUR)
    plan = in_force(group.plant, planner)
    stood = {one.operation_id: one.start_at for one in plan.entries.filter(operation__order__in=soon)}
    comparison = asked(group.plant, Rush(rush.pk))
    assert comparison.frozen == 2
    assert all(one.consequences.frozen_moved == 0 for one in comparison.alternatives)
    new = accept(token=by_way(comparison)["first"].token, by=planner)
    for entry in new.entries.filter(operation__order__in=soon):
        assert abs(entry.start_at - stood[entry.operation_id]) < timedelta(seconds=90)
    order = list(new.entries.order_by("start_at").values_list("operation__order", flat=True))
    assert order == [soon[0].pk, soon[1].pk, rush.pk, later.pk]


def test_a_machine_that_is_down_makes_its_work_wait_or_go_elsewhere(group, press, planner, thawed):
    other = MachineFactory(plant=group.plant, group=group)
    for _ in range(4):
        released(group, 3, due_in=7 * HOUR)
    in_force(group.plant, planner)
    start = timezone.now()
    comparison = asked(group.plant, Down(press.pk, start, start + 40 * HOUR))
    found = by_way(comparison)
    assert set(found) == {"wait", "repair", "dispatch"}
    assert found["wait"].consequences.elsewhere_operations == 0
    assert len(found["wait"].consequences.newly_late) == 2
    assert found["dispatch"].consequences.late_hours < found["wait"].consequences.late_hours
    plan = accept(token=found["dispatch"].token, by=planner)
    down = CalendarException.objects.get()
    assert (down.machine, down.kind) == (press, ExceptionKind.MAINTENANCE)
    assert all(one.machine_id == other.pk or one.start_at >= down.end - SECOND for one in plan.entries.all())


def test_what_runs_on_a_machine_that_is_down_takes_longer(group, press, planner):
    running = released(group, 10)
    operation = running.operations.get()
    now = timezone.now()
    running.operations.update(state=OperationState.PRODUCTION, started_at=now, good=Decimal(1))
    RunFactory(operation=operation, machine=press, started_at=now, production_at=now)
    in_force(group.plant, planner)
    found = by_way(asked(group.plant, Down(press.pk, now + HOUR, now + 4 * HOUR)))
    (pays,) = found["wait"].consequences.payers
    assert pays.order_id == running.pk
    assert abs(pays.later - 3 * HOUR) < 2 * SECOND


def test_a_shift_less_and_a_shift_more(group, press, planner, thawed):
    late = released(group, 4, due_in=5 * HOUR)
    in_force(group.plant, planner)
    now = timezone.now()
    less = by_way(asked(group.plant, ShiftChange(None, now, now + 8 * HOUR, works=False)))["wait"]
    assert [one.order_id for one in less.consequences.newly_late] == [late.pk]
    accept(token=less.token, by=planner)
    assert CalendarException.objects.get().kind == ExceptionKind.CLOSED
    more = by_way(asked(group.plant, ShiftChange(press.pk, now, now + 6 * HOUR, works=True)))["wait"]
    assert more.consequences.late_hours < -6.5
    accept(token=more.token, by=planner)
    assert CalendarException.objects.filter(kind=ExceptionKind.EXTRA, machine=press).exists()


def test_a_late_supplier_holds_up_what_waits_for_him(group, press, planner, thawed):
    order = released(group, 1, 2)
    first = order.operations.get(position=1)
    Operation.objects.filter(pk=first.pk).update(outside=True)
    in_force(group.plant, planner)
    until = timezone.now().replace(microsecond=0) + 30 * HOUR
    found = by_way(asked(group.plant, Late(first.pk, until)))["wait"]
    assert [one.order_id for one in found.consequences.payers] == [order.pk]
    plan = accept(token=found.token, by=planner)
    entries = plan.entries.order_by("start_at")
    assert entries[0].end_at == until
    assert entries[1].start_at == until


def test_what_cannot_be_asked_is_refused(group, press, planner):
    order = released(group, 1)
    with pytest.raises(MesError) as refused:
        asked(group.plant, Rush(order.pk))
    assert refused.value.code == "no_plan"
    in_force(group.plant, planner)
    now = timezone.now()
    for change, code in (
        (Rush(order.pk + 1000), "unknown_order"),
        (Down(press.pk + 1000, now, now + HOUR), "unknown_machine"),
        (Down(press.pk, now - 2 * HOUR, now - HOUR), "backward"),
        (Late(order.operations.get().pk + 1000, now), "unknown_operation"),
    ):
        with pytest.raises(MesError) as refused:
            asked(group.plant, change)
        assert refused.value.code == code


def test_a_draft_serves_where_nothing_is_in_force(group, press, planner):
    from orders.planning.make import make_requested

    order = released(group, 1)
    plan = request_plan(plant=group.plant, by=planner, seconds=0)
    make_requested()
    plan.refresh_from_db()
    token = asked(group.plant, Rush(order.pk)).alternatives[0].token
    publish_plan(plan=plan, by=planner)
    with pytest.raises(MesError):
        accept(token=token, by=planner)


def test_what_is_kept_between_two_questions_is_never_old(group, press, planner):
    """A second order is released in between, then made longer: each answer knows it."""
    first = released(group, 3)
    in_force(group.plant, planner)
    assert asked(group.plant, Rush(first.pk)).operations == 1
    second = released(group, 2)
    assert asked(group.plant, Rush(first.pk)).operations == 2
    Operation.objects.filter(order=second).update(run_seconds=Decimal(36000))
    own = by_way(asked(group.plant, Rush(second.pk)))["first"].own
    assert own.after - timezone.now() > 80 * HOUR


def test_the_number_of_queries_does_not_grow(group, press, planner):
    def count(order):
        in_force(group.plant, planner)
        with CaptureQueriesContext(connection) as caught:
            asked(group.plant, Rush(order.pk))
        return len(statements(caught))

    order = released(group, 1, due_in=HOUR)
    few = count(order)
    released(group, 1, 1, due_in=HOUR)
    released(group, 2, due_in=HOUR)
    assert count(order) == few
