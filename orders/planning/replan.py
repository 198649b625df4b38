"""Adapting the plan in force to what happened: the near future timed anew and repaired, its frozen part kept.

A stop that lasts is taken to last as long again as it has lasted: most stops are short, and one that isn't
over yet is more likely one of the long ones. A plant's rule says whether the result is put in force, kept as
a draft, or not made at all.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

import structlog
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from machines.models import Plant
from machines.queries.catching_up import told_until
from mes.lib.collecting import uncollected
from mes.lib.errors import MesError, Refused
from mes.lib.live import announce
from orders.enums import OnStale, PlanOrigin, PlanState
from orders.models import Plan, PlanRule, ProductionOrder
from orders.planning.make import publish_plan, request_plan
from orders.planning.stand import Standing, rule_of, stand
from orders.planning.versions import store_version
from orders.queries.orders import OPEN_STATES
from orders.queries.plans import PENDING
from orders.queries.staleness import Reason, Staleness, answered_from, staleness

if TYPE_CHECKING:
    from orders.planning.engine.alternatives import Answers, Effort
    from orders.planning.engine.shop import Plan as EnginePlan
    from orders.planning.engine.shop import Shop
    from orders.planning.engine.steady import Steadied

logger = structlog.get_logger(__name__)

RULES_OWN_DRAFT = (PlanState.DRAFT, PlanOrigin.ASKED, None)
LEASE_SECONDS = 120
"""A worker that died while it computed lets others in after this time."""
TOLD_FOR = 600
"""Seconds for which it is remembered what open pages were told."""


def replan_stale(*, effort: Effort | None = None, now: datetime | None = None) -> int:
    """Adapt the plan of every plant whose plan is stale and whose rule wants that, but for plants whose
    machines still tell their past. Returns how many."""
    moment = now or timezone.now()
    is_present = _presence(moment)
    begin_automatic(is_present)
    made = 0
    in_force = Plan.objects.filter(state=PlanState.PUBLISHED).select_related("plant").order_by("id")
    for plan in in_force:
        if not is_present(plan.plant):
            continue
        rule = rule_of(plan.plant)
        found = staleness(plan, rule, now=moment)
        _tell(found)
        if is_due(found, rule, moment):
            try:
                made += _adapted_alone(found, rule, effort) is not None
            except MesError as refused:
                logger.warning("replan_refused", plan=plan.pk, code=refused.code)
    return made


def _presence(moment: datetime) -> Callable[[Plant], bool]:
    """Whether a plant's machines tell the present then. One query for each plant, however often asked."""
    known: dict[int, bool] = {}

    def is_present(plant: Plant) -> bool:
        if plant.pk not in known:
            known[plant.pk] = told_until(plant, now=moment) is None
        return known[plant.pk]

    return is_present


def begin_automatic(is_present: Callable[[Plant], bool]) -> None:
    """Where the rule replans by itself, the first plan is asked for by itself too, as soon as something is
    open, and what the rule asked for is put in force once it is made."""
    for rule in PlanRule.objects.filter(on_stale=OnStale.AUTOMATIC).select_related("plant"):
        if not is_present(rule.plant):
            continue
        newest = Plan.objects.filter(plant=rule.plant_id).order_by("-id").first()
        if newest is None:
            if ProductionOrder.objects.filter(plant=rule.plant_id, state__in=OPEN_STATES).exists():
                request_plan(plant=rule.plant, by=None)
        elif (newest.state, newest.origin, newest.requested_by_id) == RULES_OWN_DRAFT:
            publish_plan(plan=newest, by=None)


def is_due(found: Staleness, rule: PlanRule, now: datetime) -> bool:
    """Whether to replan now: there are reasons that another plan helps against, the last one isn't too
    young, nobody is planning, and no draft lies there that was made for the same reasons."""
    if rule.on_stale == OnStale.OFF or not found.can_help:
        return False
    newest = Plan.objects.filter(plant=found.plan.plant_id).order_by("-id").first()
    if newest is None or newest.state in PENDING:
        return False
    # The first event after a quiet time is answered at once; the pause is between two answers.
    again = answered_from(rule)
    if again is not None and now < again:
        return False
    same = newest.origin == PlanOrigin.EVENT and newest.based_on_id == found.plan.pk
    return not (same and newest.state == PlanState.DRAFT and _reasons(newest) >= _codes(found.can_help))


