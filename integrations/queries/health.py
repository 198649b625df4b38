"""The figures of inbox and outbox for Prometheus."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count, Min
from django.utils import timezone

from integrations.enums import InboundState, OutboundState
from integrations.models import InboundMessage, OutboundMessage
from mes.lib.metrics import gauge
from orders.models import EventNews

Labelled = Iterator[tuple[tuple[str, ...], float]]
WAITING = (OutboundState.QUEUED, OutboundState.SENDING)


@gauge(
    "mes_outbox_oldest_seconds",
    "Age of the oldest message not yet delivered, in seconds",
    labels=("connection",),
)
def outbox_age() -> Labelled:
    now = timezone.now()
    waiting = OutboundMessage.objects.filter(state__in=WAITING).values_list("connection__code")
    for code, oldest in waiting.annotate(oldest=Min("created_at")).order_by():
        yield (code,), (now - oldest).total_seconds()


@gauge(
    "mes_outbox_depth",
    "Messages by connection and state, without the settled ones",
    labels=("connection", "state"),
)
def outbox_depth() -> Labelled:
    open_ones = OutboundMessage.objects.filter(state__in=(*WAITING, OutboundState.PARKED))
    rows = open_ones.values_list("connection__code", "state").annotate(count=Count("pk")).order_by()
    for code, state, count in rows:
        yield (code, state), count


@gauge("mes_news_depth", "Production events that no connection has looked at yet")
def news_depth() -> float:
    return EventNews.objects.count()


@gauge("mes_inbox_depth", "Inbound messages that wait or were refused", labels=("connection", "state"))
def inbox_depth() -> Labelled:
    open_ones = InboundMessage.objects.filter(
        state__in=(InboundState.RECEIVED, InboundState.PARTLY, InboundState.REFUSED)
    )
    rows = open_ones.values_list("connection__code", "state").annotate(count=Count("pk")).order_by()
    for code, state, count in rows:
        yield (code, state), count
