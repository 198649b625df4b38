"""What an order needs, and whether it is there."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Sum

from machines.models import Plant
from mes.lib.fields import ZERO
from orders.models import Bom, Item, ProductionOrder, StockBalance


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
    free = _free(order.plant_id, [line.item_id for line in lines])
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
    """What an order of the item would need, by its newest bill of material. Three queries."""
    boms = Bom.objects.filter(item=item, active=True)
    bom = boms.filter(revision=item.revision).first() or boms.order_by("-revision").first()
    if bom is None:
        return []
    lines = list(bom.lines.select_related("item__unit").order_by("position"))
    free = _free(plant.pk, [line.item_id for line in lines])
    return [
        Needed(
            line.item.code,
            line.item.name,
            line.item.unit.symbol,
            (line.quantity * quantity / bom.base_quantity / (1 - line.scrap_percent / 100)).quantize(
                Decimal("0.001"), ROUND_HALF_UP
            ),
            free.get(line.item_id, ZERO),
        )
        for line in lines
    ]


def _free(plant: int, items: list[int]) -> dict[int, Decimal]:
    rows = StockBalance.objects.filter(plant=plant, item__in=items).values("item")
    return {
        row["item"]: max(row["on_hand"] - row["reserved"], ZERO)
        for row in rows.annotate(on_hand=Sum("on_hand"), reserved=Sum("reserved")).order_by()
    }
