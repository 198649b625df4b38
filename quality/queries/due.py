"""Which inspections are due, overdue or missed, and what was found last."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, When

from orders.models import Hold, HoldKind, Operation
from quality.enums import PlanState, Verdict
from quality.models import Characteristic, InspectionDemand, InspectionOmission, InspectionResult

PATIENCE = timedelta(minutes=15)
"""What is due for longer is overdue."""
AFTER_THE_END = timedelta(days=2)
"""So long after its end an operation can still be inspected; then its pieces are gone."""


@dataclass(frozen=True, slots=True)
class Due:
    """An open demand. ``missed``: a later sample of the same kind is asked for already, or the operation has
    ended too long ago."""

    demand: InspectionDemand
    overdue: bool
    missed: bool

    @property
    def left(self) -> int:
        return self.demand.wanted - self.demand.done


def open_demands(*, now: datetime, missed: bool | None = None) -> QuerySet[InspectionDemand]:
    """What was asked for and neither done nor given up, oldest first, each with ``missed`` as in ``Due``: all
    of it, or only what was missed or wasn't."""
    same = InspectionDemand.objects.filter(
        operation=OuterRef("operation"), characteristic=OuterRef("characteristic"), reason=OuterRef("reason")
    )
    later = same.filter(
        Q(due_at__gt=OuterRef("due_at")) | Q(due_at=OuterRef("due_at"), pk__gt=OuterRef("pk"))
    )
    gone = Q(operation__finished_at__isnull=False, operation__finished_at__lte=now - AFTER_THE_END)
    found = (
        InspectionDemand.objects.filter(~Exists(given_up()), done__lt=F("wanted"))
        .annotate(missed=Case(When(gone | Exists(later), then=True), default=False))
        .select_related(
            "characteristic__gauge",
            *("operation__order__item", "operation__order__plant", "operation__machine_group"),
            "machine",
        )
        .order_by("due_at", "pk")
    )
    return found if missed is None else found.filter(missed=missed)


def given_up() -> QuerySet[InspectionOmission]:
    """What was said of a demand of the outer query: why it isn't done."""
    return InspectionOmission.objects.filter(
        operation=OuterRef("operation"),
        characteristic=OuterRef("characteristic"),
        trigger=OuterRef("trigger"),
    )


def demands_due(*, now: datetime, operations: Collection[int]) -> list[Due]:
    """The open demands of some operations, oldest first. One query."""
    return told_due(open_demands(now=now).filter(operation__in=operations), now=now)


def told_due(demands: Iterable[InspectionDemand], *, now: datetime) -> list[Due]:
    """Open demands (of ``open_demands``) as they stand ``now``."""
    return [Due(one, overdue=one.due_at < now - PATIENCE, missed=one.missed) for one in demands]  # type: ignore[attr-defined]


def characteristics_of(operation: Operation) -> QuerySet[Characteristic]:
    """Those of the plan in force for the operation, by code."""
    revision = (
        Characteristic.objects.filter(
            plan__state=PlanState.RELEASED,
            plan__plant=operation.plant_id,
            plan__item=operation.order.item_id,
            plan__operation_number=operation.number,
            plan__revision__in=("", operation.order.revision),
        )
        .order_by("-plan__revision")
        .values("plan_id")[:1]
    )
    return Characteristic.objects.filter(plan__in=revision).select_related("gauge", "plan").order_by("code")


def latest_results(characteristic: Characteristic, *, most: int) -> list[InspectionResult]:
    """The newest results of the characteristic that were not corrected, oldest first."""
    found = (
        InspectionResult.objects.filter(characteristic=characteristic, corrected_by__isnull=True)
        .select_related("by", "operation__order", "machine")
        .order_by("-at", "-pk")[:most]
    )
    return list(reversed(found))


def quality_holds(operation: int) -> QuerySet[Hold]:
    """The open quality holds of an operation, oldest first."""
    return Hold.objects.filter(operation=operation, kind=HoldKind.QUALITY, lifted_at__isnull=True).order_by(
        "placed_at", "pk"
    )


def unraised_miss(operation: int) -> InspectionResult | None:
    """The latest result of an operation that missed and for which nobody has raised a nonconformance."""
    return (
        InspectionResult.objects.filter(
            operation=operation,
            verdict=Verdict.FAILED,
            corrected_by__isnull=True,
            nonconformances__isnull=True,
        )
        .order_by("-at", "-pk")
        .first()
    )
