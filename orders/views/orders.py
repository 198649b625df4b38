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
from orders.queries.orders import listed_orders, rows_of_orders
from orders.queries.promises import expected_of
from orders.views.row import OrderRow, rows_of

PAGE = 50
COLUMNS = ("number", "item", "state", "quantity", "requested", "promised")


@require_safe
@needs(Right.VIEW)
def order_list(request: HttpRequest) -> HttpResponse:
    """Filters, sorting and pages live in the address, so that a list can be bookmarked and sent."""
    found = OrderFilter(request.GET, queryset=rows_of_orders())
    page = Paginator(found.qs, PAGE).get_page(request.GET.get("page"))
    orders = list(page)
    context = {
        "filter": found,
        "page": page,
        "rows": rows_of(orders),
        "sort": _sorting(request),
        "live_url": rows_url([order.pk for order in orders]),
    }
    return render(request, "orders/list.html", context)


def rows_url(keys: Sequence[int]) -> str:
    """The stream of the rows' live cells; nothing to follow on an empty page."""
    if not keys:
        return ""
    return live.stream_url(order_state=keys, order_progress=keys, order_forecast=keys)


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


def _rows(keys: Collection[str]) -> list[OrderRow]:
    return rows_of(list(rows_of_orders().filter(pk__in=_ids(keys))))


def _ids(keys: Collection[str]) -> list[int]:
    return [int(key) for key in keys if key.isdigit()]


@live.fragment("order-state", topics=("order",), right=Right.VIEW)
def render_state(keys: Collection[str]) -> dict[str, str]:
    return {str(row.key): row.state for row in _rows(keys)}


@live.fragment("order-progress", topics=("order",), right=Right.VIEW)
def render_progress(keys: Collection[str]) -> dict[str, str]:
    return {str(row.key): row.progress for row in _rows(keys)}


@live.fragment("order-forecast", topics=("order",), right=Right.VIEW)
def render_forecast(keys: Collection[str]) -> dict[str, str]:
    orders = list(listed_orders().filter(pk__in=_ids(keys)))
    forecasts = expected_of(orders)
    return {
        str(order.pk): render_to_string(
            "orders/_forecast.html", {"order": order, "forecast": forecasts[order.pk]}
        )
        for order in orders
    }
