"""Samples in: the one door behind all doors.

``append`` stores a batch in one transaction with a constant number of queries: machines, sources and epochs
are resolved in bulk, duplicates are told by (source, epoch, seq, sub), rows go through COPY into a temporary
table. Nothing is dropped silently: what can't be taken is kept verbatim as a ``SampleProblem``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from django.db import connection, transaction

from machines.domain.clocks import believable
from machines.domain.envelope import Answer, Envelope, Outcome, Rejected, read_envelope
from machines.domain.epochs import Epoch, KnownMachine, close_epochs, known_machines, lock_epochs
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
class _Row:
    """A sample about to be stored. ``index`` is its place in the batch."""

    index: int
    epoch: Epoch
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
    machines = known_machines({envelope.machine for envelope in envelopes.values()})
    known: dict[int, tuple[Envelope, KnownMachine]] = {}
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
    epochs = lock_epochs(known.values())
    rows = _new_rows(known, epochs, answers, received)
    _copy(rows, received)
    close_epochs(epochs.values(), received)
    _mark_dirty(rows)


def _new_rows(
    known: dict[int, tuple[Envelope, KnownMachine]],
    epochs: dict[tuple[int, str, str], Epoch],
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
