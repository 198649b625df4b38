"""Speed and pieces of a machine by bucket of time."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Aggregate, DateTimeField, DurationField, F, Sum, Value

from machines.models import Cycle, Machine
from mes.lib.spans import Span
from quality.queries.timeline.buckets import SHORTEST_BUCKET, DateBin

BUCKETS = 480
"""How many points of speed a picture gets at most."""


class Median(Aggregate):
    """PostgreSQL's continuous median; one cycle with a standstill in it doesn't move it."""

    function = "percentile_cont"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()


def pieces(machine: Machine, past: Span, width: timedelta) -> list[tuple[datetime, Decimal, Decimal]]:
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


def speed(machine: Machine, past: Span) -> list[tuple[datetime, timedelta]]:
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
