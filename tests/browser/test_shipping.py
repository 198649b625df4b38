"""Shipping from stock: what has no lot goes without one, or gets its lot first where the item is tracked."""

import os
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from orders.domain.stock import move_stock
from orders.models import Shipment, ShippedLot, StockBalance
from tests.factories.accounts import SupervisorFactory
from tests.factories.machines import PlantFactory
from tests.factories.orders import CustomerOrderLineFactory, ItemFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def lines(site):
    """A customer's order for a washer that nobody tracks and for a valve that is tracked by lot."""
    plant = PlantFactory(code="HILL", name="Hill works")
    found = []
    for position, code, tracked in (("10", "WASHER", False), ("20", "VALVE", True)):
        item = ItemFactory(code=code, name=code.capitalize(), lot_tracked=tracked)
        move_stock(plant=plant, item=item, quantity=Decimal(40))
        order = (
            {"order": found[0].order} if found else {"order__number": "SO-1", "order__customer__name": "Aero"}
        )
        found.append(CustomerOrderLineFactory(item=item, quantity=Decimal(25), position=position, **order))
    return found


def shoot(page, name):
    if folder := os.environ.get("MES_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/shipping-{name}.png", full_page=True)


def test_stock_goes_without_a_lot_or_gets_one_first(page, login, site, lines):
    content = page.locator("#content")
    login(user=SupervisorFactory())
    page.goto("/stock/shipping/")
    shoot(page, "open")
    page.get_by_role("link", name="Ship", exact=True).first.click()
    expect(page.get_by_label("How much of what has no lot")).to_have_value("25")
    shoot(page, "washer")
    page.get_by_role("button", name="Ship", exact=True).click()
    expect(content).to_contain_text("S000001")
    expect(content).to_contain_text("without lot")
    shoot(page, "washer-gone")

    page.set_viewport_size({"width": 1024, "height": 768})
    page.goto("/stock/shipping/")
    page.get_by_role("link", name="Ship", exact=True).click()
    expect(content).to_contain_text("VALVE is tracked by lot: give it a lot first.")
    expect(page.get_by_role("button", name="Ship", exact=True)).to_be_disabled()
    shoot(page, "valve-held-up")
    page.get_by_role("link", name="Give it a lot").click()
    page.get_by_label("Quantity").fill("30")
    page.get_by_label("Lot", exact=True).fill("V-2026-7")
    shoot(page, "valve-lot")
    page.get_by_role("button", name="Give it this lot").click()
    expect(page.get_by_label("How much of lot V-2026-7")).to_have_value("25")
    shoot(page, "valve")
    page.get_by_role("button", name="Ship", exact=True).click()
    expect(content).to_contain_text("S000002")
    page.goto("/stock/shipping/")
    expect(content).to_contain_text("Everything is shipped.")

    sent = ShippedLot.objects.order_by("pk").values_list("lot__number", "quantity")
    assert list(sent) == [(None, 25), ("V-2026-7", 25)]
    assert Shipment.objects.count() == 2
    left = StockBalance.objects.order_by("item__code", "lot").values_list("item__code", "lot", "on_hand")
    assert list(left) == [("VALVE", "", 10), ("VALVE", "V-2026-7", 5), ("WASHER", "", 15)]
