"""How a customer order stands, in words that a customer may read: nothing else leaves this module."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from django.db.models import Prefetch

from orders.enums import EventKind, OrderState
from orders.models import CustomerOrder, CustomerOrderLine, ProductionEvent, ProductionOrder
from orders.queries.promises import expected_of

OVER = (OrderState.FINISHED, OrderState.CLOSED)
DATES = frozenset({"requested_at", "planned_start_at"})


class Stage(StrEnum):
    RECEIVED = "received"
    PLANNED = "planned"
    IN_PRODUCTION = "in_production"
    MADE = "made"
    CANCELLED = "cancelled"


class Reason(StrEnum):
    """Why something changed last, without whoever or whatever it was."""

    QUANTITY = "quantity_changed"
    DATES = "dates_changed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class LineStatus:
    """One line. ``forecast`` is when the last of its orders will be, or was, made; None: it can't be said."""

    position: str
    item: str
    item_name: str
    quantity: Decimal
    unit: str
    stage: Stage
    requested: datetime | None
    promised: datetime | None
    forecast: datetime | None
    changed: datetime | None
    reason: Reason | None


def status_of(order: CustomerOrder) -> list[LineStatus]:
    """The lines by position. A fixed number of queries."""
    return statuses_of([order])[order.pk]


def statuses_of(customer_orders: Iterable[CustomerOrder]) -> dict[int, list[LineStatus]]:
    """The lines by position, by customer order. A fixed number of queries for any number of them."""
    made = ProductionOrder.objects.prefetch_related("operations")
    found: dict[int, list[LineStatus]] = {order.pk: [] for order in customer_orders}
    lines = list(
        CustomerOrderLine.objects.filter(order__in=found)
        .select_related("item", "unit")
        .prefetch_related(Prefetch("production_orders", made))
        .order_by("position")
    )
    orders = [one for line in lines for one in line.production_orders.all()]
    forecasts = expected_of([one for one in orders if one.state not in (*OVER, OrderState.CANCELLED)])
    changes = _changes(orders)
    for line in lines:
        mine = list(line.production_orders.all())
        alive = [one for one in mine if one.state != OrderState.CANCELLED]
        ends = [one.finished_at if one.state in OVER else forecasts[one.pk].ends_at for one in alive]
        known = [end for end in ends if end is not None]
        promised = [one.promised_at for one in alive if one.promised_at is not None]
        changed, reason = max(
            (changes[one.pk] for one in mine if one.pk in changes), default=(None, None), key=lambda c: c[0]
        )
        found[line.order_id].append(
            LineStatus(
                position=line.position,
                item=line.item.code,
                item_name=line.item.name,
                quantity=line.quantity,
                unit=line.unit.code,
                stage=_stage(mine),
                requested=line.requested_at,
                promised=line.promised_at or max(promised, default=None),
                forecast=max(known) if known and len(known) == len(ends) else None,
                changed=changed,
                reason=reason,
            )
        )
    return found


def _stage(orders: list[ProductionOrder]) -> Stage:
    states = {OrderState(order.state) for order in orders}
    if not states:
        return Stage.RECEIVED
    alive = states - {OrderState.CANCELLED}
    if not alive:
        return Stage.CANCELLED
    if alive <= set(OVER):
        return Stage.MADE
    return Stage.PLANNED if alive <= {OrderState.PLANNED, OrderState.RELEASED} else Stage.IN_PRODUCTION


def _changes(orders: Iterable[ProductionOrder]) -> dict[int, tuple[datetime, Reason]]:
    """The last change that concerns a customer, by production order."""
    events = ProductionEvent.objects.filter(
        order__in=list(orders), kind__in=(EventKind.CHANGED, EventKind.CANCELLED)
    ).order_by("pk")
    found: dict[int, tuple[datetime, Reason]] = {}
    for event in events:
        names = set(event.details.get("changes", ()))
        if event.kind == EventKind.CANCELLED:
            found[event.order_id] = (event.recorded_at, Reason.CANCELLED)
        elif "quantity" in names:
            found[event.order_id] = (event.recorded_at, Reason.QUANTITY)
        elif names & DATES:
            found[event.order_id] = (event.recorded_at, Reason.DATES)
    return found
