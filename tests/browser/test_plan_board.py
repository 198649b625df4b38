"""The planning board by mouse and keyboard: drag an operation, read the consequences, move it."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from machines.models import Machine
from mes.accounts.roles import Role
from orders.enums import OperationState, PlanState
from orders.models import Plan, PlanEntry
from orders.planning.bottlenecks import bottlenecks
from orders.planning.moving import preview_move
from tests.factories.machines import MachineFactory, MachineGroupFactory, PlantFactory
from tests.factories.orders import OperationFactory, ProductionOrderFactory

# Where the core is compiled already.

HOUR = timedelta(hours=1)
READY = "() => Number(document.querySelector('[data-board]').dataset.ready) > 0"


@pytest.fixture
def plan(transactional_db):
    """Two machines of a group, and two orders in force on the first, one behind the other."""
    plant = PlantFactory(time_zone="UTC")
    group = MachineGroupFactory(plant=plant, code="CNC")
    first, _second = (MachineFactory(plant=plant, group=group, code=code) for code in ("CNC-1", "CNC-2"))
    now = timezone.now().replace(microsecond=0)
    plan = Plan.objects.create(
        plant=plant, number=1, state=PlanState.PUBLISHED, zero_at=now, made_at=now, published_at=now
    )
    for place in range(2):
        order = ProductionOrderFactory(
            plant=plant, number=f"90{place}", released=True, requested_at=now + 20 * HOUR, quantity=10
        )
        operation = OperationFactory(
            order=order,
            plant=plant,
            machine_group=group,
            position=1,
            quantity=10,
            base_quantity=1,
            state=OperationState.RELEASED,
            setup_seconds=0,
            run_seconds=2160,
        )
        PlanEntry.objects.create(
            plan=plan,
            operation=operation,
            machine=first,
            start_at=now + (6 * place) * HOUR,
            run_at=now + (6 * place) * HOUR,
            end_at=now + (6 * place + 6) * HOUR,
        )
    return plan


@pytest.fixture(autouse=True)
def compiled(plan):
    """The core is compiled here, and the web process finds it on disk."""
    entry = plan.entries.first()
    machine = Machine.objects.get(code="CNC-2")
    preview_move(plan=plan, operation=entry.operation, machine=machine, start_at=timezone.now())
    bottlenecks(plan)


def place_of(page, order, lane):
    """The middle of the order's bar, and of that lane, on the screen."""
    return page.evaluate(
        """([order, label]) => {
            const board = document.querySelector('[data-board]').board;
            const box = board.scroller.getBoundingClientRect();
            const top = box.top + 40 - board.scroller.scrollTop;
            const y = (lane) => top + board.rows.rowOf.get(lane).top + 15;
            const bar = board.data.bars.find((one) => one.order.number === order);
            const lane = board.data.lanes.find((one) => one.label === label);
            return { x: box.left + board.painter.x((bar.start + bar.end) / 2), y: y(bar.lane), to: y(lane) };
        }""",
        [order, lane],
    )


def test_an_operation_is_dragged_to_another_machine(page, login, plan):
    login(Role.PLANNER)
    page.goto("/plan/")
    page.wait_for_function(READY)
    page.locator("[data-board]").scroll_into_view_if_needed()
    at = place_of(page, "901", "CNC-2")
    page.mouse.move(at["x"], at["y"])
    page.mouse.down()
    page.mouse.move(at["x"] - 20, at["y"], steps=3)
    page.mouse.move(at["x"] - 60, at["to"], steps=5)
    expect(page.get_by_text("1 order ends earlier")).to_be_visible()
    expect(page.get_by_role("button", name="Move and put in force")).to_be_hidden()
    page.mouse.up()
    assert Plan.objects.count() == 1

    page.get_by_role("button", name="Move and put in force").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Plan 2")
    moved = PlanEntry.objects.get(plan__state=PlanState.PUBLISHED, operation__order__number="901")
    assert (moved.machine.code, moved.pinned) == ("CNC-2", True)


def test_what_is_put_back_leaves_no_trace(page, login, plan):
    login(Role.PLANNER)
    page.goto("/plan/")
    page.wait_for_function(READY)
    page.get_by_role("application").press("ArrowRight")
    page.keyboard.press("Enter")
    page.get_by_text("Move or pin").click()
    page.locator(".move-form select").select_option("CNC-2")
    page.get_by_role("button", name="Show what that does").click()
    expect(page.get_by_role("button", name="Move and put in force")).to_be_visible()
    page.get_by_role("button", name="Put back").last.click()
    expect(page.get_by_role("button", name="Move and put in force")).to_have_count(0)
    assert Plan.objects.count() == 1


def test_load_and_bottlenecks_lead_to_operations(page, login, plan):
    login(Role.PLANNER)
    page.goto("/plan/")
    page.get_by_role("link", name="Load", exact=True).click()
    page.get_by_label("Which week an operation counts in").select_option("planned")
    page.get_by_role("button", name="Show").click()
    page.locator(".load-cell a").first.click()
    expect(page.get_by_role("link", name="900").first).to_be_visible()
    expect(page.get_by_role("heading", name="Machines of CNC")).to_be_visible()

    page.get_by_role("link", name="Bottlenecks", exact=True).click()
    page.get_by_role("row", name="CNC-1").get_by_role("link", name="What waits").click()
    expect(page.get_by_role("heading", name="What waits before CNC-1")).to_be_visible()
    expect(page.get_by_role("link", name="901").first).to_be_visible()
