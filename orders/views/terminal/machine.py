"""The terminal's first page: what runs on the machine, what waits for it, and the way to both by scanner."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any, cast

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from machines.domain.stops import code_stop
from machines.models import Machine, StopReason
from mes.accounts.backends import person_by_badge
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.lib import live
from mes.lib.errors import MesError, NotAllowed
from orders.models import Run
from orders.queries.queue import queue_of, slots_of
from orders.queries.scan import lot_by_scan, operations_by_scan, reason_by_scan
from orders.queries.stops import stops_to_ask
from orders.views.problems import sentence
from orders.views.terminal.access import at_terminal
from orders.views.terminal.andon import andon_context
from orders.views.terminal.context import machines_of, terminal_context
from orders.views.terminal.device import machine_of, remember_machine
from orders.views.terminal.people import log_on, people_at

SCANS = uuid.UUID("a4f5c9a7-0b64-4f26-8d0d-5d3cf3b7f7d2")


@require_safe
@at_terminal
def home(request: HttpRequest) -> HttpResponse:
    """To the machine that this device stands at, or to the choice of one."""
    machine = machine_of(request)
    return redirect("terminal-machine", machine.pk) if machine else redirect("terminal-choose")


@require_safe
@at_terminal
def choose(request: HttpRequest) -> HttpResponse:
    """All machines by area, with what runs on each; a scanned or typed name leads to its machine."""
    asked = request.GET.get("q", "").strip()[:100]
    machines = Machine.objects.filter(active=True).select_related("area", "plant")
    if asked and len(named := list(machines.filter(code__iexact=asked)[:2])) == 1:
        return redirect("terminal-machine", named[0].pk)
    words = [Q(code__icontains=word) | Q(name__icontains=word) for word in asked.split()]
    busy: dict[int, list[str]] = {}
    for machine, order in Run.objects.filter(ended_at__isnull=True).values_list(
        "machine_id", "operation__order__number"
    ):
        busy.setdefault(machine, []).append(order)
    found = list(
        machines.filter(*words).order_by(
            "plant__code", "plant_id", "area__code", "area_id", "wall_position", "code"
        )
    )
    context = {
        "rows": [{"machine": machine, "orders": busy.get(machine.pk, [])} for machine in found],
        "several_plants": len({machine.plant_id for machine in found}) > 1,
        "asked": asked,
        "people": people_at(request),
        "here": machine_of(request),
    }
    return render(request, "terminal/choose.html", context)


@require_safe
@at_terminal
def machine_page(request: HttpRequest, machine: int) -> HttpResponse:
    """What stops, runs and waits here: the page a terminal shows most of the time."""
    here = get_object_or_404(Machine.objects.select_related("plant"), pk=machine, active=True)
    context = terminal_context(request, here) | now_context(here) | queue_context(here)
    context |= andon_context(here)
    context["live_url"] = live.stream_url(
        terminal_stop=[here.pk], terminal_now=[here.pk], terminal_queue=[here.pk], terminal_andon=[here.pk]
    )
    response = render(request, "terminal/machine.html", context)
    remember_machine(response, here)
    return response


@at_terminal
def scan(request: HttpRequest, machine: int) -> HttpResponse:
    """Do what a scanned label says: open an operation, give a stop its reason, log on whose badge it is."""
    here = get_object_or_404(Machine.objects.select_related("plant"), pk=machine, active=True)
    code = request.POST.get("code", "").strip()[:200]
    found = operations_by_scan(here, code)
    if len(found) == 1:
        return redirect("terminal-operation", here.pk, found[0].pk)
    if not found and request.method == "POST" and (lot := lot_by_scan(here, code)) is not None:
        return redirect("terminal-lot", here.pk, lot.pk)
    if not found and request.method == "POST" and code:
        if (reason := reason_by_scan(here, code)) is not None:
            return _code_by_scan(request, here, reason, code)
        try:
            person = person_by_badge(request, code)
        except NotAllowed:
            pass
        else:
            if person.may(Right.OPERATE):
                log_on(request, person)
                return redirect("terminal-machine", here.pk)
    context = terminal_context(request, here) | {"code": code, "found": found}
    return render(request, "terminal/scan.html", context)


def _code_by_scan(request: HttpRequest, machine: Machine, reason: StopReason, code: str) -> HttpResponse:
    """A label with a stop reason answers the question that stands first."""
    waiting = stops_to_ask(machine)
    if not waiting:
        messages.warning(request, _("No stop waits for a reason."))
        return redirect("terminal-machine", machine.pk)
    stop = waiting[0]
    try:
        code_stop(
            machine=machine,
            slot=stop.slot,
            started_at=stop.start,
            reason=reason,
            by=cast(User, request.user),
            key=uuid.uuid5(SCANS, f"{machine.pk} {stop.slot} {stop.start.isoformat()} {code}"),
        )
    except MesError as error:
        messages.error(request, sentence(error))
    else:
        messages.success(request, _("Reason given: %s") % reason.name)
    return redirect("terminal-machine", machine.pk)


def now_context(machine: Machine) -> dict[str, Any]:
    return {"machine": machine, "slots": slots_of(machine)}


def queue_context(machine: Machine) -> dict[str, Any]:
    return {"machine": machine, "queue": queue_of(machine)}


@live.fragment("terminal-now", topics=("machine",), any_of=("holds",), right=Right.OPERATE)
def render_now(keys: Collection[str]) -> dict[str, str]:
    return {
        str(machine.pk): render_to_string("terminal/_now.html", now_context(machine))
        for machine in machines_of(keys)
    }


@live.fragment("terminal-queue", topics=("machine",), any_of=("queue",), right=Right.OPERATE)
def render_queue(keys: Collection[str]) -> dict[str, str]:
    return {
        str(machine.pk): render_to_string("terminal/_queue.html", queue_context(machine))
        for machine in machines_of(keys)
    }
