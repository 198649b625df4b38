"""Operations that a supplier does: which there are, and since when they keep an order away from the plant's
own machines."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from orders.enums import OperationState, OrderState
from orders.models import Operation
from orders.queries.work import OVER


def away_since(sent: datetime | None, came_before: datetime | None) -> datetime | None:
    """``sent``: when it was said to leave. ``came_before``: when what precedes it in its sequence ended. The
    earlier of both: what lies ready to be sent waits for its supplier, too. None: its turn hasn't come."""
    return min((one for one in (sent, came_before) if one is not None), default=None)


def ended_before(operation: Operation) -> datetime | None:
    """When what precedes the operation in its sequence ended; None: nothing does, or it goes on. A query."""
    asked = Operation.objects.filter(pk=operation.pk)
    before: datetime | None = asked.annotate(at=_before("finished_at")).values_list("at", flat=True).get()
    return before


def outside_work() -> QuerySet[Operation]:
    """What is at a supplier or could go to one: operations with ``came_before``, when what
    precedes them ended (None: nothing does, or it goes on), those away for longest first."""
    return (
        Operation.objects.filter(outside=True, order__state__in=(OrderState.RELEASED, OrderState.RUNNING))
        .exclude(state__in=OVER)
        .annotate(came_before=_before("finished_at"), ready=_before("good"), before=_before("pk"))
        .filter(Q(started_at__isnull=False) | Q(before=None) | Q(came_before__isnull=False) | Q(ready__gt=0))
        .select_related("plant", "order__item", "order__unit", "machine_group")
        .order_by(F("started_at").asc(nulls_last=True), F("came_before").asc(nulls_last=True), "pk")
    )


def _before(name: str) -> Subquery:
    """A field of what precedes an operation in its sequence."""
    earlier = Operation.objects.filter(
        order=OuterRef("order"), sequence=OuterRef("sequence"), position__lt=OuterRef("position")
    )
    rows = earlier.exclude(state=OperationState.CANCELLED).order_by("-position")
    return Subquery(rows.values(name)[:1])
