"""States of the fold that are kept, to start reading again from and to stop at where nothing can differ."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from machines.domain.measure import FoldState
from mes.lib import bulk

MOST_FENCES = 16

_KEPT = bulk.Staging("kept_checkpoints", "machine_id int8, at timestamptz, state text")


@dataclass(frozen=True, slots=True)
class Fence:
    """A checkpoint at which the fold may arrive: everything up to ``at`` is in it."""

    at: datetime
    state: str

    def is_reached(self, state: FoldState) -> bool:
        """Whether this is the very same state, to the order in which things were learned."""
        return state.heard == self.at and bool(orjson.loads(_text(state)) == orjson.loads(self.state))


def find_fences(
    spans: Collection[tuple[int, datetime, datetime]], *, most: int = MOST_FENCES
) -> dict[int, list[Fence]]:
    """The first checkpoints of each machine (id) after the one time until the other, in order. One query."""
    found: dict[int, list[Fence]] = defaultdict(list)
    with bulk.cursor() as cursor:
        cursor.execute(
            """
            SELECT w.machine_id, c.at, c.state::text
            FROM unnest(%s::int8[], %s::timestamptz[], %s::timestamptz[]) AS w(machine_id, after, until)
            CROSS JOIN LATERAL (
                SELECT at, state FROM machines_checkpoint c
                WHERE c.machine_id = w.machine_id AND c.at > w.after AND c.at <= w.until
                ORDER BY at LIMIT %s
            ) c ORDER BY w.machine_id, c.at
            """,
            [*_columns(spans, 3), most],
        )
        for machine, at, state in cursor.fetchall():
            found[machine].append(Fence(at, state))
    return dict(found)


def edges_of(state: FoldState) -> dict[int, datetime]:
    """Per slot the start of the open stretch: what begins there or later may be written anew."""
    return {slot.number: slot.line.start for slot in state.slots if slot.line is not None}


def keep_checkpoints(kept: Collection[tuple[int, datetime, FoldState]]) -> None:
    if not kept:
        return
    with bulk.cursor() as cursor:
        _KEPT.fill(cursor, ((machine, at, _text(state)) for machine, at, state in kept))
        cursor.execute(
            """
            INSERT INTO machines_checkpoint (machine_id, at, state)
            SELECT machine_id, at, state::jsonb FROM pg_temp.kept_checkpoints
            ON CONFLICT (machine_id, at) DO UPDATE SET state = excluded.state
            """
        )


def drop_checkpoints(spans: Iterable[tuple[int, datetime, datetime]]) -> None:
    """Drop those of each machine (id) after the one time and before the other."""
    with bulk.cursor() as cursor:
        cursor.execute(
            """
            DELETE FROM machines_checkpoint c
            USING unnest(%s::int8[], %s::timestamptz[], %s::timestamptz[]) AS w(machine_id, after, before)
            WHERE c.machine_id = w.machine_id AND c.at > w.after AND c.at < w.before
            """,
            _columns(list(spans), 3),
        )


def _text(state: FoldState) -> str:
    return orjson.dumps(state.as_json()).decode()


def _columns(rows: Collection[Any], width: int) -> list[list[Any]]:
    return [[row[column] for row in rows] for column in range(width)]
