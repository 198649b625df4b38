"""In which order a terminal shows what waits."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from orders.enums import OperationState, PlanState
from orders.models import Plan, PlanEntry
from orders.planning.make import publish_plan
from orders.queries.queue import queue_of
from tests.factories.accounts import OperatorFactory
from tests.factories.machines import MachineFactory
from tests.factories.orders import OperationFactory

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 3, 2, 8, tzinfo=UTC)


@pytest.fixture
def press():
    return MachineFactory(code="PRESS-1", plant__time_zone="Europe/Berlin")


@pytest.fixture
def sibling(press):
    return MachineFactory(code="PRESS-2", plant=press.plant, group=press.group)


@pytest.fixture
def plan(press):
    return Plan.objects.create(
        plant=press.plant, number=1, state=PlanState.DRAFT, zero_at=MONDAY, made_at=MONDAY
    )


def waiting(press, *, priority=50, **more):
    return OperationFactory(
        order__plant=press.plant,
        order__priority=priority,
        released=True,
        position=1,
        machine_group=press.group,
        **more,
    )


def plan_for(plan, operation, machine, hours):
    begin = MONDAY + timedelta(hours=hours)
    PlanEntry.objects.create(
        plan=plan,
        operation=operation,
        machine=machine,
        start_at=begin,
        run_at=begin,
        end_at=begin + timedelta(hours=1),
    )


def shown(machine):
    queue = queue_of(machine)
    return [one.operation for one in (*queue.ready, *queue.blocked)]


def test_without_a_plan_the_most_urgent_comes_first(press):
    later, urgent = waiting(press, priority=60), waiting(press, priority=10)
    assert shown(press) == [urgent, later]


def test_the_plan_in_force_says_what_comes_first(press, sibling, plan):
    elsewhere, second, unknown, first = (waiting(press, priority=10 * n) for n in (1, 2, 3, 4))
    plan_for(plan, elsewhere, sibling, 0)
    plan_for(plan, second, press, 5)
    plan_for(plan, first, press, 2)
    assert shown(press) == [elsewhere, second, unknown, first], "a draft says nothing"
    publish_plan(plan=plan, by=None)
    assert shown(press) == [first, second, unknown, elsewhere]
    assert shown(sibling) == [elsewhere, unknown, first, second]
    told = {one.operation: (one.planned_at, one.planned_on) for one in queue_of(press).ready}
    assert told[first] == (MONDAY + timedelta(hours=2), "")
    assert told[unknown] == (None, "")
    assert told[elsewhere] == (MONDAY, "PRESS-2")


def test_a_replaced_plan_says_nothing_any_more(press, plan):
    first, second = waiting(press), waiting(press, priority=10)
    plan_for(plan, first, press, 1)
    publish_plan(plan=plan, by=None)
    assert shown(press) == [first, second]
    newer = Plan.objects.create(
        plant=press.plant, number=2, state=PlanState.DRAFT, zero_at=MONDAY, made_at=MONDAY
    )
    plan_for(newer, second, press, 1)
    plan_for(newer, first, press, 2)
    publish_plan(plan=newer, by=None)
    assert shown(press) == [second, first]


def test_what_was_interrupted_still_comes_first(press, plan):
    planned, begun = waiting(press), waiting(press)
    plan_for(plan, planned, press, 0)
    plan_for(plan, begun, press, 9)
    publish_plan(plan=plan, by=None)
    begun.state, begun.started_at = OperationState.INTERRUPTED, MONDAY
    begun.save()
    assert shown(press) == [begun, planned]


@pytest.mark.parametrize("count", [1, 3])
def test_a_longer_queue_costs_no_more_queries(press, plan, count, django_assert_max_num_queries):
    for hours in range(count):
        plan_for(plan, waiting(press), press, hours)
    publish_plan(plan=plan, by=None)
    with django_assert_max_num_queries(8):
        assert len(shown(press)) == count


def test_the_terminal_says_when_and_where_it_is_planned(client, press, sibling, plan):
    OperatorFactory(badge="BADGE-ANNA", pin="4711")
    client.post(reverse("terminal-log-on"), {"badge": "BADGE-ANNA"})
    plan_for(plan, waiting(press), press, 1)
    plan_for(plan, waiting(press), sibling, 2)
    publish_plan(plan=plan, by=None)
    page = client.get(reverse("terminal-machine", args=[press.pk])).content.decode()
    assert "planned Mon 2 Mar, 10:00" in page, "in the plant's time"
    assert page.count("planned on PRESS-2") == 1


def test_terminals_hear_of_a_plan_put_in_force(plan, monkeypatch):
    heard = []
    monkeypatch.setattr("orders.planning.make.announce", lambda *topics: heard.extend(topics))
    publish_plan(plan=plan, by=None)
    assert heard == ["queue"]
