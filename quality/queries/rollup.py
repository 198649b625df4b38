"""Sums of rolled-up hours, how far they may be believed, and what has changed under them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

FOLLOWER = "quality.rollup"
FACT_TABLES = ("orders_productionevent", "machines_stopcoding")
"""Append-only tables that change figures of the past."""

TIMES = ("apt", "aust", "adet", "micro", "adot", "unknown", "pdot", "beyond", "observed")
COLUMNS = (*TIMES, "good", "scrap", "rework", "unpriced", "standard")


@dataclass(frozen=True, slots=True)
class Rolled:
    """The hours [since, until) of a machine are right as they stand."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Sums:
    """Added-up hours of one machine: microseconds and pieces."""

    apt: int
    aust: int
    adet: int
    micro: int
    adot: int
    unknown: int
    pdot: int
    beyond: int
    observed: int
    good: Decimal
    scrap: Decimal
    rework: Decimal
    unpriced: Decimal
    standard: Decimal


NO_SUMS = Sums(*[0] * len(TIMES), *[Decimal(0)] * (len(COLUMNS) - len(TIMES)))  # type: ignore[arg-type]
"""Of hours in which nothing counts."""


# A reason holds for the whole standstill it is about, and what it supersedes may have been about another.
_MARKS = """
    SELECT machine_id, min(since) AS since FROM (
        SELECT machine_id, occurred_at AS since FROM orders_productionevent
        WHERE machine_id IS NOT NULL
            AND id > coalesce((SELECT done FROM quality_factmark WHERE "table" = 'orders_productionevent'), 0)
        UNION ALL
        SELECT c.machine_id, least(lower(c.span), lower(o.span), (
            SELECT min(i.started_at) FROM machines_stateinterval i
            WHERE i.machine_id = c.machine_id AND i.slot = c.slot
                AND tstzrange(i.started_at, i.ended_at) && range_merge(c.span, coalesce(o.span, c.span))
                AND (i.ended_at IS NULL OR i.ended_at > i.started_at)
        ))
        FROM machines_stopcoding c LEFT JOIN machines_stopcoding o ON o.id = c.supersedes_id
        WHERE c.id > coalesce((SELECT done FROM quality_factmark WHERE "table" = 'machines_stopcoding'), 0)
        UNION ALL
        SELECT machine_id, dirty_from FROM machines_follower
        WHERE name = %(follower)s AND dirty_from IS NOT NULL
    ) AS fresh GROUP BY machine_id
"""
_RELIABLE = f"""
    SELECT s.machine_id, s.rolled_from, least(s.rolled_to, s.dirty_from, m.since)
    FROM quality_rollupstate s LEFT JOIN ({_MARKS}) m USING (machine_id)
    WHERE s.machine_id = ANY(%(machines)s) AND s.rolled_to > s.rolled_from
"""  # noqa: S608


def reliable(machines: Collection[int]) -> dict[int, Rolled]:
    """By machine the rolled-up time under which nothing has changed since. One query.

    Machines of which no hour may be used are left out; ``until`` need not be a whole hour.
    """
    with connection.cursor() as cursor:
        cursor.execute(_RELIABLE, {"machines": list(machines), "follower": FOLLOWER})
        return {machine: Rolled(since, until) for machine, since, until in cursor.fetchall() if since < until}


def sums(windows: Mapping[int, tuple[datetime, datetime]]) -> dict[int, Sums]:
    """The sums of each machine's hours in [from, to), both whole hours. One query."""
    if not windows:
        return {}
    froms = {window[0] for window in windows.values()}
    tos = {window[1] for window in windows.values()}
    parameters: dict[str, Any] = {"low": min(froms), "high": max(tos), "machines": list(windows)}
    added = ", ".join(f"sum(h.{name}){'::int8' if name in TIMES else ''}" for name in COLUMNS)
    if len(froms) == len(tos) == 1:
        inside = "h.machine_id = ANY(%(machines)s) AND h.hour >= %(low)s AND h.hour < %(high)s"
        source = "quality_hourrollup h"
    else:
        inside = "h.hour >= greatest(w.low, %(low)s) AND h.hour < least(w.high, %(high)s)"
        source = """unnest(%(machines)s::int8[], %(lows)s::timestamptz[], %(highs)s::timestamptz[])
            AS w(machine_id, low, high) JOIN quality_hourrollup h USING (machine_id)"""
        parameters |= {
            "lows": [window[0] for window in windows.values()],
            "highs": [window[1] for window in windows.values()],
        }
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT h.machine_id, {added} FROM {source} WHERE {inside} GROUP BY 1",  # noqa: S608
            parameters,
        )
        return {machine: Sums(*values) for machine, *values in cursor.fetchall()}


