"""From an order with a requirement to the shipment with its evidence: a miss, its hold, its nonconformance,
its rework and its release, every step through the page on which a person does it."""

import os
import re
from decimal import Decimal

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from orders.enums import RequirementKind
from orders.models import Hold, Operation, ProductionOrder, Shipment
from quality.models import Nonconformance
from tests.factories.accounts import PASSWORD, OperatorFactory, QualityFactory, SupervisorFactory
from tests.factories.machines import MachineFactory, MachineGroupFactory, PlantFactory
from tests.factories.orders import (
    BomFactory,
    BomLineFactory,
    CustomerOrderLineFactory,
    ItemFactory,
    LotFactory,
    ProductionOrderFactory,
    RequirementFactory,
    RoutingFactory,
    RoutingOperationFactory,
    StockBalanceFactory,
)
from tests.factories.quality import CharacteristicFactory, DefectCodeFactory, GaugeFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def order(site):
    """Ten carriers for a customer who wants their bore proved, and a lot of forgings in stock."""
    plant = PlantFactory(code="HILL", name="Hill works")
    group = MachineGroupFactory(plant=plant, code="TURN", name="Turning", hourly_rate=Decimal(90_000))
    forging = ItemFactory(code="FORGING", name="Gear forging", lot_tracked=True)
    carrier = ItemFactory(code="CARRIER", name="Planet carrier", revision="B", lot_tracked=True)
    line = CustomerOrderLineFactory(
        item=carrier,
        quantity=Decimal(10),
        position="10",
        order__number="SO-4711",
        order__customer__name="Aero",
    )
    RequirementFactory(
        line=line,
        code="BORE",
        kind=RequirementKind.LIMIT,
        text="Bore 25 H7",
        lower=Decimal("24.98"),
        upper=Decimal("25.02"),
        unit="mm",
    )
    routing = RoutingFactory(plant=plant, item=carrier, revision="B")
    RoutingOperationFactory(routing=routing, number="0010", text="Turn the bore", machine_group=group)
    BomLineFactory(bom=BomFactory(item=carrier, revision="B"), item=forging, quantity=Decimal(1))
    StockBalanceFactory(
        plant=plant,
        item=forging,
        lot=LotFactory(item=forging, number="HEAT-9", supplier="Steel works", supplier_lot="CH-77").number,
        on_hand=Decimal(50),
    )
    CharacteristicFactory(
        plan__plant=plant,
        plan__item=carrier,
        plan__revision="B",
        code="BORE",
        name="Bore 25 H7",
        sampling="first",
        sample_size=1,
        gauge=GaugeFactory(plant=plant, code="MIC-25"),
        requirement_code="BORE",
    )
    DefectCodeFactory(plant=plant, name_en="Bore too large")
    MachineFactory(plant=plant, group=group, code="CNC-1")
    return ProductionOrderFactory(
        plant=plant, number="1000471", item=carrier, quantity=Decimal(10), customer_line=line
    )


def shoot(page, name):
    if folder := os.environ.get("MES_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/flow-{name}.png", full_page=True)


