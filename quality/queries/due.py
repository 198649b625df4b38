"""Which inspections are due, overdue or missed, and what was found last."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet

from orders.models import Hold, HoldKind, Operation
from quality.enums import PlanState, Verdict
from quality.models import Characteristic, InspectionDemand, InspectionResult

PATIENCE = timedelta(minutes=15)
"""What is due for longer is overdue."""
AFTER_THE_END = timedelta(days=2)
"""So long after its end an operation is still asked about."""


@dataclass(frozen=True, slots=True)
class Due:
    """An open demand. ``missed``: a later sample of the same kind is asked for already."""

    demand: InspectionDemand
    overdue: bool
    missed: bool

    @property
    def left(self) -> int:
        return self.demand.wanted - self.demand.done


def demands_due(*, now: datetime, operations: Collection[int] | None = None) -> list[Due]:
    """Open demands, of some operations or all, oldest first, up to two days after the operation's end. One
    query."""
    ended = Q(operation__finished_at__lte=now - AFTER_THE_END)
    demands = InspectionDemand.objects.filter(~ended, done__lt=F("wanted")).select_related(
        "characteristic__gauge", "operation__order__item", "operation__machine_group", "machine"
    )
    if operations is not None:
        demands = demands.filter(operation__in=operations)
    found = list(demands.order_by("due_at", "pk")[:500])
    latest = {(one.operation_id, one.characteristic_id, one.reason): one.pk for one in found}
    return [
        Due(
            one,
            overdue=one.due_at < now - PATIENCE,
            missed=latest[one.operation_id, one.characteristic_id, one.reason] != one.pk,
        )
        for one in found
    ]


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
