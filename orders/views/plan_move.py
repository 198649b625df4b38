"""Moving an operation on the board: what it does to everybody first, then a new version of the plan."""

from __future__ import annotations

from datetime import datetime
from typing import cast
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from machines.models import Machine
from mes.accounts.access import needs
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.lib.errors import MesError
from orders.enums import PlanState
from orders.models import Operation, Plan
from orders.planning.moving import move_operation, pin_operation, preview_move
from orders.views.plan_area import MADE
from orders.views.problems import sentence

SHOWN = 8
"""How many orders of each kind are named; the rest is a number."""


@require_POST
@needs(Right.PLAN)
def preview(request: HttpRequest, pk: int, operation: int) -> HttpResponse:
    """What moving it to the machine (`machine`, `slot`) and time (`start`) does, as a fragment."""
    plan, moved = _target(pk, operation)
    context: dict[str, object] = {"plan": plan, "plant": plan.plant, "operation": moved}
    try:
        machine, slot, start = _wish(request, plan)
        context["move"] = preview_move(plan=plan, operation=moved, machine=machine, slot=slot, start_at=start)
        context |= {"start": start.isoformat(), "shown": SHOWN}
    except MesError as error:
        context["problem"] = sentence(error)
    return render(request, "orders/_plan_move.html", context)


@require_POST
@needs(Right.PLAN)
def move(request: HttpRequest, pk: int, operation: int) -> HttpResponse:
    """A new version with the operation there, pinned; in force if `publish` is sent."""
    plan, moved = _target(pk, operation)
    try:
        machine, slot, start = _wish(request, plan)
        made = move_operation(
            plan=plan,
            operation=moved,
            machine=machine,
            slot=slot,
            start_at=start,
            by=cast(User, request.user),
            publish="publish" in request.POST,
        )
    except MesError as error:
        messages.error(request, sentence(error))
        return redirect(_page(plan))
    messages.success(request, _said(made))
    return redirect(_page(made))


@require_POST
@needs(Right.PLAN)
def pin(request: HttpRequest, pk: int, operation: int) -> HttpResponse:
    """Pin it where it stands, or with an empty `pinned` let it go."""
    plan, pinned = _target(pk, operation)
    try:
        made = pin_operation(
            plan=plan,
            operation=pinned,
            pinned=bool(request.POST.get("pinned")),
            by=cast(User, request.user),
        )
    except MesError as error:
        messages.error(request, sentence(error))
        return redirect(_page(plan))
    messages.success(request, _said(made))
    return redirect(_page(made))


def _target(pk: int, operation: int) -> tuple[Plan, Operation]:
    plan = get_object_or_404(Plan.objects.select_related("plant"), pk=pk, state__in=MADE)
    return plan, get_object_or_404(
        Operation.objects.select_related("order__item"), pk=operation, plant=plan.plant_id
    )


def _wish(request: HttpRequest, plan: Plan) -> tuple[Machine, int, datetime]:
    """Machine, slot and time as they were sent. A time without a zone is the plant's. Raises MesError."""
    code, slot = request.POST.get("machine", ""), request.POST.get("slot", "") or "1"
    machine = Machine.objects.filter(plant=plan.plant_id, code=code).first()
    if machine is None:
        raise MesError("unknown_machine", _("Choose a machine."), field="machine")
    try:
        start = parse_datetime(request.POST.get("start", ""))
        place = int(slot[:9])
    except ValueError:
        start, place = None, 1
    if start is None:
        raise MesError("bad_time", _("Say when it is to begin."), field="start")
    zone = ZoneInfo(plan.plant.time_zone)
    return machine, place, start if start.tzinfo else start.replace(tzinfo=zone)


def _said(plan: Plan) -> str:
    if plan.state == PlanState.PUBLISHED:
        return _("Plan %(number)s is in force.") % {"number": plan.number}
    return _("Plan %(number)s is a draft: put it in force when it is right.") % {"number": plan.number}


def _page(plan: Plan) -> str:
    return f"{reverse('plan')}?plant={plan.plant.code}&number={plan.number}"
