"""Shipping a customer's order line: which lots, and what stands in the way."""

from __future__ import annotations

import uuid
from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from machines.models import Plant
from mes.accounts.access import needs
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.lib.errors import MesError
from orders.domain.inventory import ship
from orders.domain.shipping import lots_to_ship, still_to_ship
from orders.forms.stock import ShipForm
from orders.models import CustomerOrderLine
from orders.queries.shipping import blocking_shipment, plants_of
from orders.views.posted import posted
from orders.views.problems import show_in


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.RELEASE)
def ship_line(request: HttpRequest, pk: int) -> HttpResponse:
    """``?plant=…``: from which plant, where the item lies in several."""
    line = get_object_or_404(
        CustomerOrderLine.objects.select_related("order__customer", "item__unit", "unit"), pk=pk
    )
    plants = plants_of(line)
    plant = _chosen(plants, request.GET.get("plant", ""))
    offers = lots_to_ship(line=line, plant=plant) if plant else []
    blocking = blocking_shipment([line.pk])[line.pk]
    form = ShipForm(posted(request), offers=offers, initial={"key": uuid.uuid4()})
    if request.method == "POST" and plant is not None and form.is_valid():
        try:
            shipment = ship(
                line=line,
                plant=plant,
                lots=form.lots(),
                number=form.cleaned_data["number"],
                by=cast(User, request.user),
                key=form.cleaned_data["key"],
            )
        except MesError as error:
            show_in(form, error)
        else:
            messages.success(request, _("Shipped with %(number)s.") % {"number": shipment.number})
            return redirect("customer-order", line.order.number)
    context = {
        "line": line,
        "plant": plant,
        "plants": plants,
        "form": form,
        "rows": [(offer, None if offer.refusal else form[offer.field]) for offer in offers],
        "possible": not blocking and any(not offer.refusal for offer in offers),
        "blocking": blocking,
        "still": still_to_ship(line),
    }
    return render(request, "orders/ship.html", context, status=422 if form.errors else 200)


def _chosen(plants: list[Plant], code: str) -> Plant | None:
    return next((plant for plant in plants if plant.code == code), plants[0] if plants else None)
