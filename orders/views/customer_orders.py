"""Customer orders: what was ordered, what is required, and the production orders that make it."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.db.models import Count, Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from mes.accounts.access import needs
from mes.accounts.roles import Right
from orders.filters import CustomerOrderFilter
from orders.models import CustomerOrder
from orders.queries.orders import listed_orders
from orders.views.orders import row_context, rows_url

PAGE = 50


@require_safe
@needs(Right.VIEW)
def customer_order_list(request: HttpRequest) -> HttpResponse:
    orders = (
        CustomerOrder.objects.select_related("customer")
        .annotate(positions=Count("lines", distinct=True), orders=Count("lines__production_orders"))
        .order_by("-received_at", "-pk")
    )
    found = CustomerOrderFilter(request.GET, queryset=orders)
    page = Paginator(found.qs, PAGE).get_page(request.GET.get("page"))
    return render(request, "orders/customer_orders.html", {"filter": found, "page": page})


@require_safe
@needs(Right.VIEW)
def customer_order(request: HttpRequest, number: str) -> HttpResponse:
    order = get_object_or_404(CustomerOrder.objects.select_related("customer"), number=number)
    lines = (
        order.lines.select_related("item", "unit")
        .prefetch_related("requirements", Prefetch("production_orders", listed_orders()))
        .order_by("position")
    )
    shown = [
        {"line": line, "rows": [row_context(made) for made in line.production_orders.all()]} for line in lines
    ]
    keys = [made.pk for line in lines for made in line.production_orders.all()]
    context = {
        "customer_order": order,
        "lines": shown,
        "live_url": rows_url(keys),
    }
    return render(request, "orders/customer_order.html", context)
