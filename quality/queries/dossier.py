"""All that is known about how an order was made, gathered for a report: no ORM after this."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from mes.accounts.models import Signature
from mes.accounts.signing import Signed, signatures_of
from orders.models import (
    Hold,
    Lot,
    Operation,
    OrderComponent,
    ProductionEvent,
    ProductionOrder,
    Run,
    ShippedLot,
    StockMove,
)
from orders.queries.history import events_of
from quality.models import Disposition, Inspection, InspectionOmission, InspectionResult, Nonconformance
from quality.queries.requirements import RequirementStatus, requirement_statuses
from quality.queries.trace import Direction, Step, steps_of, walk


@dataclass(frozen=True, slots=True)
class Evidence:
    """One order with everything that happened to it, each list in the order of time."""

    order: ProductionOrder
    operations: Sequence[Operation]
    runs: Sequence[Run]
    components: Sequence[OrderComponent]
    moves: Sequence[StockMove]
    steps: Sequence[Step]
    shipped: Sequence[ShippedLot]
    events: Sequence[ProductionEvent]
    inspections: Sequence[Inspection]
    results: Sequence[InspectionResult]
    omissions: Sequence[InspectionOmission]
    requirements: Sequence[RequirementStatus]
    nonconformances: Sequence[Nonconformance]
    dispositions: Sequence[Disposition]
    holds: Sequence[Hold]
    signatures: Sequence[Signed]

    def runs_of(self, operation: Operation) -> list[Run]:
        return [run for run in self.runs if run.operation_id == operation.pk]

    def decided(self, row: Nonconformance) -> list[Disposition]:
        return [one for one in self.dispositions if one.nonconformance_id == row.pk]


def evidence_of(order: ProductionOrder) -> Evidence:
    """A fixed number of queries, however long the history; ``order`` comes with plant, item and customer."""
    rows = list(
        Nonconformance.objects.filter(order=order)
        .select_related("plant", "order", "operation", "item", "defect", "raised_by", "ended_by")
        .order_by("pk")
    )
    decided = list(
        Disposition.objects.filter(nonconformance__in=rows)
        .select_related(
            "nonconformance__plant",
            "nonconformance__order",
            "nonconformance__operation",
            "nonconformance__item",
            "nonconformance__defect",
            "by",
        )
        .order_by("pk")
    )
    holds = list(
        Hold.objects.filter(
            Q(order=order) | Q(reference__in=[f"{order.plant.code} {row.number}" for row in rows])
        )
        .select_related("order", "operation", "machine", "item", "placed_by", "lifted_by")
        .order_by("pk")
    )
    signed = [
        *(one for some in signatures_of(Nonconformance, rows).values() for one in some),
        *(one for some in signatures_of(Disposition, decided).values() for one in some),
        *(one for some in signatures_of(Hold, holds).values() for one in some),
        *(one for some in signatures_of(ProductionOrder, [order]).values() for one in some),
    ]
    runs = Run.objects.filter(operation__order=order).select_related("operation", "machine")
    results = InspectionResult.objects.filter(operation__order=order).select_related(
        "operation", "characteristic", "gauge", "by", "corrected_by"
    )
    omissions = InspectionOmission.objects.filter(operation__order=order).select_related(
        "operation", "characteristic", "by"
    )
    inspections = Inspection.objects.filter(operation__order=order).select_related("operation", "by")
    moves = StockMove.objects.filter(order=order).select_related("item")
    lots = list(Lot.objects.filter(order=order).values_list("pk", flat=True))
    without_lot = Q(lot=None, shipment__line=order.customer_line_id) if order.customer_line_id else Q(pk=None)
    shipped = ShippedLot.objects.filter(Q(lot__in=lots) | without_lot).select_related(
        "lot", "shipment__line__order__customer", "shipment__line__item__unit"
    )
    return Evidence(
        order=order,
        operations=list(
            order.operations.select_related("machine_group", "tool", "rework_of").order_by("position")
        ),
        runs=list(runs.prefetch_related("people__person").order_by("started_at", "pk")),
        components=list(order.components.select_related("item", "unit").order_by("position")),
        moves=list(moves.order_by("occurred_at", "pk")),
        steps=steps_of(walk(lots, Direction.BACKWARD)) if lots else [],
        shipped=list(shipped.order_by("shipment__shipped_at", "pk")),
        events=list(events_of(order))[::-1],
        inspections=list(inspections.order_by("pk")),
        results=list(results.order_by("pk")),
        omissions=list(omissions.order_by("pk")),
        requirements=requirement_statuses([order.pk])[order.pk],
        nonconformances=rows,
        dispositions=decided,
        holds=holds,
        signatures=sorted(signed, key=lambda one: one.signature.at),
    )


def signed_reports() -> list[Signature]:
    """The newest signatures under first-article reports."""
    table = ProductionOrder._meta.db_table
    return list(Signature.objects.filter(table=table).select_related("by").order_by("-pk")[:20])
