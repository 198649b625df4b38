"""The layers of one machine's time as a picture needs them: states, orders, calendar, speed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db import connection
from django.db.models import (
    Aggregate,
    Count,
    DateTimeField,
    DurationField,
    F,
    Func,
    Min,
    QuerySet,
    Sum,
    Value,
)

from machines.domain.calendars.engine import Planned, PlannedSpan
from machines.domain.calendars.load import load_calendar
from machines.domain.coding import Piece, Standstill, pieces_of
from machines.domain.stops import STANDING
from machines.models import Cycle, Machine, StateInterval, StopReason
from machines.models.state import TsTzRange
from mes.lib.spans import Span, intersect, subtract
from orders.enums import RunPhase
from orders.models import Run
from quality.enums import ShownState
from quality.queries import oee
from quality.queries.oee import CodingRow

BUCKETS = 480
"""How many points of speed a picture gets at most."""
SHORTEST_BUCKET = timedelta(seconds=30)
MOST_STATES = 800
"""More states than this are shown as shares of buckets."""
MOST_BUCKETS = 200
PIECE_BUCKETS = 120
SHORTEST_PIECES = timedelta(minutes=5)
ALARM_BUCKETS = 100
MOST_RUNS = 250
BREAKS_UP_TO = timedelta(days=10)
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


def timeline(machine: Machine, span: Span, *, now: datetime) -> Timeline:
    """Everything known about ``machine`` in ``span``; nothing lasts beyond ``now``. At most twelve queries,
    and at most about 2,000 marks, however long the span is.
    """
    past = Span(span.start, max(span.start, min(span.end, now)))
    runs = _runs(machine, past)
    is_coarse = _intervals(machine, past).count() > MOST_STATES
    states = {} if is_coarse else _states(machine, past, runs)
    shares = _shares(machine, past, MOST_BUCKETS // machine.slots) if is_coarse else {}
    width = max(SHORTEST_PIECES, past.duration / PIECE_BUCKETS)
    return Timeline(
        span,
        [
            SlotTimeline(slot, states.get(slot, []), shares.get(slot, []), _seen(runs[slot]))
            for slot in range(1, machine.slots + 1)
        ],
        _calendar(machine, span),
        _speed(machine, past),
        width,
        _pieces(machine, past, width),
        _alarms(machine, past),
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


_SHARES = """
    WITH piece AS (
        SELECT s.slot, b.start AS bucket, s.state, greatest(b.start, s.started_at) AS begin,
            least(b.start + %(width)s, coalesce(s.ended_at, %(end)s), %(end)s) AS until
        FROM generate_series(%(start)s::timestamptz, %(last)s::timestamptz, %(width)s) AS b(start)
        JOIN machines_stateinterval s ON s.machine_id = %(machine)s
            AND tstzrange(s.started_at, s.ended_at) && tstzrange(b.start, least(b.start + %(width)s, %(end)s))
            AND (s.ended_at IS NULL OR s.ended_at > s.started_at)
    )
    SELECT slot, bucket, shown, sum(extract(epoch FROM seconds))
    FROM (
        SELECT p.slot, p.bucket, part.*
        FROM piece p, LATERAL (
            SELECT
                coalesce(sum(least(p.until, r.ended_at) - greatest(p.begin, r.started_at)), '0') AS ordered,
                coalesce(sum(greatest(
                    least(p.until, r.production_at, r.ended_at) - greatest(p.begin, r.started_at), '0'
                )), '0') AS setup
            FROM orders_run r
            WHERE r.machine_id = %(machine)s AND r.slot = p.slot
                AND tstzrange(r.started_at, r.ended_at) && tstzrange(p.begin, p.until)
        ) o, LATERAL (
            VALUES (%(setup)s, o.setup), (p.state, o.ordered - o.setup),
                (CASE WHEN p.state = ANY(%(standing)s) THEN %(no_order)s ELSE p.state END,
                    p.until - p.begin - o.ordered)
        ) AS part (shown, seconds)
    ) AS of_orders
    GROUP BY 1, 2, 3 HAVING sum(seconds) > '0' ORDER BY 1, 2, 3
