"""One gateway: how it fares, what it runs, what it had to drop."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_safe

from integrations.models import Gateway
from integrations.queries.connections import GatewayRow, connections, fare_of_connection, fare_of_gateway
from mes.accounts.access import needs
from mes.accounts.roles import Right
from mes.lib import live

GAPS_SHOWN = 50


@require_safe
@needs(Right.MASTER_DATA)
def gateway_page(request: HttpRequest, pk: int) -> HttpResponse:
    gateway = get_object_or_404(_gateways(), pk=pk)
    context = {
        **_parts(gateway),
        "server": request.build_absolute_uri("/"),
        "live_url": live.stream_url(gateway=[pk]),
    }
    return render(request, "connections/gateway.html", context)


def _gateways() -> Any:
    return Gateway.objects.select_related("now", "plant", "api_key")


def _parts(gateway: Gateway) -> dict[str, Any]:
    now = timezone.now()
    mine = connections().filter(gateway=gateway)
    return {
        "row": GatewayRow(gateway, fare_of_gateway(gateway, now)),
        "connections": [(one, fare_of_connection(one, now)) for one in mine],
        "gaps": gateway.gaps.order_by("-reported_at")[:GAPS_SHOWN],
    }


@live.fragment("gateway", topics=("gateway",), right=Right.MASTER_DATA)
def render_gateways(keys: Collection[str]) -> dict[str, str]:
    found = _gateways().filter(pk__in=[int(key) for key in keys if key.isdecimal()])
    return {
        str(gateway.pk): render_to_string("connections/_gateway.html", _parts(gateway)) for gateway in found
    }
