"""S2, S7 and S8 from rows to rows, and the preview of a dragged operation: what a planner waits for.

CPU seconds of this process beside wall seconds; PostgreSQL's own come on top of the former.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.bench.planning.rows import database, planned, plant_of
from tests.bench.planning.table import headed, row

if TYPE_CHECKING:
    from orders.models import Plan

SIZES = ((5_000, 60), (5_000, 500))
FIRST = ((200, 4), (5_000, 60), (20_000, 150))
"""The smallest one is there to be warm."""


def first_plans(_budgets: list[float]) -> None:
    """From the request to the stored draft by rule: rows are read, planned, checked and written."""
    with database():
        headed("First plan, from rows to rows", "operations / machines", "CPU s", "s")
        for operations, machines in FIRST:
            plant = plant_of(operations, machines)
            wall = time.perf_counter()
            cpu = planned(plant, 0)
            row(f"{operations:,} / {machines}", f"{cpu:.2f}", f"{time.perf_counter() - wall:.2f}")


def clicks(budgets: list[float]) -> None:
    with database():
        from orders.queries.plans import plan_in_force

        headed("From rows to rows", "operations / machines", "what", "CPU s", "s")
        for operations, machines in SIZES:
            plant = plant_of(operations, machines)
            seconds = planned(plant, int(budgets[0]))
            plan = plan_in_force(plant)
            if plan is None:
                raise AssertionError("it was put in force")
            named = f"{operations:,} / {machines}"
            row(named, "plan, no search", f"{seconds:.2f}", "")
            for what, click in _clicks(plan):
                click()
                cpu, wall = time.process_time(), time.perf_counter()
                click()
                took = time.process_time() - cpu, time.perf_counter() - wall
                row(named, what, f"{took[0]:.2f}", f"{took[1]:.2f}")


def _clicks(plan: Plan) -> list[tuple[str, Callable[[], object]]]:
    from django.utils import timezone

    from orders.models import Operation, ProductionOrder
    from orders.planning.moving import preview_move
    from orders.planning.replan import adapt
    from orders.planning.stand import rule_of
    from orders.planning.whatif import Down, Rush, what_if
    from orders.queries.staleness import staleness

    plant = plan.plant
    order = ProductionOrder.objects.filter(plant=plant).order_by("-id").first()
    entry = plan.entries.filter(machine__isnull=False).order_by("-start_at")[500]
    now = timezone.now()

    def changed() -> None:
        """Something was booked: what is kept holds no longer."""
        Operation.objects.filter(pk=entry.operation_id).update(not_before_at=timezone.now())

    def preview() -> object:
        return preview_move(
            plan=plan,
            operation=entry.operation,
            machine=entry.machine,
            start_at=entry.start_at + timedelta(hours=20),
        )

    def rush() -> object:
        return what_if(plant, Rush(order.pk, now + timedelta(days=2)))

    def after(click: Callable[[], object]) -> Callable[[], object]:
        def both() -> object:
            changed()
            return click()

        return both

    return [
        ("rush order", after(rush)),
        ("rush, asked again", rush),
        ("machine down", lambda: what_if(plant, Down(entry.machine_id, now, now + timedelta(hours=12)))),
        ("replan", lambda: adapt(staleness(plan, rule_of(plant))).store(publish=False)),
        ("preview", after(preview)),
        ("preview, dragged on", preview),
    ]
