"""What the fold carries from one sample to the next, small enough to be kept as JSON."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from machines.domain.measure.codec import Codec
from machines.domain.measure.counters import Counter
from machines.domain.measure.cycles import Execution, Finished, Programs, Run
from machines.domain.measure.samples import Cycle, Raw, Sample
from machines.domain.measure.timeline import Line


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
    """Where the fold stands. ``heard``: the last moment taken in; ``pending``: the moment still open."""

    slots: list[Slot] = field(default_factory=list)
    learned: dict[str, tuple[int, ...]] = field(default_factory=dict)
    sources: dict[str, tuple[str, ...]] = field(default_factory=dict)
    state_source: str = ""
    heard: datetime | None = None
    pending: list[Sample] = field(default_factory=list)

    def as_json(self) -> Any:
        return _CODEC.dump(self)

    @classmethod
    def from_json(cls, value: Any) -> FoldState:
        state = _CODEC.load(value)
        assert isinstance(state, cls)
        return state

    def clone(self) -> FoldState:
        return replace(
            self,
            slots=[_clone_slot(slot) for slot in self.slots],
            learned=dict(self.learned),
            sources=dict(self.sources),
            pending=list(self.pending),
        )


def _clone_slot(slot: Slot) -> Slot:
    execution = slot.execution
    return replace(
        slot,
        line=replace(slot.line, streak=list(slot.line.streak)) if slot.line else None,
        counters={key: replace(counter) for key, counter in slot.counters.items()},
        execution=replace(
            execution,
            run=replace(execution.run) if execution.run else None,
            finished=replace(execution.finished) if execution.finished else None,
        ),
    )


_CODEC = Codec((FoldState, Slot, Line, Counter, Execution, Run, Finished, Cycle, Sample), (Raw,))
