"""S7 and S8 as a planner meets them: from the click, or from the event, to the answer on the page, in a real
Chromium, with 5,000 open operations; and how the board moves. Wall seconds: on a busy machine they say
little, so the load stands beside them."""

from __future__ import annotations

import os
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from playwright.sync_api import Page, expect, sync_playwright

from tests.bench.planning.rows import database, planned, plant_of
from tests.bench.planning.table import headed, row, say
from tests.bench.servers import Server, cpu_of
from tests.support.browser import chromium_path

if TYPE_CHECKING:
    from machines.models import Plant

OPERATIONS, MACHINES = 5_000, 60
WIDE = 500
"""Machines on the board that is moved."""
TIMES = 3
BEAT = 3.0
"""Seconds between two looks whether the plan is stale, as in production."""
PATIENCE_MS = 90_000


def screens(budgets: list[float]) -> None:
    with database():
        plant = plant_of(OPERATIONS, MACHINES)
        planned(plant, int(budgets[0]))
        say(f"load when it began: {os.getloadavg()[0]:.1f}")
        with _browser() as (page, server):
            headed(
                "In the browser, seconds", "what", "first", *("again" for _ in range(TIMES)), "CPU of last"
            )
            _rush(page, server, plant)
            _quote(page, server, plant)
            _stop(page, plant)


def board(budgets: list[float]) -> None:
    with database():
        plant = plant_of(OPERATIONS, WIDE)
        planned(plant, int(budgets[0]))
        say(f"load when it began: {os.getloadavg()[0]:.1f}")
        with _browser() as (page, _server):
            _board(page, plant)


