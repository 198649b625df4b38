"""How long an operation was worked on until a moment: totals from its runs, people and machine states."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice

from django.db.models import Min

from machines.domain.coding import Said, Standstill, pieces_of
from machines.domain.stops import as_said
from machines.enums import MachineState
from machines.models import StateInterval, StopCoding
from mes.lib.spans import Span
from orders.models import Operation, Run, RunPerson

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
STOPPED = (MachineState.STOP, MachineState.MAINTENANCE)


@dataclass(slots=True)
class WorkTimes:
    """Totals since the operation began, in seconds. ``run`` leaves the stops out; ``labour`` sums people.

    ``stops`` has the stop seconds by reason code; "" where nobody named a reason.
    """

    setup: Decimal = Decimal(0)
    run: Decimal = Decimal(0)
    stop: Decimal = Decimal(0)
    labour: Decimal = Decimal(0)
    stops: dict[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Stretch:
    machine: int
    slot: int
    span: Span


def work_times(operation: Operation, *, until: datetime) -> WorkTimes:
    """Totals up to ``until`` (UTC); what still runs counts up to there. At most four queries."""
    whole = Span(datetime.min.replace(tzinfo=UTC), until)
    return work_times_within(operation, [whole])[whole]


def began_at(operation: Operation) -> datetime | None:
    """When the first run on the operation began."""
    found: datetime | None = Run.objects.filter(operation=operation).aggregate(first=Min("started_at"))[
        "first"
    ]
    return found


def work_times_within(operation: Operation, spans: Sequence[Span]) -> dict[Span, WorkTimes]:
    """Totals within each of ``spans``, which lie in order and don't overlap; what still runs counts up to the
    last one's end. Moments count in whole milliseconds, so that parts add up to the whole exactly. At most
    four queries."""
    found = {span: WorkTimes() for span in spans}
    if not spans:
        return found
    until = spans[-1].end
    runs = list(Run.objects.filter(operation=operation, started_at__lt=until))
    if not runs:
        return found
    share = _Share(spans)
    stretches: list[_Stretch] = []
    for run in runs:
        end = max(min(run.ended_at or until, until), run.started_at)
        turn = max(run.started_at, min(run.production_at or end, end))
        for span, seconds in share.of(run.started_at, turn):
            found[span].setup += seconds
        for span, seconds in share.of(turn, end):
            found[span].run += seconds
        if end > turn:
            stretches.append(_Stretch(run.machine_id, run.slot, Span(turn, end)))
    for code, start, end in _stops(stretches):
        for span, seconds in share.of(start, end):
            found[span].run -= seconds
            found[span].stop += seconds
            found[span].stops[code] = found[span].stops.get(code, Decimal(0)) + seconds
    people = RunPerson.objects.filter(run__in=runs, started_at__lt=until)
    for started, ended in people.values_list("started_at", "ended_at"):
        for span, seconds in share.of(started, min(ended or until, until)):
            found[span].labour += seconds
    for times in found.values():
        times.stops = dict(sorted(times.stops.items()))
    return found


class _Share:
    """Shares a stretch of time out to the spans that it touches."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self.spans = spans
        self._ends = [span.end for span in spans]

    def of(self, start: datetime, end: datetime) -> Iterator[tuple[Span, Decimal]]:
        for span in islice(self.spans, bisect_right(self._ends, start), None):
            if span.start >= end:
                return
            inside = _milliseconds(min(end, span.end)) - _milliseconds(max(start, span.start))
            if inside > 0:
                yield span, Decimal(inside) / 1000


def _stops(stretches: list[_Stretch]) -> Iterator[tuple[str, datetime, datetime]]:
    """Stop time inside the stretches, with its reason code."""
    if not stretches:
        return
    machines = {stretch.machine for stretch in stretches}
    first, last = min(s.span.start for s in stretches), max(s.span.end for s in stretches)
    states = StateInterval.objects.filter(machine__in=machines, state__in=STOPPED, started_at__lt=last)
    standstills = list(
        states.exclude(ended_at__lte=first).values_list("machine_id", "slot", "started_at", "ended_at")
    )
    if not standstills:
        return
    codings = StopCoding.objects.in_force().filter(machine__in=machines, span__overlap=(first, last))
    said: dict[tuple[int, int], list[Said[StopCoding]]] = defaultdict(list)
    for coding in codings.select_related("reason"):
        said[coding.machine_id, coding.slot].append(as_said(coding))
    standing: dict[tuple[int, int], list[Standstill]] = defaultdict(list)
    for machine, slot, started, ended in standstills:
        standing[machine, slot].append(Standstill(started, ended))
    for stretch in stretches:
        place = (stretch.machine, stretch.slot)
        for pieces in pieces_of(standing[place], said[place]).values():
            for piece in pieces:
                start = max(piece.start, stretch.span.start)
                end = min(piece.end or stretch.span.end, stretch.span.end)
                if start < end:
                    yield _code(piece.ref), start, end


def _code(coding: StopCoding | None) -> str:
    return "" if coding is None else coding.reason.erp_code or coding.reason.code


def _milliseconds(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(milliseconds=1)
