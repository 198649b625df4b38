"""What all pages of the plan share: the plant, its plan in force, the tabs, and what is being made."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.utils import timezone

from machines.models import Plant
from mes.accounts.roles import Right
from mes.lib import live
from orders.enums import OnStale, PlanState
from orders.models import Plan, PlanRule
from orders.planning.stand import rule_of
from orders.queries.plans import PENDING, plan_in_force
from orders.queries.staleness import Staleness, answered_from, staleness

MADE = (PlanState.DRAFT, PlanState.PUBLISHED, PlanState.REPLACED)


def plan_area(request: HttpRequest, *, tab: str) -> dict[str, Any]:
    """The context of `orders/plan_area.html`: `?plant=…&number=…` choose plant and plan, else the first
    plant and its plan in force. Raises Http404 without any plant, and for a plan that nobody made."""
    plants = list(Plant.objects.order_by("code"))
    if not plants:
        raise Http404
    code = request.GET.get("plant", "")
    plant = next((one for one in plants if one.code == code), plants[0])
    in_force = plan_in_force(plant)
    return {
        "tab": tab,
        "plants": plants,
        "plant": plant,
        "in_force": in_force,
        "plan": plan_named(plant, request.GET.get("number", "")) or in_force,
        "live_url": live.stream_url(plan_state=[plant.pk]),
        **state_of(plant),
    }


def plan_named(plant: Plant, number: str) -> Plan | None:
    """The plan of that number, None if it is no number. Raises Http404 if nobody made it."""
    if not (number.isascii() and number.isdecimal()) or len(number) > 9:
        return None
    return get_object_or_404(Plan, plant=plant, number=int(number), state__in=MADE)


@live.fragment("plan-state", topics=("plan",), right=Right.VIEW)
def render_states(keys: Collection[str]) -> dict[str, str]:
    plants = {str(plant.pk): plant for plant in Plant.objects.filter(pk__in=[int(key) for key in keys])}
    return {
        key: render_to_string("orders/_plan_state.html", {"plant": plant, **state_of(plant)})
        for key, plant in plants.items()
    }


def state_of(plant: Plant) -> dict[str, Any]:
    """The newest plan, as far as it still wants something of somebody."""
    newest, rule = Plan.objects.filter(plant=plant).first(), rule_of(plant)
    stale = _stale(plant, rule)
    pending = newest if newest is not None and newest.state in PENDING else None
    return {
        "stale": stale,
        "again_at": _again_at(rule, stale, newest),
        "pending": pending,
        "newest": newest,
    }


def _stale(plant: Plant, rule: PlanRule) -> Staleness | None:
    """Why the plan in force no longer fits; None if it does, or there is none."""
    in_force = plan_in_force(plant)
    if in_force is None:
        return None
    found = staleness(in_force, rule)
    return found if found.reasons else None


def _again_at(rule: PlanRule, stale: Staleness | None, newest: Plan | None) -> datetime | None:
    """When the rule plans again; None: at once, never, or something else comes before."""
    if rule.on_stale == OnStale.OFF or stale is None or not stale.can_help:
        return None
    if newest is None or newest.state in (*PENDING, PlanState.DRAFT):
        return None
    again = answered_from(rule)
    return again if again is not None and again > timezone.now() else None
