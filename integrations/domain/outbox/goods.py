"""Goods movements for partners that want them from us: one message per move of the stock ledger, each once.

A connection says so with its option ``goods_movements``: ``{"kinds": ["issue", "produced"], "from":
"2026-03-02"}``. What the ERP books by itself (backflush) is never sent.
"""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from django.db import transaction
from django.db.models import Exists, Max, OuterRef, QuerySet
from django.utils import timezone

from integrations.domain.formats import GoodsMove
from integrations.domain.outbox.amounts import ZERO
from integrations.domain.outbox.canonical import from_json, to_json
from integrations.domain.outbox.days import DaysOfOperations
from integrations.enums import Delivery
from integrations.models import Connection, OutboundMessage
from mes.lib.live import announce
from orders.domain.documents import Confirmation
from orders.enums import EventKind, MoveKind
from orders.models import OrderComponent, ProductionEvent, StockMove

logger = structlog.get_logger(__name__)

GOODS = "goods"
KINDS = frozenset({MoveKind.ISSUE.value, MoveKind.PRODUCED.value})
AT_ONCE = 500


def collect_goods() -> int:
    """Make a message of each move that a partner is to book and has no message yet. Returns how many."""
    wanting = Connection.objects.filter(
        active=True, delivery=Delivery.FILE, options__has_key="goods_movements"
    ).select_related("plant", "api_key")
    return sum(_collect(connection) for connection in wanting)


@transaction.atomic
def _collect(connection: Connection) -> int:
    moves = _moves(connection)
    if moves is None or not moves.exists():
        return 0
    locked = Connection.objects.select_for_update(of=("self",), no_key=True).get(pk=connection.pk)
    last = OutboundMessage.objects.filter(connection=locked).aggregate(last=Max("sequence"))["last"] or 0
    days = DaysOfOperations(connection)
    now = timezone.now()
    messages = [
        OutboundMessage(
            connection=locked,
            identity=move.key,
            sequence=sequence,
            order=move.order,
            kind=GOODS,
            canonical=_content(move, sequence, now, days),
            created_at=now,
            next_try_at=now,
        )
        for sequence, move in enumerate(moves.order_by("pk")[:AT_ONCE], start=last + 1)
    ]
    OutboundMessage.objects.bulk_create(messages)
    announce("outbox")
    return len(messages)


def _moves(connection: Connection) -> QuerySet[StockMove] | None:
    """Moves of this partner's orders since the agreed day that nobody was told of."""
    option = connection.options["goods_movements"]
    try:
        kinds = KINDS & set(option["kinds"])
        since = date.fromisoformat(option["from"])
    except (KeyError, TypeError, ValueError):
        logger.warning("goods_movements_option", connection=connection.code, option=option)
        return None
    zone = ZoneInfo(connection.plant.time_zone)
    created = ProductionEvent.objects.filter(kind=EventKind.CREATED, via__in=connection.channels)
    backflushed = OrderComponent.objects.filter(
        order=OuterRef("order"), item=OuterRef("item"), backflush=True
    )
    told = OutboundMessage.objects.filter(identity=OuterRef("key"))
    return (
        StockMove.objects.filter(
            plant=connection.plant_id,
            kind__in=kinds,
            occurred_at__gte=datetime.combine(since, time.min, zone),
            order__in=created.values("order"),
        )
        .exclude(Exists(told))
        .exclude(Exists(backflushed))
        .select_related("order__plant", "order__unit", "item__unit", "component", "event__operation")
    )


def _content(move: StockMove, sequence: int, now: datetime, days: DaysOfOperations) -> dict[str, Any]:
    """A confirmation of nothing, so that every reader of messages can show it, and the move."""
    order = move.order
    if order is None:
        raise ValueError("a goods movement without an order")
    operation = move.event.operation if move.event else None
    posted = days.of_group(operation.machine_group_id if operation else None).at(move.occurred_at).date
    blank = Confirmation(
        identity=move.key.hex.upper(),
        sequence=sequence,
        order=order.number,
        operation=operation.number if operation else "",
        plant=order.plant.erp_code or order.plant.code,
        work_centre="",
        confirmation_number="",
        unit=move.item.unit.code,
        good=ZERO,
        scrap=ZERO,
        rework=ZERO,
        scrap_reason="",
        setup_seconds=ZERO,
        run_seconds=ZERO,
        stop_seconds=ZERO,
        labour_seconds=ZERO,
        start=move.occurred_at,
        end=move.occurred_at,
        person="",
        final=False,
        created=now,
        time_zone=order.plant.time_zone,
        posting_date=posted,
    )
    raw = move.component.raw if move.component else {}
    return {
        **to_json(blank),
        GOODS: {
            "item": move.item.code,
            "lot": move.lot,
            "quantity": str(move.quantity),
            "is_receipt": move.kind == MoveKind.PRODUCED,
            "reservation": str(raw.get("RSNUM", "")),
            "reservation_item": str(raw.get("RSPOS", "")),
        },
    }


def goods_move(message: OutboundMessage) -> GoodsMove:
    """The move of a message, for its writer."""
    blank = from_json(message.canonical)
    goods = message.canonical[GOODS]
    moment = blank.end or message.created_at
    return GoodsMove(
        item=goods["item"],
        lot=goods["lot"],
        quantity=Decimal(goods["quantity"]),
        unit=blank.unit,
        is_receipt=goods["is_receipt"],
        order=blank.order,
        plant=blank.plant,
        reservation=goods["reservation"],
        reservation_item=goods["reservation_item"],
        occurred_at=moment,
        posting_date=blank.posting_date or moment.astimezone(ZoneInfo(blank.time_zone)).date(),
        time_zone=blank.time_zone,
    )
