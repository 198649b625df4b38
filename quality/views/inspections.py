"""What waits for an inspector, and recording an inspection."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mes.accounts.access import needs
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.lib.errors import MesError
from orders.models import Operation
from orders.views.problems import show_in
from quality.domain.omissions import give_up_inspections
from quality.domain.verification import inspect_operation
from quality.forms import InspectionForm, OmissionForm
from quality.models import Inspection, InspectionOmission
from quality.queries.due import PATIENCE, open_demands, told_due
from quality.queries.requirements import inspections_due

PAGE = 50


@require_safe
@needs(Right.VIEW)
def inspections_page(request: HttpRequest) -> HttpResponse:
    """Operations on quality hold, what is due at the machines, what was missed, and what was done lately."""
    return _show(request, OmissionForm())


@require_POST
@needs(Right.INSPECT)
def not_done(request: HttpRequest) -> HttpResponse:
    """Say of the chosen inspections why they are not done."""
    form = OmissionForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        try:
            number = give_up_inspections(
                demands=said["demand"], reason=said["reason"], by=cast(User, request.user), key=said["key"]
            )
        except MesError as error:
            show_in(form, error)
        else:
            noted = ngettext(
                "%(number)d inspection is noted as not done.",
                "%(number)d inspections are noted as not done.",
                number,
            )
            messages.success(request, noted % {"number": number})
            return redirect("inspections")
    return _show(request, form)


def _show(request: HttpRequest, form: OmissionForm) -> HttpResponse:
    now = timezone.now()
    still_due = open_demands(now=now, missed=False)
    due = Paginator(still_due, PAGE).get_page(request.GET.get("due"))
    missed = Paginator(open_demands(now=now, missed=True), PAGE).get_page(1)
    context = {
        "page": Paginator(inspections_due(), PAGE).get_page(request.GET.get("page")),
        "latest": Inspection.objects.select_related("operation__order__plant", "by").order_by("-pk")[:20],
        "due": due,
        "due_rows": told_due(due, now=now),
        "overdue": still_due.filter(due_at__lt=now - PATIENCE).count(),
        "missed": missed,
        "omissions": InspectionOmission.objects.select_related(
            "operation__order__plant", "characteristic", "by"
        ).order_by("-pk")[:20],
        "form": form,
        "chosen": request.POST.getlist("demand"),
    }
    return render(request, "quality/inspections.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.INSPECT)
def inspect(request: HttpRequest, pk: int) -> HttpResponse:
    operation = get_object_or_404(
        Operation.objects.select_related("order__item", "order__unit", "order__plant", "machine_group"), pk=pk
    )
    form = InspectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            inspect_operation(
                operation=operation,
                inspected=said["inspected"],
                defective=said["defective"],
                passed=said["verdict"] == "passed",
                comment=said["comment"],
                by=cast(User, request.user),
                key=said["key"],
            )
        except MesError as error:
            show_in(form, error)
        else:
            messages.success(request, _("The inspection is recorded."))
            return redirect("inspections")
    requirements = operation.order.requirements.filter(operation_number__in=("", operation.number))
    context = {"operation": operation, "order": operation.order, "form": form, "requirements": requirements}
    return render(request, "quality/inspect.html", context)
