"""Samples in: the one door behind all doors.

``append`` stores a batch in one transaction with a constant number of queries: machines, sources and epochs
are resolved in bulk, duplicates are told by (source, epoch, seq, sub), rows go through COPY into a temporary
table. Nothing is dropped silently: what can't be taken is kept verbatim as a ``SampleProblem``.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from django.db import connection, transaction
from psycopg.types.multirange import Multirange
from psycopg.types.range import Range

from machines.domain.clocks import believable, with_offset
from machines.domain.envelope import LARGEST, Answer, Envelope, Outcome, Rejected, read_envelope
from machines.domain.measure.samples import Value
from machines.domain.partitions import make_partitions
from machines.enums import SampleFlag
from machines.models import SampleProblem

LARGEST_BATCH = 5000
WAKE_CHANNEL = "mes_samples"
RAW_KEPT = 4000

_COLUMNS = (
    "plant_id, machine_id, epoch_id, ts, seq, sub, slot, item, number, text, quality, historical, flags, "
    "device_ts, received_at"
)
_TYPES = (
    *("int8", "int8", "int8", "timestamptz", "int8", "int4", "int2", "varchar", "float8", "text"),
    *("int2", "bool", "int4", "timestamptz", "timestamptz"),
)

Identity = tuple[int, int, int]


@dataclass(slots=True)
class _Machine:
    id: int
    plant: int
    slots: int


@dataclass(slots=True)
class _Epoch:
    """A run of a source's numbering during one batch."""

    id: int
    source: int
    machine: _Machine
    seen: list[tuple[int, int]]
    offsets: list[float]
    last_received: datetime | None
    fresh: set[int] = field(default_factory=set)
    newest: datetime | None = None
    newest_live: datetime | None = None
    accepted: int = 0
    duplicates: int = 0
    conflicts: int = 0

    def has_seen(self, seq: int) -> bool:
        place = bisect_right(self.seen, (seq, LARGEST + 1))
        return place > 0 and seq < self.seen[place - 1][1]


@dataclass(slots=True)
class _Row:
    """A sample about to be stored. ``index`` is its place in the batch."""

    index: int
    epoch: _Epoch
    envelope: Envelope
    ts: datetime
    flags: int

    @property
    def identity(self) -> Identity:
        return (self.epoch.id, self.envelope.seq, self.envelope.sub)


def append(batch: Sequence[Any], received: datetime, *, channel: str = "") -> list[Answer]:
    """Store a batch of envelopes (at most 5,000) and answer entry by entry.

    Outside of a transaction all is committed on return. The answer to an entry is accepted, duplicate, or
    rejected with code, message and field. Raises ``ValueError`` for a longer batch.
    """
    if len(batch) > LARGEST_BATCH:
        raise ValueError(f"at most {LARGEST_BATCH} samples at once")
    answers: list[Answer | None] = [None] * len(batch)
    envelopes: dict[int, Envelope] = {}
    for index, entry in enumerate(batch):
        try:
            envelopes[index] = read_envelope(entry, received)
        except Rejected as rejected:
            answers[index] = _rejection(rejected)
    days = {envelope.ts.date() for envelope in envelopes.values() if envelope.ts <= received}
    make_partitions([*days, received.astimezone(UTC).date()])
    with transaction.atomic():
        _store(envelopes, answers, received)
        settled = [answer if answer is not None else Answer(Outcome.ACCEPTED) for answer in answers]
        _keep_problems(batch, settled, received, channel)
    return settled


def record_undecodable(
    raw: bytes, reason: str, received: datetime, *, channel: str, code: str = "broken_json"
) -> None:
    """Keep a message that is no list of samples at all."""
    text = raw[:RAW_KEPT].decode("utf-8", "replace").replace("\x00", "\ufffd")
    SampleProblem.objects.create(
        received_at=received, channel=channel[:120], code=code, reason=reason[:500], raw=text
    )


def _rejection(rejected: Rejected) -> Answer:
    return Answer(Outcome.REJECTED, rejected.code, rejected.message, rejected.field)


