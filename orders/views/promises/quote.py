"""When can it be ready? Asking, looking at the answer, and accepting it."""

from __future__ import annotations

import uuid
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from machines.models import Plant
from mes.accounts.access import needs
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.lib.errors import MesError
from orders.forms.promises import QuoteForm
from orders.models import Item, ProductionOrder, Quote
from orders.views.problems import sentence, show_in
from orders.views.promises.picture import picture_of

if TYPE_CHECKING:
    from orders.planning.promise.quote import Configuration

VIA = "office"
PAGE = 25
MOST_LISTED = 300


def plant_of(request: HttpRequest) -> Plant:
    """`?plant=…`, else the first. Raises Http404 without any."""
    code = request.POST.get("plant") or request.GET.get("plant", "")
    plant = Plant.objects.filter(code=code).first() or Plant.objects.order_by("code").first()
    if plant is None:
        raise Http404
    return plant


def area(request: HttpRequest, *, tab: str) -> dict[str, Any]:
    return {"tab": tab, "plant": plant_of(request), "plants": list(Plant.objects.order_by("code"))}


@require_safe
@needs(Right.VIEW)
def quote_page(request: HttpRequest) -> HttpResponse:
    """`/promises/?plant=…&item=…&order=…`: ask, and what was asked lately."""
    context = area(request, tab="quote")
    plant = context["plant"]
    given = {name: request.GET[name] for name in ("item", "quantity", "order") if name in request.GET}
    quotes = Quote.objects.filter(plant=plant).defer("inputs").select_related("item", "unit", "by", "order")
    context |= {
        "form": QuoteForm(plant=plant, initial=given),
        "key": uuid.uuid4(),
        "page": Paginator(quotes.select_related("promise__order"), PAGE).get_page(request.GET.get("page")),
        **_lists(plant),
    }
    return render(request, "orders/promises/quote_page.html", context)


def _lists(plant: Plant) -> dict[str, Any]:
    """What the fields offer while typing."""
    items = Item.objects.filter(active=True, routings__plant=plant, routings__active=True).distinct()
    return {
        "items": items.order_by("code")[:MOST_LISTED],
        "orders": ProductionOrder.objects.filter(plant=plant, state__in=("planned", "released", "running"))
        .select_related("item")
        .order_by("number")[:MOST_LISTED],
    }


@require_POST
@needs(Right.PLAN)
def preview(request: HttpRequest) -> HttpResponse:
    """The dates while the form is filled, as the quote would have them; nothing is kept."""
    from orders.planning.promise.quote import preview_quote
    from orders.planning.standing_cache import standing_now

    plant = plant_of(request)
    form = QuoteForm(request.POST, plant=plant)
    context: dict[str, Any] = {"plant": plant}
    if form.is_valid():
        try:
            quote = preview_quote(_asked(form), key=_key(request))
        except MesError as error:
            context["problem"] = sentence(error)
        else:
            context |= {"quote": quote, "picture": _picture(quote)}
    else:
        # While people fill the form, the plant is read that its dates are computed on.
        standing_now(plant)
    return render(request, "orders/promises/_preview.html", context)


@require_POST
@needs(Right.PLAN)
def make(request: HttpRequest) -> HttpResponse:
    from orders.planning.promise.quote import make_quote

    plant = plant_of(request)
    form = QuoteForm(request.POST, plant=plant)
    if form.is_valid():
        try:
            by = cast(User, request.user)
            quote = make_quote(asked=_asked(form), by=by, key=_key(request), via=VIA)
        except MesError as error:
            show_in(form, error)
        else:
            return redirect("quote", quote.pk)
    context = area(request, tab="quote") | {"form": form, "key": uuid.uuid4(), **_lists(plant)}
    return render(request, "orders/promises/quote_page.html", context, status=422)


def _key(request: HttpRequest) -> uuid.UUID:
    """The form's own, so that what is looked at ahead is what is made."""
    try:
        return uuid.UUID(request.POST.get("key", ""))
    except ValueError:
        return uuid.uuid4()


def _asked(form: QuoteForm) -> Configuration:
    from orders.planning.promise.quote import Configuration, of_order

    said = form.cleaned_data
    if said["order"] is not None:
        asked = of_order(said["order"])
        return replace(asked, requested_at=said["requested"] or asked.requested_at, options=said["options"])
    return Configuration(
        plant=said["plant"],
        item=said["item"],
        quantity=said["quantity"],
        options=said["options"],
        customer=said["customer"],
        requested_at=said["requested"],
    )


def _picture(quote: Quote) -> Any:
    promised = quote.order.promised_at if quote.order is not None else None
    return picture_of(quote, requested=quote.requested_at, promised=promised, old_style=quote.old_style_at)


@require_safe
@needs(Right.VIEW)
def quote(request: HttpRequest, pk: int) -> HttpResponse:
    from orders.planning.promise.quote import HOLDS, can_accept, is_reproducible

    related = ("plant", "item", "unit", "customer", "order", "by", "promise__order")
    found = get_object_or_404(Quote.objects.select_related(*related), pk=pk)
    context = {
        "tab": "quote",
        "plant": found.plant,
        "plants": [],
        "quote": found,
        "picture": _picture(found),
        "can_accept": can_accept(found),
        "holds_until": found.made_at + HOLDS,
        "over": timezone.now() > found.made_at + HOLDS,
        "key": uuid.uuid4(),
        "again": is_reproducible(found) if "check" in request.GET else None,
        "missing": [
            {**one, "missing": Decimal(one["missing"])}
            for one in found.material
            if Decimal(one["missing"]) > 0
        ],
    }
    return render(request, "orders/promises/quote.html", context)


@require_POST
@needs(Right.PLAN)
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    from orders.planning.promise.quote import accept_quote

    found = get_object_or_404(Quote.objects.select_related("item", "order"), pk=pk)
    percent = request.POST.get("percent", "")
    try:
        promise = accept_quote(
            quote=found,
            percent=int(percent) if percent.isascii() and percent.isdecimal() else 0,
            by=cast(User, request.user),
            key=uuid.UUID(request.POST.get("key", "")),
        )
    except ValueError:
        messages.error(request, _("The form was damaged. Try again."))
    except MesError as error:
        messages.error(request, sentence(error))
    else:
        messages.success(request, _("Promised. The order shows the date."))
        return redirect("order", promise.order_id)
    return redirect("quote", pk)
