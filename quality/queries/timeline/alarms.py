"""The codes that a machine reported, by bucket of time."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter

from django.db.models import Count, DateTimeField, DurationField, F, Min, Value

from machines.models import Machine
from mes.lib.spans import Span
from quality.queries.timeline.buckets import SHORTEST_BUCKET, DateBin
from quality.queries.timeline.picture import Mark
from quality.queries.timeline.states import intervals

ALARM_BUCKETS = 100


def alarms(machine: Machine, past: Span) -> list[Mark]:
    if past.is_empty:
        return []
    rows = (
        intervals(machine, past)
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
