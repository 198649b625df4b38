"""Making a plan: asked for, claimed, computed, checked, stored; then published by a person or thrown away."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

import structlog
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from machines.models import Plant
from mes.accounts.models import User
from mes.lib.bulk import references_checked
from mes.lib.collecting import uncollected
from mes.lib.errors import Refused
from mes.lib.live import announce
from orders.domain.making import Watch, announce_version, claim, fail, stop
from orders.enums import PlanState
from orders.models import Plan
from orders.planning.engine.shop import Trouble
from orders.planning.entries import copy_entries
from orders.planning.figures import figures_of, waits_of
from orders.planning.load import Loaded
from orders.planning.stand import Standing, frozen_shop, stand
from orders.queries.plans import PENDING

if TYPE_CHECKING:
    from orders.planning.engine.shop import Plan as EnginePlan
    from orders.planning.engine.shop import Shop
    from orders.planning.engine.steady import Steadied

logger = structlog.get_logger(__name__)

STEADY = 0.3
"""Share of the search's time for what is likely, where the plant weighs it."""
KEPT = 20
"""Plans of a plant that are kept besides those that were in force."""


@transaction.atomic
def request_plan(*, plant: Plant, by: User | None, seconds: int = 10) -> Plan:
    """Ask for a new plan; the one that is asked for or being made already, if there is one."""
    Plant.objects.select_for_update(no_key=True).get(pk=plant.pk)
    pending = Plan.objects.filter(plant=plant, state__in=PENDING).first()
    if pending is not None:
        return pending
    last = Plan.objects.filter(plant=plant).aggregate(last=Max("number"))["last"] or 0
    plan = Plan.objects.create(plant=plant, number=last + 1, seconds=seconds, requested_by=by, seed=last + 1)
    announce_version(plan)
    return plan


@transaction.atomic
def cancel_plan(*, plan: Plan, by: User) -> Plan:
    """Stop the search. Raises Refused when it is over."""
    if not stop(plan, by=by):
        raise Refused("wrong_state", _("This plan isn't being made any more."))
    return plan


@transaction.atomic
def publish_plan(*, plan: Plan, by: User | None) -> Plan:
    """Put a draft in force in place of the plan before it; ``by`` None: the plant's rule does. Raises Refused
    for anything but a draft."""
    Plant.objects.select_for_update(no_key=True).get(pk=plan.plant_id)
    locked = Plan.objects.select_for_update(of=("self",)).get(pk=plan.pk)
    if locked.state != PlanState.DRAFT:
        raise Refused("wrong_state", _("Only a draft can be put in force."))
    Plan.objects.filter(plant=locked.plant_id, state=PlanState.PUBLISHED).update(state=PlanState.REPLACED)
    locked.state = PlanState.PUBLISHED
    locked.published_at, locked.published_by = timezone.now(), by
    locked.save(update_fields=["state", "published_at", "published_by"])
    announce_version(locked)
    announce("queue")
    return locked


def make_requested() -> int:
    """Make every plan that was asked for and is nobody's, also after a worker died. Returns how many."""
    made = 0
    while (plan := claim(Plan, now=timezone.now())) is not None:
        make_plan(plan)
        made += 1
    return made


def make_plan(plan: Plan) -> None:
    """Compute a claimed plan and store it as a draft. What goes wrong stands in the plan."""
    announce_version(plan)
    try:
        _compute(plan)
    except Exception as error:
        logger.exception("plan_failed", plan=plan.pk)
        fail(plan, error)
    announce_version(plan)


