"""The wall in a real browser: live tiles, their delay, a lost connection and its end."""

import statistics
import time
import uuid

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from machines.domain.andon import call_help
from machines.enums import MachineState
from machines.models import Machine, MachineNow
from mes.accounts.roles import Role
from mes.lib import live
from tests.factories.machines import AndonKindFactory, AndonStepFactory
from tests.support.scene import build_scene


@pytest.fixture
def wall(page, login):
    build_scene()
    login(Role.SUPERVISOR)
    page.goto("/wall/")
    expect(page.locator(".tile")).to_have_count(12)
    return page


def tile(page, code):
    pk = Machine.objects.get(code=code).pk
    return page.locator(f"#wall-tile-{pk}")


def turn(code, state):
    machine = Machine.objects.get(code=code)
    MachineNow.objects.filter(machine=machine).update(state=state, since=timezone.now())
    live.announce(f"machine:{machine.pk}")


def test_a_tile_follows_its_machine(wall):
    expect(tile(wall, "PRESS-1")).to_contain_text("running", ignore_case=True)
    turn("PRESS-1", MachineState.STOP)
    expect(tile(wall, "PRESS-1").locator(".state-stop")).to_be_visible()
    expect(tile(wall, "PRESS-1")).to_contain_text("stop", ignore_case=True)
    expect(wall.locator(".counts .count", has_text="stop").first).to_contain_text("2")


def test_what_is_swapped_in_equals_a_fresh_load(wall):
    for code, state in (("PRESS-1", MachineState.STOP), ("PRESS-2", MachineState.PRODUCING)):
        turn(code, state)
        expect(tile(wall, code).locator(f".state-{'stop' if state == 'stop' else 'running'}")).to_be_visible()
    wall.wait_for_timeout(700)
    swapped = texts(wall)
    wall.reload()
    expect(wall.locator(".tile")).to_have_count(12)
    assert texts(wall) == swapped


def texts(page):
    """What every tile and the counts say, without what changes with the time of asking."""
    return page.evaluate(
        """() => [...document.querySelectorAll('.tile-slot, .counts')].map(e => {
             const copy = e.cloneNode(true);
             copy.querySelectorAll('time, .tile-foot').forEach(t => t.remove());
             return copy.innerHTML.replace(/\\s+/g, ' ').trim();
           })"""
    )


def test_every_change_reaches_the_screen_and_its_delay_is_told(wall):
    """The 95th percentile of twenty changes, from the committed notice to the changed tile, is printed."""
    pk = Machine.objects.get(code="PRESS-1").pk
    wall.wait_for_timeout(1500)
    delays = []
    for number in range(20):
        state, shown = (MachineState.STOP, "stop") if number % 2 == 0 else (MachineState.PRODUCING, "running")
        began = time.perf_counter()
        turn("PRESS-1", state)
        wall.wait_for_function(
            "([id, state]) => document.querySelector(`#wall-tile-${id} .tile.state-${state}`)",
            arg=[pk, shown],
            polling=20,
        )
        delays.append(time.perf_counter() - began)
    p95 = statistics.quantiles(delays, n=20)[-1]
    print(f"signal to screen: median {statistics.median(delays):.3f} s, p95 {p95:.3f} s")  # noqa: T201


def test_trouble_first_puts_the_stop_at_the_top(wall):
    wall.get_by_label("Trouble first").check()
    wall.wait_for_url("**sort=trouble**")
    expect(wall.locator(".tile")).to_have_count(12)
    boxes = {
        state: wall.locator(f".tile.state-{state}").first.bounding_box() for state in ("stop", "running")
    }
    order = {state: (box["y"], box["x"]) for state, box in boxes.items()}
    assert order["stop"] < order["running"]


def test_since_when_ticks_by_itself(wall):
    turn("CNC-1", MachineState.STOP)
    expect(tile(wall, "CNC-1").locator(".state-stop")).to_be_visible()
    first = tile(wall, "CNC-1").locator("time").inner_text()
    wall.wait_for_timeout(2200)
    assert tile(wall, "CNC-1").locator("time").inner_text() != first


