"""One production order: head, operations, material, requirements, history, and what may be decided here."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from mes.accounts.access import needs
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.lib import live
from mes.lib.errors import MesError, Refused
from orders.domain.holds import place_hold
from orders.domain.release import can_release, check_release, release_order
from orders.domain.reports import reverse as reverse_report
from orders.enums import OrderState
from orders.forms.office import HoldForm
from orders.forms.terminal import CorrectionForm, KeyForm
from orders.models import HoldKind, ProductionEvent, ProductionOrder, Run
from orders.queries.erp_news import changes_of, wishes_of
from orders.queries.history import events_of, scrap_by_reason, times_of
from orders.queries.orders import components_of, is_late, listed_orders, progress_of
from orders.queries.promises import expected_of
from orders.views.order_dates import dates_context
from orders.views.posted import posted
from orders.views.problems import sentence, show_in
from orders.views.terminal.report import quantities_of

VIA = "office"
EVENTS = 50


@require_safe
@needs(Right.VIEW)
def order_page(request: HttpRequest, pk: int) -> HttpResponse:
    order = get_object_or_404(listed_orders(), pk=pk)
    context = (
        head_context(order)
        | work_context(order)
        | material_context(order)
        | holds_context(order)
        | dates_context(order)
        | events_context(order, counts="counts" in request.GET, page=request.GET.get("events"))
        | {
            "requirements": order.requirements.all(),
            "can_release": can_release(order),
            "why_not": _why_not(order),
            "key": uuid.uuid4(),
            "hold_form": HoldForm(),
            "live_url": live.stream_url(
                order_head=[pk],
                order_dates=[pk],
                order_work=[pk],
                order_material=[pk],
                order_events=[pk],
                order_holds=[pk],
            ),
        }
    )
    return render(request, "orders/order.html", context)


def _why_not(order: ProductionOrder) -> str:
    """Why a planned order can't be released, as a person reads it."""
    if order.state != OrderState.PLANNED:
        return ""
    try:
        check_release(order=order)
    except Refused as refusal:
        return sentence(refusal)
    return ""


def head_context(order: ProductionOrder) -> dict[str, Any]:
    return {"order": order, "late": is_late(order), "forecast": expected_of([order])[order.pk]}


def work_context(order: ProductionOrder) -> dict[str, Any]:
    operations = list(order.operations.select_related("machine_group", "machine").order_by("position"))
    runs = list(Run.objects.filter(operation__in=operations).select_related("machine"))
    where: dict[int, list[str]] = {}
    for run in runs:
        if run.ended_at is None:
            where.setdefault(run.operation_id, []).append(run.machine.code)
    rows = [
        {
            "progress": progress,
            "times": times,
            "machines": where.get(times.operation.pk, []),
            "runs": [run for run in runs if run.operation_id == times.operation.pk and run.lasts],
        }
        for progress, times in zip(progress_of(operations), times_of(operations, runs), strict=True)
    ]
    scrap = scrap_by_reason(order)
    most = max((reason.total for reason in scrap), default=None)
    return {"order": order, "rows": rows, "scrap": scrap, "most_scrap": most}


def material_context(order: ProductionOrder) -> dict[str, Any]:
    return {"order": order, "components": components_of(order)}


def holds_context(order: ProductionOrder) -> dict[str, Any]:
    holds = order.holds.filter(lifted_at__isnull=True).select_related("operation", "placed_by")
    return {"order": order, "open_holds": list(holds)}


def events_context(
    order: ProductionOrder, *, counts: bool = False, page: str | None = None
) -> dict[str, Any]:
    events = Paginator(events_of(order, counts=counts), EVENTS).get_page(page)
    happened = [(one, changes_of(one), wishes_of(one)) for one in events]
    return {"order": order, "counts": counts, "events": events, "happened": happened}


@require_safe
@needs(Right.VIEW)
def order_events(request: HttpRequest, pk: int) -> HttpResponse:
    """An older page of the audit list, or the one with the machine's counts."""
    order = get_object_or_404(listed_orders(), pk=pk)
    context = events_context(order, counts="counts" in request.GET, page=request.GET.get("events"))
    return render(request, "orders/_events.html", context)


