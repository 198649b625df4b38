"""Where a fold may start, and the samples it then takes in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

import orjson

from machines.domain.arrivals import microseconds, moment, sample_of
from machines.domain.facts import FOR_EVER
from machines.domain.ingest import value_of
from machines.domain.measure import FoldState, Output, Rules, Sample
from machines.domain.measure.fold import flush, fold_at_pace
from machines.domain.measure.pace import Pace
from machines.domain.packs.read import Packed, packs_after
from mes.lib import bulk

BEGINNING = datetime(1990, 1, 1, tzinfo=UTC)
LAG = timedelta(seconds=2)
ANCHOR = timedelta(minutes=5)
AT_ONCE = 1_000
ROWS_AT_ONCE = 2_000

_CHECKPOINTS = """
    SELECT w.machine_id, c.at, c.state::text, EXISTS (
        SELECT FROM machines_checkpoint later WHERE later.machine_id = w.machine_id AND later.at > c.at
    ) OR EXISTS (
        SELECT FROM machines_machinenow n
        WHERE n.machine_id = w.machine_id AND n.last_sample_at > coalesce(c.at, '-infinity')
    )
    FROM unnest(%s::int8[], %s::timestamptz[]) AS w(machine_id, dirty_from)
    LEFT JOIN LATERAL (
        SELECT at, state FROM machines_checkpoint
        WHERE machine_id = w.machine_id AND at < w.dirty_from ORDER BY at DESC LIMIT 1
    ) c ON true
"""
_SAMPLES = """
    SELECT f.machine_id, s.ts, s.item, s.number, s.text, so.id, e.boot, s.seq, s.sub, s.slot, s.quality,
        s.flags, s.received_at
    FROM unnest(%(ids)s::int8[], %(after)s::timestamptz[], %(until)s::timestamptz[])
        AS f(machine_id, after, until)
    JOIN machines_source so ON so.machine_id = f.machine_id
    JOIN machines_sourceepoch e ON e.source_id = so.id AND e.last_at > f.after
    CROSS JOIN LATERAL (
        SELECT * FROM machines_sample s
        WHERE s.machine_id = f.machine_id AND s.epoch_id = e.id AND s.ts > f.after AND s.ts > %(earliest)s
            AND s.ts <= f.until AND s.ts <= %(latest)s
        ORDER BY s.ts LIMIT %(limit)s
    ) s
