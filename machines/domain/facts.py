"""Cycles and state intervals as rows: only the difference between a replay and what is stored is written.

Set-based: a fixed number of queries for any number of machines.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from machines.domain.arrivals import microseconds
from machines.domain.measure import Cycle, Interval, State
from machines.domain.measure.timeline import Line
from machines.enums import CycleFlag
from mes.lib import bulk
from mes.lib.fields import ZERO

CycleKey = tuple[int, int, datetime, int]
CycleRow = tuple[datetime, timedelta | None, Decimal, Decimal, Decimal, str, datetime | None, int, datetime]
Place = tuple[int, int, datetime]
"""Machine, slot and end: cycles of one place are numbered."""
IntervalKey = tuple[int, int, datetime]
IntervalRow = tuple[datetime | None, str, str, int]

_STORED_CYCLES = """
    SELECT c.machine_id, c.slot, c.ended_at, c.nth, c.credit_at, c.duration, c.quantity, c.bad, c.waiting,
        c.program, c.since, c.flags, c.seen_at
    FROM unnest(%s::int8[], %s::timestamptz[], %s::timestamptz[]) AS w(machine_id, after, until)
    JOIN machines_cycle c ON c.machine_id = w.machine_id AND c.seen_at > w.after AND c.seen_at <= w.until
    UNION ALL
    SELECT c.machine_id, c.slot, c.ended_at, c.nth, c.credit_at, c.duration, c.quantity, c.bad, c.waiting,
        c.program, c.since, c.flags, c.seen_at
    FROM unnest(%s::int8[], %s::int2[], %s::timestamptz[], %s::int4[]) AS w(machine_id, slot, ended_at, nth)
    JOIN machines_cycle c USING (machine_id, slot, ended_at, nth)
"""

_NEW_CYCLES = bulk.Target(
    "machines_cycle",
    "machine_id int8, slot int2, ended_at timestamptz, nth int4, credit_at timestamptz, duration interval, "
    "quantity bytea, bad bytea, waiting bytea, program varchar, since timestamptz, flags int4, "
    "seen_at timestamptz, plant_id int8",
)
_NEW_INTERVALS = bulk.Target(
    "machines_stateinterval",
    "machine_id int8, slot int2, started_at timestamptz, ended_at timestamptz, state varchar, alarm varchar, "
    "flags int4, plant_id int8",
)

QUANTUM = Decimal("0.001")
FOR_EVER = datetime(9000, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Facts:
    """What a replay says about one machine, as rows.

    It covers the cycles told after ``cycles_after`` until ``cycles_until`` (and repeats some told before),
    and the intervals of each slot that begin from ``intervals_from`` on and before ``intervals_until``.
    ``reaches_back``: some of its cycles are numbered after stored ones that were told before.
    """

    plant: int
    cycles: dict[CycleKey, CycleRow]
    intervals: dict[IntervalKey, IntervalRow]
    cycles_after: datetime
    intervals_from: dict[int, datetime]
    cycles_until: datetime = FOR_EVER
    intervals_until: dict[int, datetime] = field(default_factory=dict)
    reaches_back: bool = False


@dataclass(slots=True)
class Changes:
    """Rows to delete and to write, and from when on each machine's cycles or intervals (by id) differ.

    ``gone`` are those that are stored and won't be any more, or as another row; ``new`` what is to be stored,
    each with its plant.
    """

    gone_cycles: set[CycleKey] = field(default_factory=set)
    new_cycles: dict[CycleKey, tuple[Any, ...]] = field(default_factory=dict)
    gone_intervals: set[IntervalKey] = field(default_factory=set)
    new_intervals: dict[IntervalKey, tuple[Any, ...]] = field(default_factory=dict)
    since: dict[int, datetime] = field(default_factory=dict)
    intervals_since: dict[int, datetime] = field(default_factory=dict)

    def cycle(self, key: CycleKey, before: CycleRow | None, after: CycleRow | None, plant: int) -> None:
        """A cycle's row is ``after`` (None: gone) where ``before`` was stored."""
        machine = key[0]
        for row in (before, after):
            if row is not None:
                _note(self.since, machine, row[0] if row[6] is None or row[0] < row[6] else row[6])
        if before is not None and self.new_cycles.pop(key, None) is None:
            self.gone_cycles.add(key)
        if after is not None:
            self.new_cycles[key] = (*after, plant)

    def interval(
        self, key: IntervalKey, before: IntervalRow | None, after: IntervalRow | None, plant: int
    ) -> None:
        _note(self.since, key[0], key[2])
        _note(self.intervals_since, key[0], key[2])
        if before is not None and self.new_intervals.pop(key, None) is None:
            self.gone_intervals.add(key)
        if after is not None:
            self.new_intervals[key] = (*after, plant)

    def note(self, machine: int, since: datetime) -> None:
        """Rows of this machine differ from then on."""
        _note(self.since, machine, since)

    def add(self, other: Changes) -> None:
        """These changes and others, of other rows."""
        self.gone_cycles |= other.gone_cycles
        self.new_cycles |= other.new_cycles
        self.gone_intervals |= other.gone_intervals
        self.new_intervals |= other.new_intervals
        for mine, others in ((self.since, other.since), (self.intervals_since, other.intervals_since)):
            for machine, at in others.items():
                _note(mine, machine, at)


