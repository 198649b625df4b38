"""Recalls: from a lot, a machine's time, a tool or a gauge to everything made from it, and its holds."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from machines.models import Machine, Plant, Tool
from mes.accounts.models import User
from mes.lib.errors import InvalidInput, Problem, Refused
from mes.lib.live import announce
from orders.domain.holds import place_hold
from orders.enums import OrderState
from orders.models import GenealogyLink, Hold, HoldKind, Lot, ProductionOrder, Run
from quality.enums import RecallScope
from quality.models import Gauge, InspectionResult, Recall, RecallLot
from quality.queries.trace import Direction, facts_of, lots_made, lots_reached, walk

IN_WORK = (OrderState.PLANNED, OrderState.RELEASED, OrderState.RUNNING)


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
    return lots_reached(scope.origins, walk(scope.origins, Direction.FORWARD))


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
    facts = facts_of(lots)
    RecallLot.objects.bulk_create(
        [
            RecallLot(
                recall=recall,
                lot_id=pk,
                origin=pk in scope.origins,
                in_stock=facts[pk].on_hand,
                shipped=facts[pk].shipped,
            )
            for pk in sorted(lots)
        ],
        batch_size=2000,
    )
    _hold_lots(recall, [facts[pk].lot for pk in sorted(lots)])
    _hold_orders(recall, lots)
    announce("queue", "orders", "stock")
    return recall


def _hold_lots(recall: Recall, lots: Collection[Lot]) -> None:
    held = set(
        Hold.objects.filter(plant=recall.plant, kind=HoldKind.RECALL, lifted_at__isnull=True).values_list(
            "item", "lot"
        )
    )
    Hold.objects.bulk_create(
        [
            Hold(
                item_id=lot.item_id,
                plant=recall.plant,
                lot=lot.number,
                kind=HoldKind.RECALL,
                reason=recall.reason,
                placed_by=recall.by,
                reference=recall.number,
            )
            for lot in lots
            if (lot.item_id, lot.number) not in held
        ],
        batch_size=2000,
    )


def _hold_orders(recall: Recall, lots: Collection[int]) -> None:
    concerned = ProductionOrder.objects.filter(
        lots__pk__any=list(lots), state__in=IN_WORK, plant=recall.plant
    ).exclude(holds__kind=HoldKind.RECALL, holds__lifted_at__isnull=True)
    for order in concerned.distinct().order_by("pk"):
        place_hold(
            order=order,
            operation=None,
            kind=HoldKind.RECALL,
            reason=recall.reason,
            by=recall.by,
            reference=recall.number,
        )


def _check_forward(start: datetime, end: datetime) -> None:
    if end <= start:
        message = _("The end must be after the start.")
        raise InvalidInput([Problem("backward", message, "end", value=end.isoformat())])
