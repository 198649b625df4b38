"""One operation moved or pinned by a planner: its consequences first, then a new version of the plan."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from machines.models import Machine
from mes.accounts.models import User
from mes.lib.errors import MesError, Refused
from orders.enums import PlanOrigin, PlanState
from orders.models import Operation, Plan
from orders.planning.consequences import Consequences, consequences_of
from orders.planning.stand import MADE, Standing
from orders.planning.standing_cache import standing_now
from orders.planning.versions import store_version

if TYPE_CHECKING:
    from orders.planning.engine.shop import Plan as EnginePlan
    from orders.planning.engine.shop import Shop


@dataclass(frozen=True, slots=True)
class Move:
    """``start_at``/``end_at``: where the operation really comes to stand, setup included; later than
    ``wanted_at`` where it can't begin then."""

    operation: Operation
    machine: Machine
    slot: int
    wanted_at: datetime
    start_at: datetime
    end_at: datetime
    consequences: Consequences


def preview_move(
    *, plan: Plan, operation: Operation, machine: Machine, start_at: datetime, slot: int = 1
) -> Move:
    """What moving the operation to the machine, not to begin before ``start_at``, does to every order.

    It goes before the first operation that the plan has there at that time or later. Nothing is stored.
    Raises MesError ``unknown_operation``, ``unknown_machine``, ``wrong_machine``; Refused ``running``,
    ``outside``, ``waits_for_itself``, ``plan_too_old``, ``wrong_state``.
    """
    return _moved(plan, operation, machine, start_at, slot)[1]


def move_operation(
    *,
    plan: Plan,
    operation: Operation,
    machine: Machine,
    start_at: datetime,
    slot: int = 1,
    pin: bool = True,
    by: User,
    publish: bool = False,
) -> Plan:
    """The same as a new version of the plan, in which the operation is pinned if ``pin``; in force at once if
    ``publish``. Raises what :func:`preview_move` raises, and Refused ``plan_changed``."""
    computed, move = _moved(plan, operation, machine, start_at, slot)
    standing, task = computed.standing, computed.task
    pins = (set(standing.pins) | {task}) if pin else (set(standing.pins) - {task})
    return store_version(
        standing=standing,
        shop=computed.shop,
        made=computed.after,
        before=computed.before,
        origin=PlanOrigin.MOVED,
        cause={
            "order": operation.order.number,
            "operation": operation.number,
            "machine": machine.code,
            "start_at": move.start_at.isoformat(),
            "pinned": pin,
            "late_hours": round(move.consequences.late_hours, 2),
        },
        by=by,
        publish=publish,
        pins=pins,
    )


def pin_operation(*, plan: Plan, operation: Operation, pinned: bool, by: User) -> Plan:
    """Pin an operation where the plan has it, or let it go: a new version with everything where it stands,
    in force at once if ``plan`` is. Raises MesError ``unknown_operation``, Refused."""
    from orders.planning.stand import plan_now

    standing = _standing(plan)
    task = _task(standing, operation)
    now = plan_now(standing)
    return store_version(
        standing=standing,
        shop=standing.shop,
        made=now,
        before=now,
        origin=PlanOrigin.MOVED,
        cause={"order": operation.order.number, "operation": operation.number, "pinned": pinned},
        by=by,
        publish=plan.state == PlanState.PUBLISHED,
        pins=(set(standing.pins) | {task}) if pinned else (set(standing.pins) - {task}),
    )


@dataclass(frozen=True, slots=True)
class _Computed:
    standing: Standing
    shop: Shop
    task: int
    before: EnginePlan
    after: EnginePlan


def _moved(
    plan: Plan, operation: Operation, machine: Machine, start_at: datetime, slot: int
) -> tuple[_Computed, Move]:
    from orders.planning.engine.sequences import plan_of
    from orders.planning.engine.standing import CannotStand, only_there, queues_of, timed, without

    standing = _standing(plan)
    task, resource = _task(standing, operation), _resource(standing, machine, slot)
    shop, seconds, earliest = _shop(standing, task, resource, start_at)
    before = standing.laid_out
    queues = without(queues_of(before), [task])
    wanted = standing.seconds(start_at)
    place = sum(
        1
        for other in queues[resource]
        if shop.tasks[other].fixed is not None or int(before.starts[other]) < wanted
    )
    queues[resource].insert(place, task)
    there = only_there(standing.arrays, task, resource, seconds, earliest)
    try:
        after = plan_of(timed(there, queues, weights=standing.weights))
    except CannotStand:
        raise Refused(
            "waits_for_itself", _("There it would wait for an operation that waits for it.")
        ) from None
    placed = after.placed[task]
    if placed is None:
        raise Refused("no_place", _("There it finds no place within half a year."))
    computed = _Computed(standing, shop, task, plan_of(before), after)
    return computed, Move(
        operation=operation,
        machine=machine,
        slot=slot,
        wanted_at=start_at,
        start_at=standing.moment(placed.start),
        end_at=standing.moment(placed.end),
        consequences=consequences_of(standing, shop, computed.before, after),
    )


def _standing(plan: Plan) -> Standing:
    if plan.state not in MADE or plan.state == PlanState.REPLACED:
        raise Refused("wrong_state", _("Only the plan in force or a draft can be changed."))
    return standing_now(plan.plant, plan=plan)


def _task(standing: Standing, operation: Operation) -> int:
    task = standing.task_of(operation.pk)
    if task is None:
        raise MesError("unknown_operation", _("This operation isn't open any more."), field="operation")
    if standing.shop.tasks[task].fixed is not None:
        raise Refused("running", _("It runs already, or is being set up."))
    if not standing.shop.tasks[task].alternatives:
        raise Refused("outside", _("It is done outside, or can't be planned."))
    return task


def _resource(standing: Standing, machine: Machine, slot: int) -> int:
    resource = standing.loaded.resource_of().get((machine.pk, slot))
    if resource is None:
        raise MesError("unknown_machine", _("This machine isn't active in the plant."), field="machine")
    return resource


def _shop(standing: Standing, task: int, resource: int, start_at: datetime) -> tuple[Shop, int, int]:
    """The shop in which the task is done there and not before, its old pin, if it had one, gone; how long it
    runs there, and from when on it may begin."""
    tasks = list(standing.shop.tasks)
    real = standing.loaded.shop.tasks[task]
    able = tuple(one for one in real.alternatives if one.resource == resource)
    if not able:
        raise MesError("wrong_machine", _("This machine can't do the operation."), field="machine")
    earliest = max(real.earliest, standing.seconds(start_at), 0)
    tasks[task] = replace(tasks[task], alternatives=able, earliest=earliest)
    return replace(standing.shop, tasks=tuple(tasks)), able[0].seconds, earliest