def _compute(plan: Plan) -> None:
    # Compiled code: only the worker that plans pays for loading it.
    from orders.planning.engine.arrays import to_arrays
    from orders.planning.engine.dispatch import first_sequences
    from orders.planning.engine.improve import improve
    from orders.planning.engine.sequences import plan_of
    from orders.planning.engine.standing import merged
    from orders.planning.warm import plans_compiled

    plans_compiled()
    with uncollected():
        standing = stand(plan.plant)
        loaded, weights = standing.loaded, standing.weights
        shop, frozen = frozen_shop(standing)
        arrays = to_arrays(shop) if frozen else standing.arrays
        first = first_sequences(arrays, weights=weights)
        by_rule = plan_of(first)
    watch = Watch(plan)
    share = 1 - STEADY if standing.chance else 1.0
    best = improve(
        *(shop, first),
        seconds=share * plan.seconds,
        seed=plan.seed,
        weights=weights,
        progress=lambda used, cost: watch.goes_on(share * used, cost),
        a=arrays,
    )
    steady = _steadied(plan, standing, shop, best, watch) if standing.chance else None
    if watch.stopped:
        return
    best = best if steady is None else steady.plan
    with uncollected():
        made = merged(best, plan_of(standing.laid_out), frozen) if frozen else best
        left_out = {trouble.job for trouble in standing.troubles}
        figures: dict[str, Any] = {
            **figures_of(standing, standing.shop, made),
            **{f"first_{name}": value for name, value in figures_of(standing, shop, by_rule).items()},
            "likely_late": None if steady is None else steady.after,
            "first_likely_late": None if steady is None else steady.before,
            "weights": {**dataclasses.asdict(weights), "chance": standing.chance},
            "troubles": troubles_of(loaded, standing.troubles),
            "conflicts": waits_of(standing, standing.shop, made),
            "basis": basis_of(loaded),
        }
        _store(plan, standing, made, figures, left_out)


def _steadied(plan: Plan, standing: Standing, shop: Shop, best: EnginePlan, watch: Watch) -> Steadied | None:
    """What the rest of the time makes of the best plan, where the plant weighs how likely orders are late."""
    from orders.planning.engine.steady import Risk, steadied
    from orders.planning.promise.scene import elapsed_of

    risk = Risk(standing.chances, standing.chance, standing.keys, elapsed_of(standing))
    return steadied(
        *(shop, best, risk),
        seconds=plan.seconds * STEADY,
        seed=plan.seed,
        weights=standing.weights,
        progress=lambda used, cost: watch.goes_on(1 - STEADY + STEADY * used, cost),
    )


def troubles_of(loaded: Loaded, troubles: Iterable[Trouble]) -> list[dict[str, Any]]:
    """What could not be planned, as it stands in the plan."""
    return [
        {
            "code": trouble.code,
            "order": loaded.orders[trouble.job].number,
            "order_id": loaded.orders[trouble.job].pk,
            "operation": "" if trouble.task is None else loaded.operations[trouble.task].number,
        }
        for trouble in troubles
    ]


def basis_of(loaded: Loaded) -> list[dict[str, Any]]:
    """What was measured per machine: how many times the standard, from how many operations."""
    machines = {machine.pk: machine for machine, _slot in loaded.slots}
    found = []
    for machine in machines.values():
        ratio = loaded.profiles.machine_ratio(machine.pk, machine.group_id)
        found.append({"machine": machine.code, "ratio": round(ratio.mean, 3), "count": ratio.own})
    return found


@transaction.atomic
def _store(
    plan: Plan, standing: Standing, made: EnginePlan, figures: dict[str, Any], left_out: Collection[int]
) -> None:
    """The entries and the draft's state together, unless somebody cancelled meanwhile. Nothing is kept of a
    plan that can't be carried out."""
    kept = Plan.objects.filter(pk=plan.pk, state=PlanState.COMPUTING).update(
        state=PlanState.DRAFT,
        zero_at=standing.loaded.zero,
        made_at=timezone.now(),
        progress_percent=100,
        **figures,
    )
    if not kept:
        return
    copy_entries(plan, standing.loaded, made, pinned=standing.pins, left_out=left_out)
    with references_checked():
        _check(standing, made)
    forget_old(plan.plant_id)


def _check(standing: Standing, made: EnginePlan) -> None:
    from orders.planning.engine.validate import violations

    broken = [one for one in violations(standing.shop, made) if one.task < standing.real_tasks]
    if broken:
        raise AssertionError(f"the plan breaks {broken[0].rule} at task {broken[0].task}")


def forget_old(plant_id: int) -> None:
    """Delete drafts and failures beyond the newest ``KEPT``; what was in force stays."""
    passed = Plan.objects.filter(plant=plant_id).exclude(
        state__in=(PlanState.PUBLISHED, PlanState.REPLACED, *PENDING)
    )
    Plan.objects.filter(pk__in=list(passed.order_by("-id").values_list("pk", flat=True)[KEPT:])).delete()
