"""The one lock order of this app: order, operation, stock.

Locks are FOR NO KEY UPDATE: rows that only refer to an order are written without waiting for it.
"""

from __future__ import annotations

import uuid

from django.db.models import OuterRef, Subquery

from mes.lib.errors import MesError
from orders.models import Operation, ProductionEvent, ProductionOrder, Run


class NotFound(MesError):
    status = 404


def lock_order(order_id: int) -> ProductionOrder:
    try:
        return (
            ProductionOrder.objects.select_for_update(of=("self",), no_key=True)
            .select_related("plant")
            .get(pk=order_id)
        )
    except ProductionOrder.DoesNotExist:
        raise NotFound("unknown_order", "There is no such order.", field="order") from None


UNUSED_OF_ORDER = (
    "revision",
    "order_type",
    "priority",
    "requested_at",
    "promised_at",
    "planned_start_at",
    "under_tolerance_percent",
    "over_tolerance_percent",
    "erp_version",
    "erp_raw",
    "created_at",
)
UNUSED_OF_OPERATION = (
    "text",
    "parameters",
    "confirmation_number",
    "control_key",
    "earliest_start_at",
    "latest_end_at",
    "erp_raw",
)
"""What no command reads of the rows that it locks; whoever does gets it with one query more."""


class LockedOperation:
    """An operation and its order under lock, with what the key already made and the open run.

    Two queries. The second begins after the order's lock was granted, so it sees what a competitor committed.
    """

    def __init__(self, *, operation_id: int, key: uuid.UUID) -> None:
        order_id = Operation.objects.filter(pk=operation_id).order_by().values("order_id")
        try:
            self.order = (
                ProductionOrder.objects.select_for_update(of=("self",), no_key=True)
                .defer(*UNUSED_OF_ORDER)
                .get(pk=Subquery(order_id[:1]))
            )
        except ProductionOrder.DoesNotExist:
            raise NotFound("unknown_operation", "There is no such operation.", field="operation") from None
        known_event = ProductionEvent.objects.filter(key=key).order_by()
        open_run = Run.objects.filter(operation=OuterRef("pk"), ended_at__isnull=True).order_by("-started_at")
        self.operation = (
            Operation.objects.select_for_update(of=("self",), no_key=True)
            .defer(*UNUSED_OF_OPERATION)
            .annotate(
                known_event=Subquery(known_event.values("id")[:1]),
                open_run=Subquery(open_run.values("id")[:1]),
            )
            .get(pk=operation_id)
        )
        self.operation.order = self.order
        self.known_event_id: int | None = self.operation.known_event
        self.open_run_id: int | None = self.operation.open_run

    def known_event(self) -> ProductionEvent | None:
        if self.known_event_id is None:
            return None
        return ProductionEvent.objects.select_related("run").get(pk=self.known_event_id)

    def run(self) -> Run | None:
        if self.open_run_id is None:
            return None
        return Run.objects.select_related("machine").get(pk=self.open_run_id)
