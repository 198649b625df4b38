"""Plans as pages show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from machines.models import Plant
from orders.enums import PlanState
from orders.models import Plan, ProductionOrder
from orders.queries.plan_compare import order_ends

PENDING = (PlanState.REQUESTED, PlanState.COMPUTING)


def plan_in_force(plant: Plant) -> Plan | None:
    return Plan.objects.filter(plant=plant, state=PlanState.PUBLISHED).select_related("published_by").first()


def newest_plans(plant: Plant) -> list[Plan]:
    """The last ones, newest first."""
    return list(Plan.objects.filter(plant=plant).select_related("requested_by", "published_by")[:15])


@dataclass(frozen=True, slots=True)
class PlannedOrder:
    """One order in a plan. ``late``: how long after its due date it ends; ``moved``: how much later
    than in the plan it is compared with, negative for earlier."""

    order: ProductionOrder
    due: datetime | None
    end: datetime
    late: timedelta
    moved: timedelta | None

    @property
    def moved_by(self) -> timedelta:
        """How far, either way."""
        return abs(self.moved or timedelta(0))

    @property
    def is_later(self) -> bool:
        return self.moved is not None and self.moved > timedelta(0)


def planned_orders(plan: Plan, *, against: Plan | None = None) -> list[PlannedOrder]:
    """The orders of a plan, the latest first, then by their end. Three queries."""
    ends = order_ends(plan)
    before = order_ends(against) if against is not None else {}
    found = []
    for order in ProductionOrder.objects.filter(pk__in=ends).select_related("item"):
        due, end = order.promised_at or order.requested_at, ends[order.pk]
        late = max(end - due, timedelta(0)) if due else timedelta(0)
        moved = end - before[order.pk] if order.pk in before else None
        found.append(PlannedOrder(order, due, end, late, moved))
    return sorted(found, key=lambda one: (-one.late, one.end, one.order.number))