def _store(envelopes: dict[int, Envelope], answers: list[Answer | None], received: datetime) -> None:
    machines = _machines({envelope.machine for envelope in envelopes.values()})
    known: dict[int, tuple[Envelope, _Machine]] = {}
    for index, envelope in envelopes.items():
        machine = machines.get(envelope.machine)
        if machine is None:
            answers[index] = Answer(
                Outcome.REJECTED,
                "unknown_machine",
                f"No active machine has the code {envelope.machine}.",
                "machine",
            )
        elif envelope.slot > machine.slots:
            answers[index] = Answer(
                Outcome.REJECTED, "unknown_slot", f"This machine has {machine.slots} slots.", "slot"
            )
        else:
            known[index] = (envelope, machine)
    if not known:
        return
    epochs = _lock_epochs(known.values())
    rows = _new_rows(known, epochs, answers, received)
    _copy(rows, received)
    _close_epochs(epochs.values(), received)
    _mark_dirty(rows)


def _machines(codes: set[str]) -> dict[str, _Machine]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT code, id, plant_id, slots FROM machines_machine WHERE active AND code = ANY(%s)",
            [sorted(codes)],
        )
        return {code: _Machine(id, plant, slots) for code, id, plant, slots in cursor.fetchall()}


_LOCK_EPOCHS = """
    SELECT s.machine_id, s.code, e.boot, e.id, s.id, e.seen, s.clock_offsets, s.last_received_at
    FROM unnest(%(machines)s::int8[], %(codes)s::text[], %(boots)s::text[]) AS w(machine_id, code, boot)
    JOIN machines_source s ON s.machine_id = w.machine_id AND s.code = w.code
    JOIN machines_sourceepoch e ON e.source_id = s.id AND e.boot = w.boot
    ORDER BY e.id FOR NO KEY UPDATE OF e
"""
_MAKE_SOURCES = """
    INSERT INTO machines_source (machine_id, code, clock_offsets)
    SELECT DISTINCT machine_id, code, ARRAY[]::float8[]
    FROM unnest(%(machines)s::int8[], %(codes)s::text[]) AS w(machine_id, code)
    ORDER BY machine_id, code ON CONFLICT DO NOTHING
"""
_MAKE_EPOCHS = """
    INSERT INTO machines_sourceepoch (source_id, boot, started_at, seen, accepted, duplicates, conflicts)
    SELECT s.id, w.boot, now(), '{}', 0, 0, 0
    FROM unnest(%(machines)s::int8[], %(codes)s::text[], %(boots)s::text[]) AS w(machine_id, code, boot)
    JOIN machines_source s ON s.machine_id = w.machine_id AND s.code = w.code
    ORDER BY s.id, w.boot ON CONFLICT DO NOTHING
"""


def _lock_epochs(known: Iterable[tuple[Envelope, _Machine]]) -> dict[tuple[int, str, str], _Epoch]:
    """The epochs of a batch, locked in the order of their ids, new ones made."""
    wanted = {(machine.id, envelope.source, envelope.boot): machine for envelope, machine in known}
    names = sorted(wanted)
    parameters: dict[str, list[Any]] = {
        "machines": [name[0] for name in names],
        "codes": [name[1] for name in names],
        "boots": [name[2] for name in names],
    }
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_EPOCHS, parameters)
        found = cursor.fetchall()
        if len(found) < len(names):
            cursor.execute(_MAKE_SOURCES, parameters)
            cursor.execute(_MAKE_EPOCHS, parameters)
            cursor.execute(_LOCK_EPOCHS, parameters)
            found = cursor.fetchall()
    return {
        (machine, code, boot): _Epoch(
            id=epoch,
            source=source,
            machine=wanted[machine, code, boot],
            seen=[(one.lower, one.upper) for one in seen],
            offsets=offsets,
            last_received=last_received,
        )
        for machine, code, boot, epoch, source, seen, offsets, last_received in found
    }


def _new_rows(
    known: dict[int, tuple[Envelope, _Machine]],
    epochs: dict[tuple[int, str, str], _Epoch],
    answers: list[Answer | None],
    received: datetime,
) -> list[_Row]:
    first: dict[Identity, _Row] = {}
    doubtful: list[_Row] = []
    for index, (envelope, machine) in known.items():
        epoch = epochs[machine.id, envelope.source, envelope.boot]
        trusted = believable(envelope.ts, received, epoch.offsets, historical=envelope.historical)
        flags = (
            (0 if trusted else SampleFlag.CLOCK)
            | (SampleFlag.SNAPSHOT if envelope.snapshot else 0)
            | (SampleFlag.RESET if envelope.reset else 0)
        )
        row = _Row(index, epoch, envelope, envelope.ts if trusted else received, int(flags))
        if (earlier := first.get(row.identity)) is not None:
            answers[index] = _again(row, content(earlier.envelope))
        elif epoch.has_seen(envelope.seq):
            doubtful.append(row)
        else:
            first[row.identity] = row
    for row, stored in _stored(doubtful):
        if stored is not None:
            answers[row.index] = _again(row, stored)
        elif (earlier := first.get(row.identity)) is not None:
            answers[row.index] = _again(row, content(earlier.envelope))
        else:
            first[row.identity] = row
    for row in first.values():
        _note(row)
    return list(first.values())


