"""``make bench``: our application beside a bare Django reference, alternately, in one run. Judges nothing.

CPU is that of the web process and of PostgreSQL together; run it on a quiet machine.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import os
import sys
import threading
import time
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.bench.settings")

import django

django.setup()

from django.db import connection  # noqa: E402

from mes.accounts.models import User  # noqa: E402
from mes.settings.database import libpq_url  # noqa: E402
from tests.bench import asked, forecast, imports, ingest, link, oee, packing, screen, sizes, stream, trace  # noqa: E402
from tests.bench.servers import Client, DatabaseCpu, Server, cpu_of  # noqa: E402
from tests.bench.wall import page_p95_ms, wall_of  # noqa: E402

PARTS = (
    *("create", "report", "list", "wall", "bulk", "terminals", "import", "items", "link", "screen", "asked"),
    *("figures", "ingest", "stream", "packing", "trace", "forecast"),
)
KEY = "the-key-of-a-bench-account-0001"
Work = Callable[[Client, int], None]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"any of {', '.join(PARTS)}; default all")
    parts = parser.parse_args().parts or PARTS
    if unknown := set(parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    if "forecast" in parts:
        tell("forecast", forecast.measure())
    stored = set(parts) - {"forecast"}
    if not stored:
        return 0
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        run(stored)
    finally:
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)
    return 0


def run(parts: Collection[str]) -> None:
    if set(parts) - {"trace", "packing", "asked"}:
        against_reference(parts)
    if "asked" in parts:
        tell("asked", questions())
    if "figures" in parts:
        tell("figures", figures())
    if "ingest" in parts:
        tell("ingest", signals())
    if "packing" in parts:
        tell("packing", packing.measure())
    if "trace" in parts:
        tell("trace", trace.measure())
    if "stream" in parts:
        tell("stream", streamed())


def signals() -> Iterator[str]:
    """CPU of the path from lists of events to cycles, and of a bare COPY of the same rows."""
    yield from ingest.table(ingest.measure(machines=sizes.INGEST_MACHINES))


def streamed() -> Iterator[str]:
    """Machines that send for a while, through broker, gateway and interpreter."""
    try:
        run = stream.measure(
            machines=sizes.STREAM_MACHINES, rate=sizes.STREAM_RATE, seconds=sizes.STREAM_SECONDS
        )
    except stream.MissingBroker as missing:
        yield str(missing)
    else:
        yield from run.lines()


def questions() -> Iterator[str]:
    """From a standstill to the question on the terminal."""
    try:
        yield from asked.measure(
            libpq_url(connection.settings_dict),
            operator_session(),
            machines=sizes.ASKED_MACHINES,
            rounds=sizes.ASKED_ROUNDS,
        )
    except stream.MissingBroker as missing:
        yield str(missing)


def against_reference(parts: Collection[str]) -> None:
    """All that needs web processes."""
    session = prepare()
    numbers = open_operations()
    database = libpq_url(connection.settings_dict)
    account = {"Authorization": f"Api-Key {KEY}"}
    reference = Server(
        "reference",
        "tests.bench.reference.asgi:application",
        "tests.bench.reference.settings",
        database,
        account,
    ).start()
    try:
        ours = Server("ours", "mes.asgi:application", "tests.bench.settings", database, account).start()
        terminal = Server("terminal", "", "", database, {"Authorization": f"Api-Key {KEY}-terminal"})
        terminal.port = ours.port
        try:
            served(parts, ours, reference, terminal, numbers, session)
        finally:
            ours.stop()
    finally:
        reference.stop()


def served(
    parts: Collection[str],
    ours: Server,
    reference: Server,
    terminal: Server,
    numbers: list[tuple[str, str]],
    session: str,
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        cpu = DatabaseCpu(cursor.fetchone()[0])
    say(f"{'CPU ms per unit':<44}{'ours':>9}{'reference':>11}{'ratio':>8}")
    single = 0.0
    if {"create", "bulk"} & set(parts):
        single, _reference = compare(
            "create an order, 5 operations + 10 components",
            ours,
            reference,
            cpu,
            lambda c, n: send_order(c, "/api/v1/production-orders", n),
            lambda c, n: send_order(c, "/create", n),
            each=20,
        )
    if "report" in parts:
        make_reference_orders(reference)
        compare(
            "report a quantity",
            ours,
            reference,
            cpu,
            lambda c, n: report_ours(c, numbers[n % len(numbers)]),
            lambda c, n: report_reference(c, n),
            each=40,
            ours_client=terminal.client,
        )
    if "list" in parts:
        make_reference_orders(reference)
        make_our_orders(ours)
        compare(
            "list of 50 orders as a page",
            ours,
            reference,
            cpu,
            lambda c, n: c.send("GET", "/orders/", Cookie=session) and None,
            lambda c, n: c.send("GET", "/orders") and None,
            each=10,
        )
        pages = itertools.cycle(range(1, make_pages_of_orders(ours) + 1))
        compare(
            "the same, another page of 2,000 orders each time",
            ours,
            reference,
            cpu,
            lambda c, n: c.send("GET", f"/orders/?page={next(pages)}", Cookie=session) and None,
            lambda c, n: c.send("GET", "/orders") and None,
            each=10,
        )
    if "wall" in parts:
        tell("wall", walls(ours, session))
    if "bulk" in parts:
        tell("bulk", bulk_import(ours, cpu, single))
    if "terminals" in parts:
        tell("terminals", terminals(ours, terminal, numbers))
    if "import" in parts:
        tell("import", imports.measure(ours, cpu))
    if "items" in parts:
        tell("items", imports.measure_items(ours, cpu))
    if "link" in parts:
        tell("link", link.measure(ours, terminal, operator_session()))
    if "screen" in parts:
        tell("screen", screens(ours, session))


def tell(part: str, lines: Iterable[str]) -> None:
    """Say the lines as they are known, how long the part took, and beside how much other work."""
    start = time.monotonic()
    for line in lines:
        say(line)
    say(f"  ({part}: {time.monotonic() - start:.0f} s, load {os.getloadavg()[0]:.1f})")


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def prepare() -> str:
    """Master data for both; returns the cookie of a logged-in planner."""
    from tests.bench.reference.models import Account, Number
    from tests.factories.accounts import ApiKeyFactory, PlannerFactory
    from tests.factories.integrations import ConnectionFactory
    from tests.factories.machines import MachineGroupFactory, PlantFactory
    from tests.factories.orders import ItemFactory

    Number.objects.create(pk=1)
    Account.objects.create(key_hash=hashlib.sha256(KEY.encode()).hexdigest())
    plant = PlantFactory(code="W001")
    for code in ("TURN", "MILL"):
        MachineGroupFactory(plant=plant, code=code)
    for code in ("SHAFT", *(f"PART{n}" for n in range(10))):
        ItemFactory(code=code)
    ConnectionFactory(plant=plant, api_key__text=KEY, delivery="none")
    ApiKeyFactory(text=f"{KEY}-terminal", role="terminal", name="Terminal")
    return session_of(PlannerFactory())


def operator_session() -> str:
    from tests.factories.accounts import OperatorFactory

    return session_of(OperatorFactory())


def session_of(user: User) -> str:
    """The cookie of somebody who is logged in."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    return f"sessionid={store.session_key}"


