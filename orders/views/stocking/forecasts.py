"""The demand forecast: versions, all items with their errors, one item as a picture, imports."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import timedelta
from typing import Any, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from machines.models import Plant
from mes.accounts.access import needs
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.lib import live
from mes.lib.errors import MesError
from orders.domain.demand_forecasts import (
    cancel_forecast,
    import_forecast,
    import_past_demand,
    put_forecast_in_force,
    request_forecast,
)
from orders.enums import ForecastMethod, ForecastOrigin
from orders.forms.demand import PAST, DemandFileForm
from orders.models import DemandForecast, Item, ItemForecast, StockingRule
from orders.planning.forecast.held import LAST_SEASON, Held
from orders.planning.stocking.accuracy import accuracy_of
from orders.queries.demand_forecasts import MADE, PENDING, shown_version
from orders.views.posted import posted
from orders.views.problems import sentence
from orders.views.stocking.area import area
from orders.views.stocking.pictures import forecast_picture

PAGE = 50
MOST_PROBLEMS = 50


@require_safe
@needs(Right.VIEW)
def forecast_page(request: HttpRequest) -> HttpResponse:
    """`/stock/forecast/?plant=…&number=…&q=…&method=…&show=worse`: a version's items, largest first."""
    context = area(request, tab="forecast")
    plant = context["plant"]
    version = shown_version(plant, request.GET.get("number", ""))
    text, method = request.GET.get("q", "").strip(), request.GET.get("method", "")
    show = request.GET.get("show", "")
    rows = ItemForecast.objects.filter(version=version).select_related("item__unit")
    if text:
        rows = rows.filter(Q(item__code__icontains=text) | Q(item__name__icontains=text))
    if method in ForecastMethod.values:
        rows = rows.filter(method=method)
    if show == "worse":
        rows = rows.filter(loss__gte=F("naive_loss"))
    elif show == "few":
        rows = rows.filter(demands__lt=4)
    context |= {
        "version": version,
        "page": Paginator(rows.order_by("-next_quarter", "item__code"), PAGE).get_page(
            request.GET.get("page")
        ),
        "q": text,
        "method": method,
        "show": show,
        "methods": ForecastMethod.choices,
        "versions": DemandForecast.objects.filter(plant=plant, state__in=MADE).order_by("-number")[:12],
        "has_rules": StockingRule.objects.filter(plant=plant, active=True).exists(),
        "live_url": live.stream_url(forecast_state=[plant.pk]),
        **_state(plant),
    }
    return render(request, "stock/forecast.html", context)


def _state(plant: Plant) -> dict[str, Any]:
    versions = DemandForecast.objects.filter(plant=plant)
    return {
        "plant": plant,
        "pending": versions.filter(state__in=PENDING).first(),
        "newest": versions.order_by("-number").first(),
    }


@live.fragment("forecast-state", topics=("demand-forecast",), right=Right.VIEW)
def render_state(keys: Collection[str]) -> dict[str, str]:
    plants = Plant.objects.filter(pk__in=[int(key) for key in keys if key.isdigit()])
    return {str(one.pk): render_to_string("stock/_forecast_state.html", _state(one)) for one in plants}


@require_safe
@needs(Right.VIEW)
def forecast_item(request: HttpRequest, pk: int) -> HttpResponse:
    """`/stock/forecast/ITEM/?number=…&by=month`: one item's demand, forecast, band and errors."""
    context = area(request, tab="forecast")
    plant, item = context["plant"], get_object_or_404(Item.objects.select_related("unit"), pk=pk)
    version = shown_version(plant, request.GET.get("number", ""))
    row = ItemForecast.objects.filter(version=version, item=item).select_related("version").first()
    monthly = request.GET.get("by") == "month"
    context |= {"item": item, "version": version, "row": row, "monthly": monthly}
    rule = StockingRule.objects.filter(plant=plant, item=item).select_related("plant").first()
    context["rule"] = rule
    context["held"] = _held(accuracy_of(rule)) if rule else []
    context["others"] = (
        ItemForecast.objects.filter(item=item, version__plant=plant, version__state__in=MADE)
        .select_related("version")
        .order_by("-version__number")[:12]
    )
    if row is not None and version is not None:
        context |= _item(row, version, monthly)
    return render(request, "stock/forecast_item.html", context)


