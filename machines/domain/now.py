"""What each machine slot does at this moment, as rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from machines.domain.arrivals import SHARDS
from machines.domain.measure import Cycle, FoldState, State, Tail
from machines.domain.measure.timeline import Line
from mes.lib import bulk

_At = datetime | None
_Seconds = float | None
NowRow = tuple[int, int, str, datetime, str, str, _At, _Seconds, _Seconds, _At, _At]
"""Machine, slot, state, since, alarm, program, last cycle, its seconds and the planned, last sample, due."""

LastCycle = tuple[datetime | None, timedelta | None]

_NOW = bulk.Staging(
    "standing_now",
    "machine_id int8, slot int2, state text, since timestamptz, alarm text, program text, "
    "last_cycle_at timestamptz, cycle_seconds float8, reference_seconds float8, last_sample_at timestamptz, "
    "due_at timestamptz",
)
_WRITE_NOW = """
    INSERT INTO machines_machinenow AS n (machine_id, slot, state, since, alarm, program, last_cycle_at,
        cycle_seconds, reference_seconds, last_sample_at, due_at)
    SELECT * FROM pg_temp.standing_now
    ON CONFLICT (machine_id, slot) DO UPDATE SET
        state = excluded.state, since = excluded.since, alarm = excluded.alarm, program = excluded.program,
        last_cycle_at = coalesce(excluded.last_cycle_at, n.last_cycle_at),
        cycle_seconds = coalesce(excluded.cycle_seconds, n.cycle_seconds),
        reference_seconds = excluded.reference_seconds, last_sample_at = excluded.last_sample_at,
        due_at = excluded.due_at
"""
_NEXT_DUE = """
    SELECT min(due_at) FROM machines_machinenow
    WHERE due_at > %(after)s AND machine_id %% %(of)s = ANY(
        SELECT shard FROM machines_shard WHERE worker = %(worker)s
    )
"""
_PRODUCING = State.PRODUCING.value


def write_now(rows: Sequence[NowRow]) -> None:
    if rows:
        with bulk.cursor(prepared=True) as cursor:
            _NOW.fill(cursor, rows)
            cursor.execute(_WRITE_NOW)


def next_due(worker: str, *, after: datetime) -> datetime | None:
    """When passing time alone changes a machine of this worker next."""
    with bulk.cursor() as cursor:
        cursor.execute(_NEXT_DUE, {"after": after, "of": SHARDS, "worker": worker})
        (due,) = cursor.fetchone()
    return due if isinstance(due, datetime) else None


def now_rows(
    machine: int, state: FoldState, view: Tail, cycles: list[Cycle], before: LastCycle = (None, None)
) -> list[NowRow]:
    """A row for each slot. ``before``: the cycle before these ones, where the machine has but one slot."""
    rows: list[NowRow] = []
    for interval in view.open:
        slot = next(slot for slot in state.slots if slot.number == interval.slot)
        end, took = before
        for cycle in cycles:
            if cycle.slot == interval.slot and (end is None or cycle.end > end):
                end, took = cycle.end, cycle.duration
        reference = slot.line.reference if slot.line else None
        rows.append(
            (
                *(machine, interval.slot, interval.state.value, interval.start, interval.code[:80]),
                slot.program[:200],
                end,
                took.total_seconds() if took is not None else None,
                reference.total_seconds() if reference is not None else None,
                state.heard,
                view.due,
            )
        )
    return rows


def at_work(machine: int, line: Line, program: str, end: datetime, took: timedelta, due: datetime) -> NowRow:
    """The row of a slot that is producing and whose last sample told the end of a cycle."""
    reference = line.reference
    return (
        *(machine, line.slot, _PRODUCING, line.start, line.code[:80], program[:200], end),
        *(took.total_seconds(), reference.total_seconds() if reference is not None else None, end, due),
    )
