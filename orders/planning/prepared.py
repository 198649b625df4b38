"""What counts in a plant's plan, and what people have prepared by the plan in force."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from machines.models import Plant
from orders.models import PlanEntry, PlanWeights
from orders.planning.engine.shop import Earlier, Shop, Weights
from orders.planning.load import Loaded
from orders.queries.plans import plan_in_force


@dataclass(frozen=True, slots=True)
class Counts:
    """``near``: how far ahead people prepare, so that moving something costs."""

    weights: Weights
    near: timedelta


def plan_weights_of(plant: Plant) -> Counts:
    row = PlanWeights.objects.filter(plant=plant).first() or PlanWeights(plant=plant)
    return Counts(
        Weights(lateness=float(row.lateness), setup=float(row.setup), stability=float(row.stability)),
        timedelta(hours=float(row.near_hours)),
    )


def with_prepared(loaded: Loaded, plant: Plant, near: timedelta) -> Shop:
    """The shop in which each task that the plan in force begins within ``near`` knows where it stood."""
    base = plan_in_force(plant)
    if base is None or not near:
        return loaded.shop
    task_of = {operation.pk: task for task, operation in enumerate(loaded.operations)}
    resource_of = {(machine.pk, slot): index for index, (machine, slot) in enumerate(loaded.slots)}
    soon = PlanEntry.objects.filter(plan=base, start_at__lt=loaded.zero + near).order_by()
    tasks = list(loaded.shop.tasks)
    for operation, machine, slot, start in soon.values_list("operation_id", "machine_id", "slot", "start_at"):
        task, resource = task_of.get(operation), resource_of.get((machine, slot))
        if task is not None and resource is not None:
            seconds = max(int((start - loaded.zero).total_seconds()), 0)
            tasks[task] = replace(tasks[task], earlier=Earlier(resource, seconds))
    return replace(loaded.shop, tasks=tuple(tasks))
