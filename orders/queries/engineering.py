"""What engineering works on: items made to a customer's wish, their revisions, and the orders that wait."""

from __future__ import annotations

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet

from orders.enums import OrderState, Strategy
from orders.models import CustomerOrderLine, Item, ItemRevision, ProductionOrder
from orders.queries.orders import OPEN_STATES


def engineered_items(text: str = "") -> QuerySet[Item]:
    """Items that are engineered to order or have revisions here; ``waiting`` orders first."""
    items = Item.objects.filter(
        Q(strategy=Strategy.ETO) | Exists(ItemRevision.objects.filter(item=OuterRef("pk")))
    )
    if text:
        items = items.filter(Q(code__icontains=text) | Q(name__icontains=text))
    drafts = ItemRevision.objects.filter(released_at__isnull=True).annotate(papers=Count("documents"))
    return (
        items.annotate(
            waiting=Count("orders", filter=Q(orders__state=OrderState.PLANNED), distinct=True),
            running=Count(
                "orders",
                filter=Q(orders__state__in=(OrderState.RELEASED, OrderState.RUNNING)),
                distinct=True,
            ),
        )
        .prefetch_related(Prefetch("revisions", queryset=drafts, to_attr="drafts"))
        .order_by("-waiting", "code")
    )


def open_orders_of(item: Item) -> QuerySet[ProductionOrder]:
    return (
        ProductionOrder.objects.filter(item=item, state__in=OPEN_STATES)
        .select_related("plant", "unit", "customer_line__order__customer")
        .prefetch_related("operations")
        .order_by("state", "number")
    )


def wishes_for(item: Item) -> QuerySet[CustomerOrderLine]:
    """Customer order lines of an item with what the customers require, typed."""
    return (
        CustomerOrderLine.objects.filter(item=item, requirements__isnull=False)
        .select_related("order__customer", "unit")
        .prefetch_related("requirements")
        .distinct()
        .order_by("-order__received_at", "position")[:20]
    )
