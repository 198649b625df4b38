"""The events behind every figure of a place and an interval: stretches of time, paces and bookings."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from machines.enums import MachineState
from machines.models import Machine, StopReason
from mes.accounts.access import needs
from mes.accounts.roles import Right
from mes.lib.spans import ZERO
from orders.models import Operation, ProductionEvent
from quality.kpi.behind import BEYOND, KEYS, Pace, paces, stretches, time_behind
from quality.kpi.collect import Reading, quantities_of, read_figures
from quality.kpi.elements import Source
from quality.kpi.facts import SlotSegment
from quality.kpi.rolled import read_totals
from quality.kpi.stops import Measure, ReasonShare, event_of, promise_days_by_event, stop_pareto
from quality.queries import oee as queries
from quality.queries.oee import NO_WORTH, Worth
from quality.views import figures as show
from quality.views.machine import EVENTS_PER_PAGE, SHOWN_AS, machine_named, period_at
from quality.views.oee import MOST_MACHINE_TIME, period_in
from quality.views.period import Period
from quality.views.scope import Scope, scope_of

PIECES, SPEED = "pieces", "speed"
FILTERS = ("apt", "aust", "adet", "micro", "adot", "unknown", "pdot", "off", BEYOND)
KEPT = ("plant", "area", "group", "machine", "show", "reason", "operation", "measure")
KNOWN_BY = {
    Source.CALENDAR: _("calendar"),
    Source.OBSERVED: _("signals"),
    Source.MANUAL: _("people"),
    Source.UNKNOWN: _("nobody"),
}


@dataclass(frozen=True, slots=True)
class Place:
    """What the page is about: the machines of a scope, or one ``machine`` as a place of its own."""

    machines: QuerySet[Machine]
    period: Period
    title: str
    time_zone: str
    scope: Scope | None = None
    machine: Machine | None = None


@dataclass(frozen=True, slots=True)
class StretchRow:
    """A stretch of time with what its ids mean, and what it is worth where it is a delay."""

    row: SlotSegment
    machine: Machine
    reason: StopReason | None
    operation: Operation | None
    worth: Worth
    promise_days: Decimal | None = None

    @property
    def counts_as(self) -> Promise:
        segment = self.row.segment
        return show.TIME_NAMES[BEYOND if _is_beyond(self.row, self.machine) else segment.element.value]

    @property
    def state(self) -> MachineState | None:
        return self.row.segment.state

    @property
    def dot(self) -> str:
        """The colour of the state, as the wall has it."""
        state = self.row.segment.state
        return SHOWN_AS[state].value if state else ""

    @property
    def known_by(self) -> Promise:
        return KNOWN_BY[self.row.segment.source]

    @property
    def stop_url(self) -> str:
        """The stop that it is a part of."""
        segment = self.row.segment
        if segment.state is not MachineState.STOP or segment.state_start is None:
            return ""
        query = urlencode({"start": segment.state_start.isoformat()})
        return f"{reverse('stop', args=[self.machine.code, self.row.slot])}?{query}"

    @property
    def pieces(self) -> Decimal | None:
        return self.worth.pieces(self.row.segment.duration)

    @property
    def euros(self) -> Decimal | None:
        return self.worth.euros(self.row.segment.duration)


def _is_beyond(row: SlotSegment, machine: Machine) -> bool:
    return row.segment.is_beyond_plan or row.slot > machine.slots


@require_safe
@needs(Right.VIEW)
def machine_events(request: HttpRequest, code: str) -> HttpResponse:
    """`/machines/<code>/events/?show=…`: as `/oee/events/`, of one machine."""
    machine = machine_named(code)
    period = period_at(request, machine)
    machines = Machine.objects.filter(pk=machine.pk)
    place = Place(machines, period, machine.code, machine.plant.time_zone, machine=machine)
    return _events(request, place)


@require_safe
@needs(Right.VIEW)
def place_events(request: HttpRequest) -> HttpResponse:
    """`/oee/events/?plant=…&area=…&machine=…&show=adet,micro&reason=5`: stretches of these time elements;
    `show=speed`: what performance is made of; `show=pieces`: the bookings;
    `show=adet&measure=promise_days`: what each stop cost in promise days, the dearest first.

    The number of queries depends on neither machines nor events.
    """
    scope = scope_of(request, with_groups=True)
    period = period_in(request, scope)
    return _events(request, Place(scope.machines, period, scope.title, scope.time_zone, scope=scope))


def _events(request: HttpRequest, place: Place) -> HttpResponse:
    shown = [key for key in request.GET.get("show", "").split(",") if key in (*KEYS, PIECES, SPEED)]
    everywhere = list(place.machines.select_related("plant"))
    code = request.GET.get("machine", "")
    chosen = [machine for machine in everywhere if not code or machine.code == code]
    kept = [(name, request.GET[name]) for name in KEPT if request.GET.get(name)]
    context: dict[str, Any] = {
        "place": place,
        "period": place.period,
        "shown": shown,
        "kept": kept,
        "keep": urlencode(kept),
        "up": _up(request, place.period),
        "machine_code": code,
        "machines": everywhere,
        "kept_for_machine": [
            *((name, value) for name, value in kept if name != "machine"),
            *_pairs(place.period),
        ],
    }
    by_id = {machine.pk: machine for machine in chosen}
    if shown == [PIECES]:
        context |= _bookings(request, place.period, by_id)
    elif len(chosen) * place.period.span.duration > MOST_MACHINE_TIME:
        context |= _too_many(place.period, by_id, shown)
    else:
        context |= _stretches(request, place.period, by_id, shown)
    return render(request, "quality/events.html", context)


def _stretches(
    request: HttpRequest, period: Period, machines: Mapping[int, Machine], shown: Sequence[str]
) -> dict[str, Any]:
    """Ten queries for the facts, one for their machines, and at most five for names, causes and worth."""
    wanted = Machine.objects.filter(pk__in=machines)
    reading = read_figures(wanted, start=period.span.start, end=period.span.end)
    context: dict[str, Any] = {"filters": _filters(reading, shown)}
    if shown == [SPEED]:
        return context | _speed(request, reading, machines)
    cause, operation = request.GET.get("reason", ""), request.GET.get("operation", "")
    by = Measure.TIME
    if shown == ["adet"] and request.GET.get("measure") == Measure.PROMISE_DAYS:
        by = Measure.PROMISE_DAYS
    bars = stop_pareto(reading, by=by) if "adet" in shown else []
    found = stretches(reading, shown, cause=cause, operation=operation)
    days = promise_days_by_event(reading) if by is Measure.PROMISE_DAYS else {}
    if days:
        found.sort(key=lambda row: days.get(event_of(row), Decimal(0)), reverse=True)
    total = sum((row.segment.duration for row in found), ZERO)
    page = _page(request, found)
    worths = queries.worths(machines) if shown == ["adet"] else {}
    return context | {
        "page": page,
        "rows": _named(page, machines, worths, days),
        "with_days": by is Measure.PROMISE_DAYS,
        "total_days": sum((days.get(event_of(row), Decimal(0)) for row in found), Decimal(0)),
        "total": total,
        "total_text": show.hours(total),
        "bars": bars,
        "cause": cause,
        "bar": _bar(bars, cause),
        "with_worth": bool(worths),
        "operation": _operation(operation),
    }


def _bar(bars: Sequence[ReasonShare], cause: str) -> ReasonShare | None:
    return next((bar for bar in bars if str(bar.cause) == cause), None)


def _operation(operation: str) -> Operation | None:
    if not operation.isdecimal():
        return None
    return Operation.objects.select_related("order").filter(pk=int(operation[:18])).first()


def _speed(request: HttpRequest, reading: Reading, machines: Mapping[int, Machine]) -> dict[str, Any]:
    page = _page(request, paces(reading))
    operations = _operations({pace.operation for pace in page})
    elements, quantities = reading.total.elements, reading.total.quantities
    taken = elements.apt + elements.beyond
    return {
        "page": page,
        "paces": [
            (pace, machines[pace.machine], operations.get(pace.operation), _lost(pace)) for pace in page
        ],
        "taken": show.hours(taken),
        "planned": show.hours(quantities.standard),
        "lost": "–" if quantities.unpriced else show.signed_hours(taken - quantities.standard),
        "produced": quantities.produced,
    }


def _lost(pace: Pace) -> str:
    return "–" if pace.unpriced else show.signed_hours(pace.lost)


def _bookings(request: HttpRequest, period: Period, machines: Mapping[int, Machine]) -> dict[str, Any]:
    """The events of quantities with their sum, which is the one that every figure takes."""
    booked = queries.quantity_events(list(machines), period.span).reverse()
    page = _page(request, booked.select_related("order", "operation", "scrap_reason", "by", "machine"))
    return {
        "page": page,
        "bookings": [(event, _planned(event)) for event in page],
        "quantities": quantities_of(queries.pieces(list(machines), period.span)),
        "filters": _names(()),
    }


def _planned(event: ProductionEvent) -> str:
    row = queries.piece_row(event)
    return "–" if row.unpriced else show.signed_hours(timedelta(microseconds=round(row.standard)))


def _too_many(period: Period, machines: Mapping[int, Machine], shown: Sequence[str]) -> dict[str, Any]:
    """Too much time to read event by event: what each machine's part of it is, from rolled-up hours."""
    wanted = Machine.objects.filter(pk__in=machines)
    totals = read_totals(wanted, start=period.span.start, end=period.span.end)
    rows = []
    for row in totals.machines:
        elements, quantities = row.figures.elements, row.figures.quantities
        time = (
            elements.apt + elements.beyond - quantities.standard
            if list(shown) == [SPEED]
            else time_behind(elements, shown)
        )
        rows.append((time, machines[row.machine.id]))
    rows.sort(key=lambda row: (-row[0], row[1].code))
    return {
        "parts": [(machine, show.signed_hours(time)) for time, machine in rows],
        "total": show.signed_hours(sum((time for time, _machine in rows), ZERO)),
        "filters": _names(shown),
    }


