"""From a standstill to the question on the terminal: broker, gateway, interpreter, web, a real browser.

Each machine has a terminal's page open in Chromium. First faults: a machine that has made nothing for a while
reports one, and is asked about at once. Then thresholds: machines make nothing any more, half of them with a
threshold of a minute, the others with a shorter one, which are asked about when an order has lost a minute.
The age is taken when the question stands on the page.
"""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from statistics import median
from typing import TYPE_CHECKING

import orjson

from tests.bench.servers import Server
from tests.bench.stream import MissingBroker, Process

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CYCLES = 6
STANDING_SECONDS = 15.0
"""So long a machine makes nothing before it reports a fault."""
APART_SECONDS = 0.7
LONGEST_SECONDS = 45.0
ASKED_FROM = timedelta(minutes=1)
SHORT_THRESHOLD = Decimal(20)
WATCH = """() => {
    window.askedAt = null;
    const look = () => {
        const card = document.querySelector(".stop-card");
        if (card === null) window.askedAt = null;
        else window.askedAt ??= Date.now();
    };
    new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
}"""


@dataclass
class Floor:
    """The machines, what they have sent, and the page of each one's terminal."""

    broker: str
    codes: dict[int, str]
    pages: dict[int, Page] = field(default_factory=dict)
    sent: dict[int, int] = field(default_factory=dict)

    def send(self, machines: Sequence[int], item: str, value: object) -> float:
        """Publish one sample of each; returns when."""
        from tests.integrations.signals.broker import publish_now

        now = time.time()
        rows = []
        for machine in machines:
            self.sent[machine] = self.sent.get(machine, 0) + 1
            rows.append(
                {
                    "machine": self.codes[machine],
                    "source": "plc",
                    "boot": "asked",
                    "seq": self.sent[machine],
                    "ts": datetime.fromtimestamp(now, UTC).isoformat(),
                    "item": item,
                    "value": value,
                }
            )
        publish_now(self.broker, ("mes/bench/line/samples", orjson.dumps(rows)))
        return now

    def produce(self, machines: Sequence[int]) -> None:
        for _ in range(CYCLES):
            self.send(machines, "cycle_event", True)
            self.wait(1.0)

    def wait(self, seconds: float) -> None:
        """The browser goes on meanwhile."""
        next(iter(self.pages.values())).wait_for_timeout(seconds * 1000)

    def asked_at(self, machine: int) -> float | None:
        found = self.pages[machine].evaluate("() => window.askedAt")
        return None if found is None else float(found) / 1000

    def wait_for_questions(self, seconds: float = LONGEST_SECONDS) -> dict[int, float]:
        """When each machine's question stood on its page; those that never came are left out."""
        end = time.monotonic() + seconds
        found: dict[int, float] = {}
        while len(found) < len(self.codes) and time.monotonic() < end:
            self.wait(0.5)
            for machine in self.codes.keys() - found.keys():
                if (at := self.asked_at(machine)) is not None:
                    found[machine] = at
        return found

    def go_on(self) -> None:
        """All make parts again, what was asked is answered, and no page asks any more."""
        from machines.domain.stops import code_stop
        from machines.models import Machine, StopReason
        from orders.queries.stops import stops_to_ask

        machines = list(self.codes)
        self.send(machines, "alarm", "NORMAL|E417")
        self.produce(machines)
        for machine in Machine.objects.filter(pk__in=machines).select_related("plant"):
            reason = StopReason.objects.filter(plant=machine.plant).earliest("pk")
            for stop in stops_to_ask(machine):
                code_stop(
                    machine=machine,
                    slot=stop.slot,
                    started_at=stop.start,
                    reason=reason,
                    by=None,
                    key=uuid.uuid4(),
                )
        end = time.monotonic() + LONGEST_SECONDS
        while any(map(self.asked_at, machines)) and time.monotonic() < end:
            self.wait(0.5)


