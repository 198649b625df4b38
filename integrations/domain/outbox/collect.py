"""Taking the news of orders: which event concerns which connection."""

from __future__ import annotations

from django.db import transaction

from integrations.enums import Delivery
from integrations.models import Connection, OutboundItem
from integrations.queries.listeners import listeners_to
from orders.domain.engineering import SPLIT_TO
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
        EventKind.SENT_OUT,
        EventKind.CANCELLED,
        EventKind.CLOSED,
        EventKind.CONFLICT,
        EventKind.PROPOSED,
    }
)


@transaction.atomic
def collect_news(*, limit: int = 1000) -> int:
    """Note each new event for every connection it concerns and take it off the queue, in one transaction.

    Returns how many events were taken. Several workers share the queue without waiting for each other.
    """
    news = list(
        EventNews.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("event__operation")
        .order_by("event_id")[:limit]
    )
    if not news:
        return 0
    listeners = listeners_to({entry.event.order_id for entry in news})
    OutboundItem.objects.bulk_create(
        [
            OutboundItem(connection=connection, event=entry.event)
            for entry in news
            for connection in listeners(entry.event.order_id, entry.event.plant_id)
            if concerns(entry.event, connection)
        ],
        ignore_conflicts=True,
    )
    EventNews.objects.filter(pk__in=[entry.pk for entry in news]).delete()
    return len(news)


def concerns(event: ProductionEvent, connection: Connection) -> bool:
    """Files carry what the ERP books: quantities and the end of an operation. Others hear of states too.

    The ERP doesn't know rework operations: it hears of repaired pieces at the operation that made them.
    """
    kind = EventKind(event.kind)
    if event.operation is not None and event.operation.rework_of_id is not None:
        return False
    if connection.delivery == Delivery.FILE:
        return kind in QUANTITY_KINDS and event.operation_id is not None
    return kind in QUANTITY_KINDS or kind in STATUS_KINDS or SPLIT_TO in event.details
