"""Why did it stop? One tap for the likely reasons, two for any other; and split, merge, photos."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from machines.domain.photos import attach_photo, photos_of
from machines.domain.stop_parts import NEIGHBOURS, merge_stops, split_stop
from machines.domain.stops import Stop, code_stop, stop_at, stops_of
from machines.models import Machine
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.lib import live
from mes.lib.errors import MesError
from orders.forms.terminal import AtStop, MergeForm, SplitForm, StopForm, moment_of
from orders.queries.stops import Suggestions, Waiting, reason_tree, waiting_stops
from orders.views.problems import sentence
from orders.views.terminal.access import at_terminal
from orders.views.terminal.context import machine_url, machines_of, terminal_context
from orders.views.terminal.prompts import choices_for, stop_context, stop_url

LISTED = timedelta(hours=24)
COARSE = timedelta(minutes=20)


@require_safe
@at_terminal
def all_stops(request: HttpRequest, machine: int) -> HttpResponse:
    """The stops of the last 24 hours, the latest first, those without a reason marked."""
    here = _machine(machine)
    found = stops_of([here.pk], since=timezone.now() - LISTED)
    rows = [(stop, stop_url(stop)) for stop in reversed(found)]
    return render(request, "terminal/stops.html", terminal_context(request, here) | {"rows": rows})


@require_safe
@at_terminal
def choose_reason(request: HttpRequest, machine: int) -> HttpResponse:
    """One stop: the likely reasons, the whole tree, and below them split, merge and photos."""
    here = _machine(machine)
    stop = stop_named(here, request.GET.get("slot", "1"), request.GET.get("start", ""))
    if stop is None:
        return redirect(machine_url(here))
    now = timezone.now()
    tree = reason_tree(here)
    length = (stop.end or now) - stop.start
    context = terminal_context(request, here) | {
        "stop": stop,
        "start": stop.start,
        "slot": stop.slot,
        "length": length,
        "seconds": int(length.total_seconds()),
        "middle": int(length.total_seconds()) // 2,
        "step": 60 if length > COARSE else 10,
        "choices": choices_for(stop, Suggestions(here)),
        "singles": [branch.reason for branch in tree if branch.is_single],
        "groups": [branch for branch in tree if not branch.is_single],
        "split_parts": (("first", _("First reason")), ("second", _("Second reason"))),
        "neighbours": neighbours_of(here, stop),
        "photos": photos_of(here, stop),
        "key": uuid.uuid4(),
        "split_key": uuid.uuid4(),
        "merge_key": uuid.uuid4(),
        "photo_key": uuid.uuid4(),
    }
    return render(request, "terminal/stop.html", context)


def neighbours_of(machine: Machine, stop: Stop) -> list[Stop]:
    """The stop before and the one after, where there is little work between."""
    around = [one for one in stops_of([machine.pk], since=stop.start - NEIGHBOURS) if one.slot == stop.slot]
    place = next((place for place, one in enumerate(around) if one.start == stop.start), None)
    if place is None:
        return []
    before, after = around[:place][-1:], around[place + 1 : place + 2]
    return [
        *(one for one in before if one.end is not None and stop.start - one.end <= NEIGHBOURS),
        *(one for one in after if stop.end is not None and one.start - stop.end <= NEIGHBOURS),
    ]


@require_POST
@at_terminal
def give_reason(request: HttpRequest, machine: int) -> HttpResponse:
    here = _machine(machine)
    form = StopForm(request.POST, plant=here.plant_id)
    problem = ""
    if form.is_valid():
        said = form.cleaned_data
        try:
            code_stop(
                machine=here,
                slot=said["slot"],
                started_at=said["start"],
                reason=said["reason"],
                comment=said["comment"],
                why=said["why"],
                by=cast(User, request.user),
                key=said["key"],
            )
        except MesError as error:
            problem = sentence(error)
    if request.headers.get("HX-Request"):
        return render(request, "terminal/_stop.html", stop_context(here, problem=problem))
    if problem:
        messages.error(request, problem)
        return redirect(_page_of(here, form))
    return redirect(machine_url(here))


@require_POST
@at_terminal
def split(request: HttpRequest, machine: int) -> HttpResponse:
    """One stop had two causes."""
    here = _machine(machine)
    form = SplitForm(request.POST, plant=here.plant_id)

    def book(said: dict[str, Any]) -> None:
        split_stop(
            machine=here,
            slot=said["slot"],
            started_at=said["start"],
            at=said["start"] + timedelta(seconds=said["after"]),
            first=said["first"],
            second=said["second"],
            why=said["why"],
            by=cast(User, request.user),
            key=said["key"],
        )

    return _booked(request, here, form, book, _("The stop has two reasons now."))


@require_POST
@at_terminal
def merge(request: HttpRequest, machine: int) -> HttpResponse:
    """Two stops were one."""
    here = _machine(machine)
    form = MergeForm(request.POST, plant=here.plant_id)

    def book(said: dict[str, Any]) -> None:
        merge_stops(
            machine=here,
            slot=said["slot"],
            starts=(said["start"], said["other"]),
            reason=said["reason"],
            why=said["why"],
            by=cast(User, request.user),
            key=said["key"],
        )

    return _booked(request, here, form, book, _("Both count as one stop now."))


@require_POST
@at_terminal
def add_photo(request: HttpRequest, machine: int) -> HttpResponse:
    here = _machine(machine)
    form = AtStop(request.POST, plant=here.plant_id)
    file = request.FILES.get("photo")

    def book(said: dict[str, Any]) -> None:
        stop = stop_at(here, said["slot"], said["start"])
        if stop is not None and file is not None:
            attach_photo(
                machine=here, stop=stop, file=file.read(), by=cast(User, request.user), key=said["key"]
            )

    return _booked(request, here, form, book, _("The photo is kept with the stop."))


def _machine(number: int) -> Machine:
    return get_object_or_404(Machine.objects.select_related("plant"), pk=number, active=True)


def stop_named(machine: Machine, slot: str, start: str) -> Stop | None:
    """The stop that an address names by slot and a moment (ISO 8601 with zone) inside it."""
    if not slot.isdecimal() or int(slot[:5]) > machine.slots:
        return None
    moment = _moment(start)
    return stop_at(machine, int(slot), moment) if moment else None


def _moment(text: str) -> datetime | None:
    try:
        return moment_of(text)
    except ValidationError:
        return None


def _booked(
    request: HttpRequest, machine: Machine, form: AtStop, book: Callable[[dict[str, Any]], None], done: str
) -> HttpResponse:
    """Book what was sent and go back to the stop, saying what came of it."""
    if not form.is_valid():
        messages.error(request, _("Something is missing. Choose again."))
        return redirect(_page_of(machine, form))
    try:
        book(form.cleaned_data)
    except MesError as error:
        messages.error(request, sentence(error))
    else:
        messages.success(request, done)
    return redirect(_page_of(machine, form))


def _page_of(machine: Machine, form: AtStop) -> str:
    """The page of the stop that the form names, or the machine's."""
    slot, start = form.cleaned_data.get("slot"), form.cleaned_data.get("start")
    stop = stop_at(machine, slot, start) if slot and start else None
    return stop_url(stop) if stop else machine_url(machine)


Asked = tuple[Machine, Waiting]


def asked_by_key(keys: Collection[str]) -> dict[str, Asked]:
    return {str(machine.pk): (machine, waiting_stops(machine)) for machine in machines_of(keys)}


def due_by_key(found: Mapping[str, Asked]) -> dict[str, timedelta]:
    """After what time a page must ask, though nothing happens to its machine."""
    return {key: waiting.due for key, (_machine, waiting) in found.items() if waiting.due is not None}


@live.fragment(
    "terminal-stop", topics=("machine", "stops"), right=Right.OPERATE, load=asked_by_key, due=due_by_key
)
def render_stop(found: Mapping[str, Asked]) -> dict[str, str]:
    return _rendered("terminal/_stop.html", found)


@live.fragment(
    "terminal-stop-note", topics=("machine", "stops"), right=Right.OPERATE, load=asked_by_key, due=due_by_key
)
def render_stop_note(found: Mapping[str, Asked]) -> dict[str, str]:
    return _rendered("terminal/_stop_note.html", found)


def _rendered(template: str, found: Mapping[str, Asked]) -> dict[str, str]:
    return {
        key: render_to_string(template, stop_context(machine, waiting=waiting))
        for key, (machine, waiting) in found.items()
    }
