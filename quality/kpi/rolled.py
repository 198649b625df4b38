"""The same figures as ``collect``, from rolled-up hours where these may be believed, from events elsewhere.

Both give the same microseconds and pieces. The number of queries doesn't depend on the number of machines.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import QuerySet
from django.utils import timezone

from machines.models import Machine
from mes.lib.spans import ZERO, Span
from quality.kpi.collect import Figures, MachineTotals, Totals, chosen_definition, past
from quality.kpi.definitions import DefinitionSet
from quality.kpi.elements import coverage, time_elements
from quality.kpi.facts import read_facts
from quality.kpi.hours import HOUR, hour_of, next_hour
from quality.kpi.timemodel import Coverage, Quantities, TimeElements
from quality.queries import oee as events
from quality.queries import rollup
from quality.queries.oee import MachineRow
from quality.queries.rollup import NO_SUMS, Rolled, Sums

LIVE = 3 * HOUR
"""So far behind the end of the span the hours of a machine under work may be."""


@dataclass(slots=True)
class _Parts:
    """What one machine's figures are added up from: whole hours, and the rest from events."""

    elements: TimeElements = field(default_factory=TimeElements)
    coverage: Coverage = field(default_factory=Coverage)
    good: Decimal = Decimal(0)
    scrap: Decimal = Decimal(0)
    rework: Decimal = Decimal(0)
    unpriced: Decimal = Decimal(0)
    standard: Decimal = Decimal(0)

    def figures(self, definition: DefinitionSet) -> Figures:
        quantities = Quantities(
            good=self.good,
            scrap=self.scrap,
            rework=self.rework,
            standard=timedelta(microseconds=round(self.standard)),
            unpriced=self.unpriced,
        )
        return Figures(self.elements, quantities, self.coverage, definition)


def read_totals(
    machines: QuerySet[Machine],
    *,
    start: datetime,
    end: datetime,
    definition: str | None = None,
    now: datetime | None = None,
) -> Totals:
    """The figures of ``machines`` in [start, end), as ``read_figures`` has them, without what is behind them.

    Raises as ``read_figures`` does.
    """
    span = past(Span(start, end), now or timezone.now())
    rows = events.machine_rows(machines)
    chosen = chosen_definition(rows, definition)
    windows = _windows(span, rollup.reliable([row.id for row in rows]))
    parts: dict[int, _Parts] = defaultdict(_Parts)
    sums, slots = rollup.sums(windows), {row.id: row.slots for row in rows}
    for machine, (low, high) in windows.items():
        parts[machine] = _of_sums(sums.get(machine, NO_SUMS), (high - low) * slots[machine])
    for group, rest in _from_events(rows, span, windows):
        _add_events(parts, group, rest)
    return Totals(span, [MachineTotals(row, parts[row.id].figures(chosen)) for row in rows], chosen)


def _windows(span: Span, reliable: Mapping[int, Rolled]) -> dict[int, tuple[datetime, datetime]]:
    """The whole hours of ``span`` to take from roll-ups, by machine: for most machines the same ones.

    A machine whose hours are right up to about the end gets the common end; one whose past is under
    correction is left out, so that the rest is read from events for a few groups of machines, not for each.
    """
    low, high = next_hour(span.start), hour_of(span.end)
    usable = {
        machine: min(hour_of(rolled.until), high)
        for machine, rolled in reliable.items()
        if rolled.since <= low and min(hour_of(rolled.until), high) >= max(high - LIVE, low + HOUR)
    }
    common = min(usable.values(), default=low)
    return dict.fromkeys(usable, (low, common)) if low < common else {}


def _from_events(
    rows: Sequence[MachineRow], span: Span, windows: Mapping[int, tuple[datetime, datetime]]
) -> Iterator[tuple[list[MachineRow], Span]]:
    """Which machines' time is to be read from events: the ends of those rolled up, all of the others."""
    rolled = [row for row in rows if row.id in windows]
    others = [row for row in rows if row.id not in windows]
    if rolled:
        low, high = windows[rolled[0].id]
        yield rolled, Span(span.start, low)
        yield rolled, Span(high, span.end)
    if others:
        yield others, span


def _add_events(parts: dict[int, _Parts], machines: Sequence[MachineRow], span: Span) -> None:
    if span.is_empty:
        return
    facts = read_facts(machines, span)
    for machine in machines:
        part, found = parts[machine.id], [row.segment for row in facts.segments_of(machine)]
        over = sum((row.segment.duration for row in facts.beyond_slots(machine)), ZERO)
        part.elements += time_elements(found) + TimeElements(beyond=over)
        part.coverage += coverage(found)
        for row in facts.pieces[machine.id]:
            part.good += row.good
            part.scrap += row.scrap
            part.rework += row.rework
            part.unpriced += row.unpriced
            part.standard += row.standard


def _of_sums(sums: Sums, calendar: timedelta) -> _Parts:
    elements = TimeElements.of(
        apt=_time(sums.apt),
        aust=_time(sums.aust),
        adet=_time(sums.adet),
        micro=_time(sums.micro),
        adot=_time(sums.adot),
        unknown=_time(sums.unknown),
        pdot=_time(sums.pdot),
        beyond=_time(sums.beyond),
    )
    elements = replace(elements, off=calendar - elements.pot)
    observed, unknown = _time(sums.observed), elements.unknown
    return _Parts(
        elements,
        Coverage(observed, elements.pbt - observed - unknown, unknown),
        sums.good,
        sums.scrap,
        sums.rework,
        sums.unpriced,
        sums.standard,
    )


def _time(microseconds: int) -> timedelta:
    return timedelta(microseconds=microseconds)
