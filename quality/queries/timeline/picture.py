"""What a picture of a machine's time is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from machines.domain.calendars.engine import PlannedSpan
from machines.models import StopReason
from mes.lib.spans import Span
from orders.models import Run


@dataclass(frozen=True, slots=True)
class StateBar:
    """A state inside the picture: as measured, but ``setup`` while an order is set up, whatever the machine
    does (rule S9), and ``no_order`` for a standstill that no order had to bear and nobody said anything
    about. ``reason`` is what people said about it.
    """

    span: Span
    state: str
    alarm: str
    reason: StopReason | None


@dataclass(frozen=True, slots=True)
class RunBar:
    """One phase of a run; ``run`` has its operation, order and item loaded."""

    span: Span
    phase: str
    run: Run


@dataclass(frozen=True, slots=True)
class Share:
    """How much of a bucket of time one state has: from ``low`` to ``high`` of 1, states stacked."""

    span: Span
    state: str
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Mark:
    """Machine codes reported in one bucket of time; ``code`` is the most frequent of them."""

    at: datetime
    code: str
    times: int


@dataclass(frozen=True, slots=True)
class SlotTimeline:
    """Each state by itself, or, where these are too many to be seen, their ``shares`` of equal buckets."""

    slot: int
    states: Sequence[StateBar]
    shares: Sequence[Share]
    runs: Sequence[RunBar]


@dataclass(frozen=True, slots=True)
class Timeline:
    """``speed`` is the median cycle by the beginning of its bucket, ``pieces`` and ``bad`` ones by hour or
    bucket of ``width``, over all slots.
    """

    span: Span
    slots: Sequence[SlotTimeline]
    calendar: Sequence[PlannedSpan]
    speed: Sequence[tuple[datetime, timedelta]]
    width: timedelta
    pieces: Sequence[tuple[datetime, Decimal, Decimal]]
    alarms: Sequence[Mark]
