"""From raw samples to cycles, state intervals and what each machine does now.

One pass claims machines that have unread samples or whose state changes by itself, folds them on from a
checkpoint, writes what changed and tells followers and live listeners, all in one transaction. Several
interpreters may run: rows are claimed with SKIP LOCKED.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
import structlog
from django.db import transaction

from machines.domain.alarms import code_from_alarms
from machines.domain.facts import Facts, write_facts
from machines.domain.followers import mark_dirty
from machines.domain.measure import FoldState, Tail, tail
from machines.domain.parameters import load_rules
from machines.domain.replay import (
    AT_ONCE,
    BEGINNING,
    Replay,
    Start,
    bucket,
    find_starts,
    load_samples,
    replay,
)
from machines.domain.stops import realign_codings
from mes.lib import bulk
from mes.lib.live import announce_all

MACHINES_AT_ONCE = 50
LATE_AT_ONCE = 3
SAMPLES_LATE = 1_000_000

logger = structlog.get_logger(__name__)

_CLAIM = """
    SELECT p.machine_id, p.dirty_from, p.floor_at, m.plant_id
    FROM machines_projection p JOIN machines_machine m ON m.id = p.machine_id
    WHERE (p.dirty_from IS NOT NULL OR EXISTS (
        SELECT FROM machines_machinenow n WHERE n.machine_id = p.machine_id AND n.due_at <= %(now)s
    )) AND (%(only)s::int8[] IS NULL OR p.machine_id = ANY(%(only)s))
    ORDER BY p.dirty_from NULLS LAST
    LIMIT %(limit)s FOR UPDATE OF p SKIP LOCKED