"""


@dataclass(slots=True)
class Start:
    """A state to fold on from: everything up to ``at`` is in it. ``last``: nothing later was read before."""

    state: FoldState
    at: datetime
    last: bool


@dataclass(slots=True)
class Replay:
    """A machine folded on from a start.

    ``head`` is the new state to keep, ``view`` the same with the last moments (``recent``), which late
    samples may still join; ``more`` is where reading has to go on.
    """

    start: Start
    head: FoldState
    view: FoldState
    out: Output
    anchors: list[tuple[datetime, FoldState]] = field(default_factory=list)
    recent: list[Sample] = field(default_factory=list)
    more: datetime | None = None
    newest: datetime | None = None


def find_starts(dirty_from: Mapping[int, datetime]) -> dict[int, Start]:
    """The latest checkpoint of each machine before its earliest unread sample, else the very beginning."""
    starts: dict[int, Start] = {}
    with bulk.cursor() as cursor:
        cursor.execute(_CHECKPOINTS, [list(dirty_from), list(dirty_from.values())])
        for machine, at, state, later in cursor.fetchall():
            known = FoldState.from_json(orjson.loads(state)) if state else FoldState()
            starts[machine] = Start(known, at or BEGINNING, last=not later)
    return starts


def load_samples(
    after: Mapping[int, datetime], *, limit: int = AT_ONCE, until: Mapping[int, datetime] | None = None
) -> tuple[dict[int, list[Sample]], dict[int, datetime]]:
    """Samples later than the given times, in order, and for machines with more than ``limit`` where to go on.

    ``until``: none later than these times. Two queries: of typed and of packed days. About ``limit`` samples
    of each source's epoch are read; what is returned has no hole.
    """
    if not after:
        return {}, {}
    ends = {machine: FOR_EVER if until is None else until[machine] for machine in after}
    found, more, packed = _load_packed(after, ends, limit)
    counts: dict[tuple[int, int, str], int] = defaultdict(int)
    newest: dict[tuple[int, int, str], datetime] = {}
    with bulk.cursor() as cursor:
        cursor.execute(
            _SAMPLES,
            {
                "ids": list(after),
                "after": list(after.values()),
                "until": list(ends.values()),
                "earliest": min(after.values()),
                "latest": max(ends.values()),
                "limit": limit,
            },
        )
        for machine, ts, item, number, text, source, boot, seq, sub, *told in _rows(cursor):
            epoch = (machine, source, boot)
            counts[epoch] += 1
            newest[epoch] = max(newest.get(epoch, ts), ts)
            if packed and (machine, ts, source, boot, seq, sub) in packed:
                continue
            found[machine].append(sample_of(ts, item, value_of(number, text), source, boot, seq, sub, *told))
    for epoch, count in counts.items():
        if count >= limit:
            more[epoch[0]] = min(more.get(epoch[0], newest[epoch]), newest[epoch])
    for machine, samples in found.items():
        samples.sort(key=lambda sample: sample.position)
        if machine in more:
            found[machine] = [sample for sample in samples if sample.ts < more[machine]]
    return dict(found), more


def _rows(cursor: Any) -> Iterator[Any]:
    """Going through a cursor row by row costs more than the rows."""
    while rows := cursor.fetchmany(ROWS_AT_ONCE):
        yield from rows


_Identity = tuple[int, datetime, int, str, int, int]


def _load_packed(
    after: Mapping[int, datetime], until: Mapping[int, datetime], limit: int
) -> tuple[defaultdict[int, list[Sample]], dict[int, datetime], set[_Identity]]:
    """What is packed: samples, where to go on, and which they are, as a typed twin may not be dropped yet."""
    found: defaultdict[int, list[Sample]] = defaultdict(list)
    more: dict[int, datetime] = {}
    identities: set[_Identity] = set()
    for pack in packs_after(after, until, limit=limit):
        machine = pack.machine
        if pack.next is not None:
            more[machine] = min(more.get(machine, pack.next), pack.next)
        for sample in samples_of(pack):
            if after[machine] < sample.ts <= until[machine]:
                found[machine].append(sample)
                identities.add((machine, sample.ts, sample.source, sample.epoch, sample.seq, sample.sub))
    return found, more, identities


def samples_of(pack: Packed, *, received_by: datetime | None = None) -> Iterator[Sample]:
    """The samples of a pack as they are folded; with ``received_by`` only those that had come by then."""
    known_by = None if received_by is None else microseconds(received_by)
    for row in pack.rows:
        if known_by is not None and row.received_at > known_by:
            continue
        yield sample_of(
            *(moment(row.ts), row.item, value_of(row.number, row.text), pack.source, pack.boot),
            *(row.seq, row.sub, row.slot, row.quality, row.flags),
            received=moment(row.received_at),
        )


def replay(start: Start, samples: list[Sample], rules: Rules, more: datetime | None = None) -> Replay:
    """Fold ``samples`` onto ``start``.

    The head stays ``LAG`` behind the newest sample: what comes a little out of order costs no replay. Every
    ``ANCHOR`` of event time a state is kept as a place for later replays to start from.
    """
    head, out = start.state, Output()
    anchors: list[tuple[datetime, FoldState]] = []
    settled = _settled(samples, more)
    pace = Pace(rules)
    for _, group in groupby(samples[:settled], key=lambda sample: bucket(sample.ts)):
        if head.heard is not None and head.heard > start.at:
            anchors.append((head.heard, head.clone()))
        add_output(out, fold_at_pace(head, list(group), rules, pace))
    add_output(out, flush(head, rules))
    view = head.clone()
    add_output(out, fold_at_pace(view, samples[settled:], rules, pace))
    newest = samples[-1].ts if samples else head.heard
    return Replay(start, head, view, out, anchors, samples[settled:], more, newest)


def _settled(samples: list[Sample], more: datetime | None) -> int:
    """How many samples are old enough to be folded for good."""
    if not samples or more is not None:
        return len(samples)
    border = samples[-1].ts - LAG
    count = len(samples)
    while count and samples[count - 1].ts > border:
        count -= 1
    return count


def bucket(moment: datetime) -> int:
    return int(moment.timestamp() // ANCHOR.total_seconds())


def add_output(out: Output, more: Output) -> None:
    out.cycles += more.cycles
    out.intervals += more.intervals
    out.notes += more.notes
