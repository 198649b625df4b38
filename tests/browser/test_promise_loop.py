"""The whole life of a promise in a real browser: quoted, promised, put off by a rush order and a breakdown,
warned of, delivered, and counted among those that held."""

import uuid
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from machines.enums import MachineState
from machines.models import MachineNow
from mes.accounts.roles import Role
from orders.domain.execution import finish, start_production
from orders.domain.reports import Quantities, report
from orders.enums import OnStale, OperationState, PlanOrigin, PlanState
from orders.models import Operation, Plan, ProductionOrder
from orders.planning.engine.alternatives import Effort
from orders.planning.promise.forecast import refresh
from orders.planning.replan import replan_stale
from tests.factories.machines import MachineFactory, MachineGroupFactory, PlantFactory
from tests.factories.orders import (
    ItemFactory,
    PlanRuleFactory,
    RoutingFactory,
    RoutingOperationFactory,
    RunFactory,
)
from tests.orders.planning.backlog import HOUR, in_force, released

# Where the core is compiled already.
QUICK = Effort(seconds=None, rounds=2)


@pytest.fixture
def press(transactional_db):
    """One machine around the clock, and a plan that is adapted by itself."""
    plant = PlantFactory(code="LOOP", time_zone="UTC")
    group = MachineGroupFactory(plant=plant, code="PRESS")
    PlanRuleFactory(plant=plant, on_stale=OnStale.AUTOMATIC, pause_seconds=0, frozen_hours=0)
    item = ItemFactory(code="HOUSING")
    routing = RoutingFactory(plant=plant, item=item, revision="A")
    RoutingOperationFactory(
        routing=routing, number="0010", machine_group=group, setup_seconds=0, run_seconds=360
    )
    return MachineFactory(plant=plant, group=group, code="PRESS-1")


def made_by_hand(operation, machine, by):
    start_production(operation=operation, machine=machine, by=by, key=uuid.uuid4())
    pieces = Quantities(good=operation.quantity, scrap=Decimal(0), rework=Decimal(0))
    report(operation=operation, quantities=pieces, by=by, key=uuid.uuid4())
    finish(operation=operation, by=by, key=uuid.uuid4())


def given_up(operation, machine, at):
    """Begun an hour before the machine broke down, and left then."""
    begun = at - HOUR
    RunFactory(operation=operation, machine=machine, started_at=begun, production_at=begun, ended_at=at)
    Operation.objects.filter(pk=operation.pk).update(state=OperationState.INTERRUPTED, started_at=begun)


def test_from_the_quote_to_the_point_of_calibration(page, login, press):
    plant = press.plant
    planner = login(Role.PLANNER)
    waiting = released(press.group, 6, due_in=60 * HOUR)
    rush = released(press.group, 3)
    in_force(plant, planner)

    page.goto("/promises/?plant=LOOP")
    page.get_by_label("Item", exact=True).fill("HOUSING")
    page.get_by_label("Quantity", exact=True).fill("25")
    page.get_by_role("button", name="Make the quote").click()
    expect(page.get_by_role("heading", name="What makes it uncertain")).to_be_visible()
    page.get_by_role("button", name="Promise the 80 % date").click()
    expect(page.get_by_text("Promised. The order shows the date.")).to_be_visible()
    order = ProductionOrder.objects.get(promises__confidence_percent=80)
    page.get_by_role("button", name="Release").click()
    expect(page.get_by_text("Released.")).to_be_visible()
    assert replan_stale(effort=QUICK) == 1

    page.goto("/plan/what-if/?plant=LOOP&kind=rush")
    page.get_by_label("Order", exact=True).fill(rush.number)
    page.get_by_role("button", name="Compare").click()
    best = page.locator(".what-if-best")
    expect(best.get_by_text("Hours late of the others, by urgency")).to_be_visible()
    best.get_by_role("button", name="Accept").click()
    expect(page.get_by_text("is in force.")).to_be_visible()
    assert Plan.objects.get(state=PlanState.PUBLISHED).origin == PlanOrigin.WHAT_IF

    broke = timezone.now() - 2 * HOUR
    given_up(Operation.objects.get(order=waiting), press, broke)
    MachineNow.objects.update_or_create(
        machine=press, slot=1, defaults={"state": MachineState.STOP, "since": broke}
    )
    assert replan_stale(effort=QUICK) == 1
    page.goto("/plan/versions/?plant=LOOP")
    expect(page.locator("#content").get_by_text("PRESS-1 has stood still").first).to_be_visible()

    refresh(plant, now=timezone.now() + 9 * HOUR)
    page.goto("/promises/alerts/?plant=LOOP")
    expect(page.locator("#content").get_by_role("link", name=order.number).first).to_be_visible()

    for operation in Operation.objects.filter(order__plant=plant).exclude(state=OperationState.FINISHED):
        made_by_hand(operation, press, planner)
    order.refresh_from_db()
    assert order.finished_at < order.promised_at
    page.goto(f"/orders/{order.pk}/")
    expect(page.locator(".dates-actual")).to_be_visible()

    refresh(plant, now=timezone.now() + 10 * HOUR)
    page.goto("/promises/alerts/?plant=LOOP")
    expect(page.locator("#content").get_by_text("No promise is at risk.")).to_be_visible()
    page.goto("/promises/reliability/?plant=LOOP")
    kept = page.locator("#orders").get_by_role("row").filter(has_text=order.number)
    expect(kept.locator("svg, i").first).to_be_visible()
    expect(page.locator("#promised").get_by_role("link", name=order.number)).to_be_visible()
