"""Telling orders which of the customer's requirements are verified: shipping waits for it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.utils import timezone

from orders.models import Hold, OrderRequirement
from quality.enums import Verdict
from quality.queries.requirements import requirement_statuses

LOOKED_BACK = timedelta(minutes=10)


def note_verified(orders: Collection[int]) -> None:
    """Write into the requirements of these orders whether they are verified now."""
    passed: list[int] = []
    others: list[int] = []
    for statuses in requirement_statuses(orders).values():
        for status in statuses:
            verified = status.verdict == Verdict.PASSED
            if verified != (status.requirement.verified_at is not None):
                (passed if verified else others).append(status.requirement.pk)
    if passed:
        OrderRequirement.objects.filter(pk__in=passed).update(verified_at=timezone.now())
    if others:
        OrderRequirement.objects.filter(pk__in=others).update(verified_at=None)


def note_released(*, now: datetime) -> None:
    """Look again at the orders whose holds were lifted lately: a release settles a missed limit."""
    lifted = Hold.objects.filter(lifted_at__gt=now - LOOKED_BACK, order__requirements__isnull=False)
    note_verified(list(lifted.order_by().values_list("order", flat=True).distinct()))
