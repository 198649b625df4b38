"""Laying and lifting holds."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from mes.accounts.models import User
from orders.domain.events import record_events
from orders.enums import EventKind
from orders.models import Hold, Operation, ProductionEvent, ProductionOrder


@transaction.atomic
def place_hold(
    *, order: ProductionOrder, operation: Operation | None, kind: str, reason: str, by: User | None
) -> Hold:
    """Stop new starts on an operation, or on the whole order when ``operation`` is None."""
    hold = Hold.objects.create(order=order, operation=operation, kind=kind, reason=reason[:300], placed_by=by)
    _record(hold, EventKind.HELD, by)
    return hold


@transaction.atomic
def lift_hold(*, hold: Hold, by: User | None) -> Hold:
    """Lift a hold; lifting it again changes nothing."""
    hold = Hold.objects.select_for_update(of=("self",), no_key=True).select_related("order").get(pk=hold.pk)
    if hold.lifted_at is None:
        hold.lifted_at, hold.lifted_by = timezone.now(), by
        hold.save(update_fields=["lifted_at", "lifted_by"])
        _record(hold, EventKind.HOLD_LIFTED, by)
    return hold


def _record(hold: Hold, kind: EventKind, by: User | None) -> None:
    record_events(
        [
            ProductionEvent(
                plant_id=hold.order.plant_id,
                kind=kind,
                order=hold.order,
                operation_id=hold.operation_id,
                occurred_at=timezone.now(),
                by=by,
                comment=hold.reason,
                details={"hold": hold.pk, "kind": hold.kind},
            )
        ]
    )
