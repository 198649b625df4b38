"""Figures of machines, areas and plants for any interval, each open to the segments and events behind it.

The number of queries doesn't depend on the number of machines.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import QuerySet
from django.utils import timezone

from machines.models import Machine
from mes.lib.spans import ZERO, Span
from quality.kpi import formulas
from quality.kpi.definitions import ISO_22400, DefinitionSet, Oee, definition_set, oee
from quality.kpi.elements import Element, coverage, time_elements
from quality.kpi.facts import Facts, SlotSegment, read_facts
from quality.kpi.timemodel import (
    Coverage,
    Quantities,
    TimeElements,
    sum_coverage,
    sum_elements,
    sum_quantities,
)
from quality.queries import oee as queries
from quality.queries.oee import MachineRow, PieceRow


@dataclass(frozen=True, slots=True)
class Figures:
    """Elements and quantities of one or several machines, read under one definition set."""

    elements: TimeElements
    quantities: Quantities
    coverage: Coverage
    definition: DefinitionSet = ISO_22400

    @property
    def oee(self) -> Oee:
        return oee(self.elements, self.quantities, self.definition)

    @property
    def observed(self) -> Decimal | None:
        """Coverage: the share of planned busy time that signals saw."""
        return formulas.coverage_ratio(self.coverage)

    @property
    def calendar_time_per_good_piece(self) -> timedelta | None:
        return formulas.calendar_time_per_good_piece(self.elements, self.quantities)

    def under(self, definition: DefinitionSet) -> Figures:
        """The same events read under another definition set."""
        return replace(self, definition=definition)


@dataclass(frozen=True, slots=True)
class MachineTotals:
    machine: MachineRow
    figures: Figures


@dataclass(frozen=True, slots=True)
class MachineFigures(MachineTotals):
    """One machine's figures and what they are made of. ``beyond``: production on more slots than it has."""

    segments: Sequence[SlotSegment]
    pieces: Sequence[PieceRow]
    beyond: Sequence[SlotSegment]

    def of_element(self, *elements: Element) -> list[SlotSegment]:
        """The segments behind one element, in order of slot and time."""
        return [row for row in self.segments if row.segment.element in elements]


@dataclass(frozen=True, slots=True)
class Totals:
    """The figures of some machines over one span. ``span`` ends at the moment of asking at the latest."""

    span: Span
    machines: Sequence[MachineTotals]
    definition: DefinitionSet

    @property
    def total(self) -> Figures:
        return self._sum(self.machines)

    def by_area(self) -> dict[int, Figures]:
        return self._grouped((row.machine.area, row) for row in self.machines)

    def by_plant(self) -> dict[int, Figures]:
        return self._grouped((row.machine.plant, row) for row in self.machines)

    def _grouped(self, rows: Iterable[tuple[int, MachineTotals]]) -> dict[int, Figures]:
        groups: dict[int, list[MachineTotals]] = defaultdict(list)
        for place, row in rows:
            groups[place].append(row)
        return {place: self._sum(members) for place, members in groups.items()}

    def _sum(self, rows: Sequence[MachineTotals]) -> Figures:
        return Figures(
            sum_elements(row.figures.elements for row in rows),
            sum_quantities(row.figures.quantities for row in rows),
            sum_coverage(row.figures.coverage for row in rows),
            self.definition,
        )


@dataclass(frozen=True, slots=True)
class Reading(Totals):
    """The same with the segments and pieces behind every figure."""

    machines: Sequence[MachineFigures]


def read_figures(
    machines: QuerySet[Machine],
    *,
    start: datetime,
    end: datetime,
    definition: str | None = None,
    now: datetime | None = None,
) -> Reading:
    """Compute the figures of ``machines`` in [start, end), which are aware datetimes.

    Future time is in no figure: an ``end`` after ``now`` means ``now``. Without a ``definition`` the plant's
    own is used, and ISO 22400 when the machines' plants differ. Raises ``MesError``
    ``unknown_definition_set`` and ``unknown_holiday_region``, ``ValueError`` if ``end`` is before ``start``.
    """
    span = past(Span(start, end), now or timezone.now())
    rows = queries.machine_rows(machines)
    chosen = chosen_definition(rows, definition)
    facts = read_facts(rows, span)
    return Reading(span, [_figures_of(row, facts, chosen) for row in rows], chosen)


def _figures_of(machine: MachineRow, facts: Facts, definition: DefinitionSet) -> MachineFigures:
    found = facts.segments_of(machine)
    plain = [row.segment for row in found]
    elements = time_elements(plain)
    over = facts.beyond_slots(machine)
    beyond = sum((row.segment.duration for row in over), ZERO)
    elements = replace(elements, beyond=elements.beyond + beyond)
    pieces = facts.pieces[machine.id]
    figures = Figures(elements, quantities_of(pieces), coverage(plain), definition)
    return MachineFigures(machine, figures, found, pieces, over)


def quantities_of(pieces: Sequence[PieceRow]) -> Quantities:
    """The standard time is rounded once, after adding up: hours added later give the same microsecond."""
    zero = Decimal(0)
    return Quantities(
        good=sum((row.good for row in pieces), zero),
        scrap=sum((row.scrap for row in pieces), zero),
        rework=sum((row.rework for row in pieces), zero),
        standard=timedelta(microseconds=round(sum((row.standard for row in pieces), zero))),
        unpriced=sum((row.unpriced for row in pieces), zero),
    )


def past(span: Span, now: datetime) -> Span:
    """What of ``span`` has come."""
    return Span(min(span.start, now), min(span.end, now))


def chosen_definition(machines: Sequence[MachineRow], code: str | None) -> DefinitionSet:
    """The named set, else the plant's own, else ISO 22400. Raises ``MesError`` ``unknown_definition_set``."""
    if code:
        return definition_set(code)
    codes = {machine.definition for machine in machines}
    return definition_set(codes.pop()) if len(codes) == 1 else ISO_22400
