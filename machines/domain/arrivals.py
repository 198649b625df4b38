"""Samples on their way from the doors to the interpreter.

Whatever is stored is handed over in the same transaction: per batch one row for each shard of machines, so
that the interpreter needn't look for samples. A shard belongs to one interpreter at a time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from machines.domain.envelope import QUALITIES
from machines.domain.measure import Sample
from machines.domain.measure.samples import Value
from machines.enums import SampleFlag
from mes.lib import bulk

SHARDS = 32
WAKE_CHANNEL = "mes_samples"
SAMPLES_AT_ONCE = 20_000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_SNAPSHOT, _RESET = int(SampleFlag.SNAPSHOT), int(SampleFlag.RESET)

Arrival = tuple[int, int, str, Value, int, str, int, int, int, int, int]
"""Machine, event time (µs since 1970), item, value, source, boot, seq, sub, slot, quality, flags."""


def shard_of(machine: int) -> int:
    return machine % SHARDS


def microseconds(ts: datetime) -> int:
    """Since 1970."""
    return (ts - _EPOCH) // _MICROSECOND


def moment(microseconds: int) -> datetime:
    """UTC, from µs since 1970."""
    return _EPOCH + timedelta(0, 0, microseconds)


def hand_over(arrivals: Iterable[Arrival], received: datetime) -> None:
    """Give samples just stored to whoever interprets them; it hears of them after commit. Two queries."""
    by_shard: dict[int, list[Arrival]] = defaultdict(list)
    for one in arrivals:
        by_shard[one[0] % SHARDS].append(one)
    if not by_shard:
        return
    shards = sorted(by_shard)
    with bulk.cursor(prepared=True) as cursor:
        _make_shards(cursor, shards)
        cursor.execute(
            """
            WITH handed_over AS (
                INSERT INTO machines_arrival (shard, samples, payload, received_at)
                SELECT *, %s::timestamptz FROM unnest(%s::int2[], %s::int4[], %s::bytea[])
            )
            SELECT pg_notify(%s, '')
            """,
            [
                received,
                shards,
                [len(by_shard[shard]) for shard in shards],
                [orjson.dumps(by_shard[shard]) for shard in shards],
                WAKE_CHANNEL,
            ],
        )


def take_arrivals(shards: Collection[int]) -> dict[int, list[Sample]]:
    """The samples handed over for these shards, by machine; at most about 20,000, the oldest first.

    They are gone once the transaction commits.
    """
    found: dict[int, list[Sample]] = defaultdict(list)
    with bulk.cursor(prepared=True) as cursor:
        cursor.execute(
            """
            WITH waiting AS (
                SELECT id, sum(samples) OVER (ORDER BY id) - samples AS before
                FROM machines_arrival WHERE shard = ANY(%s)
            )
            DELETE FROM machines_arrival
            WHERE id IN (SELECT id FROM waiting WHERE before < %s) RETURNING id, payload, received_at
            """,
            [list(shards), SAMPLES_AT_ONCE],
        )
        for _, payload, received in sorted(cursor.fetchall()):
            for machine, ts, *told, quality, flags in orjson.loads(payload):
                told.append(QUALITIES[quality])
                sample = Sample(moment(ts), *told)
                sample.received = received
                if flags:
                    sample.snapshot, sample.reset = flags & _SNAPSHOT != 0, flags & _RESET != 0
                found[machine].append(sample)
    return found


def sample_of(
    ts: datetime,
    item: str,
    value: Value,
    source: int,
    boot: str,
    seq: int,
    sub: int,
    slot: int,
    quality: int,
    flags: int,
    received: datetime,
) -> Sample:
    """A sample as it is folded, from the numbers by which it is stored or handed over."""
    return Sample(
        *(ts, item, value, source, boot, seq, sub, slot, QUALITIES[quality]),
        snapshot=flags & _SNAPSHOT != 0,
        reset=flags & _RESET != 0,
        received=received,
    )


def request_interpretation(since: dict[int, datetime]) -> None:
    """Have machines (by id) read again from these event times on; the interpreter hears it after commit."""
    if not since:
        return
    ids = sorted(since)
    with bulk.cursor() as cursor:
        _make_shards(cursor, sorted({shard_of(id) for id in ids}))
        cursor.execute(
            """
            INSERT INTO machines_projection AS p (machine_id, dirty_from, version, asked)
            SELECT *, 0, 1 FROM unnest(%s::int8[], %s::timestamptz[])
            ON CONFLICT (machine_id) DO UPDATE
            SET dirty_from = least(p.dirty_from, excluded.dirty_from), asked = p.asked + 1
            """,
            [ids, [since[id] for id in ids]],
        )
        cursor.execute("SELECT pg_notify(%s, '')", [WAKE_CHANNEL])


def _make_shards(cursor: Any, shards: list[int]) -> None:
    cursor.execute(
        """
        INSERT INTO machines_shard (shard, version, worker, lease_until)
        SELECT shard, 0, '', 'epoch' FROM unnest(%s::int2[]) AS shard ON CONFLICT DO NOTHING
        """,
        [shards],
    )
