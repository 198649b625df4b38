"""Changes of the past: fill in, look at the difference, apply."""

from __future__ import annotations

import uuid
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from machines.domain.roles import change_role
from machines.domain.thresholds import change_thresholds
from machines.enums import MachineState
from machines.models import Machine
from mes.accounts.access import needs
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.lib.errors import MesError
from orders.domain.moving import move_run
from orders.domain.replaying import PIECES, SECONDS, Change, Effect, apply_change, preview
from orders.forms.replay import MoveForm, ReplayForm, RoleForm, ThresholdForm
from orders.models import Run
from orders.views.posted import posted
from orders.views.problems import show_in

VIA = "office"


@needs(Right.CORRECT)
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """Move a run, or a part of its time, to the operation that it really was."""
    run = get_object_or_404(Run.objects.select_related("machine__plant", "operation__order__item"), pk=pk)
    with timezone.override(ZoneInfo(run.machine.plant.time_zone)):
        form = MoveForm(posted(request), run=run, initial={"key": uuid.uuid4()})
        effect = None
        if request.method == "POST" and form.is_valid():
            effect = _take(request, form, _moving(request, run, form))
            if effect is None and not form.errors:
                return redirect("order", run.operation.order_id)
        context = {"run": run, "form": form, "effect": effect, "rows": rows_of(effect)}
        return render(request, "orders/move.html", context, status=422 if form.errors else 200)


def _moving(request: HttpRequest, run: Run, form: MoveForm) -> Change:
    start, end = form.span
    said = form.cleaned_data

    def make(key: uuid.UUID) -> object:
        return move_run(
            run=run,
            operation=said["operation"],
            start=start,
            end=end,
            by=cast(User, request.user),
            key=key,
            comment=said["comment"],
            via=VIA,
        )

    return Change(run.machine, start, make)


@needs(Right.MASTER_DATA)
def role(request: HttpRequest) -> HttpResponse:
    """`/program-roles/change/?machine=…`: what a program does from a date on, the past included."""
    code = request.POST.get("zone_of") or request.GET.get("machine", "")
    machine = Machine.objects.select_related("plant").filter(code=code).first()
    zone = ZoneInfo(machine.plant.time_zone) if machine else timezone.get_current_timezone()
    with timezone.override(zone):
        initial = {"key": uuid.uuid4(), "machine": machine, "pattern": request.GET.get("program", "")}
        form = RoleForm(posted(request), initial=initial)
        effect = None
        if request.method == "POST" and form.is_valid():
            effect = _take(request, form, _changing(form))
            if effect is None and not form.errors:
                return redirect("admin:machines_programrole_changelist")
        context = {"form": form, "effect": effect, "rows": rows_of(effect), "machine": machine}
        return render(request, "orders/role.html", context, status=422 if form.errors else 200)


def _changing(form: RoleForm) -> Change:
    said = form.cleaned_data

    def make(_key: uuid.UUID) -> object:
        return change_role(
            machine=said["machine"],
            pattern=said["pattern"],
            role=said["role"],
            valid_from=said["valid_from"],
            item_code=said["item_code"],
            operation_number=said["operation_number"],
        )

    return Change(said["machine"], said["valid_from"], make)


@needs(Right.MASTER_DATA)
def thresholds(request: HttpRequest, pk: int) -> HttpResponse:
    """The thresholds of a machine from a date on, the past included."""
    machine = get_object_or_404(Machine.objects.select_related("plant"), pk=pk)
    with timezone.override(ZoneInfo(machine.plant.time_zone)):
        names = ("micro_stop_seconds", "gap_factor", "gap_floor_seconds", "minimum_cycle_seconds")
        now = {name: getattr(machine, name) for name in names}
        form = ThresholdForm(posted(request), initial={"key": uuid.uuid4(), **now})
        effect = None
        if request.method == "POST" and form.is_valid():
            since = form.cleaned_data["valid_from"]
            figures = {name: form.cleaned_data[name] for name in names}

            def make(_key: uuid.UUID) -> object:
                by = cast(User, request.user)
                return change_thresholds(machine=machine, valid_from=since, by=by, **figures)

            effect = _take(request, form, Change(machine, since, make))
            if effect is None and not form.errors:
                return redirect("admin:machines_machine_change", machine.pk)
        context = {"form": form, "effect": effect, "rows": rows_of(effect), "machine": machine}
        return render(request, "orders/thresholds.html", context, status=422 if form.errors else 200)


def _take(request: HttpRequest, form: ReplayForm, change: Change) -> Effect | None:
    """The effect to show; None when it was applied or the form says what is wrong."""
    said = form.cleaned_data
    try:
        if form.accepts:
            apply_change(change, key=said["key"], until=said["until"], accepted=said["accepted"])
            messages.success(request, _("Changed. The difference is booked."))
            return None
        return preview(change)
    except MesError as error:
        if error.code == "effect_changed":
            messages.warning(request, _("The figures have moved on since. This is what would change now."))
            return preview(change)
        show_in(form, error)
        return None


def rows_of(effect: Effect | None) -> list[dict[str, Any]]:
    """By operation: pieces and times before and after, and the change of each state."""
    if effect is None:
        return []
    return [
        {
            "operation": row.operation,
            "pieces": [(name, getattr(row.before, name), getattr(row.after, name)) for name in PIECES],
            "times": [(name, getattr(row.before, name), getattr(row.after, name)) for name in SECONDS],
            "states": [
                (MachineState(name.removeprefix("state:")), change)
                for name, change in row.changes.items()
                if name.startswith("state:")
            ],
            "changes": row.changes,
        }
        for row in effect.rows
    ]
