"""Deriving again what samples say. The rows come out as they were made live."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction

from machines.domain.arrivals import request_interpretation
from machines.domain.facts import FOR_EVER, Changes
from machines.domain.interpret import SAMPLES_LATE, interpret_dirty, write_down
from machines.domain.replay import BEGINNING
from machines.domain.shards import hold_machines
from machines.domain.stretch import Span, after_floor, read_stretches
from machines.models import Projection
from mes.lib import bulk

MACHINES_AT_ONCE = 20


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
            rest += _rebuild_stretches(ids[start : start + MACHINES_AT_ONCE], since or BEGINNING, until, now)
    if rest:
        with transaction.atomic():
            _forget_checkpoints(rest, since or BEGINNING)
            request_interpretation(dict.fromkeys(rest, since or BEGINNING))
        interpret_dirty(now, only=rest)
    return len(ids)


@transaction.atomic
def _rebuild_stretches(ids: Sequence[int], since: datetime, until: datetime, now: datetime) -> list[int]:
    """Derive a stretch of each again. Returns the machines whose later rows may differ too: nothing is done
    there."""
    hold_machines(ids)
    told = Projection.objects.filter(pk__in=ids, dirty_from=None)
    spans = [
        Span(machine, plant, begin := after_floor(since, floor), max(begin, until), FOR_EVER)
        for machine, plant, floor in told.values_list("pk", "machine__plant_id", "floor_at")
    ]
    changes = Changes()
    done = read_stretches(spans, changes, limit=SAMPLES_LATE)
    write_down(changes, now)
    return [machine for machine in ids if machine not in done]


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