def _note(changed: dict[int, datetime], machine: int, at: datetime) -> None:
    known = changed.get(machine)
    if known is None or at < known:
        changed[machine] = at


def differences(facts: Mapping[int, Facts], changes: Changes) -> None:
    """Compare what replays say about machines (by id) with what is stored. At most three queries."""
    if facts:
        _compare_cycles(facts, changes)
        _compare_intervals(facts, changes)


def write_changes(changes: Changes) -> None:
    with bulk.cursor() as cursor:
        if changes.gone_cycles:
            machines, slots, ends, places = zip(*changes.gone_cycles, strict=True)
            cursor.execute(
                _DELETE_CYCLES, [*map(bulk.array, (machines, slots, map(microseconds, ends), places))]
            )
        if changes.new_cycles:
            _NEW_CYCLES.fill(cursor, _stored_cycles(changes.new_cycles))
        if changes.gone_intervals:
            machines, slots, starts = zip(*changes.gone_intervals, strict=True)
            cursor.execute(
                _DELETE_INTERVALS, [*map(bulk.array, (machines, slots, map(microseconds, starts)))]
            )
        if changes.new_intervals:
            _NEW_INTERVALS.fill(cursor, ((*key, *row) for key, row in changes.new_intervals.items()))


def _stored_cycles(rows: Mapping[CycleKey, tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    numeric = bulk.numeric
    for key, (credit_at, duration, quantity, bad, waiting, *rest) in rows.items():
        yield (*key, credit_at, duration, numeric(quantity), numeric(bad), numeric(waiting), *rest)


_DELETE_CYCLES = """
    DELETE FROM machines_cycle c
    USING unnest(%s::int8[], %s::int2[], %s::int8[], %s::int4[]) AS w(machine_id, slot, ended, nth)
    WHERE c.machine_id = w.machine_id AND c.slot = w.slot AND c.nth = w.nth
        AND c.ended_at = timestamptz 'epoch' + w.ended * interval '1 microsecond'
"""
_DELETE_INTERVALS = """
    DELETE FROM machines_stateinterval i
    USING unnest(%s::int8[], %s::int2[], %s::int8[]) AS w(machine_id, slot, started)
    WHERE i.machine_id = w.machine_id AND i.slot = w.slot
        AND i.started_at = timestamptz 'epoch' + w.started * interval '1 microsecond'
"""


def flag_bits(names: Iterable[str]) -> int:
    bits = 0
    for name in names:
        bits |= _BITS[name]
    return bits


_BITS = {flag.name.lower(): int(flag) for flag in CycleFlag if flag.name}


_TOLD_BEFORE = """
    SELECT c.machine_id, c.slot, c.ended_at, c.nth, c.seen_at
    FROM unnest(%s::int8[], %s::int2[], %s::timestamptz[], %s::timestamptz[])
        AS w(machine_id, slot, ended_at, after)
    JOIN machines_cycle c USING (machine_id, slot, ended_at)
    WHERE c.seen_at <= w.after ORDER BY c.nth
"""


def _number_behind_older(facts: Mapping[int, Facts]) -> None:
    """A counter step may end cycles before the checkpoint, where another counter, or a bad piece, ended one.

    Cycles of one slot and end are numbered in the order in which they were told: those told before stay.
    """
    places = {
        key[:3]: fact.cycles_after
        for fact in facts.values()
        for key, row in fact.cycles.items()
        if key[2] <= fact.cycles_after < row[-1]
    }
    if not places:
        return
    older: dict[Place, list[datetime]] = defaultdict(list)
    with bulk.cursor() as cursor:
        cursor.execute(_TOLD_BEFORE, _columns([(*place, after) for place, after in places.items()], 4))
        for *place, _nth, seen in cursor.fetchall():
            older[place[0], place[1], place[2]].append(seen)
    for place, told in older.items():
        fact = facts[place[0]]
        same = [fact.cycles.pop(key) for key in sorted(key for key in fact.cycles if key[:3] == place)]
        for row in same:
            nth = _place_of(row, told)
            fact.cycles[*place, nth] = row
        fact.reaches_back = True


def _place_of(row: CycleRow, told: list[datetime]) -> int:
    """The number of a cycle among those of one slot and end: one told before has its own, a new one the next.

    ``told``: when each was told; one that found its number is taken out of the question.
    """
    nth = told.index(row[-1]) if row[-1] in told else len(told)
    if nth == len(told):
        told.append(row[-1])
    told[nth] = FOR_EVER
    return nth


def _compare_cycles(facts: Mapping[int, Facts], changes: Changes) -> None:
    _number_behind_older(facts)
    wanted: dict[CycleKey, CycleRow] = {}
    for fact in facts.values():
        wanted |= fact.cycles
    repeated = [key for key, row in wanted.items() if row[-1] <= facts[key[0]].cycles_after]
    with bulk.cursor() as cursor:
        cursor.execute(
            _STORED_CYCLES,
            [
                list(facts),
                [fact.cycles_after for fact in facts.values()],
                [fact.cycles_until for fact in facts.values()],
                *_columns(repeated, 4),
            ],
        )
        stored: dict[CycleKey, CycleRow] = {row[:4]: row[4:] for row in cursor.fetchall()}
    for key, before in stored.items():
        if key not in wanted:
            changes.cycle(key, before, None, facts[key[0]].plant)
    for key, row in wanted.items():
        if (known := stored.get(key)) != row:
            changes.cycle(key, known, row, facts[key[0]].plant)


def cycle_rows(machine: int, cycles: Iterable[Cycle]) -> dict[CycleKey, CycleRow]:
    """Rows by key; cycles of a slot that end at one instant are numbered in the order of their samples."""
    by_end: dict[tuple[int, datetime], list[Cycle]] = defaultdict(list)
    for cycle in cycles:
        by_end[cycle.slot, cycle.end].append(cycle)
    rows: dict[CycleKey, CycleRow] = {}
    for (slot, end), same in by_end.items():
        for nth, cycle in enumerate(sorted(same, key=lambda cycle: cycle.identity)):
            rows[machine, slot, end, nth] = (
                end - cycle.duration if cycle.duration is not None else end,
                cycle.duration,
                _quantity(cycle.quantity),
                _quantity(cycle.bad),
                _quantity(cycle.waiting),
                cycle.program[:200],
                cycle.since,
                flag_bits(cycle.flags),
                cycle.seen,
            )
    return rows


def cycle_row_at_work(end: datetime, duration: timedelta, pieces: Decimal, program: str) -> CycleRow:
    """The row of a cycle told when it ended, of which nothing else is to be said."""
    return (end - duration, duration, _quantity(pieces), ZERO, ZERO, program[:200], None, 0, end)


def open_row(state: State, line: Line) -> IntervalRow:
    return (None, state.value, line.code[:80], flag_bits(line.flags))


def _quantity(amount: Decimal) -> Decimal:
    return amount.quantize(QUANTUM) if amount else ZERO


def interval_rows(machine: int, intervals: Iterable[Interval]) -> dict[IntervalKey, IntervalRow]:
    return {
        (machine, one.slot, one.start): (one.end, one.state.value, one.code[:80], flag_bits(one.flags))
        for one in intervals
    }


def _compare_intervals(facts: Mapping[int, Facts], changes: Changes) -> None:
    windows = [
        (machine, slot, start, fact.intervals_until.get(slot, FOR_EVER))
        for machine, fact in facts.items()
        for slot, start in fact.intervals_from.items()
    ]
    if not windows:
        return
    with bulk.cursor() as cursor:
        cursor.execute(
            """
            SELECT i.machine_id, i.slot, i.started_at, i.ended_at, i.state, i.alarm, i.flags
            FROM unnest(%s::int8[], %s::int2[], %s::timestamptz[], %s::timestamptz[])
                AS w(machine_id, slot, start, until)
            JOIN machines_stateinterval i ON i.machine_id = w.machine_id AND i.slot = w.slot
                AND i.started_at >= w.start AND i.started_at < w.until
            """,
            _columns(windows, 4),
        )
        stored: dict[IntervalKey, IntervalRow] = {row[:3]: row[3:] for row in cursor.fetchall()}
    wanted: dict[IntervalKey, IntervalRow] = {}
    for fact in facts.values():
        wanted |= fact.intervals
    for key, before in stored.items():
        if key not in wanted:
            changes.interval(key, before, None, facts[key[0]].plant)
    for key, row in wanted.items():
        if (known := stored.get(key)) != row:
            changes.interval(key, known, row, facts[key[0]].plant)


def _columns(rows: list[Any], width: int) -> list[list[Any]]:
    return [[row[column] for row in rows] for column in range(width)]
