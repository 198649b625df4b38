"""Cycles and state intervals as rows: only the difference between a replay and what is stored is written.

Set-based: a fixed number of queries for any number of machines.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from machines.domain.measure import Cycle, Interval
from machines.enums import CycleFlag
from mes.lib import bulk

CycleKey = tuple[int, int, datetime, int]
CycleRow = tuple[datetime, timedelta | None, Decimal, Decimal, Decimal, str, datetime | None, int, datetime]
IntervalKey = tuple[int, int, datetime]
IntervalRow = tuple[datetime | None, str, str, int]

_STORED_CYCLES = """
    SELECT c.machine_id, c.slot, c.ended_at, c.nth, c.credit_at, c.duration, c.quantity, c.bad, c.waiting,
        c.program, c.since, c.flags, c.seen_at
    FROM unnest(%s::int8[], %s::timestamptz[]) AS w(machine_id, after)
    JOIN machines_cycle c ON c.machine_id = w.machine_id AND c.seen_at > w.after
    UNION ALL
    SELECT c.machine_id, c.slot, c.ended_at, c.nth, c.credit_at, c.duration, c.quantity, c.bad, c.waiting,
        c.program, c.since, c.flags, c.seen_at
    FROM unnest(%s::int8[], %s::int2[], %s::timestamptz[], %s::int4[]) AS w(machine_id, slot, ended_at, nth)
    JOIN machines_cycle c USING (machine_id, slot, ended_at, nth)