def measure(database: str, session: str, *, machines: int, rounds: int) -> Iterator[str]:
    """Lines of a table. ``session`` is the cookie of somebody who may work at terminals."""
    from django.db import connection
    from playwright.sync_api import sync_playwright

    from tests.integrations.signals.broker import MOSQUITTO, RunningMosquitto
    from tests.support.browser import chromium_path

    if MOSQUITTO is None:
        raise MissingBroker
    codes = _machines(machines)
    environment = {"MES_DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "tests.bench.settings"}
    server = Server("terminal", "mes.asgi:application", "tests.browser.settings", database).start()
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright keeps a loop running in this thread
    try:
        with RunningMosquitto() as broker, sync_playwright() as playwright:
            gateway = Process("gateway", **environment, MES_MQTT_URL=broker.url)
            interpreter = Process("interpret", **environment)
            browser = playwright.chromium.launch(executable_path=chromium_path(), args=["--no-sandbox"])
            try:
                floor = Floor(broker.url, codes)
                for machine in codes:
                    floor.pages[machine] = _terminal(browser, server.port, session, machine)
                _warm_up(floor)
                yield _line("fault → question on the terminal", _faults(floor, rounds), machines * rounds)
                usual, short = _thresholds(floor)
                yield _line("end of the threshold of a minute → question", usual, (machines + 1) // 2)
                yield _line("a minute lost, shorter threshold → question", short, machines // 2)
            finally:
                connection.close()  # the loop's own, beside that of this thread
                browser.close()
                interpreter.stop()
                gateway.stop()
    finally:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
        server.stop()


def _terminal(browser: Browser, port: int, session: str, machine: int) -> Page:
    """A browser of its own, as at a machine: one holds at most six connections to a server."""
    context = browser.new_context(base_url=f"http://127.0.0.1:{port}")
    name, _, value = session.partition("=")
    context.add_cookies([{"name": name, "value": value, "domain": "127.0.0.1", "path": "/"}])
    page = context.new_page()
    page.set_default_timeout(120_000)
    with page.expect_response("**/live?**"):
        page.goto(f"/terminal/{machine}/")
    page.evaluate(WATCH)
    return page


def _machines(number: int) -> dict[int, str]:
    """Machines with an order in production for an hour, and reasons to choose from."""
    from django.utils import timezone

    from tests.factories.machines import MeasuredMachineFactory, PlantFactory, StopReasonFactory
    from tests.factories.orders import OperationFactory, RunFactory

    name = uuid.uuid4().hex[:6]
    plant = PlantFactory(code=name)
    for _ in range(6):
        StopReasonFactory(plant=plant)
    codes = {}
    for place in range(number):
        machine = MeasuredMachineFactory(
            plant=plant,
            code=f"{name}-{place}",
            silence_seconds=0,
            reference_cycle_seconds=Decimal(1),
            micro_stop_seconds=SHORT_THRESHOLD if place % 2 else Decimal(60),
        )
        operation = OperationFactory(in_production=True, order__plant=plant, machine_group=machine.group)
        RunFactory(operation=operation, machine=machine, started_at=timezone.now() - timedelta(hours=1))
        codes[machine.pk] = machine.code
    return codes


def _warm_up(floor: Floor) -> None:
    """Until both processes know the machines, and one question was drawn on each page."""
    from machines.models import MachineNow

    while MachineNow.objects.filter(machine__in=floor.codes).count() < len(floor.codes):
        floor.produce(list(floor.codes))
    floor.wait(STANDING_SECONDS)
    floor.send(list(floor.codes), "alarm", "FAULT|E417")
    floor.wait_for_questions()
    floor.go_on()


def _faults(floor: Floor, rounds: int) -> list[float]:
    ages = []
    for _ in range(rounds):
        floor.produce(list(floor.codes))
        floor.wait(STANDING_SECONDS)
        sent = {}
        for machine in floor.codes:
            sent[machine] = floor.send([machine], "alarm", "FAULT|E417")
            floor.wait(APART_SECONDS)
        asked = floor.wait_for_questions()
        ages += [asked[machine] - sent[machine] for machine in asked]
        floor.go_on()
    return ages


def _thresholds(floor: Floor) -> tuple[list[float], list[float]]:
    """The ages of machines with a threshold of a minute, and of those with a shorter one."""
    from machines.models import MachineNow

    floor.produce(list(floor.codes))
    for machine in floor.codes:
        floor.send([machine], "cycle_event", True)
        floor.wait(APART_SECONDS)
    asked = floor.wait_for_questions(ASKED_FROM.total_seconds() + LONGEST_SECONDS)
    since = dict(MachineNow.objects.filter(machine__in=floor.codes).values_list("machine_id", "since"))
    ages: tuple[list[float], list[float]] = ([], [])
    for place, machine in enumerate(floor.codes):
        if machine in asked:
            ages[place % 2].append(asked[machine] - (since[machine] + ASKED_FROM).timestamp())
    return ages


def _line(name: str, ages: Sequence[float], expected: int) -> str:
    if not ages:
        return f"{name:<52}never asked"
    ordered = sorted(ages)
    p95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    missing = f", {expected - len(ages)} never asked" if len(ages) < expected else ""
    return (
        f"{name:<46} p50 {median(ages):.2f} s, p95 {p95:.2f} s, longest {ordered[-1]:.2f} s, "
        f"{len(ages)} questions{missing}"
    )
