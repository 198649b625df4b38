"""The machine page in a real browser: its picture, and from a figure to the events behind it."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from machines.enums import MachineState
from machines.models import Machine, MachineNow
from mes.accounts.roles import Role
from mes.lib import live
from tests.factories.accounts import UserFactory
from tests.support.scene import build_scene


@pytest.fixture
def machine_page(page, login):
    build_scene()
    login(Role.SUPERVISOR)
    page.goto("/machines/PRESS-1/?period=day")
    expect(page.locator("[data-timeline] canvas")).to_be_visible()
    return page


def colours(page):
    """How many different colours the picture is made of."""
    return page.evaluate(
        """() => {
             const canvas = document.querySelector('[data-timeline] canvas');
             const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
             const seen = new Set();
             for (let i = 0; i < data.length; i += 4) seen.add(`${data[i]},${data[i+1]},${data[i+2]}`);
             return [...seen];
           }"""
    )


def test_the_timeline_draws_states_in_the_colours_of_the_wall(machine_page):
    machine_page.wait_for_function(
        """() => window.echarts.getInstanceByDom(document.querySelector('[data-timeline]'))
                  ?.getOption().series?.[0].data.length > 10"""
    )
    machine_page.wait_for_timeout(300)
    drawn = colours(machine_page)
    for state in ("running", "stop", "micro_stop"):
        token = machine_page.evaluate(
            """name => {
                 const box = document.createElement('canvas').getContext('2d');
                 box.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
                 box.fillRect(0, 0, 1, 1);
                 return [...box.getImageData(0, 0, 1, 1).data].slice(0, 3).join(',');
               }""",
            f"--state-{state}",
        )
        assert token in drawn, state


def test_the_wheel_zooms_into_the_timeline(machine_page):
    box = machine_page.locator("[data-timeline]").bounding_box()
    machine_page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 60)
    for _ in range(4):
        machine_page.mouse.wheel(0, -300)
        machine_page.wait_for_timeout(120)
    shown = machine_page.evaluate(
        """() => {
             const chart = echarts.getInstanceByDom(document.querySelector('[data-timeline]'));
             const zoom = chart.getOption().dataZoom[0];
             return zoom.end - zoom.start;
           }"""
    )
    assert shown < 100


def test_a_bar_tells_what_it_is(machine_page):
    box = machine_page.locator("[data-timeline]").bounding_box()
    machine_page.mouse.move(box["x"] + 140, box["y"] + 30)
    expect(machine_page.locator(".chart-tip .tip")).to_have_text(
        re.compile(r"(running|stop).*\d\d:\d\d:\d\d – ")
    )


def test_two_clicks_from_a_figure_to_its_events(machine_page):
    machine_page.locator(".oee-factors .figure summary", has_text="Availability").click()
    why = machine_page.locator(".figure[open] .figure-why")
    expect(why).to_contain_text("APT / PBT")
    why.get_by_role("link").click()
    expect(machine_page.locator("table.list tbody tr").first).to_be_visible()
    expect(machine_page.locator("h1")).to_contain_text("Events")


@pytest.mark.parametrize(("language", "width", "height"), [("en", 1440, 900), ("de", 1024, 768)])
def test_two_clicks_from_a_figure_of_the_plant_to_its_events(page, login, language, width, height):
    build_scene()
    login(user=UserFactory(roles=[Role.SUPERVISOR.value], language=language))
    page.set_viewport_size({"width": width, "height": height})
    page.goto("/oee/?period=day")
    figures = page.locator(".oee-card .figure")
    expect(figures).to_have_count(5)
    for place in range(5):
        figures.nth(place).locator("summary").click()
        page.locator(".figure[open] .figure-why a").first.click()
        expect(page.locator("table.list tbody tr").first).to_be_visible()
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width
        page.goto("/oee/?period=day")
    bar = page.locator("[data-pareto] .pareto tbody tr").first
    time = bar.locator("td").nth(1).inner_text()
    bar.get_by_role("link").click()
    expect(page.locator(".list-foot")).to_contain_text(time)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width


def test_one_click_from_a_reason_to_its_stops(machine_page):
    bar = machine_page.locator(".pareto tbody tr").first
    name, stops = bar.locator("th").inner_text(), bar.locator("td").nth(2).inner_text()
    bar.get_by_role("link").click()
    expect(machine_page.locator("table.list tbody tr").first).to_be_visible()
    rows = machine_page.locator("table.list tbody tr")
    assert rows.count() >= int(stops.split()[0])
    if name != "no reason given":
        expect(rows.first).to_contain_text(name)


def test_the_now_card_follows_the_machine(machine_page):
    machine = Machine.objects.get(code="PRESS-1")
    MachineNow.objects.filter(machine=machine).update(state=MachineState.STOP, since=timezone.now())
    live.announce(f"machine:{machine.pk}")
    expect(machine_page.locator(".now-state.state-stop")).to_be_visible()


def test_the_pages_speak_german(page, login):
    build_scene()
    login(user=UserFactory(roles=[Role.SUPERVISOR.value], language="de"))
    page.goto("/machines/PRESS-2/?period=day")
    assert page.locator("html").get_attribute("lang") == "de"
    expect(page.locator(".now")).to_contain_text("Induktionserwärmer gestört")


def test_no_page_is_wider_than_the_screen(page, login):
    build_scene()
    login(Role.SUPERVISOR)
    for width, height in ((1920, 1080), (1280, 800), (820, 1180)):
        page.set_viewport_size({"width": width, "height": height})
        for address in ("/wall/", "/oee/?period=day", "/machines/FURNACE-1/", "/profile/"):
            assert page.goto(address).status == 200
            assert page.evaluate("() => document.documentElement.scrollWidth") <= width, address


@pytest.mark.parametrize("width", [1440, 1024])
def test_the_oee_translator_fits_and_a_figure_of_it_leads_to_its_events_in_two_clicks(page, login, width):
    build_scene()
    login(user=UserFactory(roles=[Role.SUPERVISOR.value], language="de"))
    page.set_viewport_size({"width": width, "height": 800})
    page.goto("/oee/?period=day")
    cut = page.locator(".translated td, .translated .figure").evaluate_all(
        "all => all.filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.innerText)"
    )
    assert cut == []
    table = page.locator(".translated")
    assert table.evaluate("e => e.scrollWidth <= e.parentElement.clientWidth")
    page.locator(".translated tbody tr").last.locator("summary").first.click()
    page.locator(".translated .figure[open]").get_by_role("link").first.click()
    page.wait_for_url("**/oee/events/**")
    expect(page.locator("table.list")).to_be_visible()