@dataclass(frozen=True, slots=True)
class Adapted:
    """The plan ``before`` and what fits what happened, of ``shop``. ``steadied``: where the plant weighs how
    likely orders are late, how many will be."""

    standing: Standing
    shop: Shop
    before: EnginePlan
    made: EnginePlan
    found: Staleness
    steadied: Steadied | None = None

    def store(self, *, publish: bool) -> Plan:
        """Raises Refused when its plan isn't in force any more."""
        return store_version(
            standing=self.standing,
            shop=self.shop,
            made=self.made,
            before=self.before,
            origin=PlanOrigin.EVENT,
            cause={"reasons": [one.as_json() for one in (*self.found.reasons, *self.found.known)]},
            by=None,
            publish=publish,
            steadied=self.steadied,
        )


@uncollected()
def adapt(found: Staleness, *, effort: Effort | None = None) -> Adapted:
    """Repair the plan that was found stale; nothing is stored. Raises Refused (``plan_too_old``) when nearly
    everything is new."""
    from orders.planning.engine.alternatives import Effort, Way, disturb
    from orders.planning.engine.standing import CannotStand
    from orders.planning.stand import cannot_stand

    effort = effort or Effort(seconds=0.3)
    standing = stand(found.plan.plant, plan=found.plan)
    changed = _stopped_shop(standing, (*found.reasons, *found.known))
    try:
        answers = disturb(
            standing.shop,
            changed,
            standing.queues,
            frozen_until=standing.frozen_until,
            ways=(Way.REPAIR,),
            seed=found.plan.number,
            effort=effort,
            weights=standing.weights,
            stood=standing.laid_out,
        )
    except CannotStand:
        raise cannot_stand() from None
    steadier = _steadied(standing, answers, found.plan.number, effort) if standing.chance else None
    made = answers.answers[0].plan if steadier is None else steadier.plan
    return Adapted(standing, changed, answers.before, made, found, steadier)


def _steadied(standing: Standing, answers: Answers, seed: int, effort: Effort) -> Steadied | None:
    """The repaired plan in which fewer orders are likely to be late; what is frozen stays."""
    from orders.planning.engine.standing import freeze, merged
    from orders.planning.engine.steady import Risk, steadied
    from orders.planning.promise.scene import elapsed_of

    [repaired] = answers.answers
    found = steadied(
        freeze(answers.shop, repaired.found, answers.frozen),
        repaired.plan,
        Risk(standing.chances, standing.chance, standing.keys, elapsed_of(standing)),
        rounds=effort.rounds,
        seconds=effort.seconds,
        seed=seed,
        weights=standing.weights,
    )
    return found and replace(found, plan=merged(found.plan, repaired.plan, answers.frozen))


def _adapted_alone(found: Staleness, rule: PlanRule, effort: Effort | None) -> Plan | None:
    """One worker at a time does it, and no transaction is open while it computes; None when another one is
    at it, or was quicker."""
    lease, own = f"orders.replanning:{found.plan.plant_id}", uuid.uuid4().hex
    if not cache.add(lease, own, LEASE_SECONDS):
        return None
    try:
        adapted = adapt(found, effort=effort)
        with transaction.atomic():
            Plant.objects.select_for_update(no_key=True).get(pk=found.plan.plant_id)
            if not is_due(found, rule, timezone.now()):
                return None
            made = adapted.store(publish=rule.on_stale == OnStale.AUTOMATIC)
    except Refused as refused:
        if refused.code != "plan_too_old":
            raise
        return request_plan(plant=found.plan.plant, by=None)
    finally:
        # Who took longer than the lease must not end another's.
        if cache.get(lease) == own:
            cache.delete(lease)
    logger.info("replanned", plan=made.pk, reasons=sorted(_codes(found.reasons)))
    return made


def _stopped_shop(standing: Standing, reasons: Iterable[Reason]) -> Shop:
    """The shop in which slots that stand still do so for as much working time again as they have."""
    from orders.planning.engine.standing import with_windows, without_first

    resource_of, changed = standing.loaded.resource_of(), {}
    for reason in reasons:
        resource = None if reason.place is None else resource_of.get(reason.place)
        if resource is not None:
            windows = standing.shop.resources[resource].windows
            changed[resource] = without_first(windows, int(reason.lasted.total_seconds()))
    return with_windows(standing.shop, changed) if changed else standing.shop


def _reasons(plan: Plan) -> set[tuple[str, str]]:
    return {(one["code"], one["about"]) for one in plan.cause.get("reasons", [])}


def _codes(reasons: Iterable[Reason]) -> set[tuple[str, str]]:
    return {(one.code, one.about) for one in reasons}


def _tell(found: Staleness) -> None:
    """Open pages hear of it once, when the reasons change."""
    key, words = f"orders.stale:{found.plan.plant_id}", repr(sorted(_codes(found.reasons)))
    if cache.get(key, "[]") != words:
        cache.set(key, words, TOLD_FOR)
        announce(f"plan:{found.plan.plant_id}")
