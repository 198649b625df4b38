"""Keeping the hours rolled up: the worker's side.

First the news is taken: what the machines' follower marks, late facts and changed master data say must be
done again, is noted in ``RollupState``. Then machines are claimed, their hours computed from the events and
replaced. A crash in between loses nothing; readers see in ``RollupState`` and in the news what to distrust.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from machines.domain.followers import follow_all
from machines.models import Machine
from mes.lib.spans import Span
from quality.kpi.facts import read_facts
from quality.kpi.hours import Hour, by_hour, hour_of
from quality.models import RollupInput
from quality.queries import oee as facts_queries
from quality.queries import rollup as queries
from quality.queries.rollup import COLUMNS, FACT_TABLES, FOLLOWER, ChangedInput

SETTLE = timedelta(minutes=2)
"""An hour is rolled up this long after its end: what a gateway sends a little late is in then."""
BEFORE_FIRST_FACT = timedelta(days=35)
"""Hours about which nothing is known are rolled up this far back, for the pages that show a month."""
CHUNK = timedelta(days=7)
MACHINES_AT_ONCE = 200


def roll_up(*, now: datetime, limit: int = MACHINES_AT_ONCE) -> int:
    """Bring all hours that are over up to date; returns how many times a machine's hours were written."""
    take_news(now=now)
    done = 0
    while rolled := roll_some(now=now, limit=limit):
        done += rolled
    return done


def roll_again(*, since: datetime | None, machines: Collection[int] | None = None) -> int:
    """Have hours from ``since`` (default: all) rolled up again; None: every machine. Returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE quality_rollupstate SET dirty_from = least(dirty_from, coalesce(%(since)s, rolled_from))
            WHERE rolled_to > coalesce(%(since)s, rolled_from)
                AND (%(machines)s::int8[] IS NULL OR machine_id = ANY(%(machines)s))
            """,
            {"since": since, "machines": None if machines is None else list(machines)},
        )
        return int(cursor.rowcount)


# --- the news


@transaction.atomic
def take_news(*, now: datetime) -> None:
    """Note what must be rolled up again, and that this is known."""
    follow_all(FOLLOWER, measured_only=False)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO quality_rollupstate (machine_id) SELECT id FROM machines_machine "
            "ON CONFLICT DO NOTHING"
        )
        cursor.execute(_TAKE_FOLLOWER, {"follower": FOLLOWER, "horizon": horizon_at(now)})
    _take_facts()
    _take_inputs(queries.changed_inputs())


_TAKE_FOLLOWER = """
    WITH told AS (
        SELECT machine_id, dirty_from FROM machines_follower
        WHERE name = %(follower)s AND dirty_from < %(horizon)s ORDER BY machine_id FOR UPDATE
    ), cleared AS (
        UPDATE machines_follower f SET dirty_from = NULL, version = f.version + 1
        FROM told t WHERE f.name = %(follower)s AND f.machine_id = t.machine_id
    )
    UPDATE quality_rollupstate s SET dirty_from = least(s.dirty_from, t.dirty_from)
    FROM told t WHERE s.machine_id = t.machine_id AND t.dirty_from < s.rolled_to
"""


def _take_facts() -> None:
    """Facts get their ids early and may be committed late: see ``FactMark``.

    Whether older transactions have ended is asked before the facts are read. A fact's transaction has locked
    its order or machine before, so that it has its transaction id before the fact has its own.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            'INSERT INTO quality_factmark ("table", done, upcoming, until) '
            "SELECT name, 0, 0, 0 FROM unnest(%s::text[]) AS name ON CONFLICT DO NOTHING",
            [list(FACT_TABLES)],
        )
        cursor.execute('SELECT "table", upcoming, until FROM quality_factmark ORDER BY "table" FOR UPDATE')
        marks = cursor.fetchall()
        cursor.execute(_OLDEST_RUNNING)
        oldest = cursor.fetchone()[0]
    _distrust(queries.changed_since_read())
    with connection.cursor() as cursor:
        for table, upcoming, until in marks:
            if oldest is not None and oldest < until:
                continue
            cursor.execute(f"SELECT coalesce(max(id), 0) FROM {table}")  # noqa: S608 (a name of ours)
            newest = cursor.fetchone()[0]
            cursor.execute(
                """
                UPDATE quality_factmark SET done = %s, upcoming = %s,
                    until = pg_snapshot_xmax(pg_current_snapshot())::text::int8
                WHERE "table" = %s
                """,
                [upcoming, newest, table],
            )


# Transactions of other databases don't count; one whose session is gone meanwhile does, to be safe.
_OLDEST_RUNNING = """
    SELECT min(x::text::int8) FROM pg_snapshot_xip(pg_current_snapshot()) AS x
    LEFT JOIN pg_locks l ON l.locktype = 'transactionid' AND l.granted AND l.transactionid = x::xid
    LEFT JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE a.datname IS NULL OR a.datname = current_database()
