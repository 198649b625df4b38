"""Recalls: from a lot, a machine's time, a tool or a gauge to everything made from it, and its holds."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from machines.models import Machine, Plant, Tool
from mes.accounts.models import User
from mes.lib.errors import InvalidInput, Problem, Refused
from mes.lib.live import announce
from orders.domain.holds import hold_lots, hold_orders
from orders.enums import OrderState
from orders.models import GenealogyLink, Hold, HoldKind, Lot, ProductionOrder, Run
from quality.enums import RecallScope
from quality.models import Gauge, InspectionResult, Recall
from quality.queries.trace import Direction, lots_made, reach

IN_WORK = (OrderState.PLANNED, OrderState.RELEASED, OrderState.RUNNING)

_KEEP_LOTS = """
WITH concerned AS (SELECT id, item_id, number FROM orders_lot WHERE id = ANY(%(lots)s::bigint[]))
INSERT INTO quality_recalllot (recall_id, lot_id, origin, in_stock, shipped)
SELECT %(recall)s, c.id, c.id = ANY(%(origins)s::bigint[]), coalesce(b.there, 0), coalesce(s.gone, 0)
FROM concerned c
LEFT JOIN (
    SELECT item_id, lot, sum(on_hand) AS there FROM orders_stockbalance
    WHERE item_id IN (SELECT item_id FROM concerned) AND on_hand <> 0 GROUP BY item_id, lot
) b ON b.item_id = c.item_id AND b.lot = c.number
LEFT JOIN (
    SELECT lot_id, sum(quantity) AS gone FROM orders_shippedlot
    WHERE lot_id = ANY(%(lots)s::bigint[]) GROUP BY lot_id
) s ON s.lot_id = c.id
ORDER BY c.id
"""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a recall starts from: its lots, and the words that its record shows."""

    kind: RecallScope
    origins: frozenset[int]
    said: dict[str, Any] = field(default_factory=dict)


def from_lots(*, text: str) -> Scope:
    """The lots that a lot number or a supplier's lot names."""
    text = text.strip()
    found = Lot.objects.filter(Q(number=text) | Q(supplier_lot=text)) if text else Lot.objects.none()
    return Scope(RecallScope.LOT, frozenset(found.values_list("pk", flat=True)), {"lot": text})


def from_machine(*, machine: Machine, start: datetime, end: datetime) -> Scope:
    """What the machine worked on in [start, end): the lots that material went into, and those that orders
    with a run there made. Raises InvalidInput for a backward stretch."""
    _check_forward(start, end)
    linked = GenealogyLink.objects.filter(machine=machine, occurred_at__gte=start, occurred_at__lt=end)
    lots = set(linked.values_list("child", flat=True)) | lots_made(
        Run.objects.filter(
            Q(ended_at__isnull=True) | Q(ended_at__gt=start), machine=machine, started_at__lt=end
        ).select_related("operation")
    )
    said = {"machine": machine.code, "from": start.isoformat(), "to": end.isoformat()}
    return Scope(RecallScope.MACHINE, frozenset(lots), said)


def from_tool(*, tool: Tool, start: datetime, end: datetime) -> Scope:
    """What was made with the tool in [start, end)."""
    _check_forward(start, end)
    runs = Run.objects.filter(
        Q(ended_at__isnull=True) | Q(ended_at__gt=start), operation__tool=tool, started_at__lt=end
    )
    said = {"tool": tool.code, "from": start.isoformat(), "to": end.isoformat()}
    return Scope(RecallScope.TOOL, frozenset(lots_made(runs.select_related("operation"))), said)


def from_gauge(*, gauge: Gauge, start: datetime, end: datetime) -> Scope:
    """What was passed with the gauge in [start, end): the lots of the orders whose pieces it measured."""
    _check_forward(start, end)
    orders = InspectionResult.objects.filter(gauge=gauge, at__gte=start, at__lt=end).values(
        "operation__order"
    )
    lots = Lot.objects.filter(order__in=orders).values_list("pk", flat=True)
    said = {"gauge": gauge.code, "from": start.isoformat(), "to": end.isoformat()}
    return Scope(RecallScope.GAUGE, frozenset(lots), said)


def affected_lots(scope: Scope) -> set[int]:
    """The scope's lots and all that was made from them, over any number of steps."""
    return reach(scope.origins, Direction.FORWARD)


@transaction.atomic
def start_recall(*, scope: Scope, plant: Plant, reason: str, by: User, key: uuid.UUID) -> Recall:
    """Write the record and hold every lot and every order in work that is concerned, all or nothing.

    The same key recalls once; a lot that a recall already holds isn't held twice. Raises InvalidInput without
    a reason, Refused when nothing is concerned.
    """
    if known := Recall.objects.filter(key=key).first():
        return known
    if not reason.strip():
        raise InvalidInput([Problem("comment_missing", _("Say in a few words why."), "reason")])
    lots = affected_lots(scope)
    if not lots:
        raise Refused("nothing_concerned", _("No lot is concerned."))
    recall = Recall.objects.create(
        plant=plant, key=key, kind=scope.kind, scope=scope.said, reason=reason.strip()[:300], by=by
    )
    with connection.cursor() as cursor:
        said: dict[str, Any] = {"recall": recall.pk, "lots": list(lots), "origins": list(scope.origins)}
        cursor.execute(_KEEP_LOTS, said)
    hold: dict[str, Any] = {
        "kind": HoldKind.RECALL,
        "reason": recall.reason,
        "by": by,
        "reference": recall.number,
    }
    hold_lots(lots=lots, plant=plant, **hold)
    hold_orders(orders=_orders_to_hold(plant, lots), **hold)
    announce("stock")
    return recall


def _orders_to_hold(plant: Plant, lots: Collection[int]) -> list[ProductionOrder]:
    """The plant's orders in work that make any of these lots and that no recall holds yet."""
    held = Hold.objects.filter(order=OuterRef("pk"), kind=HoldKind.RECALL, lifted_at__isnull=True)
    making = Lot.objects.filter(order=OuterRef("pk"), pk__any=list(lots))
    orders = ProductionOrder.objects.filter(Exists(making), ~Exists(held), plant=plant, state__in=IN_WORK)
    return list(orders.order_by("pk"))


def _check_forward(start: datetime, end: datetime) -> None:
    if end <= start:
        message = _("The end must be after the start.")
        raise InvalidInput([Problem("backward", message, "end", value=end.isoformat())])
