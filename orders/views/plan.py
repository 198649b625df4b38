"""The plan: who makes what where and when, what comes late, and on which measurements it stands."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from machines.models import Plant
from mes.accounts.access import needs
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.lib import live
from mes.lib.errors import MesError
from orders.enums import PlanState
from orders.models import Plan
from orders.planning.make import cancel_plan, publish_plan, request_plan
from orders.queries.plans import PENDING, board, newest_plans, plan_in_force, planned_orders
from orders.views.problems import sentence

PAGE = 50
MADE = (PlanState.DRAFT, PlanState.PUBLISHED, PlanState.REPLACED)

TROUBLES: dict[str, Promise] = {
    "no_machine": _("No active machine can do it: the machine group is empty. Add a machine to the group."),
    "no_shift": _("None of its machines works in the next half year. Give them a shift pattern."),
    "fits_no_shift": _("It is longer than all shifts of the next half year. Check its times."),
    "absurd_time": _("Its times are negative or over ten years. Correct them in the routing or the ERP."),
    "cycle": _("Its operations wait for each other in a circle."),
    "backward": _("It runs, and ends before it began. Check the run."),
}


@require_safe
@needs(Right.VIEW)
def plan_page(request: HttpRequest) -> HttpResponse:
    """`/plan/?plant=…&number=…`: the plan in force, or the one that is named, beside the one in force."""
    plants = list(Plant.objects.order_by("code"))
    if not plants:
        raise Http404
    code = request.GET.get("plant", "")
    plant = next((one for one in plants if one.code == code), plants[0])
    in_force = plan_in_force(plant)
    plan = _named(request, plant) or in_force
    context: dict[str, Any] = {
        "plants": plants,
        "plant": plant,
        "plan": plan,
        "in_force": in_force,
        "versions": newest_plans(plant),
        "live_url": live.stream_url(plan_state=[plant.pk]),
        **_state_of(plant),
    }
    if plan is not None:
        against = in_force if in_force is not None and in_force.pk != plan.pk else None
        context |= {
            "against": against,
            "page": Paginator(planned_orders(plan, against=against), PAGE).get_page(request.GET.get("page")),
            "troubles": [{**one, "sentence": TROUBLES[one["code"]]} for one in plan.troubles],
        }
    return render(request, "orders/plan.html", context)


def _named(request: HttpRequest, plant: Plant) -> Plan | None:
    number = request.GET.get("number", "")
    if not number.isdecimal() or len(number) > 9:
        return None
    return get_object_or_404(Plan, plant=plant, number=int(number), state__in=MADE)


@require_safe
@needs(Right.VIEW)
def plan_board(_request: HttpRequest, pk: int) -> HttpResponse:
    """The picture's data."""
    return JsonResponse(board(get_object_or_404(Plan, pk=pk, state__in=MADE)))


@live.fragment("plan-state", topics=("plan",), right=Right.VIEW)
def render_states(keys: Collection[str]) -> dict[str, str]:
    plants = {str(plant.pk): plant for plant in Plant.objects.filter(pk__in=[int(key) for key in keys])}
    return {
        key: render_to_string("orders/_plan_state.html", {"plant": plant, **_state_of(plant)})
        for key, plant in plants.items()
    }


def _state_of(plant: Plant) -> dict[str, Any]:
    """The newest plan, as far as it still wants something of somebody."""
    newest = Plan.objects.filter(plant=plant).first()
    return {
        "pending": newest if newest is not None and newest.state in PENDING else None,
        "newest": newest,
    }


@require_POST
@needs(Right.PLAN)
def make(request: HttpRequest) -> HttpResponse:
    plant = get_object_or_404(Plant, code=request.POST.get("plant", ""))
    request_plan(plant=plant, by=cast(User, request.user))
    return redirect(_page(plant))


@require_POST
@needs(Right.PLAN)
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    plan = get_object_or_404(Plan, pk=pk)
    try:
        cancel_plan(plan=plan, by=cast(User, request.user))
    except MesError as error:
        messages.error(request, sentence(error))
    return redirect(_page(plan.plant))


@require_POST
@needs(Right.PLAN)
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    plan = get_object_or_404(Plan, pk=pk)
    try:
        publish_plan(plan=plan, by=cast(User, request.user))
    except MesError as error:
        messages.error(request, sentence(error))
    return redirect(_page(plan.plant))


def _page(plant: Plant) -> str:
    return f"{reverse('plan')}?plant={plant.code}"
