"""The orders that a machine ran, by slot."""

from __future__ import annotations

from collections import defaultdict

from machines.models import Machine
from machines.models.state import TsTzRange
from mes.lib.spans import Span
from orders.models import Run
from quality.queries.timeline.picture import RunBar

MOST_RUNS = 250


def runs_by_slot(machine: Machine, past: Span) -> dict[int, list[RunBar]]:
    found = (
        Run.objects.filter(machine=machine)
        .alias(during=TsTzRange("started_at", "ended_at"))
        .filter(during__overlap=(past.start, past.end))
        .select_related("operation__order__item")
        .order_by("slot", "started_at")
    )
    bars: dict[int, list[RunBar]] = defaultdict(list)
    for run in found:
        end = run.ended_at or past.end
        turn = min(run.production_at or end, end)
        for phase, begin, until in (("setup", run.started_at, turn), ("production", turn, end)):
            if begin < until and (part := Span(begin, until) & past):
                bars[run.slot].append(RunBar(part, phase, run))
    return {slot: bars[slot] for slot in range(1, machine.slots + 1)}


def seen(bars: list[RunBar]) -> list[RunBar]:
    """The longest runs where there are too many to be told apart."""
    if len(bars) <= MOST_RUNS:
        return bars
    longest = sorted(bars, key=lambda bar: bar.span.duration, reverse=True)[:MOST_RUNS]
    return sorted(longest, key=lambda bar: bar.span)
