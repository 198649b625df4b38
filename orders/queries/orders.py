"""Orders as lists and pages show them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import F, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from mes.lib.fields import ZERO
from orders.enums import OperationState, OrderState
from orders.models import CustomerOrderLine, Hold, Operation, OrderComponent, ProductionOrder

OPEN_STATES = (OrderState.PLANNED, OrderState.RELEASED, OrderState.RUNNING)


@dataclass(frozen=True, slots=True)
class Progress:
    """One operation as a small bar; ``done`` is the good share of its quantity, 0 to 1."""

    operation: Operation
    done: Decimal

    @property
    def percent(self) -> int:
        return _percent(self.done)


def good_of_last_operation() -> Coalesce:
    """For updates and annotations of orders: the good pieces of the last operation that isn't cancelled."""
    operations = Operation.objects.filter(order=OuterRef("pk"), rework_of__isnull=True).exclude(
        state=OperationState.CANCELLED
    )
    return Coalesce(Subquery(operations.order_by("-position", "-id").values("good")[:1]), ZERO)


DUE_AT = Coalesce("promised_at", "requested_at")
ROW_FIELDS = (
    "number",
    "strategy",
    "revision",
    "state",
    "erp_status",
    "quantity",
    "good",
    "scrap",
    "requested_at",
    "promised_at",
    "finished_at",
    "item__code",
    "item__name",
    "unit__symbol",
    "plant__time_zone",
    "customer_line",
)


@dataclass(frozen=True, slots=True)
class Step:
    """One operation of a row: what its small bar says. Pieces in the unit of the order."""

    number: str
    text: str
    state: OperationState
    good: Decimal
    quantity: Decimal

    @property
    def percent(self) -> int:
        return _percent(_share(self))


def listed_orders() -> QuerySet[ProductionOrder]:
    """Orders with all that their pages show and the operations that a forecast needs: two queries."""
    related = ("item", "unit", "plant", "customer_line__order__customer")
    orders = ProductionOrder.objects.select_related(*related).annotate(due_at=DUE_AT)
    return orders.prefetch_related(Prefetch("operations", Operation.objects.order_by("position")))


def rows_of_orders() -> QuerySet[ProductionOrder]:
    """Orders with no more columns than a row of the list shows: two queries for any number of rows.

    The customers come by the second: planning a join of seven tables takes longer than both.
    """
    lines = CustomerOrderLine.objects.select_related("order__customer").only(
        "position", "order__number", "order__customer__name"
    )
    orders = ProductionOrder.objects.select_related("item", "unit", "plant").annotate(due_at=DUE_AT)
    return orders.only(*ROW_FIELDS).prefetch_related(Prefetch("customer_line", lines))


def steps_of(orders: Collection[int]) -> dict[int, list[Step]]:
    """The operations that count, by order id and in their sequence. One query, of plain columns: a page has
    hundreds of them."""
    steps: dict[int, list[Step]] = defaultdict(list)
    columns = Operation.objects.filter(order__any=orders).exclude(state=OperationState.CANCELLED)
    for order, number, text, state, good, quantity in columns.order_by("position").values_list(
        "order_id", "number", "text", "state", "good", "quantity"
    ):
        steps[order].append(Step(number, text, OperationState(state), good, quantity))
    return steps


def open_holds_of(orders: Collection[int]) -> dict[int, list[Hold]]:
    """Holds not lifted yet, by order id, the newest first. One query."""
    holds: dict[int, list[Hold]] = defaultdict(list)
    for hold in Hold.objects.filter(order__any=orders, lifted_at__isnull=True).only("order", "reason"):
        if hold.order_id is not None:
            holds[hold.order_id].append(hold)
    return holds


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


def _percent(share: Decimal) -> int:
    return round(share * 100)


def _share(operation: Operation | Step) -> Decimal:
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
