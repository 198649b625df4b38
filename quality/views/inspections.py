"""What waits for an inspector, and recording an inspection."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from mes.accounts.access import needs
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.lib.errors import MesError
from orders.models import Operation
from orders.views.problems import show_in
from quality.domain.verification import inspect_operation
from quality.forms import InspectionForm
from quality.models import Inspection
from quality.queries.due import demands_due
from quality.queries.requirements import inspections_due

PAGE = 50
MOST_DUE = 100


@require_safe
@needs(Right.VIEW)
def inspections_page(request: HttpRequest) -> HttpResponse:
    """Operations on quality hold, what is due at the machines, and the latest inspections."""
    latest = Inspection.objects.select_related("operation__order__item", "by").order_by("-pk")[:20]
    page = Paginator(inspections_due(), PAGE).get_page(request.GET.get("page"))
    due = demands_due(now=timezone.now())
    context = {
        "page": page,
        "latest": latest,
        "due": due[:MOST_DUE],
        "due_count": len(due),
        "overdue": sum(one.overdue for one in due),
        "missed": sum(one.missed for one in due),
    }
    return render(request, "quality/inspections.html", context)


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
