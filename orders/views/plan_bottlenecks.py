"""What an hour of each machine is worth."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from machines.models import Machine
from mes.accounts.access import needs
from mes.accounts.roles import Right
from mes.lib.errors import MesError
from orders.models import Plan
from orders.planning.bottlenecks import bottlenecks
from orders.queries.plan_entries import queue_of
from orders.views.plan_area import MADE, plan_area
from orders.views.problems import sentence

QUEUED = 25


@require_safe
@needs(Right.VIEW)
def plan_bottlenecks(request: HttpRequest) -> HttpResponse:
    """`/plan/bottlenecks/?plant=…&machine=…`: the page; its table is asked for by the page, because all of
    the plan is timed once per machine. With a machine: what waits before it."""
    context = plan_area(request, tab="bottlenecks")
    machine = Machine.objects.filter(plant=context["plant"], code=request.GET.get("machine", "")).first()
    context["machine"] = machine
    if machine is not None and context["plan"] is not None:
        context["queue"] = queue_of(context["plan"], machine, now=timezone.now())[:QUEUED]
    return render(request, "orders/plan_bottlenecks.html", context)


@require_safe
@needs(Right.VIEW)
def bottleneck_table(request: HttpRequest, pk: int) -> HttpResponse:
    plan = get_object_or_404(Plan.objects.select_related("plant"), pk=pk, state__in=MADE)
    context: dict[str, object] = {"plan": plan, "plant": plan.plant}
    try:
        context["rows"] = bottlenecks(plan)
    except MesError as error:
        context["problem"] = sentence(error)
    return render(request, "orders/_bottlenecks.html", context)
