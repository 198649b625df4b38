"""Orders that one tool makes together, at the terminal: join one, block a cavity."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST

from machines.models import Machine
from mes.accounts.models import User
from mes.lib.errors import MesError
from orders.domain.families import change_output, join_family
from orders.forms.terminal import KeyForm, OutputForm
from orders.models import Operation, RunOutput
from orders.queries.queue import operations_for
from orders.views.problems import sentence
from orders.views.terminal.access import at_terminal
from orders.views.terminal.context import operation_url
from orders.views.terminal.operation import answer, operation_context, place_and_work

VIA = "terminal"


@require_POST
@at_terminal
def join_together(
    request: HttpRequest, machine: int, operation: int, output: int, other: int
) -> HttpResponse:
    """From when nobody got these pieces on: they lie in the box and belong to the order that is joined."""
    here, work = place_and_work(machine, operation)
    shared = _output(work, output)
    joined = get_object_or_404(operations_for(here), pk=other)
    form = KeyForm(request.POST)
    if not form.is_valid():
        return answer(request, operation_url(here, work))
    return _answer(
        request,
        here,
        work,
        lambda: join_family(
            operation=joined,
            run=shared.run,
            by=cast(User, request.user),
            key=form.cleaned_data["key"],
            at=shared.started_at,
            via=VIA,
        ),
    )


@require_POST
@at_terminal
def set_cavities(request: HttpRequest, machine: int, operation: int, output: int) -> HttpResponse:
    """How many pieces of an item each cycle makes from now on."""
    here, work = place_and_work(machine, operation)
    shared = _output(work, output)
    form = OutputForm(request.POST)
    if not form.is_valid():
        return answer(request, operation_url(here, work))
    pieces = form.cleaned_data["pieces"]
    return _answer(
        request, here, work, lambda: change_output(run=shared.run, item_id=shared.item_id, pieces=pieces)
    )


def _output(work: Operation, pk: int) -> RunOutput:
    return get_object_or_404(
        RunOutput.objects.select_related("run"), pk=pk, run__operation=work, run__ended_at__isnull=True
    )


def _answer(request: HttpRequest, here: Machine, work: Operation, act: Callable[[], object]) -> HttpResponse:
    try:
        act()
    except MesError as error:
        context = operation_context(request, here, work, problem=sentence(error))
        return render(request, "terminal/operation.html", context, status=error.status)
    return answer(request, operation_url(here, work))
