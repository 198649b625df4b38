"""What people settled, cycle by cycle: the last word on each holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection

from orders.domain.attribution import CycleKey, Settled
from orders.enums import SettlementKind

_LAST_WORD = """
    SELECT DISTINCT ON (c.slot, c.ended_at, c.nth)
        c.slot, c.ended_at, c.nth, s.kind, s.run_id, c.pieces, c.quantity
    FROM orders_settledcycle c JOIN orders_settlement s ON s.id = c.settlement_id
    WHERE c.machine_id = %s AND c.ended_at >= %s
    ORDER BY c.slot, c.ended_at, c.nth, c.settlement_id DESC
"""
_GONE = """
    SELECT slot, ended_at, nth, pieces FROM (
        SELECT DISTINCT ON (c.slot, c.ended_at, c.nth)
            c.slot, c.ended_at, c.nth, c.pieces, s.kind
        FROM orders_settledcycle c JOIN orders_settlement s ON s.id = c.settlement_id
        WHERE c.machine_id = %(machine)s AND c.ended_at >= %(since)s AND c.ended_at < %(until)s
        ORDER BY c.slot, c.ended_at, c.nth, c.settlement_id DESC
    ) w
    WHERE kind <> 'rules' AND NOT EXISTS (
        SELECT FROM machines_cycle m WHERE m.machine_id = %(machine)s AND m.slot = w.slot
            AND m.ended_at = w.ended_at AND m.nth = w.nth
    )
    ORDER BY ended_at
"""


@dataclass(frozen=True, slots=True)
class Gone:
    """A cycle that a person settled and that recomputation took away."""

    key: CycleKey
    pieces: Decimal


def settled_since(machine_id: int, since: datetime) -> dict[CycleKey, Settled]:
    """The last word on each cycle of a machine that ended at ``since`` (UTC) or later. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_LAST_WORD, [machine_id, since])
        return {
            (slot, ended_at, nth): Settled(run, pieces, quantity, kind == SettlementKind.SETUP)
            for slot, ended_at, nth, kind, run, pieces, quantity in cursor.fetchall()
            if kind != SettlementKind.RULES
        }


def gone_between(machine_id: int, since: datetime, until: datetime) -> list[Gone]:
    """Settled cycles with an end in [since, until) that are no more. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_GONE, {"machine": machine_id, "since": since, "until": until})
        return [Gone((slot, end, nth), pieces) for slot, end, nth, pieces in cursor.fetchall()]
