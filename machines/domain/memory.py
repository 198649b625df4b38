"""What an interpreter remembers of machines, so that it can go on without reading anything back.

Nothing in here is needed to be right: whatever is forgotten is derived again from checkpoints and samples.
A machine is only gone on with from memory while nothing else than new samples changed; the ``mark`` tells.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import lt
from typing import Any

from machines.domain.arrivals import shard_of
from machines.domain.facts import (
    Changes,
    CycleKey,
    CycleRow,
    IntervalKey,
    IntervalRow,
    cycle_row_at_work,
    cycle_rows,
    interval_rows,
    open_row,
)
from machines.domain.measure import Cycle, FoldState, Note, Output, Rules, Sample, State, Tail, tail
from machines.domain.measure.cycles import LEARN_LAST
from machines.domain.measure.fold import fold_at_pace
from machines.domain.measure.pace import Pace, alone_until
from machines.domain.now import LastCycle, NowRow, at_work, next_due, now_rows
from machines.domain.replay import ANCHOR, bucket
from machines.domain.rules_watch import RulesWatch
from machines.domain.shards import RENEW_SECONDS, Turns, lease_shards, release_shards

BASE_BEHIND = timedelta(seconds=4)
BASE_SAMPLES = 8
FENCES_MORE = 3
LOOK_SECONDS = 1.0
"""How often it is looked for what others made due."""
ASIDE_SECONDS = 60.0
MACHINES_AT_ONCE, FEWEST_AT_ONCE = 200, 10
"""Machines read again in one pass."""
PASS_SECONDS = 2.0
"""No lease is renewed within a pass: one that takes longer than the lease lasts loses its shards to others,
which know nothing of their machines.
"""

Mark = tuple[Any, ...]
Compared = tuple[int, int]
"""At which look at the rules, and after how many derivations by others, a mark was last compared."""


class TooLate(Exception):
    """A sample came from before what is remembered, or says something about that time."""


@dataclass(slots=True)
class Step:
    """What new samples made of a remembered machine."""

    now_rows: list[NowRow]
    notes: list[Note]


@dataclass(slots=True)
class Remembered:
    """One machine.

    ``base`` holds everything up to ``base_at``, ``view`` the ``recent`` samples too; a sample that comes
    late, but after the base, is folded in from there. ``cycles`` and ``intervals`` are the stored rows that
    this may change, ``open_cycles`` and ``open_intervals`` those that passing time alone may change.
    Cycles that are stored and not among these ended by ``settled_to``.
    ``waits_until``: samples up to then came late and wait for their turn, which was the ``asked``th request.
    ``still``: what was pending (nothing, but a list of its own after each fold) when a cycle changed nothing
    else than the row of the machine.
    """

    machine: int
    plant: int
    mark: Mark
    rules: Rules
    base: FoldState
    base_at: datetime
    recent: list[Sample]
    view: FoldState
    cycles: dict[CycleKey, CycleRow]
    intervals: dict[IntervalKey, IntervalRow]
    open_cycles: set[CycleKey]
    open_intervals: set[IntervalKey]
    kept_at: datetime
    settled_to: datetime
    next_base: FoldState | None = None
    next_from: int = 0
    compared: Compared = (0, 0)
    waits_until: datetime | None = None
    asked: int = 0
    still: list[Sample] | None = None
    pace: Pace = field(init=False)

    def __post_init__(self) -> None:
        self.pace = Pace(self.rules)

    def advance(self, samples: list[Sample], now: datetime, changes: Changes) -> Step:
        """Take in samples and note what changes by them and by the time it is.

        Raises ``TooLate`` where a sample is older than what is remembered, in which case nothing was noted,
        or where a cycle ended among older ones, with which it is numbered: then all of this is forgotten.
        """
        new = _in_order(samples)
        heard = self.view.heard
        if new and (new[0].ts <= self.base_at or heard is None):
            raise TooLate
        if new and heard is not None and new[0].ts <= heard:
            return self._again(new, now, changes)
        self.recent += new
        taken, took = self._at_work(new, changes)
        if took is not None and taken == len(new):
            if (step := self._still_at_work(took, now)) is not None:
                return step
            out, view = Output(), self.pace.tail(self.view, now) or tail(self.view, self.rules, now)
        else:
            out = fold_at_pace(self.view, new[taken:], self.rules, self.pace)
            view = tail(self.view, self.rules, now)
        cycles = out.cycles
        rows = cycle_rows(self.machine, cycles + view.cycles)
        if any(key in self.cycles and key not in self.open_cycles for key in rows):
            return self._again([], now, changes)
        self._refuse_among_older(rows)
        self._compare_cycles(rows, self.open_cycles, changes)
        self._compare_intervals(
            interval_rows(self.machine, out.intervals + view.intervals + view.open),
            self.open_intervals,
            changes,
        )
        before = (new[taken - 1].ts, took) if taken else (None, None)
        return self._settle(view, cycles, out.notes, before)

    def _at_work(self, new: list[Sample], changes: Changes) -> tuple[int, timedelta | None]:
        """How many samples, from the first on, are cycles of a machine at work; how long the last took."""
        machine, plant, pace, stored = self.machine, self.plant, self.pace, self.cycles
        taken, took, lone = 0, None, alone_until(new, 0) if len(new) > 1 else len(new)
        while taken < lone and (durations := pace.run(self.view, new, taken, lone)):
            changes.note(machine, new[taken].ts - durations[0])
            for took in durations:
                end = new[taken].ts
                key = (machine, 1, end, 0)
                row = stored[key] = cycle_row_at_work(end, took, pace.quantity, pace.program)
                changes.new_cycles[key] = (*row, plant)
                taken += 1
        return taken, took

    def _still_at_work(self, took: timedelta, now: datetime) -> Step | None:
        """What there is to say if the last cycle changed nothing else and nothing is due by ``now``."""
        view, due = self.view, self.pace.due(self.view, now)
        line, heard = view.slots[0].line, view.heard
        if due is None or line is None or heard is None:
            return None
        if view.pending is not self.still:
            if self.open_cycles or len(self.open_intervals) != 1:
                return None
            key = (self.machine, 1, line.start)
            if key not in self.open_intervals or self.intervals.get(key) != open_row(State.PRODUCING, line):
                return None
            self.still = view.pending
        return Step([at_work(self.machine, line, self.pace.program, heard, took, due)], [])

    def _again(self, late: list[Sample], now: datetime, changes: Changes) -> Step:
        """Fold everything after the base once more."""
        known = {_identity(sample) for sample in self.recent}
        self.recent += [sample for sample in late if _identity(sample) not in known]
        self.recent.sort(key=_position)
        self.view = self.base.clone()
        self.next_base, self.next_from = None, 0
        out = fold_at_pace(self.view, self.recent, self.rules, self.pace)
        view = tail(self.view, self.rules, now)
        cycles = out.cycles
        rows = cycle_rows(self.machine, cycles + view.cycles)
        self._refuse_among_older(rows)
        self._compare_cycles(rows, set(self.cycles), changes)
        self._compare_intervals(
            interval_rows(self.machine, out.intervals + view.intervals + view.open),
            set(self.intervals),
            changes,
        )
        return self._settle(view, cycles, out.notes)

    def _refuse_among_older(self, rows: Iterable[CycleKey]) -> None:
        if any(key[2] <= self.settled_to and key not in self.cycles for key in rows):
            self.mark, self.compared = (), (-1, -1)
            raise TooLate

    def _compare_cycles(
        self, rows: dict[CycleKey, CycleRow], replaced: Iterable[CycleKey], changes: Changes
    ) -> None:
        stored = self.cycles
        for key in replaced:
            if key not in rows:
                changes.cycle(key, stored.pop(key), None, self.plant)
        for key, row in rows.items():
            if (before := stored.get(key)) != row:
                changes.cycle(key, before, row, self.plant)
                stored[key] = row

    def _compare_intervals(
        self, rows: dict[IntervalKey, IntervalRow], replaced: Iterable[IntervalKey], changes: Changes
    ) -> None:
        stored = self.intervals
        for key in replaced:
            if key not in rows:
                changes.interval(key, stored.pop(key), None, self.plant)
        for key, row in rows.items():
            if (before := stored.get(key)) != row:
                changes.interval(key, before, row, self.plant)
                stored[key] = row

    def _settle(
        self, view: Tail, cycles: list[Cycle], notes: list[Note], before: LastCycle = (None, None)
    ) -> Step:
        self.open_cycles, self.open_intervals = still_open(self.machine, view)
        return Step(now_rows(self.machine, self.view, view, cycles + view.cycles, before), notes)

    @property
    def settles_in(self) -> timedelta:
        """How long a change is likely felt: what is learned from cycles forgets it after so many of them."""
        references = [slot.line.reference for slot in self.view.slots if slot.line is not None]
        longest = max((one for one in references if one is not None), default=ANCHOR)
        return longest * LEARN_LAST + FENCES_MORE * ANCHOR

    def split(self, samples: Iterable[Sample]) -> tuple[list[Sample], list[Sample]]:
        """Those that came too late to be joined, and the others."""
        late: list[Sample] = []
        newer: list[Sample] = []
        for sample in samples:
            (late if sample.ts <= self.base_at else newer).append(sample)
        return late, newer

    def leave(self, late: Collection[Sample], dirty_from: datetime | None, asked: int) -> None:
        """Late samples wait for their turn: the next request to read this machine again is theirs."""
        self.waits_until = self.late_until(late, dirty_from, asked)
        self.asked = asked + 1

    def late_until(
        self, samples: Iterable[Sample], dirty_from: datetime | None, asked: int
    ) -> datetime | None:
        """The time of the last sample that came late; None if anything else has to be read again too."""
        if dirty_from is not None and (self.waits_until is None or asked != self.asked):
            return None
        times = [sample.ts for sample in self.split(samples)[0]]
        if dirty_from is not None and self.waits_until is not None:
            times.append(self.waits_until)
        return max(times, default=None)

    def move_base(self) -> bool:
        """Let the base follow, some samples and seconds behind. True if the new one is worth keeping."""
        heard = self.view.heard
        if heard is None:
            return False
        waiting = len(self.recent) - self.next_from
        if self.next_base is not None and self.next_base.heard is not None:
            if waiting < BASE_SAMPLES or heard - self.next_base.heard < BASE_BEHIND:
                return False
            self.base, self.base_at = self.next_base, self.next_base.heard
            self.recent = self.recent[self.next_from :]
            self._forget_settled()
        elif waiting < BASE_SAMPLES:
            return False
        self.next_base, self.next_from = self.view.clone(), len(self.recent)
        return bucket(self.base_at) != bucket(self.kept_at)

    def _forget_settled(self) -> None:
        before = self.cycles
        self.cycles, self.intervals = may_change(
            before, self.intervals, self.base, self.base_at, self.open_cycles
        )
        if len(self.cycles) < len(before):
            self.settled_to = last_end((key for key in before if key not in self.cycles), self.settled_to)


def may_change(
    cycles: dict[CycleKey, CycleRow],
    intervals: dict[IntervalKey, IntervalRow],
    base: FoldState,
    base_at: datetime,
    open_cycles: Collection[CycleKey],
) -> tuple[dict[CycleKey, CycleRow], dict[IntervalKey, IntervalRow]]:
    """The rows that samples after the base, or passing time, may still change, cycles it holds back too."""
    edges = {slot.number: slot.line.start for slot in base.slots if slot.line is not None}
    held = {(one.slot, one.end) for slot in base.slots if slot.line is not None for one in slot.line.streak}
    return (
        {
            key: row
            for key, row in cycles.items()
            if row[-1] > base_at or key in open_cycles or key[1:3] in held
        },
        {key: row for key, row in intervals.items() if key[1] not in edges or key[2] >= edges[key[1]]},
    )


def last_end(cycles: Iterable[CycleKey], before: datetime) -> datetime:
    """The latest end of these cycles, but not earlier than ``before``."""
    return max([before, *(key[2] for key in cycles)])


def still_open(machine: int, view: Tail) -> tuple[set[CycleKey], set[IntervalKey]]:
    """The rows of a provisional view."""
    return (
        set(cycle_rows(machine, view.cycles)),
        {(machine, one.slot, one.start) for one in view.intervals + view.open},
    )


def _in_order(samples: list[Sample]) -> list[Sample]:
    if len(samples) == 1:
        return samples
    times = [sample.ts for sample in samples]
    return samples if all(map(lt, times, times[1:])) else sorted(samples, key=_position)


def _position(sample: Sample) -> Any:
    return sample.position


def _identity(sample: Sample) -> tuple[int, str, int, int]:
    return (sample.source, sample.epoch, sample.seq, sample.sub)


@dataclass
class Memory:
    """The machines one interpreter remembers, by shard and machine.

    ``looked`` is when nothing was due for the last time (monotonic seconds), ``next_due`` the moment at which
    passing time alone changes a machine next. ``is_done``: the last pass left nothing that was there.
    """

    worker: str = field(default_factory=lambda: uuid.uuid4().hex)
    shards: dict[int, dict[int, Remembered]] = field(default_factory=dict)
    versions: dict[int, int] = field(default_factory=dict)
    leased: float = 0.0
    looked: float = 0.0
    next_due: datetime | None = None
    is_done: bool = False
    at_once: int = MACHINES_AT_ONCE
    aside: dict[int, float] = field(default_factory=dict)
    rules: RulesWatch = field(default_factory=RulesWatch)

    def lease(self) -> bool:
        """Keep the right to our shards, every two seconds. Whether it was time to."""
        now = time.monotonic()
        if now - self.leased < RENEW_SECONDS:
            return False
        lease_shards(self.worker)
        self.leased = now
        return True

    def keep_pace(self, seconds: float) -> None:
        """Read fewer machines again in the next pass where one takes long, and more where it doesn't."""
        if seconds > PASS_SECONDS:
            self.at_once = max(self.at_once // 2, FEWEST_AT_ONCE)
        elif seconds < PASS_SECONDS / 2:
            self.at_once = min(self.at_once * 2, MACHINES_AT_ONCE)

    def is_due(self, now: datetime) -> bool:
        """Whether passing time may have changed a machine; now and then others may have made it so."""
        foreseen = self.next_due is not None and self.next_due <= now
        return foreseen or time.monotonic() - self.looked >= LOOK_SECONDS

    def foresee(self, rows: Iterable[NowRow]) -> None:
        """These rows are written: they may be due before everything known."""
        moments = [due for row in rows if (due := row[-1]) is not None]
        if moments:
            self.next_due = min([*moments, *([self.next_due] if self.next_due else [])])

    def nothing_due(self, now: datetime) -> None:
        self.looked, self.next_due = time.monotonic(), next_due(self.worker, after=now)

    def seconds_to_wait(self, now: datetime) -> float:
        """How long there may be nothing to do if nobody wakes us."""
        if self.next_due is None:
            return LOOK_SECONDS
        return min(max((self.next_due - now).total_seconds(), 0.0), LOOK_SECONDS)

    def release(self) -> None:
        release_shards(self.worker)
        self.shards.clear()
        self.leased = 0.0

    def check(self, shards: Mapping[int, Turns]) -> None:
        """Forget the shards in which somebody else went on."""
        for shard, turns in shards.items():
            if self.versions.get(shard) != turns.version:
                self.shards.pop(shard, None)

    def counted_up(self, shards: Mapping[int, Turns]) -> None:
        self.versions.update({shard: turns.version + 1 for shard, turns in shards.items()})

    def still_known(self, machines: Iterable[int], shards: Mapping[int, Turns]) -> dict[int, Remembered]:
        """Those of these machines for which nothing can have changed but what samples arrived."""
        looked = self.rules.look()
        found: dict[int, Remembered] = {}
        for machine in machines:
            shard = shard_of(machine)
            known = self.shards.get(shard, {}).get(machine)
            if known is not None and known.compared == (looked, shards[shard].derived):
                found[machine] = known
        return found

    def knows(self, machine: int) -> bool:
        return machine in self.shards.get(shard_of(machine), ())

    def remembered(self, shard: int) -> list[Remembered]:
        return list(self.shards.get(shard, {}).values())

    def forget(self, shards: Iterable[int]) -> None:
        for shard in shards:
            self.shards.pop(shard, None)

    def recall(self, machine: int, mark: Mark, shards: Mapping[int, Turns]) -> Remembered | None:
        """The machine if its mark is the one just read."""
        shard = shard_of(machine)
        known = self.shards.get(shard, {}).get(machine)
        if known is None or known.mark != mark:
            return None
        known.compared = (self.rules.looked, shards[shard].derived)
        return known

    def keep(self, one: Remembered) -> None:
        self.shards.setdefault(shard_of(one.machine), {})[one.machine] = one

    def drop(self, machine: int) -> None:
        self.shards.get(shard_of(machine), {}).pop(machine, None)

    def set_aside(self, machine: int) -> None:
        """Let the others go on: what this machine sent could not be understood. It is tried again later."""
        self.drop(machine)
        self.aside[machine] = time.monotonic() + ASIDE_SECONDS

    def is_aside(self, machine: int) -> bool:
        return self.aside.get(machine, 0.0) > time.monotonic()
