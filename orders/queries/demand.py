"""What was wanted of items in the past, week by week, and what is wanted of them now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, TruncWeek

from machines.models import Plant
from mes.lib.fields import ZERO
from orders.enums import DemandOf, MoveKind, OrderState, Strategy
from orders.models import (
    CustomerOrderLine,
    ItemUnit,
    OrderComponent,
    PastDemand,
    ProductionOrder,
    ShippedLot,
    StockingRule,
    StockMove,
)
from orders.queries.orders import OPEN_STATES

OVERDUE = timedelta(days=90)
"""A customer's line that is not shipped for longer is no demand any more: somebody forgot to book it."""


@dataclass(slots=True)
class ItemDemand:
    """Of one item: by week (its Monday) what was wanted, and how many lines were left out because nobody says
    how their unit converts."""

    by_week: dict[date, float] = field(default_factory=lambda: defaultdict(float))
    left_out: int = 0

    def series(self, until: date) -> tuple[date, list[float]]:
        """Every week from the first with demand up to, not including, ``until``."""
        known = [week for week, amount in self.by_week.items() if week < until and amount]
        if not known:
            return until, []
        first = min(known)
        count = (until - first).days // 7
        return first, [max(self.by_week.get(first + timedelta(days=7 * n), 0.0), 0.0) for n in range(count)]


def demand_of(
    plant: Plant, rules: Collection[StockingRule], *, since: date, until: date
) -> dict[int, ItemDemand]:
    """By item: demand of the weeks in [since, until), both Mondays. A constant number of queries.

    Customers' lines count by the day they were wanted, or shipments by their day, as the rule says; what
    production orders consumed counts besides; what was imported counts for the time before.
    """
    zone = ZoneInfo(plant.time_zone)
    start = datetime.combine(since, time.min, zone)
    end = datetime.combine(until, time.min, zone)
    found: dict[int, ItemDemand] = {rule.item_id: ItemDemand() for rule in rules}
    by_kind = {kind: [rule.item_id for rule in rules if rule.demand_of == kind] for kind in DemandOf.values}
    for item, week, amount in PastDemand.objects.filter(
        plant=plant, item__in=found, week__gte=since, week__lt=until
    ).values_list("item", "week", "quantity"):
        found[item].by_week[week] += float(amount)
    consumed = StockMove.objects.filter(
        plant=plant, item__in=found, kind=MoveKind.ISSUE, occurred_at__gte=start, occurred_at__lt=end
    )
    _add(found, consumed, "occurred_at", -Sum("quantity"), zone)
    shipped = ShippedLot.objects.filter(
        shipment__plant=plant,
        shipment__line__item__in=by_kind[DemandOf.SHIPMENTS],
        shipment__shipped_at__gte=start,
        shipment__shipped_at__lt=end,
    ).annotate(item=F("shipment__line__item"), at=F("shipment__shipped_at"))
    _add(found, shipped, "at", Sum("quantity"), zone)
    _add_lines(found, by_kind[DemandOf.ORDERS], start, end, zone)
    return found


def _add(
    found: dict[int, ItemDemand], rows: QuerySet[Any], when: str, amount: Combinable, zone: ZoneInfo
) -> None:
    weekly = rows.annotate(week=TruncWeek(when, tzinfo=zone)).values("item", "week")
    for row in weekly.annotate(sum=amount).order_by():
        found[row["item"]].by_week[row["week"].date()] += float(row["sum"])


def _add_lines(
    found: dict[int, ItemDemand], items: list[int], start: datetime, end: datetime, zone: ZoneInfo
) -> None:
    factors = unit_factors(items)
    rows = (
        from_stock(items)
        .annotate(at=Coalesce("requested_at", "order__received_at"))
        .filter(at__gte=start, at__lt=end)
        .annotate(week=TruncWeek("at", tzinfo=zone))
        .values_list("item", "item__unit", "unit", "week", "quantity")
    )
    for item, own, unit, week, quantity in rows:
        factor = Decimal(1) if own == unit else factors.get((item, unit))
        if factor is None:
            found[item].left_out += 1
        else:
            found[item].by_week[week.date()] += float(quantity * factor)


def from_stock(items: Collection[int]) -> QuerySet[CustomerOrderLine]:
    """Customers' lines that are delivered from stock: nothing is made for them alone."""
    made = ProductionOrder.objects.filter(customer_line=OuterRef("pk")).exclude(state=OrderState.CANCELLED)
    return CustomerOrderLine.objects.filter(item__in=items).exclude(Exists(made))


def unit_factors(items: Collection[int]) -> dict[tuple[int, int], Decimal]:
    """By item and other unit: how many of the item's own unit one of it is."""
    return {
        (row.item_id, row.unit_id): row.numerator / row.denominator
        for row in ItemUnit.objects.filter(item__in=items)
    }


@dataclass(frozen=True, slots=True)
class Wanted:
    """Something that will take stock: a customer's line or an order's component. ``day``: when, today for
    what is overdue."""

    item: int
    quantity: Decimal
    day: date
    what: str
    order: int | None = None


def wanted_now(plant: Plant, items: Collection[int], *, today: date) -> Mapping[int, list[Wanted]]:
    """By item: what is ordered and not delivered yet, the first need first. Four queries."""
    found: dict[int, list[Wanted]] = defaultdict(list)
    zone = ZoneInfo(plant.time_zone)
    factors = unit_factors(items)
    lines = from_stock(items).annotate(
        at=Coalesce("requested_at", "order__received_at"),
        sent=Coalesce(Sum("shipments__lots__quantity"), ZERO),
    )
    since = datetime.combine(today - OVERDUE, time.min, zone)
    for line in lines.filter(at__gte=since).select_related("order", "item").order_by("at", "pk"):
        own = line.item.unit_id == line.unit_id
        factor = Decimal(1) if own else factors.get((line.item_id, line.unit_id))
        left = ZERO if factor is None else line.quantity * factor - line.sent
        if left > 0:
            day = max(line.at.astimezone(zone).date(), today)
            found[line.item_id].append(Wanted(line.item_id, left, day, str(line)))
    components = (
        OrderComponent.objects.filter(item__in=items, order__plant=plant, quantity__gt=F("issued"))
        .filter(order__state__in=OPEN_STATES)
        .select_related("order")
        .order_by("pk")
    )
    for one in components:
        need = one.order.planned_start_at or one.order.requested_at or one.order.created_at
        day = max(need.astimezone(zone).date(), today)
        left = one.quantity - one.issued
        found[one.item_id].append(Wanted(one.item_id, left, day, one.order.number, one.order_id))
    return found


def made_for_stock(plant: Plant, items: Collection[int]) -> QuerySet[ProductionOrder]:
    """Open production orders of the items whose pieces go to stock."""
    return ProductionOrder.objects.filter(
        plant=plant,
        item__in=items,
        state__in=OPEN_STATES,
        quantity__gt=F("good"),
    ).filter(Q(customer_line__isnull=True) | Q(strategy=Strategy.MTS))
