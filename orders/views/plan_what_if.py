"""What if: a rush order, a machine down, a shift more or less, a supplier late; three answers to each."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from machines.models import Plant
from mes.accounts.access import needs
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.lib.errors import MesError
from orders.forms.what_if import KINDS, WhatIfForm
from orders.models import ProductionOrder
from orders.planning import standing_cache
from orders.planning.whatif import Alternative, Comparison, accept, what_if
from orders.queries.orders import OPEN_STATES
from orders.views.plan_area import plan_area
from orders.views.plan_causes import WAYS

SHOWN = 12
"""Orders that pay, by alternative; the rest is counted."""
SUGGESTED = 400


@require_safe
@needs(Right.PLAN)
def what_if_page(request: HttpRequest) -> HttpResponse:
    """`/plan/what-if/?plant=…&kind=…` and the fields of the kind: asks, and answers once it is filled in."""
    context = plan_area(request, tab="what-if")
    plant = context["plant"]
    kind = request.GET.get("kind", "")
    kind = kind if kind in KINDS else "rush"
    asked = "ask" in request.GET
    with timezone.override(plant.zone):
        form = WhatIfForm(request.GET if asked else None, plant=plant, kind=kind)
        context |= {"kinds": KINDS, "kind": kind, "form": form, "asked": asked}
        if asked and form.is_valid():
            context |= _answered(plant, form)
    if request.headers.get("HX-Request"):
        return render(request, "orders/_what_if.html", context)
    open_orders = ProductionOrder.objects.filter(plant=plant, state__in=OPEN_STATES).order_by("-id")
    context["open_orders"] = open_orders.values_list("number", "item__name")[:SUGGESTED]
    return render(request, "orders/what_if.html", context)


def _answered(plant: Plant, form: WhatIfForm) -> dict[str, Any]:
    try:
        comparison = what_if(plant, form.change)
    except MesError as error:
        return {"refused": str(error)}
    best = _best(comparison)
    return {
        "comparison": comparison,
        "answers": [
            {
                "one": one,
                "name": WAYS[one.way][0],
                "words": WAYS[one.way][1],
                "best": one is best,
                "payers": one.consequences.payers[:SHOWN],
                "more": max(len(one.consequences.payers) - SHOWN, 0),
                "later": len(one.consequences.payers),
                "winners": len(one.consequences.winners),
            }
            for one in comparison.alternatives
        ],
    }


def _best(comparison: Comparison) -> Alternative | None:
    """The one that costs others least, among those in which the rush order is in time if there are any."""
    fit = [one for one in comparison.alternatives if one.can_accept]
    in_time = [one for one in fit if one.own is None or not one.own.late_after]
    return min(
        in_time or fit,
        key=lambda one: (round(one.consequences.late_hours, 1), one.consequences.elsewhere_operations),
        default=None,
    )


@require_safe
@needs(Right.PLAN)
def look_ahead(request: HttpRequest) -> HttpResponse:
    """`?plant=…`, asked for again and again by pages on which somebody is about to ask what a plan says."""
    plant = Plant.objects.filter(code=request.GET.get("plant", "")).first()
    if plant is not None:
        standing_cache.look_ahead(plant)
    return HttpResponse(status=204)


@require_POST
@needs(Right.PLAN)
def accept_answer(request: HttpRequest) -> HttpResponse:
    """One click: the alternative becomes the plan in force."""
    try:
        plan = accept(token=request.POST.get("token", ""), by=cast(User, request.user))
    except MesError as error:
        messages.error(request, str(error))
        return redirect("plan-what-if")
    messages.success(request, _("Plan %(number)d is in force.") % {"number": plan.number})
    return redirect(f"{reverse('plan')}?plant={plan.plant.code}")
