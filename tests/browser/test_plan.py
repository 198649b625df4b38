"""Planning in a real browser: ask, watch it being made, look at the board, put it in force."""

from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import expect

from machines.models import Machine
from mes.accounts.roles import Role
from orders.enums import OperationState
from orders.models import ProductionOrder
from orders.planning.make import make_requested
from tests.factories.orders import OperationFactory, ProductionOrderFactory
from tests.support.scene import build_scene

# Where the core is compiled already.


def backlog():
    """Three further orders of three operations each; one is due in an hour and can't make it."""
    machines = list(Machine.objects.order_by("code"))
    for number in range(3):
        plant = machines[0].plant
        order = ProductionOrderFactory(
            plant=plant, released=True, requested_at=timezone.now() + timedelta(hours=1 + 60 * number)
        )
        for place in range(3):
            OperationFactory(
                order=order,
                plant=plant,
                machine_group=machines[(number + 2 * place) % len(machines)].group,
                position=place + 1,
                state=OperationState.RELEASED,
                setup_seconds=1800,
                run_seconds=180,
            )


def test_a_plan_is_asked_for_looked_at_and_put_in_force(page, login):
    build_scene()
    backlog()
    login(Role.PLANNER)
    page.goto("/plan/")
    expect(page.get_by_text("There is no plan in force yet")).to_be_visible()
    page.get_by_role("button", name="Plan anew").click()
    expect(page.get_by_text("Plan 1 is being made")).to_be_visible()

    assert make_requested() == 1
    page.get_by_role("link", name="Plan 1 is ready").click()
    page.wait_for_function("() => Number(document.querySelector('[data-board]').dataset.ready) > 8")
    expect(page.locator("[data-board] canvas")).to_be_visible()
    expect(page.locator(".chip-wrong").first).to_be_visible()

    page.get_by_role("application").press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Why here")).to_be_visible()
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_text("Why here")).to_have_count(0)

    order = ProductionOrder.objects.order_by("pk").last()
    page.get_by_label("Find order, item or customer").fill(order.number)
    page.get_by_label("Find order, item or customer").press("Enter")
    expect(page.get_by_role("heading", level=2, name=order.number)).to_be_visible()

    page.get_by_role("button", name="Put in force").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("in force")
    expect(page.get_by_role("button", name="Put in force")).to_have_count(0)
