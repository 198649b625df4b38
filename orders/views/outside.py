"""What is at suppliers, what could go, and booking both ways."""

from __future__ import annotations

import uuid
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
from mes.lib.errors import MesError, Refused
from orders.domain.outside import bring_home, check_send_out, send_out
from orders.forms.outside import BringHomeForm, SendOutForm
from orders.models import Operation
from orders.planning.at_suppliers import expected_back
from orders.queries.outside import outside_work
from orders.views.posted import posted
from orders.views.problems import sentence, show_in

PAGE = 50
VIA = "office"


@require_safe
@needs(Right.VIEW)
def at_suppliers(request: HttpRequest) -> HttpResponse:
    """What has left first, then what lies ready to go."""
    now = timezone.now()
    page = Paginator(outside_work(), PAGE).get_page(request.GET.get("page"))
    back = expected_back(page.object_list, now=now)
    rows = [{"operation": one, "back": back[one.pk]} for one in page.object_list]
    context = {"page": page, "rows": rows, "now": now, "tab": "outside"}
    return render(request, "stock/outside.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.RELEASE)
def send(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that the pieces of an operation have left for their supplier."""
    operation = _operation(pk)
    form = SendOutForm(posted(request), initial={"key": uuid.uuid4()})
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            send_out(
                operation=operation,
                by=cast(User, request.user),
                key=said["key"],
                comment=said["comment"],
                via=VIA,
            )
        except MesError as error:
            show_in(form, error)
        else:
            messages.success(request, _("Sent to the supplier."))
            return redirect("outside")
    context = {"operation": operation, "form": form, "why_not": _why_not(operation), "tab": "outside"}
    return render(request, "stock/send_out.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.RELEASE)
def back(request: HttpRequest, pk: int) -> HttpResponse:
    """Book what a supplier brought back."""
    operation = _operation(pk)
    form = BringHomeForm(
        posted(request),
        operation=operation,
        initial={"key": uuid.uuid4(), "good": f"{operation.open_quantity.normalize():f}"},
    )
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            bring_home(
                operation=operation,
                quantities=form.quantities,
                all_back=said["all_back"],
                scrap_reason=said["scrap_reason"],
                comment=said["comment"],
                by=cast(User, request.user),
                key=said["key"],
                via=VIA,
            )
        except MesError as error:
            show_in(form, error)
        else:
            messages.success(request, _("Booked."))
            return redirect("outside")
    context = {"operation": operation, "form": form, "tab": "outside"}
    return render(request, "stock/bring_home.html", context, status=422 if form.errors else 200)


def _operation(pk: int) -> Operation:
    rows = Operation.objects.select_related("plant", "order__item", "order__unit", "machine_group")
    return get_object_or_404(rows, pk=pk, outside=True)


def _why_not(operation: Operation) -> str:
    try:
        check_send_out(operation=operation)
    except Refused as refusal:
        return sentence(refusal)
    return ""
