"""One fold over samples in event order: it emits cycles and closed intervals and carries a small state.

The result depends on the set of samples only. Samples of one instant form a *moment*: they are held until a
later one comes, so that cutting the stream into batches changes nothing. For a late sample the caller folds
again from an older state.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from machines.domain.measure import counters, cycles, states
from machines.domain.measure.counters import Counter
from machines.domain.measure.cycles import Ending, Finished
from machines.domain.measure.pace import Pace, alone_until
from machines.domain.measure.samples import (
    Cycle,
    Flag,
    Interval,
    Limits,
    Note,
    Quality,
    Role,
    Rules,
    Sample,
    Tail,
)
from machines.domain.measure.state import FoldState, Slot
from machines.domain.measure.timeline import Line, Timeline
from mes.lib.programs import normalise_program

COUNTED_CYCLES = frozenset({"cycle_count", "cycle_event", "pulse"})
COUNTERS = frozenset({"cycle_count", "part_count", "good_count"})
STUCK_AFTER = 10
PROGRAMS_KEPT = 6
EPOCHS_KEPT = 8

_ORDER = {
    "available": 0,
    "mode": 1,
    "setup": 2,
    "tool": 2,
    "job": 2,
    "program": 3,
    "cycle_time": 4,
    "alarm": 5,
    "state": 6,
    "bad_count": 8,
}
_COUNT_ORDER = 7
_CONTEXT = frozenset({"available", "mode", "setup", "tool", "job", "program", "alarm", "state"})


@dataclass(slots=True)
class Output:
    cycles: list[Cycle] = field(default_factory=list)
    intervals: list[Interval] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


def fold(state: FoldState, samples: Iterable[Sample], rules: Rules) -> Output:
    """Take in samples in order of time and move ``state`` on. Raises ``ValueError`` for a step back."""
    run = _Fold(state, rules)
    for sample in samples:
        run.take(sample)
    return run.out


def fold_at_pace(state: FoldState, samples: Sequence[Sample], rules: Rules, pace: Pace) -> Output:
    """The same with the last moment closed, by the short way where there is one (``pace`` of these rules)."""
    run = _Fold(state, rules)
    place = lone = 0
    while place < len(samples):
        if state.pending and state.pending[0].ts != samples[place].ts:
            run.flush()
        if place >= lone:
            lone = alone_until(samples, place)
        took = pace.run(state, samples, place, lone)
        run.out.cycles += map(partial(pace.cycle, state), samples[place : place + len(took)], took)
        place += len(took)
        if not took:
            run.take(samples[place])
            place += 1
    run.flush()
    return run.out


def flush(state: FoldState, rules: Rules) -> Output:
    """Close the pending moment: the caller knows that no other sample of that instant will come this way."""
    run = _Fold(state, rules)
    run.flush()
    return run.out


def tail(state: FoldState, rules: Rules, now: datetime) -> Tail:
    """The provisional view at ``now``, or at the last sample while more that is late is on its way: time that
    nobody has told of yet is no standstill. ``state`` stays as it is.
    """
    run = _Fold(state.clone() if state.pending else state.with_own_lines(), rules)
    run.flush()
    here = run.state
    if here.heard is None:
        return Tail([], [], [], None)
    coming = here.comes_until(now)
    if coming is not None:
        now = here.heard
    silent = rules.silence is not None and now - here.heard > rules.silence
    opened: list[Interval] = []
    moments: list[datetime] = []
    for slot in here.slots:
        if slot.line is None:
            continue
        line = Timeline(slot.line, run.rules_on(slot.number, now), run.out.intervals)
        run.out.cycles += line.break_streak_later()
        reference = None if silent else run.reference(slot, slot.program, now)
        if moment := line.stand(here.heard, now, reference=reference, silent=silent):
            moments.append(moment)
        opened.append(line.open_interval(slot.line.done, still=True))
    if rules.silence is not None and not silent:
        moments.append(here.heard + rules.silence + timedelta(microseconds=1))
    if coming is not None:
        moments = [coming + timedelta(microseconds=1)]
    return Tail(run.out.cycles, run.out.intervals, opened, min(moments, default=None))


def due(state: FoldState, rules: Rules, now: datetime) -> datetime | None:
    """When passing time alone next changes the view."""
    return tail(state, rules, now).due


class _Fold:
    def __init__(self, state: FoldState, rules: Rules) -> None:
        self.state, self.rules, self.out = state, rules, Output()
        self._narrowed: dict[int, tuple[Limits | None, Rules]] = {}

    def rules_on(self, slot: int, at: datetime) -> Rules:
        """The rules with the thresholds in force on a slot; the last answer of each slot is kept."""
        if not self.rules.limits:
            return self.rules
        limits = self.rules.limits_at(slot, at)
        known = self._narrowed.get(slot)
        if known is None or known[0] is not limits:
            known = self._narrowed[slot] = (limits, self.rules.on(slot, at))
        return known[1]

    def take(self, sample: Sample) -> None:
        pending = self.state.pending
        if pending and sample.ts != pending[0].ts:
            if sample.ts < pending[0].ts:
                raise ValueError("samples must come in order of time")
            self.flush()
        elif not pending and self.state.heard is not None and sample.ts <= self.state.heard:
            raise ValueError("a late sample needs an older state")
        self.state.pending.append(sample)

    def flush(self) -> None:
        moment, self.state.pending = self.state.pending, []
        if not moment:
            return
        at = moment[0].ts
        if len(moment) > 1:
            moment.sort(key=lambda sample: (_ORDER.get(sample.item, _COUNT_ORDER), sample.position))
        self._ensure_slots(at)
        heard, silence = self.state.heard, self.rules.silence
        if heard is not None and silence is not None and at - heard > silence:
            self._gap(heard, at)
        for sample in moment:
            self._see_epoch(sample)
        self.state.heard = at
        self.state.received = max((one.received for one in moment if one.received), default=None)
        for sample in moment:
            self._apply(sample)

    def _ensure_slots(self, at: datetime) -> None:
        """The timeline of a slot begins with the first sample of the machine that has it."""
        wanted = self.rules.slots + (self.rules.slots > 1)
        if len(self.state.slots) >= wanted:
            return
        known = {slot.number for slot in self.state.slots}
        for number in range(1, self.rules.slots + 1):
            if number not in known:
                slot = Slot(number, None)
                self.state.slots.append(slot)
                slot.line = Line(number, at, at, reference=self.reference(slot, "", at))
        if self.rules.slots > 1 and 0 not in known:
            self.state.slots.append(Slot(0, None))

    def _see_epoch(self, sample: Sample) -> None:
        """A new run of a source's numbering means that the connection was lost in between."""
        source, known = str(sample.source), self.state.sources.get(str(sample.source))
        if known and sample.epoch in known:
            return
        self.state.sources[source] = (*(known or ()), sample.epoch)[-EPOCHS_KEPT:]
        if known is None or self.state.heard is None:
            return
        decisive = len(self.state.sources) == 1 or source == self.state.state_source
        if decisive and sample.ts > self.state.heard:
            self._gap(self.state.heard, sample.ts)
        for slot in self.state.slots:
            for key, counter in slot.counters.items():
                if key.startswith(f"{source}:"):
                    counter.gap = True

    def _gap(self, start: datetime, end: datetime) -> None:
        for slot in self.state.slots:
            if slot.line:
                self.out.cycles += self._timeline(slot.line).gap(start, end)
            for counter in slot.counters.values():
                counter.gap = True
            slot.execution.run = slot.execution.finished = None
            slot.execution.word = slot.word = "" if not slot.word else "UNAVAILABLE"
            slot.programs, slot.alarms, slot.last_end = (), (), None

    def _timeline(self, line: Line) -> Timeline:
        rules = self.rules_on(line.slot, self.state.heard or line.done)
        return Timeline(line, rules, self.out.intervals)

    def reference(self, slot: Slot, program: str, at: datetime) -> timedelta | None:
        return cycles.reference_cycle(self.state.learned, program, at, self.rules, slot.number)

    def _learn(self, slot: Slot, program: str, at: datetime, duration: timedelta) -> None:
        key = cycles.learning_key(program, at, self.rules, slot.number)
        cycles.learn(self.state.learned, key, duration)

    def _apply(self, sample: Sample) -> None:
        item = sample.item
        if item in _CONTEXT:
            for slot in self.state.slots:
                if sample.slot in (0, slot.number):
                    self._see_context(slot, sample)
            return
        for slot in self.state.slots:
            if slot.number == (sample.slot or (1 if self.rules.slots == 1 else 0)):
                self._see_count(slot, sample)

    def _see_context(self, slot: Slot, sample: Sample) -> None:
        good = sample.quality == Quality.GOOD
        match sample.item:
            case "state":
                self.state.state_source = str(sample.source)
                self._see_state(slot, sample, states.word(sample.value) if good else "UNAVAILABLE")
            case "available":
                slot.available = good and states.word(sample.value) not in states.ABSENT
                self._see_raw(slot, sample.ts)
            case "mode":
                slot.mode = states.word(sample.value) if good and sample.value is not None else ""
                self._see_raw(slot, sample.ts)
            case "alarm":
                slot.alarms = states.change_alarms(slot.alarms, sample.value)
                self._see_raw(slot, sample.ts)
            case "program":
                self._see_program(slot, sample)
            case "setup":
                self._see_setup(slot, sample)
            case "tool":
                slot.tool = str(sample.value or "")
            case "job":
                slot.job = str(sample.value or "")

    def _see_state(self, slot: Slot, sample: Sample, word: str) -> None:
        seen = slot.word not in ("", "UNAVAILABLE") and not sample.snapshot
        slot.word = word
        ending = cycles.execute(
            slot.execution,
            word,
            sample.ts,
            self.rules_on(slot.number, sample.ts),
            program=slot.program,
            by_hand=slot.mode in states.MODES_BY_HAND,
            seen=seen,
        )
        self._see_ending(slot, sample, ending)
        self._see_raw(slot, sample.ts)

    def _see_ending(self, slot: Slot, sample: Sample, ending: Ending) -> None:
        finished = slot.execution.finished
        if ending is Ending.NONE or finished is None:
            return
        if self.rules.count_item == "execution":
            self._end_run(slot, sample, finished, aborted=ending is Ending.ABORTED)
        elif ending is Ending.FINISHED and self.rules.count_item in COUNTERS and slot.counters:
            if any(counter.moved for counter in slot.counters.values()):
                return
            slot.unmoved += 1
            if slot.unmoved == STUCK_AFTER:
                self.out.notes.append(Note(slot.number, sample.ts, "stuck", self.rules.count_item))

    def _see_raw(self, slot: Slot, at: datetime) -> None:
        if slot.line is None:
            return
        raw = states.raw_state(
            slot.word, slot.mode, slot.alarms, available=slot.available, setting_up=slot.line.setting_up
        )
        self._timeline(slot.line).see_raw(raw, at, slot.alarms[0] if slot.alarms else slot.word)

    def _see_program(self, slot: Slot, sample: Sample) -> None:
        name = normalise_program(sample.value)
        if name == slot.program and slot.programs:
            return
        run = slot.execution.run
        if slot.line is not None:
            if run is None or sample.ts - run.first > self.rules.settle_program:
                self._timeline(slot.line).ripen(sample.ts)
                self._timeline(slot.line).settle_running(sample.ts)
            slot.line.role_setup = self.rules.role(name, sample.ts) is Role.SETUP
            slot.line.reference = self.reference(slot, name, sample.ts)
        slot.programs = (*slot.programs, (sample.ts, name))[-PROGRAMS_KEPT:]
        self._see_ending(slot, sample, cycles.program_runs(slot.execution, name, sample.ts, self.rules))

    def _see_setup(self, slot: Slot, sample: Sample) -> None:
        if slot.line is None:
            return
        line = self._timeline(slot.line)
        if sample.value in (None, False, 0, ""):
            self.out.cycles += line.end_setup(sample.ts)
        else:
            program = normalise_program(sample.value) if isinstance(sample.value, str) else ""
            line.declare_setup(program, sample.ts)
        self._see_raw(slot, sample.ts)

    def _see_count(self, slot: Slot, sample: Sample) -> None:
        item = sample.item
        if item == "cycle_time":
            self._see_cycle_time(slot, sample)
        elif item == self.rules.bad_item:
            self._see_bad(slot, sample)
        elif item != self.rules.count_item:
            return
        elif item in COUNTERS:
            self._see_counter(slot, sample)
        elif sample.quality == Quality.GOOD and not sample.snapshot and sample.value not in (None, False, 0):
            self._see_event(slot, sample)

    def _see_cycle_time(self, slot: Slot, sample: Sample) -> None:
        value = sample.value
        if sample.quality == Quality.GOOD and isinstance(value, int | float) and 0 < value < 1e6:
            slot.reported_at, slot.reported = sample.ts, timedelta(seconds=float(value))

    def _step(self, slot: Slot, sample: Sample, per_cycle: float) -> counters.Step:
        value = counters.reading(sample.value, sample.quality)
        if value is None:
            return counters.NOTHING
        key = f"{sample.source}:{sample.item}"
        counter = slot.counters.get(key)
        if counter is None:
            slot.counters[key] = Counter(value, sample.ts, job=slot.job)
            return counters.NOTHING
        return counters.advance(
            counter,
            value,
            sample.ts,
            self.rules_on(slot.number, sample.ts),
            per_cycle=per_cycle,
            reset=sample.reset,
            job=slot.job,
            snapshot=sample.snapshot,
        )

    def _see_counter(self, slot: Slot, sample: Sample) -> None:
        at, counts_cycles = sample.ts, sample.item in COUNTED_CYCLES
        pieces = self.rules.pieces(at, slot.number)
        per_cycle = Decimal(1) if counts_cycles else pieces
        step = self._step(slot, sample, float(per_cycle))
        factor = pieces if counts_cycles else Decimal(1)
        if step.waiting:
            self._emit(
                slot,
                sample,
                at,
                Decimal(0),
                waiting=step.waiting * factor,
                since=step.since,
                flags=step.flags,
            )
        if not step.amount:
            return
        if step.since is not None:
            self._emit(slot, sample, at, step.amount * factor, since=step.since, flags=step.flags)
            slot.last_end = None
            return
        parts = cycles.spread(
            step.amount,
            at,
            step.elapsed,
            counts_cycles=counts_cycles,
            per_cycle=pieces,
            reference=self.reference(slot, slot.program, at),
        )
        for index, part in enumerate(parts):
            last = index == len(parts) - 1
            flags = [
                *(step.flags if last else ()),
                *((Flag.INTERPOLATED,) if part.duration is not None else ()),
            ]
            self._end_cycle(
                slot, sample, part.end, part.pieces, tuple(flags), given=part.duration, part=index
            )

    def _see_event(self, slot: Slot, sample: Sample) -> None:
        at, value = sample.ts, sample.value
        if sample.item == "pulse":
            if slot.last_pulse is not None and at - slot.last_pulse < self.rules_on(slot.number, at).bounce():
                slot.bounced += 1
                self.out.notes.append(Note(slot.number, at, "bounced"))
                return
            slot.last_pulse = at
            value = True
        count = value if isinstance(value, int | float) and not isinstance(value, bool) else 1
        if count < 0:
            return
        pieces, verdict = self.rules.pieces(at, slot.number) * Decimal(str(count)), ""
        if isinstance(value, str):
            verdict = states.word(value)
        test = verdict == "TEST_SAMPLE"
        bad = pieces if verdict in ("BAD", "FAILED", "FAIL") else Decimal(0)
        self._end_cycle(
            slot,
            sample,
            at,
            Decimal(0) if test else pieces,
            (Flag.TEST,) if test else (),
            bad=bad,
            quality=verdict,
        )

    def _see_bad(self, slot: Slot, sample: Sample) -> None:
        """Bad pieces: on top of a counter of good ones, among those of a counter of all pieces."""
        step = self._step(slot, sample, float(self.rules.pieces(sample.ts, slot.number)))
        if not step.amount and not step.waiting:
            return
        amount = Decimal(step.amount)
        on_top = self.rules.count_item == "good_count"
        self._emit(
            slot,
            sample,
            sample.ts,
            amount if on_top else Decimal(0),
            bad=amount,
            waiting=Decimal(step.waiting),
            since=step.since,
            flags=step.flags,
            quality="BAD",
        )

    def _end_run(self, slot: Slot, sample: Sample, finished: Finished, *, aborted: bool) -> None:
        program = cycles.program_at(slot.programs, finished.first, finished.end, self.rules)
        if aborted:
            self._emit(
                slot,
                sample,
                finished.end,
                Decimal(0),
                program=program,
                duration=finished.active,
                flags=(Flag.ABORTED,),
            )
            return
        reference = self.reference(slot, program, sample.ts)
        if finished.active is not None and not finished.disturbed:
            self._learn(slot, program, finished.end, finished.active)
        self._place(
            slot,
            sample,
            finished.end,
            self.rules.pieces(sample.ts, slot.number),
            (),
            program=program,
            duration=finished.active,
            reference=reference,
            derived=True,
        )

    def _end_cycle(
        self,
        slot: Slot,
        sample: Sample,
        end: datetime,
        pieces: Decimal,
        flags: tuple[str, ...],
        *,
        given: timedelta | None = None,
        part: int = 0,
        bad: Decimal = Decimal(0),
        quality: str = "",
    ) -> None:
        """A cycle told by an event, a counter or a pulse: find its program and duration (Y3, Y5)."""
        duration, first, undisturbed, derived = given, None, given is not None, False
        if duration is None:
            duration, first, undisturbed, derived = self._known_duration(slot, end)
        reference = self.reference(slot, slot.program, end)
        guess = duration if duration is not None else reference or timedelta()
        program = cycles.program_at(slot.programs, first or end - guess, end, self.rules)
        if program != slot.program:
            reference = self.reference(slot, program, end)
        if duration is None and slot.last_end is not None and end > slot.last_end:
            since_last = end - slot.last_end
            limit = self.rules_on(slot.number, end).gap_limit(reference)
            if limit is None:
                self._learn(slot, program, end, since_last)
            elif since_last <= limit:
                duration, undisturbed = since_last, True
        if duration is not None and undisturbed:
            self._learn(slot, program, end, duration)
        self._place(
            slot,
            sample,
            end,
            pieces,
            flags,
            program=program,
            duration=duration,
            reference=reference,
            derived=derived,
            part=part,
            bad=bad,
            quality=quality,
        )

    def _known_duration(
        self, slot: Slot, end: datetime
    ) -> tuple[timedelta | None, datetime | None, bool, bool]:
        """(duration, start, undisturbed, read from the state) as reported, or as the control was active."""
        settle, execution = self.rules.settle_program, slot.execution
        finished, run = execution.finished, execution.run
        near = finished is not None and not finished.counted and end - finished.end <= settle
        if near and finished is not None:
            finished.counted = True
        if slot.reported is not None and slot.reported_at is not None and end - slot.reported_at <= settle:
            reported, slot.reported = slot.reported, None
            return reported, None, True, False
        if near and finished is not None and finished.active is not None:
            return finished.active, finished.first, not finished.disturbed, True
        if run is not None and execution.completes and not run.counted and not run.partial:
            run.counted = True
            return run.active_until(end), run.first, not run.disturbed, True
        return None, None, False, False

    def _place(
        self,
        slot: Slot,
        sample: Sample,
        end: datetime,
        pieces: Decimal,
        flags: tuple[str, ...],
        *,
        program: str,
        duration: timedelta | None,
        reference: timedelta | None,
        derived: bool,
        part: int = 0,
        bad: Decimal = Decimal(0),
        quality: str = "",
    ) -> None:
        match self.rules.role(program, end):
            case Role.PART_OF:
                pieces, bad, flags = Decimal(0), Decimal(0), (*flags, Flag.HELPER)
            case Role.SETUP:
                pieces, bad, flags = Decimal(0), Decimal(0), (*flags, Flag.SETUP)
            case Role.WARM_UP:
                pieces, bad, flags = Decimal(0), Decimal(0), (*flags, Flag.WARM_UP)
        cycle = self._make(
            slot,
            sample,
            end,
            pieces,
            program=program,
            duration=duration,
            flags=flags,
            bad=bad,
            quality=quality,
            part=part,
        )
        slot.last_end = end
        if slot.line is None:
            self.out.cycles.append(cycle)
            return
        line = self._timeline(slot.line)
        line.ripen(end)
        self.out.cycles += line.cycle(cycle, reference, derived=derived)

    def _emit(
        self,
        slot: Slot,
        sample: Sample,
        end: datetime,
        quantity: Decimal,
        *,
        program: str | None = None,
        **rest: Any,
    ) -> None:
        name = slot.program if program is None else program
        self.out.cycles.append(self._make(slot, sample, end, quantity, program=name, **rest))

    def _make(
        self,
        slot: Slot,
        sample: Sample,
        end: datetime,
        quantity: Decimal,
        *,
        program: str,
        duration: timedelta | None = None,
        bad: Decimal = Decimal(0),
        waiting: Decimal = Decimal(0),
        quality: str = "",
        since: datetime | None = None,
        flags: tuple[str, ...] = (),
        part: int = 0,
    ) -> Cycle:
        return Cycle(
            slot=slot.number,
            end=end,
            duration=duration,
            quantity=quantity,
            seen=sample.ts,
            bad=bad,
            waiting=waiting,
            program=program,
            tool=slot.tool,
            quality=quality,
            since=since,
            flags=tuple(sorted(map(str, flags))),
            source=sample.source,
            epoch=sample.epoch,
            seq=sample.seq,
            sub=sample.sub,
            part=part,
        )
