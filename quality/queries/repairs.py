"""The operations that decisions ordered as repairs: how far they are, how long they took, what they cost."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from mes.lib.fields import ZERO
from orders.domain.cost import CENT, cost_of
from orders.models import Operation, ProductionOrder
from orders.queries.cost import cost_facts
from quality.models import Disposition

HOUR = Decimal(3600)


@dataclass(frozen=True, slots=True)
class Repair:
    """``seconds`` of machines, measured; ``euros`` of machines, people and material up to now, None for
    whoever may not know."""

    operation: Operation
    seconds: Decimal
    euros: Decimal | None
    unpriced: tuple[str, ...] = ()


def repairs_of(
    order: ProductionOrder | None, decided: Collection[Disposition], *, with_euros: bool
) -> dict[int, list[Repair]]:
    """By disposition. A constant number of queries, none where nothing is repaired."""
    numbers = {number for one in decided for number in one.operations}
    repairs: dict[int, Repair] = {}
    if order is not None and numbers:
        orders = ProductionOrder.objects.filter(pk=order.pk).select_related("plant", "customer_line")
        for part in (part for facts in cost_facts(orders) for part in cost_of(facts).parts):
            if part.facts is not None and part.facts.operation.pk in numbers:
                hours = sum((one.hours for one in part.facts.machines), ZERO)
                repairs[part.facts.operation.pk] = Repair(
                    part.facts.operation,
                    hours * HOUR,
                    part.actual.quantize(CENT) if with_euros else None,
                    part.unpriced if with_euros else (),
                )
    return {
        one.pk: sorted(
            (repairs[number] for number in one.operations if number in repairs),
            key=lambda repair: repair.operation.position,
        )
        for one in decided
    }
