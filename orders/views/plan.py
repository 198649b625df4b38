"""The plan: who makes what where and when, what comes late, and on which measurements it stands."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from machines.models import Plant
from mes.accounts.access import needs
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.lib.errors import MesError
from orders.enums import PlanState
from orders.models import Plan
from orders.planning.make import cancel_plan, publish_plan, request_plan
from orders.queries.board import board
from orders.queries.plan_entries import planned_step
from orders.queries.plans import planned_orders
from orders.views.plan_area import MADE, plan_area
from orders.views.plan_causes import broken_words
from orders.views.problems import sentence

PAGE = 50

TROUBLES: dict[str, Promise] = {
    "no_machine": _("No active machine can do it: the machine group is empty. Add a machine to the group."),
    "no_shift": _("None of its machines works in the next half year. Give them a shift pattern."),
    "fits_no_shift": _("It is longer than all shifts of the next half year. Check its times."),
    "absurd_time": _("Its times are negative or over ten years. Correct them in the routing or the ERP."),
    "cycle": _(
        "Its operations wait for each other in a circle. Correct their order in the routing or the ERP."
    ),
    "crowded": _(
        "It has more than 2,000 operations. Split it into several orders, or correct it in the ERP."
    ),
    "backward": _("It runs, and ends before it began. Check the run."),
}


@require_safe
@needs(Right.VIEW)
def plan_page(request: HttpRequest) -> HttpResponse:
    """`/plan/?plant=…&number=…`: the plan in force, or the one that is named, beside the one in force."""
    context = plan_area(request, tab="board")
    plan, in_force = context["plan"], context["in_force"]
    if plan is not None:
        against = in_force if in_force is not None and in_force.pk != plan.pk else None
        context |= {
            "against": against,
            "page": Paginator(planned_orders(plan, against=against), PAGE).get_page(request.GET.get("page")),
            "troubles": [{**one, "sentence": TROUBLES[one["code"]]} for one in plan.troubles],
            "conflicts": [{**one, "sentence": broken_words(one["rule"])} for one in plan.conflicts],
        }
    return render(request, "orders/plan.html", context)


@require_safe
@needs(Right.VIEW)
def plan_board(_request: HttpRequest, pk: int) -> HttpResponse:
    """The picture's data."""
    return JsonResponse(board(get_object_or_404(Plan, pk=pk, state__in=MADE), now=timezone.now()))


@require_safe
@needs(Right.VIEW)
def plan_step(request: HttpRequest, pk: int, operation: int) -> HttpResponse:
    """One operation of the plan in words: when, where, and why there."""
    plan = get_object_or_404(Plan.objects.select_related("plant"), pk=pk, state__in=MADE)
    step = planned_step(plan, operation)
    can_move = (
        request.user.may(Right.PLAN)  # type: ignore[union-attr]
        and plan.state != PlanState.REPLACED
        and step.entry.machine_id is not None
        and not step.entry.running
    )
    context = {"plan": plan, "plant": plan.plant, "step": step, "can_move": can_move}
    return render(request, "orders/_plan_step.html", context)


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
