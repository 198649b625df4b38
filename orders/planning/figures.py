"""What a plan costs, as it stands in the plan."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from orders.planning.stand import Standing

if TYPE_CHECKING:
    from orders.planning.engine.shop import Plan as EnginePlan
    from orders.planning.engine.shop import Shop


def figures_of(standing: Standing, shop: Shop, made: EnginePlan) -> dict[str, Any]:
    """Late orders, weighted hours late, hours of setup and hours moved, under the names they have in a plan;
    pins count nowhere."""
    from orders.planning.engine.alternatives import ends_of

    late_orders, late_hours = 0, 0.0
    ends = ends_of(shop, made)
    for index, job in enumerate(standing.loaded.shop.jobs):
        late = ends.get(index, 0) - (job.due if job.due is not None else ends.get(index, 0))
        if late > 0:
            late_orders += 1
            late_hours += job.weight * late / timedelta(hours=1).total_seconds()
    setup = sum(one.setup_seconds for one in made.placed if one is not None) / 3600
    return {
        "late_orders": late_orders,
        "late_hours": late_hours,
        "setup_hours": setup,
        "moved_hours": made.cost.moved_hours,
    }


def waits_of(standing: Standing, shop: Shop, made: EnginePlan) -> list[dict[str, Any]]:
    """Operations that wait longer than they should in it, as they stand among the plan's conflicts."""
    from orders.planning.engine.validate import waiting_too_long

    found = []
    for task, hours in waiting_too_long(shop, made):
        if task < standing.real_tasks:
            order = standing.loaded.orders[shop.tasks[task].job]
            found.append(
                {
                    "rule": "waits too long",
                    "order": order.number,
                    "order_id": order.pk,
                    "operation": standing.loaded.operations[task].number,
                    "detail": f"{hours:.1f} h",
                }
            )
    return found
