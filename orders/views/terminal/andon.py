"""Calling help from the terminal: two taps, and who comes."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.views.decorators.http import require_POST, require_safe

from machines.domain.andon import acknowledge, arrive, call_help, close_call
from machines.models import AndonCall, AndonKind, AndonOutcome, Machine
from machines.queries.andon import open_calls
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.lib import live
from mes.lib.errors import MesError
from orders.forms.terminal import KeyForm
from orders.views.problems import sentence
from orders.views.terminal.access import at_terminal
from orders.views.terminal.context import machine_url, machines_of, terminal_context


@require_safe
@at_terminal
def choose_help(request: HttpRequest, machine: int) -> HttpResponse:
    """The kinds of help, each a button that calls."""
    here = _machine(machine)
    kinds = AndonKind.objects.filter(plant=here.plant_id, active=True)
    slot = request.GET.get("slot", "1")
    context = terminal_context(request, here) | andon_context(here)
    context |= {"kinds": [(kind, uuid.uuid4()) for kind in kinds], "slot": slot if slot.isdecimal() else "1"}
    return render(request, "terminal/andon.html", context)


@require_POST
@at_terminal
def call(request: HttpRequest, machine: int) -> HttpResponse:
    here = _machine(machine)
    form = KeyForm(request.POST)
    kind = AndonKind.objects.filter(pk=_number(request, "kind"), plant=here.plant_id).first()
    slot = _number(request, "slot") or 1
    if form.is_valid() and kind is not None and slot <= here.slots:
        try:
            call_help(
                machine=here,
                kind=kind,
                slot=slot,
                comment=request.POST.get("comment", ""),
                by=cast(User, request.user),
                key=form.cleaned_data["key"],
            )
        except MesError as error:
            messages.error(request, sentence(error))
    return redirect(machine_url(here))


@require_POST
@at_terminal
def step(request: HttpRequest, machine: int, pk: int) -> HttpResponse:
    """`step`: acknowledge, arrive or close (with `outcome`)."""
    here = _machine(machine)
    row = get_object_or_404(AndonCall, pk=pk, machine=here)
    problem = take_step(request, row)
    if request.headers.get("HX-Request"):
        return render(request, "terminal/_andon.html", andon_context(here) | {"problem": problem})
    if problem:
        messages.error(request, problem)
    return redirect(machine_url(here))


def take_step(request: HttpRequest, row: AndonCall) -> str:
    """Do what was posted; the sentence of a refusal, or nothing."""
    by = cast(User, request.user)
    steps: dict[str, Callable[[], AndonCall]] = {
        "acknowledge": lambda: acknowledge(call=row, by=by),
        "arrive": lambda: arrive(call=row, by=by),
        "close": lambda: close_call(
            call=row,
            outcome=request.POST.get("outcome", ""),
            closing=request.POST.get("closing", ""),
            by=by,
        ),
    }
    wanted = steps.get(request.POST.get("step", ""))
    if wanted is None:
        return ""
    try:
        wanted()
    except MesError as error:
        return sentence(error)
    return ""


def andon_context(machine: Machine) -> dict[str, Any]:
    return {"machine": machine, "calls": open_calls([machine.pk]), "outcomes": AndonOutcome.choices}


@live.fragment("terminal-andon", topics=("andon",), right=Right.OPERATE)
def render_calls(keys: Collection[str]) -> dict[str, str]:
    """The open calls of these machines."""
    return {
        str(machine.pk): render_to_string("terminal/_andon.html", andon_context(machine))
        for machine in machines_of(keys)
    }


def _machine(number: int) -> Machine:
    return get_object_or_404(Machine.objects.select_related("plant"), pk=number, active=True)


def _number(request: HttpRequest, name: str) -> int:
    text = request.POST.get(name, "")
    return int(text[:9]) if text.isdecimal() else 0
