"""Machines, sources and their epochs (boots) for one batch: known from the last batch, or locked and read.

What a door knows of an epoch after a batch is still true at the next one unless another door wrote to it
meanwhile. Writing back compares: the number of samples the epoch ever got, and what the machine's row says.
Where they differ nothing is written, and the epoch is locked and read.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter, lt
from typing import Any

from django.db import connection, transaction

from machines.domain.clocks import OFFSETS_KEPT, in_time, with_offset
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
    """A run of a source's numbering. ``told``: how many samples it ever got, taken or not."""

    name: Name
    id: int
    source: int
    machine: KnownMachine
    seen: list[tuple[int, int]]
    offsets: list[float]
    last_received: datetime | None
    in_time: bool
    told: int

    def joins_before(self) -> int | None:
        """The number before which all ranges are to be joined, where there are too many."""
        return self.seen[-RANGES_KEPT][0] if len(self.seen) > MOST_RANGES else None

    def goes_on_with(self, numbers: list[int]) -> bool:
        """Whether these are beyond all it has seen, and none comes twice."""
        if not numbers or (self.seen and numbers[0] < self.seen[-1][1]):
            return False
        return len(numbers) == 1 or all(map(lt, numbers, numbers[1:]))

    def has_seen(self, seq: int) -> bool:
        seen = self.seen
        if not seen or seq >= seen[-1][1]:
            return False
        place = bisect_right(seen, (seq, LARGEST + 1))
        return place > 0 and seq < seen[place - 1][1]


@dataclass(slots=True)
class Taking:
    """What one batch brings to an epoch, of which ``told`` samples were known when it began."""

    epoch: Epoch
    told: int
    fresh: list[int] = field(default_factory=list)
    newest: datetime | None = None
    newest_live: datetime | None = None
    duplicates: int = 0
    conflicts: int = 0
    offsets: list[float] | None = None
    joins_before: int | None = field(init=False)

    def __post_init__(self) -> None:
        self.joins_before = self.epoch.joins_before()


_known: dict[str, dict[Name, Epoch]] = {}
"""Epochs by database and name, as they were after the last batch. Only a shortcut."""
MOST_KNOWN = 50_000
MOST_RANGES, RANGES_KEPT = 64, 32
"""A source that numbers more than it sends here would make a range of each sample, and each batch write all
of them anew. Beyond so many the lowest are joined, with the holes between them: what counts as seen is looked
for among the stored samples, and taken if it isn't there.
"""


def recall_epochs(names: Collection[Name]) -> dict[Name, Epoch]:
    """Those of these epochs that are known from an earlier batch."""
    known = _of_this_database()
    return {name: epoch for name in names if (epoch := known.get(name)) is not None}


def _of_this_database() -> dict[Name, Epoch]:
    return _known.setdefault(str(connection.settings_dict["NAME"]), {})


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
        s.last_received_at, e.accepted + e.duplicates + e.conflicts
    FROM machines_sourceepoch e
    JOIN machines_source s ON s.id = e.source_id
    JOIN machines_machine m ON m.id = s.machine_id
    WHERE e.id = ANY(%s) AND m.active
    ORDER BY e.id FOR NO KEY UPDATE OF e
"""


def lock_epochs(names: Collection[Name]) -> dict[Name, Epoch]:
    """These epochs as stored, locked in the order of their ids, new ones made.

    Names of unknown and of inactive machines are left out. Raises ``Unsettled`` where an epoch goes away
    meanwhile, after which the transaction has to begin anew.
    """
    ids = _find_or_make(sorted(names))
    with bulk.cursor() as cursor:
        cursor.execute(_LOCK, [list(ids.values())])
        locked = {row[:3]: _epoch(row) for row in cursor.fetchall()}
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
    *name, epoch, source, machine, plant, slots, seen, offsets, last_received, told = row
    known = KnownMachine(machine, plant, slots)
    return Epoch(
        *((name[0], name[1], name[2]), epoch, source, known, ranges_in(seen), offsets),
        *(last_received, in_time(offsets), told),
    )


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
    "id int8, told int8, fresh text, newest timestamptz, accepted int8, duplicates int8, conflicts int8, "
    "machine_id int8, code text, plant_id int8, slots int2, joins_before int8",
)
_HEARD = bulk.Staging("heard_sources", "id int8, behind float8")
_WRITE_TOLD = """
    UPDATE machines_sourceepoch e
    SET seen = e.seen + w.fresh::int8multirange, last_at = greatest(e.last_at, w.newest),
        accepted = e.accepted + w.accepted, duplicates = e.duplicates + w.duplicates,
        conflicts = e.conflicts + w.conflicts, told_at = %s,
        joined_before = coalesce(w.joins_before, e.joined_before)
    FROM pg_temp.told_epochs w JOIN machines_machine m ON m.id = w.machine_id
    WHERE e.id = w.id AND e.accepted + e.duplicates + e.conflicts = w.told
        AND m.active AND m.code = w.code AND m.plant_id = w.plant_id AND m.slots = w.slots
    RETURNING e.id
