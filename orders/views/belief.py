"""“What did we believe at 14:00?”: an order or a machine as recorded up to a moment."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from machines.domain.belief import states_believed
from machines.enums import MachineState
from machines.models import Machine
from mes.accounts.access import needs
from mes.accounts.roles import Right
from orders.models import ProductionOrder
from orders.queries.belief import believed, operations_on, recorded_later

WINDOW = timedelta(hours=8)


@require_safe
@needs(Right.VIEW)
def order_belief(request: HttpRequest, pk: int) -> HttpResponse:
    """`/orders/5/belief/?at=2026-03-02T14:00` (the plant's local time; now if absent)."""
    order = get_object_or_404(ProductionOrder.objects.select_related("plant", "item"), pk=pk)
    at = _moment(request.GET.get("at", ""), order.plant.time_zone)
    operations = list(order.operations.select_related("order").order_by("position"))
    context = {
        "order": order,
        "zone": order.plant.time_zone,
        "at": at,
        "rows": believed(operations, at),
        "later": recorded_later(operations, at),
    }
    return render(request, "orders/belief.html", context)


@require_safe
@needs(Right.VIEW)
def machine_belief(request: HttpRequest, code: str) -> HttpResponse:
    """`/machines/M7/belief/?at=…`: the eight hours before the moment, as they looked then."""
    machine = get_object_or_404(Machine.objects.select_related("plant"), code=code)
    at = _moment(request.GET.get("at", ""), machine.plant.time_zone)
    start = at - WINDOW
    operations = operations_on(machine.pk, start, at)
    states = states_believed(machine, start, at, at=at)
    context = {
        "machine": machine,
        "zone": machine.plant.time_zone,
        "at": at,
        "rows": believed(operations, at),
        "later": recorded_later(operations, at),
        "states": [
            (state, states.seconds[state.value]) for state in MachineState if states.seconds.get(state.value)
        ],
        "codings": states.codings,
        "samples": states.samples,
    }
    return render(request, "orders/belief.html", context)


def _moment(text: str, zone: str) -> datetime:
    """The local time of ``zone``; now if it is no time or lies in the future."""
    now = timezone.now()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return now
    return min(moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone)), now)
