"""What the pure attribution is given: cycles and runs as they are stored."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.db.models import Q

from machines.enums import CycleFlag
from machines.models import Cycle
from orders.domain.attribution import CLOCKS_AGREE, CountedCycle, RunSpan
from orders.enums import Doubt
from orders.models import Operation, Run

BUCKET = timedelta(minutes=10)
DOUBTS = {
    CycleFlag.IMPLAUSIBLE: Doubt.IMPLAUSIBLE,
    CycleFlag.CORRECTED: Doubt.CORRECTED,
    CycleFlag.SUSPICIOUS: Doubt.SUSPICIOUS,
}


def bucket_of(moment: datetime) -> datetime:
    """The start of the ten minutes (UTC) that hold ``moment``."""
    seconds = BUCKET.total_seconds()
    return datetime.fromtimestamp(moment.timestamp() // seconds * seconds, UTC)


def counted_cycles(cycles: Iterable[Cycle]) -> list[CountedCycle]:
    return [
        CountedCycle(
            slot=cycle.slot,
            credit_at=cycle.credit_at,
            quantity=cycle.quantity,
            program=cycle.program,
            duration=cycle.duration,
            since=cycle.since,
            bad=cycle.bad,
            waiting=cycle.waiting,
            setup=bool(cycle.flags & CycleFlag.SETUP),
            doubt=doubt_of(cycle.flags) if cycle.waiting else "",
            key=(cycle.slot, cycle.ended_at, cycle.nth),
        )
        for cycle in cycles
    ]


def doubt_of(flags: int) -> Doubt:
    """Why the pieces of a cycle wait (C6 to C8)."""
    for flag, doubt in DOUBTS.items():
        if flags & flag:
            return doubt
    return Doubt.SUSPICIOUS


def span_of(run: Run, operation: Operation) -> RunSpan:
    return RunSpan(
        id=run.pk,
        slot=run.slot,
        start=run.started_at,
        end=run.ended_at,
        production_at=run.production_at,
        program=operation.program,
        inferred=run.inferred,
    )


def spans_between(machine_id: int, first: datetime, last: datetime) -> list[RunSpan]:
    """Every run that touches [first, last] by the accuracy of clocks. One query."""
    runs = Run.objects.filter(machine_id=machine_id, started_at__lte=last + CLOCKS_AGREE).filter(
        Q(ended_at__isnull=True) | Q(ended_at__gt=first)
    )
    return [span_of(run, run.operation) for run in runs.select_related("operation").order_by("started_at")]
