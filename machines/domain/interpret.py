"""From raw samples to cycles, state intervals and what each machine does now.

One pass claims shards of machines in which samples arrived or time alone changed something, goes on from what
is remembered or folds on from a checkpoint, writes what changed and tells followers and live listeners, all
in one transaction. Several interpreters may run.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import structlog
from django.db import transaction

from machines.domain.alarms import code_from_alarms
from machines.domain.arrivals import (
    SAMPLES_AT_ONCE,
    SHARDS,
    request_interpretation,
    shard_of,
    take_arrivals,
)
from machines.domain.checkpoints import edges_of, keep_checkpoints
from machines.domain.energy import tell_meters
from machines.domain.facts import Changes, Facts, cycle_rows, differences, interval_rows, write_changes
from machines.domain.followers import mark_dirty
from machines.domain.measure import FoldState, Note, Rules, Sample, Tail, tail
from machines.domain.memory import (
    MACHINES_AT_ONCE,
    Mark,
    Memory,
    Remembered,
    Step,
    TooLate,
    last_end,
    may_change,
    still_open,
)
from machines.domain.now import now_rows, write_now
from machines.domain.parameters import RULES_MARK, load_rules
from machines.domain.replay import (
    AT_ONCE,
    BEGINNING,
    Replay,
    Start,
    bucket,
    find_starts,
    load_samples,
    replay,
)
from machines.domain.shards import Turns, claim_all, claim_shards, count_up, give_back, surplus_of
from machines.domain.stops import realign_codings
from machines.domain.stretch import Span, after_floor, read_stretches
from mes.lib import bulk
from mes.lib.live import announce_all

HEAVY_AT_ONCE = 3
SAMPLES_LATE = 1_000_000

logger = structlog.get_logger(__name__)

_STANDING = f"""
    SELECT m.id, m.plant_id, p.dirty_from, coalesce(p.asked, 0), p.floor_at, coalesce(p.version, 0),
        {RULES_MARK}
    FROM machines_machine m LEFT JOIN machines_projection p ON p.machine_id = m.id
    WHERE m.id = ANY(%s)
"""  # noqa: S608 - our own expression
_WAITING = """
    SELECT machine_id, dirty_from FROM machines_projection
    WHERE dirty_from IS NOT NULL AND machine_id %% %(of)s = ANY(%(shards)s)
    UNION ALL
    SELECT machine_id, NULL FROM machines_machinenow
    WHERE due_at <= %(due)s AND machine_id %% %(of)s = ANY(%(shards)s)
