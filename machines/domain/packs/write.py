"""Packing a day of raw samples that is over; its typed rows are dropped once all are in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from machines.domain.arrivals import moment
from machines.domain.epochs import ranges_of
from machines.domain.packs.pack import Row, pack, unpack
from mes.lib import bulk

SAMPLES_AT_ONCE = 250_000

_Key = tuple[int, int, int]
"""Machine, epoch and hour (whole hours since 1970 UTC)."""

_HOUR = 3_600_000_000
_MICROSECONDS = "(extract(epoch FROM {0}) * 1000000)::int8"
_TYPED = f"""
    SELECT machine_id, epoch_id, plant_id, {_MICROSECONDS.format("ts")}, seq, sub, slot, item, number, text,
        quality, historical, flags, {_MICROSECONDS.format("device_ts")}, {_MICROSECONDS.format("received_at")}
    FROM machines_sample WHERE ts >= %s AND ts < %s AND machine_id = ANY(%s)
"""  # noqa: S608 - our own names
_PACKS = bulk.Staging(
    "new_packs",
    "hour timestamptz, until timestamptz, plant_id int8, machine_id int8, epoch_id int8, samples int4, "
    "numbers text, payload bytea",
)
_WRITE = """
    INSERT INTO machines_samplepack (hour, until, plant_id, machine_id, epoch_id, samples, numbers, payload)
    SELECT hour, until, plant_id, machine_id, epoch_id, samples, numbers::int8multirange, payload
    FROM pg_temp.new_packs
    ON CONFLICT (machine_id, hour, epoch_id) DO UPDATE SET until = excluded.until, samples = excluded.samples,
        numbers = excluded.numbers, payload = excluded.payload
"""


def pack_day(day: date) -> bool:
    """Pack the typed samples of a day (UTC) into machine-hours and drop them. True if they are dropped now.

    Some machines at a time, each in a transaction of its own: until the end both forms are there, and readers
    take each sample once. Where another sample came meanwhile the typed rows stay, for the next try. Raises
    ``DatabaseError`` for a day that isn't over for a day.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT machines_make_pack_partition(%s)", [day])
    packed = 0
    for machines in _parts(day):
        packed += _pack_machines(day, machines)
    with connection.cursor() as cursor:
        cursor.execute("SELECT machines_drop_packed_day(%s, %s)", [day, packed])
        (dropped,) = cursor.fetchone()
    return bool(dropped)


def _parts(day: date) -> list[list[int]]:
    """The day's machines (ids), cut so that each part has a quarter of a million samples, or one machine."""
    parts: list[list[int]] = []
    held = SAMPLES_AT_ONCE
    with bulk.cursor() as cursor:
        cursor.execute(
            "SELECT machine_id, count(*) FROM machines_sample WHERE ts >= %s AND ts < %s "
            "GROUP BY 1 ORDER BY 1",
            _bounds(day),
        )
        for machine, samples in cursor.fetchall():
            if held + samples > SAMPLES_AT_ONCE:
                parts.append([])
                held = 0
            parts[-1].append(machine)
            held += samples
    return parts


@transaction.atomic
def _pack_machines(day: date, machines: Sequence[int]) -> int:
    """Returns how many typed rows are in the packs now."""
    rows: dict[_Key, list[Row]] = defaultdict(list)
    plants: dict[int, int] = {}
    typed = 0
    with bulk.cursor() as cursor:
        cursor.execute(_TYPED, [*_bounds(day), list(machines)])
        for machine, epoch, plant, *columns in cursor:
            row = Row(*columns)
            rows[machine, epoch, row.ts // _HOUR].append(row)
            plants[machine] = plant
            typed += 1
        for key, earlier in _packed_before(cursor, day, machines, rows.keys()).items():
            rows[key] = _joined(earlier, rows[key])
        _PACKS.fill(cursor, (_as_pack(key, some, plants[key[0]]) for key, some in rows.items()))
        cursor.execute(_WRITE)
    return typed


def _packed_before(
    cursor: Any, day: date, machines: Sequence[int], wanted: Collection[_Key]
) -> dict[_Key, list[Row]]:
    """What an earlier packing of these hours holds: a late sample came after it."""
    cursor.execute(
        f"""
        SELECT machine_id, epoch_id, {_MICROSECONDS.format("hour")}, payload FROM machines_samplepack
        WHERE machine_id = ANY(%s) AND hour >= %s AND hour < %s
        """,  # noqa: S608 - our own names
        [list(machines), *_bounds(day)],
    )
    return {
        (machine, epoch, hour // _HOUR): unpack(payload)
        for machine, epoch, hour, payload in cursor.fetchall()
        if (machine, epoch, hour // _HOUR) in wanted
    }


def _joined(earlier: list[Row], typed: list[Row]) -> list[Row]:
    """Both, each sample once; what is packed already stays as it is."""
    known = {(row.ts, row.seq, row.sub) for row in earlier}
    return earlier + [row for row in typed if (row.ts, row.seq, row.sub) not in known]


def _as_pack(key: _Key, rows: list[Row], plant: int) -> tuple[Any, ...]:
    machine, epoch, hour = key
    until = max(row.ts for row in rows)
    numbers = ranges_of([row.seq for row in rows])
    return (
        moment(hour * _HOUR),
        moment(until),
        *(plant, machine, epoch, len(rows), numbers, pack(rows)),
    )


def _bounds(day: date) -> list[datetime]:
    start = datetime.combine(day, datetime.min.time(), UTC)
    return [start, start + timedelta(days=1)]
