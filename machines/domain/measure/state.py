"""What the fold carries from one sample to the next, small enough to be kept as JSON."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any

from machines.domain.measure.codec import Codec
from machines.domain.measure.counters import Counter
from machines.domain.measure.cycles import Execution, Finished, Programs, Run
from machines.domain.measure.samples import Cycle, Raw, Sample
from machines.domain.measure.timeline import Line

LATE = STILL_COMING = timedelta(seconds=5)
"""What comes later than this after it happened came late; for so long the next is waited for."""


@dataclass(slots=True)
class Slot:
    """What is known of one slot. Slot 0 of a machine with several takes counts whose slot wasn't told."""

    number: int
    line: Line | None
    counters: dict[str, Counter] = field(default_factory=dict)
    execution: Execution = field(default_factory=Execution)
    word: str = ""
    mode: str = ""
    alarms: tuple[str, ...] = ()
    available: bool = True
    programs: Programs = ()
    tool: str = ""
    job: str = ""
    reported_at: datetime | None = None
    reported: timedelta | None = None
    last_end: datetime | None = None
    last_pulse: datetime | None = None
    bounced: int = 0
    unmoved: int = 0

    @property
    def program(self) -> str:
        return self.programs[-1][1] if self.programs else ""


@dataclass(slots=True)
class FoldState:
    """Where the fold stands. ``heard``: the last moment taken in, ``received``: when that came; ``pending``:
    the moment still open.
    """

    slots: list[Slot] = field(default_factory=list)
    learned: dict[str, tuple[int, ...]] = field(default_factory=dict)
    sources: dict[str, tuple[str, ...]] = field(default_factory=dict)
    state_source: str = ""
    heard: datetime | None = None
    pending: list[Sample] = field(default_factory=list)
    received: datetime | None = None

    def comes_until(self, now: datetime) -> datetime | None:
        """Until when more is likely on its way of what is told late, as by a gateway that was cut off; None
        if nothing is."""
        heard, received = self.heard, self.received
        if heard is None or received is None or received - heard <= LATE or now - received > STILL_COMING:
            return None
        return received + STILL_COMING

    def as_json(self) -> Any:
        return _CODEC.dump(self)

    @classmethod
    def from_json(cls, value: Any) -> FoldState:
        state = _CODEC.load(value)
        assert isinstance(state, cls)
        return state

    def clone(self) -> FoldState:
        copy: FoldState = _copy(self)
        copy.slots = [_clone_slot(slot) for slot in self.slots]
        copy.learned, copy.sources, copy.pending = dict(self.learned), dict(self.sources), list(self.pending)
        return copy

    def with_own_lines(self) -> FoldState:
        """A copy whose timelines may be moved on; the rest is shared."""
        copy: FoldState = _copy(self)
        copy.slots = [_with_own_line(slot) for slot in self.slots]
        return copy


def own_line(line: Line) -> Line:
    """A copy that may be moved on."""
    copy: Line = _copy_line(line)
    copy.streak = list(line.streak)
    return copy


def _copier(kind: type[Any]) -> Callable[[Any], Any]:
    values = attrgetter(*(field.name for field in fields(kind)))
    return lambda one: kind(*values(one))


_copy = _copier(FoldState)
_copy_slot, _copy_line, _copy_counter = _copier(Slot), _copier(Line), _copier(Counter)
_copy_execution, _copy_run, _copy_finished = _copier(Execution), _copier(Run), _copier(Finished)


def _with_own_line(slot: Slot) -> Slot:
    copy: Slot = _copy_slot(slot)
    if slot.line is not None:
        copy.line = own_line(slot.line)
    return copy


def _clone_slot(slot: Slot) -> Slot:
    copy = _with_own_line(slot)
    copy.counters = {key: _copy_counter(counter) for key, counter in slot.counters.items()}
    copy.execution = execution = _copy_execution(slot.execution)
    if execution.run is not None:
        execution.run = _copy_run(execution.run)
    if execution.finished is not None:
        execution.finished = _copy_finished(execution.finished)
    return copy


_CODEC = Codec((FoldState, Slot, Line, Counter, Execution, Run, Finished, Cycle, Sample), (Raw,))
