"""What an order's operations used of energy, as a panel of its page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from mes.accounts.access import needs
from mes.accounts.roles import Right
from orders.models import ProductionOrder
from orders.queries.energy import energy_of_operations


@require_safe
@needs(Right.VIEW)
def order_energy(request: HttpRequest, pk: int) -> HttpResponse:
    """Empty for an order none of whose work was metered."""
    order = get_object_or_404(ProductionOrder, pk=pk)
    operations = list(order.operations.order_by("position"))
    rows = [row for row in energy_of_operations(operations, now=timezone.now()) if row.worked]
    metered = [row for row in rows if row.total.known]
    context = {
        "order": order,
        "rows": rows if metered else [],
        "kwh": sum(row.total.kwh for row in metered),
        "whole": bool(metered) and all(row.is_metered for row in rows),
    }
    return render(request, "orders/_energy.html", context)