def _note(row: _Row) -> None:
    epoch, envelope = row.epoch, row.envelope
    epoch.accepted += 1
    epoch.fresh.add(envelope.seq)
    epoch.newest = max(epoch.newest or row.ts, row.ts)
    if not envelope.historical:
        epoch.newest_live = max(epoch.newest_live or envelope.ts, envelope.ts)


Content = tuple[str, float | None, str | None, int]


def content(envelope: Envelope) -> Content:
    """What two samples of one identity must share to be the same: item, value and slot."""
    number, text = columns(envelope.value)
    return (envelope.item, number, text, envelope.slot)


def columns(value: Value) -> tuple[float | None, str | None]:
    """A value as the two columns (number, text); true and false are the texts ``true`` and ``false``."""
    if isinstance(value, bool):
        return None, "true" if value else "false"
    if isinstance(value, str):
        return None, value
    return (None if value is None else float(value)), None


def _again(row: _Row, stored: Content) -> Answer:
    if stored == content(row.envelope):
        row.epoch.duplicates += 1
        return Answer(Outcome.DUPLICATE)
    row.epoch.conflicts += 1
    return Answer(
        Outcome.REJECTED,
        "conflict",
        "A sample with this source, boot, seq and sub came before with other content; the first is kept.",
        "seq",
    )


def _stored(rows: list[_Row]) -> list[tuple[_Row, Content | None]]:
    """What is stored for identities whose sequence number was seen, whatever time they carry."""
    if not rows:
        return []
    times = [row.envelope.ts for row in rows]
    received = [row.ts for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT s.epoch_id, s.seq, s.sub, s.item, s.number, s.text, s.slot
            FROM unnest(%s::int8[], %s::int8[], %s::int8[], %s::int4[], %s::timestamptz[])
                AS w(machine_id, epoch_id, seq, sub, ts)
            JOIN machines_sample s ON s.machine_id = w.machine_id AND s.epoch_id = w.epoch_id AND s.ts = w.ts
                AND s.seq = w.seq AND s.sub = w.sub
            WHERE s.ts BETWEEN %s AND %s
            """,
            [*_identities(rows), times, min(times), max(times)],
        )
        found = {(row[0], row[1], row[2]): row[3:] for row in cursor.fetchall()}
        rest = [row for row in rows if row.identity not in found]
        if rest:
            cursor.execute(
                """
                SELECT s.epoch_id, s.seq, s.sub, s.item, s.number, s.text, s.slot
                FROM machines_sample s
                JOIN unnest(%s::int8[], %s::int8[], %s::int8[], %s::int4[])
                    AS w(machine_id, epoch_id, seq, sub) USING (machine_id, epoch_id, seq, sub)
                WHERE s.ts BETWEEN %s AND %s AND s.epoch_id = ANY(%s)
                """,
                [
                    *_identities(rest),
                    min(times) - timedelta(days=1),
                    max(received) + timedelta(days=1),
                    sorted({row.epoch.id for row in rest}),
                ],
            )
            found |= {(row[0], row[1], row[2]): row[3:] for row in cursor.fetchall()}
    return [(row, found.get(row.identity)) for row in rows]


def _identities(rows: list[_Row]) -> list[list[int]]:
    return [
        [row.epoch.machine.id for row in rows],
        [row.epoch.id for row in rows],
        [row.envelope.seq for row in rows],
        [row.envelope.sub for row in rows],
    ]


def _copy(rows: list[_Row], received: datetime) -> None:
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE arriving (LIKE machines_sample INCLUDING DEFAULTS) ON COMMIT DROP"
        )
        with cursor.copy(f"COPY arriving ({_COLUMNS}) FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(_TYPES)
            for row in rows:
                envelope, epoch = row.envelope, row.epoch
                number, text = columns(envelope.value)
                copy.write_row(
                    (
                        *(
                            epoch.machine.plant,
                            epoch.machine.id,
                            epoch.id,
                            row.ts,
                            envelope.seq,
                            envelope.sub,
                        ),
                        *(envelope.slot, envelope.item, number, text, envelope.quality, envelope.historical),
                        *(row.flags, envelope.ts, received),
                    )
                )
        cursor.execute(
            f"INSERT INTO machines_sample ({_COLUMNS}) SELECT {_COLUMNS} FROM arriving ON CONFLICT DO NOTHING"  # noqa: S608
        )
        cursor.execute("DROP TABLE arriving")


def _close_epochs(epochs: Iterable[_Epoch], received: datetime) -> None:
    """Write back what each epoch has seen, and the clock offset of its source."""
    ordered = sorted(epochs, key=lambda epoch: epoch.id)
    sources: dict[int, list[float] | None] = {}
    for epoch in ordered:
        if epoch.newest_live is not None:
            offsets = with_offset(epoch.offsets, epoch.newest_live, received, epoch.last_received)
            sources[epoch.source] = offsets if offsets is not epoch.offsets else None
        else:
            sources.setdefault(epoch.source, None)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE machines_sourceepoch e
            SET seen = e.seen + w.fresh, last_at = greatest(e.last_at, w.newest),
                accepted = e.accepted + w.accepted, duplicates = e.duplicates + w.duplicates,
                conflicts = e.conflicts + w.conflicts
            FROM unnest(
                %s::int8[], %s::int8multirange[], %s::timestamptz[], %s::int8[], %s::int8[], %s::int8[]
            ) AS w(id, fresh, newest, accepted, duplicates, conflicts)
            WHERE e.id = w.id
            """,
            [
                [epoch.id for epoch in ordered],
                [_ranges(epoch.fresh) for epoch in ordered],
                [epoch.newest for epoch in ordered],
                [epoch.accepted for epoch in ordered],
                [epoch.duplicates for epoch in ordered],
                [epoch.conflicts for epoch in ordered],
            ],
        )
        changed = sorted(source for source, offsets in sources.items() if offsets is not None)
        if changed:
            cursor.execute(
                """
                UPDATE machines_source s SET last_received_at = %s, clock_offsets = w.offsets::float8[]
                FROM unnest(%s::int8[], %s::text[]) AS w(id, offsets) WHERE s.id = w.id
                """,
                [received, changed, [_array(sources[source] or []) for source in changed]],
            )