"""


def _take_inputs(changed: Collection[ChangedInput]) -> None:
    """Master data speaks about the past too: what was rolled up with other data is rolled up again."""
    known = [one for one in changed if one.old_digest is not None]
    kinds = RollupInput.Kind
    everything = [one.row for one in known if one.kind == kinds.MACHINE]
    if everything:
        roll_again(since=None, machines=everything)
    if reasons := [one.row for one in known if one.kind == kinds.REASON]:
        _distrust(queries.coded_with(reasons))
    _distrust(_concerned([one for one in changed if one.kind == kinds.EXCEPTION]))
    _keep_inputs(changed)


def _concerned(exceptions: Iterable[ChangedInput]) -> dict[int, datetime]:
    """By machine the beginning of the first changed exception, of those it is subject to or was."""
    by_scope: dict[tuple[int, int, int], datetime] = {}
    for one in exceptions:
        for digest, since in ((one.digest, one.since), (one.old_digest, one.old_since)):
            if digest is not None and since is not None:
                scope = _scope(digest)
                by_scope[scope] = min(since, by_scope.get(scope, since))
    if not by_scope:
        return {}
    found: dict[int, datetime] = {}
    rows = Machine.objects.filter(plant__in={plant for plant, _area, _machine in by_scope})
    for pk, plant, area in rows.values_list("pk", "plant_id", "area_id"):
        scopes = ((plant, 0, 0), (plant, area, 0), (plant, 0, pk))
        moments = [by_scope[scope] for scope in scopes if scope in by_scope]
        if moments:
            found[pk] = min(moments)
    return found


def _scope(digest: str) -> tuple[int, int, int]:
    plant, area, machine, *_rest = digest.split(":")
    return int(plant), int(area), int(machine)


def _keep_inputs(changed: Collection[ChangedInput]) -> None:
    gone = [one for one in changed if one.digest is None]
    for one in gone:
        RollupInput.objects.filter(kind=one.kind, row=one.row).delete()
    RollupInput.objects.bulk_create(
        [
            RollupInput(kind=one.kind, row=one.row, digest=one.digest, since=one.since)
            for one in changed
            if one.digest is not None
        ],
        batch_size=2000,
        update_conflicts=True,
        unique_fields=["kind", "row"],
        update_fields=["digest", "since"],
    )


def _distrust(since: Mapping[int, datetime]) -> None:
    """Roll these machines up again from the given moments on, as far as they are rolled up."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE quality_rollupstate s SET dirty_from = least(s.dirty_from, w.since)
            FROM unnest(%s::int8[], %s::timestamptz[]) AS w(machine_id, since)
            WHERE s.machine_id = w.machine_id AND w.since < s.rolled_to
            """,
            [list(since), list(since.values())],
        )


# --- the hours


@dataclass(slots=True)
class _Claim:
    machine: int
    plant: int
    rolled_from: datetime | None
    rolled_to: datetime | None
    dirty_from: datetime | None
    begin: datetime

    def after(self, until: datetime) -> tuple[int, datetime, datetime, datetime | None]:
        """Its state when the hours from ``begin`` to ``until`` are written."""
        rolled_to = max(self.rolled_to or until, until)
        left = until if self.dirty_from is not None and until < rolled_to else None
        return self.machine, min(self.rolled_from or self.begin, self.begin), rolled_to, left


@transaction.atomic
def roll_some(*, now: datetime, limit: int = MACHINES_AT_ONCE) -> int:
    """Write the hours of some machines to be rolled up from the same hour on; 0 if there are none."""
    horizon = horizon_at(now)
    claims = _claim(horizon, limit)
    if not claims:
        return 0
    begin = claims[0].begin
    claims = [claim for claim in claims if claim.begin == begin]
    until = min(horizon, begin + CHUNK)
    _write({claim.machine: claim.plant for claim in claims}, Span(begin, until))
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE quality_rollupstate s
            SET rolled_from = w.rolled_from, rolled_to = w.rolled_to, dirty_from = w.dirty_from
            FROM unnest(%s::int8[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[])
                AS w(machine_id, rolled_from, rolled_to, dirty_from)
            WHERE s.machine_id = w.machine_id
            """,
            _columns([claim.after(until) for claim in claims]),
        )
    return len(claims)


