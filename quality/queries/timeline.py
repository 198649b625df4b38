"""The layers of one machine's time as a picture needs them: states, orders, calendar, speed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Aggregate, DateTimeField, DurationField, F, Func, QuerySet, Value

from machines.domain.calendars.engine import PlannedSpan
from machines.domain.calendars.load import load_calendar
from machines.domain.coding import Piece, Standstill, pieces_of
from machines.domain.stops import STANDING
from machines.models import Cycle, Machine, StateInterval, StopReason
from machines.models.state import TsTzRange
from mes.lib.spans import Span
from orders.models import Run
from quality.queries import oee
from quality.queries.oee import CodingRow

BUCKETS = 480
"""How many points of speed a picture gets at most."""
SHORTEST_BUCKET = timedelta(seconds=30)
MICROSECOND = timedelta(microseconds=1)


class Median(Aggregate):
    """PostgreSQL's continuous median; one cycle with a standstill in it doesn't move it."""

    function = "percentile_cont"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()


class DateBin(Func):
    """The beginning of the bucket of a given width, counted from an origin."""

    function = "date_bin"
    output_field = DateTimeField()


@dataclass(frozen=True, slots=True)
class StateBar:
    """A derived state inside the picture. ``reason`` is what people said about it."""

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
class SlotTimeline:
    slot: int
    states: Sequence[StateBar]
    runs: Sequence[RunBar]


@dataclass(frozen=True, slots=True)
class Timeline:
    """``speed`` is the median cycle by the beginning of its bucket, over all slots."""

    span: Span
    slots: Sequence[SlotTimeline]
    calendar: Sequence[PlannedSpan]
    speed: Sequence[tuple[datetime, timedelta]]


def timeline(machine: Machine, span: Span, *, now: datetime) -> Timeline:
    """Everything known about ``machine`` in ``span``; nothing lasts beyond ``now``. At most nine queries."""
    past = Span(span.start, max(span.start, min(span.end, now)))
    states, runs = _states(machine, past), _runs(machine, past)
    return Timeline(
        span,
        [SlotTimeline(slot, states[slot], runs[slot]) for slot in range(1, machine.slots + 1)],
        load_calendar(machine.pk, span).planned(span),
        _speed(machine, past),
    )


def _states(machine: Machine, past: Span) -> dict[int, list[StateBar]]:
    codings = oee.stop_codings([machine.pk], past)
    reasons = oee.stop_reasons({coding.reason for coding in codings})
    rows: dict[int, list[StateInterval]] = defaultdict(list)
    for interval in _intervals(machine, past):
        rows[interval.slot].append(interval)
    return {
        slot: list(_bars(of_slot, [row for row in codings if row.slot == slot], reasons, past))
        for slot in range(1, machine.slots + 1)
        for of_slot in [rows[slot]]
    }


def _bars(
    intervals: Sequence[StateInterval],
    codings: Sequence[CodingRow],
    reasons: Mapping[int, StopReason],
    past: Span,
) -> Iterator[StateBar]:
    """The states of one slot, standstills cut where people told causes apart."""
    standing = [Standstill(one.started_at, one.ended_at) for one in intervals if one.state in STANDING]
    pieces = pieces_of(standing, [coding.as_said() for coding in codings]) if codings else {}
    for one in intervals:
        whole: Piece[CodingRow] = Piece(one.started_at, one.ended_at, None)
        for piece in pieces.get(one.started_at, [whole]):
            if part := Span(piece.start, max(piece.start, piece.end or past.end)) & past:
                reason = reasons[piece.ref.reason] if piece.ref else None
                yield StateBar(part, one.state, one.alarm, reason)


def _intervals(machine: Machine, past: Span) -> QuerySet[StateInterval]:
    return (
        StateInterval.objects.filter(machine=machine, started_at__lt=past.end)
        .alias(during=TsTzRange("started_at", "ended_at"))
        .filter(during__overlap=(past.start, past.end))
        .order_by("slot", "started_at")
    )


def _runs(machine: Machine, past: Span) -> dict[int, list[RunBar]]:
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
    return bars


def _speed(machine: Machine, past: Span) -> list[tuple[datetime, timedelta]]:
    if past.is_empty:
        return []
    width = max(SHORTEST_BUCKET, past.duration / BUCKETS)
    rows = (
        Cycle.objects.filter(
            machine=machine, ended_at__gte=past.start, ended_at__lt=past.end, duration__isnull=False
        )
        .annotate(
            bucket=DateBin(Value(width, DurationField()), F("ended_at"), Value(past.start, DateTimeField()))
        )
        .order_by("bucket")
        .values_list("bucket")
        .annotate(cycle=Median("duration"))
    )
    return [(bucket, cycle) for bucket, cycle in rows]
