"""Counted pieces that nobody got: the queue, and settling in two clicks."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from machines.models import Machine
from mes.accounts.access import needs
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.lib import live
from mes.lib.errors import MesError
from orders.domain.counted import bucket_of
from orders.domain.crediting import SETTLE, credit_stretch
from orders.domain.families import write_off
from orders.domain.settlement import settle, withdraw
from orders.enums import Doubt
from orders.forms.office import SettlementForm
from orders.forms.terminal import KeyForm
from orders.models import Settlement
from orders.queries.unresolved import (
    add_candidates,
    last_settlements,
    unresolved_count,
    waiting_stretches,
)
from orders.views.problems import sentence

VIA = "office"
PAGE = 50


@require_safe
@needs(Right.CORRECT)
def unresolved_page(request: HttpRequest) -> HttpResponse:
    """`/unresolved/?machine=…`: stretches with their candidates, newest first, and what was settled last."""
    code = request.GET.get("machine", "")
    machine = get_object_or_404(Machine, code=code) if code else None
    page = Paginator(waiting_stretches(machine), PAGE).get_page(request.GET.get("page"))
    add_candidates(list(page))
    context: dict[str, Any] = {
        "machine": machine,
        "page": page,
        "rows": [{"stretch": stretch, "key": uuid.uuid4()} for stretch in page],
        "settlements": last_settlements(machine),
        "take_back_key": uuid.uuid4,
        "count": unresolved_count(),
        "live_url": live.stream_url(unresolved_count=["all"]),
    }
    return render(request, "orders/unresolved.html", context)


@require_safe
@needs(Right.VIEW)
def count(_request: HttpRequest) -> HttpResponse:
    """The small number beside the entry of the navigation and on the wall; empty when nothing waits."""
    return HttpResponse(unresolved_count() or "")


@live.fragment("unresolved-count", any_of=("unresolved",), right=Right.CORRECT)
def render_count(keys: Collection[str]) -> dict[str, str]:
    shown = render_to_string("orders/_unresolved_count.html", {"count": unresolved_count()})
    return dict.fromkeys(keys, shown)


@require_POST
@needs(Right.CORRECT)
def settle_stretch(request: HttpRequest) -> HttpResponse:
    form = SettlementForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return redirect("unresolved")
    said = form.cleaned_data
    stretch = said["stretch"]
    if stretch.doubt == Doubt.NO_ORDER:
        write_off(machine=stretch.machine, start=stretch.start, end=stretch.end)
        messages.success(request, _("Settled."))
        return redirect(_back_to(request))
    try:
        settlement = settle(
            stretch=stretch,
            kind=said["kind"],
            pieces=said["pieces"],
            by=cast(User, request.user),
            key=said["key"],
            run=said["run"],
            operation=said["operation"],
            quantity=said["quantity"],
            comment=said["comment"],
            via=VIA,
        )
    except MesError as error:
        messages.error(request, sentence(error.problems[0]))
    else:
        _credit_at_once(settlement)
        messages.success(request, _("Settled."))
    return redirect(_back_to(request))


@require_POST
@needs(Right.CORRECT)
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Leave what a settlement meant to the rules again."""
    settlement = get_object_or_404(Settlement.objects.select_related("machine"), pk=pk)
    form = KeyForm(request.POST)
    if form.is_valid():
        try:
            withdraw(
                settlement=settlement, by=cast(User, request.user), key=form.cleaned_data["key"], via=VIA
            )
        except MesError as error:
            messages.error(request, sentence(error))
        else:
            _credit_at_once(settlement)
            messages.success(request, _("Left to the rules again."))
    return redirect(_back_to(request))


def _credit_at_once(settlement: Settlement) -> None:
    """Book now what the worker would book within a minute, so that the page shows it."""
    credit_stretch(
        settlement.machine_id, since=bucket_of(settlement.started_at), until=timezone.now() - SETTLE
    )


def _back_to(request: HttpRequest) -> str:
    code = request.POST.get("only", "")
    return reverse("unresolved") + (f"?machine={code}" if Machine.objects.filter(code=code).exists() else "")
