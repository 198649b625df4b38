"""The figures of inbox, outbox and signal connections for Prometheus, and what makes us unfit."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count, Min
from django.utils import timezone

from integrations.enums import InboundState, OutboundState
from integrations.models import (
    Connection,
    Difference,
    GatewayNow,
    InboundMessage,
    OutboundMessage,
    SignalConnection,
    SignalConnectionNow,
    TrustFigure,
)
from integrations.queries.alarms import alarms
from integrations.queries.connections import connections, fare_of_connection
from integrations.queries.files import missing_numbers
from mes.lib.health import health_check
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


@gauge("mes_partner_alarms", "Alarms about partners", labels=("connection", "kind"))
def partner_alarms() -> Labelled:
    for alarm in alarms():
        yield (alarm.connection.code, alarm.kind), 1.0


@gauge("mes_partner_trust", "Trust figure of a partner, in percent", labels=("connection",))
def partner_trust() -> Labelled:
    newest = TrustFigure.objects.filter(connection__active=True, figure__isnull=False)
    for code, figure in (
        newest.order_by("connection_id", "-at")
        .distinct("connection_id")
        .values_list("connection__code", "figure")
    ):
        yield (code,), float(figure or 0)


@gauge("mes_open_differences", "Open differences between MES and ERP", labels=("connection", "reason"))
def open_differences() -> Labelled:
    rows = Difference.objects.filter(closed_at=None).values_list("connection__code", "reason")
    for code, reason, count in rows.annotate(count=Count("pk")).order_by():
        yield (code, reason), count


@gauge("mes_news_depth", "Production events that no connection has looked at yet")
def news_depth() -> float:
    return EventNews.objects.count()


@gauge("mes_inbox_depth", "Inbound messages that wait or were refused", labels=("connection", "state"))
def inbox_depth() -> Labelled:
    open_ones = InboundMessage.objects.filter(
        state__in=(
            InboundState.RECEIVED,
            InboundState.WAITING,
            InboundState.PARTLY,
            InboundState.REFUSED,
        )
    )
    rows = open_ones.values_list("connection__code", "state").annotate(count=Count("pk")).order_by()
    for code, state, count in rows:
        yield (code, state), count


@gauge("mes_file_gaps", "Gaps in the numbers of a partner's files", labels=("connection",))
def file_gaps() -> Labelled:
    numbered = Connection.objects.select_related("file_rules").filter(active=True)
    for connection in numbered.exclude(file_rules=None).exclude(file_rules__number_pattern=""):
        yield (connection.code,), len(missing_numbers(connection))


@gauge("mes_gateway_silent_seconds", "Time since an edge gateway was last heard of", labels=("gateway",))
def gateway_silence() -> Labelled:
    now = timezone.now()
    for code, seen in GatewayNow.objects.filter(gateway__active=True).values_list("gateway__code", "seen_at"):
        yield (code,), (now - seen).total_seconds()


@gauge("mes_gateway_buffered", "Samples waiting in an edge gateway", labels=("gateway",))
def gateway_buffer() -> Labelled:
    for code, buffered in GatewayNow.objects.values_list("gateway__code", "buffered"):
        yield (code,), buffered


@gauge("mes_gateway_dropped", "Samples an edge gateway had to drop", labels=("gateway",))
def gateway_dropped() -> Labelled:
    for code, dropped in GatewayNow.objects.values_list("gateway__code", "dropped"):
        yield (code,), dropped


@gauge(
    "mes_signal_connection_up",
    "1 if a switched-on signal connection stands, by the clock",
    labels=("connection", "protocol"),
)
def connections_up() -> Labelled:
    now = timezone.now()
    for connection in connections().filter(active=True):
        up = fare_of_connection(connection, now).tone == "right"
        yield (connection.code, connection.protocol), float(up)


@gauge("mes_signal_rejected", "Values of a signal connection that were rejected", labels=("connection",))
def values_rejected() -> Labelled:
    for code, rejected in SignalConnectionNow.objects.values_list("connection__code", "rejected"):
        yield (code,), rejected


@health_check("signal connections")
def connections_are_run() -> str | None:
    """A sender that is away is the plant's trouble; that nobody runs a connection is ours."""
    now = timezone.now()
    ours = SignalConnection.objects.filter(active=True, gateway=None)
    unrun = ours.exclude(now__held_until__gt=now).order_by("code").values_list("code", flat=True)
    return f"nobody runs {', '.join(unrun[:5])}: is the gateway process there?" if unrun else None