"""
_WRITE_HEARD = """
    WITH mine AS (
        SELECT id, w.behind FROM machines_source s JOIN pg_temp.heard_sources w USING (id)
        ORDER BY id FOR NO KEY UPDATE OF s
    )
    UPDATE machines_source s SET last_received_at = %s,
        clock_offsets = (s.clock_offsets || mine.behind)[greatest(cardinality(s.clock_offsets) + 2 - %s, 1):]
    FROM mine WHERE s.id = mine.id
"""


def write_back(takings: Iterable[Taking], received: datetime) -> set[Name]:
    """Write what each epoch was told, and the clock offset of its source.

    Returns the names of those to which another door wrote or whose machine changed: they stay as they are.
    What was written is known to the next batch once it is committed.
    """
    ordered = sorted(takings, key=_id_of_taking)
    with bulk.cursor(prepared=True) as cursor, bulk.by_key():
        _TOLD.fill(cursor, map(_told, ordered))
        cursor.execute(_WRITE_TOLD, [received])
        written = {id for (id,) in cursor.fetchall()}
        stale = {one.epoch.name for one in ordered if one.epoch.id not in written}
        if stale:
            ordered = [one for one in ordered if one.epoch.id in written]
            forget_epochs(stale)
        if heard := _heard(ordered, received):
            _HEARD.fill(cursor, sorted(heard.items()))
            cursor.execute(_WRITE_HEARD, [received, OFFSETS_KEPT])
    transaction.on_commit(lambda: _remember(ordered, received))
    return stale


_id_of_taking = attrgetter("epoch.id")


def _told(one: Taking) -> tuple[Any, ...]:
    epoch = one.epoch
    machine = epoch.machine
    return (
        *(
            epoch.id,
            one.told,
            ranges_of(one.fresh, joined=_joined(epoch.seen, one.joins_before)),
            one.newest,
            len(one.fresh),
            one.duplicates,
            one.conflicts,
        ),
        *(machine.id, epoch.name[0], machine.plant, machine.slots, one.joins_before),
    )


def _joined(seen: list[tuple[int, int]], before: int | None) -> list[tuple[int, int]]:
    """The one range that joins all before that number."""
    return [] if before is None else [(seen[0][0], before)]


def _heard(takings: Iterable[Taking], received: datetime) -> Mapping[int, float]:
    """The new clock offset by source, where there is one."""
    heard: dict[int, float] = {}
    for one in takings:
        epoch = one.epoch
        if one.newest_live is not None:
            offsets = with_offset(epoch.offsets, one.newest_live, received, epoch.last_received)
            if offsets is not epoch.offsets:
                heard[epoch.source], one.offsets = offsets[-1], offsets
    return heard


def _remember(takings: Iterable[Taking], received: datetime) -> None:
    """Know what was committed. ``told`` comes last: who sees it sees the rest too."""
    known = _of_this_database()
    if len(known) > MOST_KNOWN:
        known.clear()
    for one in takings:
        epoch = one.epoch
        if one.joins_before is not None:
            _join(epoch.seen, _joined(epoch.seen, one.joins_before))
        if one.fresh:
            _add(epoch.seen, one.fresh)
        if one.offsets is not None:
            epoch.offsets, epoch.last_received = one.offsets, received
            epoch.in_time = in_time(one.offsets)
        epoch.told = one.told + len(one.fresh) + one.duplicates + one.conflicts
        known[epoch.name] = epoch


def _add(seen: list[tuple[int, int]], numbers: list[int]) -> None:
    """Join numbers to ranges in place."""
    if len(numbers) == 1 and seen and numbers[0] == seen[-1][1]:
        seen[-1] = (seen[-1][0], numbers[0] + 1)
        return
    _join(seen, _ranges(numbers))


def _join(seen: list[tuple[int, int]], ranges: Iterable[tuple[int, int]]) -> None:
    joined: list[tuple[int, int]] = []
    for low, high in sorted([*seen, *ranges]):
        if joined and low <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(high, joined[-1][1]))
        else:
            joined.append((low, high))
    seen[:] = joined


def forget_epochs(names: Iterable[Name]) -> None:
    known = _of_this_database()
    for name in names:
        known.pop(name, None)


def ranges_in(text: str) -> list[tuple[int, int]]:
    """A PostgreSQL multirange of whole numbers, e.g. ``{[1,4),[6,7)}``, as pairs (first, after the last)."""
    if len(text) < 4:
        return []
    pairs = (pair.split(",") for pair in text[2:-2].split("),["))
    return [(int(low), int(high)) for low, high in pairs]


def ranges_of(numbers: list[int], *, joined: Iterable[tuple[int, int]] = ()) -> str:
    """Whole numbers, and ranges, as a PostgreSQL multirange."""
    if len(numbers) == 1 and not joined:
        return f"{{[{numbers[0]},{numbers[0] + 1})}}"
    return "{" + ",".join(f"[{low},{high})" for low, high in (*joined, *_ranges(numbers))) + "}"


def _ranges(numbers: list[int]) -> list[tuple[int, int]]:
    ranges: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if ranges and ranges[-1][1] == number:
            ranges[-1] = (ranges[-1][0], number + 1)
        else:
            ranges.append((number, number + 1))
    return ranges
