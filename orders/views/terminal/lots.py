"""A lot was scanned at a machine: put it on the feeder, or use some of it now."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from machines.models import Machine
from mes.accounts.models import User
from mes.lib.errors import MesError, Refused
from orders.domain.consumption import check_usable, component_for, consume_lot, load_feeder
from orders.forms.stock import LotUseForm
from orders.models import Lot, Operation, OrderComponent, Run
from orders.views.posted import posted
from orders.views.problems import sentence, show_in
from orders.views.terminal.access import at_terminal
from orders.views.terminal.context import operation_url, terminal_context


@at_terminal
def use_lot(request: HttpRequest, machine: int, lot: int) -> HttpResponse:
    """What the scanned lot may be used for here. What isn't possible is said with who can decide."""
    here = get_object_or_404(Machine.objects.select_related("plant"), pk=machine, active=True)
    label = get_object_or_404(Lot.objects.select_related("item__unit"), pk=lot)
    work: Operation | None = None
    component: OrderComponent | None = None
    problem = ""
    try:
        work, component = _work_for(here, label)
        check_usable(operation=work, lot=label)
    except Refused as refusal:
        problem = sentence(refusal)
    missing = component.missing if component else None
    form = LotUseForm(posted(request), initial={"quantity": missing} if missing else {"quantity": 1})
    if request.method == "POST" and not problem and work and component and form.is_valid():
        try:
            if component.backflush:
                load_feeder(
                    machine=here, lot=label, by=cast(User, request.user), key=form.cleaned_data["key"]
                )
                messages.success(request, _("Lot %s is on the machine.") % label.number)
            else:
                consume_lot(
                    operation=work,
                    lot=label,
                    quantity=form.cleaned_data["quantity"],
                    by=cast(User, request.user),
                    key=form.cleaned_data["key"],
                )
                messages.success(request, _("Booked."))
            return redirect(operation_url(here, work))
        except MesError as error:
            show_in(form, error)
    context = terminal_context(request, here) | {
        "machine": here,
        "lot": label,
        "work": work,
        "component": component,
        "problem": problem,
        "form": form,
    }
    return render(request, "terminal/lot.html", context)


def _work_for(machine: Machine, lot: Lot) -> tuple[Operation, OrderComponent]:
    """The running operation at the machine that needs the lot. Raises Refused with why there is none."""
    runs = Run.objects.filter(machine=machine, ended_at__isnull=True).select_related(
        "operation__order__plant", "operation__order__item", "operation__order__unit"
    )
    refusal = Refused("no_work", _("Nothing runs at this machine. Start the order first."))
    for run in runs.order_by("slot"):
        try:
            component, _factor = component_for(operation=run.operation, lot=lot)
        except Refused as wrong:
            refusal = wrong
        else:
            return run.operation, component
    raise refusal
