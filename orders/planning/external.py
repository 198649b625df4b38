"""A plan that somebody else made: stored as a draft beside ours, checked by the same rules, compared."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from machines.models import Plant
from mes.accounts.models import User
from mes.lib.errors import InvalidInput, KeyReused, Problem
from mes.lib.live import announce
from orders.domain.events import body_hash
from orders.enums import PlanOrigin, PlanState
from orders.models import Plan
from orders.planning.entries import copy_entries
from orders.planning.figures import figures_of
from orders.planning.make import basis_of, forget_old, troubles_of
from orders.planning.stand import Standing, plan_now, stand
from orders.planning.versions import next_number

if TYPE_CHECKING:
    from orders.planning.engine.shop import Plan as EnginePlan

MOST_CONFLICTS = 500
NOT_ASKED = frozenset({"duration", "changeover", "interrupted"})
"""Rules about setup and run apart: another planner tells only when an operation begins and ends."""


@dataclass(frozen=True, slots=True)
class Row:
    """An operation from ``start`` to ``end``, setup included; no machine: outside."""

    order: str
    operation: str
    machine: str
    start: datetime
    end: datetime
    sequence: str = ""
    slot: int = 1


@transaction.atomic
def import_plan(
    *, plant: Plant, rows: Sequence[Row], source: str, key: uuid.UUID, by: User | None
) -> tuple[Plan, bool]:
    """Store the rows as a draft; whether this key had made it before. What it breaks stands in the draft as
    conflicts, and open operations that it leaves out too.

    Raises InvalidInput with every row that means nothing here, KeyReused when the key came with other rows.
    """
    Plant.objects.select_for_update(no_key=True).get(pk=plant.pk)
    said = body_hash({"rows": [[str(part) for part in _parts(row)] for row in rows], "source": source})
    known = Plan.objects.filter(key=key).first()
    if known is not None:
        if known.cause.get("body") != said:
            raise KeyReused("key_reused", _("This key was already used for another plan."), field="key")
        return known, True
    standing = stand(plant)
    made = _engine_plan(standing, rows)
    before = _ours(standing)
    plan = Plan.objects.create(
        plant=plant,
        number=next_number(plant),
        state=PlanState.DRAFT,
        seconds=0,
        origin=PlanOrigin.EXTERNAL,
        source=source[:80],
        key=key,
        cause={"body": said, "rows": len(rows)},
        requested_by=by,
        zero_at=standing.loaded.zero,
        made_at=timezone.now(),
        progress_percent=100,
        conflicts=list(_conflicts(standing, made))[:MOST_CONFLICTS],
        troubles=troubles_of(standing.loaded, standing.troubles),
        basis=basis_of(standing.loaded),
        **figures_of(standing, standing.shop, made),
        **{f"first_{name}": value for name, value in before.items()},
    )
    copy_entries(plan, standing.loaded, made)
    forget_old(plant.pk)
    announce(f"plan:{plant.pk}")
    return plan, False


def _ours(standing: Standing) -> dict[str, Any]:
    """The figures of our plan as things are now; nothing where there is none."""
    if standing.plan is None:
        return {}
    return figures_of(standing, standing.shop, plan_now(standing))


def _engine_plan(standing: Standing, rows: Sequence[Row]) -> EnginePlan:
    from orders.planning.engine.shop import Cost, Placed, Plan

    loaded = standing.loaded
    numbers = {order.pk: order.number for order in loaded.orders}
    tasks = {
        (numbers[operation.order_id], operation.sequence, operation.number): task
        for task, operation in enumerate(loaded.operations)
    }
    codes = {machine.pk: machine.code for machine, _slot in loaded.slots}
    resources = {(codes[machine], slot): one for (machine, slot), one in loaded.resource_of().items()}
    placed: list[Placed | None] = [None] * len(standing.shop.tasks)
    problems = []
    for number, row in enumerate(rows, start=1):
        task = tasks.get((row.order, row.sequence, row.operation))
        resource = -1 if not row.machine else resources.get((row.machine, row.slot))
        if task is None:
            known = any(row.order == order.number for order in loaded.orders)
            field, value = ("operation", row.operation) if known else ("order", row.order)
            problems.append(
                _problem(f"unknown_{field}", _("Nothing open has this number."), field, number, value)
            )
        elif placed[task] is not None:
            problems.append(
                _problem("twice", _("This operation came before."), "operation", number, row.operation)
            )
        elif resource is None:
            problems.append(
                _problem(
                    "unknown_machine", _("No active machine has this code."), "machine", number, row.machine
                )
            )
        elif row.end < row.start:
            problems.append(
                _problem("backward", _("The end is before the start."), "end", number, row.end.isoformat())
            )
        else:
            start, end = standing.seconds(row.start), standing.seconds(row.end)
            placed[task] = Placed(task, resource, start, start, end, 0)
    if problems:
        raise InvalidInput(problems)
    # Pins stand behind the real tasks, as tasks that take no time.
    for task in range(standing.real_tasks, len(placed)):
        pinned = placed[standing.shop.tasks[task].after[0]]
        if pinned is not None:
            placed[task] = Placed(task, -1, pinned.end, pinned.end, pinned.end, 0)
    return Plan(tuple(placed), Cost(0.0, 0.0, 0, 0.0, 0.0, 0.0))


def _conflicts(standing: Standing, made: EnginePlan) -> Iterable[dict[str, Any]]:
    """What the validator finds, and what is shorter than its work."""
    from orders.planning.engine.validate import violations

    shop, loaded = standing.shop, standing.loaded
    left_out = {trouble.job for trouble in standing.troubles}
    found = [
        (one.rule, one.task)
        for one in violations(shop, made)
        if one.rule not in NOT_ASKED and one.task < standing.real_tasks
    ]
    for task, placed in enumerate(made.placed[: standing.real_tasks]):
        if placed is None or placed.resource < 0 or shop.tasks[task].fixed is not None:
            continue
        windows = shop.resources[placed.resource].windows
        worked = sum(max(0, min(one.end, placed.end) - max(one.start, placed.start)) for one in windows)
        needs = [one.seconds for one in shop.tasks[task].alternatives if one.resource == placed.resource]
        if needs and worked < needs[0]:
            found.append(("too short", task))
    numbers = {order.pk: order.number for order in loaded.orders}
    for rule, task in found:
        if shop.tasks[task].job in left_out:
            continue
        operation = loaded.operations[task]
        yield {
            "rule": rule,
            "order": numbers[operation.order_id],
            "order_id": operation.order_id,
            "operation": operation.number,
        }


def _parts(row: Row) -> tuple[object, ...]:
    return row.order, row.sequence, row.operation, row.machine, row.slot, row.start, row.end


def _problem(code: str, message: str, field: str, row: int, value: str) -> Problem:
    return Problem(code, message, field, row, value)
