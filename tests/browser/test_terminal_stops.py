"""A stop at a real terminal: asked within seconds, answered by tap, key or scanner; split; a photo."""

import re
import time
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from machines.domain.ingest import append
from machines.domain.interpret import interpret_dirty
from machines.models import StopCoding, StopPhoto
from mes.accounts.roles import Role
from tests.browser.test_terminal_shift import log_on, scan, tap
from tests.factories.accounts import OperatorFactory
from tests.factories.machines import (
    AndonKindFactory,
    AndonStepFactory,
    MeasuredMachineFactory,
    StopReasonFactory,
)
from tests.factories.orders import OperationFactory, RunFactory
from tests.machines.test_photos import picture

ASKED_WITHIN_SECONDS = 60


@pytest.fixture
def machine(site):
    """It makes a piece every ten seconds until now; a standstill of five seconds is a stop."""
    OperatorFactory(first_name="Anna", last_name="Berg", badge="7004711")
    operation = OperationFactory(in_production=True, position=1)
    machine = MeasuredMachineFactory(
        plant=operation.plant,
        group=operation.machine_group,
        code="PRESS-1",
        silence_seconds=0,
        micro_stop_seconds=Decimal(300),
    )
    for code, name in (("JAM", "Jammed"), ("MATERIAL", "Material missing"), ("TOOL", "Tool broken")):
        StopReasonFactory(plant=machine.plant, code=code, name_en=name)
    RunFactory(operation=operation, machine=machine, started_at=timezone.now() - timedelta(hours=1))
    return machine


class Plc:
    def __init__(self, machine):
        self.machine, self.number = machine, 0

    def send(self, item, value, at):
        self.number += 1
        sample = {
            "machine": self.machine.code,
            "source": "plc",
            "boot": "b",
            "seq": self.number,
            "ts": at.isoformat(),
            "item": item,
            "value": value,
        }
        append([sample], at, channel="test")

    def stopped_for(self, seconds):
        """Two cycles, then nothing more until now."""
        now = timezone.now()
        for back in (seconds + 10, seconds):
            self.send("cycle_event", True, now - timedelta(seconds=back))
        interpret_dirty(timezone.now())


def test_a_stop_is_asked_about_within_seconds_and_answered_with_one_tap(page, machine):
    plc = Plc(machine)
    plc.stopped_for(297)
    log_on(page, machine)
    expect(page.locator(".run-card")).to_be_visible()
    expect(page.get_by_text("Why?")).to_be_hidden()
    began = time.monotonic()
    while not page.get_by_text("Why?").is_visible() and time.monotonic() < began + ASKED_WITHIN_SECONDS:
        interpret_dirty(timezone.now())
        page.wait_for_timeout(100)
    became_a_stop = machine.now.get().since + timedelta(seconds=300)
    print(f"asked {(timezone.now() - became_a_stop).total_seconds():.1f} s after it became a stop")  # noqa: T201
    buttons = page.locator(".stop-card button.reason")
    expect(buttons).to_have_count(3)
    for box in (button.bounding_box() for button in buttons.all()):
        assert min(box["width"], box["height"]) >= 48
    tap(page, "Jammed")
    expect(page.get_by_text("Why?")).to_be_hidden()
    assert StopCoding.objects.get().reason.code == "JAM"


def test_a_fault_is_asked_about_at_once_and_a_key_answers(page, machine):
    plc = Plc(machine)
    plc.stopped_for(20)
    log_on(page, machine)
    expect(page.locator(".run-card")).to_be_visible()
    plc.send("alarm", "FAULT|E77", timezone.now())
    interpret_dirty(timezone.now())
    expect(page.get_by_text("Why?")).to_be_visible(timeout=ASKED_WITHIN_SECONDS * 1000)
    expect(page.locator(".stop-card .chip")).to_have_text("E77")
    page.keyboard.press("Alt+2")
    expect(page.get_by_text("Why?")).to_be_hidden()
    assert StopCoding.objects.get().reason.code == "MATERIAL"


def test_a_scanner_answers_and_the_stop_is_split_later_with_a_photo(page, machine, tmp_path):
    plc = Plc(machine)
    plc.stopped_for(900)
    log_on(page, machine)
    expect(page.get_by_text("Why?")).to_be_visible()
    scan(page, "STOP:TOOL")
    expect(page.get_by_text("Reason given: Tool broken")).to_be_visible()
    page.get_by_role("link", name="Stops").click()
    page.get_by_role("link", name=re.compile("Tool broken")).click()
    page.get_by_text("Two reasons: split").click()
    page.get_by_label("First reason", exact=True).select_option(label="Jammed")
    page.get_by_label("Second reason", exact=True).select_option(label="Tool broken")
    page.get_by_role("button", name="Split", exact=True).click()
    expect(page.get_by_text("The stop has two reasons now.")).to_be_visible()
    assert sorted(one.reason.code for one in StopCoding.objects.in_force()) == ["JAM", "TOOL"]
    expect(page.get_by_role("button", name=re.compile("Join with the stop"))).to_be_visible()
    file = tmp_path / "photo.jpg"
    file.write_bytes(picture(2000, 1500))
    page.get_by_label("Take a photo").set_input_files(file)
    expect(page.get_by_text("The photo is kept with the stop.")).to_be_visible()
    expect(page.locator(".photos img")).to_be_visible()
    assert StopPhoto.objects.get().width == 1600


def test_a_call_stands_on_the_wall_at_once_with_who_comes(page, machine):
    kind = AndonKindFactory(plant=machine.plant, name_en="Maintenance", icon="tools")
    AndonStepFactory(kind=kind, role=Role.SUPERVISOR.value)
    context = page.context
    log_on(page, machine)
    wall = context.new_page()
    with wall.expect_response(re.compile("/live")):
        wall.goto("/wall/")
    expect(wall.get_by_text("PRESS-1").first).to_be_visible()
    page.get_by_role("link", name="Call help").click()
    tap(page, "Maintenance")
    began = time.monotonic()
    expect(wall.get_by_text("nobody is coming yet")).to_be_visible(timeout=ASKED_WITHIN_SECONDS * 1000)
    print(f"on the wall after {time.monotonic() - began:.2f} s")  # noqa: T201
    tap(page, "I am coming")
    expect(wall.get_by_text("Anna Berg is coming")).to_be_visible(timeout=ASKED_WITHIN_SECONDS * 1000)
    tap(page, "Close: solved")
    expect(wall.get_by_text("Maintenance")).to_be_hidden(timeout=ASKED_WITHIN_SECONDS * 1000)
    wall.close()
