"""``make bench PARTS=trace``: a genealogy of many links and ten levels, ours beside a plain recursive
query, and a mock recall with a stop-watch.

The lots form a net: every lot goes into three others, so that a trace over all levels reaches tens of
thousands of lots and passes by the rest.
"""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from django.db import connection

from tests.bench.sizes import LINKS

LEVELS = 10
FAN = 3
"""How many lots each lot goes into."""
ROUNDS = 3

_PLAIN = """
WITH RECURSIVE t AS (
    SELECT parent_id, child_id, quantity FROM orders_genealogyedge WHERE {near} = %s
    UNION
    SELECT e.parent_id, e.child_id, e.quantity FROM orders_genealogyedge e JOIN t ON e.{near} = t.{far}
)
SELECT parent_id, child_id, quantity FROM t
"""


def measure() -> Iterator[str]:
    """Lines of the table. CPU is that of this process and of its database backend; the wall clock beside it
    says more only where nothing else runs. The least of some rounds counts."""
    from quality.queries.trace import Direction, walk

    began = time.perf_counter()
    first, width = _fill()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM orders_genealogyedge")
        links = cursor.fetchone()[0]
    filled = time.perf_counter() - began
    clock = Clock()
    yield f"{links:,} links in {LEVELS} levels of {width:,} lots, filled in {filled:.0f} s"
    yield f"{'':<26}{'CPU seconds':^28}{'wall, warm':^20}{'wall, cold':^12}"
    yield f"{'trace':<26}{'ours':>9}{'plain SQL':>11}{'ratio':>8}{'ours':>9}{'plain':>9}{'ours':>9}"
    last = first + LEVELS * width
    for name, direction, lot, near, far in (
        ("forward over ten levels", Direction.FORWARD, first, "parent_id", "child_id"),
        ("backward over ten levels", Direction.BACKWARD, last, "child_id", "parent_id"),
    ):
        cold, ours, plain = [], [], []
        forgotten = _forget_pages()
        with clock(cold):
            walk([lot], direction)
        for _round in range(ROUNDS):
            with clock(ours):
                found = len(walk([lot], direction))
            with clock(plain), connection.cursor() as cursor:
                cursor.execute(_PLAIN.format(near=near, far=far), [lot])
                rows = len(cursor.fetchall())
            assert rows == found
        (a, wall), (b, plain_wall) = map(least, (ours, plain))
        first_wall = f"{cold[0][1]:.2f}" if forgotten else "–"
        yield (
            f"{name:<26}{a:>9.2f}{b:>11.2f}{a / b:>8.2f}{wall:>9.2f}{plain_wall:>9.2f}"
            f"{first_wall:>9}{found:>9,}"
        )
    yield from _recall(first, clock)


Spent = tuple[float, float]
"""Seconds of CPU and of the wall clock."""


class Clock:
    """Adds to a list what a block cost this process and its database backend."""

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            self.backend = psutil.Process(cursor.fetchone()[0])

    @contextmanager
    def __call__(self, spent: list[Spent]) -> Iterator[None]:
        cpu, wall = self._cpu(), time.perf_counter()
        yield
        spent.append((self._cpu() - cpu, time.perf_counter() - wall))

    def _cpu(self) -> float:
        backend = self.backend.cpu_times()
        return time.process_time() + backend.user + backend.system


def least(spent: Sequence[Spent]) -> Spent:
    return min(cpu for cpu, _wall in spent), min(wall for _cpu, wall in spent)


def _forget_pages() -> bool:
    """Take the genealogy's files out of the system's memory, and most of them out of PostgreSQL's; False
    where they aren't ours to touch."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW data_directory")
        directory = Path(cursor.fetchone()[0])
        cursor.execute(
            """SELECT pg_relation_filepath(oid) FROM pg_class
            WHERE oid = 'orders_genealogyedge'::regclass OR oid IN (
                SELECT indexrelid FROM pg_index WHERE indrelid = 'orders_genealogyedge'::regclass)"""
        )
        names = [name for (name,) in cursor.fetchall()]
        cursor.execute("CHECKPOINT")
        # another gigabyte through PostgreSQL's own memory
        cursor.execute("SELECT count(*) FROM orders_lot WHERE number > ''")
    try:
        os.sync()
        for name in names:
            for file in directory.glob(f"{name}*"):
                with file.open("rb") as opened:
                    os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    except OSError:
        return False
    return bool(names)


def _fill() -> tuple[int, int]:
    """Lots and edges; the first lot's number and the lots of a level.

    PostgreSQL makes the rows itself, and the indexes afterwards: loading takes a minute, not five.
    """
    from tests.factories.orders import ItemFactory

    item = ItemFactory(code="BENCH-TRACE").pk
    width = LINKS // (LEVELS * FAN)
    lots = width * (LEVELS + 1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) + 1 FROM orders_lot")
        first = cursor.fetchone()[0]
        cursor.execute("SET session_replication_role = replica")  # no triggers: rows fit by construction
        with _without_indexes(cursor, "orders_lot"):
            cursor.execute(
                """INSERT INTO orders_lot (id, item_id, number, supplier, supplier_lot, status, made_at)
                SELECT %s + n, %s, 'B' || lpad(n::text, 8, '0'), 'Mill',
                    CASE WHEN n < %s THEN 'HEAT' || n ELSE '' END, 'free', '2026-01-01 00:00+00'
                FROM generate_series(0, %s) n""",
                [first, item, width, lots - 1],
            )
        with _without_indexes(cursor, "orders_genealogyedge"):
            for level in range(LEVELS):
                here, below = first + level * width, first + (level + 1) * width
                cursor.execute(
                    """INSERT INTO orders_genealogyedge (parent_id, child_id, quantity)
                    SELECT %s + n, %s + (n / %s * %s + step * %s) %% %s, 1
                    FROM generate_series(0, %s) n, generate_series(0, %s) step""",
                    [here, below, FAN, FAN, 7**level, width, width - 1, FAN - 1],
                )
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("SELECT setval('orders_lot_id_seq', %s)", [first + lots])
        for table in ("orders_lot", "orders_genealogyedge"):
            cursor.execute(f"VACUUM ANALYZE {table}")  # as autovacuum does within minutes
    return first, width


@contextmanager
def _without_indexes(cursor: Any, table: str) -> Iterator[None]:
    """Takes a table's indexes away (but the primary key, on which others lean) and makes them again."""
    cursor.execute(
        """SELECT i.relname, pg_get_indexdef(x.indexrelid), c.conname, pg_get_constraintdef(c.oid)
        FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
        LEFT JOIN pg_constraint c ON c.conindid = x.indexrelid AND c.contype = 'u'
        WHERE x.indrelid = %s::regclass AND NOT x.indisprimary""",
        [table],
    )
    indexes = cursor.fetchall()
    for name, _index, constraint, _definition in indexes:
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}" if constraint else f"DROP INDEX {name}")
    yield
    cursor.execute("SET maintenance_work_mem = '512MB'")
    for _name, index, constraint, definition in indexes:
        cursor.execute(
            f"ALTER TABLE {table} ADD CONSTRAINT {constraint} {definition}" if constraint else index
        )


