"""Reporting pieces, and correcting a report."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from mes.accounts.models import User
from mes.lib import live
from mes.lib.errors import MesError
from orders.domain.reports import report, reverse
from orders.enums import EventKind
from orders.forms.terminal import CorrectionForm, ReportForm
from orders.models import ProductionEvent
from orders.queries.reports import may_correct, was_reversed
from orders.views.posted import posted
from orders.views.problems import show_in
from orders.views.terminal.access import at_terminal
from orders.views.terminal.context import operation_url, terminal_context
from orders.views.terminal.operation import VIA, answer, place_and_work


@at_terminal
def report_pieces(request: HttpRequest, machine: int, operation: int) -> HttpResponse:
    """Good, scrap with its reason, and rework in one submit. The same key books once."""
    here, work = place_and_work(machine, operation)
    form = ReportForm(posted(request), operation=work)
    if request.method == "POST" and form.is_valid():
        try:
            report(
                operation=work,
                quantities=form.quantities,
                scrap_reason=form.cleaned_data["scrap_reason"],
                comment=form.cleaned_data["comment"],
                by=cast(User, request.user),
                key=form.cleaned_data["key"],
                via=VIA,
            )
        except MesError as error:
            show_in(form, error)
        else:
            messages.success(request, _("Booked."))
            return answer(request, operation_url(here, work))
    context = terminal_context(request, here) | {
        "operation": work,
        "order": work.order,
        "form": form,
        "live_url": live.stream_url(terminal_stop_note=[here.pk]),
    }
    return _page_or_form(request, "terminal/report.html", "terminal/_report_form.html", context, form)


@at_terminal
def correct_report(request: HttpRequest, machine: int, operation: int, event: int) -> HttpResponse:
    """Take a report back and book the right one: one's own last report, or any with the right to correct."""
    here, work = place_and_work(machine, operation)
    wrong = get_object_or_404(
        ProductionEvent.objects.select_related("by", "scrap_reason", "reversed_by"), pk=event, operation=work
    )
    form = CorrectionForm(posted(request), operation=work, initial=quantities_of(wrong))
    person = cast(User, request.user)
    if request.method == "POST" and form.is_valid():
        # A repeat of a correction that went through meets a reversed report: the command knows its key.
        if not (may_correct(wrong, person) or was_reversed(wrong)):
            raise PermissionDenied
        try:
            correct(wrong, form, by=person, via=VIA)
        except MesError as error:
            show_in(form, error)
        else:
            messages.success(request, _("Corrected."))
            return answer(request, operation_url(here, work))
    elif request.method != "POST" and not may_correct(wrong, person):
        raise PermissionDenied
    context = terminal_context(request, here) | {
        "operation": work,
        "order": work.order,
        "form": form,
        "wrong": wrong,
        "live_url": live.stream_url(terminal_stop_note=[here.pk]),
    }
    return _page_or_form(request, "terminal/correct.html", "terminal/_report_form.html", context, form)


def correct(wrong: ProductionEvent, form: CorrectionForm, *, by: User, via: str) -> ProductionEvent:
    """Raises MesError as ``reverse`` does."""
    return reverse(
        event=wrong,
        by=by,
        key=form.cleaned_data["key"],
        comment=form.cleaned_data["comment"],
        replacement=form.quantities,
        scrap_reason=form.cleaned_data["scrap_reason"],
        via=via,
    )


def quantities_of(event: ProductionEvent) -> dict[str, object]:
    """What the person had typed."""
    counted = event.kind == EventKind.RECLASSIFIED
    return {
        "good": "" if counted else _plain(event.good),
        "scrap": _plain(event.scrap),
        "rework": _plain(event.rework),
        "scrap_reason": event.scrap_reason_id,
    }


def _plain(amount: object) -> str:
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _page_or_form(
    request: HttpRequest,
    page: str,
    fragment: str,
    context: dict[str, object],
    form: ReportForm,
) -> HttpResponse:
    template = fragment if request.headers.get("HX-Request") and request.method == "POST" else page
    return render(request, template, context, status=422 if form.errors else 200)
