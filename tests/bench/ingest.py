"""Ingest: the path from lists of events to cycles and live rows, beside bare binary COPYs in the same run.

Two of them count: of the sample alone, without a key, which is the least that keeps what was heard; and of
all rows that the path adds, samples and cycles with their keys and indexes, read back from where it left
them. Live rows aren't in it: there is one for each machine, however many events come.

``python -m tests.bench.ingest`` measures on a test database of its own and prints the table. Figures are CPU
seconds, of this process and of its PostgreSQL connection: rates depend on who else uses the cores, and so
does the last column, by the clock. Time is simulated: each machine tells a cycle every two seconds, all of
them in turn, in lists of 50, in batches as they gather in 200 ms. Attribution works a minute later, per run,
and is not in here.
"""

from __future__ import annotations

import gc
import os
import resource
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from machines.domain.memory import Memory  # needs Django to be set up

LIST = 50
PERIOD = 2.0
OUTAGE = timedelta(hours=1)
GATEWAY_SENDS = 5_000
WHOLE = "stored and interpreted"
BACKLOG = "after an outage, in order"
LATE = "late, few known before"
STRETCH = "late by hours, a stretch"
ALL_ROWS = "COPY, all rows"
BACKLOG_ROWS = "COPY, all rows, larger"
ADDED = {"machines_sample": "ts", "machines_cycle": "ended_at"}
"""What the path adds rows to, with the time of its rows."""


@dataclass(slots=True)
class Measured:
    """One way to take the events in: CPU seconds of this process and of PostgreSQL, seconds by the clock."""

    name: str
    events: int = 0
    python: float = 0.0
    postgres: float = 0.0
    seconds: float = 0.0

    @property
    def cpu(self) -> float:
        return self.python + self.postgres

    @property
    def rate(self) -> float:
        """Events per CPU second."""
        return self.events / self.cpu if self.cpu else 0.0


