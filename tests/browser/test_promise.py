"""A date in a real browser: ask, watch the dates appear, keep the quote, accept it, see it on the order."""

import time

from playwright.sync_api import expect

from machines.models import Machine
from mes.accounts.roles import Role
from orders.models import Item, ProductionOrder, Quote
from tests.factories.orders import RoutingFactory, RoutingOperationFactory
from tests.support.scene import build_scene

# Where the core is compiled already.
LONG = 90_000


def slowly(route):
    """Longer than the form waits after a key before it looks ahead."""
    time.sleep(1.5)
    route.continue_()


def test_a_quote_becomes_the_promise_that_the_order_shows(page, login):
    build_scene()
    machine, item = Machine.objects.order_by("code").first(), Item.objects.order_by("code").first()
    routing = RoutingFactory(plant=machine.plant, item=item, revision="Q")
    RoutingOperationFactory(routing=routing, number="0010", machine_group=machine.group, run_seconds=60)
    login(Role.PLANNER)
    page.goto("/promises/")
    page.get_by_label("Item", exact=True).fill(item.code)
    page.get_by_label("Quantity", exact=True).fill("25")
    expect(page.locator("#preview").get_by_text("80 % sure")).to_be_visible(timeout=LONG)
    assert Quote.objects.count() == 0

    looks = []
    page.on("request", lambda one: looks.append(one.url) if "preview" in one.url else None)
    page.route("**/promises/quotes/make/", slowly)
    page.get_by_label("Quantity", exact=True).fill("26")
    page.get_by_role("button", name="Make the quote").click(timeout=LONG)
    expect(page.get_by_role("heading", name="What makes it uncertain")).to_be_visible(timeout=LONG)
    assert looks == []
    page.get_by_role("button", name="Promise the 80 % date").click()
    expect(page.get_by_text("Promised. The order shows the date.")).to_be_visible(timeout=LONG)
    order = ProductionOrder.objects.get(promises__confidence_percent=80)
    assert order.promised_at == Quote.objects.get().p80_at
    expect(page.get_by_role("heading", level=1)).to_contain_text(order.number)

    page.goto("/promises/reliability/")
    expect(page.locator("#content").get_by_text("too few").first).to_be_visible()
