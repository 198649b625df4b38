"""What there is of items and what will come, and how long their replenishment took."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import F, Max, Sum

from machines.models import Plant
from mes.lib.fields import ZERO
from orders.enums import LotStatus, OrderState, StockStatus
from orders.models import (
    Hold,
    Lot,
    Place,
    ProductionOrder,
    PurchaseOrderLine,
    Routing,
    StockBalance,
)
from orders.queries.demand import made_for_stock
from orders.queries.promises import newest_forecasts

LOOK_BACK = timedelta(days=730)


@dataclass(slots=True)
class OnHand:
    """Of one item: what may be used, what may not (inspection, blocked, expired, held), and what stands below
    zero because more was used than was booked in."""

    usable: Decimal = ZERO
    unusable: Decimal = ZERO
    below: Decimal = ZERO


def on_hand(plant: Plant, items: Collection[int], *, today: date) -> Mapping[int, OnHand]:
    """Three queries."""
    found: dict[int, OnHand] = defaultdict(OnHand)
    balances = list(StockBalance.objects.filter(plant=plant, item__in=items).exclude(on_hand=0))
    numbers = {row.lot for row in balances if row.lot}
    lots = {
        (item, number): (status, expires)
        for item, number, status, expires in Lot.objects.filter(
            item__in=items, number__in=numbers
        ).values_list("item", "number", "status", "expires_on")
    }
    held = set(
        Hold.objects.filter(plant=plant, item__in=items, lifted_at__isnull=True).values_list("item", "lot")
    )
    for row in balances:
        one = found[row.item_id]
        status, expires = lots.get((row.item_id, row.lot), (LotStatus.FREE, None))
        fine = (
            row.status == StockStatus.FREE
            and status in (LotStatus.FREE, LotStatus.CONSUMED)
            and not (expires and expires < today)
            and not held & {(row.item_id, ""), (row.item_id, row.lot)}
        )
        if row.on_hand < 0:
            one.below += row.on_hand
        if fine:
            one.usable += row.on_hand
        else:
            one.unusable += row.on_hand
    return found


@dataclass(frozen=True, slots=True)
class Coming:
    """A receipt to be expected: from a production order, or from a supplier."""

    item: int
    quantity: Decimal
    day: date
    what: str
    order: int | None = None


def coming(plant: Plant, items: Collection[int], *, today: date) -> Mapping[int, list[Coming]]:
    """By item: open orders and purchases with the day they are expected; overdue ones today. 3 queries."""
    zone = ZoneInfo(plant.time_zone)
    found: dict[int, list[Coming]] = defaultdict(list)
    orders = list(made_for_stock(plant, items).order_by("requested_at", "pk"))
    expected = newest_forecasts([order.pk for order in orders])
    for order in orders:
        said = expected.get(order.pk)
        at = (said.p80_at if said else None) or order.requested_at
        day = max(at.astimezone(zone).date(), today) if at else today + timedelta(days=28)
        found[order.item_id].append(
            Coming(order.item_id, order.quantity - order.good, day, order.number, order.pk)
        )
    lines = PurchaseOrderLine.objects.filter(
        order__plant=plant, item__in=items, received__lt=F("quantity")
    ).select_related("order")
    for line in lines.order_by("expected_on", "pk"):
        found[line.item_id].append(
            Coming(line.item_id, line.quantity - line.received, max(line.due_on, today), str(line))
        )
    return found


@dataclass(frozen=True, slots=True)
class Took:
    """How long one replenishment took, or takes already (``going``), in days; ``age``: days since."""

    item: int
    like: str
    bought: bool
    days: float
    age: float
    going: bool = False


def replenishment_times(plant: Plant, *, now: datetime) -> list[Took]:
    """Of all items of the plant, made or bought, over two years: from the order's creation to its end, and
    from the supplier order to the receipt that completed its line, or until now. Two queries."""
    since = now - LOOK_BACK
    found = []
    orders = (
        ProductionOrder.objects.filter(plant=plant, created_at__gte=since)
        .exclude(state=OrderState.CANCELLED)
        .values_list("item", "item__setup_family__code", "created_at", "finished_at", "state")
    )
    for item, family, created, finished, state in orders:
        if finished is not None and finished > created:
            took = (finished - created).total_seconds() / 86400
            found.append(Took(item, family or "", False, took, (now - finished).total_seconds() / 86400))
        elif finished is None and state in (OrderState.RELEASED, OrderState.RUNNING):
            found.append(Took(item, family or "", False, _days(created, now), 0.0, True))
    lines = (
        PurchaseOrderLine.objects.filter(order__plant=plant, order__ordered_at__gte=since)
        .annotate(last=Max("receipts__occurred_at"))
        .values_list("item", "order__supplier", "order__ordered_at", "last", "received", "quantity")
    )
    for item, supplier, ordered, last, received, quantity in lines:
        if received >= quantity and last is not None and last > ordered:
            found.append(Took(item, supplier, True, _days(ordered, last), _days(last, now)))
        elif received < quantity:
            found.append(Took(item, supplier, True, _days(ordered, now), 0.0, True))
    return found


def _days(start: datetime, end: datetime) -> float:
    return max((end - start).total_seconds() / 86400, 0.0)


def made_here(plant: Plant, items: Collection[int]) -> set[int]:
    """Which of the items have a routing in the plant; the others are bought. One query."""
    return set(
        Routing.objects.filter(plant=plant, item__in=items, active=True).values_list("item", flat=True)
    )


def room_of(plant: Plant, places: Collection[Place]) -> dict[int, Decimal]:
    """By storage place with a capacity: what still fits in. One query."""
    there = dict(
        StockBalance.objects.filter(plant=plant, place__in=places)
        .values_list("place")
        .annotate(sum=Sum("on_hand"))
        .order_by()
    )
    return {
        place.pk: max(place.capacity - there.get(place.pk, ZERO), ZERO)
        for place in places
        if place.capacity is not None
    }