def order_body(operations: int = 5, components: int = 10) -> dict[str, object]:
    return {
        "item": "SHAFT",
        "quantity": 100,
        "due": "2026-12-24T12:00:00+01:00",
        "operations": [
            {
                "number": f"{10 * (n + 1):04}",
                "text": f"Step {n}",
                "work_centre": "TURN" if n % 2 else "MILL",
                "setup_seconds": 600,
                "run_seconds": "12.5",
            }
            for n in range(operations)
        ],
        "components": [
            {
                "position": f"{10 * (n + 1):04}",
                "item": f"PART{n}",
                "quantity": 200.5,
                "unit": "C62",
                "operation": "0010",
                "backflush": True,
            }
            for n in range(components)
        ],
    }


def send_order(client: Client, path: str, _number: int) -> None:
    client.send("POST", path, order_body(), **{"Idempotency-Key": uuid.uuid4().hex})


def open_operations() -> list[tuple[str, str]]:
    """Released operations of the plant's orders, without components, for both to report on: the same work."""
    from machines.models import MachineGroup
    from orders.domain.release import release_order
    from orders.models import Item, ProductionOrder
    from tests.factories.orders import OperationFactory

    group, item = MachineGroup.objects.get(code="TURN"), Item.objects.get(code="SHAFT")
    places = []
    for n in range(100):
        operation = OperationFactory(
            order__plant=group.plant,
            order__number=f"R{n:04}",
            order__item=item,
            order__quantity=1_000_000,
            order__priority=99,
            machine_group=group,
            number="0010",
        )
        release_order(order=ProductionOrder.objects.get(pk=operation.order_id), by=None, key=uuid.uuid4())
        places.append((operation.order.number, "0010"))
    return places


def make_reference_orders(reference: Server, count: int = 60) -> None:
    """The reference's orders for its report and its list, where creating wasn't measured before."""
    from tests.bench.reference.models import Order

    client = reference.client()
    for number in range(Order.objects.count(), count):
        send_order(client, "/create", number)


def make_our_orders(ours: Server, count: int = 60) -> None:
    """As many of the same orders on our side, listed before those that are reported on."""
    client = ours.client()
    for number in range(count):
        send_order(client, "/api/v1/production-orders", number)


