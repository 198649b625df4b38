"""Why did it stop? One tap for the likely reasons, two for any other."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_POST, require_safe

from machines.domain.stops import code_stop
from machines.models import Machine
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.lib import live
from mes.lib.errors import MesError
from orders.forms.terminal import StopForm
from orders.queries.stops import reason_tree
from orders.views.problems import sentence
from orders.views.terminal.access import at_terminal
from orders.views.terminal.context import machine_url, machines_of, terminal_context
from orders.views.terminal.prompts import stop_context


@require_safe
@at_terminal
def choose_reason(request: HttpRequest, machine: int) -> HttpResponse:
    """The whole tree of reasons for one stop."""
    here = get_object_or_404(Machine.objects.select_related("plant"), pk=machine, active=True)
    start = parse_datetime(request.GET.get("start", "")) if request.GET.get("start") else None
    slot = request.GET.get("slot", "1")
    if start is None or not slot.isdigit():
        return redirect(machine_url(here))
    tree = reason_tree(here)
    context = terminal_context(request, here) | {
        "start": start,
        "slot": slot,
        "singles": [branch.reason for branch in tree if branch.is_single],
        "groups": [branch for branch in tree if not branch.is_single],
        "key": uuid.uuid4(),
    }
    return render(request, "terminal/stop.html", context)


@require_POST
@at_terminal
def give_reason(request: HttpRequest, machine: int) -> HttpResponse:
    here = get_object_or_404(Machine.objects.select_related("plant"), pk=machine, active=True)
    form = StopForm(request.POST, plant=here.plant_id)
    problem = ""
    if form.is_valid():
        try:
            code_stop(
                machine=here,
                slot=form.cleaned_data["slot"],
                started_at=form.cleaned_data["start"],
                reason=form.cleaned_data["reason"],
                comment=form.cleaned_data["comment"],
                by=cast(User, request.user),
                key=form.cleaned_data["key"],
            )
        except MesError as error:
            problem = sentence(error)
    if request.headers.get("HX-Request"):
        return render(request, "terminal/_stop.html", stop_context(here, problem=problem))
    return redirect(machine_url(here))


@live.fragment("terminal-stop", topics=("machine", "stops"), right=Right.OPERATE)
def render_stop(keys: Collection[str]) -> dict[str, str]:
    return {
        str(machine.pk): render_to_string("terminal/_stop.html", stop_context(machine))
        for machine in machines_of(keys)
    }


@live.fragment("terminal-stop-note", topics=("machine", "stops"), right=Right.OPERATE)
def render_stop_note(keys: Collection[str]) -> dict[str, str]:
    return {
        str(machine.pk): render_to_string("terminal/_stop_note.html", stop_context(machine))
        for machine in machines_of(keys)
    }
