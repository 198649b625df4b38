"""Stock that people move and count blind, what is to be shipped, and dates that suppliers confirm."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from mes.accounts.access import needs
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.lib.errors import MesError
from mes.lib.fields import ZERO
from orders.domain.demand_rows import plain_quantity
from orders.domain.events import derived_key
from orders.domain.inventory import count_stock, transfer_balance
from orders.domain.purchases import confirm_purchase
from orders.forms.stock import ConfirmForm, CountForm, TransferForm
from orders.models import CustomerOrderLine, Place, PurchaseOrderLine, StockBalance
from orders.queries.shipping import blocking_shipment
from orders.views.posted import posted
from orders.views.problems import sentence, show_in

PAGE = 50
MOST_COUNTED = 100


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.RELEASE)
def transfer(request: HttpRequest, pk: int) -> HttpResponse:
    """Move part of a balance to another place."""
    balance = get_object_or_404(StockBalance.objects.select_related("plant", "item__unit", "place"), pk=pk)
    form = TransferForm(
        posted(request),
        plant=balance.plant,
        initial={"key": uuid.uuid4(), "quantity": f"{max(balance.on_hand, ZERO).normalize():f}"},
    )
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            transfer_balance(
                balance=balance,
                quantity=said["quantity"],
                target=said["target"],
                by=cast(User, request.user),
                key=said["key"],
            )
        except MesError as error:
            show_in(form, error)
        else:
            messages.success(request, _("The transfer is booked."))
            return redirect("stock")
    return render(request, "stock/transfer.html", {"balance": balance, "form": form, "tab": "stock"})


@dataclass(frozen=True, slots=True)
class Counted:
    """A balance with what was typed for it (None: nothing yet), and why that can't be read."""

    balance: StockBalance
    typed: str = ""
    amount: Decimal | None = None
    wrong: str = ""

    @property
    def difference(self) -> Decimal:
        return ZERO if self.amount is None else self.amount - self.balance.on_hand


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.RELEASE)
def count(request: HttpRequest) -> HttpResponse:
    """`/stock/count/?place=CODE&q=ITEM`: what lies there is counted without being told what should; then the
    differences are shown, and booked with a reason."""
    said = request.POST if request.method == "POST" else request.GET
    place, text = said.get("place", ""), said.get("q", "").strip()
    rows = StockBalance.objects.exclude(on_hand=0).select_related("plant", "item__unit", "place")
    if place:
        rows = rows.filter(place__code=place)
    if text:
        rows = rows.filter(item__code__icontains=text)
    found = (
        list(rows.order_by("place__code", "item__code", "lot", "pk")[:MOST_COUNTED]) if place or text else []
    )
    context: dict[str, Any] = {
        "tab": "stock",
        "place": place,
        "q": text,
        "places": Place.objects.filter(active=True).order_by("code"),
        "rows": [Counted(row) for row in found],
        "form": CountForm(initial={"key": uuid.uuid4()}),
    }
    if request.method == "POST":
        context["rows"] = counted = _counted(found, request.POST)
        form = CountForm(posted(request))
        if not any(one.wrong for one in counted) and form.is_valid():
            context |= {"form": form, "shown": True}
            if request.POST.get("book") and _booked(request, form, counted):
                messages.success(request, _("The count is booked."))
                return redirect("stock")
    return render(request, "stock/count.html", context)


def _counted(found: list[StockBalance], said: Mapping[str, Any]) -> list[Counted]:
    rows = []
    for balance in found:
        typed = str(said.get(f"counted-{balance.pk}", "")).strip()
        amount = plain_quantity(typed) if typed else None
        wrong = ""
        if typed and amount is None:
            wrong = _("This must be a number like 12.5.")
        elif amount is not None and amount < 0:
            wrong = _("A quantity can't be negative.")
        rows.append(Counted(balance, typed, amount, wrong))
    return rows


def _booked(request: HttpRequest, form: CountForm, counted: list[Counted]) -> bool:
    """Book what differs. Not without a reason, and not when the record changed since it was shown."""
    moved = [
        one
        for one in counted
        if one.amount is not None
        and plain_quantity(str(request.POST.get(f"seen-{one.balance.pk}", ""))) != one.balance.on_hand
    ]
    if moved:
        form.add_error(None, _("Stock moved meanwhile. Look at the differences again."))
        return False
    reason = form.cleaned_data["reason"].strip()
    if not reason and any(one.difference for one in counted):
        form.add_error("reason", _("Say in a few words why."))
        return False
    try:
        for one in counted:
            if one.amount is not None:
                count_stock(
                    balance=one.balance,
                    counted=one.amount,
                    by=cast(User, request.user),
                    key=derived_key(form.cleaned_data["key"], str(one.balance.pk)),
                    comment=reason,
                )
    except MesError as error:
        form.add_error(None, sentence(error))
        return False
    return True


@require_safe
@needs(Right.VIEW)
def shipping_page(request: HttpRequest) -> HttpResponse:
    """Customers' lines that are not wholly shipped, the first wanted first, with what holds them."""
    lines = (
        CustomerOrderLine.objects.annotate(sent=Coalesce(Sum("shipments__lots__quantity"), ZERO))
        .filter(quantity__gt=F("sent"))
        .select_related("order__customer", "item__unit")
        .order_by(F("requested_at").asc(nulls_last=True), "pk")
    )
    page = Paginator(lines, PAGE).get_page(request.GET.get("page"))
    held = blocking_shipment([line.pk for line in page])
    rows = [(line, line.quantity - line.sent, held[line.pk]) for line in page]  # type: ignore[attr-defined]
    context = {"page": page, "rows": rows, "now": timezone.now(), "tab": "shipping"}
    return render(request, "stock/shipping.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.RELEASE)
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Note the day that a supplier confirmed."""
    line = get_object_or_404(PurchaseOrderLine.objects.select_related("order__plant", "item__unit"), pk=pk)
    form = ConfirmForm(posted(request), initial={"confirmed_on": line.due_on})
    if request.method == "POST" and form.is_valid():
        try:
            confirm_purchase(line=line, on=form.cleaned_data["confirmed_on"], by=cast(User, request.user))
        except MesError as error:
            show_in(form, error)
        else:
            messages.success(request, _("The date is noted."))
            return redirect("purchases")
    return render(request, "stock/confirm.html", {"line": line, "form": form, "tab": "purchases"})
