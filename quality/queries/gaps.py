"""Planned and measured times, side by side, by machine and item."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db import connection

from mes.lib.spans import Span

# The fractions of the ranks n/2 ± 0.98 √n among n values.
_RANKS = """ARRAY[greatest(0, 0.5 - 0.98 / sqrt(n)), 0.5, least(1, 0.5 + 0.98 / sqrt(n) + 0.5 / n)]"""

_RUN_TIMES = f"""
    WITH measured AS (
        SELECT r.machine_id, i.id AS item, o.id AS operation, o.run_seconds / o.base_quantity AS planned,
            extract(epoch FROM c.duration)::float8 / c.quantity::float8 AS seconds, c.quantity,
            c.ended_at, count(*) OVER (PARTITION BY r.machine_id, i.id) AS n
        FROM orders_run r
        JOIN orders_operation o ON o.id = r.operation_id AND o.run_seconds > 0
        JOIN orders_productionorder p ON p.id = o.order_id JOIN orders_item i ON i.id = p.item_id
        CROSS JOIN LATERAL (
            SELECT * FROM machines_cycle
            WHERE machine_id = r.machine_id AND slot = r.slot AND credit_at >= r.production_at
                AND credit_at < coalesce(r.ended_at, 'infinity')
                AND ended_at >= %(start)s AND ended_at < %(end)s AND duration IS NOT NULL AND quantity > 0
            OFFSET 0  -- by run and index: left to itself, the planner compares each cycle with many runs
        ) c
        WHERE r.machine_id = ANY(%(machines)s)
    )
    SELECT m.code, m.plant_id, i.code, i.name, x.operation, x.planned::float8, x.at[2], x.at[1], x.at[3], x.n,
        x.pieces::float8
    FROM (
        SELECT machine_id, item, n, percentile_disc({_RANKS}) WITHIN GROUP (ORDER BY seconds) AS at,
            (array_agg(operation ORDER BY ended_at DESC))[1] AS operation,
            (array_agg(planned ORDER BY ended_at DESC))[1] AS planned, sum(quantity) AS pieces
        FROM measured GROUP BY machine_id, item, n
    ) x JOIN machines_machine m ON m.id = x.machine_id JOIN orders_item i ON i.id = x.item
"""  # noqa: S608 (a text of ours)
_SETUP_TIMES = f"""
    WITH runs AS (
        SELECT r.machine_id, r.started_at, r.production_at, r.operation_id, p.item_id, o.setup_seconds,
            lag(r.operation_id) OVER (PARTITION BY r.machine_id, r.slot ORDER BY r.started_at) AS before
        FROM orders_run r JOIN orders_operation o ON o.id = r.operation_id
        JOIN orders_productionorder p ON p.id = o.order_id
        WHERE r.machine_id = ANY(%(machines)s)
    ), measured AS (
        SELECT machine_id, item_id, operation_id, setup_seconds AS planned, started_at,
            extract(epoch FROM production_at - started_at)::float8 AS seconds,
            count(*) OVER (PARTITION BY machine_id, item_id) AS n
        FROM runs WHERE before IS DISTINCT FROM operation_id AND production_at > started_at
            AND setup_seconds > 0 AND started_at >= %(start)s AND started_at < %(end)s
    )
    SELECT m.code, m.plant_id, i.code, i.name, x.operation, x.planned::float8, x.at[2], x.at[1], x.at[3], x.n,
        x.n::float8
    FROM (
        SELECT machine_id, item_id, n, percentile_disc({_RANKS}) WITHIN GROUP (ORDER BY seconds) AS at,
            (array_agg(operation_id ORDER BY started_at DESC))[1] AS operation,
            (array_agg(planned ORDER BY started_at DESC))[1] AS planned
        FROM measured GROUP BY machine_id, item_id, n
    ) x JOIN machines_machine m ON m.id = x.machine_id JOIN orders_item i ON i.id = x.item_id
"""  # noqa: S608 (a text of ours)


def run_times(machines: Collection[int], span: Span) -> list[tuple[Any, ...]]:
    """Machine, plant, item, its name, last operation, planned, median, low, high (s a piece), cycles, pieces.

    Only cycles in production count: those of setting up are of another kind.
    """
    return _rows(_RUN_TIMES, machines, span)


def setup_times(machines: Collection[int], span: Span) -> list[tuple[Any, ...]]:
    """The same of set-ups (s), with their number twice."""
    return _rows(_SETUP_TIMES, machines, span)


def _rows(query: str, machines: Collection[int], span: Span) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, {"machines": list(machines), "start": span.start, "end": span.end})
        return list(cursor.fetchall())
