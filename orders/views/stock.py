"""What is in stock, its lots, and what suppliers will bring."""

from __future__ import annotations

import uuid
from typing import cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from mes.accounts.access import needs
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.lib.errors import MesError
from orders.domain.inventory import receive_purchase
from orders.forms.stock import ReceiptForm
from orders.models import Lot, PurchaseOrderLine, StockBalance
from orders.views.posted import posted
from orders.views.problems import show_in

PAGE = 50


@require_safe
@needs(Right.VIEW)
def stock_page(request: HttpRequest) -> HttpResponse:
    """Balances by item, lot, place and status; what stands below zero comes first."""
    text = request.GET.get("q", "").strip()
    balances = StockBalance.objects.exclude(on_hand=0, reserved=0).select_related(
        "item__unit", "place", "plant"
    )
    if text:
        balances = balances.filter(
            Q(item__code__icontains=text) | Q(item__name__icontains=text) | Q(lot__icontains=text)
        )
    below = StockBalance.objects.filter(on_hand__lt=0).count()
    rows = balances.annotate(there=Q(on_hand__gte=0)).order_by("there", "item__code", "lot", "pk")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return render(request, "stock/stock.html", {"page": page, "q": text, "below": below, "tab": "stock"})


@require_safe
@needs(Right.VIEW)
def lots_page(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "").strip()
    lots = Lot.objects.select_related("item", "order").order_by("-made_at", "-pk")
    if text:
        lots = lots.filter(
            Q(number__icontains=text) | Q(supplier_lot__icontains=text) | Q(item__code__icontains=text)
        )
    page = Paginator(lots, PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "q": text, "today": timezone.localdate(), "tab": "lots"}
    return render(request, "stock/lots.html", context)


@require_safe
@needs(Right.VIEW)
def purchases_page(request: HttpRequest) -> HttpResponse:
    """Open lines of supplier orders, the next expected first."""
    lines = (
        PurchaseOrderLine.objects.filter(received__lt=F("quantity"))
        .select_related("order", "item__unit")
        .order_by("expected_on", "pk")
    )
    page = Paginator(lines, PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "today": timezone.localdate(), "tab": "purchases"}
    return render(request, "stock/purchases.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.RELEASE)
def receive(request: HttpRequest, pk: int) -> HttpResponse:
    """Book what a supplier brought for one line."""
    line = get_object_or_404(PurchaseOrderLine.objects.select_related("order__plant", "item__unit"), pk=pk)
    form = ReceiptForm(
        posted(request),
        plant=line.order.plant,
        initial={"key": uuid.uuid4(), "quantity": line.open_quantity},
    )
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            receive_purchase(
                line=line,
                quantity=said["quantity"],
                number=said["number"],
                supplier_lot=said["supplier_lot"],
                expires_on=said["expires_on"],
                place=said["place"],
                by=cast(User, request.user),
                key=said["key"],
            )
        except MesError as error:
            show_in(form, error)
        else:
            messages.success(request, _("The receipt is booked."))
            return redirect("purchases")
    return render(request, "stock/receive.html", {"line": line, "form": form, "tab": "purchases"})
