"""What goes into the measurement core and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from fnmatch import fnmatchcase

Value = int | float | str | bool | None
_BEGINNING = datetime.min.replace(tzinfo=UTC)
Position = tuple[datetime, int, str, int, int]


class Quality(StrEnum):
    GOOD = "good"
    UNCERTAIN = "uncertain"
    BAD = "bad"
    STALE = "stale"


class Raw(StrEnum):
    """What the machine says about itself, in one vocabulary."""

    RUNNING = "running"
    IDLE = "idle"
    FAULT = "fault"
    SETUP = "setup"
    MAINTENANCE = "maintenance"
    UNKNOWN = "unknown"


class State(StrEnum):
    """What a machine slot did, from cycles and raw states. The same words as machines.enums.MachineState."""

    PRODUCING = "producing"
    MICRO_STOP = "micro_stop"
    STOP = "stop"
    SETUP = "setup"
    MAINTENANCE = "maintenance"
    IDLE = "idle"
    UNKNOWN = "unknown"


class Trust(StrEnum):
    """Which signal wins when cycles and raw state disagree."""

    CYCLES = "cycles"
    STATE = "state"


class Role(StrEnum):
    """What a program does on this machine."""

    PRODUCE = "produce"
    PART_OF = "part_of"
    SETUP = "setup"
    WARM_UP = "warm_up"


class Flag(StrEnum):
    ESTIMATED = "estimated"
    ROLLOVER = "rollover"
    RESET = "reset"
    CORRECTED = "corrected"
    SUSPICIOUS = "suspicious"
    IMPLAUSIBLE = "implausible"
    INTERPOLATED = "interpolated"
    ABORTED = "aborted"
    SETUP = "setup"
    HELPER = "helper"
    WARM_UP = "warm_up"
    FAULT = "fault"
    DISAGREE = "disagree"
    TEST = "test"


@dataclass(slots=True)
class Sample:
    """One value of one item at one moment.

    ``ts`` is the event time (UTC); (source, epoch, seq, sub) is its identity; ``slot`` 0 means the whole
    machine. ``snapshot`` marks a value read at connect: it sets the baseline and is no event. ``reset``
    says that the source itself reports a counter reset with this value. ``received`` is when it came (UTC).
    """

    ts: datetime
    item: str
    value: Value
    source: int = 0
    epoch: str = ""
    seq: int = 0
    sub: int = 0
    slot: int = 0
    quality: str = Quality.GOOD.value
    snapshot: bool = False
    reset: bool = False
    received: datetime | None = None

    @property
    def position(self) -> Position:
        return (self.ts, self.source, self.epoch, self.seq, self.sub)


@dataclass(frozen=True, slots=True)
class Reference:
    """A planned cycle time from ``valid_from`` on. An empty program or slot 0 means every one.

    ``work``: what is made, by which operation and tool (Y7).
    """

    cycle: timedelta
    program: str = ""
    valid_from: datetime | None = None
    slot: int = 0
    work: str = ""

    def holds(self, program: str, at: datetime, slot: int) -> bool:
        """A cycle whose program wasn't told takes whatever was planned last."""
        return (
            (not program or self.program in ("", program))
            and self.slot in (0, slot)
            and (self.valid_from is None or self.valid_from <= at)
        )

    def rank(self, program: str) -> tuple[bool, datetime]:
        return (bool(program and self.program), self.valid_from or _BEGINNING)


@dataclass(frozen=True, slots=True)
class Yield:
    """Pieces per cycle from a moment on: a blocked cavity changes it, the past keeps its own."""

    pieces: Decimal
    valid_from: datetime | None = None
    slot: int = 0


@dataclass(frozen=True, slots=True)
class ProgramRule:
    """What programs of a name do during [valid_from, valid_until); None: since always, or until further.

    ``pattern`` is a normalised name; ``*`` stands for any letters, ``?`` for one.
    """

    pattern: str
    role: Role
    valid_from: datetime | None = None
    valid_until: datetime | None = None

    def holds(self, program: str, at: datetime) -> bool:
        return (
            (self.valid_from is None or self.valid_from <= at)
            and (self.valid_until is None or at < self.valid_until)
            and fnmatchcase(program, self.pattern)
        )

    @property
    def rank(self) -> tuple[int, bool, datetime]:
        """The more letters a pattern states, the better it knows; of equals the newer wins."""
        stated = sum(letter not in "*?" for letter in self.pattern)
        return (stated, "*" not in self.pattern, self.valid_from or _BEGINNING)