"""


@dataclass(slots=True)
class _Claim:
    """A machine to be worked on: its new samples, from when on it has to be read again, and how often that
    had been asked for when this was read."""

    machine: int
    plant: int
    dirty_from: datetime | None
    asked: int
    floor: datetime | None
    mark: Mark
    samples: list[Sample]

    @property
    def read_from(self) -> datetime:
        """The earliest sample to read; where only time passed, the last checkpoint serves."""
        times = [sample.ts for sample in self.samples]
        earliest = min([self.dirty_from, *times] if self.dirty_from else times, default=_FAR)
        return after_floor(earliest, self.floor)


_FAR = BEGINNING + timedelta(days=100_000)


@dataclass(slots=True)
class _Pass:
    """What one pass found out."""

    changes: Changes = field(default_factory=Changes)
    now_rows: list[tuple[Any, ...]] = field(default_factory=list)
    kept: list[tuple[int, datetime, FoldState]] = field(default_factory=list)
    notes: list[tuple[int, Note]] = field(default_factory=list)


def interpret_dirty(
    now: datetime,
    *,
    only: Collection[int] | None = None,
    limit: int = MACHINES_AT_ONCE,
    memory: Memory | None = None,
    passes: int | None = None,
) -> int:
    """Read all unread samples and everything that is due. Returns how many machines were brought up to date.

    ``now`` decides which open standstills have become stops; ``only`` restricts to the shards of these
    machines (ids). It ends after ``passes`` even if there is more to do.
    """
    done = 0
    for _ in count() if passes is None else range(passes):
        worked = interpret_some(now, only=only, limit=limit, memory=memory)
        done += worked
        if not worked or (memory is not None and memory.is_done):
            break
    return done


def interpret_some(
    now: datetime,
    *,
    only: Collection[int] | None = None,
    limit: int = MACHINES_AT_ONCE,
    memory: Memory | None = None,
) -> int:
    """One pass; 0 if there was nothing to do. At most ``limit`` machines are read from what is stored.

    With a ``memory`` only the shards leased to it are worked on.
    """
    due: datetime | None = now
    began = time.monotonic()
    if memory is not None:
        memory.is_done = False
        if memory.lease():
            _give_back_surplus(memory)
        limit = min(limit, memory.at_once)
        if not memory.is_due(now):
            due = None
    shards: dict[int, Turns] = {}
    try:
        with transaction.atomic():
            shards = claim_shards(
                due=due,
                worker=memory.worker if memory is not None else None,
                only={shard_of(machine) for machine in only} if only is not None else None,
            )
            done = _work(shards, now, due, limit, memory) if shards else 0
    except BaseException:
        if memory is not None:
            memory.forget(shards)
        raise
    if memory is not None:
        memory.keep_pace(time.monotonic() - began)
        memory.is_done = memory.is_done or not done
        if due is not None and memory.is_done:
            memory.nothing_due(now)
    return done


def _work(
    shards: dict[int, Turns], now: datetime, due: datetime | None, limit: int, memory: Memory | None
) -> int:
    arrived = take_arrivals(shards)
    took_all = sum(map(len, arrived.values())) < SAMPLES_AT_ONCE
    if not took_all:
        now = min(now, _received_until(arrived))
        due = None if due is None else min(due, now)
    tell_meters(arrived)
    if memory is not None:
        memory.check(shards)
    waiting, later = _waiting(shards, due, limit, memory)
    _leave_stored(arrived, later)
    result = _Pass()
    known: dict[int, Remembered] = {}
    if memory is not None and memory.aside:
        _leave_for_later(
            {machine: arrived.pop(machine) for machine in [*arrived] if memory.is_aside(machine)}
        )
    if memory is not None:
        known = memory.still_known(arrived.keys() - waiting, shards)
    doubtful: list[int] = []
    for machine, one in known.items():
        try:
            _go_on(one, one.advance(arrived[machine], now, result.changes), result)
        except TooLate:
            doubtful.append(machine)
    claims = _claims(arrived, {*(arrived.keys() - known.keys()), *waiting, *doubtful})
    again, others = _split(claims, limit)
    for claim in others:
        remembered = memory.recall(claim.machine, claim.mark, shards) if memory is not None else None
        try:
            if remembered is None or claim.machine in doubtful:
                raise TooLate
            _go_on(remembered, remembered.advance(claim.samples, now, result.changes), result)
        except TooLate:
            again.append(claim)
    done = len(known) - len(doubtful) + len(claims) - len(again)
    if again:
        done += _read(again[:limit], now, memory, shards, result)
        _defer(again[limit:], now, memory, shards, result)
    _write(result, now)
    if memory is not None or again:
        count_up(shards, remembering=memory is not None)
    if memory is not None:
        memory.counted_up(shards)
        memory.foresee(result.now_rows)
        memory.is_done = not again and len(waiting) < limit and took_all
    return done


def _received_until(arrived: Mapping[int, list[Sample]]) -> datetime:
    """When the last of these came. Who is behind knows of nothing later: it may be among what is unread."""
    return max(samples[-1].received or _FAR for samples in arrived.values())


def _leave_stored(arrived: dict[int, list[Sample]], later: Mapping[int, datetime]) -> None:
    """Take no notice of new samples of machines that are read from before them, once it is their turn."""
    for machine, since in later.items():
        if machine in arrived and all(one.ts >= since for one in arrived[machine]):
            del arrived[machine]


def _leave_for_later(arrived: Mapping[int, list[Sample]]) -> None:
    """Have machines read again from their new samples on, once it is their turn."""
    request_interpretation({machine: min(one.ts for one in samples) for machine, samples in arrived.items()})


def _split(claims: list[_Claim], limit: int) -> tuple[list[_Claim], list[_Claim]]:
    """The machines to be read again in this pass, those with the oldest news first, and the others.

    What can't be read again yet goes on from memory with what is new: a backlog doesn't hold up live data.
    """
    clean = [claim for claim in claims if claim.dirty_from is None]
    dirty = [claim for claim in claims if claim.dirty_from is not None]
    dirty.sort(key=lambda claim: claim.dirty_from or _FAR)
    return dirty[:limit], clean + dirty[limit:]


@transaction.atomic
def _give_back_surplus(memory: Memory) -> None:
    """Leave some shards to others that have fewer."""
    if surplus := surplus_of(memory.worker):
        _write_down(memory, surplus)
        give_back(surplus)
        memory.forget(surplus)


@transaction.atomic
def forget(memory: Memory) -> None:
    """Write down all that is remembered and give the shards back."""
    _write_down(memory, memory.shards)
    memory.release()


def _write_down(memory: Memory, which: Collection[int]) -> None:
    """Keep a checkpoint of each machine remembered of these shards, unless somebody else went on."""
    shards = claim_all(which)
    memory.check(shards)
    for shard in shards:
        remembered = {one.machine: one for one in memory.remembered(shard)}
        keep_checkpoints(
            [
                (claim.machine, known.base_at, known.base)
                for claim in _claims({}, remembered)
                if (known := memory.recall(claim.machine, claim.mark, shards)) and claim.dirty_from is None
            ]
        )


def _waiting(
    shards: Collection[int], due: datetime | None, limit: int, memory: Memory | None
) -> tuple[set[int], dict[int, datetime]]:
    """The machines that have to be read again now, those with the oldest news first, or that are due; and of
    the others those of which nothing is remembered, with when they are to be read from."""
    with bulk.cursor(prepared=True) as cursor:
        cursor.execute(_WAITING, {"of": SHARDS, "shards": list(shards), "due": due})
        rows = cursor.fetchall()
    if memory is not None:
        rows = [row for row in rows if not memory.is_aside(row[0])]
    dirty = sorted((since, machine) for machine, since in rows if since is not None)
    later = {
        machine: since for since, machine in dirty[limit:] if memory is None or not memory.knows(machine)
    }
    now = {machine for _since, machine in dirty[:limit]}
    return now | {machine for machine, since in rows if since is None and machine not in later}, later


def _claims(arrived: Mapping[int, list[Sample]], machines: Iterable[int]) -> list[_Claim]:
    """How these machines (ids) stand, with the samples that arrived for them."""
    ids = sorted(machines)
    if not ids:
        return []
    with bulk.cursor() as cursor:
        cursor.execute(_STANDING, [ids])
        return [
            _Claim(machine, plant, dirty_from, asked, floor, (floor, *mark), arrived.get(machine, []))
            for machine, plant, dirty_from, asked, floor, *mark in cursor.fetchall()
        ]


def _go_on(known: Remembered, step: Step, result: _Pass) -> None:
    result.now_rows += step.now_rows
    result.notes += [(known.machine, note) for note in step.notes]
    if known.move_base():
        result.kept.append((known.machine, known.base_at, known.base))
        known.kept_at = known.base_at


def _defer(
    claims: list[_Claim], now: datetime, memory: Memory | None, shards: Mapping[int, Turns], result: _Pass
) -> None:
    """Leave what came late of these machines for another pass; those remembered go on with what is newer."""
    claims = [claim for claim in claims if claim.samples]
    request_interpretation({claim.machine: claim.read_from for claim in claims})
    if memory is None:
        return
    for claim in claims:
        known = memory.recall(claim.machine, claim.mark, shards)
        if known is not None:
            late, newer = known.split(claim.samples)
            known.leave(late, claim.dirty_from, claim.asked)
            with suppress(TooLate):
                _go_on(known, known.advance(newer, now, result.changes), result)


def _read(
    claims: list[_Claim], now: datetime, memory: Memory | None, shards: Mapping[int, Turns], result: _Pass
) -> int:
    """Bring machines up to date from what is stored. Returns how many."""
    rest = claims if memory is None else _read_late(claims, now, memory, shards, result)
    return len(claims) - len(rest) + (_read_again(rest, now, memory, result) if rest else 0)


def _read_late(
    claims: list[_Claim], now: datetime, memory: Memory, shards: Mapping[int, Turns], result: _Pass
) -> list[_Claim]:
    """Read only what samples that came late can change, where that is enough. Returns the other machines."""
    known = {claim.machine: memory.recall(claim.machine, claim.mark, shards) for claim in claims}
    spans: list[Span] = []
    for claim in claims:
        one = known[claim.machine]
        until = one.late_until(claim.samples, claim.dirty_from, claim.asked) if one is not None else None
        if one is not None and until is not None:
            since = claim.read_from
            until = max(since, until)
            sure = min(one.base_at, until + one.settles_in)
            spans.append(Span(claim.machine, claim.plant, since, until, sure))
    settled = read_stretches(spans, result.changes, limit=AT_ONCE) if spans else set()
    read: list[_Claim] = []
    for claim in claims:
        one = known[claim.machine]
        if claim.machine in settled and one is not None:
            one.waits_until = None
            _late, newer = one.split(claim.samples)
            with suppress(TooLate):
                _go_on(one, one.advance(newer, now, result.changes), result)
                read.append(claim)
    _settle_requests(claim for claim in read if claim.dirty_from is not None)
    done = {claim.machine for claim in read}
    return [claim for claim in claims if claim.machine not in done]


def _settle_requests(claims: Iterable[_Claim]) -> None:
    """What these machines were asked for is done, unless somebody asked anew."""
    rows = [(claim.machine, claim.asked) for claim in claims]
    if not rows:
        return
    with bulk.cursor() as cursor:
        cursor.execute(
            """
            UPDATE machines_projection p SET dirty_from = NULL
            FROM unnest(%s::int8[], %s::int8[]) AS w(machine_id, asked)
            WHERE p.machine_id = w.machine_id AND p.asked = w.asked
            """,
            [list(column) for column in zip(*rows, strict=True)],
        )


def _read_again(claims: list[_Claim], now: datetime, memory: Memory | None, result: _Pass) -> int:
    """Derive machines from a checkpoint and what is stored after it. Returns how many."""
    starts = find_starts({claim.machine: claim.read_from for claim in claims})
    samples, more, heavy = _load(starts)
    if heavy:
        later = {claim.machine: claim.read_from for claim in claims if claim.machine in heavy}
        request_interpretation(later)
        claims = [claim for claim in claims if claim.machine not in heavy]
    if not claims:
        return 0
    rules = load_rules(
        [claim.machine for claim in claims], since=min(starts[claim.machine].at for claim in claims)
    )
    replays: dict[int, Replay] = {}
    facts: dict[int, Facts] = {}
    tails: dict[int, Tail] = {}
    for claim in claims:
        machine, start = claim.machine, starts[claim.machine]
        edges = edges_of(start.state)
        try:
            run = replay(start, samples.get(machine, []), rules[machine], more.get(machine))
            view = tail(run.view, rules[machine], now if run.more is None else (run.newest or now))
        except Exception:
            if memory is None:
                raise
            logger.exception("machine_set_aside", machine=machine, read_from=claim.read_from)
            memory.set_aside(machine)
            request_interpretation({machine: claim.read_from})
            continue
        replays[machine], tails[machine] = run, view
        facts[machine] = Facts(
            plant=claim.plant,
            cycles=cycle_rows(machine, run.out.cycles + view.cycles),
            intervals=interval_rows(machine, run.out.intervals + view.intervals + view.open),
            cycles_after=start.at,
            intervals_from=edges or {slot.number: BEGINNING for slot in run.view.slots if slot.line},
        )
        result.now_rows += now_rows(machine, run.view, view, run.out.cycles + view.cycles)
        result.notes += [(machine, note) for note in run.out.notes]
    claims = [claim for claim in claims if claim.machine in replays]
    if not claims:
        return 0
    differences(facts, result.changes)
    _keep_heads(replays, claims)
    if memory is None:
        return len(claims)
    for claim in claims:
        machine = claim.machine
        memory.drop(machine)
        one = _remember(claim, rules[machine], replays[machine], facts[machine], tails[machine])
        if one is not None:
            memory.keep(one)
    return len(claims)


def _remember(claim: _Claim, rules: Rules, run: Replay, facts: Facts, view: Tail) -> Remembered | None:
    base_at = run.head.heard
    if run.more is not None or base_at is None or facts.reaches_back:
        return None
    open_cycles, open_intervals = still_open(claim.machine, view)
    cycles, intervals = may_change(facts.cycles, facts.intervals, run.head, base_at, open_cycles)
    return Remembered(
        machine=claim.machine,
        plant=claim.plant,
        mark=_after(claim.mark),
        rules=rules,
        base=run.head,
        base_at=base_at,
        recent=run.recent,
        view=run.view,
        cycles=cycles,
        intervals=intervals,
        open_cycles=open_cycles,
        open_intervals=open_intervals,
        kept_at=base_at,
        settled_to=last_end(facts.cycles.keys() - cycles.keys(), run.start.at),
    )


def _after(mark: Mark) -> Mark:
    """The mark once this derivation is counted."""
    floor, version, *rules = mark
    return (floor, version + 1, *rules)


def _load(starts: dict[int, Start]) -> tuple[dict[int, list[Sample]], dict[int, datetime], set[int]]:
    """Samples by machine, where to go on, and the machines left for another pass.

    Where later samples were read before, all is read at once, as their rows are replaced at once; of machines
    with much to read like this only a few.
    """
    samples, more = load_samples({machine: start.at for machine, start in starts.items()}, limit=AT_ONCE)
    heavy = [machine for machine in more if not starts[machine].last]
    if heavy:
        whole = {machine: starts[machine].at for machine in heavy[:HEAVY_AT_ONCE]}
        late, still_more = load_samples(whole, limit=SAMPLES_LATE)
        for machine in whole:
            del more[machine]
        samples |= late
        more |= still_more
    return samples, more, set(heavy[HEAVY_AT_ONCE:])


def write_down(changes: Changes, now: datetime) -> None:
    """Write what differs and tell everybody who depends on it."""
    write_changes(changes)
    mark_dirty(changes.since)
    if changes.intervals_since:
        realign_codings(changes.intervals_since, now)
        code_from_alarms(changes.intervals_since, now)
    announce_all(
        f"machine:{machine}" if machine in changes.intervals_since else f"machine-cycle:{machine}"
        for machine in changes.since
    )


def _write(result: _Pass, now: datetime) -> None:
    write_down(result.changes, now)
    write_now(result.now_rows)
    keep_checkpoints(result.kept)
    for machine, note in result.notes:
        if note.kind == "stuck":
            logger.warning("counter_stuck", machine=machine, slot=note.slot, item=note.detail)


def _keep_heads(replays: Mapping[int, Replay], claims: Iterable[_Claim]) -> None:
    """Keep the heads, drop what they replace, and note how far each machine is read.

    The last head of each stretch of five minutes stays as an anchor; the one at the retention border always.
    A machine somebody asked for meanwhile is read once more: what changed may not have been seen yet.
    """
    drop: list[tuple[int, datetime]] = []
    keep: list[tuple[int, datetime, FoldState]] = []
    read: list[tuple[int, datetime | None, int]] = []
    for claim in claims:
        machine, run = claim.machine, replays[claim.machine]
        begin, heard = run.start.at, run.head.heard
        kept = [*run.anchors, (heard, run.head)] if heard is not None and heard > begin else []
        replaced = bool(kept) and bucket(begin) == bucket(kept[0][0]) and claim.floor != begin
        drop.append((machine, begin if replaced else begin + timedelta(microseconds=1)))
        keep += [(machine, at, state) for at, state in kept]
        read.append((machine, run.more, claim.asked))
    with bulk.cursor() as cursor:
        cursor.execute(
            """
            DELETE FROM machines_checkpoint c
            USING unnest(%s::int8[], %s::timestamptz[]) AS w(machine_id, at)
            WHERE c.machine_id = w.machine_id AND c.at >= w.at
            """,
            [list(column) for column in zip(*drop, strict=True)],
        )
        keep_checkpoints(keep)
        cursor.execute(
            """
            INSERT INTO machines_projection AS p (machine_id, dirty_from, asked, version)
            SELECT *, 1 FROM unnest(%s::int8[], %s::timestamptz[], %s::int8[])
            ON CONFLICT (machine_id) DO UPDATE
            SET version = p.version + 1, dirty_from = CASE
                WHEN p.asked = excluded.asked THEN excluded.dirty_from
                ELSE least(p.dirty_from, excluded.dirty_from)
            END
            """,
            [list(column) for column in zip(*read, strict=True)],
        )
