"""What each stretch of a machine slot's time counts as: three layers joined when asked, none overwritten.

The layers are the machine's derived states, its calendar, and the runs of orders on it. Their join is a list
of segments that covers the asked span without hole or overlap; every time element is a sum over segments, so
each number can be opened down to what it is made of.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from machines.domain.calendars.engine import Planned, PlannedSpan
from machines.enums import MachineState
from mes.lib.spans import ZERO, Span
from orders.enums import RunPhase
from quality.kpi.timemodel import Coverage, TimeElements


class Element(StrEnum):
    """What a segment counts as. ``OFF`` is no planned operation time."""

    OFF = "off"
    PLANNED_DOWN = "pdot"
    PRODUCTION = "apt"
    SETUP = "aust"
    DELAY = "adet"
    MICRO_STOP = "micro"
    NO_ORDER = "adot"
    UNKNOWN = "unknown"


class Source(StrEnum):
    """Who knows what a segment says."""

    CALENDAR = "calendar"
    OBSERVED = "observed"
    MANUAL = "manual"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class StateSpan:
    """A derived state of the slot, or the part of a standstill that has a reason of its own.

    ``declared`` is what its stop reason says that the standstill counts as: planned down time or setup;
    ``None`` leaves it to the rules. ``stop`` is the same for all parts that people told to be one stop.
    """

    span: Span
    state: MachineState
    reason: int | None = None
    declared: Element | None = None
    stop: UUID | None = None

    @property
    def is_standstill(self) -> bool:
        return self.state in STANDSTILL


@dataclass(frozen=True, slots=True)
class RunSpan:
    """One phase of one run on the slot."""

    span: Span
    phase: RunPhase
    run: int
    operation: int


class _HasSpan(Protocol):
    @property
    def span(self) -> Span: ...


Row = TypeVar("Row", bound=_HasSpan)


@dataclass(frozen=True, slots=True)
class SlotLayers:
    """Everything known about one slot; no layer's spans overlap each other.

    ``measured`` tells whether the machine has a signal source. One without is known by its runs alone, from
    ``manual_since`` on (its first run ever; ``None`` if it never had one).
    """

    states: Sequence[StateSpan]
    calendar: Sequence[PlannedSpan]
    runs: Sequence[RunSpan]
    measured: bool = True
    manual_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of time that counts as one element for one cause.

    ``state_start`` is when the machine's state (or its part with this cause) began, maybe before the span;
    with machine and slot it names the stop, unless ``stop`` joins several to one.
    """

    span: Span
    element: Element
    source: Source
    state: MachineState | None = None
    state_start: datetime | None = None
    shift: str = ""
    shift_date: date | None = None
    run: int | None = None
    operation: int | None = None
    phase: RunPhase | None = None
    reason: int | None = None
    stop: UUID | None = None

    @property
    def duration(self) -> timedelta:
        return self.span.duration

    def continues_in(self, following: Segment) -> bool:
        """True if the two differ in nothing but their span."""
        if self.element is not following.element or self.state_start != following.state_start:
            return False
        return replace(self, span=following.span) == following

    @property
    def is_busy_time(self) -> bool:
        """True for planned busy time (PBT)."""
        return self.element not in (Element.OFF, Element.PLANNED_DOWN)

    @property
    def is_beyond_plan(self) -> bool:
        """True where the machine worked on an order without being planned to: through a break, at night."""
        producing = self.state is MachineState.PRODUCING and self.phase is RunPhase.PRODUCTION
        return producing and not self.is_busy_time


STANDSTILL = {MachineState.MICRO_STOP, MachineState.STOP, MachineState.IDLE, MachineState.MAINTENANCE}

IN_PRODUCTION = {
    MachineState.PRODUCING: Element.PRODUCTION,
    MachineState.MICRO_STOP: Element.MICRO_STOP,
    MachineState.STOP: Element.DELAY,
    MachineState.IDLE: Element.DELAY,
    MachineState.MAINTENANCE: Element.DELAY,
    MachineState.SETUP: Element.SETUP,
    MachineState.UNKNOWN: Element.UNKNOWN,
}
"""What a state counts as while an order is in production on the slot."""


def segments(layers: SlotLayers, within: Span) -> list[Segment]:
    """The slot's time inside ``within``: sorted, without hole or overlap, equal neighbours merged."""
    if within.is_empty:
        return []
    states, planned, runs = _Pointer(layers.states), _Pointer(layers.calendar), _Pointer(layers.runs)
    since = [layers.manual_since] if layers.manual_since else []
    cuts = _cuts(within, _spans(layers), since)
    found: list[Segment] = []
    for start, end in pairwise(cuts):
        segment = _judge(layers, Span(start, end), states.at(start), planned.at(start), runs.at(start))
        if found and found[-1].continues_in(segment):
            found[-1] = replace(segment, span=Span(found[-1].span.start, end))
        else:
            found.append(segment)
    return found


