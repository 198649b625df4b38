"""Evidence for the customer: the pack and the first-article report of an order."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from mes.accounts.access import needs
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.accounts.signing import needs_user_name, signatures_of
from mes.lib.downloads import download
from mes.lib.errors import MesError
from orders.models import ProductionOrder
from orders.queries.shipping import blocking_shipment
from orders.views.posted import posted
from orders.views.problems import show_in
from quality.domain.dossier import (
    evidence_pack,
    first_article_pdf,
    first_article_xlsx,
    sign_first_article,
)
from quality.forms import SigningForm
from quality.queries.dossier import evidence_of
from quality.views.signed import proof_from

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.VIEW)
def dossier_page(request: HttpRequest, pk: int) -> HttpResponse:
    """What can be downloaded about an order, and signing its first article."""
    order = _order(pk)
    person = cast(User, request.user)
    form = SigningForm(posted(request))
    if request.method == "POST":
        if not person.may(Right.INSPECT):
            raise PermissionDenied
        proof = proof_from(request, form) if form.is_valid() else None
        if proof is not None:
            try:
                sign_first_article(order=order, by=person, proof=proof)
            except MesError as error:
                show_in(form, error)
            else:
                messages.success(request, _("The first article is signed."))
                return redirect("order-dossier", pk)
    context = {
        "order": order,
        "blocking": blocking_shipment([line])[line] if (line := order.customer_line_id) else [],
        "form": form,
        "named": needs_user_name(request),
        "signatures": signatures_of(ProductionOrder, [order])[order.pk],
    }
    return render(request, "nonconformances/dossier.html", context, status=422 if form.errors else 200)


@require_safe
@needs(Right.VIEW)
def pack(request: HttpRequest, pk: int) -> HttpResponse:
    """The evidence pack as PDF."""
    order = _order(pk)
    content = evidence_pack(evidence_of(order), by=cast(User, request.user), now=timezone.now())
    return _file(content, "application/pdf", f"evidence-{order.number}.pdf")


@require_safe
@needs(Right.VIEW)
def first_article(request: HttpRequest, pk: int, form: str) -> HttpResponse:
    """The first-article report as PDF or XLSX."""
    if form not in ("pdf", "xlsx"):
        raise Http404
    order = _order(pk)
    found = evidence_of(order)
    if form == "xlsx":
        return _file(first_article_xlsx(found), XLSX, f"first-article-{order.number}.xlsx")
    content = first_article_pdf(found, by=cast(User, request.user), now=timezone.now())
    return _file(content, "application/pdf", f"first-article-{order.number}.pdf")


def _order(pk: int) -> ProductionOrder:
    orders = ProductionOrder.objects.select_related("plant", "item", "unit", "customer_line__order__customer")
    return get_object_or_404(orders, pk=pk)


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    safe = "".join(letter if letter.isalnum() or letter in "-._" else "_" for letter in name)
    return download(safe, kind, content, private=True)
