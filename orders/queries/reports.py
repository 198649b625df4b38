"""Reported quantities of an operation, and who may correct which."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mes.accounts.models import User
from mes.accounts.roles import Right
from orders.enums import EventKind
from orders.models import Operation, ProductionEvent

CORRECTABLE = (EventKind.REPORTED, EventKind.RECLASSIFIED)


@dataclass(frozen=True, slots=True)
class Report:
    event: ProductionEvent
    reversed: bool
    correctable: bool


def recent_reports(operation: Operation, *, person: User, most: int) -> list[Report]:
    """The newest reports of an operation, and whether ``person`` may correct each. Two queries."""
    events = list(
        ProductionEvent.objects.filter(operation=operation, kind__in=CORRECTABLE)
        .select_related("by", "scrap_reason", "reversed_by")
        .order_by("-id")[:most]
    )
    last_own = _last_own_report(operation.pk, person)
    return [
        Report(event, was_reversed(event), _may_correct(event, person, last_own=last_own)) for event in events
    ]


def may_correct(event: ProductionEvent, person: User) -> bool:
    """A supervisor or quality corrects any report, others their own last one on the operation."""
    if event.operation_id is None:
        return False
    return _may_correct(event, person, last_own=_last_own_report(event.operation_id, person))


def was_reversed(event: ProductionEvent) -> bool:
    return hasattr(event, "reversed_by")


def _may_correct(event: ProductionEvent, person: User, *, last_own: int | None) -> bool:
    if event.kind not in CORRECTABLE or was_reversed(event) or event.disposed:
        return False
    return person.may(Right.CORRECT) or event.pk == last_own


def _last_own_report(operation: int, person: User) -> int | None:
    own: Iterable[int] = (
        ProductionEvent.objects.filter(
            operation=operation, by=person, kind__in=CORRECTABLE, reversed_by__isnull=True
        )
        .order_by("-id")
        .values_list("pk", flat=True)[:1]
    )
    return next(iter(own), None)