def horizon_at(now: datetime) -> datetime:
    """The end of the last hour that may be rolled up."""
    return hour_of(now - SETTLE)


_CLAIM = """
    SELECT s.machine_id, m.plant_id, s.rolled_from, s.rolled_to, s.dirty_from
    FROM quality_rollupstate s JOIN machines_machine m ON m.id = s.machine_id
    WHERE s.dirty_from IS NOT NULL OR s.rolled_to IS NULL OR s.rolled_to < %s
    ORDER BY date_trunc('hour', least(s.dirty_from, s.rolled_to)) NULLS FIRST, s.machine_id
    LIMIT %s FOR UPDATE OF s SKIP LOCKED
"""


def _claim(horizon: datetime, limit: int) -> list[_Claim]:
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [horizon, limit])
        rows = cursor.fetchall()
    first = queries.first_facts([machine for machine, _plant, _from, to, _dirty in rows if to is None])
    return [
        _Claim(machine, plant, since, to, dirty, _begin(to, dirty, first.get(machine), horizon))
        for machine, plant, since, to, dirty in rows
    ]


def _begin(
    rolled_to: datetime | None, dirty: datetime | None, first_fact: datetime | None, horizon: datetime
) -> datetime:
    if rolled_to is None:
        return hour_of(min(first_fact or horizon, horizon - BEFORE_FIRST_FACT))
    return hour_of(min(dirty or rolled_to, rolled_to))


def _write(plants: Mapping[int, int], span: Span) -> None:
    """Replace the hours of these machines (by id, with their plants) in ``span``. Nine queries."""
    machines = facts_queries.machine_rows(Machine.objects.filter(pk__in=plants))
    facts = read_facts(machines, span)
    pieces = defaultdict(list)
    for hour, row in facts_queries.pieces_by_hour(list(plants), span):
        pieces[row.machine].append((hour, row))
    rows: list[tuple[Any, ...]] = []
    for machine in machines:
        segments = (found.segment for found in facts.segments_of(machine))
        over = (row.segment.span for row in facts.beyond_slots(machine))
        hours = by_hour(segments, over, pieces[machine.id])
        for hour, amounts in sorted(hours.items()):
            if amounts != _EMPTY:
                rows.append((plants[machine.id], machine.id, hour, *(getattr(amounts, c) for c in COLUMNS)))
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM quality_hourrollup WHERE machine_id = ANY(%s) AND hour >= %s AND hour < %s",
            [list(plants), span.start, span.end],
        )
        if rows:
            cursor.execute(_INSERT, _columns(rows))


_EMPTY = Hour()
_INSERT = f"""
    INSERT INTO quality_hourrollup (plant_id, machine_id, hour, {", ".join(COLUMNS)})
    SELECT * FROM unnest(%s::int8[], %s::int8[], %s::timestamptz[]{", %s::int8[]" * 9}{", %s::numeric[]" * 5})
"""  # noqa: S608


def _columns(rows: Collection[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
