"""Readers of cycles and states in the apps above: told from where on to read again.

A follower takes its mark, reads from there on, and says that it has: what changed meanwhile is a mark of its
own and read in the next round, from its own time on. No lock is held while it reads. Where a reader died, its
mark still stands in ``reading_from``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db.models import DateTimeField, F, Value
from django.db.models.functions import Least

from machines.domain.arrivals import microseconds
from machines.models import Follower
from mes.lib import bulk


def mark_dirty(since: Mapping[int, datetime]) -> None:
    """Tell every follower of these machines (by id) to read again from the given times (UTC). One query."""
    if not since:
        return
    with bulk.cursor(prepared=True) as cursor:
        cursor.execute(
            """
            UPDATE machines_follower f
            SET dirty_from = least(coalesce(f.dirty_from, s.since), s.since)
            FROM (
                SELECT machine_id, timestamptz 'epoch' + since * interval '1 microsecond'
                FROM unnest(%s::int8[], %s::int8[]) AS told(machine_id, since)
            ) s(machine_id, since)
            WHERE f.machine_id = s.machine_id
            """,
            [bulk.array(since), bulk.array(map(microseconds, since.values()))],
        )


def follow_all(name: str, *, measured_only: bool = True) -> int:
    """Have ``name`` follow each measured machine, or each one, from its first cycle on. Returns how many are
    new.
    """
    with bulk.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO machines_follower (name, machine_id, dirty_from, version)
            SELECT %s, m.id, timestamptz '2000-01-01 00:00+00', 0
            FROM machines_machine m WHERE m.counting_item <> '' OR NOT %s
            ON CONFLICT DO NOTHING
            """,
            [name, measured_only],
        )
        return int(cursor.rowcount)


def take(follower: Follower) -> datetime | None:
    """From where on (UTC) to read now, and after a crash again; None: there is nothing to read. One query."""
    with bulk.cursor() as cursor:
        cursor.execute(
            """
            UPDATE machines_follower
            SET reading_from = least(reading_from, dirty_from), dirty_from = NULL, version = version + 1
            WHERE name = %s AND machine_id = %s
            RETURNING reading_from, version
            """,
            [follower.name, follower.machine_id],
        )
        follower.reading_from, follower.version = cursor.fetchone()
    return follower.reading_from


def finish(follower: Follower, *, dirty_from: datetime | None) -> bool:
    """What was taken has been read, but what lies after ``dirty_from``; False: somebody else took it too,
    and finishes it."""
    return bool(
        Follower.objects.filter(
            name=follower.name, machine_id=follower.machine_id, version=follower.version
        ).update(reading_from=None, dirty_from=Least(F("dirty_from"), Value(dirty_from, DateTimeField())))
    )
