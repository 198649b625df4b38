"""``make bench PARTS=trace``: a genealogy of ten million links and ten levels, ours beside a plain recursive
query, and a mock recall with a stop-watch.

The lots form a net: every lot goes into three others, so that a trace over all levels reaches tens of
thousands of lots and passes by the rest.
"""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterator
from decimal import Decimal

from django.db import connection

LINKS = int(os.environ.get("MES_BENCH_LINKS", "10000000"))
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
    """Lines of the table: seconds of the wall clock, the fewest of some rounds, as everything else waits."""
    from quality.queries.trace import Direction, walk

    began = time.perf_counter()
    first, width = _fill()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM orders_genealogyedge")
        links = cursor.fetchone()[0]
    filled = time.perf_counter() - began
    yield f"{links:,} links in {LEVELS} levels of {width:,} lots, filled in {filled:.0f} s"
    yield f"{'trace, seconds':<44}{'ours':>9}{'plain SQL':>11}{'ratio':>8}{'links':>9}"
    last = first + LEVELS * width
    for name, direction, lot, near, far in (
        ("forward over ten levels", Direction.FORWARD, first, "parent_id", "child_id"),
        ("backward over ten levels", Direction.BACKWARD, last, "child_id", "parent_id"),
    ):
        ours, plain, found = [], [], 0
        for _round in range(ROUNDS):
            start = time.perf_counter()
            found = len(walk([lot], direction))
            ours.append(time.perf_counter() - start)
            start = time.perf_counter()
            with connection.cursor() as cursor:
                cursor.execute(_PLAIN.format(near=near, far=far), [lot])
                rows = cursor.fetchall()
            plain.append(time.perf_counter() - start)
            assert len(rows) == found
        a, b = min(ours), min(plain)
        yield f"{name:<44}{a:>9.2f}{b:>11.2f}{a / b:>8.2f}{found:>9,}"
    yield from _recall(first)


def _fill() -> tuple[int, int]:
    """Lots and edges by COPY; the first lot's number and the lots of a level."""
    from tests.factories.orders import ItemFactory

    item = ItemFactory(code="BENCH-TRACE").pk
    width = LINKS // (LEVELS * FAN)
    lots = width * (LEVELS + 1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) + 1 FROM orders_lot")
        first = cursor.fetchone()[0]
        cursor.execute("SET session_replication_role = replica")  # no triggers: rows fit by construction
        columns = "id, item_id, number, supplier, supplier_lot, status, made_at"
        with cursor.copy(f"COPY orders_lot ({columns}) FROM STDIN") as copy:
            for start in range(0, lots, 50_000):
                copy.write(
                    "".join(
                        f"{first + n}\t{item}\tB{n:08}\tMill\t"
                        f"{f'HEAT{n}' if n < width else ''}\tfree\t2026-01-01 00:00+00\n"
                        for n in range(start, min(start + 50_000, lots))
                    )
                )
        with cursor.copy("COPY orders_genealogyedge (parent_id, child_id, quantity) FROM STDIN") as copy:
            for level in range(LEVELS):
                here, below = first + level * width, first + (level + 1) * width
                for start in range(0, width, 20_000):
                    copy.write(
                        "".join(
                            f"{here + n}\t{below + (n // FAN * FAN + step * 7**level) % width}\t1\n"
                            for n in range(start, min(start + 20_000, width))
                            for step in range(FAN)
                        )
                    )
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("SELECT setval('orders_lot_id_seq', %s)", [first + lots])
        cursor.execute("ANALYZE orders_lot")
        cursor.execute("ANALYZE orders_genealogyedge")
    return first, width


def _recall(first: int) -> Iterator[str]:
    """From a supplier's lot to the list of lots, and to all of them held."""
    from quality.domain.recall import affected_lots, from_lots, start_recall
    from quality.queries.trace import facts_of
    from tests.factories.accounts import QualityFactory
    from tests.factories.machines import PlantFactory

    plant, by = PlantFactory(code="BENCH"), QualityFactory()
    start = time.perf_counter()
    scope = from_lots(text="HEAT0")
    lots = affected_lots(scope)
    facts = facts_of(lots)
    listed = time.perf_counter() - start
    start = time.perf_counter()
    start_recall(scope=scope, plant=plant, reason="mock recall", by=by, key=uuid.uuid4())
    held = time.perf_counter() - start
    assert first in lots
    assert sum((one.on_hand for one in facts.values()), Decimal(0)) == 0
    yield f"mock recall: {len(lots):,} lots listed after {listed:.2f} s, all on hold after {held:.2f} s more"
