"""Storing a version of the plan that another one led to."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from machines.models import Plant
from mes.accounts.models import User
from mes.lib.errors import Refused
from mes.lib.live import announce
from orders.enums import PlanOrigin, PlanState
from orders.models import Plan
from orders.planning.entries import copy_entries
from orders.planning.figures import figures_of, waits_of
from orders.planning.make import basis_of, forget_old, publish_plan, troubles_of
from orders.planning.stand import Standing

if TYPE_CHECKING:
    from orders.planning.engine.shop import Plan as EnginePlan
    from orders.planning.engine.shop import Shop
    from orders.planning.engine.steady import Steadied


@transaction.atomic
def store_version(
    *,
    standing: Standing,
    shop: Shop,
    made: EnginePlan,
    before: EnginePlan,
    origin: PlanOrigin,
    cause: Mapping[str, Any],
    by: User | None,
    publish: bool,
    pins: Collection[int] | None = None,
    steadied: Steadied | None = None,
) -> Plan:
    """Store ``made`` as a draft, and put it in force if wanted. ``pins``: tasks, those of the standing plan
    if None. ``steadied``: how many orders are likely late, where that was looked at.

    Raises Refused when the plan it is based on isn't what it was, or when ``made`` breaks a rule of ``shop``.
    """
    Plant.objects.select_for_update(no_key=True).get(pk=standing.plant.pk)
    check_still_stands(standing)
    check_feasible(shop, made)
    old, new = figures_of(standing, shop, before), figures_of(standing, shop, made)
    plan = Plan.objects.create(
        plant=standing.plant,
        number=next_number(standing.plant),
        state=PlanState.DRAFT,
        seconds=0,
        origin=origin,
        cause=dict(cause),
        based_on=standing.plan,
        requested_by=by,
        zero_at=standing.loaded.zero,
        made_at=timezone.now(),
        progress_percent=100,
        troubles=troubles_of(standing.loaded, standing.troubles),
        conflicts=waits_of(standing, shop, made),
        basis=basis_of(standing.loaded),
        likely_late=steadied.after if steadied else None,
        first_likely_late=steadied.before if steadied else None,
        **new,
        **{f"first_{name}": value for name, value in old.items()},
    )
    pinned = set(standing.pins if pins is None else pins)
    left_out = {one.job for one in standing.troubles}
    copy_entries(plan, standing.loaded, made, pinned=pinned, left_out=left_out)
    forget_old(standing.plant.pk)
    if publish:
        return publish_plan(plan=plan, by=by)
    announce(f"plan:{standing.plant.pk}")
    return plan


def check_still_stands(standing: Standing) -> None:
    """Raises Refused when another plan was put in force meanwhile."""
    base = standing.plan
    if base is None or not Plan.objects.filter(pk=base.pk, state=base.state).exists():
        raise Refused("plan_changed", _("Meanwhile another plan was put in force. Look again."))


def check_feasible(shop: Shop, made: EnginePlan) -> None:
    """Raises Refused for what is lost or broken; independent code looks."""
    from orders.planning.engine.validate import violations

    broken = [one for one in violations(shop, made) if shop.tasks[one.task].outside_seconds != 0]
    if any(one.rule == "no place" for one in broken):
        raise Refused("no_place", _("Some operations find no place within half a year."))
    if broken:
        raise AssertionError(f"the plan breaks {broken[0].rule} at task {broken[0].task}")


def next_number(plant: Plant) -> int:
    last: int = Plan.objects.filter(plant=plant).aggregate(last=Max("number"))["last"] or 0
    return last + 1