def _named(
    page: Page[SlotSegment],
    machines: Mapping[int, Machine],
    worths: Mapping[int, Worth],
    days: Mapping[Hashable, Decimal],
) -> list[StretchRow]:
    """Two queries for the page's reasons and operations."""
    segments = [row.segment for row in page]
    reasons = queries.stop_reasons({each.reason for each in segments if each.reason is not None})
    operations = _operations({each.operation for each in segments if each.operation is not None})
    return [
        StretchRow(
            row,
            machines[row.machine],
            reasons.get(row.segment.reason or 0),
            operations.get(row.segment.operation or 0),
            worths.get(row.machine, NO_WORTH),
            days.get(event_of(row)),
        )
        for row in page
    ]


def _operations(wanted: Collection[int]) -> dict[int, Operation]:
    return Operation.objects.select_related("order").in_bulk(list(wanted))


def _filters(reading: Reading, shown: Collection[str]) -> list[tuple[str, Promise, bool, str]]:
    """Word, name, whether it is shown, and time, of everything that the page can show."""
    elements = reading.total.elements
    return [
        (key, name, on, show.hours(time))
        for key, name, on, _time in _names(shown)
        if (time := time_behind(elements, [key])) or on or key != BEYOND
    ]


def _names(shown: Collection[str]) -> list[tuple[str, Promise, bool, str]]:
    return [(key, show.TIME_NAMES[key], key in shown, "") for key in FILTERS]


def _up(request: HttpRequest, period: Period) -> str:
    """The address of the figures of the place."""
    place = [(name, request.GET[name]) for name in ("plant", "area", "group") if request.GET.get(name)]
    return "&".join(part for part in (urlencode(place), period.query) if part)


def _pairs(period: Period) -> list[tuple[str, str]]:
    return parse_qsl(period.query)


def _page(request: HttpRequest, rows: Any) -> Page[Any]:
    return Paginator(rows, EVENTS_PER_PAGE).get_page(request.GET.get("page"))
