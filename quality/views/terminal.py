"""Inspections at the terminal: what is due at an operation, and one characteristic after the other."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from machines.models import Machine
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.lib import live
from mes.lib.errors import MesError
from orders.models import HoldKind, Operation
from orders.queries.holds import policy_for, releasers
from orders.views.posted import posted
from orders.views.problems import show_in
from orders.views.terminal.access import at_terminal
from orders.views.terminal.context import operation_url, terminal_context
from orders.views.terminal.operation import VIA, answer, place_and_work
from quality.domain.demands import collect_demands
from quality.domain.results import record_result, said_of
from quality.enums import Verdict
from quality.forms import ResultForm
from quality.models import Characteristic, InspectionDemand
from quality.queries.due import characteristics_of, demands_due, latest_results, quality_holds, unraised_miss
from quality.views.gauge_picture import limit_picture

SHOWN = 8
"""So many values are shown beside the one that is typed."""


@require_safe
@at_terminal
def operation_inspections(request: HttpRequest, machine: int, operation: int) -> HttpResponse:
    """What is due here, as a piece of the operation's page; looks for what came due first."""
    here, work = place_and_work(machine, operation)
    collect_demands(now=timezone.now(), operation=work)
    return render(request, "terminal/_inspections.html", inspections_context(here, work))


def inspections_context(machine: Machine, operation: Operation) -> dict[str, Any]:
    due = demands_due(now=timezone.now(), operations=[operation.pk])
    holds = list(quality_holds(operation.pk))
    return {
        "machine": machine,
        "operation": operation,
        "due": [one for one in due if not one.missed],
        "missed": [one for one in due if one.missed],
        "characteristics": list(characteristics_of(operation)),
        "quality_holds": holds,
        "missed_result": unraised_miss(operation.pk) if holds else None,
        "releasers": releasers(policy_for(operation.plant_id, HoldKind.QUALITY)) if holds else "",
    }


@at_terminal
def inspect_characteristic(
    request: HttpRequest, machine: int, operation: int, characteristic: int
) -> HttpResponse:
    """One result of one characteristic. ``?trigger=`` names the demand it answers."""
    here, work = place_and_work(machine, operation)
    asked = get_object_or_404(
        Characteristic.objects.select_related("gauge__plant", "plan"), pk=characteristic
    )
    trigger = request.GET.get("trigger", "")[:60]
    demand = InspectionDemand.objects.filter(operation=work, characteristic=asked, trigger=trigger).first()
    form = ResultForm(posted(request), characteristic=asked, demand=demand)
    if request.method == "POST" and form.is_valid():
        try:
            result = record_result(
                characteristic=asked,
                operation=work,
                found=form.found(),
                trigger=trigger,
                machine=here,
                by=cast(User, request.user),
                key=form.cleaned_data["key"],
                via=VIA,
            )
        except MesError as error:
            show_in(form, error)
        else:
            said = f"{asked.name}: {said_of(result)}"
            if result.verdict == Verdict.FAILED:
                messages.error(request, _("%(said)s. The operation is on hold.") % {"said": said})
                return answer(request, operation_url(here, work))
            messages.success(request, f"{said} – {_('OK')}")
            return answer(request, next_url(here, work))
    results = latest_results(asked, most=SHOWN)
    context = terminal_context(request, here) | {
        "operation": work,
        "order": work.order,
        "characteristic": asked,
        "demand": demand,
        "piece_number": min(demand.done + 1, demand.wanted) if demand else 1,
        "form": form,
        "results": results,
        "picture": limit_picture(asked, results) if asked.kind == "measured" else None,
        "today": timezone.localdate(timezone=here.plant.zone),
        "calibrated": asked.gauge is None or asked.gauge.is_calibrated(timezone.localdate()),
        "live_url": live.stream_url(terminal_stop_note=[here.pk]),
    }
    template = "terminal/_inspect_form.html" if request.headers.get("HX-Request") else "terminal/inspect.html"
    return render(request, template, context)


def next_url(machine: Machine, operation: Operation) -> str:
    """The next characteristic that is due here, else back to the operation."""
    due = [one for one in demands_due(now=timezone.now(), operations=[operation.pk]) if not one.missed]
    if not due:
        return operation_url(machine, operation)
    return inspect_url(machine, operation, due[0].demand.characteristic_id, due[0].demand.trigger)


def inspect_url(machine: Machine, operation: Operation, characteristic: int, trigger: str) -> str:
    place = reverse("terminal-inspect", args=[machine.pk, operation.pk, characteristic])
    return f"{place}?trigger={trigger}"


@live.fragment("terminal-inspections", any_of=("inspections",), right=Right.OPERATE)
def render_inspections(keys: Collection[str]) -> dict[str, str]:
    """By machine and operation: `7-4711`."""
    found: dict[str, str] = {}
    for key in keys:
        machine, _dash, operation = key.partition("-")
        if not (machine.isdigit() and operation.isdigit()):
            continue
        here = Machine.objects.select_related("plant").filter(pk=machine, active=True).first()
        work = Operation.objects.select_related("order").filter(pk=operation).first()
        if here is not None and work is not None:
            found[key] = render_to_string("terminal/_inspections.html", inspections_context(here, work))
    return found
