"""Labels and travellers: choosing one and looking at it, and the queue of prints."""

from __future__ import annotations

import uuid
from typing import Any, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from machines.models import Plant
from mes.accounts.access import needs
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.lib.downloads import download
from mes.lib.errors import MesError
from orders.domain.labels.render import preview
from orders.domain.labels.render import render as made_of
from orders.domain.labels.values import MODELS, newest_of, subject_of, title_of
from orders.domain.printing import cancel_print, file_name, print_again, request_print, take_print
from orders.enums import EventKind, LabelFormat, LabelSubject, PrintState
from orders.forms.labels import PrintForm
from orders.models import (
    HandlingUnit,
    LabelTemplate,
    Lot,
    PrintJob,
    ProductionEvent,
    Serial,
    Shipment,
    StockBalance,
)
from orders.views.posted import posted
from orders.views.problems import sentence, show_in

PAGE = 50
OTHERS = 10


@require_safe
@needs(Right.VIEW)
def print_list(request: HttpRequest) -> HttpResponse:
    """`/prints/?state=…`, newest first; what failed is said on top."""
    state = request.GET.get("state", "")
    jobs = PrintJob.objects.defer("content").select_related("template", "printer__plant", "by", "rule")
    if state in PrintState.values:
        jobs = jobs.filter(state=state)
    open_states = (PrintState.WAITING, PrintState.FAILED)
    counted = PrintJob.objects.filter(state__in=open_states).order_by().values("state")
    counts = {row["state"]: row["number"] for row in counted.annotate(number=Count("pk"))}
    context = {
        "page": Paginator(jobs, PAGE).get_page(request.GET.get("page")),
        "state": state,
        "states": PrintState.choices,
        "failed": counts.get(PrintState.FAILED, 0),
        "waiting": counts.get(PrintState.WAITING, 0),
    }
    return render(request, "labels/prints.html", context)


