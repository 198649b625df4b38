"""A mock recall: from a supplier's lot to the customers, quantities and places, all held in one action, with
the record that is printed."""

import os
import uuid
from decimal import Decimal

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from mes.accounts.roles import Role
from orders.domain.genealogy import Made, link_lots
from orders.domain.inventory import ship
from orders.domain.stock import move_stock
from orders.models import Hold
from quality.models import Recall
from tests.factories.machines import MONDAY, PlantFactory
from tests.factories.orders import (
    CustomerOrderLineFactory,
    ItemFactory,
    LotFactory,
    PlaceFactory,
    ProductionOrderFactory,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def plant(site):
    """Bars of one heat went into two lots of shafts: one lies on a shelf, the other is with two customers."""
    plant = PlantFactory(code="HILL")
    shaft, bar = ItemFactory(code="SHAFT"), ItemFactory(code="BAR")
    steel = LotFactory(item=bar, number="HEAT-9", supplier="Steel works", supplier_lot="CH-77")
    made = Made(plant_id=plant.pk, at=MONDAY)
    for number in ("S-1", "S-2"):
        order = ProductionOrderFactory(plant=plant, item=shaft, running=True)
        lot = LotFactory(item=shaft, number=number, order=order)
        link_lots(parent=steel, child=lot, quantity=Decimal(5), made=made, key=uuid.uuid4())
        move_stock(
            plant=plant,
            item=shaft,
            quantity=Decimal(20),
            kind="produced",
            lot=number,
            place=PlaceFactory(plant=plant, code="A-07"),
        )
    LotFactory(item=shaft, number="S-3")
    for customer, quantity in (("Aero", 12), ("Marine", 8)):
        line = CustomerOrderLineFactory(item=shaft, order__customer__name=customer)
        ship(line=line, plant=plant, lots=[(lot, Decimal(quantity))], by=None, key=uuid.uuid4())
    return plant


def shoot(page, name):
    if folder := os.environ.get("MES_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/recall-{name}.png", full_page=True)


def test_a_suppliers_lot_is_recalled_from_search_to_the_printed_record(page, login, plant):
    content = page.locator("#content")
    login(Role.QUALITY)
    page.goto("/recalls/")
    page.get_by_label("Lot, machine, tool or gauge").fill("CH-77")
    page.get_by_role("button", name="What is concerned?").click()
    expect(content).to_contain_text("3 lots are concerned")
    for expected in ("HEAT-9", "S-1", "S-2", "A-07", "Aero", "Marine"):
        expect(content).to_contain_text(expected)
    expect(content).not_to_contain_text("S-3")
    shoot(page, "asked")

    page.get_by_label("Reason").fill("Cracks in the heat")
    page.get_by_role("button", name="Recall and hold them all").click()
    expect(content).to_contain_text("Customers to tell")
    shoot(page, "record")
    held = Hold.objects.filter(lifted_at=None, kind="recall", item__isnull=False)
    assert set(held.values_list("lot", flat=True)) == {"HEAT-9", "S-1", "S-2"}
    assert Hold.objects.filter(lifted_at=None, kind="recall", order__isnull=False).count() == 2

    with page.expect_download() as record:
        page.get_by_role("link", name="Print the record").click()
    text = "\n".join(one.extract_text() for one in PdfReader(record.value.path()).pages)
    for expected in (Recall.objects.get().number, "Cracks in the heat", "Aero", "12", "Marine", "8", "S-1"):
        assert expected in text, expected
