"""Deriving again what samples say. The rows come out as they were made live."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import connection, transaction

from machines.domain.arrivals import request_interpretation
from machines.domain.interpret import interpret_dirty
from machines.domain.replay import BEGINNING
from machines.domain.shards import hold_machines
from machines.models import Projection


def rebuild(*, since: datetime | None, now: datetime, machines: Collection[int] | None = None) -> int:
    """Read the kept samples again from ``since`` on, or from the first one, and write what differs.

    ``machines``: ids, None for every machine that ever sent. Returns how many were read.
    """
    known = Projection.objects.all() if machines is None else Projection.objects.filter(machine__in=machines)
    ids = sorted(known.values_list("machine_id", flat=True))
    with transaction.atomic():
        _forget_checkpoints(ids, since or BEGINNING)
        request_interpretation(dict.fromkeys(ids, since or BEGINNING))
    interpret_dirty(now, only=ids)
    return len(ids)


def _forget_checkpoints(ids: list[int], since: datetime) -> None:
    hold_machines(ids)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            DELETE FROM machines_checkpoint c USING machines_projection p
            WHERE c.machine_id = ANY(%s) AND p.machine_id = c.machine_id AND c.at >= %s
                AND (p.floor_at IS NULL OR c.at > p.floor_at)
            """,
            [ids, since],
        )