@require_safe
@needs(Right.VIEW)
def print_count(_request: HttpRequest) -> HttpResponse:
    """The small number beside the entry of the navigation; empty when nothing failed."""
    return HttpResponse(PrintJob.objects.filter(state=PrintState.FAILED).count() or "")


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.VIEW)
def print_label(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Choose template and printer for one subject, see what comes, and print it."""
    subject = _subject(kind, pk)
    form = PrintForm(posted(request), subject=kind, initial={"key": uuid.uuid4(), "copies": 1})
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            request_print(
                template=said["template"],
                printer=said["printer"],
                subject=subject,
                copies=said["copies"],
                by=cast(User, request.user),
                key=said["key"],
            )
        except MesError as error:
            show_in(form, error)
        else:
            messages.success(request, _("It is in the queue of prints."))
            return redirect("prints")
    templates = list(LabelTemplate.objects.filter(active=True, subject=kind))
    context = {
        "kind": kind,
        "subject": subject,
        "title": title_of(kind, subject),
        "form": form,
        "templates": templates,
        "back": _back(kind, subject),
        "others": _others(kind, subject),
    }
    return render(request, "labels/print.html", context, status=422 if form.errors else 200)


@require_safe
@needs(Right.VIEW)
def label_preview(request: HttpRequest, template: int, pk: int) -> HttpResponse:
    """How a subject's label would look: a fragment with the picture, or a traveller's link."""
    chosen = get_object_or_404(LabelTemplate, pk=template)
    return _preview(request, "labels/_preview.html", chosen, _subject(chosen.subject, pk))


@require_safe
@needs(Right.MASTER_DATA)
def template_preview(request: HttpRequest, template: int) -> HttpResponse:
    """A template with the newest of what it is about."""
    chosen = get_object_or_404(LabelTemplate, pk=template)
    return _preview(request, "labels/template.html", chosen, newest_of(chosen.subject))


@require_safe
@needs(Right.VIEW)
def label_file(_request: HttpRequest, template: int, pk: int, ending: str) -> HttpResponse:
    """A subject's label as SVG, or what the printer would get (PDF, ZPL)."""
    chosen = get_object_or_404(LabelTemplate, pk=template)
    subject = _subject(chosen.subject, pk)
    zpl = chosen.format == LabelFormat.ZPL
    try:
        if ending == "svg" and chosen.format != LabelFormat.TRAVELLER:
            picture = preview(chosen, subject, plant=_plant_of(subject)).picture
            return HttpResponse(picture, content_type="image/svg+xml")
        if ending == ("zpl" if zpl else "pdf"):
            content = made_of(chosen, subject, plant=_plant_of(subject))
            kind = "text/plain; charset=utf-8" if zpl else "application/pdf"
            return HttpResponse(content, content_type=kind)
    except MesError as wrong:
        return HttpResponse(sentence(wrong), content_type="text/plain; charset=utf-8", status=422)
    raise Http404


@require_POST
@needs(Right.VIEW)
def take(request: HttpRequest, pk: int) -> HttpResponse:
    """The file of a print, for a person who prints it himself."""
    job = get_object_or_404(PrintJob.objects.select_related("template"), pk=pk)
    try:
        content = take_print(job=job, by=cast(User, request.user))
    except MesError as refusal:
        messages.error(request, sentence(refusal))
        return redirect("prints")
    return download(file_name(job), "application/octet-stream", content)


@require_POST
@needs(Right.VIEW)
def again(request: HttpRequest, pk: int) -> HttpResponse:
    return _decide(request, pk, print_again, _("It is tried again."))


@require_POST
@needs(Right.VIEW)
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    return _decide(request, pk, cancel_print, _("Cancelled."))


def _decide(request: HttpRequest, pk: int, command: Any, said: str) -> HttpResponse:
    job = get_object_or_404(PrintJob, pk=pk)
    try:
        command(job=job, by=cast(User, request.user))
    except MesError as refusal:
        messages.error(request, sentence(refusal))
    else:
        messages.success(request, said)
    return redirect("prints")


def _preview(request: HttpRequest, page: str, template: LabelTemplate, subject: Any | None) -> HttpResponse:
    context: dict[str, Any] = {"template": template, "subject": subject}
    if subject is not None and template.format != LabelFormat.TRAVELLER:
        try:
            context["preview"] = preview(template, subject, plant=_plant_of(subject))
        except MesError as wrong:
            context["problems"] = wrong.problems
    return render(request, page, context)


def _subject(kind: str, pk: int) -> Any:
    subject = subject_of(kind, pk) if kind in MODELS else None
    if subject is None:
        raise Http404
    return subject


def _plant_of(subject: Any) -> Plant:
    """Where a subject is: lots and serial numbers lie where their stock is."""
    if (plant := getattr(subject, "plant", None)) is not None:
        return cast(Plant, plant)
    lot = subject if isinstance(subject, Lot) else subject.lot
    if lot.order is not None:
        return lot.order.plant
    balance = StockBalance.objects.filter(item=lot.item_id, lot=lot.number).select_related("plant").first()
    return balance.plant if balance else Plant.objects.order_by("pk")[0]


def _others(kind: str, subject: Any) -> list[tuple[str, str, int, str]]:
    """What else belongs to a lot or an order and has labels of its own: its kind in words, its address, its
    name."""
    found: list[tuple[LabelSubject, Any]] = []
    if kind == LabelSubject.LOT:
        found += [(LabelSubject.SERIAL, one) for one in Serial.objects.filter(lot=subject)]
        found += [(LabelSubject.UNIT, one) for one in HandlingUnit.objects.filter(contents__lot=subject)]
        found += [(LabelSubject.SHIPMENT, one) for one in Shipment.objects.filter(lots__lot=subject)]
    elif kind == LabelSubject.ORDER:
        found += [(LabelSubject.LOT, one) for one in Lot.objects.filter(order=subject)[:OTHERS]]
        reports = ProductionEvent.objects.filter(order=subject, kind=EventKind.REPORTED, good__gt=0)
        reports = reports.select_related("order").order_by("-pk")[:OTHERS]
        found += [(LabelSubject.REPORT, one) for one in reports]
    return [(str(of.label), of, row.pk, title_of(of, row)) for of, row in found]


def _back(kind: str, subject: Any) -> tuple[str, int] | None:
    """The page of what is printed, where it has one."""
    if kind == LabelSubject.ORDER:
        return "order", subject.pk
    if kind == LabelSubject.REPORT:
        return "order", subject.order_id
    if kind == LabelSubject.LOT:
        return "trace-lot", subject.pk
    return ("trace-lot", subject.lot_id) if kind == LabelSubject.SERIAL else None
