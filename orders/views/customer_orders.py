"""Customer orders: what was ordered, what is required, and the production orders that make it."""

from __future__ import annotations

from collections import defaultdict

from django.core.paginator import Paginator
from django.db.models import Count, Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from mes.accounts.access import needs
from mes.accounts.roles import Right
from orders.domain.customer_links import token_of
from orders.filters import CustomerOrderFilter
from orders.models import CustomerLink, CustomerOrder
from orders.queries.orders import rows_of_orders
from orders.queries.shipping import blocking_shipment, shipments_of
from orders.views.orders import rows_url
from orders.views.row import OrderRow, rows_of

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
        .prefetch_related("requirements", Prefetch("production_orders", rows_of_orders()))
        .order_by("position")
    )
    made = [production_order for line in lines for production_order in line.production_orders.all()]
    rows: dict[int | None, list[OrderRow]] = defaultdict(list)
    for production_order, row in zip(made, rows_of(made), strict=True):
        rows[production_order.customer_line_id].append(row)
    numbers = [line.pk for line in lines]
    blocking, shipped = blocking_shipment(numbers), shipments_of(numbers)
    context = {
        "customer_order": order,
        "lines": [
            {
                "line": line,
                "rows": rows.get(line.pk, []),
                "blocking": blocking[line.pk],
                "shipments": shipped[line.pk],
            }
            for line in lines
        ],
        "live_url": rows_url([production_order.pk for production_order in made]),
        "links": _links(request, order),
    }
    return render(request, "orders/customer_order.html", context)


def _links(request: HttpRequest, order: CustomerOrder) -> list[dict[str, object]]:
    """The links that hold, with the address to send."""
    holding = order.links.select_related("made_by").filter(revoked_at=None, expires_at__gt=timezone.now())
    return [{"link": link, "address": request.build_absolute_uri(_address(link))} for link in holding]


def _address(link: CustomerLink) -> str:
    return reverse("customer-status", args=[token_of(link)])
