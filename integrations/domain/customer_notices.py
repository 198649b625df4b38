"""Telling whoever wants to know how customer orders stand: noticed by comparing with what was told last.

A notice is the same picture that the REST answer gives, and nothing else. It leaves signed like every webhook
(``outbox/webhook.py``), one of an order at a time; a notice that never left is brought up to date.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from integrations.domain.outbox.canonical import moment_text
from integrations.domain.outbox.outcome import Outcome
from integrations.domain.outbox.rules import SHIPPED, pause, react
from integrations.domain.outbox.webhook import Parcel, secret_for, send
from integrations.enums import OutboundState
from integrations.models import StatusNotice, StatusWebhook
from orders.models import CustomerOrder, CustomerOrderLine, ProductionEvent
from orders.queries.customer_status import LineStatus, Stage, statuses_of

logger = structlog.get_logger(__name__)

KIND = "customer_order_status"
OVER = (Stage.MADE, Stage.CANCELLED)
ORDERS_AT_ONCE, NOTICES_AT_ONCE = 500, 20
LEASE = timedelta(seconds=45)
TOLD = ("stage", "requested", "promised", "forecast", "quantity", "reason")
"""What of a line is news when it changes."""


def notice_changes(*, now: datetime | None = None) -> int:
    """Make notices of what changed since each webhook was told last. Returns how many were made or renewed.

    Orders that were over when they were told last, and in which nothing happened since, are passed by.
    """
    now = now or timezone.now()
    made = 0
    for webhook in StatusWebhook.objects.filter(active=True).order_by("pk"):
        orders = list(_watched(webhook))
        for start in range(0, len(orders), ORDERS_AT_ONCE):
            made += _notice(webhook, orders[start : start + ORDERS_AT_ONCE], now)
    return made


def _watched(webhook: StatusWebhook) -> QuerySet[CustomerOrder]:
    """Orders with lines, less those that ended and were told so, when nothing happened since."""
    told = StatusNotice.objects.filter(webhook=webhook, order=OuterRef("pk")).order_by("-sequence")
    lines = CustomerOrderLine.objects.filter(order=OuterRef("pk"))
    since = ProductionEvent.objects.filter(
        order__customer_line__order=OuterRef("pk"), recorded_at__gt=OuterRef("told_at")
    )
    orders = CustomerOrder.objects.filter(Exists(lines)).annotate(
        told_at=Subquery(told.values("created_at")[:1]), ended=Subquery(told.values("content__over")[:1])
    )
    if webhook.customer_id is not None:
        orders = orders.filter(customer=webhook.customer_id)
    untouched = Q(ended=True) & ~Exists(since) & ~Exists(lines.filter(production_orders__isnull=True))
    return orders.filter(Q(told_at=None) | ~untouched).order_by("pk")


@transaction.atomic
def _notice(webhook: StatusWebhook, some: Iterable[CustomerOrder], now: datetime) -> int:
    # One at a time per webhook: numbers without gaps, and no notice twice.
    StatusWebhook.objects.select_for_update(of=("self",), no_key=True).get(pk=webhook.pk)
    orders = {order.pk: order for order in some}
    last = {
        notice.order_id: notice
        for notice in StatusNotice.objects.filter(webhook=webhook, order__in=orders)
        .order_by("order_id", "-sequence")
        .distinct("order_id")
    }
    number = StatusNotice.objects.filter(webhook=webhook).aggregate(last=Max("sequence"))["last"] or 0
    fresh, renewed = [], []
    for pk, lines in statuses_of(orders.values()).items():
        picture = picture_of(orders[pk], lines)
        before = last.get(pk)
        changes = changes_between(before.content if before else {}, picture, webhook.forecast_step_minutes)
        if not changes:
            continue
        content = {**picture, "changes": changes, "created": moment_text(now)}
        if before and before.state == OutboundState.QUEUED and not before.attempts:
            before.content = {**content, "changes": sorted({*before.content["changes"], *changes})}
            renewed.append(before)
        else:
            number += 1
            fresh.append(StatusNotice(webhook=webhook, order_id=pk, sequence=number, content=content))
    StatusNotice.objects.bulk_create(fresh)
    StatusNotice.objects.bulk_update(renewed, ["content"])
    return len(fresh) + len(renewed)


def picture_of(order: CustomerOrder, lines: Iterable[LineStatus]) -> dict[str, Any]:
    """What the receiver may know of an order; ``over`` when nothing more is to come."""
    lines = list(lines)
    return {
        "number": order.number,
        "customer_reference": order.customer_reference,
        "over": all(line.stage in OVER for line in lines),
        "lines": [_line(line) for line in lines],
    }


def _line(line: LineStatus) -> dict[str, Any]:
    return {
        "position": line.position,
        "item": line.item,
        "item_name": line.item_name,
        "quantity": f"{line.quantity:.3f}",
        "unit": line.unit,
        "stage": str(line.stage),
        "requested": _moment(line.requested),
        "promised": _moment(line.promised),
        "forecast": _moment(line.forecast),
        "changed": _moment(line.changed),
        "reason": str(line.reason) if line.reason else None,
    }


def _moment(moment: datetime | None) -> str | None:
    return moment_text(moment) if moment else None


def changes_between(before: Mapping[str, Any], after: Mapping[str, Any], forecast_step: int) -> list[str]:
    """What a receiver hasn't heard: names like ``10.promised``, by line position. Pure.

    A forecast that moves by less than ``forecast_step`` minutes is no change; one that comes or goes is.
    """
    known = {line["position"]: line for line in before.get("lines", ())}
    found = []
    for line in after["lines"]:
        old = known.get(line["position"], {})
        for name in TOLD:
            if name == "forecast" and old.get(name) and line[name]:
                moved = datetime.fromisoformat(line[name]) - datetime.fromisoformat(old[name])
                if abs(moved) < timedelta(minutes=forecast_step):
                    continue
            if old.get(name) != line[name]:
                found.append(f"{line['position']}.{name}")
    gone = known.keys() - {line["position"] for line in after["lines"]}
    return sorted([*found, *(f"{position}.gone" for position in gone)])


def send_notices(*, now: datetime | None = None) -> int:
    """Send what is due, one after the other. Returns how many were tried."""
    claimed = _claim(now or timezone.now())
    for notice in claimed:
        if not _in_flight(notice).update(leased_until=timezone.now() + LEASE):
            continue  # the ones before took so long that another worker has it
        webhook = notice.webhook
        secret = secret_for(webhook.address, webhook.secret_name)
        if isinstance(secret, Outcome):
            _settle(notice, secret)
            continue
        _settle(notice, send(Parcel(webhook.address, secret, notice.identity.hex.upper(), body_of(notice))))
    return len(claimed)


def body_of(notice: StatusNotice) -> bytes:
    """The bytes that are signed and sent, the same at every repeat."""
    said = {
        "kind": KIND,
        "identity": notice.identity.hex.upper(),
        "sequence": notice.sequence,
        **notice.content,
    }
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


@transaction.atomic
def _claim(now: datetime) -> list[StatusNotice]:
    """Due notices for this worker: the oldest of each order first, and those whose worker died."""
    on_its_way = StatusNotice.objects.filter(
        webhook=OuterRef("webhook"),
        order=OuterRef("order"),
        sequence__lt=OuterRef("sequence"),
        state__in=(OutboundState.QUEUED, OutboundState.SENDING),
    )
    is_due = Q(state=OutboundState.QUEUED, next_try_at__lte=now) | Q(
        state=OutboundState.SENDING, leased_until__lt=now
    )
    claimed = list(
        StatusNotice.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("webhook")
        .filter(is_due, ~Exists(on_its_way), webhook__active=True)
        .order_by("next_try_at", "pk")[:NOTICES_AT_ONCE]
    )
    StatusNotice.objects.filter(pk__in=[notice.pk for notice in claimed]).update(
        state=OutboundState.SENDING, leased_until=now + LEASE, attempts=F("attempts") + 1
    )
    for notice in claimed:
        notice.attempts += 1
    return claimed


def _settle(notice: StatusNotice, outcome: Outcome) -> None:
    """Note what became of an attempt, unless another worker took the notice over meanwhile."""
    outcome = react(outcome.storable(), SHIPPED, attempts=notice.attempts)
    now = timezone.now()
    values: dict[str, Any] = {
        "state": OutboundState.DELIVERED if outcome.state == OutboundState.POSTED else outcome.state,
        "leased_until": None,
        "answer": outcome.answer[:2000],
        "problem": outcome.problem[:500],
    }
    if outcome.state == OutboundState.QUEUED:
        wait = pause(notice.attempts) if outcome.pause is None else outcome.pause
        values["next_try_at"] = now + wait
        logger.warning("status_notice_retry", notice=notice.pk, reason=outcome.problem)
    elif outcome.state != OutboundState.PARKED:
        values["delivered_at"] = now
    _in_flight(notice).update(**values)


def _in_flight(notice: StatusNotice) -> QuerySet[StatusNotice]:
    """The notice, unless another worker took it over."""
    return StatusNotice.objects.filter(pk=notice.pk, state=OutboundState.SENDING, attempts=notice.attempts)


def send_again(notices: QuerySet[StatusNotice]) -> int:
    """Queue refused notices once more, under the same identity. Returns how many."""
    return notices.filter(state=OutboundState.PARKED).update(
        state=OutboundState.QUEUED, next_try_at=timezone.now(), problem=""
    )
