"""Machines, sources and their epochs (boots) for one batch: resolved in bulk, locked, and written back."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from psycopg.types.multirange import Multirange
from psycopg.types.range import Range

from machines.domain.clocks import with_offset
from machines.domain.envelope import LARGEST, Envelope


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
    fresh: set[int] = field(default_factory=set)
    newest: datetime | None = None
    newest_live: datetime | None = None
    accepted: int = 0
    duplicates: int = 0
    conflicts: int = 0

    def has_seen(self, seq: int) -> bool:
        place = bisect_right(self.seen, (seq, LARGEST + 1))
        return place > 0 and seq < self.seen[place - 1][1]


def known_machines(codes: set[str]) -> dict[str, KnownMachine]:
    """The active machines with these codes. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT code, id, plant_id, slots FROM machines_machine WHERE active AND code = ANY(%s)",
            [sorted(codes)],
        )
        return {code: KnownMachine(id, plant, slots) for code, id, plant, slots in cursor.fetchall()}


_LOCK_EPOCHS = """
    SELECT s.machine_id, s.code, e.boot, e.id, s.id, e.seen, s.clock_offsets, s.last_received_at
    FROM unnest(%(machines)s::int8[], %(codes)s::text[], %(boots)s::text[]) AS w(machine_id, code, boot)
    JOIN machines_source s ON s.machine_id = w.machine_id AND s.code = w.code
    JOIN machines_sourceepoch e ON e.source_id = s.id AND e.boot = w.boot
    ORDER BY e.id FOR NO KEY UPDATE OF e
"""
_MAKE_SOURCES = """
    INSERT INTO machines_source (machine_id, code, clock_offsets)
    SELECT DISTINCT machine_id, code, ARRAY[]::float8[]
    FROM unnest(%(machines)s::int8[], %(codes)s::text[]) AS w(machine_id, code)
    ORDER BY machine_id, code ON CONFLICT DO NOTHING
"""
_MAKE_EPOCHS = """
    INSERT INTO machines_sourceepoch (source_id, boot, started_at, seen, accepted, duplicates, conflicts)
    SELECT s.id, w.boot, now(), '{}', 0, 0, 0
    FROM unnest(%(machines)s::int8[], %(codes)s::text[], %(boots)s::text[]) AS w(machine_id, code, boot)
    JOIN machines_source s ON s.machine_id = w.machine_id AND s.code = w.code
    ORDER BY s.id, w.boot ON CONFLICT DO NOTHING
"""


def lock_epochs(known: Iterable[tuple[Envelope, KnownMachine]]) -> dict[tuple[int, str, str], Epoch]:
    """The epochs of a batch, locked in the order of their ids, new ones made."""
    wanted = {(machine.id, envelope.source, envelope.boot): machine for envelope, machine in known}
    names = sorted(wanted)
    parameters: dict[str, list[Any]] = {
        "machines": [name[0] for name in names],
        "codes": [name[1] for name in names],
        "boots": [name[2] for name in names],
    }
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_EPOCHS, parameters)
        found = cursor.fetchall()
        if len(found) < len(names):
            cursor.execute(_MAKE_SOURCES, parameters)
            cursor.execute(_MAKE_EPOCHS, parameters)
            cursor.execute(_LOCK_EPOCHS, parameters)
            found = cursor.fetchall()
    return {
        (machine, code, boot): Epoch(
            id=epoch,
            source=source,
            machine=wanted[machine, code, boot],
            seen=[(one.lower, one.upper) for one in seen],
            offsets=offsets,
            last_received=last_received,
        )
        for machine, code, boot, epoch, source, seen, offsets, last_received in found
    }


def close_epochs(epochs: Iterable[Epoch], received: datetime) -> None:
    """Write back what each epoch has seen, and the clock offset of its source."""
    ordered = sorted(epochs, key=lambda epoch: epoch.id)
    sources: dict[int, list[float] | None] = {}
    for epoch in ordered:
        if epoch.newest_live is not None:
            offsets = with_offset(epoch.offsets, epoch.newest_live, received, epoch.last_received)
            sources[epoch.source] = offsets if offsets is not epoch.offsets else None
        else:
            sources.setdefault(epoch.source, None)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE machines_sourceepoch e
            SET seen = e.seen + w.fresh, last_at = greatest(e.last_at, w.newest),
                accepted = e.accepted + w.accepted, duplicates = e.duplicates + w.duplicates,
                conflicts = e.conflicts + w.conflicts
            FROM unnest(
                %s::int8[], %s::int8multirange[], %s::timestamptz[], %s::int8[], %s::int8[], %s::int8[]
            ) AS w(id, fresh, newest, accepted, duplicates, conflicts)
            WHERE e.id = w.id
            """,
            [
                [epoch.id for epoch in ordered],
                [_ranges(epoch.fresh) for epoch in ordered],
                [epoch.newest for epoch in ordered],
                [epoch.accepted for epoch in ordered],
                [epoch.duplicates for epoch in ordered],
                [epoch.conflicts for epoch in ordered],
            ],
        )
        changed = sorted(source for source, offsets in sources.items() if offsets is not None)
        if changed:
            cursor.execute(
                """
                WITH mine AS (
                    SELECT id FROM machines_source WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE
                )
                UPDATE machines_source s SET last_received_at = %s, clock_offsets = w.offsets::float8[]
                FROM mine JOIN unnest(%s::int8[], %s::text[]) AS w(id, offsets) USING (id)
                WHERE s.id = mine.id
                """,
                [changed, received, changed, [_array(sources[source] or []) for source in changed]],
            )


def _array(numbers: list[float]) -> str:
    return "{" + ",".join(f"{number:.3f}" for number in numbers) + "}"


def _ranges(numbers: set[int]) -> str:
    """Whole numbers as a PostgreSQL multirange."""
    ranges: list[Range[int]] = []
    start = end = None
    for number in sorted(numbers):
        if end is not None and number == end:
            end += 1
            continue
        if start is not None:
            ranges.append(Range(start, end))
        start, end = number, number + 1
    if start is not None:
        ranges.append(Range(start, end))
    return str(Multirange(ranges))
