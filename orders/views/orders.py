"""The list of production orders, and its live cells."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from mes.accounts.access import needs
from mes.accounts.roles import Right
from mes.lib import live
from orders.filters import OrderFilter
from orders.models import ProductionOrder
from orders.queries.forecast import forecasts_of
from orders.queries.orders import is_late, listed_orders, progress_of

PAGE = 50
COLUMNS = ("number", "item", "state", "quantity", "requested", "promised")


@require_safe
@needs(Right.VIEW)
def order_list(request: HttpRequest) -> HttpResponse:
    """Filters, sorting and pages live in the address, so that a list can be bookmarked and sent."""
    found = OrderFilter(request.GET, queryset=listed_orders())
    page = Paginator(found.qs, PAGE).get_page(request.GET.get("page"))
    rows = [row_context(order) for order in page]
    keys = [order.pk for order in page]
    context = {
        "filter": found,
        "page": page,
        "rows": rows,
        "sort": _sorting(request),
        "live_url": rows_url(keys),
    }
    return render(request, "orders/list.html", context)


def rows_url(keys: Sequence[int]) -> str:
    """The stream of the rows' live cells; nothing to follow on an empty page."""
    if not keys:
        return ""
    return live.stream_url(order_state=keys, order_progress=keys, order_forecast=keys)


def row_context(order: ProductionOrder) -> dict[str, object]:
    return {
        "order": order,
        "late": is_late(order),
        "progress": progress_of(order.operations.all()),
        "holds": list(order.holds.all()),
    }


def _sorting(request: HttpRequest) -> dict[str, dict[str, str]]:
    """By column: the value for ``sort`` that a click on its head asks for, and which way it is sorted now."""
    now = request.GET.get("sort", "")
    return {
        column: {
            "next": f"-{column}" if now == column else column,
            "now": {column: "ascending", f"-{column}": "descending"}.get(now, ""),
        }
        for column in COLUMNS
    }


def _orders(keys: Collection[str]) -> list[ProductionOrder]:
    return list(listed_orders().filter(pk__in=[int(key) for key in keys if key.isdigit()]))


@live.fragment("order-state", topics=("order",), right=Right.VIEW)
def render_state(keys: Collection[str]) -> dict[str, str]:
    return {
        str(order.pk): render_to_string("orders/_order_state.html", row_context(order))
        for order in _orders(keys)
    }


@live.fragment("order-progress", topics=("order",), right=Right.VIEW)
def render_progress(keys: Collection[str]) -> dict[str, str]:
    return {
        str(order.pk): render_to_string("orders/_progress.html", row_context(order))
        for order in _orders(keys)
    }


@live.fragment("order-forecast", topics=("order",), right=Right.VIEW)
def render_forecast(keys: Collection[str]) -> dict[str, str]:
    orders = _orders(keys)
    forecasts = forecasts_of(orders)
    return {
        str(order.pk): render_to_string(
            "orders/_forecast.html", {"order": order, "forecast": forecasts[order.pk]}
        )
        for order in orders
    }
