"""An engineer connects a machine without code: protocol, address, items, mapping, switch on."""

import json
import os
import subprocess
import sys

import pytest
from django.db import connection
from playwright.sync_api import expect

from integrations.models import SignalConnection, SignalMapping
from mes.accounts.roles import Role
from mes.settings.database import libpq_url
from tests.browser.conftest import ROOT
from tests.factories.machines import MeasuredMachineFactory
from tests.integrations.signals.broker import RunningBroker, publish_now

PRESS, OVEN = "plant/hall1/PRESS/state", "plant/hall1/OVEN/out"


@pytest.fixture
def broker():
    with RunningBroker() as running:
        yield running


@pytest.fixture
def gateway_process(site, broker):
    """The real `manage.py gateway` on the test database."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", "gateway"],
        cwd=ROOT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.browser.settings",
            "MES_DATABASE_URL": libpq_url(connection.settings_dict),
            "MES_MQTT_URL": broker.url,
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    yield
    process.terminate()
    process.wait(60)


def say(broker, topic, value, *, retain=True):
    publish_now(broker.url, (topic, json.dumps(value).encode()), retain=retain)


def test_a_machine_is_connected_without_code(page, login, broker, gateway_process):
    press = MeasuredMachineFactory(code="PRESS", name="Press 1")
    say(broker, PRESS, {"timestamp_ms": 1_772_452_800_000, "value": "LÄUFT"})
    say(broker, OVEN, {"good": 4, "temperature": 181.5})
    login(Role.ENGINEER)

    page.goto("/connections/")
    page.get_by_role("link", name="Connect a machine").click()
    page.get_by_role("link", name="MQTT topics").click()
    page.get_by_label("code").fill("hall1")
    page.get_by_label("Name", exact=True).fill("Hall 1 name space")
    page.get_by_label("Plant", exact=True).select_option(label=str(press.plant))
    page.get_by_label("address").fill(broker.url)
    page.get_by_label("Topics").fill("plant/#")
    page.get_by_label("Listen for items (s)").fill("5")
    page.get_by_role("button", name="Save").click()

    page.get_by_role("link", name="Test and show items").click()
    expect(page.get_by_text("It answers: 3 items")).to_be_visible()
    device = page.locator("details.device", has_text="plant/hall1/PRESS")
    expect(device.get_by_label("Machine")).to_have_value(str(press.pk))
    expect(device.get_by_role("checkbox")).to_be_checked()
    shoot(page, "items")
    oven = page.locator("details.device", has_text="plant/hall1/OVEN").locator("tr", has_text="temperature")
    expect(oven.get_by_role("checkbox")).not_to_be_checked()
    oven.get_by_label("Role").select_option("tool")
    expect(oven.get_by_role("checkbox")).to_be_checked()
    oven.get_by_label("Role").select_option("")
    expect(oven.get_by_role("checkbox")).not_to_be_checked()
    value = device.locator("td.num span")
    say(broker, PRESS, {"timestamp_ms": 1_772_452_801_000, "value": "HALT"})
    expect(value).to_have_text("HALT")
    device.get_by_role("button", name="Map to this machine").click()

    page.get_by_role("button", name="Switch on").click()
    expect(page.get_by_text("connected", exact=False).first).to_be_visible()
    unknown = page.get_by_role("link", name="1 unknown word: HALT")
    expect(unknown).to_be_visible()
    shoot(page, "unknown")
    unknown.click()
    page.get_by_placeholder("unknown to the rules").fill("STOPPED")
    shoot(page, "mapping")
    page.get_by_role("button", name="Save").click()
    say(broker, PRESS, {"timestamp_ms": 1_772_452_802_000, "value": "HALT"})
    expect(page.locator("td b", has_text="STOPPED")).to_be_visible()
    shoot(page, "values")

    (mapping,) = SignalMapping.objects.all()
    assert (mapping.address, mapping.values) == (PRESS, {"HALT": "STOPPED"})
    assert SignalConnection.objects.get().active
    page.goto("/connections/")
    expect(page.get_by_role("link", name="hall1")).to_be_visible()
    shoot(page, "list")


def test_why_nothing_answers_is_said_in_plain_words(page, login, broker, gateway_process):
    press = MeasuredMachineFactory()
    wrong = SignalConnection.objects.create(
        code="wrong", name="Wrong port", plant=press.plant, protocol="topics", address="mqtt://127.0.0.1:9"
    )
    login(Role.ENGINEER)
    page.goto(f"/connections/{wrong.pk}/items/")
    expect(page.get_by_role("alert")).to_contain_text("nothing listens at this port")
    shoot(page, "refused")


def shoot(page, name):
    if folder := os.environ.get("MES_PICTURES"):
        page.screenshot(path=f"{folder}/connect-{name}.png", full_page=True)
