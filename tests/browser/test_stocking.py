"""From a forecast to what is made for stock: asked for, looked at, put in force; a proposal with its why is
accepted and becomes a production order. Shipping says what holds it back."""

import os
import uuid
from decimal import Decimal

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from mes.accounts.roles import Role
from orders.domain.holds import hold_item
from orders.domain.stock import move_stock
from orders.models import DemandForecast, ProductionOrder, ReplenishmentProposal
from orders.planning.stocking.forecasts import make_requested
from tests.factories.machines import PlantFactory
from tests.factories.orders import CustomerOrderLineFactory, ItemFactory, LotFactory
from tests.orders.stocking.scene import looked_at, stocked

pytestmark = pytest.mark.django_db(transaction=True)
TABLET = {"width": 820, "height": 1180}
DESKTOP = {"width": 1280, "height": 800}


@pytest.fixture
def rule(site):
    plant = PlantFactory(code="HILL")
    item = ItemFactory(code="PIN", name="Guide pin", strategy="MTS")
    return stocked(plant=plant, item=item, weeks=60, on_hand=12)


def shoot(page, name):
    """Nothing may be cut off on a tablet or a desktop; pictures of both if they are asked for."""
    for shape in (TABLET, DESKTOP):
        page.set_viewport_size(shape)
        wide = "() => document.documentElement.scrollWidth <= document.documentElement.clientWidth + 1"
        assert page.evaluate(wide), f"{name} is wider than {shape['width']} px"
        if folder := os.environ.get("MES_SCREENSHOTS"):
            page.screenshot(path=f"{folder}/stocking-{name}-{shape['width']}.png", full_page=True)


def test_a_forecast_leads_to_an_accepted_proposal_and_its_order(page, login, rule):
    content = page.locator("#content")
    login(Role.PLANNER)
    page.goto(reverse("forecast"))
    page.get_by_role("button", name="Make a new forecast").click()
    expect(content).to_contain_text("is being made")
    make_requested()
    page.goto(reverse("forecast"))
    page.get_by_role("link", name="is a draft").click()
    expect(content).to_contain_text("PIN")
    shoot(page, "forecast")
    page.get_by_role("button", name="Put in force").click()
    expect(content).to_contain_text("PIN")
    assert DemandForecast.objects.get().state == "in_force"
    page.get_by_role("link", name="PIN", exact=True).first.click()
    expect(content).to_contain_text("Guide pin")
    shoot(page, "forecast-item")

    looked_at(rule)
    page.goto(reverse("replenishment"))
    expect(content).to_contain_text("replenishment takes 14 days")
    shoot(page, "proposals")
    page.get_by_role("link", name="Look and decide").click()
    expect(content).to_contain_text("Projected stock")
    shoot(page, "why")
    page.get_by_label("Quantity").fill("77")
    page.get_by_role("button", name="Accept: make a production order").click()
    expect(content).to_contain_text("Nothing has to be ordered for stock.")
    order = ProductionOrder.objects.get(state="planned")
    assert (order.quantity, order.item) == (77, rule.item)
    page.goto(reverse("stocked-item", args=[rule.pk]))
    expect(content).to_contain_text("Earlier proposals")
    expect(page.get_by_role("link", name=order.number, exact=True).first).to_be_visible()
    assert ReplenishmentProposal.objects.get().state == "accepted"


def test_shipping_says_what_holds_it_back(page, login, rule):
    CustomerOrderLineFactory(item=rule.item, quantity=Decimal(4), order__customer__name="Acme")
    for number in ("L-1", "L-2"):
        LotFactory(item=rule.item, number=number)
        said = {"quantity": Decimal(4), "kind": "receipt", "lot": number}
        move_stock(plant=rule.plant, item=rule.item, key=uuid.uuid4(), **said)
    hold_item(item=rule.item, plant=rule.plant, kind="quality", reason="Burr on the edge", by=None, lot="L-1")
    login(Role.SUPERVISOR)
    page.goto(reverse("shipping"))
    page.get_by_role("link", name="Ship", exact=True).click()
    expect(page.locator("#content")).to_contain_text("Burr on the edge")
    shoot(page, "shipping-held")
