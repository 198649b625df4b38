"""Calls for help as pages show them, and how fast somebody came."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from django.db.models import Prefetch, QuerySet

from machines.models import AndonCall, AndonEvent, AndonEventKind, AndonKind, Machine
from mes.accounts.models import User


def calls() -> QuerySet[AndonCall]:
    """Calls with all that pages show of them: two queries."""
    return AndonCall.objects.select_related(
        "machine__area", "machine__plant", "kind", "called_by", "acknowledged_by", "arrived_by", "closed_by"
    ).prefetch_related(Prefetch("events", AndonEvent.objects.select_related("by")))


@dataclass(frozen=True, slots=True)
class OpenCall:
    """A call that isn't closed, with who was told and who has seen it."""

    call: AndonCall
    told: Sequence[str]
    seen: Sequence[User]

    @classmethod
    def of(cls, call: AndonCall) -> OpenCall:
        events = list(call.events.all())
        told = [event.text for event in events if event.kind == AndonEventKind.TOLD]
        seen = [event.by for event in events if event.kind == AndonEventKind.SEEN and event.by is not None]
        return cls(call, list(dict.fromkeys(told)), seen)


def open_calls(machines: Iterable[int] | QuerySet[Machine] | None = None) -> list[OpenCall]:
    """The longest waiting first; those that somebody comes to after those that nobody does. Two queries."""
    waiting = calls().filter(closed_at__isnull=True)
    if machines is not None:
        waiting = waiting.filter(machine__in=machines)
    rows = sorted(waiting, key=lambda call: (call.acknowledged_at is not None, call.called_at))
    return [OpenCall.of(call) for call in rows]


def addressed(call: OpenCall, person: User) -> bool:
    """Whether ``person`` was told, by name or by role."""
    return str(person) in call.told or not set(person.roles).isdisjoint(call.told)


@dataclass(frozen=True, slots=True)
class Response:
    """How fast help of one kind came: medians over the calls that got so far; None without any."""

    kind: AndonKind
    calls: int
    automatic: int
    escalated: int
    acknowledge: timedelta | None
    arrive: timedelta | None
    close: timedelta | None


def responses(found: Iterable[AndonCall]) -> list[Response]:
    """By kind, the most frequent first. No query."""
    by_kind: dict[int, list[AndonCall]] = defaultdict(list)
    for call in found:
        by_kind[call.kind_id].append(call)
    rows = [
        Response(
            rows[0].kind,
            len(rows),
            sum(call.automatic for call in rows),
            sum(call.told_minutes > 0 for call in rows),
            _median([(call.called_at, call.acknowledged_at) for call in rows]),
            _median([(call.called_at, call.arrived_at) for call in rows]),
            _median([(call.called_at, call.closed_at) for call in rows]),
        )
        for rows in by_kind.values()
    ]
    return sorted(rows, key=lambda row: (-row.calls, row.kind.code))


def _median(pairs: Iterable[tuple[datetime, datetime | None]]) -> timedelta | None:
    lengths = [(end - start).total_seconds() for start, end in pairs if end is not None]
    return timedelta(seconds=median(lengths)) if lengths else None