def changed_since_read() -> dict[int, datetime]:
    """By machine the earliest moment from which on facts came that no roll-up has read. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_MARKS, {"follower": FOLLOWER})
        return dict(cursor.fetchall())


_FIRST_FACTS = """
    SELECT m.id, least(
        (SELECT min(started_at) FROM machines_stateinterval WHERE machine_id = m.id),
        (SELECT min(started_at) FROM orders_run WHERE machine_id = m.id),
        (SELECT min(occurred_at) FROM orders_productionevent WHERE machine_id = m.id
            AND kind IN ('reported', 'reclassified', 'counted', 'reversed'))
    ) FROM machines_machine m WHERE m.id = ANY(%s)
"""


def first_facts(machines: Collection[int]) -> dict[int, datetime | None]:
    """When anything is first known about each machine. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_FIRST_FACTS, [list(machines)])
        return dict(cursor.fetchall())


_INPUTS = """
    WITH pattern AS (
        SELECT p.id, md5(concat_ws('|', p.works_on_holidays, string_agg(concat_ws(',', s.name, s.weekday,
            s.start, s."end", b.breaks), ';' ORDER BY s.id))) AS digest
        FROM machines_shiftpattern p LEFT JOIN machines_shift s ON s.pattern_id = p.id
        LEFT JOIN LATERAL (
            SELECT string_agg(concat_ws(',', start, "end", unpaid), ';' ORDER BY id) AS breaks
            FROM machines_shiftbreak WHERE shift_id = s.id
        ) b ON true GROUP BY p.id
    )
    SELECT 'machine' AS kind, m.id AS row, NULL::timestamptz AS since, md5(concat_ws('|', m.slots,
        m.counting_item <> '' OR EXISTS (SELECT FROM machines_source WHERE machine_id = m.id),
        m.reference_cycle_seconds, m.pieces_per_cycle, p.time_zone, p.holiday_country,
        p.holiday_subdivision, m.area_id, m.plant_id, t.id, t.digest)) AS digest
    FROM machines_machine m JOIN machines_plant p ON p.id = m.plant_id
    JOIN machines_area a ON a.id = m.area_id JOIN machines_machinegroup g ON g.id = m.group_id
    LEFT JOIN pattern t
        ON t.id = coalesce(m.shift_pattern_id, g.shift_pattern_id, a.shift_pattern_id, p.shift_pattern_id)
    UNION ALL
    SELECT 'exception', id, start, concat_ws(':', plant_id, coalesce(area_id, 0), coalesce(machine_id, 0),
        kind, extract(epoch FROM start), extract(epoch FROM "end")) FROM machines_calendarexception
    UNION ALL
    SELECT 'reason', id, NULL, md5(concat_ws('|', planned, "group")) FROM machines_stopreason
"""
_CHANGED_INPUTS = f"""
    SELECT coalesce(n.kind, o.kind), coalesce(n.row, o.row), n.since, n.digest, o.since, o.digest
    FROM ({_INPUTS}) n FULL JOIN quality_rollupinput o ON o.kind = n.kind AND o.row = n.row
    WHERE n.digest IS DISTINCT FROM o.digest
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class ChangedInput:
    """A row of master data as it is and as hours were rolled up with it; without a digest it isn't there.

    ``since`` is from when on it matters, if it says so itself.
    """

    kind: str
    row: int
    since: datetime | None
    digest: str | None
    old_since: datetime | None
    old_digest: str | None


def changed_inputs() -> list[ChangedInput]:
    """Master data that differs from what the hours were rolled up with. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_CHANGED_INPUTS)
        return [ChangedInput(*row) for row in cursor.fetchall()]


def coded_with(reasons: Collection[int]) -> dict[int, datetime]:
    """By machine the beginning of the first standstill that was ever given one of these reasons."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.machine_id, min(least(lower(c.span), (
                SELECT min(i.started_at) FROM machines_stateinterval i
                WHERE i.machine_id = c.machine_id AND i.slot = c.slot
                    AND tstzrange(i.started_at, i.ended_at) && c.span
                    AND (i.ended_at IS NULL OR i.ended_at > i.started_at)
            ))) FROM machines_stopcoding c WHERE c.reason_id = ANY(%s) GROUP BY 1
            """,
            [list(reasons)],
        )
        return dict(cursor.fetchall())