@require_POST
@needs(Right.RELEASE)
def release(request: HttpRequest, pk: int) -> HttpResponse:
    order = get_object_or_404(ProductionOrder, pk=pk)
    form = KeyForm(request.POST)
    if form.is_valid():
        try:
            release_order(order=order, by=cast(User, request.user), key=form.cleaned_data["key"], via=VIA)
        except MesError as error:
            messages.error(request, sentence(error))
        else:
            messages.success(request, _("Released."))
    return redirect("order", pk)


@require_POST
@needs(Right.RELEASE)
def hold(request: HttpRequest, pk: int) -> HttpResponse:
    """Put the whole order on hold. The same reason while it is open holds once."""
    order = get_object_or_404(ProductionOrder, pk=pk)
    form = HoldForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("A hold needs a reason."))
        return redirect("order", pk)
    reason = form.cleaned_data["reason"]
    if not order.holds.filter(lifted_at__isnull=True, kind=HoldKind.MANUAL, reason=reason).exists():
        place_hold(
            order=order, operation=None, kind=HoldKind.MANUAL, reason=reason, by=cast(User, request.user)
        )
    return redirect("order", pk)


@needs(Right.CORRECT)
def correct(request: HttpRequest, pk: int, event: int) -> HttpResponse:
    """Correct any report of the order: reversal plus new, with a comment."""
    wrong = get_object_or_404(
        ProductionEvent.objects.select_related("operation__order__unit", "order__item", "by", "scrap_reason"),
        pk=event,
        order=pk,
        operation__isnull=False,
    )
    operation = wrong.operation
    assert operation is not None
    form = CorrectionForm(posted(request), operation=operation, initial=quantities_of(wrong))
    if request.method == "POST" and form.is_valid():
        try:
            reverse_report(
                event=wrong,
                by=cast(User, request.user),
                key=form.cleaned_data["key"],
                comment=form.cleaned_data["comment"],
                replacement=form.quantities,
                scrap_reason=form.cleaned_data["scrap_reason"],
                via=VIA,
            )
        except MesError as error:
            show_in(form, error)
        else:
            messages.success(request, _("Corrected."))
            return redirect("order", pk)
    context = {"form": form, "wrong": wrong, "order": wrong.order, "operation": operation}
    return render(request, "orders/correct.html", context, status=422 if form.errors else 200)


def _orders(keys: Collection[str]) -> list[ProductionOrder]:
    return list(listed_orders().filter(pk__in=[int(key) for key in keys if key.isdigit()]))


@live.fragment("order-head", topics=("order",), right=Right.VIEW)
def render_head(keys: Collection[str]) -> dict[str, str]:
    return {
        str(order.pk): render_to_string("orders/_head.html", head_context(order)) for order in _orders(keys)
    }


@live.fragment("order-work", topics=("order",), right=Right.VIEW)
def render_work(keys: Collection[str]) -> dict[str, str]:
    return {
        str(order.pk): render_to_string("orders/_work.html", work_context(order)) for order in _orders(keys)
    }


@live.fragment("order-material", topics=("order",), right=Right.VIEW)
def render_material(keys: Collection[str]) -> dict[str, str]:
    return {
        str(order.pk): render_to_string("orders/_material.html", material_context(order))
        for order in _orders(keys)
    }


@live.fragment("order-events", topics=("order",), right=Right.VIEW)
def render_events(keys: Collection[str]) -> dict[str, str]:
    return {
        str(order.pk): render_to_string("orders/_events.html", events_context(order))
        for order in _orders(keys)
    }


@live.fragment("order-holds", topics=("order",), right=Right.VIEW)
def render_holds(keys: Collection[str]) -> dict[str, str]:
    return {
        str(order.pk): render_to_string("orders/_holds.html", holds_context(order)) for order in _orders(keys)
    }
