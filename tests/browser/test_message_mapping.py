"""An engineer maps a layout nobody has seen before, and an order of a file in it is there."""

import os

from playwright.sync_api import expect

from integrations.domain.exchange.folder import Folder
from integrations.models import InboundMessage, MessageMapping
from mes.accounts.roles import Role
from orders.models import ProductionOrder
from tests.factories.integrations import MappedConnectionFactory
from tests.factories.machines import MachineGroupFactory, PlantFactory
from tests.factories.orders import ItemFactory, KilogramFactory, UnitFactory
from tests.support.old_erp import FIELDS, OLD_FILE


def test_a_layout_is_mapped_without_code(page, login, tmp_path, settings):
    settings.INBOX_DIR = tmp_path
    plant = PlantFactory(time_zone="Europe/Berlin")
    login(Role.ENGINEER)
    page.goto("/messages/mappings/")
    page.get_by_role("link", name="New mapping").click()
    page.get_by_label("Name", exact=True).fill("Old ERP")
    page.get_by_label("Code").fill("old-erp")
    page.get_by_label("Sample file").set_input_files(
        {"name": "FERTAUF.DAT", "mimeType": "text/plain", "buffer": OLD_FILE}
    )
    page.get_by_role("button", name="Go on").click()

    expect(page.get_by_role("heading", name="Old ERP")).to_be_visible()
    page.locator("#content").get_by_label("Values").first.fill("F = released")
    page.get_by_label("Name of a table").first.fill("status")
    page.get_by_label("Units").fill("STCK = C62")
    for record, fields in FIELDS.items():
        fill(page.locator(f"[data-record='{record}']"), fields)
    preview = page.locator("#preview")
    expect(preview.get_by_text("1 problem", exact=True)).to_be_visible()
    expect(preview.get_by_role("row", name="5,00-")).to_contain_text("negative")
    expect(preview.get_by_role("cell", name="SÄGEN")).to_be_visible()
    shoot(page, "editor")
    page.get_by_label("What changed").fill("First layout")
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("version 1 in force")).to_be_visible()
    shoot(page, "published")

    mapping = MessageMapping.objects.get()
    connection = MappedConnectionFactory(plant=plant, mapping=mapping)
    for item in ("GEH-200", "ALU-60"):
        ItemFactory(code=item)
    UnitFactory()
    KilogramFactory()
    for centre in ("SAEG", "FRAES"):
        MachineGroupFactory(code=centre, plant=plant)
    folder = Folder.of(connection)
    folder.place.path.mkdir(parents=True)
    (folder.place.path / "fertauf.dat").write_bytes(OLD_FILE)
    assert folder.scan(now=0.0) + folder.scan(now=10.0) == 1
    message = InboundMessage.objects.get()
    order = ProductionOrder.objects.get()
    assert (order.number, order.quantity) == ("AB-98123", 1500)
    assert [(step.text, step.run_seconds) for step in order.operations.order_by("number")] == [
        ("SÄGEN", 21),
        ("FRÄSEN", 126),
    ]
    page.goto(f"/messages/mappings/{mapping.pk}/test/{message.pk}/")
    expect(page.get_by_role("cell", name="5,00-", exact=True)).to_be_visible()
    shoot(page, "test")
    page.goto(f"/messages/mappings/{mapping.pk}/versions/1/")
    shoot(page, "version")
    page.goto("/messages/mappings/")
    shoot(page, "list")


def fill(panel, fields):
    """Set each row of a record: its source is there already, or goes into an empty row."""
    for source, (target, convert) in fields.items():
        row = row_of(panel, source)
        row.get_by_label("Field here").select_option(target)
        if convert:
            row.get_by_label("Converters").fill(convert)


def row_of(panel, source):
    sources = panel.get_by_label("In the file")
    known = [sources.nth(place).input_value() for place in range(sources.count())]
    place = known.index(source) if source in known else known.index("")
    row = panel.locator("tbody tr").nth(place)
    row.get_by_label("In the file").fill(source)
    return row


def shoot(page, name):
    if folder := os.environ.get("MES_PICTURES"):
        page.screenshot(path=f"{folder}/mapping-{name}.png", full_page=True)
