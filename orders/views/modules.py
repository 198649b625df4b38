"""Where the modules of an order come from: stock, or orders that make them."""

from __future__ import annotations

import uuid
from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from mes.accounts.access import needs
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.lib.errors import MesError
from orders.domain.modules import can_make_missing, make_missing, modules_of
from orders.forms.terminal import KeyForm
from orders.models import ProductionOrder
from orders.views.problems import sentence


@require_safe
@needs(Right.VIEW)
def order_modules(request: HttpRequest, pk: int) -> HttpResponse:
    order = get_object_or_404(
        ProductionOrder.objects.select_related(
            "item", "plant", "unit", "supplies__order", "customer_line__order__customer"
        ),
        pk=pk,
    )
    context = {
        "order": order,
        "modules": modules_of(order),
        "requirements": order.requirements.order_by("code"),
        "can_make": can_make_missing(order),
        "key": uuid.uuid4(),
    }
    return render(request, "engineering/modules.html", context)


@require_POST
@needs(Right.RELEASE)
def make(request: HttpRequest, pk: int) -> HttpResponse:
    """Release an order for each module that is missing."""
    order = get_object_or_404(ProductionOrder, pk=pk)
    form = KeyForm(request.POST)
    if form.is_valid():
        try:
            made = make_missing(order=order, by=cast(User, request.user), key=form.cleaned_data["key"])
        except MesError as refusal:
            messages.error(request, sentence(refusal))
        else:
            said = ngettext("%d order is released.", "%d orders are released.", len(made))
            messages.success(request, said % len(made))
    return redirect("order-modules", pk)
