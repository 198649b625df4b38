"""Reconciliation: how far each partner is trusted, what differs and why, and the self-test of a partner."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import Any, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from integrations.domain.reconciliation.closing import close_difference
from integrations.domain.reconciliation.run import reconcile
from integrations.domain.selftest import ask_self_test
from integrations.enums import CheckResult, DifferenceReason, SelfCheck
from integrations.models import Connection, Difference, OutboundMessage, StatedTotal
from integrations.queries.trust import as_row, differences, partners
from mes.accounts.access import needs
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.lib import live
from mes.lib.errors import MesError
from mes.lib.sentences import in_words
from orders.models import Operation

PAGE = 50
ALL = "all"


@require_safe
@needs(Right.MESSAGES)
def reconciliation(request: HttpRequest) -> HttpResponse:
    """Partners with their trust figure, and the open differences; ``connection`` and ``reason`` narrow them,
    ``closed`` shows those that are settled."""
    found = differences().filter(closed_at__isnull="closed" not in request.GET)
    partner, reason = request.GET.get("connection", ""), request.GET.get("reason", "")
    text = request.GET.get("q", "").strip()
    if partner.isdecimal():
        found = found.filter(connection=int(partner))
    if reason in DifferenceReason.values:
        found = found.filter(reason=reason)
    if text:
        found = found.filter(order_number__icontains=text)
    page = Paginator(found.order_by("opened_at", "pk"), PAGE).get_page(request.GET.get("page"))
    context = {
        "partners": partners(),
        "page": page,
        "rows": [as_row(one) for one in page],
        "reasons": DifferenceReason.choices,
        "reason": reason,
        "partner": partner,
        "q": text,
        "closed": "closed" in request.GET,
        "live_url": live.stream_url(trust_figures=[ALL]),
    }
    return render(request, "integrations/reconciliation.html", context)


@live.fragment("trust-figures", any_of=("reconciliation",), right=Right.MESSAGES)
def render_figures(keys: Collection[str]) -> dict[str, str]:
    html = render_to_string("integrations/_trust_figures.html", {"partners": partners()})
    return {key: html for key in keys if key == ALL}


@require_safe
@needs(Right.MESSAGES)
def difference_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One difference: both sides, and the messages and words of the partner that make it."""
    difference = get_object_or_404(differences(), pk=pk)
    sent = OutboundMessage.objects.filter(connection=difference.connection_id)
    if difference.operation_id:
        sent = sent.filter(operation=difference.operation_id)
    else:
        sent = sent.filter(order__number=difference.order_number)
    stated = StatedTotal.objects.filter(
        connection=difference.connection_id, order_number=difference.order_number
    ).filter(Q(operation_number="") | Q(operation_number__endswith=difference.operation_number.lstrip("0")))
    context = {
        "row": as_row(difference),
        "difference": difference,
        "sent": [
            (message, _told(message, "good"), _told(message, "scrap"))
            for message in sent.select_related("reverses").order_by("sequence")[:200]
        ],
        "stated": stated.select_related("message")[:50],
    }
    return render(request, "integrations/difference.html", context)


def _told(message: OutboundMessage, name: str) -> Decimal | None:
    """An amount as it counts: what a reversal names is taken back."""
    amount = message.canonical.get(name)
    return None if amount is None else Decimal(amount) * (-1 if message.reverses_id else 1)


@require_POST
@needs(Right.MESSAGES)
def close(request: HttpRequest, pk: int) -> HttpResponse:
    difference = get_object_or_404(Difference, pk=pk)
    try:
        close_difference(
            difference=difference, by=cast(User, request.user), reason=request.POST.get("reason", "")
        )
    except MesError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Closed. It comes back if the amounts change."))
    return redirect("difference", pk)


@require_POST
@needs(Right.MESSAGES)
def compare_now(request: HttpRequest, pk: int) -> HttpResponse:
    connection = get_object_or_404(Connection.objects.select_related("plant", "api_key"), pk=pk)
    figure = reconcile(connection=connection, by=cast(User, request.user))
    if figure.problem:
        messages.warning(request, _("The partner could not be asked: %s") % figure.problem_in_words)
    text = _("%(compared)d operations compared, %(open)d differences are open.")
    messages.success(request, text % {"compared": figure.compared, "open": figure.open_differences})
    return redirect("reconciliation")


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.MASTER_DATA)
def self_test(request: HttpRequest, pk: int) -> HttpResponse:
    """The live checks of a partner: what they found last, and asking for them again. While the worker runs
    them, a piece of the page asks for itself and shows how far they are."""
    connection = get_object_or_404(Connection.objects.select_related("plant", "api_key"), pk=pk)
    if request.method == "POST":
        operation = _test_operation(request, connection)
        if operation is None and request.POST.get("order", "").strip():
            messages.error(request, _("There is no such order and operation in the partner's plant."))
        else:
            ask_self_test(connection=connection, by=cast(User, request.user), operation=operation)
        return redirect("self-test", pk)
    runs = connection.self_tests.select_related("by")[:10]
    running = connection.self_test_requests.filter(ended_at=None).first()
    context = {
        "running": running,
        "progress": _results(running.results) if running else [],
        "total": len(SelfCheck),
        "connection": connection,
        "runs": [(run, _results(run.results)) for run in runs],
        "checks": SelfCheck.choices,
    }
    name = "_self_test_runs" if request.headers.get("HX-Request") else "self_test"
    return render(request, f"integrations/{name}.html", context)


def _test_operation(request: HttpRequest, connection: Connection) -> Operation | None:
    return (
        Operation.objects.select_related("order__unit", "machine_group")
        .filter(
            plant=connection.plant_id,
            order__number=request.POST.get("order", "").strip(),
            number=request.POST.get("operation", "").strip(),
        )
        .first()
    )


def _results(results: list[dict[str, Any]]) -> list[tuple[str, str, str, str]]:
    """Check, result as a word of code and as one for people, and what was seen."""
    return [
        (
            str(SelfCheck(one["check"]).label),
            one["result"],
            str(CheckResult(one["result"]).label),
            in_words(one.get("sentence"), one["text"]),
        )
        for one in results
    ]
