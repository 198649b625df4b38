"""Ingest: events a second through the whole path, beside a bare psycopg COPY of the same rows.

``python -m tests.bench.ingest`` measures on a test database of its own and prints the table.
"""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

WHOLE = "stored and interpreted"


@dataclass(frozen=True, slots=True)
class Measured:
    """One way to take the events in; ``cpu_seconds`` is this process's share only."""

    name: str
    events: int
    seconds: float
    cpu_seconds: float

    @property
    def rate(self) -> float:
        return self.events / self.seconds


def measure(*, events: int = 60_000, machines: int = 60, batch: int = 5_000) -> list[Measured]:
    """Bare COPY, the same with the key that tells duplicates, storing, and storing and interpreting.

    The interpreter remembers, as in a plant. Each takes the same events in turns of ``batch``.

    Needs an empty, migrated database in which it may commit.
    """
    from django.utils import timezone

    from machines.domain.ingest import append
    from machines.domain.interpret import interpret_dirty
    from machines.domain.memory import Memory
    from machines.models import Arrival, Machine
    from tests.factories.machines import MeasuredMachineFactory, PlantFactory

    plant = PlantFactory()
    codes = {
        name: [MeasuredMachineFactory(plant=plant, code=f"{name}{number}").code for number in range(machines)]
        for name in ("store", "whole")
    }
    whole = list(Machine.objects.filter(code__in=codes["whole"]).values_list("pk", flat=True))
    start = timezone.now() - timedelta(seconds=events / machines)
    per_machine = {name: _cycles(codes[name], events, start) for name in codes}
    _make_bare_tables()
    memory = Memory()
    ways: dict[str, Callable[[list[dict[str, Any]]], object]] = {
        "bare COPY": lambda rows: _bare_copy("bench_bare", rows),
        "COPY, same key": lambda rows: _bare_copy("bench_keyed", rows),
        "stored": lambda rows: append(rows, timezone.now()),
        WHOLE: lambda rows: (
            append(rows, timezone.now()),
            interpret_dirty(timezone.now(), only=whole, memory=memory),
        ),
    }
    spent = {name: [0.0, 0.0] for name in ways}
    append(per_machine["store"][:1], timezone.now())
    append(per_machine["whole"][:1], timezone.now())
    for begin in range(0, events, batch):
        for name, take in ways.items():
            rows = per_machine["whole" if name == WHOLE else "store"][begin : begin + batch]
            wall, cpu = time.perf_counter(), _cpu()
            take(rows)
            spent[name][0] += time.perf_counter() - wall
            spent[name][1] += _cpu() - cpu
            if name == "stored":
                Arrival.objects.all().delete()
    memory.release()
    return [Measured(name, events, wall, cpu) for name, (wall, cpu) in spent.items()]


def table(rows: list[Measured]) -> str:
    bare = rows[0]
    lines = [f"{'way':<24}{'events/s':>10}{'of bare':>9}{'python CPU s per million':>26}"]
    for row in rows:
        share = row.rate / bare.rate
        cpu = row.cpu_seconds / row.events * 1e6
        lines.append(f"{row.name:<24}{row.rate:>10,.0f}{share:>9.2f}{cpu:>26.1f}")
    return "\n".join(lines)


def _cycles(codes: list[str], events: int, start: datetime) -> list[dict[str, Any]]:
    """Cycle events of all machines in turn, one a second each, as a gateway sends them."""
    rows = []
    for index in range(events):
        second, machine = divmod(index, len(codes))
        rows.append(
            {
                "machine": codes[machine],
                "source": "plc",
                "boot": "bench",
                "seq": second,
                "ts": (start + timedelta(seconds=second)).isoformat(),
                "item": "cycle_event",
                "value": True,
                "historical": True,
            }
        )
    return rows


def _make_bare_tables() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_bare, bench_keyed")
        cursor.execute("CREATE TABLE bench_bare (LIKE machines_sample INCLUDING DEFAULTS)")
        cursor.execute("CREATE TABLE bench_keyed (LIKE machines_sample INCLUDING ALL)")


def _bare_copy(table: str, rows: list[dict[str, Any]]) -> None:
    """The least that any program must do: the same columns, text to rows, no identity, no answer."""
    from django.db import connection

    now = datetime.now(UTC)
    columns, types = zip(*(column.split() for column in _BARE_COLUMNS), strict=True)
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)") as copy,
    ):
        copy.set_types(types)
        for number, row in enumerate(rows):
            ts = datetime.fromisoformat(row["ts"])
            copy.write_row(
                (1, 1, 1, ts, row["seq"], number, 0, row["item"], None, "true", 0, True, 0, ts, now)
            )


_BARE_COLUMNS = (
    *("plant_id int8", "machine_id int8", "epoch_id int8", "ts timestamptz", "seq int8", "sub int4"),
    *("slot int2", "item varchar", "number float8", "text text", "quality int2", "historical bool"),
    *("flags int4", "device_ts timestamptz", "received_at timestamptz"),
)


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mes.settings.test")
    import django

    django.setup()
    from django.test.utils import setup_databases, teardown_databases

    created = setup_databases(verbosity=0, interactive=False)
    try:
        print(table(measure()))  # noqa: T201 - a table for people
    finally:
        teardown_databases(created, verbosity=0)


if __name__ == "__main__":
    main()