"""


def _shares(machine: Machine, past: Span, buckets: int) -> dict[int, list[Share]]:
    width = past.duration / max(buckets, 1)
    wanted: dict[str, Any] = {
        "machine": machine.pk,
        "start": past.start,
        "end": past.end,
        "last": past.end - MICROSECOND,
        "width": width,
        "standing": list(STANDING),
        "no_order": ShownState.NO_ORDER,
        "setup": ShownState.SETUP,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SHARES, wanted)
        rows = cursor.fetchall()
    found: dict[int, list[Share]] = defaultdict(list)
    for (slot, start), states in groupby(rows, key=itemgetter(0, 1)):
        span, low = Span(start, min(start + width, past.end)), 0.0
        for _slot, _start, state, seconds in states:
            high = low + float(seconds) / span.duration.total_seconds()
            found[slot].append(Share(span, state, round(low, 4), round(min(high, 1.0), 4)))
            low = high
    return found


def _pieces(machine: Machine, past: Span, width: timedelta) -> list[tuple[datetime, Decimal, Decimal]]:
    """Pieces counted by the machine, by the beginning of their bucket, and how many of them were bad."""
    if past.is_empty:
        return []
    rows = (
        Cycle.objects.filter(machine=machine, ended_at__gte=past.start, ended_at__lt=past.end)
        .annotate(
            bucket=DateBin(Value(width, DurationField()), F("ended_at"), Value(past.start, DateTimeField()))
        )
        .order_by("bucket")
        .values_list("bucket")
        .annotate(pieces=Sum("quantity"), of_them=Sum("bad"))
    )
    return list(rows)


def _alarms(machine: Machine, past: Span) -> list[Mark]:
    if past.is_empty:
        return []
    rows = (
        _intervals(machine, past)
        .exclude(alarm="")
        .filter(started_at__gte=past.start)
        .annotate(
            bucket=DateBin(
                Value(max(SHORTEST_BUCKET, past.duration / ALARM_BUCKETS), DurationField()),
                F("started_at"),
                Value(past.start, DateTimeField()),
            )
        )
        .order_by("bucket")
        .values_list("bucket", "alarm")
        .annotate(times=Count("*"), first=Min("started_at"))
    )
    marks = []
    for _bucket, found in groupby(rows, key=itemgetter(0)):
        each = list(found)
        most = max(each, key=itemgetter(2, 1))
        marks.append(Mark(min(row[3] for row in each), most[1], sum(row[2] for row in each)))
    return marks


def _states(machine: Machine, past: Span, runs: Mapping[int, Sequence[RunBar]]) -> dict[int, list[StateBar]]:
    codings = oee.stop_codings([machine.pk], past)
    reasons = oee.stop_reasons({coding.reason for coding in codings})
    rows: dict[int, list[StateInterval]] = defaultdict(list)
    for interval in _intervals(machine, past):
        rows[interval.slot].append(interval)
    return {
        slot: list(
            _with_orders(
                _bars(rows[slot], [row for row in codings if row.slot == slot], reasons, past), runs[slot]
            )
        )
        for slot in range(1, machine.slots + 1)
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


def _with_orders(bars: Iterable[StateBar], runs: Sequence[RunBar]) -> Iterator[StateBar]:
    """States cut where a setup begins or ends, and standstills where an order does."""
    ordered = [run.span for run in runs]
    setups = [run.span for run in runs if run.phase == RunPhase.SETUP]
    for bar in bars:
        parts = [(span, ShownState.SETUP.value) for span in intersect([bar.span], setups)]
        rest = subtract([bar.span], setups)
        if bar.state in STANDING and bar.reason is None:
            parts += [(span, bar.state) for span in intersect(rest, ordered)]
            parts += [(span, ShownState.NO_ORDER.value) for span in subtract(rest, ordered)]
        else:
            parts += [(span, bar.state) for span in rest]
        yield from (StateBar(span, state, bar.alarm, bar.reason) for span, state in sorted(parts))


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
    return {slot: bars[slot] for slot in range(1, machine.slots + 1)}


def _seen(bars: list[RunBar]) -> list[RunBar]:
    """The longest runs where there are too many to be told apart."""
    if len(bars) <= MOST_RUNS:
        return bars
    longest = sorted(bars, key=lambda bar: bar.span.duration, reverse=True)[:MOST_RUNS]
    return sorted(longest, key=lambda bar: bar.span)


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
