"""Orders as lists and pages show them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import F, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from mes.lib.fields import ZERO
from orders.enums import OperationState, OrderState
from orders.models import Hold, Operation, OrderComponent, ProductionOrder

OPEN_STATES = (OrderState.PLANNED, OrderState.RELEASED, OrderState.RUNNING)


@dataclass(frozen=True, slots=True)
class Progress:
    """One operation as a small bar; ``done`` is the good share of its quantity, 0 to 1."""

    operation: Operation
    done: Decimal

    @property
    def percent(self) -> int:
        return round(self.done * 100)


def good_of_last_operation() -> Coalesce:
    """For updates and annotations of orders: the good pieces of the last operation that isn't cancelled."""
    operations = Operation.objects.filter(order=OuterRef("pk")).exclude(state=OperationState.CANCELLED)
    return Coalesce(Subquery(operations.order_by("-position", "-id").values("good")[:1]), ZERO)


def listed_orders() -> QuerySet[ProductionOrder]:
    """Orders with everything a row of the list shows: three queries for any number of rows."""
    return (
        ProductionOrder.objects.select_related("item", "unit", "plant", "customer_line__order__customer")
        .annotate(due_at=Coalesce("promised_at", "requested_at"))
        .prefetch_related(
            Prefetch("operations", Operation.objects.order_by("position")),
            Prefetch("holds", Hold.objects.filter(lifted_at__isnull=True)),
        )
    )


def late() -> Q:
    """Finished, or still open, after the promised (else the requested) date."""
    return Q(due_at__lt=Coalesce("finished_at", timezone.now())) & ~Q(state=OrderState.CANCELLED)


def is_late(order: ProductionOrder) -> bool:
    """The same for one order that is loaded."""
    due = order.promised_at or order.requested_at
    if due is None or order.state == OrderState.CANCELLED:
        return False
    return due < (order.finished_at or timezone.now())


def progress_of(operations: Iterable[Operation]) -> list[Progress]:
    return [
        Progress(operation, _share(operation))
        for operation in operations
        if operation.state != OperationState.CANCELLED
    ]


def _share(operation: Operation) -> Decimal:
    if operation.state == OperationState.FINISHED:
        return Decimal(1)
    share: Decimal = operation.good / operation.quantity
    return min(max(share, Decimal(0)), Decimal(1))


def components_of(order: ProductionOrder) -> QuerySet[OrderComponent]:
    return (
        OrderComponent.objects.filter(order=order)
        .select_related("item", "unit")
        .annotate(short=F("quantity") - F("reserved") - F("issued"))
        .order_by("position")
    )
