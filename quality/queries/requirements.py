"""How far the customer's requirements are verified, and what waits for an inspection."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Q, QuerySet

from orders.models import Hold, HoldKind, OrderRequirement
from orders.models.hold import BY_INSPECTORS
from quality.enums import Verdict
from quality.models import InspectionResult, RequirementCheck


@dataclass(frozen=True, slots=True)
class ResultSummary:
    """The results of one characteristic that proves a requirement, at one operation: how many passed without
    a doubt, how many failed, and whether a failure was not released since."""

    characteristic: str
    operation_number: str
    passed: int
    failed: int
    latest: datetime
    failure_open: bool


@dataclass(frozen=True, slots=True)
class RequirementStatus:
    """A requirement and the latest check at each place: an operation, or the order as a whole."""

    requirement: OrderRequirement
    checks: Sequence[RequirementCheck]
    results: Sequence[ResultSummary] = ()

    @property
    def verdict(self) -> Verdict | None:
        """Failed if the latest check at any place failed or a missed limit was not released; passed if it was
        checked or inspected, else ``None``: open. Doubtful results prove nothing."""
        verdicts = {check.verdict for check in self.checks}
        if Verdict.FAILED in verdicts or any(each.failure_open for each in self.results):
            return Verdict.FAILED
        passed = bool(verdicts) or any(each.passed for each in self.results)
        return Verdict.PASSED if passed else None

    def concerns(self, operation_number: str) -> bool:
        """True if the requirement applies to the operation of that number."""
        return self.requirement.operation_number in ("", operation_number)


def requirement_statuses(orders: Collection[int]) -> dict[int, list[RequirementStatus]]:
    """The requirements of each order with checks and results: four queries, however many orders."""
    latest: dict[int, list[RequirementCheck]] = defaultdict(list)
    checks = (
        RequirementCheck.objects.filter(requirement__order__in=orders)
        .order_by("requirement_id", "operation_id", "-pk")
        .distinct("requirement_id", "operation_id")
        .select_related("by")
    )
    for check in checks:
        latest[check.requirement_id].append(check)
    results = _results(orders)
    found: dict[int, list[RequirementStatus]] = {order: [] for order in orders}
    for requirement in OrderRequirement.objects.filter(order__in=orders).order_by("code", "operation_number"):
        proofs = [
            each
            for each in results.get((requirement.order_id, requirement.code), [])
            if requirement.operation_number in ("", each.operation_number)
        ]
        found[requirement.order_id].append(RequirementStatus(requirement, latest[requirement.pk], proofs))
    return found


def _results(orders: Collection[int]) -> dict[tuple[int, str], list[ResultSummary]]:
    """By order and requirement code. Two queries."""
    released = dict(
        Hold.objects.filter(order__in=orders, operation__isnull=False, kind__in=BY_INSPECTORS)
        .order_by()
        .values_list("operation")
        .annotate(Max("lifted_at"))
    )
    failed = Q(verdict=Verdict.FAILED)
    rows = (
        InspectionResult.objects.filter(operation__order__in=orders, corrected_by__isnull=True)
        .exclude(characteristic__requirement_code="")
        .order_by("operation__number", "characteristic__code")
        .values_list(
            *("operation__order", "characteristic__requirement_code", "operation"),
            *("characteristic__name", "operation__number"),
        )
        .annotate(
            passed=Count("pk", filter=~failed & Q(flags=[])),
            wrong=Count("pk", filter=failed),
            latest=Max("at"),
            last_failed=Max("recorded_at", filter=failed),
        )
    )
    found: dict[tuple[int, str], list[ResultSummary]] = defaultdict(list)
    for order, code, operation, name, number, passed, wrong, latest, last_failed in rows:
        freed = released.get(operation)
        open_failure = last_failed is not None and (freed is None or freed < last_failed)
        found[order, code].append(ResultSummary(name, number, passed, wrong, latest, open_failure))
    return found


def inspections_due() -> QuerySet[Hold]:
    """Open quality holds of operations, oldest first: what waits for an inspector."""
    return (
        Hold.objects.filter(kind=HoldKind.QUALITY, lifted_at__isnull=True, operation__isnull=False)
        .select_related("order__item", "operation__machine_group")
        .order_by("placed_at", "pk")
    )