def tap(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def scan(page, text):
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def key_in(page, digits):
    for digit in digits:
        page.locator(f'[data-digit="{digit}"]').click()


def sign(page, name):
    form = page.locator("form", has=page.get_by_role("button", name=name))
    form.get_by_label("User name").fill("ada")
    form.get_by_label("Password").fill(PASSWORD)
    tap(page, name)


def test_a_miss_is_held_repaired_released_and_shipped_with_its_evidence(page, login, site, order):
    content = page.locator("#content")
    supervisor = SupervisorFactory(first_name="Sam", last_name="Otto")
    operator = OperatorFactory(first_name="Anna", last_name="Berg")
    inspector = QualityFactory(first_name="Ada", last_name="Weber", username="ada")

    # the planned order is released
    login(user=supervisor)
    page.goto("/customer-orders/SO-4711/")
    expect(content).to_contain_text("Bore 25 H7")
    content.get_by_role("link", name="1000471").first.click()
    tap(page, "Release")
    expect(content).to_contain_text("0010")

    # at the machine: read, start, scan the forgings, report
    login(user=operator)
    page.goto("/terminal/machines/")
    page.get_by_role("link", name=re.compile("CNC-1")).click()
    page.wait_for_url(re.compile(r"/terminal/\d+/$"))
    terminal = page.url
    scan(page, "1000471/0010")
    tap(page, "I have read this")
    expect(content).to_contain_text("Read by")
    tap(page, "Start production")
    expect(page.get_by_text("in production")).to_be_visible()
    page.goto(terminal)
    expect(page.locator(".run-card")).to_be_visible()
    page.locator("#scan").fill("HEAT-9")
    page.locator("#scan").press("Enter")
    shoot(page, "lot")
    tap(page, "Put on the machine")
    page.get_by_role("link", name="Report pieces").click()
    page.get_by_label("Good", exact=True).click()
    key_in(page, "10")
    tap(page, "Book")
    expect(page.get_by_text("10 good")).to_be_visible()

    # the first piece misses: held at once, with who releases, and a nonconformance in two taps
    page.locator("#content a.queue-row", has_text="Bore 25 H7").click()
    key_in(page, "25.03")
    tap(page, "Record")
    expect(content).to_contain_text("25.030 mm is above 25.020")
    expect(content).to_contain_text("It is released by: Ada Weber")
    shoot(page, "held")
    page.get_by_role("link", name="Raise a nonconformance").click()
    shoot(page, "defects")
    tap(page, "Bore too large")
    expect(page.get_by_text("NC000001 is raised.")).to_be_visible()
    assert {hold.target for hold in Hold.objects.filter(lifted_at=None)} == {
        "1000471 / 0010",
        "CARRIER 1000471",
    }
    page.get_by_text("Finish", exact=True).click()
    expect(page.get_by_text("free", exact=True)).to_be_visible()

    # it can't be shipped, and the page says why
    login(user=supervisor)
    page.goto("/customer-orders/SO-4711/")
    page.get_by_role("link", name="Ship", exact=True).click()
    expect(content).to_contain_text("Shipping is held.")
    expect(content).to_contain_text("CARRIER 1000471 is on hold")
    expect(page.get_by_role("button", name="Ship", exact=True)).to_be_disabled()
    shoot(page, "refused")

    # quality has one piece repaired
    login(user=inspector)
    page.goto("/nonconformances/")
    page.get_by_role("link", name="NC000001").click()
    expect(page.get_by_label("Quantity", exact=True)).to_have_value("1")
    page.get_by_label("Why", exact=True).first.fill("Bush the bore")
    page.get_by_label("What is to be done (rework, sort)").fill("Bush and hone")
    page.get_by_label("Work centre").select_option(label="TURN Turning")
    sign(page, "Decide and sign")
    expect(content).to_contain_text("Bush and hone")
    shoot(page, "decided")

    # the repair is an operation of its own
    login(user=operator)
    page.goto(terminal)
    page.locator("#content a.queue-row", has_text="Bush and hone").click()
    tap(page, "Start production")
    page.get_by_role("link", name="Report pieces").click()
    page.get_by_label("Good", exact=True).click()
    key_in(page, "1")
    tap(page, "Book")
    expect(page.get_by_text("1 good")).to_be_visible()
    page.get_by_text("Finish", exact=True).click()
    expect(page.get_by_text("free", exact=True)).to_be_visible()

    # inspected again: the holds of operation and lot go; the nonconformance is closed
    login(user=inspector)
    page.goto("/inspections/")
    page.get_by_role("link", name="Inspect", exact=True).click()
    page.get_by_label("Inspected pieces").fill("10")
    page.get_by_label("Defective pieces").fill("0")
    page.get_by_label("passed").check()
    tap(page, "Record")
    page.wait_for_url(re.compile("/inspections/$"))
    assert not Hold.objects.filter(lifted_at=None).exists()
    page.goto("/customer-orders/SO-4711/")
    page.get_by_role("link", name="Requirements and their proof").click()
    expect(content).to_contain_text("Shipping is held.")
    page.get_by_role("link", name="Verify").click()
    page.get_by_label("Measured value (mm)").fill("25.005")
    tap(page, "Record")
    page.goto(f"/nonconformances/{Nonconformance.objects.get().pk}/")
    expect(content).to_contain_text(re.compile(r"Bush and hone.*1 / 1.*\d+\.\d\d €"))
    shoot(page, "repaired")
    page.get_by_label("Conclusion").fill("Bushed; all ten measured")
    sign(page, "Close and sign")
    expect(content).to_contain_text("Bushed; all ten measured")

    # shipped, with its evidence
    login(user=supervisor)
    page.goto("/customer-orders/SO-4711/")
    page.get_by_role("link", name="Ship", exact=True).click()
    expect(page.get_by_label("How much of lot 1000471")).to_have_value("10")
    shoot(page, "ship")
    tap(page, "Ship")
    expect(content).to_contain_text("S000001")
    shoot(page, "shipped")
    with page.expect_download() as pack:
        page.get_by_role("link", name="Evidence pack (PDF)").click()
    text = "\n".join(one.extract_text() for one in PdfReader(pack.value.path()).pages)
    for expected in (
        "HEAT-9",
        "CH-77",
        "S000001",
        "Bore 25 H7",
        "25.03",
        "NC000001",
        "Bush the bore",
        "Ada Weber",
    ):
        assert expected in text, expected
    [shipped] = Shipment.objects.get().lots.all()
    assert (shipped.lot.number, shipped.quantity) == ("1000471", Decimal(10))
    assert ProductionOrder.objects.get().state == "finished"
    assert Operation.objects.get(rework_of=None).good == 10