def _held(found: dict[str, Held]) -> list[dict[str, Any]]:
    """The best first, with names that people read."""
    names = {**dict(ForecastOrigin.choices), LAST_SEASON: ForecastMethod.SEASONAL_NAIVE.label}
    rows = [{"name": names[origin], "held": one} for origin, one in found.items()]
    return sorted(rows, key=lambda row: row["held"].mase)


def _item(row: ItemForecast, version: DemandForecast, monthly: bool) -> dict[str, Any]:
    words = dict(ForecastMethod.choices)
    history = row.history
    if version.origin == ForecastOrigin.IMPORTED:
        own = (
            ItemForecast.objects.filter(item=row.item_id, version__origin=ForecastOrigin.OWN)
            .filter(version__plant=version.plant_id, version__zero_on=version.zero_on)
            .first()
        )
        history = own.history if own else []
    return {
        "picture": forecast_picture(version.zero_on, history, row.mean, row.low, row.high, monthly=monthly),
        "tried": [{**one, "name": words.get(one["method"], one["method"])} for one in row.tried],
        "weeks": [
            {"week": version.zero_on + timedelta(weeks=n), "mean": mean, "low": low, "high": high}
            for n, (mean, low, high) in enumerate(
                zip(row.mean[:13], row.low[:13] or [None] * 13, row.high[:13] or [None] * 13, strict=False)
            )
        ],
    }


@require_POST
@needs(Right.PLAN)
def make(request: HttpRequest) -> HttpResponse:
    plant = get_object_or_404(Plant, code=request.POST.get("plant", ""))
    request_forecast(plant=plant, by=cast(User, request.user))
    return redirect(_page(plant))


@require_POST
@needs(Right.PLAN)
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    version = get_object_or_404(DemandForecast.objects.select_related("plant"), pk=pk)
    try:
        cancel_forecast(version=version, by=cast(User, request.user))
    except MesError as error:
        messages.error(request, sentence(error))
    return redirect(_page(version.plant))


@require_POST
@needs(Right.PLAN)
def put_in_force(request: HttpRequest, pk: int) -> HttpResponse:
    version = get_object_or_404(DemandForecast.objects.select_related("plant"), pk=pk)
    try:
        put_forecast_in_force(version=version, by=cast(User, request.user))
    except MesError as error:
        messages.error(request, sentence(error))
    else:
        messages.success(request, _("The forecast is in force. Proposals follow it within minutes."))
    return redirect(f"{_page(version.plant)}&number={version.number}")


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.PLAN)
def import_page(request: HttpRequest) -> HttpResponse:
    """`/stock/forecast/import/`: a forecast, or demand from before the MES, as CSV or XLSX."""
    context = area(request, tab="forecast")
    plant = context["plant"]
    form = DemandFileForm(posted(request), request.FILES or None, initial={"key": uuid.uuid4()})
    problems: list[Any] = []
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            if said["kind"] == PAST:
                counts = import_past_demand(
                    plant=plant, rows=form.rows(), source=said["source"], by=cast(User, request.user)
                )
                messages.success(
                    request,
                    _("%(created)d weeks are new, %(changed)d changed, %(unchanged)d were known.") % counts,
                )
                return redirect(_page(plant))
            version, _again = import_forecast(
                plant=plant,
                rows=form.rows(),
                source=said["source"],
                key=said["key"],
                by=cast(User, request.user),
            )
        except MesError as error:
            problems = error.problems
        else:
            messages.success(
                request, _("The forecast is imported as a draft. Look at it, and put it in force.")
            )
            return redirect(f"{_page(plant)}&number={version.number}")
    context |= {"form": form, "problems": problems[:MOST_PROBLEMS], "problem_count": len(problems)}
    return render(request, "stock/forecast_import.html", context)


def _page(plant: Plant) -> str:
    return f"{reverse('forecast')}?plant={plant.code}"
