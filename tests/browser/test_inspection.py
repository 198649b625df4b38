"""From the customer's requirement to its proof: read, inspected after the setup, missed, released, shown."""

import os
import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from mes.accounts.roles import Role
from orders.enums import RequirementKind
from orders.models import Hold
from tests.factories.accounts import QualityFactory
from tests.factories.orders import (
    CustomerOrderLineFactory,
    OperationFactory,
    OrderRequirementFactory,
    ProductionOrderFactory,
    RunFactory,
)
from tests.factories.quality import CharacteristicFactory, GaugeFactory, InspectionResultFactory

pytestmark = pytest.mark.django_db(transaction=True)


def shoot(page, name):
    if folder := os.environ.get("MES_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/inspection-{name}.png", full_page=True)


def test_a_requirement_is_read_inspected_missed_released_and_proved(page, login, site):
    order = ProductionOrderFactory(running=True, customer_line=CustomerOrderLineFactory(), revision="B")
    work = OperationFactory(in_production=True, order=order, number="0010", position=1)
    start = timezone.now() - timedelta(minutes=40)
    run = RunFactory(operation=work, started_at=start, production_at=start + timedelta(minutes=25))
    OrderRequirementFactory(
        order=order,
        code="BORE",
        kind=RequirementKind.LIMIT,
        text="Bore 25 H7",
        lower=Decimal("24.98"),
        upper=Decimal("25.02"),
        unit="mm",
    )
    characteristic = CharacteristicFactory(
        plan__plant=work.plant,
        plan__item=order.item,
        plan__operation_number="0010",
        name="Bore 25 H7",
        sampling="setup",
        sample_size=1,
        gauge=GaugeFactory(plant=work.plant, code="MIC-25"),
        requirement_code="BORE",
    )
    for number in range(30):
        InspectionResultFactory(
            operation=work,
            characteristic=characteristic,
            run=run,
            machine=run.machine,
            gauge=characteristic.gauge,
            value=Decimal("25.000") + Decimal(number * 7 % 11 - 5) / 1000,
            at=start + timedelta(seconds=30 * number),  # during the setup: none of them answers its demand
        )
    QualityFactory(first_name="Ada", last_name="Weber")

    login(Role.OPERATOR)
    page.goto(site.url + reverse("terminal-operation", args=[run.machine_id, work.pk]))
    page.get_by_role("button", name="I have read this").click()
    expect(page.locator("#content")).to_contain_text("Read by")
    shoot(page, "operation")
    page.locator("#content a.queue-row", has_text="Bore 25 H7").click()
    for key in "25.03":
        page.locator(f'[data-digit="{key}"]').click()
    shoot(page, "entry")
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.locator("#content")).to_contain_text("25.030 mm is above 25.020")
    expect(page.locator("#content")).to_contain_text("Ada Weber")
    shoot(page, "held")
    hold = Hold.objects.get(operation=work)
    assert hold.kind == "quality"

    page.goto(site.url + reverse("terminal-chart", args=[run.machine_id, work.pk, characteristic.pk]))
    expect(page.locator("#content canvas").first).to_be_visible()
    shoot(page, "terminal-chart")

    login(Role.QUALITY)
    evidence = site.url + reverse("order-evidence", args=[order.pk])
    page.goto(evidence)
    expect(page.locator("#content")).to_contain_text("Shipping is held.")
    shoot(page, "matrix-held")
    page.goto(site.url + reverse("inspections"))
    expect(page.locator("#content")).to_contain_text("Due at the machines")
    shoot(page, "due")
    page.goto(site.url + reverse("inspect-operation", args=[work.pk]))
    page.get_by_label("Inspected pieces").fill("5")
    page.get_by_label("Defective pieces").fill("0")
    page.get_by_label("passed").check()
    page.get_by_role("button", name="Record", exact=True).click()
    page.wait_for_url(re.compile(re.escape(reverse("inspections")) + "$"))
    page.goto(evidence)
    expect(page.locator("#content")).to_contain_text("passed")
    expect(page.locator("#content")).not_to_contain_text("Shipping is held.")
    shoot(page, "matrix")
    page.goto(site.url + reverse("spc-characteristic", args=[characteristic.pk]))
    expect(page.locator("#content canvas").first).to_be_visible()
    expect(page.locator("#content")).to_contain_text("beyond a control limit")
    shoot(page, "chart")
