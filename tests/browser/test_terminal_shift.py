"""An operator's shift at a real browser: what a person does at a machine, each piece counted once."""

import re
import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import expect

from machines.enums import MachineState
from machines.models import StopCoding
from mes.lib.live import announce
from orders.enums import EventKind, OperationState
from orders.models import Operation, ProductionEvent
from tests.factories.accounts import OperatorFactory
from tests.factories.machines import MachineFactory, StateIntervalFactory, StopReasonFactory
from tests.factories.orders import OperationFactory, OrderRequirementFactory, ScrapReasonFactory


@pytest.fixture
def anna(site):
    return OperatorFactory(first_name="Anna", last_name="Berg", badge="7004711", pin="4711")


@pytest.fixture
def operation(site):
    work = OperationFactory(
        released=True,
        position=1,
        program="O2001.NC",
        program_revision="4",
        parameters={"Feed": "0.18 mm/rev"},
        quantity=Decimal(20),
        order__number="1000471",
    )
    OrderRequirementFactory(order=work.order, kind="limit", text="Bore", lower=Decimal("24.98"), unit="mm")
    return work


@pytest.fixture
def machine(operation):
    plant = operation.plant
    ScrapReasonFactory(plant=plant, name_en="Burr")
    StopReasonFactory(plant=plant, name_en="Waiting for material")
    return MachineFactory(plant=plant, group=operation.machine_group, code="CNC-1")


