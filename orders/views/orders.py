"""The list of production orders, and its live cells."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from mes.accounts.access import needs
from mes.accounts.roles import Right
from mes.lib import live
from mes.lib.templatetags import quantity
from orders.enums import ErpStatus, OperationState, OrderState, Strategy
from orders.filters import OrderFilter
from orders.models import ProductionOrder
from orders.queries.forecast import forecasts_of
from orders.queries.orders import (
    Step,
    is_late,
    listed_orders,
    open_holds_of,
    rows_of_orders,
    steps_of,
)

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


def rows_of(orders: Sequence[ProductionOrder]) -> list[dict[str, object]]:
    """The orders as rows show them: two queries for any number of them."""
    keys = [order.pk for order in orders]
    steps, holds = steps_of(keys), open_holds_of(keys)
    words = {state: str(state.label) for state in OperationState}
    return [
        {
            "order": order,
            "state": OrderState(order.state),
            "strategy": Strategy(order.strategy),
            "erp_status": ErpStatus(order.erp_status),
            "shows_erp_status": order.erp_status not in (ErpStatus.RELEASED, ErpStatus.PLANNED),
            "late": is_late(order),
            "bars": bars_of(steps.get(order.pk, ()), words),
            "holds": holds.get(order.pk, ()),
        }
        for order in orders
    ]


def bars_of(steps: Iterable[Step], words: Mapping[OperationState, str]) -> SafeString:
    """A small bar per operation. Not a template: a page shows hundreds of them."""
    bars = []
    for step in steps:
        percent = step.percent
        made = f"{quantity(step.good)} / {quantity(step.quantity)}"
        title = f"{step.number} {step.text}: {made}, {words[step.state]}"
        bars.append(
            f'<progress class="step step-{step.state.value}" max="100" value="{percent}" '
            f'title="{escape(title)}">{percent} %</progress>'
        )
    return SafeString("".join(bars))


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


def _rows(keys: Collection[str]) -> list[tuple[str, dict[str, object]]]:
    orders = list(rows_of_orders().filter(pk__in=_ids(keys)))
    return [(str(order.pk), row) for order, row in zip(orders, rows_of(orders), strict=True)]


def _ids(keys: Collection[str]) -> list[int]:
    return [int(key) for key in keys if key.isdigit()]


@live.fragment("order-state", topics=("order",), right=Right.VIEW)
def render_state(keys: Collection[str]) -> dict[str, str]:
    return {key: render_to_string("orders/_order_state.html", {"row": row}) for key, row in _rows(keys)}


@live.fragment("order-progress", topics=("order",), right=Right.VIEW)
def render_progress(keys: Collection[str]) -> dict[str, str]:
    return {key: render_to_string("orders/_progress.html", {"row": row}) for key, row in _rows(keys)}


@live.fragment("order-forecast", topics=("order",), right=Right.VIEW)
def render_forecast(keys: Collection[str]) -> dict[str, str]:
    orders = list(listed_orders().filter(pk__in=_ids(keys)))
    forecasts = forecasts_of(orders)
    return {
        str(order.pk): render_to_string(
            "orders/_forecast.html", {"order": order, "forecast": forecasts[order.pk]}
        )
        for order in orders
    }
