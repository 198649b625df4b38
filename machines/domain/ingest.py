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
from django.db import transaction

from machines.domain.arrivals import Arrival, hand_over, microseconds
from machines.domain.clocks import AHEAD
from machines.domain.envelope import ACCEPTED, Answer, Envelope, Outcome, Rejected, read_envelope
from machines.domain.epochs import Epoch, Unsettled, close_epochs, lock_epochs
from machines.domain.measure.samples import Value
from machines.domain.packs.read import packed_numbers
from machines.domain.partitions import make_partitions
from machines.enums import SampleFlag
from machines.models import SampleProblem
from mes.lib import bulk

LARGEST_BATCH = 5000
RAW_KEPT = 4000
_ATTEMPTS = 3

_ARRIVING = bulk.Staging(
    "arriving_samples",
    "plant_id int8, machine_id int8, epoch_id int8, ts timestamptz, seq int8, sub int4, slot int2, "
    "item varchar, number float8, text text, quality int2, historical bool, flags int4, "
    "device_ts timestamptz, received_at timestamptz",
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


def append(
    batch: Sequence[Any], received: datetime, *, channel: str = "", keep_problems: bool = True
) -> list[Answer]:
    """Store a batch of envelopes (at most 5,000) and answer entry by entry.

    Outside of a transaction all is committed on return. The answer to an entry is accepted, duplicate, or
    rejected with code, message and field; what is rejected is kept, unless the caller has it already.
    Raises ``ValueError`` for a longer batch.
    """
    if len(batch) > LARGEST_BATCH:
        raise ValueError(f"at most {LARGEST_BATCH} samples at once")
    unread: dict[int, Answer] = {}
    envelopes: dict[int, Envelope] = {}
    for index, entry in enumerate(batch):
        try:
            envelopes[index] = read_envelope(entry, received)
        except Rejected as rejected:
            unread[index] = _rejection(rejected)
    today = received.astimezone(UTC).date()
    make_partitions(
        {envelope.ts.date() for envelope in envelopes.values() if envelope.ts <= received} | {today}
    )
    for attempt in range(_ATTEMPTS):
        answers: list[Answer] = [unread.get(index, ACCEPTED) for index in range(len(batch))]
        try:
            with transaction.atomic():
                _store(envelopes, answers, received)
                if keep_problems:
                    _keep_problems(batch, answers, received, channel)
            return answers
        except Unsettled:
            if attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError


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


def _store(envelopes: dict[int, Envelope], answers: list[Answer], received: datetime) -> None:
    names = {(one.machine, one.source, one.boot) for one in envelopes.values()}
    if not names:
        return
    epochs = lock_epochs(names)
    known: list[tuple[int, Envelope, Epoch]] = []
    for index, envelope in envelopes.items():
        epoch = epochs.get((envelope.machine, envelope.source, envelope.boot))
        if epoch is None:
            message = f"No active machine has the code {envelope.machine}."
            answers[index] = Answer(Outcome.REJECTED, "unknown_machine", message, "machine")
        elif envelope.slot > epoch.machine.slots:
            message = f"This machine has {epoch.machine.slots} slots."
            answers[index] = Answer(Outcome.REJECTED, "unknown_slot", message, "slot")
        else:
            known.append((index, envelope, epoch))
    if not known:
        return
    rows = _new_rows(known, answers, received)
    _copy(rows, received)
    close_epochs(epochs.values(), received)
    _hand_over(rows)


def _new_rows(
    known: list[tuple[int, Envelope, Epoch]], answers: list[Answer], received: datetime
) -> list[_Row]:
    first: dict[Identity, _Row] = {}
    doubtful: list[_Row] = []
    latest = received + AHEAD
    for index, envelope, epoch in known:
        ts, flags = envelope.ts, 0
        if ts > latest or not (epoch.in_time or envelope.historical):
            ts, flags = received, _CLOCK
        if envelope.snapshot:
            flags |= _SNAPSHOT
        if envelope.reset:
            flags |= _RESET
        row = _Row(index, epoch, envelope, ts, flags)
        identity = (epoch.id, envelope.seq, envelope.sub)
        if (earlier := first.get(identity)) is not None:
            answers[index] = _again(row, content(earlier.envelope))
        elif epoch.has_seen(envelope.seq):
            doubtful.append(row)
        else:
            first[identity] = row
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


_CLOCK, _SNAPSHOT, _RESET = int(SampleFlag.CLOCK), int(SampleFlag.SNAPSHOT), int(SampleFlag.RESET)


def _note(row: _Row) -> None:
    epoch, envelope, ts = row.epoch, row.envelope, row.ts
    epoch.accepted += 1
    epoch.fresh.append(envelope.seq)
    if epoch.newest is None or ts > epoch.newest:
        epoch.newest = ts
    if not envelope.historical and (epoch.newest_live is None or envelope.ts > epoch.newest_live):
        epoch.newest_live = envelope.ts


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


def value_of(number: float | None, text: str | None) -> Value:
    """The value in the two columns: the texts ``true`` and ``false`` are truth values, 7.0 is 7."""
    if text is not None:
        return _TRUTH.get(text, text)
    if number is not None and number.is_integer():
        return int(number)
    return number


_TRUTH: dict[str, bool] = {"true": True, "false": False}


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
    with bulk.cursor() as cursor:
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
    if packed := [row for row in rest if row.identity not in found]:
        day = timedelta(days=1)
        wanted = _identities(packed)[:3]
        for epoch, one in packed_numbers(wanted, min(times) - day, max(received) + day):
            found.setdefault((epoch, one.seq, one.sub), (one.item, one.number, one.text, one.slot))
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
    with bulk.cursor() as cursor:
        _ARRIVING.fill(cursor, (_columns_of(row, received) for row in rows))
        cursor.execute(
            f"INSERT INTO machines_sample ({_ARRIVING.names}) SELECT {_ARRIVING.names} "  # noqa: S608
            "FROM pg_temp.arriving_samples ON CONFLICT DO NOTHING"
        )


def _columns_of(row: _Row, received: datetime) -> tuple[Any, ...]:
    envelope, epoch = row.envelope, row.epoch
    machine = epoch.machine
    number, text = columns(envelope.value)
    return (
        *(machine.plant, machine.id, epoch.id, row.ts, envelope.seq, envelope.sub, envelope.slot),
        *(
            envelope.item,
            number,
            text,
            envelope.quality,
            envelope.historical,
            row.flags,
            envelope.ts,
            received,
        ),
    )


def _hand_over(rows: list[_Row]) -> None:
    hand_over(map(_arrival, rows))


def _arrival(row: _Row) -> Arrival:
    epoch, envelope = row.epoch, row.envelope
    value = value_of(*columns(envelope.value))
    return (
        *(epoch.machine.id, microseconds(row.ts), envelope.item, value, epoch.source, envelope.boot),
        *(envelope.seq, envelope.sub, envelope.slot, envelope.quality, row.flags),
    )


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