def test_a_lost_connection_is_shown_and_recovers_with_what_was_missed(wall, site):
    banner = wall.locator("[data-lost]")
    expect(banner).to_be_hidden()
    site.stop()
    try:
        expect(banner).to_be_visible()
        expect(banner).to_contain_text("Connection lost")
        turn("PRESS-1", MachineState.STOP)
    finally:
        site.start()
    expect(banner).to_be_hidden()
    expect(tile(wall, "PRESS-1").locator(".state-stop")).to_be_visible()


def test_an_open_form_is_left_alone_until_it_is_left(wall):
    slot = tile(wall, "PRESS-1")
    slot.evaluate(
        "e => { e.innerHTML = '<form><input name=note></form>'; e.querySelector('input').focus(); }"
    )
    wall.keyboard.type("half a sen")
    turn("PRESS-1", MachineState.STOP)
    wall.wait_for_timeout(1500)
    assert slot.locator("input").input_value() == "half a sen"
    slot.evaluate("() => document.activeElement.blur()")
    expect(slot.locator(".state-stop")).to_be_visible()


def test_tv_mode_fills_the_screen_with_all_tiles(wall):
    wall.set_viewport_size({"width": 1920, "height": 1080})
    wall.goto("/wall/?tv=600")
    expect(wall.locator(".tile")).to_have_count(12)
    boxes = [one.bounding_box() for one in wall.locator(".tile").all()]
    assert max(box["y"] + box["height"] for box in boxes) <= 1080, "nothing has to be scrolled to"
    assert sum(box["width"] * box["height"] for box in boxes) > 0.75 * 1920 * 1080
    size = wall.locator(".tile-name b").first.evaluate("e => parseFloat(getComputedStyle(e).fontSize)")
    assert size >= 24
    cut = wall.locator(".tile").evaluate_all(
        "tiles => tiles.filter(e => e.scrollHeight > e.clientHeight + 1).map(e => e.innerText)"
    )
    assert cut == [], "each tile shows all it has"


@pytest.mark.parametrize("query", ["?sort=trouble", "?sort=trouble&tv=600"])
def test_the_language_is_switched_on_the_wall_and_stays_for_what_is_swapped_in(wall, query):
    wall.goto(f"/wall/{query}")
    expect(tile(wall, "PRESS-1")).to_contain_text("running")
    wall.get_by_role("button", name="DE", exact=True).click()
    expect(wall.locator("html")).to_have_attribute("lang", "de")
    assert wall.url.endswith(f"/wall/{query}")
    expect(tile(wall, "PRESS-1")).to_contain_text("läuft")
    turn("PRESS-1", MachineState.STOP)
    expect(tile(wall, "PRESS-1").locator(".state-stop")).to_be_visible()
    expect(tile(wall, "PRESS-1")).to_contain_text("Stillstand")
    wall.set_viewport_size({"width": 1024, "height": 768})
    assert wall.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_call_that_comes_on_an_open_page_is_seen_once_the_page_is_in_view(wall):
    machine = Machine.objects.get(code="PRESS-1")
    kind = AndonKindFactory(plant=machine.plant, name_en="Maintenance")
    AndonStepFactory(kind=kind, role=Role.SUPERVISOR.value)
    wall.goto("/andon/")
    expect(wall.locator("#content")).to_contain_text("Nobody calls for help.")
    wall.wait_for_timeout(1500)
    wall.evaluate("Object.defineProperty(document, 'hidden', { value: true, configurable: true })")
    call_help(machine=machine, kind=kind, by=None, key=uuid.uuid4())
    expect(wall.locator(".andon-row")).to_contain_text("nobody is coming yet")
    wall.wait_for_timeout(1000)
    expect(wall.locator(".andon-seen")).to_have_count(0)
    wall.evaluate("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))")
    expect(wall.locator(".andon-seen")).to_contain_text("seen by")
