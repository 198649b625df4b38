"""Customer requirements as they matter at one operation."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from orders.models import Operation, OrderRequirement


def requirements_at(operation: Operation) -> QuerySet[OrderRequirement]:
    """Those for this operation and those for every operation."""
    here = Q(operation_number="") | Q(operation_number=operation.number)
    return OrderRequirement.objects.filter(here, order=operation.order_id).order_by(
        "-operation_number", "code"
    )
