"""One operation at one machine: what it needs, and every step a person can take with it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from machines.models import Machine
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.lib import live
from mes.lib.errors import MesError
from orders.domain.execution import finish, interrupt, join_run, leave_run, start_production, start_setup
from orders.domain.readings import read_requirements
from orders.domain.transitions import OPERATION
from orders.enums import OperationState
from orders.forms.terminal import KeyForm
from orders.models import Operation, ProductionOrder
from orders.queries.downloads import latest_downloads
from orders.queries.erp_news import erp_news_of
from orders.queries.families import leading_run, made_together
from orders.queries.queue import crew_of, open_run_of, operations_for
from orders.queries.readiness import readiness_of
from orders.queries.readings import readings_at
from orders.queries.reports import recent_reports
from orders.queries.requirements import requirements_at
from orders.views.problems import sentence
from orders.views.terminal.access import at_terminal
from orders.views.terminal.context import machine_url, operation_url, terminal_context

VIA = "terminal"

Step = Callable[[Machine, Operation, User, uuid.UUID], object]


@require_safe
@at_terminal
def operation_page(request: HttpRequest, machine: int, operation: int) -> HttpResponse:
    here, work = place_and_work(machine, operation)
    return render(request, "terminal/operation.html", operation_context(request, here, work))


def place_and_work(machine: int, operation: int) -> tuple[Machine, Operation]:
    """The machine and an operation of its group or planned on it. Raises Http404."""
    here = get_object_or_404(Machine.objects.select_related("plant"), pk=machine, active=True)
    return here, get_object_or_404(operations_for(here), pk=operation)


def operation_context(
    request: HttpRequest, machine: Machine, operation: Operation, *, problem: str = ""
) -> dict[str, Any]:
    person = cast(User, request.user)
    run = open_run_of(operation)
    crew = crew_of(run)
    readiness = readiness_of([operation], machine=machine, person=person)[operation.pk]
    steps = OPERATION[OperationState(operation.state)]
    requirements = list(requirements_at(operation))
    readings = readings_at(operation, requirements)
    elsewhere = run is not None and run.machine_id != machine.pk
    return terminal_context(request, machine) | {
        "operation": operation,
        "order": operation.order,
        "run": run,
        "crew": crew,
        "works_here": person in crew,
        "elsewhere": elsewhere,
        "readiness": readiness,
        "may_start": readiness.ready and "start_setup" in steps,
        "may_produce": operation.state == OperationState.SETUP and not elsewhere,
        "may_interrupt": "interrupt" in steps and not elsewhere,
        "may_finish": "finish" in steps
        and not elsewhere
        and (run is not None or operation.state == OperationState.PRODUCTION),
        "may_report": run is not None
        or operation.state
        in (OperationState.PRODUCTION, OperationState.INTERRUPTED, OperationState.FINISHED),
        "download": latest_downloads([operation.pk]).get(operation.pk),
        "together": made_together(None if elsewhere else run, machine),
        "leading": None if run else leading_run(operation),
        "requirements": requirements,
        "readings": sorted({(reading.at, str(reading.by)) for reading in readings.values()}),
        "unread": len(requirements) - len(readings),
        "news": erp_news_of([operation.order_id]).get(operation.order_id, []),
        "reports": recent_reports(operation, person=person, most=3),
        "inspections_key": f"{machine.pk}-{operation.pk}",
        "key": uuid.uuid4(),
        "problem": problem,
        "live_url": live.stream_url(
            terminal_stop_note=[machine.pk],
            terminal_progress=[operation.pk],
            terminal_download=[operation.pk],
            terminal_erp_news=[operation.order_id],
            terminal_inspections=[f"{machine.pk}-{operation.pk}"],
        ),
    }


def _step(act: Step, *, stay: bool) -> Callable[..., HttpResponse]:
    @require_POST
    @at_terminal
    def take_step(request: HttpRequest, machine: int, operation: int) -> HttpResponse:
        here, work = place_and_work(machine, operation)
        form = KeyForm(request.POST)
        if not form.is_valid():
            return answer(request, operation_url(here, work))
        try:
            act(here, work, cast(User, request.user), form.cleaned_data["key"])
        except MesError as error:
            work.refresh_from_db()
            context = operation_context(request, here, work, problem=sentence(error))
            return render(request, "terminal/operation.html", context, status=error.status)
        return answer(request, operation_url(here, work) if stay else machine_url(here))

    return take_step


def answer(request: HttpRequest, url: str) -> HttpResponse:
    """After a booking always another page, so that a reload repeats nothing."""
    if request.headers.get("HX-Request"):
        return HttpResponseClientRedirect(url)
    return redirect(url)


begin_setup = _step(
    lambda machine, operation, person, key: start_setup(
        operation=operation, machine=machine, by=person, key=key, via=VIA
    ),
    stay=True,
)
begin_production = _step(
    lambda machine, operation, person, key: start_production(
        operation=operation, machine=machine, by=person, key=key, via=VIA
    ),
    stay=True,
)
interrupt_run = _step(
    lambda _machine, operation, person, key: interrupt(operation=operation, by=person, key=key, via=VIA),
    stay=False,
)
finish_operation = _step(
    lambda _machine, operation, person, key: finish(operation=operation, by=person, key=key, via=VIA),
    stay=False,
)
join = _step(
    lambda _machine, operation, person, key: join_run(operation=operation, person=person, key=key), stay=True
)
leave = _step(
    lambda _machine, operation, person, key: leave_run(operation=operation, person=person, key=key), stay=True
)
read = _step(
    lambda machine, operation, person, key: read_requirements(
        operation=operation, machine=machine, by=person, key=key
    ),
    stay=True,
)


@live.fragment("terminal-erp-news", topics=("order",), right=Right.OPERATE)
def render_erp_news(keys: Collection[str]) -> dict[str, str]:
    numbers = [int(key) for key in keys if key.isdigit()]
    news = erp_news_of(numbers)
    return {
        str(order.pk): render_to_string(
            "terminal/_erp_news.html", {"order": order, "news": news.get(order.pk, [])}
        )
        for order in ProductionOrder.objects.filter(pk__in=numbers).select_related("plant")
    }


@live.fragment("terminal-progress", topics=("operation",), right=Right.OPERATE)
def render_progress(keys: Collection[str]) -> dict[str, str]:
    numbers = [int(key) for key in keys if key.isdigit()]
    operations = Operation.objects.filter(pk__in=numbers).select_related("order__unit", "order__plant")
    return {
        str(operation.pk): render_to_string("terminal/_progress.html", {"operation": operation})
        for operation in operations
    }
