"""The rows behind one question, grouped by machine and slot, and laid over each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from machines.domain.calendars.engine import Calendar, PlannedSpan
from machines.domain.calendars.load import load_calendars
from machines.domain.coding import Piece, Standstill, pieces_of
from machines.enums import MachineState
from machines.models.stop import ReasonGroup
from mes.lib.spans import Span
from orders.enums import RunPhase
from quality.kpi.elements import (
    STANDSTILL,
    Element,
    RunSpan,
    Segment,
    SlotLayers,
    Source,
    StateSpan,
    segments,
)
from quality.queries import oee as queries
from quality.queries.oee import CodingRow, MachineRow, PieceRow, RunRow, StateRow

Slot = tuple[int, int]


@dataclass(frozen=True, slots=True)
class SlotSegment:
    """A segment with the slot it happened on."""

    machine: int
    slot: int
    segment: Segment


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything read for one question, by machine and slot."""

    span: Span
    states: dict[Slot, list[StateRow]]
    runs: dict[Slot, list[RunRow]]
    codings: dict[Slot, list[CodingRow]]
    pieces: dict[int, list[PieceRow]]
    first_runs: dict[int, datetime]
    calendars: dict[int, Calendar]
    planned: dict[int, list[PlannedSpan]]
    last_slots: dict[int, int]
    around: dict[Slot, list[StateRow]]

    def segments_of(self, machine: MachineRow) -> list[SlotSegment]:
        """The machine's time, slot by slot, without hole or overlap."""
        return [
            SlotSegment(machine.id, slot, segment)
            for slot in range(1, machine.slots + 1)
            for segment in segments(self._layers(machine, slot), self.span)
        ]

    def _layers(self, machine: MachineRow, slot: int) -> SlotLayers:
        here = (machine.id, slot)
        codings = self.codings.get(here, [])
        return SlotLayers(
            states=_state_spans(self.states.get(here, []), self.around.get(here, []), self.span.end, codings),
            calendar=self._planned_for(machine),
            runs=[phase for run in self.runs.get(here, []) for phase in _phases(run, self.span.end)],
            measured=machine.measured,
            manual_since=self.first_runs.get(machine.id),
        )

    def _planned_for(self, machine: MachineRow) -> list[PlannedSpan]:
        """Machines that share a calendar share its answer."""
        calendar = self.calendars[machine.id]
        if id(calendar) not in self.planned:
            self.planned[id(calendar)] = calendar.planned(self.span)
        return self.planned[id(calendar)]

    def beyond_slots(self, machine: MachineRow) -> list[SlotSegment]:
        """Production recorded on more slots than the machine has: it has no planned time, but made pieces."""
        return [
            SlotSegment(machine.id, slot, _beyond(part, phase))
            for slot in range(machine.slots + 1, self.last_slots.get(machine.id, 0) + 1)
            for run in self.runs.get((machine.id, slot), [])
            for phase in _phases(run, self.span.end)
            if phase.phase is RunPhase.PRODUCTION and (part := phase.span & self.span)
        ]


def _beyond(part: Span, phase: RunSpan) -> Segment:
    return Segment(
        part, Element.OFF, Source.MANUAL, run=phase.run, operation=phase.operation, phase=phase.phase
    )


def read_facts(machines: Sequence[MachineRow], span: Span) -> Facts:
    """Ten queries, however many machines. Open states and runs last until the end of ``span``."""
    ids = [machine.id for machine in machines]
    unmeasured = [machine.id for machine in machines if not machine.measured]
    facts = Facts(
        span,
        defaultdict(list),
        defaultdict(list),
        defaultdict(list),
        defaultdict(list),
        queries.first_runs(unmeasured),
        load_calendars(ids, span),
        {},
        {},
        defaultdict(list),
    )
    for state in queries.states(ids, span):
        facts.states[state.machine, state.slot].append(state)
    for run in queries.runs(ids, span):
        facts.runs[run.machine, run.slot].append(run)
        facts.last_slots[run.machine] = max(run.slot, facts.last_slots.get(run.machine, 0))
    _read_codings(facts)
    for piece in queries.pieces(ids, span):
        facts.pieces[piece.machine].append(piece)
    return facts


def _read_codings(facts: Facts) -> None:
    """What was said about the standstills, also about their parts outside the span, and the other standstills
    that the same words may be about: so every part of a standstill has the same reason, whatever is asked.
    """
    windows = {slot: whole for slot, rows in facts.states.items() if (whole := _hull(rows))}
    for coding in queries.codings_of(windows):
        facts.codings[coding.machine, coding.slot].append(coding)
    said = {
        slot: (min(coding.span.start for coding in codings), max(coding.span.end for coding in codings))
        for slot, codings in facts.codings.items()
    }
    for state in queries.states_in(said):
        facts.around[state.machine, state.slot].append(state)


def _hull(rows: Sequence[StateRow]) -> tuple[datetime, datetime | None] | None:
    """From the first to the last moment of the standstills, whole; no end if one lasts still."""
    still = [row for row in rows if MachineState(row.state) in STANDSTILL]
    if not still:
        return None
    ends = [row.end for row in still if row.end is not None]
    return min(row.start for row in still), max(ends) if len(ends) == len(still) else None


def _state_spans(
    rows: Sequence[StateRow], around: Sequence[StateRow], now: datetime, codings: Sequence[CodingRow]
) -> list[StateSpan]:
    """The states of one slot, standstills cut into the pieces that people told apart."""
    standing = {
        row.start: Standstill(row.start, row.end)
        for row in (*rows, *around)
        if codings and MachineState(row.state) in STANDSTILL
    }
    pieces = pieces_of(list(standing.values()), [coding.as_said() for coding in codings])
    return [span for row in rows for span in _spans_of(row, now, pieces.get(row.start, ()))]


def _spans_of(row: StateRow, now: datetime, pieces: Sequence[Piece[CodingRow]]) -> Iterator[StateSpan]:
    state, end = MachineState(row.state), max(row.start, row.end or now)
    if not pieces:
        yield StateSpan(Span(row.start, end), state)
    for piece in pieces:
        start, until = min(piece.start, end), min(piece.end or end, end)
        coding = piece.ref
        if start < until and coding is None:
            yield StateSpan(Span(start, until), state)
        elif start < until and coding is not None:
            yield StateSpan(Span(start, until), state, coding.reason, _declared(coding), coding.stop)


def _declared(coding: CodingRow) -> Element | None:
    """What the reason's group says that the time counts as."""
    if coding.planned or coding.group == ReasonGroup.PLANNED:
        return Element.PLANNED_DOWN
    return Element.SETUP if coding.group == ReasonGroup.SETUP else None


def _phases(run: RunRow, now: datetime) -> list[RunSpan]:
    """Setup until production begins, production after it. An open run lasts until ``now``."""
    end = max(run.start, run.end or now)
    turn = min(run.production or end, end)
    phases = ((RunPhase.SETUP, Span(run.start, turn)), (RunPhase.PRODUCTION, Span(turn, end)))
    return [RunSpan(span, phase, run.id, run.operation) for phase, span in phases if not span.is_empty]
