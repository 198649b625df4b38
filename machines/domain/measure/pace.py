"""A machine at work makes one more cycle: the commonest thing that happens, by arithmetic alone.

What follows is exactly what the fold (``fold.py``) makes of the same sample, for the one case in which next
to nothing has to be asked: a machine with one slot that is producing, told by an event or by a counter that
went on by one cycle, no longer after its last one than the gap limit. Any other case is left to the fold.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from machines.domain.measure import cycles
from machines.domain.measure.counters import Counter
from machines.domain.measure.samples import (
    Cycle,
    Interval,
    Quality,
    Raw,
    Role,
    Rules,
    Sample,
    State,
    Tail,
    Trust,
)
from machines.domain.measure.state import FoldState, Slot, own_line
from machines.domain.measure.timeline import Line, Timeline

EVENT = "cycle_event"
COUNTERS = frozenset({"cycle_count", "part_count", "good_count"})
_PRODUCING = State.PRODUCING.value
_GOOD = Quality.GOOD.value
_ONE = Decimal(1)
_ZERO = timedelta()
_MICROSECOND = timedelta(microseconds=1)
_FIRST = datetime.min.replace(tzinfo=UTC)
_LAST = datetime.max.replace(tzinfo=UTC)
_QUIET = frozenset({None, Raw.RUNNING, Raw.IDLE})
_PLAIN = frozenset({None, Role.PRODUCE})


class Pace:
    """One machine's rules as they hold for one program in [since, until), and the median of what it learned.

    ``step`` is how far a counter goes in one cycle, ``quantity`` the pieces it makes; ``reference`` and
    ``limit`` are the reference cycle and the gap limit at this moment.
    """

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.counts = rules.count_item in COUNTERS
        self.fits = rules.slots == 1 and (self.counts or rules.count_item == EVENT)
        self.borders = _borders(rules) if self.fits else []
        self.program = ""
        self.since = self.until = _FIRST
        self.plain = False
        self.step = 1
        self.quantity = _ONE
        self.key = ""
        self.planned: timedelta | None = None
        self.ruled = rules
        self.durations: tuple[int, ...] | None = None
        self.ordered: list[int] = []
        self.median = 0
        self.reference: timedelta | None = None
        self.limit: timedelta | None = None
        self.state: FoldState | None = None
        self.pending: list[Sample] | None = None
        self.slot = Slot(1, None)
        self.counter: Counter | None = None
        self.source, self.epoch = 0, ""

    def run(self, state: FoldState, samples: Sequence[Sample], begin: int, end: int) -> list[timedelta]:
        """Move ``state`` on by the cycles that end with the samples from ``begin`` on; how long each took.

        As many as are of one kind, before ``end``; each of them is alone at its moment (``alone_until``).
        None at all where the first sample or the state of things is another one: nothing is done then.
        """
        if state is self.state and state.pending is self.pending:
            took = self._go_on(state, samples, begin, end)
            if took:
                return took
        if begin == end or (first := self._take_any(state, samples[begin])) is None:
            return []
        return [first, *self._go_on(state, samples, begin + 1, end)]

    def _go_on(self, state: FoldState, samples: Sequence[Sample], begin: int, end: int) -> list[timedelta]:
        """``run`` where nothing but ``run`` moved the state since the last cycle, of which all else holds.

        The fold never keeps the list of what is pending, by which that is known.
        """
        slot, counter, last, took = self.slot, self.counter, state.heard, list[timedelta]()
        line, received = slot.line, state.received
        if begin == end or state.pending or line is None or last is None:
            return took
        rules, reference = self.rules, self.reference
        item, silence, recent = rules.count_item, rules.silence, list(self.durations or ())
        programmed = slot.programs[-1][0] if slot.programs else None
        for index in range(begin, end):
            sample, limit = samples[index], self.limit
            at, value = sample.ts, sample.value
            if (
                sample.item != item
                or sample.source != self.source
                or sample.epoch != self.epoch
                or sample.slot > 1
                or sample.snapshot
                or sample.reset
                or sample.quality != _GOOD
                or limit is None
                or not self.since <= at < self.until
            ):
                break
            duration = at - last
            if not _ZERO < duration <= limit or (silence is not None and duration > silence):
                break
            if programmed is not None and programmed > at - (self.reference or _ZERO):
                break
            if counter is None:
                if value is not True:
                    break
            elif type(value) is not int or value != counter.value + self.step:
                break
            else:
                counter.value, counter.at = value, at
            reference, last, received = self.reference, at, sample.received
            self._learn(recent, duration)
            took.append(duration)
        if took:
            self._keep(state, recent)
            line.reference = reference
            state.heard = slot.last_end = line.last = last
            state.received = received
            if last > line.done:
                line.done = last
        return took

    def _take_any(self, state: FoldState, sample: Sample) -> timedelta | None:
        self.state = None
        if not self.fits or state.pending or len(state.slots) != 1:
            return None
        slot, at = state.slots[0], sample.ts
        line = slot.line
        if (
            line is None
            or slot.number != 1
            or not self._is_next(state, sample)
            or not _is_at_work(line)
            or not self._needs_its_time(slot, at)
        ):
            return None
        counter = slot.counters.get(f"{sample.source}:{sample.item}") if self.counts else None
        if not (self.since <= at < self.until and self.program == slot.program):
            self._look_up(slot.program, at)
        if self.counts:
            if (
                counter is None
                or counter.gap
                or type(sample.value) is not int
                or sample.value != counter.value + self.step
                or (slot.job and counter.job and slot.job != counter.job)
            ):
                return None
        elif sample.value is not True:
            return None
        known = state.learned.get(self.key, ())
        if known is not self.durations:
            self._measure(known)
        limit, last_end, last = self.limit, slot.last_end, line.last
        if not self.plain or limit is None or last_end is None or last is None:
            return None
        duration = at - last_end
        if not _ZERO < duration <= limit or at - last > limit or self._is_driven_by_state(line):
            return None
        if slot.programs and slot.programs[-1][0] > at - (self.reference or _ZERO):
            return None
        line.reference = self.reference
        recent = list(known)
        self._learn(recent, duration)
        self._keep(state, recent)
        if counter is not None:
            assert type(sample.value) is int
            counter.moved, counter.value, counter.at = True, sample.value, at
            counter.job = slot.job or counter.job
        state.heard = slot.last_end = line.last = at
        state.received = sample.received
        if at > line.done:
            line.done = at
        line.produced = True
        self.state, self.pending, self.slot, self.counter = state, state.pending, slot, counter
        self.source, self.epoch = sample.source, sample.epoch
        return duration

    def cycle(self, state: FoldState, sample: Sample, duration: timedelta) -> Cycle:
        """The cycle just taken."""
        return Cycle(
            slot=1,
            end=sample.ts,
            duration=duration,
            quantity=self.quantity,
            seen=sample.ts,
            program=self.program,
            tool=state.slots[0].tool,
            source=sample.source,
            epoch=sample.epoch,
            seq=sample.seq,
            sub=sample.sub,
        )

    def due(self, state: FoldState, now: datetime) -> datetime | None:
        """When passing time alone changes what was last taken; None if it did so before ``now`` already."""
        heard, limit, silence = state.heard, self.limit, self.rules.silence
        if heard is None or limit is None:
            return None
        if (coming := state.comes_until(now)) is not None:
            return coming + _MICROSECOND
        if not self.since <= now < self.until or now - heard > limit:
            return None
        wait = limit if silence is None else min(limit, silence)
        return heard + wait + _MICROSECOND if now - heard <= wait else None

    def tail(self, state: FoldState, now: datetime) -> Tail | None:
        """What the fold's ``tail`` says of what was last taken; None where other rules hold by ``now``."""
        line, heard, silence = self.slot.line, state.heard, self.rules.silence
        coming = state.comes_until(now)
        if coming is not None and heard is not None:
            now = heard
        if state is not self.state or line is None or heard is None or not self.since <= now < self.until:
            return None
        closed: list[Interval] = []
        view = Timeline(own_line(line), self.ruled, closed)
        silent = silence is not None and now - heard > silence
        due = view.stand(heard, now, reference=self.reference, silent=silent)
        if silence is not None and not silent:
            unheard = heard + silence + _MICROSECOND
            due = unheard if due is None else min(due, unheard)
        if coming is not None:
            due = coming + _MICROSECOND
        return Tail([], closed, [view.open_interval(view.line.done, still=True)], due)

    def _is_next(self, state: FoldState, sample: Sample) -> bool:
        """Whether a sample of the counted item follows without a gap."""
        heard, silence = state.heard, self.rules.silence
        if heard is None or sample.item != self.rules.count_item or sample.slot > 1:
            return False
        if sample.snapshot or sample.reset or sample.quality != _GOOD or sample.ts <= heard:
            return False
        known = state.sources.get(str(sample.source))
        return (
            known is not None and sample.epoch in known and (silence is None or sample.ts - heard <= silence)
        )

    def _needs_its_time(self, slot: Slot, at: datetime) -> bool:
        """Whether nothing else than the cycle before tells how long this one took."""
        execution, settle = slot.execution, self.rules.settle_program
        if slot.reported is not None and slot.reported_at is not None and at - slot.reported_at <= settle:
            return False
        finished, run = execution.finished, execution.run
        if finished is not None and not finished.counted and at - finished.end <= settle:
            return False
        return run is None or not execution.completes or run.counted or run.partial

    def _is_driven_by_state(self, line: Line) -> bool:
        return line.raw is not None and self.rules.trust is Trust.STATE

    def _look_up(self, program: str, at: datetime) -> None:
        """The rules for a program at a time, and until when they hold."""
        rules, place = self.rules, bisect_right(self.borders, at)
        self.since = self.borders[place - 1] if place else _FIRST
        self.until = self.borders[place] if place < len(self.borders) else _LAST
        self.program, self.ruled = program, rules.on(1, at)
        pieces, planned = rules.pieces(at, 1), rules.planned(program, at, 1)
        self.planned = planned.cycle if planned is not None else None
        self.key = cycles.learning_key(program, at, rules, 1)
        self.plain = rules.role(program, at) in _PLAIN
        self.step, self.quantity = 1, pieces
        if self.counts and rules.count_item != "cycle_count":
            self.plain = self.plain and (pieces <= 1 or pieces == int(pieces))
            self.step = max(int(pieces), 1)
            self.quantity = pieces if pieces > 1 else _ONE
        self.durations = None

    def _measure(self, known: tuple[int, ...]) -> None:
        """The reference cycle after these durations (µs), as ``cycles.reference_cycle`` says."""
        self.durations, self.ordered = known, sorted(known)
        self.median = -1
        self._take_median()

    def _learn(self, recent: list[int], duration: timedelta) -> None:
        """One more after the last durations (µs)."""
        ordered, took = self.ordered, duration // _MICROSECOND
        if len(recent) >= cycles.LEARN_LAST:
            del ordered[bisect_left(ordered, recent.pop(0))]
        recent.append(took)
        insort(ordered, took)
        self._take_median()

    def _keep(self, state: FoldState, recent: list[int]) -> None:
        """Have the state know what was learned."""
        self.durations = tuple(recent)
        if len(state.learned) == 1 and self.key in state.learned:
            state.learned[self.key] = self.durations
        else:
            cycles.keep_learned(state.learned, self.key, self.durations)

    def _take_median(self) -> None:
        ordered = self.ordered
        count = len(ordered)
        if count < cycles.LEARN_FROM:
            median = 0
        else:
            middle = count >> 1
            median = ordered[middle] if count & 1 else (ordered[middle - 1] + ordered[middle]) >> 1
        if median == self.median:
            return
        self.median, reference = median, self.planned
        if median > 0:
            reference = timedelta(microseconds=median)
        self.reference, self.limit = reference, self.ruled.gap_limit(reference)


def alone_until(samples: Sequence[Sample], begin: int) -> int:
    """From ``begin`` to before here each sample has a moment of its own; they come in order of time."""
    for index in range(begin, len(samples) - 1):
        if samples[index].ts == samples[index + 1].ts:
            return index
    return len(samples)


def _is_at_work(line: Line) -> bool:
    return (
        line.state == _PRODUCING
        and not line.setting_up
        and not line.streak
        and line.next_at is None
        and line.faulted is None
        and line.raw in _QUIET
    )


def _borders(rules: Rules) -> list[datetime]:
    """The moments at which something about the rules changes by itself."""
    moments = {
        row.valid_from
        for rows in (rules.pieces_per_cycle, rules.references, rules.limits, rules.roles)
        for row in rows
    }
    moments |= {role.valid_until for role in rules.roles}
    return sorted(moment for moment in moments if moment is not None)