def _array(numbers: list[float]) -> str:
    return "{" + ",".join(f"{number:.3f}" for number in numbers) + "}"


def _ranges(numbers: set[int]) -> str:
    """Whole numbers as a PostgreSQL multirange."""
    ranges: list[Range[int]] = []
    start = end = None
    for number in sorted(numbers):
        if end is not None and number == end:
            end += 1
            continue
        if start is not None:
            ranges.append(Range(start, end))
        start, end = number, number + 1
    if start is not None:
        ranges.append(Range(start, end))
    return str(Multirange(ranges))


def _mark_dirty(rows: list[_Row]) -> None:
    earliest: dict[int, datetime] = {}
    for row in rows:
        machine = row.epoch.machine.id
        earliest[machine] = min(earliest.get(machine, row.ts), row.ts)
    request_interpretation(earliest)


def request_interpretation(since: dict[int, datetime]) -> None:
    """Have machines (by id) read again from these event times on; the interpreter hears it after commit."""
    if not since:
        return
    ids = sorted(since)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO machines_projection AS p (machine_id, dirty_from)
            SELECT * FROM unnest(%s::int8[], %s::timestamptz[])
            ON CONFLICT (machine_id) DO UPDATE SET dirty_from = least(p.dirty_from, excluded.dirty_from)
            """,
            [ids, [since[id] for id in ids]],
        )
        cursor.execute("SELECT pg_notify(%s, '')", [WAKE_CHANNEL])


def _keep_problems(batch: Sequence[Any], answers: list[Answer], received: datetime, channel: str) -> None:
    rejected = [(entry, answer) for entry, answer in zip(batch, answers, strict=True) if answer.code]
    if not rejected:
        return
    SampleProblem.objects.bulk_create(
        SampleProblem(
            received_at=received,
            channel=channel[:120],
            machine_code=_machine_of(entry),
            code=answer.code,
            reason=f"{answer.field}: {answer.message}"[:500] if answer.field else answer.message[:500],
            raw=_raw(entry),
        )
        for entry, answer in rejected
    )


def _machine_of(entry: Any) -> str:
    value = entry.get("machine") if isinstance(entry, dict) else None
    return value.replace("\x00", "")[:80] if isinstance(value, str) else ""


def _raw(entry: Any) -> str:
    try:
        text = orjson.dumps(entry).decode()
    except TypeError:
        text = repr(entry)
    return text[:RAW_KEPT]
