"""Deriving again what samples say. The rows come out as they were made live."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from django.db import transaction

from machines.domain.arrivals import request_interpretation
from machines.domain.facts import Changes, Facts, cycle_rows, differences, interval_rows
from machines.domain.interpret import SAMPLES_LATE, edges_of, interpret_dirty, write_down
from machines.domain.measure import Cycle, FoldState, Rules, Sample
from machines.domain.measure.fold import fold_at_pace
from machines.domain.measure.pace import Pace
from machines.domain.parameters import load_rules
from machines.domain.replay import BEGINNING, Start, find_starts, load_samples
from machines.domain.shards import hold_machines
from machines.models import Projection
from mes.lib import bulk

MACHINES_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Fence:
    """A checkpoint behind which nothing can differ if the fold arrives at the same state."""

    at: datetime
    state: Any


def rebuild(
    *,
    since: datetime | None,
    now: datetime,
    until: datetime | None = None,
    machines: Collection[int] | None = None,
) -> int:
    """Read the kept samples again from ``since`` on, or from the first one, and write what differs.

    With ``until`` only up to the next checkpoint after it, where what comes later can't differ; machines
    where it can are read to the end. ``machines``: ids, None for every machine that ever sent. Interpreters
    go on meanwhile. Returns how many were read.
    """
    known = Projection.objects.all() if machines is None else Projection.objects.filter(machine__in=machines)
    ids = sorted(known.values_list("machine_id", flat=True))
    rest = ids
    if until is not None:
        rest = []
        for start in range(0, len(ids), MACHINES_AT_ONCE):
            rest += _rebuild_stretch(ids[start : start + MACHINES_AT_ONCE], since or BEGINNING, until, now)
    if rest:
        with transaction.atomic():
            _forget_checkpoints(rest, since or BEGINNING)
            request_interpretation(dict.fromkeys(rest, since or BEGINNING))
        interpret_dirty(now, only=rest)
    return len(ids)


@transaction.atomic
def _rebuild_stretch(ids: Sequence[int], since: datetime, until: datetime, now: datetime) -> list[int]:
    """Derive a stretch again. Returns the machines whose later rows may differ too: nothing is done there."""
    hold_machines(ids)
    fences = _fences(ids, max(since, until))
    starts = find_starts(dict.fromkeys(fences, since))
    samples, more = load_samples({machine: start.at for machine, start in starts.items()}, limit=SAMPLES_LATE)
    rules = load_rules(list(fences), since=min((start.at for start in starts.values()), default=since))
    facts: dict[int, Facts] = {}
    for machine, fence in fences.items():
        if machine not in more:
            own = [sample for sample in samples.get(machine, []) if sample.ts <= fence.at]
            found = _up_to(machine, starts[machine], own, rules[machine], fence)
            if found is not None:
                facts[machine] = found
    plants = dict(Projection.objects.filter(pk__in=facts).values_list("pk", "machine__plant_id"))
    for machine, fact in facts.items():
        fact.plant = plants[machine]
    changes = Changes()
    differences(facts, changes)
    write_down(changes, now)
    return [machine for machine in ids if machine not in facts]


def _up_to(machine: int, start: Start, samples: list[Sample], rules: Rules, fence: Fence) -> Facts | None:
    """What the samples say until the fence; None if the fold gets there in another state."""
    begin = edges_of(start.state)
    state = start.state
    out = fold_at_pace(state, samples, rules, Pace(rules))
    if orjson.loads(orjson.dumps(state.as_json())) != fence.state:
        return None
    return Facts(
        plant=0,
        cycles=cycle_rows(machine, out.cycles),
        intervals=interval_rows(machine, out.intervals),
        cycles_after=start.at,
        intervals_from=begin or {slot.number: BEGINNING for slot in state.slots if slot.line},
        cycles_until=fence.at,
        intervals_until=edges_of(state),
        undecided=frozenset(cycle_rows(machine, _held_back(state))),
    )


def _held_back(state: FoldState) -> list[Cycle]:
    return [cycle for slot in state.slots if slot.line is not None for cycle in slot.line.streak]


def _fences(ids: Sequence[int], after: datetime) -> dict[int, Fence]:
    with bulk.cursor() as cursor:
        cursor.execute(
            """
            SELECT w.machine_id, c.at, c.state::text
            FROM unnest(%s::int8[]) AS w(machine_id)
            JOIN machines_projection p ON p.machine_id = w.machine_id AND p.dirty_from IS NULL
            CROSS JOIN LATERAL (
                SELECT at, state FROM machines_checkpoint
                WHERE machine_id = w.machine_id AND at >= %s ORDER BY at LIMIT 1
            ) c
            """,
            [list(ids), after],
        )
        return {machine: Fence(at, orjson.loads(state)) for machine, at, state in cursor.fetchall()}


def _forget_checkpoints(ids: list[int], since: datetime) -> None:
    hold_machines(ids)
    with bulk.cursor() as cursor:
        cursor.execute(
            """
            DELETE FROM machines_checkpoint c USING machines_projection p
            WHERE c.machine_id = ANY(%s) AND p.machine_id = c.machine_id AND c.at >= %s
                AND (p.floor_at IS NULL OR c.at > p.floor_at)
            """,
            [ids, since],
        )
