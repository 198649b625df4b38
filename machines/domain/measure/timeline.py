"""Timeline rules S1 to S8: what one machine slot did, from its cycles and raw states.

A ``Line`` is pushed forward by events in time order. Everything before ``done`` is decided; the last decided
stretch stays open, so that equal neighbours merge and a standstill is judged by its whole length.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from machines.domain.measure.samples import Cycle, Flag, Interval, Raw, Rules, State, Trust

STANDING = "standing"
HOLDS = {
    Raw.UNKNOWN: State.UNKNOWN.value,
    Raw.MAINTENANCE: State.MAINTENANCE.value,
    Raw.SETUP: State.SETUP.value,
}


@dataclass(slots=True)
class Line:
    """The timeline of one slot.

    ``last`` is e₁: the end of the last cycle, or the moment from which cycles are expected (after a set-up);
    None where there is no history. ``next_raw`` is a raw state not yet older than ``hysteresis``.
    """

    slot: int
    done: datetime
    start: datetime
    state: str = ""
    flags: tuple[str, ...] = ()
    code: str = ""
    raw: Raw | None = None
    next_raw: Raw | None = None
    next_at: datetime | None = None
    last: datetime | None = None
    produced: bool = False
    faulted: datetime | None = None
    alarm: str = ""
    setting_up: bool = False
    setup_program: str = ""
    streak: list[Cycle] = field(default_factory=list)
    reference: timedelta | None = None
    role_setup: bool = False


class Timeline:
    """The rules applied to one line; closed intervals are appended to ``out``."""

    def __init__(self, line: Line, rules: Rules, out: list[Interval]) -> None:
        self.line, self.rules, self.out = line, rules, out

    def push(self, state: str, until: datetime, *flags: str, code: str = "") -> None:
        line = self.line
        if until <= line.done:
            return
        if state != line.state:
            self.close()
            line.start, line.state, line.flags, line.code = line.done, state, (), ""
        if flags:
            line.flags = tuple(sorted({*line.flags, *flags}))
        line.code = line.code or code
        line.done = until

    def close(self) -> None:
        """Emit the open stretch."""
        line = self.line
        if line.state and line.done > line.start:
            self.out.append(self.open_interval(line.done))
        line.state = ""

    def open_interval(self, end: datetime, *, still: bool = False) -> Interval:
        """The stretch from its start to ``end``, named by that length; ``still``: it goes on."""
        line = self.line
        state = self._named(line.state, end)
        return Interval(line.slot, line.start, None if still else end, state, line.flags, line.code)

    def _named(self, state: str, end: datetime) -> State:
        line = self.line
        if state == STANDING:
            long = end - line.start >= self.rules.micro_at(line.slot, line.start)
            return State.STOP if long else State.MICRO_STOP
        return State(state)

    @property
    def limit(self) -> timedelta | None:
        return self.rules.gap_limit(self.line.reference)

    @property
    def held(self) -> str:
        """The state that outranks cycles and running or idle: unknown, maintenance, set-up; else empty."""
        line = self.line
        if line.raw in (Raw.UNKNOWN, Raw.MAINTENANCE):
            return HOLDS[line.raw]
        return State.SETUP.value if line.setting_up or line.raw is Raw.SETUP else ""

    @property
    def driven_by_state(self) -> bool:
        return self.line.raw is not None and (self.rules.trust is Trust.STATE or self.limit is None)

    def settle(self, until: datetime) -> None:
        """Decide everything up to ``until`` as if that were now (S2)."""
        line = self.line
        if until <= line.done:
            return
        if held := self.held:
            self.push(held, until)
        elif line.last is None or self.driven_by_state:
            self._push_raw(until)
        elif (limit := self.limit) is None:
            self.push(State.UNKNOWN.value, until)
        elif until - line.last > limit:
            self._push_standing(until)
        else:
            if line.faulted is not None and line.faulted < until:
                self.push(State.PRODUCING.value, line.faulted)
                self._push_standing(until)
            self.push(State.PRODUCING.value, until)

    def _push_standing(self, until: datetime) -> None:
        line, flags = self.line, []
        if line.faulted is not None:
            flags.append(Flag.FAULT.value)
        if line.raw is Raw.RUNNING:
            flags.append(Flag.DISAGREE.value)
        self.push(STANDING, until, *flags, code=line.alarm if line.faulted is not None else "")

    def _push_raw(self, until: datetime) -> None:
        line = self.line
        if line.raw is None:
            self.push(State.UNKNOWN.value, until)
        elif line.raw is Raw.RUNNING:
            line.produced = True
            self.push(State.SETUP.value if line.role_setup else State.PRODUCING.value, until)
        elif line.raw is Raw.FAULT:
            self.push(STANDING, until, Flag.FAULT.value, code=line.alarm)
        else:
            self.push(STANDING if line.produced else State.IDLE.value, until)

    def see_raw(self, raw: Raw | None, at: datetime, alarm: str = "") -> None:
        """A raw state from ``at`` on. It takes effect once it is older than ``hysteresis`` (S5)."""
        line = self.line
        self.ripen(at)
        if raw is Raw.FAULT and alarm:
            line.alarm = alarm
        if line.next_at is not None:
            if raw == line.next_raw:
                return
            if raw == line.raw:
                line.next_raw = line.next_at = None
                return
            self._apply_raw(line.next_raw, line.next_at)
        if raw == line.raw:
            return
        if line.raw is None:
            self._apply_raw(raw, at)
        else:
            line.next_raw, line.next_at = raw, at

    def ripen(self, now: datetime) -> None:
        line = self.line
        if line.next_at is not None and now - line.next_at >= self.rules.hysteresis:
            self._apply_raw(line.next_raw, line.next_at)

    def _apply_raw(self, raw: Raw | None, at: datetime) -> None:
        line = self.line
        line.next_raw = line.next_at = None
        before = self.held
        old = line.raw
        line.raw = raw
        after = self.held
        line.raw = old
        if before or after or line.last is None or self.driven_by_state:
            self.settle(at)
        line.raw = raw
        self._rule_changed(before, after, at)
        if raw is Raw.FAULT and line.faulted is None:
            line.faulted = at
        if raw is Raw.RUNNING and self.driven_by_state:
            line.faulted = None

    def _rule_changed(self, before: str, after: str, at: datetime) -> None:
        line = self.line
        if before == after:
            return
        if after == State.UNKNOWN.value:
            line.produced = False
        if before == State.UNKNOWN.value or after:
            line.last = None
        elif before:
            line.last = at
        line.faulted = None

    def declare_setup(self, program: str, at: datetime) -> None:
        """A run's set-up begins (S6)."""
        self._change_setup(at, on=True, program=program)

    def end_setup(self, at: datetime) -> list[Cycle]:
        """A person says that set-up is over; that wins. Returns the cycles held back until now."""
        released = self.break_streak()
        self._change_setup(at, on=False, program="")
        return released

    def _change_setup(self, at: datetime, *, on: bool, program: str) -> None:
        self.ripen(at)
        before = self.held
        self.settle(at)
        self.line.setting_up, self.line.setup_program = on, program
        self._rule_changed(before, self.held, at)

    def gap(self, start: datetime, end: datetime) -> list[Cycle]:
        """Nothing was heard in [start, end): cut it out first (S7). The raw state must be told anew."""
        line = self.line
        released = self.break_streak()
        self.ripen(start)
        if line.next_at is not None:
            self._apply_raw(line.next_raw, line.next_at)
        self.settle(start)
        self.push(State.UNKNOWN.value, end)
        line.raw = None if line.raw is None else Raw.UNKNOWN
        line.last, line.produced, line.faulted = None, False, None
        return released

    def break_streak(self) -> list[Cycle]:
        released = self.break_streak_later()
        self.line.streak = []
        return released

    def break_streak_later(self) -> list[Cycle]:
        """The cycles held back, as they would count if no other good one came."""
        return [_in_setup(cycle) for cycle in self.line.streak]

    def settle_running(self, at: datetime) -> None:
        """The program changes at ``at``: what ran until then keeps its role."""
        if self.line.raw is Raw.RUNNING and not self.held and self.driven_by_state:
            self.settle(at)

    def cycle(self, cycle: Cycle, reference: timedelta | None, *, derived: bool) -> list[Cycle]:
        """A cycle ended. Returns the cycles that are now certain, in order.

        ``derived``: its duration was read from the raw state itself, which therefore can't contradict it.
        """
        line = self.line
        if line.raw is Raw.UNKNOWN and self.rules.trust is Trust.CYCLES:
            self.settle(cycle.end - self._length(cycle, reference))
            line.raw = None
        if self.held == State.SETUP.value:
            return self._setup_cycle(cycle, reference)
        self._place(cycle, reference, derived=derived)
        return [cycle]

    def _length(self, cycle: Cycle, reference: timedelta | None) -> timedelta:
        return cycle.duration if cycle.duration is not None else reference or timedelta()

    def _place(self, cycle: Cycle, reference: timedelta | None, *, derived: bool) -> None:
        line, end = self.line, cycle.end
        line.reference = reference
        if self.held:
            return
        begin = end - self._length(cycle, reference)
        work = State.SETUP.value if Flag.SETUP in cycle.flags else State.PRODUCING.value
        if self.driven_by_state:
            if line.raw is not Raw.RUNNING and not derived:
                self.settle(begin)
                self.push(work, end, Flag.DISAGREE.value)
        else:
            limit = self.limit
            if line.last is None:
                self._push_raw(begin)
            elif limit is None:
                self.push(State.UNKNOWN.value, begin)
            elif end - line.last > limit:
                self._push_standing(begin)
            self.push(work, end)
        line.last, line.produced = end, True
        line.faulted = None

    def _setup_cycle(self, cycle: Cycle, reference: timedelta | None) -> list[Cycle]:
        line = self.line
        line.reference = reference
        good = (
            line.setting_up
            and line.raw is not Raw.SETUP
            and reference is not None
            and cycle.duration is not None
            and line.setup_program in ("", cycle.program)
            and Flag.SETUP not in cycle.flags
            and abs(cycle.duration - reference) <= reference * self.rules.good_tolerance
        )
        if not good:
            return [*self.break_streak(), _in_setup(cycle)]
        line.streak.append(cycle)
        if len(line.streak) < self.rules.good_run:
            return []
        streak, line.streak = line.streak, []
        first = streak[0]
        begin = max(line.done, first.end - self._length(first, reference))
        self.push(State.SETUP.value, begin)
        line.setting_up, line.setup_program = False, ""
        line.last = begin
        for one in streak:
            self._place(one, reference, derived=False)
        return streak

    def stand(
        self, heard: datetime, now: datetime, *, reference: timedelta | None, silent: bool
    ) -> datetime | None:
        """Decide as much as can be said at ``now``, of a copy: the next samples may say something else.

        ``heard``: the last sample of the machine; ``silent``: that is too long ago. Returns when passing time
        alone next changes what the line says, but for silence.
        """
        if silent:
            self.gap(heard, now)
            return None
        self.ripen(now)
        self.line.reference = reference
        self.settle(max(now, self.line.done + timedelta(microseconds=1)))
        return self._due(now)

    def _due(self, now: datetime) -> datetime | None:
        line, moments = self.line, []
        if line.next_at is not None:
            moments.append(line.next_at + self.rules.hysteresis)
        limit = self.limit
        if not self.held and not self.driven_by_state and line.last is not None and limit is not None:
            moments.append(line.last + limit + timedelta(microseconds=1))
        if line.state == STANDING:
            moments.append(line.start + self.rules.micro_at(line.slot, line.start))
        return min((moment for moment in moments if moment > now), default=None)


def _in_setup(cycle: Cycle) -> Cycle:
    """The same cycle as a set-up piece."""
    return replace(cycle, flags=tuple(sorted({*cycle.flags, Flag.SETUP.value})))
