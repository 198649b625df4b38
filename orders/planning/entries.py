"""A plan's rows, copied into the database as plain tuples: thousands of model objects take longer to make
than the plan by rule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from mes.lib.bulk import copy_rows
from orders.models import Plan, PlanEntry
from orders.planning.load import Loaded

if TYPE_CHECKING:
    from orders.planning.engine.shop import Plan as EnginePlan


class Row(NamedTuple):
    """The columns of a :class:`~orders.models.PlanEntry` under their own names."""

    plan_id: int
    operation_id: int
    machine_id: int | None
    slot: int
    start_at: datetime
    run_at: datetime
    end_at: datetime
    running: bool
    pinned: bool


def copy_entries(
    plan: Plan,
    loaded: Loaded,
    made: EnginePlan,
    *,
    pinned: Collection[int] = (),
    left_out: Collection[int] = (),
) -> None:
    """Store what was made of the loaded operations. ``pinned``: tasks; ``left_out``: jobs."""
    copy_rows(PlanEntry, Row._fields, _rows(plan, loaded, made, pinned, left_out))


def _rows(
    plan: Plan, loaded: Loaded, made: EnginePlan, pinned: Collection[int], left_out: Collection[int]
) -> Iterator[Row]:
    loads: dict[tuple[int, datetime, datetime], int] = defaultdict(int)
    for placed in made.placed[: len(loaded.operations)]:
        if placed is None or loaded.shop.tasks[placed.task].job in left_out:
            continue
        operation = loaded.operations[placed.task].pk
        machine, slot = loaded.slots[placed.resource] if placed.resource >= 0 else (None, 1)
        start = loaded.zero + timedelta(seconds=placed.start)
        run = loaded.zero + timedelta(seconds=placed.run_start)
        end = loaded.zero + timedelta(seconds=placed.end)
        running = loaded.running.get(operation)
        if running is not None:
            start, run = running.started_at, running.production_at or run
        elif machine is not None and machine.together:
            # What runs together in one load has a slot each.
            load = machine.pk, run, end
            loads[load] += 1
            slot = min(loads[load], machine.slots)
        yield Row(
            plan.pk,
            operation,
            None if machine is None else machine.pk,
            slot,
            start,
            run,
            end,
            running is not None,
            placed.task in pinned,
        )
