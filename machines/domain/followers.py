"""Readers of cycles and states in the apps above: told from where on to read again.

A follower notes the ``version`` it saw, works, and clears the mark only if the version is still the same:
what changed meanwhile is read in the next round. No lock is held while it works.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db.models import F

from machines.domain.arrivals import microseconds
from machines.models import Follower
from mes.lib import bulk


def mark_dirty(since: Mapping[int, datetime]) -> None:
    """Tell every follower of these machines (by id) to read again from the given times (UTC). One query."""
    if not since:
        return
    with bulk.cursor() as cursor:
        cursor.execute(
            """
            UPDATE machines_follower f
            SET dirty_from = least(coalesce(f.dirty_from, s.since), s.since), version = f.version + 1
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


def clear(follower: Follower, *, dirty_from: datetime | None) -> bool:
    """Set the mark to what is left to read, unless something changed since ``follower`` was read."""
    return bool(
        Follower.objects.filter(
            name=follower.name, machine_id=follower.machine_id, version=follower.version
        ).update(dirty_from=dirty_from, version=F("version") + 1)
    )
