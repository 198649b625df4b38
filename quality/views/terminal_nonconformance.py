"""Raising a nonconformance at the machine: two taps, the report and the defect."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import cast

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from mes.accounts.models import User
from mes.lib.errors import MesError
from orders.models import ProductionEvent
from orders.views.problems import sentence
from orders.views.terminal.access import at_terminal
from orders.views.terminal.context import operation_url, terminal_context
from orders.views.terminal.operation import answer, place_and_work
from quality.domain.nonconformances import Subject, raise_nonconformance, usual_quantity
from quality.forms import TerminalNonconformanceForm
from quality.queries.nonconformances import choosable_defects


@require_http_methods(["GET", "HEAD", "POST"])
@at_terminal
def raise_here(request: HttpRequest, machine: int, operation: int) -> HttpResponse:
    """The defects as buttons: tapping one raises it for the report (``event``), or for the operation."""
    here, work = place_and_work(machine, operation)
    event = None
    if number := request.GET.get("event", ""):
        events = ProductionEvent.objects.filter(operation=work)
        event = get_object_or_404(events, pk=int(number) if number.isdecimal() else 0)
    subject = Subject(order=work.order, operation=work, machine=here, event=event)
    defects = choosable_defects(here.plant_id)
    usual = usual_quantity(subject) or Decimal(1)
    form = TerminalNonconformanceForm(request.POST if request.method == "POST" else None, defects=defects)
    problem = ""
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            row = raise_nonconformance(
                subject=subject,
                defect=said["defect"],
                quantity=said["quantity"],
                description=said["description"],
                photo=_photo(request),
                by=cast(User, request.user),
                key=said["key"],
            )
        except MesError as error:
            problem = " ".join(sentence(one) for one in error.problems)
        else:
            messages.success(request, _("%(number)s is raised.") % {"number": row.number})
            return answer(request, operation_url(here, work))
    elif request.method == "POST":
        problem = _("Choose what is wrong, and how many pieces.")
    context = terminal_context(request, here) | {
        "operation": work,
        "order": work.order,
        "event": event,
        "defects": defects,
        "quantity": request.POST.get("quantity") or f"{usual.normalize():f}",
        "key": request.POST.get("key") or uuid.uuid4(),
        "problem": problem,
    }
    return render(request, "terminal/nonconformance.html", context, status=422 if problem else 200)


def _photo(request: HttpRequest) -> bytes | None:
    file = request.FILES.get("photo")
    return file.read() if isinstance(file, UploadedFile) else None