def scan(page, text):
    """A scanner types fast and ends with Enter."""
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def tap(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def key_in(page, field, digits):
    page.get_by_label(field, exact=True).click()
    for digit in digits:
        page.locator(f"[data-keypad] [data-digit='{digit}']").click()


def log_on(page, machine, badge="7004711"):
    page.goto("/terminal/log-on/")
    scan(page, badge)
    page.wait_for_url(re.compile("/terminal/(machines|[0-9])"))
    page.goto(f"/terminal/{machine.pk}/")


def reports():
    return ProductionEvent.objects.filter(kind=EventKind.REPORTED)


def test_a_shift(page, anna, machine, operation):
    page.goto("/terminal/")
    scan(page, "7004711")
    page.get_by_role("link", name=re.compile("CNC-1")).click()

    # the order's label leads to its operation
    expect(page.get_by_text("1000471 / 0010")).to_be_visible()
    scan(page, "1000471/0010")
    expect(page.get_by_text("O2001.NC")).to_be_visible()
    expect(page.get_by_text("0.18 mm/rev")).to_be_visible()
    expect(page.get_by_text("24.98 …")).to_be_visible()

    tap(page, "Start setup")
    expect(page.get_by_text("in setup")).to_be_visible()
    tap(page, "Start production")
    expect(page.get_by_text("in production")).to_be_visible()

    # good and scrap in one go, with gloves; the forgotten reason is said and nothing typed is lost
    page.get_by_role("link", name="Report pieces").click()
    key_in(page, "Good", "12")
    key_in(page, "Scrap", "2")
    tap(page, "Book")
    expect(page.get_by_text("Choose the reason for scrap or rework.")).to_be_visible()
    expect(page.get_by_label("Good", exact=True)).to_have_value("12")
    page.get_by_text("Burr").click()
    tap(page, "Book")
    expect(page.get_by_text("12 good 2 scrap")).to_be_visible()

    # the machine stops; within five seconds the terminal asks why
    with page.expect_response(re.compile("/live")):
        page.goto(f"/terminal/{machine.pk}/")
    expect(page.locator(".run-card")).to_be_visible()
    an_hour_ago = timezone.now() - timedelta(hours=1)
    Operation.objects.get().runs.update(started_at=an_hour_ago, production_at=an_hour_ago)
    with transaction.atomic():
        StateIntervalFactory(
            machine=machine,
            state=MachineState.STOP,
            started_at=timezone.now() - timedelta(minutes=6),
            ended_at=None,
        )
        announce(f"machine:{machine.pk}")
    expect(page.get_by_text("Why?")).to_be_visible()
    tap(page, "Waiting for material")
    expect(page.get_by_text("Why?")).to_be_hidden()
    assert StopCoding.objects.get().by == anna

    # two of the good ones were bad after all
    page.locator(".run-link").click()
    page.get_by_role("link", name="Correct").click()
    expect(page.get_by_label("Good", exact=True)).to_have_value("12")
    key_in(page, "Good", "10")
    key_in(page, "Scrap", "4")
    page.get_by_label("Why was it wrong?").fill("Burr found late")
    tap(page, "Book the correction")
    expect(page.get_by_text("10 good 4 scrap")).to_be_visible()

    page.get_by_text("Finish", exact=True).click()
    tap(page, "Finish anyway")
    expect(page.get_by_text("free", exact=True)).to_be_visible()
    work = Operation.objects.get()
    assert work.state == OperationState.FINISHED
    assert (work.good, work.scrap) == (10, 4)


def test_a_lost_connection_and_the_back_button_count_once(page, anna, machine, operation):
    log_on(page, machine)
    page.goto(f"/terminal/{machine.pk}/operations/{operation.pk}/")
    tap(page, "Start production")
    page.get_by_role("link", name="Report pieces").click()
    key_in(page, "Good", "5")

    # the booking arrives, its answer doesn't
    def swallow(route):
        route.fetch()
        route.abort()

    page.route("**/report/", swallow)
    tap(page, "Book")
    expect(page.get_by_text("Press again: it is booked only once.")).to_be_visible()
    expect(page.get_by_label("Good", exact=True)).to_have_value("5")
    page.unroute("**/report/")
    tap(page, "Book")
    expect(page.get_by_text("5 good")).to_be_visible()
    assert [event.good for event in reports()] == [5]

    page.go_back()
    expect(page.get_by_label("Good", exact=True)).to_have_value("")
    page.go_forward()
    page.reload()
    expect(page.get_by_text("5 good")).to_be_visible()
    assert reports().count() == 1


def test_two_taps_at_once_count_once(page, anna, machine, operation):
    log_on(page, machine)
    page.goto(f"/terminal/{machine.pk}/operations/{operation.pk}/")
    tap(page, "Start production")
    page.get_by_role("link", name="Report pieces").click()
    key_in(page, "Good", "5")
    page.get_by_role("button", name="Book", exact=True).dblclick()
    expect(page.get_by_text("5 good")).to_be_visible()
    assert reports().count() == 1


def test_the_session_ends_in_the_middle(page, anna, machine, operation):
    log_on(page, machine)
    page.goto(f"/terminal/{machine.pk}/operations/{operation.pk}/")
    tap(page, "Start production")
    page.get_by_role("link", name="Report pieces").click()
    key_in(page, "Good", "7")
    page.context.clear_cookies(name="sessionid")
    tap(page, "Book")
    expect(page.get_by_text("You were logged off before this was booked.")).to_be_visible()
    page.get_by_label("Personnel number").fill(anna.personnel_number)
    page.get_by_label("PIN", exact=True).fill("4711")
    tap(page, "Log on")
    tap(page, "Book as Anna Berg")
    expect(page.get_by_text("7 good")).to_be_visible()
    assert reports().get().by == anna


def test_two_people_take_turns_with_one_tap(page, anna, machine, operation):
    ben = OperatorFactory(first_name="Ben", last_name="Kaya", badge="7004712")
    log_on(page, machine)
    scan(page, "7004712")
    expect(page.locator(".person-acting")).to_have_text("Ben Kaya")
    tap(page, "Anna Berg")
    expect(page.locator(".person-acting")).to_have_text("Anna Berg")
    page.goto(f"/terminal/{machine.pk}/operations/{operation.pk}/")
    tap(page, "Start production")
    expect(page.get_by_text("in production")).to_be_visible()
    assert ProductionEvent.objects.get(kind=EventKind.PRODUCTION_STARTED).by == anna
    tap(page, "Ben Kaya")
    tap(page, "Join")
    expect(page.get_by_role("button", name="Leave")).to_be_visible()
    assert ben.pk in ProductionEvent.objects.filter(kind=EventKind.LOGGED_ON).values_list("by", flat=True)


@pytest.mark.parametrize("size", [(1280, 800), (820, 1180)])
def test_nothing_to_touch_is_small_or_out_of_reach(page, anna, machine, operation, size):
    page.set_viewport_size({"width": size[0], "height": size[1]})
    log_on(page, machine)
    page.goto(f"/terminal/{machine.pk}/operations/{operation.pk}/")
    tap(page, "Start production")
    expect(page.get_by_text("in production")).to_be_visible()
    for address in (
        "/terminal/machines/",
        f"/terminal/{machine.pk}/",
        f"/terminal/{machine.pk}/operations/{operation.pk}/",
        f"/terminal/{machine.pk}/operations/{operation.pk}/report/",
    ):
        page.goto(address)
        small = page.evaluate(
            """[...document.querySelectorAll("a, button, input:not([type=hidden], [type=radio])")]
            .filter(e => e.offsetParent && !e.closest(".skip-link, .brand"))
            .filter(e => e.getBoundingClientRect().height < 48)
            .map(e => e.outerHTML)"""
        )
        assert small == [], address
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
    # the whole report form on one screen
    bottom = page.get_by_role("button", name="Book", exact=True).bounding_box()
    assert bottom["y"] + bottom["height"] <= size[1]


def test_keys_are_made_anew(page, anna, machine, operation):
    log_on(page, machine)
    seen = set()
    for _ in range(2):
        page.goto(f"/terminal/{machine.pk}/operations/{operation.pk}/")
        seen.add(page.locator("form[data-step] [name=key]").first.input_value())
    assert len({uuid.UUID(key) for key in seen}) == 2
