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
