"""How long cycles really take, item by item, against what is planned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from machines.models import Machine
from mes.lib.spans import Span

BINS = 36
_CYCLES = """
    FROM machines_cycle c
    JOIN orders_run r ON r.machine_id = c.machine_id AND r.slot = c.slot
        AND r.started_at <= c.credit_at AND (r.ended_at IS NULL OR c.credit_at < r.ended_at)
    JOIN orders_operation o ON o.id = r.operation_id JOIN orders_productionorder p ON p.id = o.order_id
    JOIN orders_item i ON i.id = p.item_id
    WHERE c.machine_id = %(machine)s AND c.ended_at >= %(start)s AND c.ended_at < %(end)s
        AND c.duration IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class ItemCycles:
    """Cycles of one item: seconds. ``planned`` is the last operation's, ``None`` if nobody stated it."""

    item: str
    name: str
    count: int
    tenth: float
    median: float
    ninetieth: float
    shortest_shown: float
    longest_shown: float
    planned: float | None


@dataclass(frozen=True, slots=True)
class Bin:
    """[low, high) seconds and how many cycles lasted so long."""

    low: float
    high: float
    count: int


def items_made(machine: Machine, span: Span) -> list[ItemCycles]:
    """What the machine's cycles in ``span`` were for, most cycles first. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT code, name, n, at[2], at[3], at[4],
                0.85 * least(at[1], planned), 1.15 * greatest(at[5], planned), planned FROM (
                SELECT i.code, i.name, count(*) AS n,
                    percentile_cont(ARRAY[0.02, 0.1, 0.5, 0.9, 0.98]) WITHIN GROUP (
                        ORDER BY extract(epoch FROM c.duration)::float8) AS at,
                    (array_agg(nullif(o.run_seconds, 0) / o.base_quantity * coalesce(
                        c.quantity, 1) ORDER BY c.ended_at DESC))[1]::float8 AS planned
                {_CYCLES} GROUP BY i.code, i.name
            ) x ORDER BY n DESC, code
            """,  # noqa: S608
            {"machine": machine.pk, "start": span.start, "end": span.end},
        )
        return [ItemCycles(*row) for row in cursor.fetchall()]


def histogram(machine: Machine, span: Span, item: ItemCycles) -> tuple[int, Sequence[Bin], int]:
    """How many of the item's cycles were shorter than shown, the others in equal bins, and how many were
    longer. One query.
    """
    width = max(item.longest_shown - item.shortest_shown, 0.001) / BINS
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT width_bucket(extract(epoch FROM c.duration)::float8, %(low)s, %(high)s, %(bins)s), count(*)
            {_CYCLES} AND i.code = %(item)s GROUP BY 1
            """,  # noqa: S608
            {
                "machine": machine.pk,
                "start": span.start,
                "end": span.end,
                "item": item.item,
                "low": item.shortest_shown,
                "high": item.shortest_shown + BINS * width,
                "bins": BINS,
            },
        )
        counts = dict(cursor.fetchall())
    low = item.shortest_shown
    bins = [Bin(low + width * n, low + width * (n + 1), counts.get(n + 1, 0)) for n in range(BINS)]
    return counts.get(0, 0), bins, counts.get(BINS + 1, 0)


@dataclass(frozen=True, slots=True)
class Setups:
    """Change-overs between two items: seconds. ``planned`` is the median of what the operations planned."""

    before: str
    after: str
    count: int
    tenth: float
    median: float
    ninetieth: float
    planned: Decimal


_SETUPS = """
    FROM (
        SELECT r.id, r.started_at, r.production_at, r.operation_id, o.setup_seconds, i.code AS item,
            p.id AS order_id, p.number,
            lag(r.operation_id) OVER w AS operation_before, lag(i.code) OVER w AS item_before
        FROM orders_run r JOIN orders_operation o ON o.id = r.operation_id
        JOIN orders_productionorder p ON p.id = o.order_id JOIN orders_item i ON i.id = p.item_id
        WHERE r.machine_id = %(machine)s
        WINDOW w AS (PARTITION BY r.slot ORDER BY r.started_at)
    ) s WHERE item_before IS NOT NULL AND operation_before <> operation_id AND production_at > started_at
        AND started_at >= %(start)s AND started_at < %(end)s
"""


def setups(machine: Machine, span: Span) -> list[Setups]:
    """Setups of ``span`` by what was made before and after, most frequent first. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT item_before, item, n, at[1], at[2], at[3], planned FROM (
                SELECT item_before, item, count(*) AS n,
                    percentile_cont(ARRAY[0.1, 0.5, 0.9]) WITHIN GROUP (
                        ORDER BY extract(epoch FROM production_at - started_at)::float8) AS at,
                    percentile_disc(0.5) WITHIN GROUP (ORDER BY setup_seconds) AS planned
                {_SETUPS} GROUP BY 1, 2
            ) x ORDER BY n DESC, item_before, item
            """,  # noqa: S608
            {"machine": machine.pk, "start": span.start, "end": span.end},
        )
        return [Setups(*row) for row in cursor.fetchall()]


def setup_runs(machine: Machine, span: Span, *, before: str, after: str) -> list[int]:
    """The ids of the runs behind one row of ``setups``, newest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id {_SETUPS} AND item_before = %(before)s AND item = %(after)s "
            "ORDER BY started_at DESC LIMIT 200",
            {
                "machine": machine.pk,
                "start": span.start,
                "end": span.end,
                "before": before,
                "after": after,
            },
        )
        return [row[0] for row in cursor.fetchall()]
