"""Pieces that machines made and that are not booked yet: what screens add to the booked counters."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from django.db import connection

from orders.models import Run


def uncredited_pieces(runs: Iterable[Run]) -> dict[int, Decimal]:
    """Good pieces by run id since each run's last booking. One query, however many runs."""
    ids = [run.pk for run in runs]
    if not ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT r.id, sum(c.quantity)
            FROM orders_run r
            JOIN orders_operation o ON o.id = r.operation_id AND o.counting = 'machine'
            JOIN machines_cycle c ON c.machine_id = r.machine_id AND c.slot = r.slot
             AND c.credit_at >= greatest(r.production_at, coalesce(r.counted_to, r.production_at))
             AND (r.ended_at IS NULL OR c.credit_at < r.ended_at)
            WHERE r.id = ANY(%s) AND r.production_at IS NOT NULL
            GROUP BY r.id
            """,
            [ids],
        )
        return dict(cursor.fetchall())
