"""A lot given to stock that has none; a lot split, merged with another, or given serial numbers."""

from __future__ import annotations

import uuid
from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from machines.models import Plant
from mes.accounts.access import needs
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.lib.errors import InvalidInput, MesError, Problem
from mes.lib.fields import ZERO
from orders.domain.genealogy import assign_serials, merge_lots, split_lot
from orders.domain.inventory import give_lot
from orders.forms.stock import GiveLotForm, MergeForm, SerialsForm, SplitForm
from orders.models import CustomerOrderLine, Lot, StockBalance
from orders.views.posted import posted
from orders.views.problems import show_in

FORMS = {"split": SplitForm, "merge": MergeForm, "serials": SerialsForm}


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.RELEASE)
def change_lot(request: HttpRequest, pk: int) -> HttpResponse:
    """`/stock/lots/LOT/change/`: one page with a form for each change."""
    lot = get_object_or_404(Lot.objects.select_related("item__unit"), pk=pk)
    balances = list(
        StockBalance.objects.filter(item=lot.item_id, lot=lot.number)
        .exclude(on_hand=0)
        .select_related("plant", "place")
    )
    chosen = request.POST.get("change", "")
    forms = {
        name: form(posted(request) if name == chosen else None, initial={"key": uuid.uuid4()}, prefix=name)
        for name, form in FORMS.items()
    }
    form = forms.get(chosen)
    if form is not None and form.is_valid():
        try:
            done = _change(chosen, lot, balances, form.cleaned_data, cast(User, request.user))
        except MesError as error:
            show_in(form, error)
        else:
            messages.success(request, done)
            return redirect("lots")
    serials = lot.serials.order_by("number")
    context = {"lot": lot, "balances": balances, "forms": forms, "serials": serials, "tab": "lots"}
    return render(request, "stock/change_lot.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.RELEASE)
def give_lot_page(request: HttpRequest, pk: int) -> HttpResponse:
    """`/stock/balances/BALANCE/lot/?line=…`: back to shipping that line, else to the stock."""
    balance = get_object_or_404(
        StockBalance.objects.select_related("plant", "item__unit", "place").filter(lot=""), pk=pk
    )
    asked = request.GET.get("line", "")
    lines = CustomerOrderLine.objects.filter(item=balance.item_id)
    line = lines.filter(pk=asked).first() if asked.isdecimal() else None
    back = f"{reverse('ship-line', args=[line.pk])}?plant={balance.plant.code}" if line else reverse("stock")
    form = GiveLotForm(
        posted(request),
        initial={"key": uuid.uuid4(), "quantity": f"{max(balance.on_hand, ZERO).normalize():f}"},
    )
    if form.is_bound and form.is_valid():
        try:
            lot = give_lot(balance=balance, by=cast(User, request.user), **form.cleaned_data)
        except MesError as error:
            show_in(form, error)
        else:
            messages.success(request, _("It is lot %s now.") % lot.number)
            return redirect(back)
    context = {"balance": balance, "form": form, "back": back, "tab": "stock"}
    return render(request, "stock/give_lot.html", context, status=422 if form.errors else 200)


def _change(name: str, lot: Lot, balances: list[StockBalance], said: dict[str, object], by: User) -> str:
    if not balances:
        raise InvalidInput([Problem("short", _("Nothing of this lot is in stock."))])
    plant: Plant = balances[0].plant
    place = balances[0].place
    if name == "split":
        part = split_lot(plant=plant, lot=lot, place=place, by=by, **said)  # type: ignore[arg-type]
        return _("Lot %s is split off.") % part.number
    if name == "merge":
        other = Lot.objects.filter(item=lot.item_id, number=said["other"]).first()
        if other is None or other == lot:
            message = _("This item has no other lot with this number.")
            raise InvalidInput([Problem("unknown_lot", message, "other")])
        merged = merge_lots(
            plant=plant,
            parts=[(lot, said["quantity"]), (other, said["other_quantity"])],  # type: ignore[list-item]
            number=str(said["number"]),
            place=place,
            by=by,
            key=cast(uuid.UUID, said["key"]),
        )
        return _("Lot %s is made of both.") % merged.number
    numbers = [line.strip() for line in str(said["numbers"]).splitlines() if line.strip()]
    if any(len(number) > 40 for number in numbers):
        raise InvalidInput([Problem("too_long", _("At most 40 characters."), "numbers")])
    made = assign_serials(lot=lot, numbers=numbers, plant=plant, by=by)
    return _("%d serial numbers are given.") % len(made)
