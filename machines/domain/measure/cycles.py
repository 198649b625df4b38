"""Cycle rules Y1 to Y7: execution pattern, pulses, programs, interpolation and the reference cycle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum, auto

from machines.domain.measure import states
from machines.domain.measure.samples import Raw, Rules

LEARN_FROM, LEARN_LAST = 10, 50
PROGRAMS_REMEMBERED = 12
WORK = "@"
"""Begins the key of what is learned for a work, where no program is told."""
CYCLES_AT_ONCE = 1000

Programs = tuple[tuple[datetime, str], ...]


class Ending(Enum):
    NONE = auto()
    FINISHED = auto()
    ABORTED = auto()


@dataclass(slots=True)
class Run:
    """One program run, from its first ACTIVE on.

    ``active_since`` is None while it is held. ``partial``: its beginning wasn't seen. ``by_hand``: begun in
    a manual mode, so it ends in no piece.
    """

    first: datetime
    active_since: datetime | None
    active: timedelta = timedelta()
    program: str = ""
    partial: bool = False
    by_hand: bool = False
    stopped: bool = False
    resumed: datetime | None = None
    disturbed: bool = False
    counted: bool = False

    def active_until(self, at: datetime) -> timedelta:
        return self.active + (at - self.active_since if self.active_since else timedelta())


@dataclass(slots=True)
class Finished:
    """The last finished run, for the counter step that belongs to it."""

    first: datetime
    end: datetime
    active: timedelta | None
    disturbed: bool
    counted: bool = False


@dataclass(slots=True)
class Execution:
    """Where the control stands in its program (Y2)."""

    word: str = ""
    run: Run | None = None
    finished: Finished | None = None
    completes: bool = False


def execute(
    execution: Execution, word: str, at: datetime, rules: Rules, *, program: str, by_hand: bool, seen: bool
) -> Ending:
    """Follow one execution state. ``seen``: the state before is known, so this is an event, no baseline."""
    before, execution.word = execution.word, word
    run = execution.run
    if states.RAW_OF_WORD.get(word) is Raw.RUNNING:
        return _activate(execution, at, program, by_hand=by_hand, partial=not seen)
    if word in states.COMPLETED:
        execution.completes = True
        return _finish(execution, at, Ending.FINISHED) if run else Ending.NONE
    if run is None:
        return Ending.NONE
    if word in states.HELD:
        run.active, run.active_since = run.active_until(at), None
        run.disturbed = True
        run.stopped = run.stopped or word == "PROGRAM_STOPPED"
        return Ending.NONE
    if word in ("", "UNAVAILABLE"):
        execution.run = None
        return Ending.NONE
    reported = rules.completed if rules.completed is not None else execution.completes
    was_active = states.RAW_OF_WORD.get(before) is Raw.RUNNING
    whole = (
        word in states.READY
        and was_active
        and not reported
        and run.program == program
        and run.active_until(at) >= (rules.min_cycle or timedelta())
    )
    return _finish(execution, at, Ending.FINISHED if whole else Ending.ABORTED)


def program_runs(execution: Execution, program: str, at: datetime, rules: Rules) -> Ending:
    """A main program name arrived. It may belong to a run that began just before (Y5)."""
    run = execution.run
    if run is None:
        return Ending.NONE
    if at - run.first <= rules.settle_program:
        run.program = program
        return Ending.NONE
    if run.stopped and run.resumed and at - run.resumed <= rules.settle_program and program != run.program:
        resumed = run.resumed
        _finish(execution, resumed, Ending.ABORTED)
        execution.run = Run(resumed, resumed, program=program, by_hand=run.by_hand)
        return Ending.ABORTED
    return Ending.NONE


def _activate(execution: Execution, at: datetime, program: str, *, by_hand: bool, partial: bool) -> Ending:
    run, ending = execution.run, Ending.NONE
    if run is not None and run.stopped and run.active_since is None and program != run.program:
        _finish(execution, at, Ending.ABORTED)
        run, ending = None, Ending.ABORTED
    if run is None:
        execution.run = Run(at, at, program=program, partial=partial, by_hand=by_hand)
    elif run.active_since is None:
        run.active_since = run.resumed = at
    return ending


def _finish(execution: Execution, at: datetime, ending: Ending) -> Ending:
    run = execution.run
    assert run is not None
    execution.run = None
    execution.finished = None
    if run.by_hand:
        return Ending.NONE
    if ending is Ending.FINISHED or not run.counted:
        active = None if run.partial else run.active_until(at)
        execution.finished = Finished(run.first, at, active, run.disturbed or run.partial, run.counted)
    return ending


def program_at(programs: Programs, start: datetime, end: datetime, rules: Rules) -> str:
    """The main program of a cycle [start, end): values up to ``settle_program`` after the start belong."""
    latest = start + rules.settle_program
    name = ""
    for at, program in programs:
        if at <= start or (at <= latest and at < end):
            name = program
    return name


@dataclass(slots=True)
class Part:
    """One of the cycles in a counter step: when it ended and how many pieces it made."""

    end: datetime
    pieces: Decimal
    duration: timedelta | None


def spread(
    amount: int,
    at: datetime,
    elapsed: timedelta,
    *,
    counts_cycles: bool,
    per_cycle: Decimal,
    reference: timedelta | None,
) -> Sequence[Part]:
    """Cut a counter step into cycles ending at t − j·h, oldest first (Y4).

    A duration is given only to interpolated cycles; a single one gets its own from elsewhere.
    """
    cycles, pieces = _cycles_in(amount, counts_cycles=counts_cycles, per_cycle=per_cycle)
    if cycles == 1:
        return [Part(at, pieces, None)]
    if cycles > CYCLES_AT_ONCE:
        return [Part(at, pieces * cycles, None)]
    step = elapsed / cycles
    if reference is not None:
        step = min(reference, step)
    return [Part(at - j * step, pieces, step) for j in range(cycles - 1, -1, -1)]


def _cycles_in(amount: int, *, counts_cycles: bool, per_cycle: Decimal) -> tuple[int, Decimal]:
    if counts_cycles:
        return amount, per_cycle
    if per_cycle > 1:
        whole, rest = divmod(Decimal(amount), per_cycle)
        return (int(whole), per_cycle) if not rest else (1, Decimal(amount))
    return amount, Decimal(1)


def learning_key(program: str, at: datetime, rules: Rules, slot: int = 1) -> str:
    """What durations are learned for: the program, or where none is told the work planned at that time."""
    if program:
        return program
    planned = rules.planned("", at, slot)
    if planned is None or planned.valid_from is None:
        return ""
    return f"{WORK}{planned.work or planned.valid_from.isoformat()}"


def learn(learned: dict[str, tuple[int, ...]], key: str, duration: timedelta) -> None:
    """Keep the last 50 durations (µs) of the keys seen last (Y7)."""
    known = learned.get(key, ())
    keep_learned(learned, key, (*known, duration // timedelta(microseconds=1))[-LEARN_LAST:])


def keep_learned(learned: dict[str, tuple[int, ...]], key: str, durations: tuple[int, ...]) -> None:
    """These are the last durations (µs) of the key seen last."""
    learned.pop(key, None)
    learned[key] = durations
    while len(learned) > PROGRAMS_REMEMBERED:
        del learned[next(iter(learned))]


def reference_cycle(
    learned: dict[str, tuple[int, ...]], program: str, at: datetime, rules: Rules, slot: int = 1
) -> timedelta | None:
    """r: the median of the last undisturbed durations from 10 on, else the planned time, else None (Y7)."""
    known = learned.get(learning_key(program, at, rules, slot), ())
    if len(known) >= LEARN_FROM:
        ordered = sorted(known)
        middle = len(ordered) // 2
        median = ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) // 2
        if median > 0:
            return timedelta(microseconds=median)
    planned = rules.planned(program, at, slot)
    return planned.cycle if planned else None