def time_elements(found: Iterable[Segment]) -> TimeElements:
    """Sum the segments of one or several slots into the elements of ISO 22400-2."""
    sums, beyond = dict.fromkeys(Element, ZERO), ZERO
    for segment in found:
        sums[segment.element] += segment.duration
        beyond += segment.duration if segment.is_beyond_plan else ZERO
    return TimeElements.of(
        apt=sums[Element.PRODUCTION],
        aust=sums[Element.SETUP],
        adet=sums[Element.DELAY] + sums[Element.MICRO_STOP],
        micro=sums[Element.MICRO_STOP],
        adot=sums[Element.NO_ORDER],
        unknown=sums[Element.UNKNOWN],
        pdot=sums[Element.PLANNED_DOWN],
        beyond=beyond,
        off=sums[Element.OFF],
    )


def coverage(found: Iterable[Segment]) -> Coverage:
    """How much of planned busy time signals saw, people stated, and nobody knows."""
    sums = dict.fromkeys(Source, ZERO)
    for segment in found:
        if segment.is_busy_time:
            sums[segment.source] += segment.duration
    return Coverage(sums[Source.OBSERVED], sums[Source.MANUAL], sums[Source.UNKNOWN])


def _judge(
    layers: SlotLayers, span: Span, state: StateSpan | None, planned: PlannedSpan | None, run: RunSpan | None
) -> Segment:
    element, source = _element(layers, span.start, state, planned, run)
    return Segment(
        span,
        element,
        source,
        state.state if state else None,
        state.span.start if state else None,
        planned.shift if planned else "",
        planned.shift_date if planned else None,
        run.run if run else None,
        run.operation if run else None,
        run.phase if run else None,
        state.reason if state else None,
        state.stop if state else None,
    )


def _element(
    layers: SlotLayers,
    start: datetime,
    state: StateSpan | None,
    planned: PlannedSpan | None,
    run: RunSpan | None,
) -> tuple[Element, Source]:
    """Calendar first, then the order, then the machine (rule S9)."""
    if planned is None or not planned.kind.is_operation_time:
        return Element.OFF, Source.CALENDAR
    if planned.kind is not Planned.WORK:
        return Element.PLANNED_DOWN, Source.CALENDAR
    if not layers.measured:
        return _stated_by_people(layers.manual_since, start, run)
    known = state is not None and state.state is not MachineState.UNKNOWN
    if run is not None and run.phase is RunPhase.SETUP:
        # whoever set up said so; a machine switched off for it says nothing
        return Element.SETUP, Source.OBSERVED if known else Source.MANUAL
    if state is None or not known:
        return Element.UNKNOWN, Source.UNKNOWN
    declared = state.declared if state.is_standstill else None
    if declared is Element.PLANNED_DOWN:
        return declared, Source.OBSERVED
    if run is None:
        return Element.NO_ORDER, Source.OBSERVED
    return declared or IN_PRODUCTION[state.state], Source.OBSERVED


def _stated_by_people(since: datetime | None, start: datetime, run: RunSpan | None) -> tuple[Element, Source]:
    if run is not None:
        return (Element.SETUP if run.phase is RunPhase.SETUP else Element.PRODUCTION), Source.MANUAL
    if since is None or start < since:
        return Element.UNKNOWN, Source.UNKNOWN
    return Element.NO_ORDER, Source.MANUAL


def _spans(layers: SlotLayers) -> Iterator[Span]:
    yield from (state.span for state in layers.states)
    yield from (planned.span for planned in layers.calendar)
    yield from (run.span for run in layers.runs)


def _cuts(within: Span, spans: Iterable[Span], moments: Iterable[datetime]) -> list[datetime]:
    """All instants inside ``within`` at which some layer may change, its two ends included."""
    borders = {moment for span in spans for moment in (span.start, span.end)}
    inside = {moment for moment in borders.union(moments) if within.start < moment < within.end}
    return sorted({within.start, within.end} | inside)


class _Pointer(Generic[Row]):
    """Walks one layer forward in time: which row holds at this instant?"""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = sorted(rows, key=lambda row: row.span)
        self._next = 0

    def at(self, moment: datetime) -> Row | None:
        while self._next < len(self._rows) and self._rows[self._next].span.end <= moment:
            self._next += 1
        if self._next < len(self._rows) and moment in self._rows[self._next].span:
            return self._rows[self._next]
        return None
