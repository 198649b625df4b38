"""What happened to an order: the audit list, scrap by reason, and times planned beside times measured."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import F, Max, Q, QuerySet, Sum, Window
from django.utils import timezone

from orders.enums import EventKind, OperationState
from orders.models import Operation, ProductionEvent, ProductionOrder, Run, ScrapReason


@dataclass(frozen=True, slots=True)
class Times:
    """Planned and measured time of one operation. Measured is time on the machine with stops and breaks."""

    operation: Operation
    planned_setup: timedelta
    planned_run: timedelta
    setup: timedelta
    run: timedelta
    seconds_per_piece: Decimal | None


def events_of(order: ProductionOrder, *, counts: bool = False) -> QuerySet[ProductionEvent]:
    """Events, newest first, each with the operation's totals after it (``good_after`` …). Without ``counts``
    the machine's own counts are left out, yet they are in the totals."""

    def total(name: str) -> Window:
        return Window(Sum(name), partition_by=[F("operation")], order_by=[F("id").asc()])

    events = ProductionEvent.objects.filter(order=order).annotate(
        good_after=total("good"), scrap_after=total("scrap"), rework_after=total("rework")
    )
    if not counts:
        # A condition on a window is applied after the totals are made; one on a column would be before.
        events = events.annotate(shown_kind=Window(Max("kind"), partition_by=[F("id")])).exclude(
            shown_kind=EventKind.COUNTED
        )
    return events.select_related(
        "operation", "machine", "by", "scrap_reason", "reverses", "reversed_by"
    ).order_by("-id")


@dataclass(frozen=True, slots=True)
class Scrap:
    """``reason`` None: nobody gave one."""

    reason: ScrapReason | None
    scrap: Decimal
    rework: Decimal

    @property
    def total(self) -> Decimal:
        return self.scrap + self.rework


def scrap_by_reason(order: ProductionOrder) -> list[Scrap]:
    """Scrap and rework by reason, most first; corrections are already in the sums."""
    rows = (
        ProductionEvent.objects.filter(order=order)
        .exclude(scrap=0, rework=0)
        .values("scrap_reason")
        .annotate(total_scrap=Sum("scrap"), total_rework=Sum("rework"))
        .filter(Q(total_scrap__gt=0) | Q(total_rework__gt=0))
        .order_by("-total_scrap", "-total_rework")
    )
    listed = list(rows)
    reasons = ScrapReason.objects.in_bulk([row["scrap_reason"] for row in listed if row["scrap_reason"]])
    return [
        Scrap(reasons.get(row["scrap_reason"]), row["total_scrap"], row["total_rework"]) for row in listed
    ]


def times_of(
    operations: Iterable[Operation], runs: Iterable[Run], *, now: datetime | None = None
) -> list[Times]:
    """One row per operation that isn't cancelled."""
    moment = now or timezone.now()
    setup: dict[int, timedelta] = defaultdict(timedelta)
    production: dict[int, timedelta] = defaultdict(timedelta)
    for run in runs:
        end = run.ended_at or moment
        begun = min(run.production_at or end, end)
        setup[run.operation_id] += begun - run.started_at
        production[run.operation_id] += end - begun
    return [
        Times(
            operation=operation,
            planned_setup=timedelta(seconds=float(operation.setup_seconds)),
            planned_run=timedelta(seconds=float(operation.seconds_per_piece * operation.quantity)),
            setup=setup[operation.pk],
            run=production[operation.pk],
            seconds_per_piece=_per_piece(operation, production[operation.pk]),
        )
        for operation in operations
        if operation.state != OperationState.CANCELLED
    ]


def _per_piece(operation: Operation, worked: timedelta) -> Decimal | None:
    pieces: Decimal = operation.good + operation.scrap + operation.rework
    if pieces <= 0 or not worked:
        return None
    return (Decimal(str(worked.total_seconds())) / pieces).quantize(Decimal("0.1"))
