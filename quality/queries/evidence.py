"""A customer's requirements as a matrix: required, read, inspected, verified, shipped, with the proof."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from orders.models import ProductionOrder, RequirementReading, Shipment
from quality.queries.requirements import RequirementStatus, requirement_statuses


@dataclass(frozen=True, slots=True)
class Row:
    """One requirement of one order with its evidence. ``reads`` are operation, person and time."""

    status: RequirementStatus
    reads: Sequence[RequirementReading]


@dataclass(frozen=True, slots=True)
class OrderEvidence:
    """All requirements of an order and when something of its customer's line was shipped."""

    order: ProductionOrder
    rows: Sequence[Row]
    shipped: Sequence[tuple[str, datetime]]


def evidence_of(orders: Collection[ProductionOrder]) -> list[OrderEvidence]:
    """The matrix of each order. Six queries, however many orders."""
    numbers = [order.pk for order in orders]
    statuses = requirement_statuses(numbers)
    reads: dict[int, list[RequirementReading]] = defaultdict(list)
    readings = RequirementReading.objects.filter(requirement__order__in=numbers)
    for reading in readings.select_related("by", "operation").order_by("pk"):
        reads[reading.requirement_id].append(reading)
    shipped: dict[int, list[tuple[str, datetime]]] = defaultdict(list)
    lines = {order.customer_line_id for order in orders if order.customer_line_id}
    for line, number, at in Shipment.objects.filter(line__in=lines).values_list(
        "line", "number", "shipped_at"
    ):
        shipped[line].append((number, at))
    return [
        OrderEvidence(
            order,
            [Row(status, reads[status.requirement.pk]) for status in statuses[order.pk]],
            shipped[order.customer_line_id] if order.customer_line_id else [],
        )
        for order in orders
    ]
