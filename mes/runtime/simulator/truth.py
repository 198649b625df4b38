"""What really happened, to be compared with what the product measured."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class TrueCycle:
    """One cycle of (order, operation); ``proving`` pieces were made during setup."""

    machine: str
    slot: int
    start: datetime
    end: datetime
    pieces: int
    order: str
    operation: str
    proving: bool


@dataclass(frozen=True, slots=True)
class TrueState:
    """A stretch of one machine slot: setup, producing, micro_stop, stop or idle, [start, end)."""

    machine: str
    slot: int
    start: datetime
    end: datetime
    state: str


@dataclass(slots=True)
class TrueRun:
    """Work of one operation on one slot, [start, end), an end of None meaning still."""

    machine: str
    slot: int
    order: str
    operation: str
    start: datetime
    production: datetime | None = None
    end: datetime | None = None


@dataclass(slots=True)
class TrueOperation:
    order: str
    operation: str
    machine: str = ""
    slot: int = 0
    good: int = 0
    scrap: int = 0
    proving: int = 0
    started: datetime | None = None
    reported: datetime | None = None
    finished: datetime | None = None
    planned_cycle_seconds: Decimal = Decimal(0)
    pieces_per_cycle: int = 1


@dataclass(slots=True)
class Truth:
    cycles: list[TrueCycle] = field(default_factory=list)
    states: list[TrueState] = field(default_factory=list)
    runs: list[TrueRun] = field(default_factory=list)
    operations: dict[tuple[str, str], TrueOperation] = field(default_factory=dict)
    until: datetime | None = None
