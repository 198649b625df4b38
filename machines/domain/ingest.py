"""Samples in: the one door behind all doors.

``append`` stores a batch in one transaction with a constant number of queries: machines, sources and epochs
are known from the last batch or resolved in bulk, duplicates are told by (source, epoch, seq, sub), rows go
in by COPY. Nothing is dropped silently: what can't be taken is kept verbatim as a ``SampleProblem``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import psycopg
from django.db import OperationalError, connection, transaction

from machines.domain.arrivals import Arrival, hand_over, microseconds
from machines.domain.clocks import AHEAD
from machines.domain.envelope import ACCEPTED, Answer, Envelope, Outcome, Rejected, read_envelope
from machines.domain.epochs import (
    Epoch,
    Name,
    Taking,
    Unsettled,
    forget_epochs,
    lock_epochs,
    recall_epochs,
    write_back,
)
from machines.domain.measure.samples import Value
from machines.domain.packs.read import packed_numbers
from machines.domain.partitions import make_partitions
from machines.enums import SampleFlag
from machines.models import SampleProblem
from mes.lib import bulk

LARGEST_BATCH = 5000
RAW_KEPT = 4000
_ATTEMPTS = 3

_SAMPLES = bulk.Target(
    "machines_sample",
    "received_at timestamptz, device_ts timestamptz, ts timestamptz, seq int8, number float8, plant_id int8, "
    "machine_id int8, epoch_id int8, sub int4, flags int4, slot int2, quality int2, historical bool, "
    "item varchar, text text",
)

Identity = tuple[int, int, int]
Told = list[tuple[int, Envelope]]
"""What one epoch is told by a batch: places in the batch, and samples."""


@dataclass(slots=True)
class _Row:
    """A sample about to be stored. ``index`` is its place in the batch."""

    index: int
    taking: Taking
    envelope: Envelope
    ts: datetime
    flags: int

    @property
    def identity(self) -> Identity:
        return (self.taking.epoch.id, self.envelope.seq, self.envelope.sub)


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
    told: defaultdict[Name, Told] = defaultdict(list)
    days = {received.astimezone(UTC).date()}
    for index, entry in enumerate(batch):
        try:
            envelope = read_envelope(entry, received)
        except Rejected as rejected:
            unread[index] = _rejection(rejected)
            continue
        told[envelope.machine, envelope.source, envelope.boot].append((index, envelope))
        if envelope.ts <= received:
            days.add(envelope.ts.date())
    make_partitions(days)
    for attempt in range(_ATTEMPTS):
        answers: list[Answer] = [ACCEPTED] * len(batch)
        for index, answer in unread.items():
            answers[index] = answer
        try:
            with transaction.atomic():
                _store(told, answers, received)
                if keep_problems:
                    _keep_problems(batch, answers, received, channel)
            return answers
        except Unsettled:
            forget_epochs(told)
            if attempt == _ATTEMPTS - 1:
                raise
        except OperationalError as error:
            if not _may_try_again(error) or attempt == _ATTEMPTS - 1:
                raise
            forget_epochs(told)
    raise AssertionError


def _may_try_again(error: OperationalError) -> bool:
    """Two doors that bring the same epochs may block each other once; locked in order they don't."""
    deadlock = isinstance(error.__cause__, psycopg.errors.DeadlockDetected)
    return deadlock and not connection.in_atomic_block


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


def _store(told: Mapping[Name, Told], answers: list[Answer], received: datetime) -> None:
    """Take in by what is known of the epochs; those of which it isn't true any more are locked and read."""
    if not told:
        return
    epochs = recall_epochs(told)
    rows, stale = _take(epochs, told, answers, received)
    if stale or len(epochs) < len(told):
        locked = lock_epochs((told.keys() - epochs.keys()) | stale)
        more, gone = _take(locked, told, answers, received)
        if gone:
            raise Unsettled
        rows = [row for row in rows if row.taking.epoch.name not in stale] + more
        _refuse_unknown(told, (epochs.keys() - stale) | locked.keys(), answers)
    _copy(rows, received)
    hand_over(map(_arrival, rows), received)


