"""How far the customer's requirements are verified, and what waits for an inspection."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from orders.models import Hold, HoldKind, OrderRequirement
from quality.enums import Verdict
from quality.models import RequirementCheck


@dataclass(frozen=True, slots=True)
class RequirementStatus:
    """A requirement and the latest check at each place: an operation, or the order as a whole."""

    requirement: OrderRequirement
    checks: Sequence[RequirementCheck]

    @property
    def verdict(self) -> Verdict | None:
        """Failed if the latest check at any place failed, passed if it was checked, else ``None``: open."""
        verdicts = {check.verdict for check in self.checks}
        if Verdict.FAILED in verdicts:
            return Verdict.FAILED
        return Verdict.PASSED if verdicts else None

    def concerns(self, operation_number: str) -> bool:
        """True if the requirement applies to the operation of that number."""
        return self.requirement.operation_number in ("", operation_number)


def requirement_statuses(orders: Collection[int]) -> dict[int, list[RequirementStatus]]:
    """The requirements of each order with their latest checks: two queries, however many orders."""
    latest: dict[int, list[RequirementCheck]] = defaultdict(list)
    checks = (
        RequirementCheck.objects.filter(requirement__order__in=orders)
        .order_by("requirement_id", "operation_id", "-pk")
        .distinct("requirement_id", "operation_id")
        .select_related("by")
    )
    for check in checks:
        latest[check.requirement_id].append(check)
    found: dict[int, list[RequirementStatus]] = {order: [] for order in orders}
    for requirement in OrderRequirement.objects.filter(order__in=orders).order_by("code", "operation_number"):
        found[requirement.order_id].append(RequirementStatus(requirement, latest[requirement.pk]))
    return found


def inspections_due() -> QuerySet[Hold]:
    """Open quality holds of operations, oldest first: what waits for an inspector."""
    return (
        Hold.objects.filter(kind=HoldKind.QUALITY, lifted_at__isnull=True, operation__isnull=False)
        .select_related("order__item", "operation__machine_group")
        .order_by("placed_at", "pk")
    )
