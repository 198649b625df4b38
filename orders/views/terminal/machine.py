"""The terminal's first page: what runs on the machine, what waits for it, and the way to both by scanner."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from machines.models import Machine
from mes.accounts.backends import person_by_badge
from mes.accounts.roles import Right
from mes.lib import live
from mes.lib.errors import NotAllowed
from orders.models import Run
from orders.queries.queue import queue_of, slots_of
from orders.queries.scan import operations_by_scan
from orders.views.terminal.access import at_terminal
from orders.views.terminal.context import machines_of, terminal_context
from orders.views.terminal.device import machine_of, remember_machine
from orders.views.terminal.people import log_on, people_at


@require_safe
@at_terminal
def home(request: HttpRequest) -> HttpResponse:
    """To the machine that this device stands at, or to the choice of one."""
    machine = machine_of(request)
    return redirect("terminal-machine", machine.pk) if machine else redirect("terminal-choose")


@require_safe
@at_terminal
def choose(request: HttpRequest) -> HttpResponse:
    """All machines by area, with what runs on each."""
    machines = (
        Machine.objects.filter(active=True)
        .select_related("area", "plant")
        .order_by("plant__code", "wall_position", "code")
    )
    busy: dict[int, list[str]] = {}
    for machine, order in Run.objects.filter(ended_at__isnull=True).values_list(
        "machine_id", "operation__order__number"
    ):
        busy.setdefault(machine, []).append(order)
    rows = [{"machine": machine, "orders": busy.get(machine.pk, [])} for machine in machines]
    context = {"rows": rows, "people": people_at(request), "here": machine_of(request)}
    return render(request, "terminal/choose.html", context)


@require_safe
@at_terminal
def machine_page(request: HttpRequest, machine: int) -> HttpResponse:
    """What stops, runs and waits here: the page a terminal shows most of the time."""
    here = get_object_or_404(Machine.objects.select_related("plant"), pk=machine, active=True)
    context = terminal_context(request, here) | now_context(here) | queue_context(here)
    context["live_url"] = live.stream_url(
        terminal_stop=[here.pk], terminal_now=[here.pk], terminal_queue=[here.pk]
    )
    response = render(request, "terminal/machine.html", context)
    remember_machine(response, here)
    return response


@at_terminal
def scan(request: HttpRequest, machine: int) -> HttpResponse:
    """Go where a scanned label points: an operation, or the work of the person whose badge it is."""
    here = get_object_or_404(Machine.objects.select_related("plant"), pk=machine, active=True)
    code = request.POST.get("code", "").strip()[:200]
    found = operations_by_scan(here, code)
    if len(found) == 1:
        return redirect("terminal-operation", here.pk, found[0].pk)
    if not found and request.method == "POST" and code:
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


def now_context(machine: Machine) -> dict[str, Any]:
    return {"machine": machine, "slots": slots_of(machine)}


def queue_context(machine: Machine) -> dict[str, Any]:
    return {"machine": machine, "queue": queue_of(machine)}


@live.fragment("terminal-now", topics=("machine",), right=Right.OPERATE)
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