"""


@dataclass(slots=True)
class _Claim:
    machine: int
    dirty_from: datetime | None
    floor: datetime | None
    plant: int


def interpret_dirty(
    now: datetime, *, only: Collection[int] | None = None, limit: int = MACHINES_AT_ONCE
) -> int:
    """Read all unread samples and everything that is due. Returns how many machines were brought up to date.

    ``now`` decides which open standstills have become stops; ``only`` restricts to machines by id.
    """
    done = 0
    while claimed := interpret_some(now, only=only, limit=limit):
        done += claimed
    return done


@transaction.atomic
def interpret_some(
    now: datetime, *, only: Collection[int] | None = None, limit: int = MACHINES_AT_ONCE
) -> int:
    """One pass over at most ``limit`` machines; 0 if there was nothing to do."""
    claims = _claim(now, only, limit)
    if not claims:
        return 0
    starts = find_starts({claim.machine: _read_from(claim, now) for claim in claims})
    claims = _few_late(claims, starts)
    starts = {claim.machine: starts[claim.machine] for claim in claims}
    rules = load_rules(list(starts), since=min(start.at for start in starts.values()))
    samples, more = _load(starts)
    replays: dict[int, Replay] = {}
    facts: dict[int, Facts] = {}
    tails: dict[int, Tail] = {}
    for claim in claims:
        start = starts[claim.machine]
        edges = _edges(start.state)
        run = replay(start, samples.get(claim.machine, []), rules[claim.machine], more.get(claim.machine))
        moment = now if run.more is None else (run.newest or now)
        view = tail(run.view, rules[claim.machine], moment)
        replays[claim.machine], tails[claim.machine] = run, view
        facts[claim.machine] = Facts(
            plant=claim.plant,
            cycles=run.out.cycles + view.cycles,
            intervals=run.out.intervals + view.intervals + view.open,
            cycles_after=start.at,
            intervals_from=edges or {slot.number: BEGINNING for slot in run.view.slots if slot.line},
        )
    changed = write_facts(facts)
    mark_dirty(changed)
    realign_codings(changed, now)
    code_from_alarms(changed, now)
    _write_now(replays, tails)
    _keep_states(replays, {claim.machine: claim.floor for claim in claims}, now)
    announce_all(f"machine:{machine}" for machine in changed)
    for machine, run in replays.items():
        for note in run.out.notes:
            if note.kind == "stuck":
                logger.warning("counter_stuck", machine=machine, slot=note.slot, item=note.detail)
    return len(claims)


def _claim(now: datetime, only: Collection[int] | None, limit: int) -> list[_Claim]:
    with bulk.cursor() as cursor:
        cursor.execute(_CLAIM, {"now": now, "only": list(only) if only is not None else None, "limit": limit})
        return [_Claim(*row) for row in cursor.fetchall()]


def _few_late(claims: list[_Claim], starts: dict[int, Start]) -> list[_Claim]:
    """All machines that just go on, and a few of those that go back: these may have much to read."""
    late = [claim for claim in claims if not starts[claim.machine].last]
    return [claim for claim in claims if starts[claim.machine].last] + late[:LATE_AT_ONCE]


def _read_from(claim: _Claim, now: datetime) -> datetime:
    """The earliest sample to read; where only time passed, the last checkpoint serves."""
    earliest = claim.dirty_from or now + timedelta(days=3650)
    if claim.floor is not None:
        earliest = max(earliest, claim.floor + timedelta(microseconds=1))
    return earliest


def _load(starts: dict[int, Start]) -> tuple[dict[int, list[Any]], dict[int, datetime]]:
    """What came behind a checkpoint with later ones is read whole: its rows are replaced at once."""
    samples, more = load_samples({m: start.at for m, start in starts.items() if start.last}, limit=AT_ONCE)
    late, more_late = load_samples({m: s.at for m, s in starts.items() if not s.last}, limit=SAMPLES_LATE)
    return samples | late, more | more_late


def _edges(state: FoldState) -> dict[int, datetime]:
    """Per slot the start of the open stretch: what begins there or later may be written anew."""
    return {slot.number: slot.line.start for slot in state.slots if slot.line is not None}


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


def _write_now(replays: dict[int, Replay], tails: dict[int, Tail]) -> None:
    rows: list[tuple[Any, ...]] = []
    for machine, view in tails.items():
        run = replays[machine]
        for interval in view.open:
            slot = next(slot for slot in run.view.slots if slot.number == interval.slot)
            last = max(
                (cycle for cycle in run.out.cycles + view.cycles if cycle.slot == interval.slot),
                key=lambda cycle: cycle.end,
                default=None,
            )
            reference = slot.line.reference if slot.line else None
            rows.append(
                (
                    *(machine, interval.slot, interval.state.value, interval.start, interval.code[:80]),
                    slot.program[:200],
                    last.end if last else None,
                    last.duration.total_seconds() if last and last.duration is not None else None,
                    reference.total_seconds() if reference is not None else None,
                    run.view.heard,
                    view.due,
                )
            )
    if rows:
        with bulk.cursor() as cursor:
            _NOW.fill(cursor, rows)
            cursor.execute(_WRITE_NOW)


def _keep_states(replays: dict[int, Replay], floors: dict[int, datetime | None], now: datetime) -> None:
    """Keep the heads, drop what they replace, and note how far each machine is read.

    The last head of each stretch of five minutes stays as an anchor; the one at the retention border always.
    """
    drop: list[tuple[int, datetime]] = []
    keep: list[tuple[int, datetime, str]] = []
    for machine, run in replays.items():
        begin, heard = run.start.at, run.head.heard
        kept = [*run.anchors, (heard, run.head)] if heard is not None and heard > begin else []
        replaced = bool(kept) and bucket(begin) == bucket(kept[0][0]) and floors[machine] != begin
        drop.append((machine, begin if replaced else begin + timedelta(microseconds=1)))
        keep += [(machine, at, orjson.dumps(state.as_json()).decode()) for at, state in kept]
    with bulk.cursor() as cursor:
        cursor.execute(
            """
            DELETE FROM machines_checkpoint c
            USING unnest(%s::int8[], %s::timestamptz[]) AS w(machine_id, at)
            WHERE c.machine_id = w.machine_id AND c.at >= w.at
            """,
            [list(column) for column in zip(*drop, strict=True)],
        )
        if keep:
            cursor.execute(
                """
                INSERT INTO machines_checkpoint (machine_id, at, state)
                SELECT machine_id, at, state::jsonb
                FROM unnest(%s::int8[], %s::timestamptz[], %s::text[]) AS w(machine_id, at, state)
                ON CONFLICT (machine_id, at) DO UPDATE SET state = excluded.state
                """,
                [list(column) for column in zip(*keep, strict=True)],
            )
        cursor.execute(
            """
            UPDATE machines_projection p
            SET dirty_from = w.more, interpreted_to = w.newest, interpreted_at = %s
            FROM unnest(%s::int8[], %s::timestamptz[], %s::timestamptz[]) AS w(machine_id, more, newest)
            WHERE p.machine_id = w.machine_id
            """,
            [
                now,
                list(replays),
                [run.more for run in replays.values()],
                [run.newest for run in replays.values()],
            ],
        )
