"""Taking the news of orders: which event concerns which connection."""

from __future__ import annotations

from collections import defaultdict

from django.db import transaction

from integrations.enums import Delivery
from integrations.models import Connection, OutboundItem
from orders.enums import EventKind
from orders.models import EventNews, ProductionEvent

QUANTITY_KINDS = frozenset(
    {
        EventKind.REPORTED,
        EventKind.COUNTED,
        EventKind.RECLASSIFIED,
        EventKind.REVERSED,
        EventKind.FINISHED,
    }
)
STATUS_KINDS = frozenset(
    {
        EventKind.RELEASED,
        EventKind.SETUP_STARTED,
        EventKind.PRODUCTION_STARTED,
        EventKind.INTERRUPTED,
        EventKind.RESUMED,
        EventKind.CANCELLED,
        EventKind.CLOSED,
        EventKind.CONFLICT,
    }
)


@transaction.atomic
def collect_news(*, limit: int = 1000) -> int:
    """Note each new event for every connection it concerns and take it off the queue, in one transaction.

    Returns how many events were taken. Several workers share the queue without waiting for each other.
    """
    news = list(
        EventNews.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("event")
        .order_by("event_id")[:limit]
    )
    if not news:
        return 0
    connections: dict[int, list[Connection]] = defaultdict(list)
    for connection in Connection.objects.filter(active=True).exclude(delivery=Delivery.NONE):
        connections[connection.plant_id].append(connection)
    OutboundItem.objects.bulk_create(
        [
            OutboundItem(connection=connection, event=entry.event)
            for entry in news
            for connection in connections[entry.event.plant_id]
            if concerns(entry.event, connection)
        ],
        ignore_conflicts=True,
    )
    EventNews.objects.filter(pk__in=[entry.pk for entry in news]).delete()
    return len(news)


def concerns(event: ProductionEvent, connection: Connection) -> bool:
    """Files carry what the ERP books: quantities and the end of an operation. Others hear of states too."""
    kind = EventKind(event.kind)
    if connection.delivery == Delivery.FILE:
        return kind in QUANTITY_KINDS and event.operation_id is not None
    return kind in QUANTITY_KINDS or kind in STATUS_KINDS
