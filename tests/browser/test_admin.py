"""An engineer at work in the admin, in a real browser under the product's content security policy."""

import pytest
from playwright.sync_api import expect

from mes.accounts.roles import Role
from orders.models import Item
from tests.factories.accounts import UserFactory
from tests.factories.machines import MachineFactory
from tests.factories.orders import ItemFactory


@pytest.fixture
def complaints(page):
    """What the browser complained about: refused scripts, errors in scripts, missing files."""
    found = []
    page.on("console", lambda message: found.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("response", lambda answer: found.append(answer.url) if answer.status >= 400 else None)
    return found


@pytest.fixture
def engineer(page, login, complaints):
    login(Role.ENGINEER)
    return page


def test_an_engineer_finds_and_changes_a_machine(engineer, complaints):
    MachineFactory(code="PRESS-7", name="Old press")
    engineer.goto("/admin/")
    engineer.locator(".mes-groups").get_by_role("link", name="Machines", exact=True).click()
    engineer.get_by_role("link", name="PRESS-7").click()
    engineer.locator("input[name=name]").fill("New press")
    engineer.locator("[name=_continue]").click()
    expect(engineer.locator("input[name=name]")).to_have_value("New press")
    engineer.locator("a[href$='/history/']").last.click()
    expect(engineer.locator("td", has_text="Old press").first).to_contain_text("New press")
    assert complaints == []


def test_a_relation_is_found_by_typing(engineer, complaints):
    machine = MachineFactory(plant__code="W001", plant__name="Works north")
    engineer.goto("/admin/machines/machine/add/")
    engineer.locator(".select2-selection").first.click()
    engineer.locator(".select2-search__field").last.fill("north")
    engineer.locator(".select2-results__option", has_text="Works north").click()
    expect(engineer.locator("select[name=plant]")).to_have_value(str(machine.plant_id))
    assert complaints == []


def test_a_file_is_previewed_and_confirmed(engineer, complaints):
    ItemFactory(code="FORK", name="Fork", unit__code="C62")
    body = "code;name;unit\nFORK;Fork, forged;C62\nSHAFT;Shaft;C62\n"
    engineer.goto("/admin/orders/item/import/")
    file = {"name": "items.csv", "mimeType": "text/csv", "buffer": body.encode()}
    engineer.set_input_files("input[type=file]", file)
    engineer.get_by_role("button", name="Show preview").click()
    expect(engineer.locator(".import-preview-table tr.update ins")).to_have_text(", forged")
    expect(engineer.locator(".import-preview-table tr.new")).to_contain_text("SHAFT")
    assert Item.objects.count() == 1
    engineer.get_by_role("button", name="Confirm import").click()
    expect(engineer.get_by_text("1 new, 1 updated")).to_be_visible()
    assert set(Item.objects.values_list("name", flat=True)) == {"Fork, forged", "Shaft"}
    assert complaints == []


@pytest.mark.slow
def test_every_menu_entry_opens_without_complaint_in_german(page, login, complaints):
    login(user=UserFactory(roles=[Role.ADMIN.value], language="de"))
    page.goto("/admin/")
    expect(page.locator("html")).to_have_attribute("lang", "de")
    links = page.locator(".mes-groups a").evaluate_all("links => links.map(link => link.href)")
    assert len(links) >= 28
    for link in links:
        page.goto(link)
    assert complaints == []
