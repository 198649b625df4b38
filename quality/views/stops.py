"""Stops in the office: the list behind every figure, one stop with its history, how well they are coded."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from machines.domain.photos import attach_photo, photos_of
from machines.domain.stop_parts import merge_stops, orphans, split_stop, withdraw_coding
from machines.domain.stops import Stop, code_stop, span_of, stop_at
from machines.models import Machine, StopCoding
from mes.accounts.access import needs
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.lib.errors import MesError
from orders.forms.terminal import AtStop, MergeForm, SplitForm, StopForm
from orders.queries.stops import Suggestions
from orders.views.problems import sentence
from orders.views.terminal.stops import neighbours_of, stop_named
from quality.kpi.coding import CodedStop, CodingQuality, coding_quality
from quality.kpi.collect import read_figures
from quality.views.oee import MOST_MACHINE_TIME, period_in
from quality.views.scope import scope_of

PAGE = 50
ORPHANS = timedelta(days=60)
SHOWS: dict[str, tuple[Promise, Callable[[CodedStop], bool]]] = {
    "": (gettext_lazy("All"), lambda _stop: True),
    "open": (gettext_lazy("Without a reason"), lambda stop: stop.reason is None),
    "late": (gettext_lazy("Coded after the shift"), lambda stop: bool(stop.said) and not stop.in_shift),
    "other": (gettext_lazy("“Other”"), lambda stop: stop.is_other),
    "machine": (gettext_lazy("By machine code"), lambda stop: bool(stop.said) and not stop.by_person),
}
GROUPS: dict[str, tuple[Promise, Callable[[CodedStop, Mapping[int, str]], str]]] = {
    "machine": (gettext_lazy("Machine"), lambda stop, _areas: stop.machine.code),
    "area": (gettext_lazy("Area"), lambda stop, areas: areas.get(stop.machine.area, "")),
    "shift": (gettext_lazy("Shift"), lambda stop, _areas: stop.shift),
}


FORMS: dict[str, type[AtStop]] = {"split": SplitForm, "merge": MergeForm, "photo": AtStop}


@dataclass(frozen=True, slots=True)
class _Asked:
    """What both pages of many stops share."""

    context: dict[str, Any]
    quality: CodingQuality


def _read(request: HttpRequest, tab: str) -> _Asked | None:
    """The stops of a place and an interval; None where they are too many for a page."""
    scope = scope_of(request)
    period = period_in(request, scope)
    machines = scope.machines
    if code := request.GET.get("machine", ""):
        machines = machines.filter(code=code)
    if machines.count() * period.span.duration > MOST_MACHINE_TIME:
        return None
    kept = [
        (name, request.GET[name])
        for name in ("plant", "area", "group", "machine", "show", "shift", "by")
        if request.GET.get(name)
    ]
    reading = read_figures(machines, start=period.span.start, end=period.span.end)
    context = {"scope": scope, "period": period, "kept": kept, "keep": urlencode(kept), "tab": tab}
    return _Asked(context, coding_quality(reading))


@require_safe
@needs(Right.VIEW)
def stops_page(request: HttpRequest) -> HttpResponse:
    """`/stops/?plant=…&area=…&machine=…&period=…&show=open|late|other|machine&shift=…`."""
    asked = _read(request, "stops")
    if asked is None:
        return render(request, "stops/too_many.html", {"tab": "stops"})
    show = request.GET.get("show", "")
    shift = request.GET.get("shift")
    _label, wanted = SHOWS.get(show, SHOWS[""])
    rows = [stop for stop in asked.quality.stops if wanted(stop) and (shift is None or stop.shift == shift)]
    scope = asked.context["scope"]
    context = asked.context | {
        "page": Paginator([(stop, page_of(stop)) for stop in rows], PAGE).get_page(request.GET.get("page")),
        "total": CodingQuality(rows).time,
        "shows": [
            (key, label, sum(map(holds, asked.quality.stops))) for key, (label, holds) in SHOWS.items()
        ],
        "show": show if show in SHOWS else "",
        "orphans": orphans(list(scope.machines.values_list("pk", flat=True)), since=timezone.now() - ORPHANS),
    }
    return render(request, "stops/list.html", context)


@require_safe
@needs(Right.VIEW)
def coding_page(request: HttpRequest) -> HttpResponse:
    """`/stops/coding/?…&by=machine|area|shift`: how well stops are coded, each figure with its stops."""
    asked = _read(request, "coding")
    if asked is None:
        return render(request, "stops/too_many.html", {"tab": "coding"})
    by = request.GET.get("by", "machine")
    by = by if by in GROUPS else "machine"
    title, key = GROUPS[by]
    areas = {area.pk: area.code for area in asked.context["scope"].areas}
    here = asked.context["keep"]
    query = "&".join(part for part in (here, asked.context["period"].query) if part)
    context = asked.context | {
        "total": asked.quality,
        "groups": [
            (name, part, f"{reverse('stops')}?{query}&{urlencode({by: name})}")
            for name, part in asked.quality.by(lambda stop: key(stop, areas)).items()
        ],
        "group_title": title,
        "by": by,
        "list_url": f"{reverse('stops')}?{query}",
    }
    return render(request, "stops/coding.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.VIEW)
def stop_page(request: HttpRequest, code: str, slot: int) -> HttpResponse:
    """`/stops/<machine>/<slot>/?start=…`: what was said about one stop, and correcting it."""
    by = cast(User, request.user)
    if request.method == "POST" and not by.may(Right.CORRECT):
        raise PermissionDenied
    machine = get_object_or_404(Machine.objects.select_related("plant", "area"), code=code)
    if request.method == "POST":
        return _said(request, machine, by)
    stop = stop_named(machine, str(slot), request.GET.get("start", ""))
    if stop is None:
        raise Http404
    now = timezone.now()
    length = (stop.end or now) - stop.start
    context = {
        "machine": machine,
        "stop": stop,
        "length": length,
        "seconds": int(length.total_seconds()),
        "middle": int(length.total_seconds()) // 2,
        "suggestions": Suggestions(machine).of(stop),
        "neighbours": neighbours_of(machine, stop),
        "history": history_of(machine, stop, now),
        "photos": photos_of(machine, stop),
        "keys": {name: uuid.uuid4() for name in ("code", "split", "merge", "photo")},
    }
    return render(request, "stops/stop.html", context)


def history_of(machine: Machine, stop: Stop, now: datetime) -> list[StopCoding]:
    """Everything ever said about this time, the latest first, with what it replaced. One query."""
    return list(
        StopCoding.objects.filter(machine=machine, slot=stop.slot, span__overlap=span_of(stop, now))
        .select_related("reason", "by", "supersedes__reason", "mapping")
        .order_by("-recorded_at", "-pk")
    )


def page_of(stop: CodedStop) -> str:
    query = urlencode({"start": stop.start.isoformat()})
    return f"{reverse('stop', args=[stop.machine.code, stop.slot])}?{query}"


def _said(request: HttpRequest, machine: Machine, by: User) -> HttpResponse:
    action = request.POST.get("action", "")
    if action == "withdraw":
        return _withdrawn(request, machine, by)
    form = FORMS.get(action, StopForm)(request.POST, plant=machine.plant_id)
    if not form.is_valid():
        messages.error(request, _("Something is missing. Choose again."))
        return redirect(_back(machine, form))
    try:
        _book(action, machine, form.cleaned_data, by, request)
    except MesError as error:
        messages.error(request, sentence(error))
    else:
        messages.success(request, _("Kept."))
    return redirect(_back(machine, form))


def _book(action: str, machine: Machine, said: dict[str, Any], by: User, request: HttpRequest) -> None:
    common: dict[str, Any] = {"machine": machine, "by": by, "key": said["key"]}
    why = {"slot": said["slot"], "why": said["why"]}
    if action == "split":
        at = said["start"] + timedelta(seconds=said["after"])
        parts = {"first": said["first"], "second": said["second"]}
        split_stop(started_at=said["start"], at=at, **parts, **why, **common)
    elif action == "merge":
        merge_stops(starts=(said["start"], said["other"]), reason=said["reason"], **why, **common)
    elif action == "photo":
        stop, file = stop_at(machine, said["slot"], said["start"]), request.FILES.get("photo")
        if stop is not None and file is not None:
            attach_photo(stop=stop, file=file.read(), **common)
    else:
        code_stop(started_at=said["start"], reason=said["reason"], comment=said["comment"], **why, **common)


def _withdrawn(request: HttpRequest, machine: Machine, by: User) -> HttpResponse:
    number = request.POST.get("coding", "")
    coding = get_object_or_404(StopCoding, pk=int(number[:18]) if number.isdecimal() else 0, machine=machine)
    try:
        withdraw_coding(coding=coding, by=by, why=request.POST.get("why", ""))
    except MesError as error:
        messages.error(request, sentence(error))
    else:
        messages.success(request, _("Taken back."))
    return redirect("stops")


def _back(machine: Machine, form: AtStop) -> str:
    slot, start = form.cleaned_data.get("slot"), form.cleaned_data.get("start")
    stop = stop_at(machine, slot, start) if slot and start else None
    if stop is None:
        return reverse("stops")
    query = urlencode({"start": stop.start.isoformat()})
    return f"{reverse('stop', args=[machine.code, stop.slot])}?{query}"
