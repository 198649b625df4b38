"""Machines, sources and their epochs (boots) for one batch: resolved in bulk, locked, and written back."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from machines.domain.clocks import in_time, with_offset
from machines.domain.envelope import LARGEST
from mes.lib import bulk

Name = tuple[str, str, str]
"""The codes of machine, source and boot."""


class Unsettled(Exception):
    """An epoch known a moment ago is gone: try again."""


@dataclass(slots=True)
class KnownMachine:
    id: int
    plant: int
    slots: int


@dataclass(slots=True)
class Epoch:
    """A run of a source's numbering during one batch."""

    id: int
    source: int
    machine: KnownMachine
    seen: list[tuple[int, int]]
    offsets: list[float]
    last_received: datetime | None
    in_time: bool
    fresh: list[int] = field(default_factory=list)
    newest: datetime | None = None
    newest_live: datetime | None = None
    accepted: int = 0
    duplicates: int = 0
    conflicts: int = 0

    def has_seen(self, seq: int) -> bool:
        seen = self.seen
        if not seen or seq >= seen[-1][1]:
            return False
        place = bisect_right(seen, (seq, LARGEST + 1))
        return place > 0 and seq < seen[place - 1][1]


_FIND = """
    SELECT w.machine, w.source, w.boot, m.id, s.id, e.id
    FROM unnest(%s::text[], %s::text[], %s::text[]) AS w(machine, source, boot)
    JOIN machines_machine m ON m.code = w.machine AND m.active
    LEFT JOIN machines_source s ON s.machine_id = m.id AND s.code = w.source
    LEFT JOIN machines_sourceepoch e ON e.source_id = s.id AND e.boot = w.boot
"""
_MAKE_SOURCES = """
    INSERT INTO machines_source (machine_id, code, clock_offsets)
    SELECT DISTINCT machine_id, code, ARRAY[]::float8[]
    FROM unnest(%s::int8[], %s::text[]) AS w(machine_id, code)
    ORDER BY machine_id, code ON CONFLICT DO NOTHING
"""
_MAKE_EPOCHS = """
    INSERT INTO machines_sourceepoch (source_id, boot, started_at, seen, accepted, duplicates, conflicts)
    SELECT s.id, w.boot, now(), '{}', 0, 0, 0
    FROM unnest(%s::int8[], %s::text[], %s::text[]) AS w(machine_id, code, boot)
    JOIN machines_source s ON s.machine_id = w.machine_id AND s.code = w.code
    ORDER BY s.id, w.boot ON CONFLICT DO NOTHING
"""
_LOCK = """
    SELECT m.code, s.code, e.boot, e.id, s.id, m.id, m.plant_id, m.slots, e.seen::text, s.clock_offsets,
        s.last_received_at
    FROM machines_sourceepoch e
    JOIN machines_source s ON s.id = e.source_id
    JOIN machines_machine m ON m.id = s.machine_id
    WHERE e.id = ANY(%s) AND m.active
    ORDER BY e.id FOR NO KEY UPDATE OF e
"""

_ids: dict[tuple[str, Name], int] = {}
"""Epochs by database and name, found once. Only a shortcut: what is locked is compared with the name."""
MOST_KNOWN = 200_000


def lock_epochs(names: set[Name]) -> dict[Name, Epoch]:
    """The epochs of a batch, locked in the order of their ids, new ones made.

    Names of unknown and of inactive machines are left out. Raises ``Unsettled``, after which the transaction
    has to begin anew.
    """
    database = str(connection.settings_dict["NAME"])
    ids = {name: id for name in names if (id := _ids.get((database, name))) is not None}
    if len(ids) < len(names):
        found = _find_or_make(sorted(names - ids.keys()))
        ids |= found
        if len(_ids) > MOST_KNOWN:
            _ids.clear()
        _ids.update(((database, name), id) for name, id in found.items())
    with bulk.cursor() as cursor:
        cursor.execute(_LOCK, [list(ids.values())])
        locked = {row[:3]: _epoch(row) for row in cursor.fetchall()}
    if len(locked) < len(ids) or not locked.keys() <= ids.keys():
        for name in ids:
            _ids.pop((database, name), None)
        if gone := ids.keys() - locked.keys():
            _check_inactive(sorted(gone))
    return locked


