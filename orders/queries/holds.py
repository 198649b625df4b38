"""Open holds, and who releases them."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet

from orders.models import Hold, HoldPolicy


def policies_of(holds: Iterable[Hold]) -> dict[int, HoldPolicy]:
    """The rule of each hold by its id, one query; holds come with order and machine. A plant's default is
    unsaved."""
    listed = list(holds)
    if not listed:
        return {}
    known = {
        (policy.plant_id, policy.kind): policy
        for policy in HoldPolicy.objects.filter(plant__in={hold.plant_id_of_target for hold in listed})
    }
    return {
        hold.pk: known.get((hold.plant_id_of_target, hold.kind))
        or HoldPolicy(plant_id=hold.plant_id_of_target, kind=hold.kind)
        for hold in listed
    }


def policy_of(hold: Hold) -> HoldPolicy:
    return policies_of([hold])[hold.pk]


def open_holds() -> QuerySet[Hold]:
    """All open holds, oldest first, with what they lie on."""
    return (
        Hold.objects.filter(lifted_at__isnull=True)
        .select_related(
            "order__item", "order__plant", "operation", "machine", "item", "plant", "placed_by", "asked_by"
        )
        .order_by("placed_at", "pk")
    )