def _take(
    epochs: Mapping[Name, Epoch], told: Mapping[Name, Told], answers: list[Answer], received: datetime
) -> tuple[list[_Row], set[Name]]:
    """The new samples of these epochs, which are written back; and the epochs that are known wrongly."""
    if not epochs:
        return [], set()
    takings: list[Taking] = []
    new: list[_Row] = []
    rows: list[_Row] = []
    doubtful: list[_Row] = []
    for name, epoch in epochs.items():
        taking = Taking(epoch, epoch.told)
        takings.append(taking)
        found = _rows_of(taking, told[name], answers, received)
        if epoch.goes_on_with([row.envelope.seq for row in found]):
            new += found
            continue
        for row in found:
            (doubtful if epoch.has_seen(row.envelope.seq) else rows).append(row)
    new += _without_repeated(rows, doubtful, answers)
    for row in new:
        _note(row)
    return new, write_back(takings, received)


def _rows_of(taking: Taking, told: Told, answers: list[Answer], received: datetime) -> list[_Row]:
    epoch = taking.epoch
    slots, in_time, latest = epoch.machine.slots, epoch.in_time, received + AHEAD
    rows: list[_Row] = []
    for index, envelope in told:
        if envelope.slot > slots:
            message = f"This machine has {slots} slots."
            answers[index] = Answer(Outcome.REJECTED, "unknown_slot", message, "slot")
            continue
        ts, flags = envelope.ts, 0
        if ts > latest or not (in_time or envelope.historical):
            ts, flags = received, _CLOCK
        if envelope.snapshot:
            flags |= _SNAPSHOT
        if envelope.reset:
            flags |= _RESET
        answers[index] = ACCEPTED
        rows.append(_Row(index, taking, envelope, ts, flags))
    return rows


def _refuse_unknown(told: Mapping[Name, Told], known: Collection[Name], answers: list[Answer]) -> None:
    for name in told.keys() - known:
        message = f"No active machine has the code {name[0]}."
        for index, _envelope in told[name]:
            answers[index] = Answer(Outcome.REJECTED, "unknown_machine", message, "machine")


def _without_repeated(rows: list[_Row], doubtful: list[_Row], answers: list[Answer]) -> list[_Row]:
    """The rows that are new: of one identity the first; those whose number was seen if they aren't stored."""
    first: dict[Identity, _Row] = {}
    for row in rows:
        if (earlier := first.setdefault(row.identity, row)) is not row:
            answers[row.index] = _again(row, content(earlier.envelope))
    for row, stored in _stored(doubtful):
        if stored is not None:
            answers[row.index] = _again(row, stored)
        elif (earlier := first.setdefault(row.identity, row)) is not row:
            answers[row.index] = _again(row, content(earlier.envelope))
    return list(first.values())


_CLOCK, _SNAPSHOT, _RESET = int(SampleFlag.CLOCK), int(SampleFlag.SNAPSHOT), int(SampleFlag.RESET)


def _note(row: _Row) -> None:
    taking, envelope, ts = row.taking, row.envelope, row.ts
    taking.fresh.append(envelope.seq)
    if taking.newest is None or ts > taking.newest:
        taking.newest = ts
    if not envelope.historical and (taking.newest_live is None or envelope.ts > taking.newest_live):
        taking.newest_live = envelope.ts


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
        row.taking.duplicates += 1
        return Answer(Outcome.DUPLICATE)
    row.taking.conflicts += 1
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
                    sorted({row.taking.epoch.id for row in rest}),
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
        [row.taking.epoch.machine.id for row in rows],
        [row.taking.epoch.id for row in rows],
        [row.envelope.seq for row in rows],
        [row.envelope.sub for row in rows],
    ]


def _copy(rows: list[_Row], received: datetime) -> None:
    if rows:
        with bulk.cursor() as cursor:
            _SAMPLES.fill(cursor, (_stored_row(row, received) for row in rows))


def _stored_row(row: _Row, received: datetime) -> tuple[Any, ...]:
    envelope, epoch = row.envelope, row.taking.epoch
    machine = epoch.machine
    number, text = columns(envelope.value)
    return (
        *(received, envelope.ts, row.ts, envelope.seq, number, machine.plant, machine.id, epoch.id),
        *(envelope.sub, row.flags, envelope.slot, envelope.quality, envelope.historical),
        *(envelope.item, text),
    )


def _arrival(row: _Row) -> Arrival:
    epoch, envelope = row.taking.epoch, row.envelope
    value = envelope.value
    if value is not True:
        value = value_of(*columns(value))
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
