"""The one lock order of this app: order, operation, the stock of items (``stock_locks``), genealogy.

Locks are FOR NO KEY UPDATE: rows that only refer to an order are written without waiting for it.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, Subquery

from mes.accounts.models import User
from mes.lib.errors import MesError
from mes.lib.prepared import Asked, Query
from orders.enums import EventKind
from orders.models import Operation, ProductionEvent, ProductionOrder, Run
from orders.queries.families import leading_outputs


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
    "not_before_at",
    "erp_raw",
)
"""What no command reads of the rows that it locks; whoever does gets it with one query more."""


_ORDER = Query(
    lambda: (
        ProductionOrder.objects.select_for_update(of=("self",), no_key=True)
        .defer(*UNUSED_OF_ORDER)
        .filter(pk=Subquery(Operation.objects.filter(pk=Asked("operation")).order_by().values("order_id")))
        .order_by()
    )
)
_OPERATION = Query(
    lambda: (
        Operation.objects.select_for_update(of=("self",), no_key=True)
        .defer(*UNUSED_OF_OPERATION)
        .annotate(
            known_event=Subquery(ProductionEvent.objects.filter(key=Asked("key")).order_by().values("id")),
            open_run=Subquery(
                Run.objects.filter(operation=OuterRef("pk"), ended_at__isnull=True)
                .order_by("-started_at")
                .values("id")[:1]
            ),
            leading_run=Subquery(
                leading_outputs(OuterRef("pk")).order_by("-started_at", "-id").values("run_id")[:1]
            ),
        )
        .filter(pk=Asked("operation"))
        .order_by()
    )
)


def _run(pk: int | None) -> Run | None:
    return Run.objects.select_related("machine").get(pk=pk) if pk is not None else None


class LockedOperation:
    """An operation and its order under lock, with what the key already made and the open runs.

    Two queries. The second begins after the order's lock was granted, so it sees what a competitor committed.
    """

    def __init__(self, *, operation_id: int, key: uuid.UUID) -> None:
        order = _ORDER.first(operation=operation_id)
        operation = _OPERATION.first(operation=operation_id, key=key) if order else None
        if order is None or operation is None:
            raise NotFound("unknown_operation", "There is no such operation.", field="operation")
        self.order, self.operation = order, operation
        self.operation.order = self.order
        self.known_event_id: int | None = operation.known_event  # type: ignore[attr-defined]
        self.open_run_id: int | None = operation.open_run  # type: ignore[attr-defined]
        self.leading_run_id: int | None = operation.leading_run  # type: ignore[attr-defined]

    def known_event(self) -> ProductionEvent | None:
        if self.known_event_id is None:
            return None
        return ProductionEvent.objects.select_related("run").get(pk=self.known_event_id)

    def run(self) -> Run | None:
        """The operation's own open run."""
        return _run(self.open_run_id)

    def making_run(self) -> Run | None:
        """The open run that makes its pieces: its own, else one of another operation with a family tool."""
        return _run(self.open_run_id or self.leading_run_id)

    def event(
        self,
        kind: EventKind,
        *,
        key: uuid.UUID,
        body: str,
        run: Run | None,
        at: datetime,
        by: User | None,
        via: str,
        comment: str = "",
        **more: Any,
    ) -> ProductionEvent:
        """The unsaved event of what a command did ``at`` this time, on the machine of its run, if any."""
        machine = {"machine_id": run.machine_id if run else None}
        return ProductionEvent(
            plant_id=self.order.plant_id,
            key=key,
            body_hash=body,
            kind=kind,
            order=self.order,
            operation=self.operation,
            run=run,
            occurred_at=at,
            by=by,
            via=via,
            comment=comment[:500],
            **(machine | more),
        )
