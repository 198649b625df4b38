"""S7 and S8 as a planner meets them: from the click to the answer on the page, in a real Chromium, with 5,000
open operations. Wall seconds: on a busy machine they say little, so the load stands beside them."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from playwright.sync_api import Page, expect, sync_playwright

from tests.bench.planning.rows import database, planned, plant_of
from tests.bench.planning.table import headed, row, say
from tests.bench.servers import Server, cpu_of
from tests.support.browser import chromium_path

if TYPE_CHECKING:
    from machines.models import Plant

OPERATIONS, MACHINES = 5_000, 60
TIMES = 3
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
    server = Server("web", "mes.asgi:application", "tests.browser.settings", name).start()
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
    from orders.models import Operation, ProductionOrder

    order = ProductionOrder.objects.filter(plant=plant).order_by("-id")[0]
    operation = Operation.objects.filter(plant=plant).order_by("id")[0]
    page.goto(f"/plan/what-if/?plant={plant.code}&kind=rush")
    page.get_by_label("Order", exact=True).fill(order.number)
    taken, cpu = [], 0.0
    for turn in range(1 + TIMES):
        Operation.objects.filter(pk=operation.pk).update(text=str(turn))
        page.evaluate("document.querySelector('#answers').replaceChildren()")
        before, began = cpu_of(server), time.perf_counter()
        page.get_by_role("button", name="Compare").click()
        expect(page.locator(".what-if-best")).to_be_visible(timeout=PATIENCE_MS)
        taken.append(time.perf_counter() - began)
        cpu = cpu_of(server) - before
    row("rush order", *(f"{one:.2f}" for one in (*taken, cpu)))


def _quote(page: Page, server: Server, plant: Plant) -> None:
    """A date for an item of three operations, made anew each time."""
    from machines.models import MachineGroup
    from tests.factories.orders import ItemFactory, RoutingFactory, RoutingOperationFactory

    item = ItemFactory(code=f"{plant.code}-QUOTED")
    routing = RoutingFactory(plant=plant, item=item, revision="A")
    for place, group in enumerate(MachineGroup.objects.filter(plant=plant)[:3], start=1):
        RoutingOperationFactory(
            routing=routing, number=f"{place:04d}", machine_group=group, setup_seconds=600, run_seconds=60
        )
    taken, cpu = [], 0.0
    for turn in range(1 + TIMES):
        page.goto(f"/promises/?plant={plant.code}")
        page.get_by_label("Item", exact=True).fill(item.code)
        page.get_by_label("Quantity", exact=True).fill(str(25 + turn))
        before, began = cpu_of(server), time.perf_counter()
        page.get_by_role("button", name="Make the quote").click()
        expect(page.get_by_role("heading", name="What makes it uncertain")).to_be_visible(timeout=PATIENCE_MS)
        taken.append(time.perf_counter() - began)
        cpu = cpu_of(server) - before
    row("interactive quote", *(f"{one:.2f}" for one in (*taken, cpu)))
