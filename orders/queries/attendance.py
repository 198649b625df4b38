"""How long people worked on operations, where each moment of a person counts once.

Someone who looks after several machines works on several runs at a time. Such a moment counts in equal parts
for each of them, so that the hours charged to orders are the hours that were paid. (A confirmation to the ERP
has crew × time of each operation instead: `orders.queries.times`.)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Generic, TypeVar

from django.db.models import Q

from machines.domain.calendars.load import load_calendars
from orders.models import RunPerson

K = TypeVar("K", bound=Hashable)
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Work(Generic[K]):
    """A person at one of their tasks, [start, end) in UTC."""

    task: K
    start: datetime
    end: datetime


@dataclass(slots=True)
class Attended:
    """Hours of people on one operation; ``overtime`` are those outside the shifts of their machine."""

    labour: Decimal = Decimal(0)
    overtime: Decimal = Decimal(0)


def attended_hours(operations: Collection[int], *, until: datetime) -> dict[int, Attended]:
    """By operation, up to ``until`` (UTC), of those that people worked on. A constant number of queries."""
    runs = RunPerson.objects.filter(run__operation__any=operations, started_at__lt=until)
    spans = list(runs.values_list("person_id", "started_at", "ended_at"))
    if not spans:
        return {}
    first = min(started for _person, started, _ended in spans)
    last = max(ended or until for _person, _started, ended in spans)
    all_of_them = RunPerson.objects.filter(
        Q(ended_at__isnull=True) | Q(ended_at__gt=first),
        person__any={person for person, _started, _ended in spans},
        started_at__lt=min(last, until),
    )
    by_person: dict[int, list[Work[tuple[int, int]]]] = defaultdict(list)
    for person, operation, machine, started, ended in all_of_them.values_list(
        "person_id", "run__operation_id", "run__machine_id", "started_at", "ended_at"
    ):
        by_person[person].append(Work((operation, machine), started, min(ended or until, until)))
    calendars = load_calendars({work.task[1] for done in by_person.values() for work in done})
    wanted = set(operations)
    found: dict[int, Attended] = defaultdict(Attended)
    for done in by_person.values():
        for work, parts in shared(done):
            operation, machine = work.task
            if operation not in wanted:
                continue
            length = work.end - work.start
            found[operation].labour += _hours(length) / parts
            if machine in calendars:
                in_shift = calendars[machine].working_time(work.start, work.end)
                found[operation].overtime += _hours(length - in_shift) / parts
    return dict(found)


def shared(done: Iterable[Work[K]]) -> Iterator[tuple[Work[K], int]]:
    """What one person did, cut where anything begins or ends; each piece with how many tasks share its time.

    The pieces of a task make up exactly its time.
    """
    listed = sorted((work for work in done if work.start < work.end), key=lambda work: work.start)
    borders = sorted({moment for work in listed for moment in (work.start, work.end)})
    active: list[Work[K]] = []
    coming = iter(listed)
    following = next(coming, None)
    for start, end in pairwise(borders):
        active = [work for work in active if work.end > start]
        while following is not None and following.start <= start:
            active.append(following)
            following = next(coming, None)
        for work in active:
            yield Work(work.task, start, end), len(active)


def _hours(length: timedelta) -> Decimal:
    return Decimal(length // timedelta(milliseconds=1)) / (HOUR // timedelta(milliseconds=1))
