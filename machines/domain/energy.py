"""Keeping what machines used of energy: from the readings of their meters to rows, anew when late ones come.

The interpreter says which meters it has news of (``tell_meters``); a worker takes the news and derives anew
from the last row that ends before it. A row's end is a reading, so that the rows come out as if all had been
read at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from machines.domain.arrivals import microseconds
from machines.domain.measure import Sample
from machines.domain.measure.meters import METERS, Meter, Use, uses
from machines.domain.replay import BEGINNING, load_samples
from machines.models import Machine
from mes.lib import bulk

Stream = tuple[int, int, str]
"""Machine, source and kind of a meter."""

NEWS_AT_ONCE = 2_000
SAMPLES_AT_ONCE = 20_000
_MICROSECOND = timedelta(microseconds=1)
_ROWS = bulk.Target(
    "machines_energyuse",
    "plant_id int8, machine_id int8, source_id int8, kind text, started_at timestamptz, "
    "ended_at timestamptz, kwh numeric, estimated bool",
)


def tell_meters(arrived: Mapping[int, Iterable[Sample]]) -> None:
    """Note the meters that samples by machine (id) are readings of. One query, or none."""
    since: dict[Stream, datetime] = {}
    for machine, samples in arrived.items():
        for one in samples:
            if one.item in METERS:
                stream = (machine, one.source, one.item)
                since[stream] = min(one.ts, since.get(stream, one.ts))
    if since:
        _tell(since)


def _tell(since: Mapping[Stream, datetime]) -> None:
    with bulk.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO machines_meternews (machine_id, source_id, kind, since)
            SELECT machine, source, kind, timestamptz 'epoch' + at * interval '1 microsecond'
            FROM unnest(%s::int8[], %s::int8[], %s::text[], %s::int8[]) AS told(machine, source, kind, at)
            """,
            [*_columns(since), bulk.array(map(microseconds, since.values()))],
        )


def read_meters(*, limit: int = NEWS_AT_ONCE) -> int:
    """Bring the rows of all meters with news up to date. Returns how many times a meter was read."""
    done = 0
    while read := _read_some(limit):
        done += read
    return done


def read_meters_again(*, since: datetime | None, machines: Collection[int] | None = None) -> int:
    """Derive the rows of meters anew from ``since`` (default: the first reading) on; None: all machines'."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT machine_id, source_id, kind, greatest(began_at, %s) FROM machines_energymeter
            WHERE %s::int8[] IS NULL OR machine_id = ANY(%s)
            """,
            [since or BEGINNING, *[None if machines is None else list(machines)] * 2],
        )
        known = {(machine, source, kind): at for machine, source, kind, at in cursor.fetchall()}
    if known:
        _tell(known)
    return read_meters()


@transaction.atomic
def _read_some(limit: int) -> int:
    news = _take_news(limit)
    if not news:
        return 0
    starts = _starts(news)
    machines = {machine.pk: machine for machine in Machine.objects.filter(pk__in={one[0] for one in starts})}
    samples = _readings(starts)
    rows = {
        stream: uses(samples.get(stream, ()), meter_of(machines[stream[0]]))
        for stream in starts
        if stream[0] in machines
    }
    _write(starts, rows, {pk: machine.plant_id for pk, machine in machines.items()})
    return len(news)


def meter_of(machine: Machine) -> Meter:
    return Meter(modulus=machine.meter_modulus, load=machine.connected_load)


def _take_news(limit: int) -> dict[Stream, datetime]:
    """News by meter, gone once the transaction commits. Others wait for their turn with these meters."""
    since: dict[Stream, datetime] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            DELETE FROM machines_meternews WHERE id IN (
                SELECT id FROM machines_meternews ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
            ) RETURNING machine_id, source_id, kind, since
            """,
            [limit],
        )
        for machine, source, kind, at in cursor.fetchall():
            stream = (machine, source, kind)
            since[stream] = min(at, since.get(stream, at))
        if since:
            since = dict(sorted(since.items()))
            cursor.execute(
                """
                INSERT INTO machines_energymeter AS m (machine_id, source_id, kind, began_at)
                SELECT * FROM unnest(%s::int8[], %s::int8[], %s::text[], %s::timestamptz[])
                ON CONFLICT (machine_id, source_id, kind)
                DO UPDATE SET began_at = least(m.began_at, excluded.began_at)
                """,
                [*_columns(since), list(since.values())],
            )
    return since


def _starts(news: Mapping[Stream, datetime]) -> dict[Stream, datetime]:
    """The reading to begin with: the end of the last row before the news, else the first one.

    What lies behind the border of retention stays as it is.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT w.machine_id, w.source_id, w.kind,
                greatest(coalesce(u.ended_at, m.began_at), coalesce(p.floor_at, m.began_at))
            FROM unnest(%s::int8[], %s::int8[], %s::text[], %s::timestamptz[])
                AS w(machine_id, source_id, kind, since)
            JOIN machines_energymeter m USING (machine_id, source_id, kind)
            LEFT JOIN machines_projection p USING (machine_id)
            LEFT JOIN LATERAL (
                SELECT ended_at FROM machines_energyuse u
                WHERE u.machine_id = w.machine_id AND u.source_id = w.source_id AND u.kind = w.kind
                    AND u.started_at < w.since AND u.ended_at < w.since
                ORDER BY u.started_at DESC LIMIT 1
            ) u ON true
            """,
            [*_columns(news), list(news.values())],
        )
        return {(machine, source, kind): at for machine, source, kind, at in cursor.fetchall()}


def _readings(starts: Mapping[Stream, datetime]) -> dict[Stream, list[Sample]]:
    after: dict[int, datetime] = {}
    for (machine, _source, _kind), at in starts.items():
        after[machine] = min(at - _MICROSECOND, after.get(machine, at))
    found: dict[Stream, list[Sample]] = defaultdict(list)
    while after:
        samples, more = load_samples(after, limit=SAMPLES_AT_ONCE)
        for machine, told in samples.items():
            for one in told:
                start = starts.get((machine, one.source, one.item))
                if start is not None and one.ts >= start:
                    found[machine, one.source, one.item].append(one)
        after = {machine: at - _MICROSECOND for machine, at in more.items() if at > after[machine]}
    return found


def _write(
    starts: Mapping[Stream, datetime], rows: Mapping[Stream, Collection[Use]], plants: Mapping[int, int]
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            DELETE FROM machines_energyuse u
            USING unnest(%s::int8[], %s::int8[], %s::text[], %s::timestamptz[])
                AS w(machine_id, source_id, kind, since)
            WHERE u.machine_id = w.machine_id AND u.source_id = w.source_id AND u.kind = w.kind
                AND u.started_at >= w.since
            """,
            [*_columns(starts), list(starts.values())],
        )
    values = (
        (plants[machine], machine, source, kind, use.start, use.end, use.kwh, use.estimated)
        for (machine, source, kind), found in rows.items()
        for use in found
    )
    with bulk.cursor() as cursor:
        _ROWS.fill(cursor, values)


def _columns(streams: Iterable[Stream]) -> list[list[Any]]:
    return [list(column) for column in zip(*streams, strict=True)]
