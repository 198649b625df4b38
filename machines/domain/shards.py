"""Which interpreter works on which machines.

A shard is a thirty-second of the machines. Its row is locked while it is worked on; that alone keeps two
interpreters apart. A lease makes the same interpreter come back to it, so that it can go on from what it
remembers, and interpreters share the shards evenly among themselves.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction

from machines.domain.arrivals import SHARDS, shard_of
from mes.lib import bulk


class Turns(NamedTuple):
    """How often a worker with a memory went on in a shard, and one without derived machines of it."""

    version: int
    derived: int


LEASE_SECONDS = 10
RENEW_SECONDS = 2.0
GIVEN_AT_ONCE = 2
"""Who takes a shard has to read each of its machines once: one after the other nothing waits for long."""

_WORKED_ON = """
    SELECT s.shard, s.version, s.derived FROM machines_shard s
    WHERE (%(worker)s::text IS NULL OR s.worker = %(worker)s)
        AND (%(only)s::int2[] IS NULL OR s.shard = ANY(%(only)s))
        AND (
            s.shard IN (SELECT a.shard FROM machines_arrival a)
            OR s.shard IN (
                SELECT p.machine_id %% %(shards)s FROM machines_projection p WHERE p.dirty_from IS NOT NULL
            )
            OR s.shard IN (
                SELECT n.machine_id %% %(shards)s FROM machines_machinenow n WHERE n.due_at <= %(due)s
            )
        )
    ORDER BY s.shard FOR NO KEY UPDATE OF s
"""


def claim_shards(
    *, due: datetime | None, worker: str | None = None, only: Collection[int] | None = None
) -> dict[int, Turns]:
    """Lock the shards with something to do. Returns what happened in each until now.

    ``due``: also those where time alone changed something until then. With a ``worker`` only its own.
    Shards that somebody works on are left out, or waited for where ``only`` names them.
    """
    parameters = {"worker": worker, "only": sorted(only) if only else None, "due": due, "shards": SHARDS}
    with bulk.cursor(prepared=True) as cursor:
        cursor.execute(_WORKED_ON if only else _WORKED_ON + " SKIP LOCKED", parameters)
        return {shard: Turns(version, derived) for shard, version, derived in cursor.fetchall()}


def hold_machines(machines: Collection[int]) -> None:
    """Keep interpreters away from these machines (ids) until the transaction ends. Waits for them."""
    with bulk.cursor() as cursor:
        cursor.execute(
            "SELECT FROM machines_shard WHERE shard = ANY(%s) ORDER BY shard FOR NO KEY UPDATE",
            [sorted({shard_of(machine) for machine in machines})],
        )


def claim_all(shards: Collection[int]) -> dict[int, Turns]:
    """Lock those of these shards that nobody works on. Returns what happened in each until now."""
    with bulk.cursor() as cursor:
        cursor.execute(
            """
            SELECT shard, version, derived FROM machines_shard
            WHERE shard = ANY(%s) ORDER BY shard FOR NO KEY UPDATE SKIP LOCKED
            """,
            [sorted(shards)],
        )
        return {shard: Turns(version, derived) for shard, version, derived in cursor.fetchall()}


def count_up(shards: Collection[int], *, remembering: bool) -> None:
    """Note that a worker with a memory went on here: what others remember is out of date.

    Of one without a memory those who remember only look which machines it derived.
    """
    column = "version" if remembering else "derived"
    with bulk.cursor(prepared=True) as cursor:
        cursor.execute(
            f"UPDATE machines_shard SET {column} = {column} + 1 WHERE shard = ANY(%s)",  # noqa: S608 - ours
            [sorted(shards)],
        )


@transaction.atomic
def lease_shards(worker: str) -> int:
    """Say that this worker lives, keep its shards, take what is free up to its share.

    Returns how many shards it has.
    """
    with bulk.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO machines_shardworker (worker, seen_at) VALUES (%s, clock_timestamp())
            ON CONFLICT (worker) DO UPDATE SET seen_at = excluded.seen_at
            """,
            [worker],
        )
        cursor.execute(
            """
            INSERT INTO machines_shard (shard, version, worker, lease_until)
            SELECT shard, 0, '', 'epoch' FROM generate_series(0, %s) AS shard ON CONFLICT DO NOTHING
            """,
            [SHARDS - 1],
        )
        cursor.execute(_RENEW, {"worker": worker, "share": _share(cursor, worker), "lease": LEASE_SECONDS})
        return int(cursor.rowcount)


def surplus_of(worker: str) -> list[int]:
    """Lock some of the shards that this worker has beyond its share, to be given back."""
    with bulk.cursor() as cursor:
        cursor.execute(
            """
            SELECT shard FROM (
                SELECT shard FROM machines_shard WHERE worker = %s ORDER BY shard OFFSET %s LIMIT %s
            ) surplus JOIN machines_shard USING (shard)
            ORDER BY shard FOR NO KEY UPDATE OF machines_shard SKIP LOCKED
            """,
            [worker, _share(cursor, worker), GIVEN_AT_ONCE],
        )
        return [shard for (shard,) in cursor.fetchall()]


def give_back(shards: Collection[int]) -> None:
    """Let others have these shards, which are locked."""
    with bulk.cursor() as cursor:
        cursor.execute(
            "UPDATE machines_shard SET worker = '', lease_until = 'epoch' WHERE shard = ANY(%s)",
            [list(shards)],
        )


def _share(cursor: Any, worker: str) -> int:
    """How many shards each of the workers that live should have."""
    cursor.execute(
        """
        SELECT count(*) FROM machines_shardworker
        WHERE worker = %s OR seen_at > clock_timestamp() - make_interval(secs => %s)
        """,
        [worker, LEASE_SECONDS],
    )
    return -(-SHARDS // max(int(cursor.fetchone()[0]), 1))


_RENEW = """
    WITH wanted AS (
        SELECT s.shard FROM machines_shard s
        WHERE s.worker IN (%(worker)s, '') OR s.lease_until <= clock_timestamp()
        ORDER BY (s.worker = %(worker)s) DESC, s.shard
        LIMIT greatest(%(share)s, (SELECT count(*) FROM machines_shard WHERE worker = %(worker)s))
        FOR NO KEY UPDATE SKIP LOCKED
    )
    UPDATE machines_shard s
    SET worker = %(worker)s, lease_until = clock_timestamp() + make_interval(secs => %(lease)s)
    FROM wanted WHERE s.shard = wanted.shard
"""


@transaction.atomic
def release_shards(worker: str) -> None:
    with bulk.cursor() as cursor:
        cursor.execute(
            "UPDATE machines_shard SET worker = '', lease_until = 'epoch' WHERE worker = %s", [worker]
        )
        cursor.execute("DELETE FROM machines_shardworker WHERE worker = %s", [worker])
