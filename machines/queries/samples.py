"""What is known about raw samples without reading them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection


@dataclass(frozen=True, slots=True)
class Missing:
    """Sequence numbers first to last (both included) of a boot that never came, between others that did."""

    machine: int
    source: str
    boot: str
    first: int
    last: int


def missing_numbers(machines: Collection[int]) -> list[Missing]:
    """The holes in what the sources of these machines sent: lost on the way, still to come, or numbered for
    others. Of a source with many only the latest."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT s.machine_id, s.code, e.boot, lower(hole), upper(hole) - 1
            FROM machines_source s JOIN machines_sourceepoch e ON e.source_id = s.id
            CROSS JOIN LATERAL unnest(int8multirange(range_merge(e.seen)) - e.seen) AS hole
            WHERE s.machine_id = ANY(%s) AND NOT isempty(e.seen)
            ORDER BY s.machine_id, s.code, e.started_at, hole
            """,
            [list(machines)],
        )
        return [Missing(*row) for row in cursor.fetchall()]


def stray_samples() -> int:
    """Samples in the default partition. Any is an alarm: their day was not there, or already dropped."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM machines_sample_default")
        (strays,) = cursor.fetchone()
    return int(strays)
