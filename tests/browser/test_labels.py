"""A label is looked at, printed, fails and is tried again; the pages of engineering and batches open."""

import os
import uuid

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from mes.accounts.roles import Role
from mes.runtime.demo_plant.labels import TEMPLATES
from orders.enums import PrintState
from orders.models import LabelTemplate, PrintJob
from tests.factories.orders import (
    ItemFactory,
    LotFactory,
    PrinterFactory,
    PrintJobFactory,
    RequirementFactory,
)
from tests.orders.test_engineering import Lifter
from tests.quality.test_batches import Runs

pytestmark = pytest.mark.django_db(transaction=True)


def shoot(page, name):
    if folder := os.environ.get("MES_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/strategy-{name}.png", full_page=True)


def test_a_label_is_looked_at_printed_and_seen_when_it_fails(page, login, site):
    login(Role.SUPERVISOR)
    for code, name, subject, kind, width, height, body in TEMPLATES:
        LabelTemplate.objects.create(
            code=code, name=name, subject=subject, format=kind, width_mm=width, height_mm=height, body=body
        )
    printer = PrinterFactory(code="HALL-1")
    item = ItemFactory(code="MC-HUB", name="Hub, machined", gtin="9521234543213", lot_tracked=True)
    lot = LotFactory(item=item, number="L-4711", supplier="Metals (demo)", supplier_lot="H77")
    page.goto(reverse("label-print", args=["lot", lot.pk]))
    pictures = page.locator("#content img.label-picture")
    expect(pictures).to_have_count(2)
    for nth in range(2):
        loaded = "at => document.querySelectorAll('img.label-picture')[at].naturalWidth > 0"
        page.wait_for_function(loaded, arg=nth)
    shoot(page, "label")
    page.get_by_role("button", name="Print").click()
    expect(page.locator("#content")).to_contain_text("waiting")
    problem = "HALL-1 (127.0.0.1:1): Connection refused"
    PrintJob.objects.update(state=PrintState.FAILED, problem=problem, attempts=12)
    PrintJobFactory(
        printer=printer, template=LabelTemplate.objects.first(), state="printed", printed_at=timezone.now()
    )
    page.reload()
    shoot(page, "prints")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#content")).to_contain_text("waiting")


def test_engineering_modules_and_batches_open_in_a_browser(page, login, site):
    login(Role.ADMIN)
    lifter = Lifter()
    lifter.make(lifter.order, "0010", lifter.mill, 4)
    revision = lifter.revise("B")
    colours = {"kind": "choice", "choices": ["blue", "grey"]}
    RequirementFactory(line=lifter.line, code="COLOUR", text="Colour", **colours)
    for name, address in (
        ("engineering", reverse("engineering")),
        ("engineering-item", reverse("engineering-item", args=[lifter.item.pk])),
        ("change", reverse("order-change-revision", args=[lifter.order.pk, revision.pk])),
        ("modules", reverse("order-modules", args=[lifter.order.pk])),
    ):
        page.goto(address)
        expect(page.locator("#content")).to_contain_text("LIFTER" if name != "change" else "4711")
        shoot(page, name)
    page.goto(reverse("order-change-revision", args=[lifter.order.pk, revision.pk]))
    page.get_by_label("Reason").fill("Longer arm")
    page.get_by_role("button", name="Split the order").click()
    expect(page.locator("#content")).to_contain_text("4711-1")
    shoot(page, "order")

    runs = Runs()
    best, slow = runs.run(f"B-{uuid.uuid4().hex[:4]}"), runs.run("B2", seconds=75, growing=0.4, scrap=3)
    page.goto(reverse("batch-record", args=[best.order_id]))
    page.get_by_text("Mark this run as the golden batch").click()
    page.get_by_label("Why this run").fill("No scrap")
    page.get_by_role("button", name="Mark as golden").click()
    page.goto(reverse("batch-record", args=[slow.order_id]))
    expect(page.locator("#content .band-out").first).to_be_visible()
    shoot(page, "batch")
    page.get_by_role("link", name="Beside the golden batch").click()
    expect(page.locator("#content .band").first).to_be_visible()
    shoot(page, "golden")
