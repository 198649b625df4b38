"""Which deliveries open orders wait for, because stock doesn't cover what they need."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import F

from machines.models import Plant
from mes.lib.fields import ZERO
from orders.enums import StockStatus
from orders.models import OrderComponent, ProductionOrder, PurchaseOrderLine
from orders.queries.material import bom_for, first_need, free_stock, needed_of

Place = tuple[int, str]
"""Order id and operation number; "" is the order's first operation."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """An open line of a supplier order. ``due_at``: the beginning of the day it is told for, in the plant."""

    line: int
    supplier: str
    item: int
    due_at: datetime


@dataclass(frozen=True, slots=True)
class _Need:
    place: Place
    item: int
    missing: Decimal


def arrivals_for(
    plant: Plant, orders: Iterable[ProductionOrder], asked: Collection[ProductionOrder] = ()
) -> dict[Place, list[Arrival]]:
    """By operation, the deliveries without which its order's material isn't all there.

    Free stock goes to the first needs, then the deliveries that come first; who is ``asked`` about comes
    last. What neither covers holds nothing up: nobody knows when it comes. Three queries, and one more per
    order that is asked about.
    """
    needs = [*_needs(plant, orders), *(need for order in asked for need in _needs_of_asked(order))]
    items = {need.item for need in needs}
    if not items:
        return {}
    zone = ZoneInfo(plant.time_zone)
    lines: dict[int, list[tuple[Decimal, Arrival]]] = defaultdict(list)
    coming = PurchaseOrderLine.objects.filter(
        order__plant=plant, item__in=items, received__lt=F("quantity")
    ).select_related("order")
    for line in sorted(coming, key=lambda one: (one.due_on, one.pk)):
        arrival = Arrival(line.pk, line.order.supplier, line.item_id, _morning(line.due_on, zone))
        lines[line.item_id].append((line.quantity - line.received, arrival))
    return _given(needs, free_stock(plant.pk, items, statuses=(StockStatus.FREE,)) if lines else {}, lines)


def _given(
    needs: Iterable[_Need],
    free: Mapping[int, Decimal],
    lines: Mapping[int, list[tuple[Decimal, Arrival]]],
) -> dict[Place, list[Arrival]]:
    left = dict(free)
    coming = {item: list(of_item) for item, of_item in lines.items()}
    found: dict[Place, list[Arrival]] = defaultdict(list)
    for need in needs:
        missing, queue = need.missing, coming.get(need.item, [])
        taken = min(missing, left.get(need.item, ZERO))
        left[need.item] = left.get(need.item, ZERO) - taken
        missing -= taken
        while missing > 0 and queue:
            quantity, arrival = queue[0]
            found[need.place].append(arrival)
            if quantity > missing:
                queue[0] = (quantity - missing, arrival)
            else:
                queue.pop(0)
            missing -= min(quantity, missing)
    return dict(found)


def _morning(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, zone)


def _needs(plant: Plant, orders: Iterable[ProductionOrder]) -> list[_Need]:
    """What components lack that isn't reserved for them, the first need first."""
    by_id = {order.pk: order for order in orders}
    rows = OrderComponent.objects.filter(order__plant=plant, quantity__gt=F("issued") + F("reserved"))
    found = [
        (first_need(by_id[order]), _Need((order, operation), item, quantity - issued - reserved))
        for order, operation, item, quantity, issued, reserved in rows.order_by("pk").values_list(
            "order_id", "operation_number", "item_id", "quantity", "issued", "reserved"
        )
        if order in by_id
    ]
    return [need for _when, need in sorted(found, key=lambda pair: (pair[0], pair[1].place, pair[1].item))]


def _needs_of_asked(order: ProductionOrder) -> Iterable[_Need]:
    """By its item's bill of material, like one that is released now."""
    bom = bom_for(order.item_id, order.item.revision)
    if bom is None:
        return
    for line in bom.lines.all():
        wanted = needed_of(line, order.quantity / bom.base_quantity)
        yield _Need((order.pk, line.operation_number), line.item_id, wanted)