@dataclass(frozen=True, slots=True)
class Limits:
    """The thresholds of one slot from a moment on: the past keeps its own, and so does each item's work."""

    slot: int
    micro: timedelta
    k: float
    floor: timedelta
    min_cycle: timedelta | None
    valid_from: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """How one machine is read. Defaults are those of the counting rules; None switches a rule off.

    count_item: ``cycle_event``, ``cycle_count``, ``part_count``, ``good_count``, ``pulse`` or ``execution``.
    bad_item: a counter of bad pieces beside it, or None.
    completed: whether the control reports the end of a program; None learns it from the first report.
    limits: where thresholds changed in time, all of them by slot, oldest first; empty: those above hold.
    """

    count_item: str = "cycle_event"
    bad_item: str | None = None
    trust: Trust = Trust.CYCLES
    slots: int = 1
    micro: timedelta = timedelta(seconds=300)
    k: float = 3.0
    floor: timedelta = timedelta(seconds=10)
    min_cycle: timedelta | None = None
    modulus: int | None = None
    reset_to: int = 0
    correction_max: int = 5
    hysteresis: timedelta = timedelta(seconds=1)
    silence: timedelta | None = None
    debounce: timedelta | None = None
    settle_program: timedelta = timedelta(seconds=1)
    good_run: int = 3
    good_tolerance: float = 0.2
    completed: bool | None = None
    pieces_per_cycle: tuple[Yield, ...] = (Yield(Decimal(1)),)
    references: tuple[Reference, ...] = ()
    roles: tuple[ProgramRule, ...] = ()
    limits: tuple[Limits, ...] = ()

    def pieces(self, at: datetime, slot: int = 1) -> Decimal:
        best: Yield | None = None
        for row in self.pieces_per_cycle:
            if row.slot not in (0, slot) or (row.valid_from is not None and row.valid_from > at):
                continue
            if best is None or (row.valid_from or _BEGINNING) >= (best.valid_from or _BEGINNING):
                best = row
        return Decimal(1) if best is None else best.pieces

    def planned(self, program: str, at: datetime, slot: int = 1) -> Reference | None:
        """What is planned for this program, else for every program; the latest wins, of equals the last."""
        best: Reference | None = None
        for row in self.references:
            if row.holds(program, at, slot) and (best is None or row.rank(program) >= best.rank(program)):
                best = row
        return best

    def limits_at(self, slot: int, at: datetime) -> Limits | None:
        """The thresholds in force on a slot; None: nothing ever changed, those of the rules hold."""
        for row in reversed(self.limits):
            if row.slot == slot and (row.valid_from is None or row.valid_from <= at):
                return row
        return None

    def on(self, slot: int, at: datetime) -> Rules:
        """These rules with the thresholds in force on a slot at a moment."""
        row = self.limits_at(slot, at) if self.limits else None
        if row is None:
            return self
        return replace(self, micro=row.micro, k=row.k, floor=row.floor, min_cycle=row.min_cycle)

    def micro_at(self, slot: int, at: datetime) -> timedelta:
        """The micro-stop threshold of a standstill that began at ``at``."""
        row = self.limits_at(slot, at) if self.limits else None
        return self.micro if row is None else row.micro

    def role(self, program: str, at: datetime) -> Role | None:
        """What ``program`` does at that time (Y6); None: nobody said, its pieces count and wait for a run."""
        if not self.roles:
            return None
        fitting = [rule for rule in self.roles if rule.holds(program, at)]
        return max(fitting, key=lambda rule: rule.rank).role if fitting else None

    def gap_limit(self, reference: timedelta | None) -> timedelta | None:
        """G = max(k × r, r + floor); None without a reference: the gap rules are off."""
        return None if reference is None else max(reference * self.k, reference + self.floor)

    def bounce(self) -> timedelta:
        if self.debounce is not None:
            return self.debounce
        half = self.min_cycle / 2 if self.min_cycle else timedelta()
        return max(half, timedelta(milliseconds=30))


@dataclass(slots=True)
class Cycle:
    """One end of work.

    ``quantity`` is credited (pieces, ``bad`` of them bad), ``waiting`` needs a person first and may be
    negative (a correction). ``since`` is set where the time is only known as (since, end]. ``seen`` is the
    time of the sample that told; with ``source``, ``epoch``, ``seq``, ``sub``, ``part`` it is the identity.
    """

    slot: int
    end: datetime
    duration: timedelta | None
    quantity: Decimal
    seen: datetime
    bad: Decimal = Decimal(0)
    waiting: Decimal = Decimal(0)
    program: str = ""
    tool: str = ""
    quality: str = ""
    since: datetime | None = None
    flags: tuple[str, ...] = ()
    source: int = 0
    epoch: str = ""
    seq: int = 0
    sub: int = 0
    part: int = 0

    @property
    def identity(self) -> tuple[datetime, int, str, int, int, int]:
        return (self.seen, self.source, self.epoch, self.seq, self.sub, self.part)


@dataclass(slots=True)
class Interval:
    """A machine slot was in ``state`` during [start, end). An end of None means: still."""

    slot: int
    start: datetime
    end: datetime | None
    state: State
    flags: tuple[str, ...] = ()
    code: str = ""


@dataclass(slots=True)
class Note:
    """Something a person should know: ``stuck`` (a counter never moves), ``bounced`` (pulses dropped)."""

    slot: int
    at: datetime
    kind: str
    detail: str = ""


@dataclass(slots=True)
class Tail:
    """How things stand: what is closed but may still change, what is open, and when time alone changes it."""

    cycles: list[Cycle]
    intervals: list[Interval]
    open: list[Interval]
    due: datetime | None
