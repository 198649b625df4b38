"""The customer's requirements of an order: how far they are verified, and verifying one."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from mes.accounts.access import needs
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.lib.errors import MesError
from orders.models import OrderRequirement, ProductionOrder
from orders.views.problems import show_in
from quality.domain.verification import verify_requirement
from quality.forms import VerificationForm
from quality.queries.requirements import requirement_statuses


@require_safe
@needs(Right.VIEW)
def order_requirements(request: HttpRequest, pk: int) -> HttpResponse:
    """The requirements of one order with their latest checks, as a piece of its page."""
    order = get_object_or_404(ProductionOrder, pk=pk)
    context = {"order": order, "statuses": requirement_statuses([order.pk])[order.pk]}
    return render(request, "quality/_requirements.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.INSPECT)
def verify(request: HttpRequest, pk: int) -> HttpResponse:
    requirement = get_object_or_404(OrderRequirement.objects.select_related("order__item"), pk=pk)
    order = requirement.order
    operation = order.operations.filter(number=requirement.operation_number).first()
    form = VerificationForm(request.POST or None, requirement=requirement)
    if request.method == "POST" and form.is_valid():
        try:
            verify_requirement(
                requirement=requirement,
                operation=operation,
                value=form.cleaned_data.get("value", ""),
                passed=form.passed,
                comment=form.cleaned_data["comment"],
                by=cast(User, request.user),
                key=form.cleaned_data["key"],
            )
        except MesError as error:
            show_in(form, error)
        else:
            messages.success(request, _("The check is recorded."))
            return redirect("order", order.pk)
    context = {"requirement": requirement, "order": order, "form": form}
    return render(request, "quality/verify.html", context)