def measure(
    *,
    machines: int = 6_000,
    batch: int = 1_500,
    rounds: int = 20,
    warm_up: int = 12,
    gathered: int = 90,
    late: int = 3,
) -> list[Measured]:
    """Bare COPY, the same with the key that tells duplicates, each step of the path, bare COPY of all rows it
    added, all of it; then these two of what came during an outage, and late events.

    Nothing is heard of the machines for an hour, until gateways bring the ``gathered`` events of each in
    order, of some hundred machines at once. Then ``late`` events of each machine come hours later than they
    happened, before nearly all that is known of it. At last twenty minutes of some machines that were told of
    for hours, and that stand now and then, come two hours late. Needs an empty, migrated database in which
    it may commit.
    """
    from django.utils import timezone

    from machines.domain.ingest import append
    from machines.domain.interpret import interpret_dirty
    from machines.domain.memory import Memory
    from machines.domain.service import COLLECT_AFTER

    codes, start, memory = _machines(machines), timezone.now(), Memory()
    sender, cpu = _Sender(codes), _Cpu()
    _make_bare_tables()
    gc.set_threshold(*COLLECT_AFTER)
    ways = {name: Measured(name) for name in ("bare COPY", "COPY, same key", "decode", "store", "interpret")}
    step = timedelta(seconds=batch / machines * PERIOD)

    def take(name: str, work: Callable[[], Any], *, count: bool) -> Any:
        before = cpu.read()
        result = work()
        if count:
            cpu.add(ways[name], before, batch)
        return result

    for turn in range(warm_up + rounds):
        now, count = start + turn * step, turn >= warm_up
        lists = sender.lists(now - timedelta(seconds=0.2), batch)
        rows = take("decode", lambda: _decoded(lists), count=count)  # noqa: B023 - used at once
        take("bare COPY", lambda: _bare_copy("bench_bare", rows), count=count)  # noqa: B023
        take("COPY, same key", lambda: _bare_copy("bench_keyed", rows), count=count)  # noqa: B023
        take("store", lambda: append(rows, now), count=count)  # noqa: B023
        take("interpret", lambda: interpret_dirty(now, memory=memory), count=count)  # noqa: B023
    path = [ways[name] for name in ("decode", "store", "interpret")]
    whole = Measured(
        *(WHOLE, path[0].events),
        *(sum(getattr(one, of) for one in path) for of in ("python", "postgres", "seconds")),
    )
    again, end = Measured(LATE), start + (warm_up + rounds) * step
    added = _copy_added(ALL_ROWS, cpu, since=start - OUTAGE, batch=batch)
    backlog = _after_outage(sender, memory, cpu, since=end, gathered=gathered)
    back = _copy_added(BACKLOG_ROWS, cpu, since=end, batch=GATEWAY_SENDS)
    end += OUTAGE
    before = cpu.read()
    for turn in range(late * machines // batch):
        append(_decoded(sender.lists(start - timedelta(hours=4) + turn * step, batch, historical=True)), end)
    interpret_dirty(end, memory=memory)
    cpu.add(again, before, late * machines // batch * batch)
    stretch = _hours_late(memory, cpu, since=end)
    memory.release()
    return [*ways.values(), added, whole, back, backlog, again, stretch]


def _hours_late(memory: Memory, cpu: _Cpu, *, since: datetime, machines: int = 50) -> Measured:
    """Store and interpret what was kept back for two hours; the cycles take ten seconds."""
    from machines.domain.ingest import append
    from machines.domain.interpret import interpret_dirty

    sender, kept, waiting = _Sender(_machines(machines)), [], []
    moments = [timedelta(seconds=10 * turn) for turn in range(1080) if turn % 60 < 51]  # then they stand
    for turn, moment in enumerate(moments):
        rows = _decoded(sender.lists(since + moment, machines, historical=True))
        if timedelta(hours=0.8) < moment < timedelta(hours=0.8, minutes=20):
            kept += rows
        else:
            waiting += rows
        if turn % 18 == 17 or moment is moments[-1]:
            now = since + moment + timedelta(seconds=1)
            append(waiting, now)
            interpret_dirty(now, memory=memory)
            waiting = []
    late, now = Measured(STRETCH), since + moments[-1] + timedelta(seconds=2)
    before = cpu.read()
    for first in range(0, len(kept), GATEWAY_SENDS):
        append(kept[first : first + GATEWAY_SENDS], now)
        interpret_dirty(now, memory=memory)
    cpu.add(late, before, len(kept))
    return late


def _after_outage(sender: _Sender, memory: Memory, cpu: _Cpu, *, since: datetime, gathered: int) -> Measured:
    """Store and interpret what gateways kept since then, in lists as large as are taken at once; and say how
    things stand when nothing more came."""
    from machines.domain.ingest import append
    from machines.domain.interpret import interpret_dirty
    from machines.domain.measure.state import STILL_COMING

    back, now, codes = Measured(BACKLOG), since + OUTAGE, sender.codes
    interpret_dirty(now, memory=memory)
    together = 10 * LIST
    for first in range(0, len(codes), together):
        some = sender.only(codes[first : first + together])
        events = gathered * len(some.codes)
        for turn in range(0, events, GATEWAY_SENDS):
            ts = since + timedelta(seconds=PERIOD) * (turn // len(some.codes))
            lists = some.lists(ts, min(GATEWAY_SENDS, events - turn), apart=PERIOD, historical=True)
            before = cpu.read()
            append(_decoded(lists), now)
            interpret_dirty(now, memory=memory)
            cpu.add(back, before, min(GATEWAY_SENDS, events - turn))
    before = cpu.read()
    interpret_dirty(now + 2 * STILL_COMING, memory=memory)
    cpu.add(back, before, 0)
    return back


def table(rows: Sequence[Measured]) -> Iterator[str]:
    """The share of each COPY of all rows stands in the rows from it on."""
    bare = added = rows[0]
    yield (
        f"{'CPU of events':<28}{'µs python':>11}{'µs postgres':>13}{'s per 10,000':>14}{'per CPU s':>11}"
        f"{'of bare':>9}{'of all rows':>13}{'by clock':>10}"
    )
    for row in rows:
        added = row if row.name in (ALL_ROWS, BACKLOG_ROWS) else added
        python, postgres = row.python / row.events * 1e6, row.postgres / row.events * 1e6
        share = row.rate / bare.rate
        yield (
            f"{row.name:<28}{python:>11.1f}{postgres:>13.1f}{(python + postgres) / 100:>14.2f}"
            f"{row.rate:>11,.0f}{share:>9.2f}"
            + (
                f"{row.rate / added.rate:>13.2f}{_by_clock(row) / _by_clock(added):>10.2f}"
                * (added is not bare)
            )
        )


def _by_clock(row: Measured) -> float:
    return row.events / row.seconds


class _Cpu:
    """CPU seconds of this process and of the server's process for its connection, and the clock."""

    def __init__(self) -> None:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            self.schedule = Path(f"/proc/{cursor.fetchone()[0]}/schedstat")

    def read(self) -> tuple[float, float, float]:
        usage, postgres = resource.getrusage(resource.RUSAGE_SELF), self.schedule.read_text().split()[0]
        return usage.ru_utime + usage.ru_stime, int(postgres) / 1e9, time.monotonic()

    def add(self, way: Measured, before: tuple[float, float, float], events: int) -> None:
        python, postgres, seconds = self.read()
        way.events += events
        way.python += python - before[0]
        way.postgres += postgres - before[1]
        way.seconds += seconds - before[2]


class _Sender:
    """Cycle events of all machines in turn, as a gateway sends them."""

    def __init__(self, codes: Sequence[str]) -> None:
        self.codes, self.turn = codes, 0

    def only(self, codes: Sequence[str]) -> _Sender:
        """These machines alone, which go on in their numbering."""
        one = _Sender(codes)
        one.turn = (self.turn // len(self.codes) + 1) * len(codes)
        return one

    def lists(self, since: datetime, events: int, *, apart: float = 0.0, **more: Any) -> list[bytes]:
        """``apart``: seconds between two events of a machine."""
        rows, begin = [], self.turn // len(self.codes)
        for number in range(events):
            seq, machine = divmod(self.turn, len(self.codes))
            self.turn += 1
            later = timedelta(seconds=apart * (seq - begin), microseconds=number)
            rows.append(
                {
                    "machine": self.codes[machine],
                    "source": "plc",
                    "boot": "bench",
                    "seq": seq,
                    "ts": (since + later).isoformat(),
                    "item": "cycle_event",
                    "value": True,
                    **more,
                }
            )
        return [orjson.dumps(rows[begin : begin + LIST]) for begin in range(0, events, LIST)]


def _decoded(lists: Sequence[bytes]) -> list[dict[str, Any]]:
    return [row for payload in lists for row in orjson.loads(payload)]


def _machines(count: int) -> list[str]:
    from machines.models import Machine
    from tests.factories.machines import MeasuredMachineFactory, PlantFactory

    name = uuid.uuid4().hex[:8]
    first = MeasuredMachineFactory(plant=PlantFactory(code=name), code=f"{name}-0")
    rest = [copy(first) for _ in range(count - 1)]
    for number, machine in enumerate(rest, start=1):
        machine.pk, machine.code = None, f"{name}-{number}"
    Machine.objects.bulk_create(rest, batch_size=1000)
    return [first.code, *(machine.code for machine in rest)]


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
        cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)") as stream,
    ):
        stream.set_types(types)
        for number, row in enumerate(rows):
            ts = datetime.fromisoformat(row["ts"])
            stream.write_row(
                (1, 1, 1, ts, row["seq"], number, 0, row["item"], None, "true", 0, True, 0, ts, now)
            )


def _copy_added(name: str, cpu: _Cpu, *, since: datetime, batch: int) -> Measured:
    """Copy what was added since then once more, in the order it was written, a commit for each batch."""
    from django.db import connection, transaction

    way, found = Measured(name), []
    with connection.cursor() as cursor:
        for table, column in ADDED.items():
            cursor.execute(f"DROP TABLE IF EXISTS bench_{table}")
            cursor.execute(f"CREATE TABLE bench_{table} (LIKE {table} INCLUDING ALL)")
            cursor.execute(f"SELECT * FROM {table} WHERE {column} >= %s ORDER BY tableoid, ctid", (since,))
            columns = [(one.name, one.type_code) for one in cursor.description]
            found.append((table, columns, cursor.fetchall()))
        pieces = [
            [rows[first : first + batch] for first in range(0, len(rows), batch)]
            for _table, _columns, rows in found
        ]
        before = cpu.read()
        for number in range(max(map(len, pieces))):
            with transaction.atomic():
                for (table, columns, _rows), some in zip(found, pieces, strict=True):
                    names = ", ".join(name for name, _type in columns)
                    with cursor.copy(f"COPY bench_{table} ({names}) FROM STDIN (FORMAT BINARY)") as stream:
                        stream.set_types([code for _name, code in columns])
                        for row in some[number] if number < len(some) else ():
                            stream.write_row(row)
        cpu.add(way, before, len(found[0][2]))
    return way


_BARE_COLUMNS = (
    *("plant_id int8", "machine_id int8", "epoch_id int8", "ts timestamptz", "seq int8", "sub int4"),
    *("slot int2", "item varchar", "number float8", "text text", "quality int2", "historical bool"),
    *("flags int4", "device_ts timestamptz", "received_at timestamptz"),
)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.bench.settings")
    import django

    django.setup()
    from django.test.utils import setup_databases, teardown_databases

    created = setup_databases(verbosity=0, interactive=False)
    try:
        for line in table(measure()):
            print(line)  # noqa: T201 - a table for people
    finally:
        teardown_databases(created, verbosity=0)


if __name__ == "__main__":
    main()