@contextmanager
def _browser() -> Iterator[tuple[Page, Server]]:
    """A page with a planner's session, and the web process behind it."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.db import connection

    from mes.settings.database import libpq_url
    from tests.factories.accounts import PlannerFactory

    user, store = PlannerFactory(), SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    name = libpq_url(connection.settings_dict)
    server = Server("web", "mes.asgi:application", "tests.bench.planning.settings", name).start()
    try:
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(
                executable_path=chromium_path(), args=["--no-sandbox", "--disable-gpu"]
            )
            site = f"http://127.0.0.1:{server.port}"
            context = chromium.new_context(base_url=site, locale="en-GB")
            context.add_cookies(
                [{"name": settings.SESSION_COOKIE_NAME, "value": store.session_key or "", "url": site}]
            )
            page = context.new_page()
            page.set_default_timeout(PATIENCE_MS)
            yield page, server
            chromium.close()
    finally:
        server.stop()


def _rush(page: Page, server: Server, plant: Plant) -> None:
    """Three answers to one order that is wanted now; before each, something is booked."""
    from orders.models import ProductionOrder

    order = ProductionOrder.objects.filter(plant=plant).order_by("-id")[0]
    page.goto(f"/plan/what-if/?plant={plant.code}&kind=rush")
    page.get_by_label("Order", exact=True).fill(order.number)
    taken, cpu = [], 0.0
    for _turn in range(1 + TIMES):
        _booked(plant)
        page.evaluate("document.querySelector('#answers').replaceChildren()")
        before, began = cpu_of(server), time.perf_counter()
        page.get_by_role("button", name="Compare").click()
        expect(page.locator(".what-if-best")).to_be_visible(timeout=PATIENCE_MS)
        taken.append(time.perf_counter() - began)
        cpu = cpu_of(server) - before
    row("rush order", *(f"{one:.2f}" for one in (*taken, cpu)))


def _booked(plant: Plant) -> None:
    """Something changed of what a plan is made of: what a process keeps of the plant holds no longer."""
    from django.utils import timezone

    from orders.models import Operation

    first = Operation.objects.filter(plant=plant).order_by("id").values("pk")[:1]
    Operation.objects.filter(pk__in=first).update(not_before_at=timezone.now())


def _quote(page: Page, server: Server, plant: Plant) -> None:
    """A date for an item of three operations, made anew each time: first with something booked before each,
    then while nothing was."""
    from machines.models import MachineGroup
    from tests.factories.orders import ItemFactory, RoutingFactory, RoutingOperationFactory

    item = ItemFactory(code=f"{plant.code}-QUOTED")
    routing = RoutingFactory(plant=plant, item=item, revision="A")
    for place, group in enumerate(MachineGroup.objects.filter(plant=plant)[:3], start=1):
        RoutingOperationFactory(
            routing=routing, number=f"{place:04d}", machine_group=group, setup_seconds=600, run_seconds=60
        )
    for named, is_booked in (("interactive quote", True), ("quote, nothing booked", False)):
        taken, cpu = [], 0.0
        for turn in range(1 + TIMES):
            if is_booked:
                _booked(plant)
            page.goto(f"/promises/?plant={plant.code}")
            page.get_by_label("Item", exact=True).fill(item.code)
            page.get_by_label("Quantity", exact=True).fill(str(25 + turn))
            before, began = cpu_of(server), time.perf_counter()
            page.get_by_role("button", name="Make the quote").click()
            uncertain = page.get_by_role("heading", name="What makes it uncertain")
            expect(uncertain).to_be_visible(timeout=PATIENCE_MS)
            taken.append(time.perf_counter() - began)
            cpu = cpu_of(server) - before
        row(named, *(f"{one:.2f}" for one in (*taken, cpu)))


def _stop(page: Page, plant: Plant) -> None:
    """The busiest machines stand still with work left unfinished, one after the other: from the row that says
    so until the page, which nobody touches, offers the adapted plan. Someone looks every ``BEAT`` seconds,
    like the worker. On a weekend nobody waits for a machine, and there is nothing to measure."""
    from django.utils import timezone

    from machines.enums import MachineState
    from machines.models import MachineNow
    from orders.enums import OnStale
    from orders.models import Plan, PlanRule

    PlanRule.objects.filter(plant=plant).update(on_stale=OnStale.DRAFT, pause_seconds=0)
    taken = []
    with _looking() as alone:
        for machine in _busiest(plant, 1 + TIMES):
            MachineNow.objects.filter(machine__plant=plant).delete()
            page.goto(f"/plan/?plant={plant.code}")
            began = time.perf_counter()
            number = 1 + Plan.objects.filter(plant=plant).order_by("-number")[0].number
            since = timezone.now() - timedelta(hours=5)
            _leave_unfinished(machine, at=since)
            MachineNow.objects.create(machine_id=machine, slot=1, state=MachineState.STOP, since=since)
            expect(page.get_by_text(f"Plan {number} is ready")).to_be_visible(timeout=PATIENCE_MS)
            taken.append(time.perf_counter() - began)
    row("stop to plan on page", *(f"{one:.2f}" for one in taken), "")
    row("of that, replanning", *(f"{one:.2f}" for one in alone), "")


def _leave_unfinished(machine: int, *, at: datetime) -> None:
    """The first that is planned on the machine."""
    from orders.enums import OperationState, PlanState
    from orders.models import Operation, PlanEntry
    from tests.factories.orders import RunFactory

    entry = PlanEntry.objects.filter(machine=machine, plan__state=PlanState.PUBLISHED).earliest("start_at")
    begun = at - timedelta(hours=1)
    Operation.objects.filter(pk=entry.operation_id).update(state=OperationState.INTERRUPTED, started_at=begun)
    RunFactory(operation=entry.operation, machine=entry.machine, started_at=begun, ended_at=at)


@contextmanager
def _looking() -> Iterator[list[float]]:
    """What a worker does; the seconds of the looks that made a plan."""
    from django.db import connection

    from orders.planning.replan import replan_stale

    alone: list[float] = []
    over = threading.Event()

    def look() -> None:
        while not over.wait(BEAT):
            began = time.perf_counter()
            if replan_stale():
                alone.append(time.perf_counter() - began)
        connection.close()

    worker = threading.Thread(target=look)
    worker.start()
    try:
        yield alone
    finally:
        over.set()
        worker.join()


def _busiest(plant: Plant, count: int) -> list[int]:
    """Ids of the machines with most work in the plan in force."""
    from django.db.models import Count

    from orders.enums import PlanState
    from orders.models import PlanEntry

    entries = PlanEntry.objects.filter(
        plan__plant=plant, plan__state=PlanState.PUBLISHED, machine__isnull=False
    )
    found = entries.values("machine").annotate(work=Count("pk")).order_by("-work")
    return [one["machine"] for one in found[:count]]


def _board(page: Page, plant: Plant) -> None:
    """From the address to the painted board, and how long a picture takes while it is moved: 16.7 ms are all
    there is at 60 a second."""
    began = time.perf_counter()
    page.goto(f"/plan/?plant={plant.code}")
    page.wait_for_function("() => document.querySelector('.board-scroll')?.scrollHeight > 5000")
    say(f"board of {WIDE} machines painted after {time.perf_counter() - began:.2f} s")
    frames = sorted(
        page.evaluate(
            """async () => {
                const scroller = document.querySelector('.board-scroll'), taken = [];
                let last = performance.now();
                for (let turn = 0; turn < 150; turn++) {
                    const way = turn % 60 < 30 ? 40 : -40;
                    const options = {deltaX: way, bubbles: true, cancelable: true};
                    scroller.dispatchEvent(new WheelEvent('wheel', options));
                    scroller.scrollTop += 12;
                    await new Promise(requestAnimationFrame);
                    taken.push(performance.now() - last);
                    last = performance.now();
                }
                return taken.slice(5);
            }"""
        )
    )
    median, slow = statistics.median(frames), frames[int(0.95 * len(frames))]
    say(f"moved by hand: a picture every {median:.1f} ms (median), {slow:.1f} ms (95 %)")
