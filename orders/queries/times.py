"""How long an operation was worked on until a moment: totals from its runs, people and machine states."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import TypeVar

from django.db.models import Min

from machines.domain.coding import Said, Standstill, pieces_of
from machines.domain.stops import as_said
from machines.enums import MachineState
from machines.models import StateInterval, StopCoding
from mes.lib.spans import Span
from orders.models import Operation, Run, RunPerson

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
K = TypeVar("K", bound=Hashable)
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


def began_at(operations: Collection[int]) -> dict[int, datetime]:
    """When the first run on each operation (by its key) began; those without runs are left out. One query."""
    runs = Run.objects.filter(operation__any=list(operations)).order_by()
    return dict(runs.values_list("operation_id").annotate(first=Min("started_at")))


def work_times_within(operation: Operation, spans: Sequence[Span]) -> dict[Span, WorkTimes]:
    """Totals within each of ``spans``, which lie in order and don't overlap; what still runs counts up to the
    last one's end. Moments count in whole milliseconds, so that parts add up to the whole exactly. At most
    four queries."""
    found = {span: WorkTimes() for span in spans}
    if spans:
        runs = Run.objects.filter(operation=operation, started_at__lt=spans[-1].end)
        found |= _times(runs, spans, by=lambda _run: operation.pk).get(operation.pk, {})
    return found


def work_times_by_machine(
    operations: Collection[int], *, until: datetime
) -> dict[tuple[int, int], WorkTimes]:
    """Totals up to ``until`` (UTC) by operation and machine, of those that were worked on. At most four
    queries for any number."""
    whole = Span(datetime.min.replace(tzinfo=UTC), until)
    runs = Run.objects.filter(operation__any=operations, started_at__lt=until)
    found = _times(runs, [whole], by=lambda run: (run.operation_id, run.machine_id))
    return {key: times[whole] for key, times in found.items()}


def _times(
    runs: Iterable[Run], spans: Sequence[Span], *, by: Callable[[Run], K]
) -> dict[K, dict[Span, WorkTimes]]:
    """Totals within each span, of the runs that have the same key."""
    until = spans[-1].end
    found: dict[K, dict[Span, WorkTimes]] = {}
    keys: dict[int, K] = {}
    share = _Share(spans)
    stretches: list[tuple[K, _Stretch]] = []
    for run in runs:
        key = keys[run.pk] = by(run)
        times = found.setdefault(key, {span: WorkTimes() for span in spans})
        end = max(min(run.ended_at or until, until), run.started_at)
        turn = max(run.started_at, min(run.production_at or end, end))
        for span, seconds in share.of(run.started_at, turn):
            times[span].setup += seconds
        for span, seconds in share.of(turn, end):
            times[span].run += seconds
        if end > turn:
            stretches.append((key, _Stretch(run.machine_id, run.slot, Span(turn, end))))
    for key, code, start, end in _stops(stretches):
        for span, seconds in share.of(start, end):
            times = found[key]
            times[span].run -= seconds
            times[span].stop += seconds
            times[span].stops[code] = times[span].stops.get(code, Decimal(0)) + seconds
    people = RunPerson.objects.filter(run__in=list(keys), started_at__lt=until)
    for run_id, started, ended in people.values_list("run_id", "started_at", "ended_at"):
        for span, seconds in share.of(started, min(ended or until, until)):
            found[keys[run_id]][span].labour += seconds
    for times in found.values():
        for total in times.values():
            total.stops = dict(sorted(total.stops.items()))
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


def _stops(stretches: list[tuple[K, _Stretch]]) -> Iterator[tuple[K, str, datetime, datetime]]:
    """Stop time inside the stretches, with its reason code."""
    if not stretches:
        return
    machines = {stretch.machine for _key, stretch in stretches}
    first = min(stretch.span.start for _key, stretch in stretches)
    last = max(stretch.span.end for _key, stretch in stretches)
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
    for key, stretch in stretches:
        place = (stretch.machine, stretch.slot)
        for pieces in pieces_of(standing[place], said[place]).values():
            for piece in pieces:
                start = max(piece.start, stretch.span.start)
                end = min(piece.end or stretch.span.end, stretch.span.end)
                if start < end:
                    yield key, _code(piece.ref), start, end


def _code(coding: StopCoding | None) -> str:
    return "" if coding is None else coding.reason.erp_code or coding.reason.code


def _milliseconds(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(milliseconds=1)
