"""Signal connections: the list, one connection with its values, making and changing one."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from integrations.domain import browsing
from integrations.domain.machine_settings import misfits, put_right
from integrations.domain.mappings import switch
from integrations.enums import SignalProtocol
from integrations.forms import ConnectionForm
from integrations.models import SignalConnection, SignalMapping
from integrations.queries.connections import (
    connection_rows,
    connections,
    fare_of_connection,
    gateway_rows,
    machines_of,
    mapped_items,
    troubles,
)
from integrations.signals.mapping import Meaning, translate
from integrations.signals.registry import is_installed, options_of
from machines.domain.wrong_clocks import wrong_clocks
from mes.accounts.access import needs
from mes.accounts.roles import Right
from mes.lib import live
from mes.lib.errors import MesError

ALL = "all"


@require_safe
@needs(Right.MASTER_DATA)
def connection_list(request: HttpRequest) -> HttpResponse:
    context = {
        "rows": connection_rows(),
        "gateways": gateway_rows(),
        "clocks": wrong_clocks(),
        "live_url": live.stream_url(signal_connections=[ALL]),
    }
    return render(request, "connections/list.html", context)


@live.fragment("signal-connections", any_of=("signal-connection", "gateway"), right=Right.MASTER_DATA)
def render_list(keys: Collection[str]) -> dict[str, str]:
    context = {"rows": connection_rows(), "gateways": gateway_rows()}
    html = render_to_string("connections/_list.html", context)
    return {key: html for key in keys if key == ALL}


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.MASTER_DATA)
def new_connection(request: HttpRequest) -> HttpResponse:
    """First the protocol, then its form."""
    protocol = request.GET.get("protocol", "")
    if not protocol:
        offered = [one for one in SignalProtocol if is_installed(one)]
        return render(request, "connections/choose.html", {"protocols": offered})
    return _form_page(request, SignalConnection(protocol=_known(protocol)))


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.MASTER_DATA)
def edit_connection(request: HttpRequest, pk: int) -> HttpResponse:
    return _form_page(request, get_object_or_404(SignalConnection, pk=pk))


def _known(protocol: str) -> SignalProtocol:
    if protocol not in SignalProtocol.values or not is_installed(protocol):
        raise Http404
    return SignalProtocol(protocol)


def _form_page(request: HttpRequest, connection: SignalConnection) -> HttpResponse:
    options = options_of(connection.protocol) if is_installed(connection.protocol) else ()
    form = ConnectionForm(request.POST or None, instance=connection, options=options)
    if request.method == "POST" and form.is_valid():
        saved = form.save()
        messages.success(request, _("Saved. A connection that runs takes it up within seconds."))
        return redirect("connection", saved.pk)
    status = 422 if form.is_bound else 200
    return render(request, "connections/form.html", {"form": form, "connection": connection}, status=status)


@require_safe
@needs(Right.MASTER_DATA)
def connection_page(request: HttpRequest, pk: int) -> HttpResponse:
    connection = get_object_or_404(connections(), pk=pk)
    browsing.watch(connection=pk)
    context = {
        **_parts(connection),
        "misfits": misfits(connection),
        "live_url": live.stream_url(signal_head=[pk], signal_values=[pk]),
    }
    return render(request, "connections/connection.html", context)


@require_POST
@needs(Right.MASTER_DATA)
def put_machine_right(request: HttpRequest, pk: int) -> HttpResponse:
    """Change the setting of a machine that doesn't go together with what is mapped to it."""
    connection = get_object_or_404(SignalConnection, pk=pk)
    machine = request.POST.get("machine", "")
    try:
        misfit = put_right(
            connection=connection,
            machine=int(machine) if machine.isdecimal() and len(machine) < 12 else 0,
            what=request.POST.get("what", ""),
        )
    except MesError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{misfit.machine.code}: {misfit.remedy}")
    return redirect("connection", pk)


def _parts(connection: SignalConnection) -> dict[str, Any]:
    rows = mapped_items(connection, _translated)
    return {
        "connection": connection,
        "fare": fare_of_connection(connection, timezone.now()),
        "rows": rows,
        "machines": machines_of(rows),
    }


def _translated(value: Any, mapping: SignalMapping) -> Any:
    meaning = Meaning(mapping.address, "", mapping.role, 0, mapping.values, mapping.factor)
    return translate(value, meaning)


@live.fragment("signal-head", topics=("signal-connection",), any_of=("gateway",), right=Right.MASTER_DATA)
def render_head(keys: Collection[str]) -> dict[str, str]:
    now = timezone.now()
    found = connections().filter(pk__in=[int(key) for key in keys if key.isdecimal()])
    return {
        str(one.pk): render_to_string(
            "connections/_head.html", {"connection": one, "fare": fare_of_connection(one, now)}
        )
        for one in found
    }


@live.fragment("signal-values", topics=("signal-values", "signal-connection"), right=Right.MASTER_DATA)
def render_values(keys: Collection[str]) -> dict[str, str]:
    """Who draws this looks at the values, so they are to be written on."""
    found = connections().filter(pk__in=[int(key) for key in keys if key.isdecimal()])
    html: dict[str, str] = {}
    for connection in found:
        browsing.watch(connection=connection.pk)
        html[str(connection.pk)] = render_to_string("connections/_values.html", _parts(connection))
    return html


@require_POST
@needs(Right.MASTER_DATA)
def switch_connection(request: HttpRequest, pk: int) -> HttpResponse:
    connection = get_object_or_404(SignalConnection, pk=pk)
    on = request.POST.get("on") == "yes"
    try:
        switch(connection=connection, on=on)
    except MesError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Switched on.") if on else _("Switched off."))
    return redirect("connection", pk)


@require_safe
@needs(Right.VIEW)
def troubles_strip(request: HttpRequest) -> HttpResponse:
    """What a wall asks every five seconds: by the clock, so that silence shows itself."""
    return render(request, "connections/_troubles.html", {"troubles": troubles()})