def _check_inactive(gone: list[Name]) -> None:
    """Raise ``Unsettled`` unless these names belong to machines that take no samples any more."""
    with bulk.cursor() as cursor:
        cursor.execute(_FIND, _columns(gone, 3))
        if cursor.fetchall():
            raise Unsettled


def _epoch(row: Any) -> Epoch:
    _, _, _, epoch, source, machine, plant, slots, seen, offsets, last_received = row
    known = KnownMachine(machine, plant, slots)
    return Epoch(epoch, source, known, ranges_in(seen), offsets, last_received, in_time(offsets))


def _find_or_make(names: list[Name]) -> dict[Name, int]:
    with bulk.cursor() as cursor:
        cursor.execute(_FIND, _columns(names, 3))
        found = cursor.fetchall()
        missing = sorted((row[3], row[1], row[2]) for row in found if row[5] is None)
        if missing:
            with connection.cursor() as tracking:
                tracking.execute(_MAKE_SOURCES, _columns(missing, 2))
                tracking.execute(_MAKE_EPOCHS, _columns(missing, 3))
            cursor.execute(_FIND, _columns(names, 3))
            found = cursor.fetchall()
    return {row[:3]: row[5] for row in found if row[5] is not None}


def _columns(rows: list[Any], width: int) -> list[list[Any]]:
    return [[row[column] for row in rows] for column in range(width)]


_TOLD = bulk.Staging(
    "told_epochs",
    "id int8, fresh text, newest timestamptz, accepted int8, duplicates int8, conflicts int8",
)
_HEARD = bulk.Staging("heard_sources", "id int8, offsets float8[]")


def close_epochs(epochs: Iterable[Epoch], received: datetime) -> None:
    """Write back what each epoch has seen, and the clock offset of its source."""
    ordered = sorted(epochs, key=lambda epoch: epoch.id)
    sources: dict[int, list[float]] = {}
    for epoch in ordered:
        if epoch.newest_live is not None:
            offsets = with_offset(epoch.offsets, epoch.newest_live, received, epoch.last_received)
            if offsets is not epoch.offsets:
                sources[epoch.source] = [round(offset, 3) for offset in offsets]
    with bulk.cursor() as cursor:
        _TOLD.fill(
            cursor,
            (
                (one.id, ranges_of(one.fresh), one.newest, one.accepted, one.duplicates, one.conflicts)
                for one in ordered
            ),
        )
        cursor.execute(
            """
            UPDATE machines_sourceepoch e
            SET seen = e.seen + w.fresh::int8multirange, last_at = greatest(e.last_at, w.newest),
                accepted = e.accepted + w.accepted, duplicates = e.duplicates + w.duplicates,
                conflicts = e.conflicts + w.conflicts
            FROM pg_temp.told_epochs w WHERE e.id = w.id
            """
        )
        if sources:
            _HEARD.fill(cursor, sorted(sources.items()))
            cursor.execute(
                """
                WITH mine AS (
                    SELECT id, w.offsets FROM machines_source s JOIN pg_temp.heard_sources w USING (id)
                    ORDER BY id FOR NO KEY UPDATE OF s
                )
                UPDATE machines_source s SET last_received_at = %s, clock_offsets = mine.offsets
                FROM mine WHERE s.id = mine.id
                """,
                [received],
            )


def ranges_in(text: str) -> list[tuple[int, int]]:
    """A PostgreSQL multirange of whole numbers, e.g. ``{[1,4),[6,7)}``, as pairs (first, after the last)."""
    if len(text) < 4:
        return []
    pairs = (pair.split(",") for pair in text[2:-2].split("),["))
    return [(int(low), int(high)) for low, high in pairs]


def ranges_of(numbers: list[int]) -> str:
    """Whole numbers as a PostgreSQL multirange."""
    if len(numbers) == 1:
        return f"{{[{numbers[0]},{numbers[0] + 1})}}"
    ranges: list[str] = []
    start = end = None
    for number in sorted(set(numbers)):
        if number == end:
            end += 1
            continue
        if start is not None:
            ranges.append(f"[{start},{end})")
        start, end = number, number + 1
    if start is not None:
        ranges.append(f"[{start},{end})")
    return "{" + ",".join(ranges) + "}"
