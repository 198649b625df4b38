"""What MES and ERP agree on, order by order."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from integrations.queries.agreement import Agreement, agreement
from mes.accounts.access import needs
from mes.accounts.roles import Right
from mes.lib import live
from orders.enums import OrderState
from orders.models import ProductionOrder

PAGE = 25


@require_safe
@needs(Right.MESSAGES)
def agreement_page(request: HttpRequest) -> HttpResponse:
    """Orders that were started, newest first. ``differs`` in the address: of the page, only what differs."""
    text = request.GET.get("q", "").strip()
    orders = (
        ProductionOrder.objects.exclude(state__in=(OrderState.PLANNED, OrderState.CANCELLED))
        .select_related("item", "unit", "plant")
        .order_by("-started_at", "-pk")
    )
    if text:
        orders = orders.filter(number__icontains=text)
    page = Paginator(orders, PAGE).get_page(request.GET.get("page"))
    entries: dict[int, list[Agreement]] = {}
    for entry in agreement(page.object_list):
        entries.setdefault(entry.operation.order_id, []).append(entry)
    rows = [{"order": order, "entries": entries.get(order.pk, [])} for order in page]
    differs = "differs" in request.GET
    if differs:
        rows = [row for row in rows if any(not entry.agrees for entry in entries.get(row["order"].pk, []))]  # type: ignore[attr-defined]
    context = {
        "page": page,
        "rows": rows,
        "q": text,
        "differs": differs,
        "live_url": live.stream_url(message_counts=["all"]),
    }
    return render(request, "integrations/agreement.html", context)


@require_safe
@needs(Right.VIEW)
def order_agreement(request: HttpRequest, pk: int) -> HttpResponse:
    """The same for one order, as a piece of its page."""
    order = get_object_or_404(ProductionOrder, pk=pk)
    return render(request, "integrations/_agreement.html", {"order": order, "entries": agreement([order])})
