"""What an order needs, and whether it is there."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Case, Sum, When

from machines.models import Plant
from mes.lib.fields import ZERO
from orders.enums import StockStatus
from orders.models import Bom, BomLine, Item, ProductionOrder, StockBalance

EXACT = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class Needed:
    """One material. ``free``: in stock and not promised to other orders, or reserved for this one."""

    item: str
    name: str
    unit: str
    needed: Decimal
    free: Decimal

    @property
    def missing(self) -> Decimal:
        return max(self.needed - self.free, ZERO)

    def as_json(self) -> dict[str, Any]:
        return {
            "item": self.item,
            "name": self.name,
            "unit": self.unit,
            "needed": str(self.needed),
            "free": str(self.free),
            "missing": str(self.missing),
        }


def material_of(order: ProductionOrder) -> list[Needed]:
    """What the order still needs. Two queries."""
    lines = list(order.components.select_related("item", "unit").order_by("position"))
    free = free_stock(order.plant_id, [line.item_id for line in lines])
    return [
        Needed(
            line.item.code,
            line.item.name,
            line.unit.symbol,
            max(line.quantity - line.issued, ZERO),
            free.get(line.item_id, ZERO) + line.reserved,
        )
        for line in lines
    ]


def material_for(plant: Plant, item: Item, quantity: Decimal) -> list[Needed]:
    """What an order of the item would need, by its bill of material. Three queries."""
    bom = bom_for(item.pk, item.revision)
    if bom is None:
        return []
    lines = list(bom.lines.select_related("item__unit").order_by("position"))
    free = free_stock(plant.pk, [line.item_id for line in lines])
    return [
        Needed(
            line.item.code,
            line.item.name,
            line.item.unit.symbol,
            needed_of(line, quantity / bom.base_quantity),
            free.get(line.item_id, ZERO),
        )
        for line in lines
    ]


def bom_for(item: int, revision: str) -> Bom | None:
    """The item's (id) active bill of material of that revision, else the newest one. One query."""
    boms = Bom.objects.filter(item=item, active=True)
    own_first = Case(When(revision=revision, then=0), default=1)
    return boms.order_by(own_first, "-revision").first()


def needed_of(line: BomLine, factor: Decimal) -> Decimal:
    """What a line needs for ``factor`` times the base quantity, its scrap included."""
    exact: Decimal = line.quantity * factor / (1 - line.scrap_percent / 100)
    return exact.quantize(EXACT, ROUND_HALF_UP)


def first_need(order: ProductionOrder) -> tuple[bool, datetime, int]:
    """By what orders are sorted that want the same material: the first need first (those without one last, by
    when they came), then priority."""
    need = order.planned_start_at or order.requested_at
    return need is None, need or order.created_at, order.priority


def free_stock(
    plant: int, items: Collection[int], *, statuses: Collection[str] = tuple(StockStatus)
) -> dict[int, Decimal]:
    """By item, what is there in these statuses and reserved for nobody. One query."""
    rows = StockBalance.objects.filter(plant=plant, item__in=items, status__in=statuses).values("item")
    return {
        row["item"]: max(row["on_hand"] - row["reserved"], ZERO)
        for row in rows.annotate(on_hand=Sum("on_hand"), reserved=Sum("reserved")).order_by()
    }