def _recall(first: int, clock: Clock) -> Iterator[str]:
    """From a supplier's lot to customers, quantities and places, and to all lots held."""
    from django.test import Client
    from django.urls import reverse

    from quality.domain.recall import affected_lots, from_lots, start_recall
    from quality.queries.recall import delivered, lying
    from tests.factories.accounts import QualityFactory
    from tests.factories.machines import PlantFactory

    plant, by = PlantFactory(code="BENCH"), QualityFactory()
    _store_and_ship(plant.pk, first)
    listed: list[Spent] = []
    held: list[Spent] = []
    with clock(listed):
        scope = from_lots(text="HEAT0")
        lots = affected_lots(scope)
        customers, places = delivered(lots), lying(lots)
    with clock(held):
        recall = start_recall(scope=scope, plant=plant, reason="mock recall", by=by, key=uuid.uuid4())
    printed: list[Spent] = []
    client = Client()
    client.force_login(by)
    with clock(printed):
        pdf = client.get(reverse("recall-pdf", args=[recall.pk]))
    assert pdf.status_code == 200, pdf.status_code
    assert first in lots
    (list_cpu, list_wall), (hold_cpu, hold_wall) = listed[0], held[0]
    yield (
        f"mock recall: {len(lots):,} lots, {sum(row.shipments for row in customers):,} shipments to "
        f"{len({row.customer for row in customers})} customers and {len(places)} places listed in "
        f"{list_cpu:.2f} CPU s ({list_wall:.2f} s), all on hold with the record in {hold_cpu:.2f} CPU s more "
        f"({hold_wall:.2f} s); its PDF of {len(pdf.content) / 1e6:.1f} MB took {printed[0][0]:.1f} CPU s "
        f"({printed[0][1]:.1f} s)"
    )


def _store_and_ship(plant: int, first: int) -> None:
    """Half of what came from the first lot lies on 50 shelves, a tenth went to 20 customers."""
    from quality.domain.recall import affected_lots, from_lots
    from tests.factories.orders import CustomerOrderLineFactory, PlaceFactory

    lots = sorted(affected_lots(from_lots(text="HEAT0")))
    places = [PlaceFactory(plant_id=plant, code=f"SHELF-{n:02}").pk for n in range(50)]
    lines = [CustomerOrderLineFactory(order__customer__name=f"Bench customer {n:02}") for n in range(20)]
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO orders_stockbalance
                (plant_id, item_id, lot, place_id, status, on_hand, reserved, may_go_negative)
            SELECT %s, item_id, number, (%s::bigint[])[1 + id %% 50], 'free', 10, 0, false
            FROM orders_lot WHERE id = ANY(%s::bigint[])""",
            [plant, places, lots[::2]],
        )
        cursor.execute(
            """WITH gone AS (
                INSERT INTO orders_shipment (plant_id, key, number, line_id, shipped_at)
                SELECT %s, gen_random_uuid(), 'B' || n, (%s::bigint[])[1 + n %% 20], now()
                FROM generate_series(1, %s) n RETURNING id
            ), numbered AS (SELECT id, row_number() OVER (ORDER BY id) AS n FROM gone)
            INSERT INTO orders_shippedlot (shipment_id, lot_id, quantity)
            SELECT n.id, l.id, 5
            FROM unnest(%s::bigint[]) WITH ORDINALITY AS w(lot, n)
            JOIN numbered n ON n.n = w.n
            JOIN orders_lot l ON l.id = w.lot""",
            [plant, [line.pk for line in lines], len(lots[::10]), lots[::10]],
        )