def make_pages_of_orders(ours: Server, count: int = 2000) -> int:
    """So many that nothing which a web process remembers of one page serves the next. Returns the pages."""
    from orders.views.orders import PAGE

    client = ours.client()
    for _ in range(0, count, 500):
        body = [order_body(components=0) for _ in range(500)]
        client.send("POST", "/api/v1/production-orders", body, **{"Idempotency-Key": uuid.uuid4().hex})
    return count // PAGE


def report_ours(client: Client, place: tuple[str, str]) -> None:
    answer = client.send(
        "POST",
        "/api/v1/operation-commands",
        {"key": uuid.uuid4().hex, "command": "report", "order": place[0], "operation": place[1], "good": 1},
    )
    if b'"accepted"' not in answer:
        raise RuntimeError(answer[:500])


def report_reference(client: Client, number: int) -> None:
    client.send(
        "POST",
        "/report",
        {"key": uuid.uuid4().hex, "order": f"{number % 50 + 1:06}", "operation": "0010", "good": 1},
    )


def compare(
    title: str,
    ours: Server,
    reference: Server,
    cpu: DatabaseCpu,
    our_work: Work,
    reference_work: Work,
    *,
    each: int,
    ours_client: Callable[[], Client] | None = None,
) -> tuple[float, float]:
    """Run both alternately, ``each`` units per round; prints and returns CPU milliseconds per unit."""
    sides = [
        (ours, (ours_client or ours.client)(), our_work),
        (reference, reference.client(), reference_work),
    ]
    spent = {server.name: 0.0 for server, _client, _work in sides}
    for number in range(-1, sizes.ROUNDS):
        for server, client, work in sides:
            before = cpu.seconds() + cpu_of(server)
            for n in range(each):
                work(client, n)
            if number >= 0:  # the first round warms up
                spent[server.name] += cpu.seconds() + cpu_of(server) - before
    mine, theirs = (spent[server.name] * 1000 / (each * sizes.ROUNDS) for server, _c, _w in sides)
    say(f"{title:<46}{mine:>7.2f}{theirs:>11.2f}{mine / theirs:>8.2f}")
    return mine, theirs


def screens(ours: Server, session: str) -> Iterator[str]:
    """From a signal to the pages that show it."""
    yield from screen.measure(ours, session, machines=sizes.SCREEN_MACHINES, pages=sizes.SCREEN_PAGES)


def walls(ours: Server, session: str, *, large: int = 500, small: int = 10) -> Iterator[str]:
    client = ours.client()
    large_ms, small_ms = (page_p95_ms(client, wall_of(count), session) for count in (large, small))
    yield f"{'p95 ms of a page':<42}{f'{large} mach.':>11}{f'{small} mach.':>11}{'ratio':>8}"
    yield f"{'wall':<46}{large_ms:>7.1f}{small_ms:>11.1f}{large_ms / small_ms:>8.2f}"


def figures() -> Iterator[str]:
    """OEE from rolled-up hours."""
    *readings, size = oee.measure()
    yield f"{'OEE from rolled-up hours':<44}{'seconds':>9}{'queries':>11}"
    for reading in readings:
        yield f"{reading.name:<44}{reading.seconds:>9.2f}{reading.queries:>11}"
    yield f"{size.name}: {size.seconds:.0f}"


def bulk_import(ours: Server, cpu: DatabaseCpu, single: float) -> Iterator[str]:
    client = ours.client()
    body = [order_body(8, 0) for _ in range(1000)]
    before, start = cpu.seconds() + cpu_of(ours), time.monotonic()
    client.send("POST", "/api/v1/production-orders", body, **{"Idempotency-Key": uuid.uuid4().hex})
    seconds = time.monotonic() - start
    each = cpu.seconds() + cpu_of(ours) - before
    yield (
        f"import of 1,000 orders x 8 operations: {seconds:.1f} s, {each:.2f} CPU ms per order, "
        f"{each / single:.2f} of a single create"
    )


def terminals(
    ours: Server, terminal: Server, places: list[tuple[str, str]], count: int = 50
) -> Iterator[str]:
    """50 terminals report as fast as they are answered."""
    durations: list[float] = []
    seconds = sizes.TERMINAL_SECONDS
    stop = time.monotonic() + seconds

    def work(number: int) -> None:
        client = terminal.client()
        while time.monotonic() < stop:
            start = time.monotonic()
            report_ours(client, places[number % len(places)])
            durations.append(time.monotonic() - start)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    durations.sort()
    p95 = durations[int(len(durations) * 0.95)] * 1000
    yield f"{count} terminals reporting: {len(durations) / seconds:.0f} requests/s, p95 {p95:.0f} ms"


if __name__ == "__main__":
    raise SystemExit(main())
