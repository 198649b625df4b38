"""The layers of one machine's time as a picture needs them: states, orders, calendar, speed."""

from __future__ import annotations

from datetime import datetime, timedelta

from machines.domain.calendars.engine import Planned, PlannedSpan
from machines.domain.calendars.load import load_calendar
from machines.models import Machine
from mes.lib.spans import Span
from quality.queries.timeline.alarms import alarms
from quality.queries.timeline.cycles import pieces, speed
from quality.queries.timeline.picture import SlotTimeline, Timeline
from quality.queries.timeline.runs import runs_by_slot, seen
from quality.queries.timeline.shares import shares_by_slot
from quality.queries.timeline.states import intervals, states_by_slot

MOST_STATES = 800
"""More states than this are shown as shares of buckets."""
MOST_BUCKETS = 200
PIECE_BUCKETS = 120
SHORTEST_PIECES = timedelta(minutes=5)
BREAKS_UP_TO = timedelta(days=10)


def timeline(machine: Machine, span: Span, *, now: datetime) -> Timeline:
    """Everything known about ``machine`` in ``span``; nothing lasts beyond ``now``. At most twelve queries,
    and at most about 2,000 marks, however long the span is.
    """
    past = Span(span.start, max(span.start, min(span.end, now)))
    runs = runs_by_slot(machine, past)
    is_coarse = intervals(machine, past).count() > MOST_STATES
    states = {} if is_coarse else states_by_slot(machine, past, runs)
    shares = shares_by_slot(machine, past, MOST_BUCKETS // machine.slots) if is_coarse else {}
    width = max(SHORTEST_PIECES, past.duration / PIECE_BUCKETS)
    return Timeline(
        span,
        [
            SlotTimeline(slot, states.get(slot, []), shares.get(slot, []), seen(runs[slot]))
            for slot in range(1, machine.slots + 1)
        ],
        _calendar(machine, span),
        speed(machine, past),
        width,
        pieces(machine, past, width),
        alarms(machine, past),
    )


def _calendar(machine: Machine, span: Span) -> list[PlannedSpan]:
    """Breaks are told only where they can be seen."""
    calendar = load_calendar(machine.pk, span)
    if span.duration <= BREAKS_UP_TO:
        return calendar.planned(span)
    return [
        PlannedSpan(part, Planned.WORK, shift.name, shift.date)
        for shift in calendar.shifts(span)
        if (part := shift.span & span)
    ]
