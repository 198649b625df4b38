"""Raw samples of a day that is over: bytes a row typed and packed, and what packing and reading again cost.

Machines send a cycle each two seconds, with times as controllers give them (milliseconds, some jitter) and
the server's own microseconds of receiving; and each minute a state, a program and a part count.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

AT_ONCE = 5000
AGE = timedelta(days=20)


def measure(*, machines: int = 40, hours: int = 2) -> Iterator[str]:
    """Lines of a table. Needs a migrated database in which it may commit."""
    from django.db import connection

    from machines.domain.ingest import append
    from machines.domain.packs.write import pack_day
    from machines.domain.replay import BEGINNING, load_samples
    from machines.domain.retention import tighten_closed_days
    from tests.factories.machines import MeasuredMachineFactory, PlantFactory

    plant = PlantFactory(code="PACK")
    made = [MeasuredMachineFactory(plant=plant, code=f"PACK{number}") for number in range(machines)]
    start = (datetime.now(UTC) - AGE).replace(hour=6, minute=0, second=0, microsecond=0)
    rows = list(_rows([machine.code for machine in made], start, hours))
    for begin in range(0, len(rows), AT_ONCE):
        batch = rows[begin : begin + AT_ONCE]
        append(
            batch, datetime.fromisoformat(batch[-1]["ts"]) + timedelta(milliseconds=random.uniform(50, 400))
        )
    tighten_closed_days(datetime.now(UTC))
    name = f"machines_sample_{start:%Y%m%d}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_relation_size(%s), pg_indexes_size(%s)", [name, name])
        heap, index = cursor.fetchone()
    after = dict.fromkeys((machine.pk for machine in made), BEGINNING)
    begun = time.process_time()
    typed, _more = load_samples(after, limit=10_000_000)
    read_typed = time.process_time() - begun
    begun = time.process_time()
    if not pack_day(start.date()):
        raise RuntimeError("the day isn't packed")
    packing = time.process_time() - begun
    begun = time.process_time()
    packed, _more = load_samples(after, limit=10_000_000)
    read_packed = time.process_time() - begun
    if packed != typed:
        raise RuntimeError("packed samples differ from typed ones")
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(octet_length(payload)), count(*), sum(samples) FROM machines_samplepack")
        payload, packs, samples = cursor.fetchone()
        cursor.execute("SELECT pg_total_relation_size(%s)", [f"machines_samplepack_{start:%Y%m}"])
        (total,) = cursor.fetchone()
    yield f"{samples:,} samples of {machines} machines in {packs} packs, read again equal to the typed ones"
    yield f"  typed: {heap / samples:.1f} B a row, {index / samples:.1f} B its index (rebuilt)"
    yield f"  packed: {payload / samples:.2f} B a row, {total / samples:.2f} B with all that PostgreSQL adds"
    yield (
        f"  python CPU µs a row: packing {packing / samples * 1e6:.1f}, "
        f"reading packed {read_packed / samples * 1e6:.1f}, reading typed {read_typed / samples * 1e6:.1f}"
    )


def _rows(codes: list[str], start: datetime, hours: int) -> Iterator[dict[str, Any]]:
    chance = random.Random(7)
    numbers = dict.fromkeys(codes, 0)
    for second in range(0, hours * 3600, 2):
        for code in codes:
            values: list[tuple[str, Any]] = [("cycle_event", True)]
            if second % 60 == 0:
                state = "ACTIVE" if chance.random() < 0.9 else "STOPPED"
                values += [("state", state), ("program", "O1234"), ("part_count", second // 2)]
            for item, value in values:
                numbers[code] += 1
                moment = start + timedelta(seconds=second, milliseconds=chance.randint(0, 400))
                yield {
                    "machine": code,
                    "source": "plc",
                    "boot": "bench",
                    "seq": numbers[code],
                    "ts": moment.isoformat(),
                    "item": item,
                    "value": value,
                    "historical": True,
                }
