"""OEE over many machines: rolled-up hours made by SQL, read as the pages read them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

MACHINES = 15_000
DAYS_OF_ALL = 3
MONTH_OF = 50
FIRST_DAY = datetime(2026, 5, 1, tzinfo=UTC)

_MACHINES = """
    INSERT INTO machines_machine SELECT (jsonb_populate_record(m, jsonb_build_object(
        'id', nextval(pg_get_serial_sequence('machines_machine', 'id')), 'code', 'OEE' || n,
        'wall_position', n
    ))).* FROM machines_machine m, generate_series(1, %(count)s) AS n WHERE m.id = %(like)s
"""
_HOURS = """
    INSERT INTO quality_hourrollup (machine_id, hour, plant_id, apt, aust, adet, micro, adot, unknown, pdot,
        beyond, observed, good, scrap, rework, unpriced, standard)
    SELECT m.id, h, m.plant_id, 2400000000 + m.id %% 997, 300000000, 600000000 - m.id %% 997, 90000000,
        120000000, 180000000, 0, 0, 3420000000, 231.5, 3, 1, 0, 2355000000.125
    FROM generate_series(%(start)s::timestamptz, %(end)s::timestamptz - interval '1 hour', '1 hour') AS h,
        machines_machine m WHERE m.code LIKE 'OEE%%' AND m.wall_position <= %(count)s
"""
_STATES = """
    INSERT INTO quality_rollupstate (machine_id, rolled_from, rolled_to)
    SELECT id, %s, %s FROM machines_machine WHERE code LIKE 'OEE%%'
"""


@dataclass(frozen=True, slots=True)
class Reading:
    name: str
    seconds: float
    queries: int


def measure() -> list[Reading]:
    """The best of three of each, with the number of queries; a month of 50, a day of 15,000 machines."""
    from django.db import connection

    from machines.models import Machine
    from quality.queries.oee import machines_of
    from tests.factories.machines import MeasuredMachineFactory

    like = MeasuredMachineFactory(code="LIKE")
    month = FIRST_DAY + timedelta(days=30)
    with connection.cursor() as cursor:
        cursor.execute(_MACHINES, {"count": MACHINES, "like": like.pk})
        cursor.execute(
            _HOURS,
            {"start": FIRST_DAY, "end": FIRST_DAY + timedelta(days=DAYS_OF_ALL), "count": MACHINES},
        )
        cursor.execute(
            _HOURS, {"start": FIRST_DAY + timedelta(days=DAYS_OF_ALL), "end": month, "count": MONTH_OF}
        )
        cursor.execute(_STATES, [FIRST_DAY, month])
        cursor.execute("VACUUM ANALYZE quality_hourrollup")
        cursor.execute("ANALYZE machines_machine")
        cursor.execute(
            "SELECT pg_total_relation_size('quality_hourrollup') / count(*) FROM quality_hourrollup"
        )
        size = cursor.fetchone()[0]
    few = Machine.objects.filter(code__startswith="OEE", wall_position__lte=MONTH_OF)
    day = FIRST_DAY + timedelta(days=1)
    return [
        _timed(f"a month of {MONTH_OF} machines", few, FIRST_DAY, month),
        _timed(
            f"a day of {MACHINES:,} machines",
            machines_of(plant=like.plant_id).filter(code__startswith="OEE"),
            day,
            day + timedelta(days=1),
        ),
        Reading("bytes of an hour of a machine, with indexes", float(size), 0),
    ]


def _timed(name: str, machines: Any, start: datetime, end: datetime) -> Reading:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from quality.kpi.rolled import read_totals

    def read() -> None:
        totals = read_totals(machines, start=start, end=end)
        if totals.total.oee.result is None or not totals.by_area():
            raise RuntimeError("no figures")

    with CaptureQueriesContext(connection) as queries:
        read()
    return Reading(name, min(_seconds(read) for _ in range(3)), len(queries))


def _seconds(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
