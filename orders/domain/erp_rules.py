"""What becomes of a field that the ERP changes, by how far the work has come: shipped and own answers.

Pure but for ``load_rules``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from orders.enums import ErpAnswer, ErpField, WorkState
from orders.models import ErpRule, Operation, ProductionOrder
from orders.models.erp_rule import SHIPPED
from orders.queries.work import IN_WORK, OVER

Key = tuple[int | None, str, str, str]


@dataclass(frozen=True, slots=True)
class Rules:
    """Answers by (plant, order type, field, state); the narrowest one counts, then the shipped one."""

    own: Mapping[Key, ErpAnswer]

    def answer(self, order: ProductionOrder, field: ErpField, state: WorkState) -> ErpAnswer:
        for plant in (order.plant_id, None):
            for order_type in dict.fromkeys((order.order_type, "")):
                found = self.own.get((plant, order_type, field, state))
                if found is not None:
                    return found
        return SHIPPED[field, state]


def load_rules() -> Rules:
    """All rules of all plants: one query."""
    rows = ErpRule.objects.values_list("plant_id", "order_type", "field", "state", "answer")
    return Rules({(plant, kind, name, state): ErpAnswer(answer) for plant, kind, name, state, answer in rows})


def state_of(operations: Iterable[Operation]) -> WorkState:
    """How far the work on these operations has come together."""
    states = [operation.state for operation in operations]
    if states and all(state in OVER for state in states):
        return WorkState.FINISHED
    if any(state in IN_WORK for state in states) or "finished" in states:
        return WorkState.IN_WORK
    return WorkState.UNTOUCHED