"""

_NEW_CYCLES = bulk.Staging(
    "new_cycles",
    "machine_id int8, slot int2, ended_at timestamptz, nth int4, credit_at timestamptz, duration interval, "
    "quantity numeric, bad numeric, waiting numeric, program text, since timestamptz, flags int4, "
    "seen_at timestamptz, plant_id int8",
)
_NEW_INTERVALS = bulk.Staging(
    "new_intervals",
    "machine_id int8, slot int2, started_at timestamptz, ended_at timestamptz, state text, alarm text, "
    "flags int4, plant_id int8",
)

QUANTUM = Decimal("0.001")


@dataclass(slots=True)
class Facts:
    """What a replay says about one machine.

    It covers the cycles told after ``cycles_after`` (and repeats some told before), and the intervals of each
    slot from ``intervals_from`` on.
    """

    plant: int
    cycles: list[Cycle]
    intervals: list[Interval]
    cycles_after: datetime
    intervals_from: dict[int, datetime]


def write_facts(facts: Mapping[int, Facts]) -> dict[int, datetime]:
    """Bring the stored rows of these machines (by id) in line. Returns the earliest change by machine."""
    changed: dict[int, datetime] = {}
    _write_cycles(facts, changed)
    _write_intervals(facts, changed)
    return changed


def _note(changed: dict[int, datetime], machine: int, at: datetime) -> None:
    changed[machine] = min(changed.get(machine, at), at)


def flag_bits(names: Iterable[str]) -> int:
    bits = CycleFlag(0)
    for name in names:
        bits |= CycleFlag[name.upper()]
    return int(bits)


def _write_cycles(facts: Mapping[int, Facts], changed: dict[int, datetime]) -> None:
    wanted: dict[CycleKey, CycleRow] = {}
    for machine, fact in facts.items():
        wanted |= cycle_rows(machine, fact.cycles)
    repeated = [key for key, row in wanted.items() if row[-1] <= facts[key[0]].cycles_after]
    with bulk.cursor() as cursor:
        cursor.execute(
            _STORED_CYCLES,
            [list(facts), [fact.cycles_after for fact in facts.values()], *_columns(repeated, 4)],
        )
        stored: dict[CycleKey, CycleRow] = {row[:4]: row[4:] for row in cursor.fetchall()}
        gone = [key for key in stored if key not in wanted]
        new = {key: row for key, row in wanted.items() if stored.get(key) != row}
        for key, row in [(key, stored[key]) for key in gone] + list(new.items()):
            _note(changed, key[0], min(row[0], row[6] or row[0]))
            if (before := stored.get(key)) is not None:
                _note(changed, key[0], min(before[0], before[6] or before[0]))
        if gone:
            cursor.execute(
                """
                DELETE FROM machines_cycle c
                USING unnest(%s::int8[], %s::int2[], %s::timestamptz[], %s::int4[])
                    AS w(machine_id, slot, ended_at, nth)
                WHERE c.machine_id = w.machine_id AND c.slot = w.slot
                    AND c.ended_at = w.ended_at AND c.nth = w.nth
                """,
                _columns(gone, 4),
            )
        if new:
            _NEW_CYCLES.fill(cursor, ((*key, *row, facts[key[0]].plant) for key, row in new.items()))
            cursor.execute(
                """
                INSERT INTO machines_cycle (machine_id, slot, ended_at, nth, credit_at, duration, quantity,
                    bad, waiting, program, since, flags, seen_at, plant_id)
                SELECT * FROM pg_temp.new_cycles
                ON CONFLICT (machine_id, slot, ended_at, nth) DO UPDATE SET
                    credit_at = excluded.credit_at, duration = excluded.duration,
                    quantity = excluded.quantity, bad = excluded.bad, waiting = excluded.waiting,
                    program = excluded.program, since = excluded.since,
                    flags = excluded.flags, seen_at = excluded.seen_at
                """
            )


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
                cycle.quantity.quantize(QUANTUM),
                cycle.bad.quantize(QUANTUM),
                cycle.waiting.quantize(QUANTUM),
                cycle.program[:200],
                cycle.since,
                flag_bits(cycle.flags),
                cycle.seen,
            )
    return rows


def _write_intervals(facts: Mapping[int, Facts], changed: dict[int, datetime]) -> None:
    windows = [
        (machine, slot, start)
        for machine, fact in facts.items()
        for slot, start in fact.intervals_from.items()
    ]
    if not windows:
        return
    with bulk.cursor() as cursor:
        cursor.execute(
            """
            SELECT i.machine_id, i.slot, i.started_at, i.ended_at, i.state, i.alarm, i.flags
            FROM unnest(%s::int8[], %s::int2[], %s::timestamptz[]) AS w(machine_id, slot, start)
            JOIN machines_stateinterval i
                ON i.machine_id = w.machine_id AND i.slot = w.slot AND i.started_at >= w.start
            """,
            _columns(windows, 3),
        )
        stored: dict[IntervalKey, IntervalRow] = {row[:3]: row[3:] for row in cursor.fetchall()}
        wanted = {
            (machine, one.slot, one.start): (one.end, one.state.value, one.code[:80], flag_bits(one.flags))
            for machine, fact in facts.items()
            for one in fact.intervals
        }
        gone = [key for key, row in stored.items() if wanted.get(key) != row]
        new = {key: row for key, row in wanted.items() if stored.get(key) != row}
        for key in [*gone, *new]:
            _note(changed, key[0], key[2])
        if gone:
            cursor.execute(
                """
                DELETE FROM machines_stateinterval i
                USING unnest(%s::int8[], %s::int2[], %s::timestamptz[]) AS w(machine_id, slot, started_at)
                WHERE i.machine_id = w.machine_id AND i.slot = w.slot AND i.started_at = w.started_at
                """,
                _columns(gone, 3),
            )
        if new:
            _NEW_INTERVALS.fill(cursor, ((*key, *row, facts[key[0]].plant) for key, row in new.items()))
            cursor.execute(
                """
                INSERT INTO machines_stateinterval
                    (machine_id, slot, started_at, ended_at, state, alarm, flags, plant_id)
                SELECT * FROM pg_temp.new_intervals
                """
            )


def _columns(rows: list[Any], width: int) -> list[list[Any]]:
    return [[row[column] for row in rows] for column in range(width)]
