"""Raising a nonconformance at the machine: two taps, the report and the defect."""

from __future__ import annotations

import uuid
from dataclasses import replace
from decimal import Decimal
from typing import cast

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from machines.models import Machine
from mes.accounts.models import User
from mes.lib.errors import MesError
from orders.models import Operation
from orders.views.problems import sentence
from orders.views.terminal.access import at_terminal
from orders.views.terminal.context import machine_url, operation_url, terminal_context
from orders.views.terminal.operation import answer, place_and_work
from quality.domain.nonconformances import raise_nonconformance
from quality.domain.subjects import Subject, usual_quantity
from quality.forms import TerminalNonconformanceForm
from quality.queries.nonconformances import choosable_defects
from quality.views.nonconformances import subject_in


@require_http_methods(["GET", "HEAD", "POST"])
@at_terminal
def raise_here(request: HttpRequest, machine: int, operation: int) -> HttpResponse:
    """The defects as buttons: tapping one raises it for the report (``event``), for a missed ``result``, or
    for the operation."""
    here, work = place_and_work(machine, operation)
    subject = Subject(order=work.order, operation=work, machine=here)
    if request.GET.get("event") or request.GET.get("result"):
        subject = replace(subject_in(request.GET), machine=here)
        if subject.operation != work:
            raise Http404
    return _raise(request, here, subject, work, operation_url(here, work))


@require_http_methods(["GET", "HEAD", "POST"])
@at_terminal
def raise_at_machine(request: HttpRequest, machine: int) -> HttpResponse:
    """The same for a stop (``slot`` and ``stop``), or a scanned ``lot``."""
    here = get_object_or_404(Machine.objects.select_related("plant"), pk=machine, active=True)
    asked = request.GET.copy()
    if not asked.get("lot"):
        asked["machine"] = here.code
    subject = subject_in(asked)
    if subject.place() != here.plant:
        raise Http404
    return _raise(request, here, subject, subject.operation, machine_url(here))


def _raise(
    request: HttpRequest, here: Machine, subject: Subject, work: Operation | None, back: str
) -> HttpResponse:
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
            return answer(request, back)
    elif request.method == "POST":
        problem = _("Choose what is wrong, and how many pieces.")
    context = terminal_context(request, here) | {
        "operation": work,
        "order": subject.order,
        "subject": subject,
        "back": back,
        "defects": defects,
        "quantity": request.POST.get("quantity") or f"{usual.normalize():f}",
        "key": request.POST.get("key") or uuid.uuid4(),
        "problem": problem,
    }
    return render(request, "terminal/nonconformance.html", context, status=422 if problem else 200)


def _photo(request: HttpRequest) -> bytes | None:
    file = request.FILES.get("photo")
    return file.read() if isinstance(file, UploadedFile) else None
