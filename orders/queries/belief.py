"""What was booked up to a moment: what we believed then, whatever was corrected since."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Max, Q, Sum

from mes.lib.fields import ZERO
from orders.enums import EventKind
from orders.models import Operation, ProductionEvent

FIGURES = ("good", "scrap", "rework", "setup_pieces")
QUANTITIES = (EventKind.REVERSED, EventKind.REPORTED, EventKind.RECLASSIFIED, EventKind.COUNTED)


@dataclass(frozen=True, slots=True)
class Belief:
    """Pieces of an operation as recorded by then, and as they stand now; ``last_at`` is the last record."""

    operation: Operation
    then: tuple[Decimal, ...]
    now: tuple[Decimal, ...]
    last_at: datetime | None

    @property
    def pairs(self) -> list[tuple[Decimal, Decimal]]:
        return list(zip(self.then, self.now, strict=True))

    @property
    def differs(self) -> bool:
        return self.then != self.now


def believed(operations: Collection[Operation], at: datetime) -> list[Belief]:
    """The quantities of these operations by all that was recorded up to ``at`` (UTC). One query."""
    then = Q(recorded_at__lte=at)
    sums = {f"then_{name}": Sum(name, filter=then) for name in FIGURES}
    sums |= {f"now_{name}": Sum(name) for name in FIGURES}
    rows: dict[int, dict[str, Any]] = {
        row["operation"]: dict(row)
        for row in ProductionEvent.objects.filter(operation__in=operations)
        .order_by()
        .values("operation")
        .annotate(last_at=Max("recorded_at", filter=then), **sums)
    }
    return [
        Belief(
            operation=operation,
            then=tuple(rows.get(operation.pk, {}).get(f"then_{name}") or ZERO for name in FIGURES),
            now=tuple(rows.get(operation.pk, {}).get(f"now_{name}") or ZERO for name in FIGURES),
            last_at=rows.get(operation.pk, {}).get("last_at"),
        )
        for operation in operations
    ]


def recorded_later(
    operations: Collection[Operation], at: datetime, *, most: int = 100
) -> list[ProductionEvent]:
    """What changed quantities since, newest first."""
    later = ProductionEvent.objects.filter(
        operation__in=operations, recorded_at__gt=at, kind__in=QUANTITIES
    ).select_related("operation__order", "by", "reverses")
    return list(later.order_by("-id")[:most])


def operations_on(machine_id: int, start: datetime, end: datetime) -> list[Operation]:
    """Operations for which something was booked on a machine for [start, end)."""
    booked = ProductionEvent.objects.filter(
        machine=machine_id, occurred_at__gte=start, occurred_at__lt=end, operation__isnull=False
    )
    found = Operation.objects.filter(pk__in=booked.values("operation")).select_related("order__item")
    return list(found.order_by("order__number", "position"))
