"""One machine: what it does now, its time as a picture, its figures and stops, and the events behind them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from machines.domain.calendars.load import load_calendar
from machines.enums import MachineState
from machines.models import Machine, StopReason
from mes.accounts.access import needs
from mes.accounts.roles import Right
from mes.lib import live
from mes.lib.spans import ZERO, Span
from orders.models import Operation
from quality.enums import ShownState, Unexplained
from quality.kpi.collect import MachineFigures, Reading, read_figures
from quality.kpi.elements import Element, Source
from quality.kpi.facts import SlotSegment
from quality.kpi.stops import causes, coding_rate
from quality.queries import oee as queries
from quality.queries.timeline import Timeline, timeline
from quality.queries.wall import Tile, tiles, tiles_by_key
from quality.views import figures as show
from quality.views.explanations import EXPLANATIONS
from quality.views.pareto import pareto_context
from quality.views.period import NEAR, Period, period_of

EVENTS_PER_PAGE = 50


@require_safe
@needs(Right.VIEW)
def machine_page(request: HttpRequest, code: str) -> HttpResponse:
    """`/machines/<code>/?period=…`"""
    machine = machine_named(code)
    period = period_at(request, machine)
    context = {
        "machine": machine,
        "tile": tiles(Machine.objects.filter(pk=machine.pk))[0],
        "period": period,
        "legend": [(state.value, state.label) for state in DRAWN],
        "live_url": live.stream_url(machine_now=[machine.pk]),
        **_figures_context(request, machine, period),
    }
    return render(request, "quality/machine.html", context)


@require_safe
@needs(Right.VIEW)
def machine_figures(request: HttpRequest, code: str) -> HttpResponse:
    """The figures alone: the page asks for them again every minute."""
    machine = machine_named(code)
    period = period_at(request, machine)
    context = {"machine": machine, "period": period, **_figures_context(request, machine, period)}
    return render(request, "quality/_machine_figures.html", context)


@live.fragment("machine-now", topics=("machine", "machine-cycle"), right=Right.VIEW, load=tiles_by_key)
def render_now(found: Mapping[str, Tile]) -> dict[str, str]:
    """What these machines do at this moment."""
    return {key: render_to_string("quality/_machine_now.html", {"tile": tile}) for key, tile in found.items()}


@require_safe
@needs(Right.VIEW)
def machine_timeline(request: HttpRequest, code: str) -> HttpResponse:
    """The layers of the machine's time as JSON; moments are milliseconds since 1970, cycles seconds.

    `&from=…&to=…` (milliseconds) is a part of the interval, looked at closer.
    """
    machine = machine_named(code)
    now = timezone.now()
    whole = period_at(request, machine).span
    part = _part(request, whole)
    drawn = timeline(machine, part, now=now)
    return JsonResponse(
        _timeline_json(machine, drawn, now) | {"start": _ms(whole.start), "end": _ms(whole.end)}
    )


@require_safe
@needs(Right.VIEW)
def machine_events(request: HttpRequest, code: str) -> HttpResponse:
    """`…/events/?show=adet,micro&reason=5`: segments behind time elements; `show=pieces`: the bookings."""
    machine = machine_named(code)
    period = period_at(request, machine)
    shown = [key for key in request.GET.get("show", "").split(",") if key]
    wanted = request.GET.get("reason", "")
    kept = [(name, request.GET[name]) for name in ("show", "reason") if request.GET.get(name)]
    context: dict[str, Any] = {"machine": machine, "period": period, "shown": shown, "reason": wanted}
    context |= {"kept": kept, "keep": urlencode(kept)}
    if shown == ["pieces"]:
        booked = queries.quantity_events([machine.pk], period.span).reverse()
        context["page"] = _page(
            request, booked.select_related("order", "operation", "scrap_reason", "by", "machine")
        )
    else:
        reading = read_figures(
            Machine.objects.filter(pk=machine.pk), start=period.span.start, end=period.span.end
        )
        rows = _segments(reading, shown, wanted)
        page = _page(request, rows)
        context |= {"page": page, "rows": _with_names(page), "total": _total(rows)}
        context["reason_name"] = _reason_name(wanted)
    context |= {"filters": _filters(shown), "pieces_only": ["pieces"]}
    return render(request, "quality/machine_events.html", context)


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """A segment with what its ids mean."""

    row: SlotSegment
    reason: StopReason | None
    operation: Operation | None

    @property
    def element(self) -> Any:
        return EXPLANATIONS.get(ELEMENT_KEYS[self.row.segment.element])

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


SHOWN_AS = {
    MachineState.PRODUCING: ShownState.RUNNING,
    MachineState.MICRO_STOP: ShownState.MICRO_STOP,
    MachineState.STOP: ShownState.STOP,
    MachineState.IDLE: ShownState.STOP,
    MachineState.SETUP: ShownState.SETUP,
    MachineState.MAINTENANCE: ShownState.MAINTENANCE,
    MachineState.UNKNOWN: ShownState.UNKNOWN,
}
DRAWN = (*dict.fromkeys(SHOWN_AS.values()), ShownState.NO_ORDER)
"""The states of the picture, in the order of its legend."""
KNOWN_BY = {
    Source.CALENDAR: _("calendar"),
    Source.OBSERVED: _("signals"),
    Source.MANUAL: _("people"),
    Source.UNKNOWN: _("nobody"),
}
ELEMENT_KEYS = {
    Element.OFF: "off",
    Element.PLANNED_DOWN: "pdot",
    Element.PRODUCTION: "apt",
    Element.SETUP: "aust",
    Element.DELAY: "adet",
    Element.MICRO_STOP: "micro",
    Element.NO_ORDER: "adot",
    Element.UNKNOWN: "unknown",
}
"""Time elements and the keys of their explanations, which are also the words in addresses."""


def machine_named(code: str) -> Machine:
    return get_object_or_404(Machine.objects.select_related("plant", "area", "group"), code=code)


def period_at(request: HttpRequest, machine: Machine) -> Period:
    now = timezone.now()
    zone = machine.plant.zone
    wide = period_of(request, calendar=None, zone=zone, now=now).span
    around = Span(min(wide.start, now) - 2 * NEAR, max(wide.end, now) + 2 * NEAR)
    return period_of(request, calendar=load_calendar(machine.pk, around), zone=zone, now=now)


def _figures_context(request: HttpRequest, machine: Machine, period: Period) -> dict[str, Any]:
    reading = read_figures(
        Machine.objects.filter(pk=machine.pk), start=period.span.start, end=period.span.end
    )
    figures = reading.machines[0].figures
    return {
        "reading": reading,
        "figures": figures,
        "oee": show.oee_figure(figures),
        "factors": show.factors(figures),
        "coverage": show.coverage_figure(figures),
        "elements": show.elements_of(figures),
        "warnings": show.warnings(figures),
        **pareto_context(reading, request.GET.get("measure", "")),
        "losses": show.losses(figures),
        "with_events": ("pdot", "unknown", "adot", "aust", "adet", "micro"),
        "bounds": show.bounds(figures),
        "coding_rate": coding_rate(reading),
        "events_url": reverse("machine-events", args=[machine.code]),
    }


def _segments(reading: Reading, shown: Collection[str], reason: str) -> list[SlotSegment]:
    wanted = {element for element, key in ELEMENT_KEYS.items() if key in shown} or (
        set(ELEMENT_KEYS) - {Element.OFF}
    )
    machine: MachineFigures = reading.machines[0]
    if reason in set(Unexplained):
        found = [row for row, cause in causes(machine) if cause == reason]
    else:
        found = machine.of_element(*wanted)
        found = [row for row in found if not reason or str(row.segment.reason) == reason]
    return sorted(found, key=lambda row: row.segment.span.start, reverse=True)


def _with_names(page: Page[SlotSegment]) -> list[SegmentRow]:
    """Two queries for the page's reasons and operations."""
    segments = [row.segment for row in page]
    reasons = queries.stop_reasons({each.reason for each in segments if each.reason is not None})
    operations = Operation.objects.select_related("order").in_bulk(
        {each.operation for each in segments if each.operation is not None}
    )
    return [
        SegmentRow(row, reasons.get(row.segment.reason or 0), operations.get(row.segment.operation or 0))
        for row in page
    ]


def _total(rows: Collection[SlotSegment]) -> timedelta:
    return sum((row.segment.duration for row in rows), ZERO)


def _reason_name(reason: str) -> str:
    if reason in set(Unexplained):
        return str(Unexplained(reason).label)
    if not reason.isdecimal():
        return ""
    found = StopReason.objects.filter(pk=int(reason)).first()
    return found.name if found else ""


def _filters(shown: Collection[str]) -> list[tuple[str, Any, bool]]:
    """Address word, name and whether it is shown, of everything the page of events can show."""
    return [
        (key, EXPLANATIONS[key].name, key in shown)
        for key in ("apt", "aust", "adet", "micro", "adot", "unknown", "pdot")
    ]


def _page(request: HttpRequest, rows: Any) -> Page[Any]:
    return Paginator(rows, EVENTS_PER_PAGE).get_page(request.GET.get("page"))


def _part(request: HttpRequest, whole: Span) -> Span:
    """The asked part of ``whole``; all of it if none can be read."""
    try:
        start, end = (datetime.fromtimestamp(float(request.GET[name]) / 1000, UTC) for name in ("from", "to"))
        return Span(start, end) & whole or whole
    except (KeyError, ValueError, OverflowError):
        return whole


def _timeline_json(machine: Machine, drawn: Timeline, now: datetime) -> dict[str, Any]:
    reference = machine.reference_cycle_seconds
    return {
        "now": _ms(now),
        "zone": machine.plant.time_zone,
        "states": [
            [
                slot.slot,
                _ms(bar.span.start),
                _ms(bar.span.end),
                bar.state,
                bar.alarm,
                bar.reason.name if bar.reason else "",
            ]
            for slot in drawn.slots
            for bar in slot.states
        ],
        "runs": [
            [
                slot.slot,
                _ms(bar.span.start),
                _ms(bar.span.end),
                bar.phase,
                bar.run.operation.order.number,
                bar.run.operation.order.item.name,
                bar.run.operation.number,
                reverse("order", args=[bar.run.operation.order_id]),
            ]
            for slot in drawn.slots
            for bar in slot.runs
        ],
        "calendar": [
            [_ms(entry.span.start), _ms(entry.span.end), entry.kind.value, entry.shift]
            for entry in drawn.calendar
        ],
        "from": _ms(drawn.span.start),
        "to": _ms(drawn.span.end),
        "shares": [
            [slot.slot, _ms(share.span.start), _ms(share.span.end), share.state, share.low, share.high]
            for slot in drawn.slots
            for share in slot.shares
        ],
        "width": drawn.width // timedelta(milliseconds=1),
        "pieces": [[_ms(at), float(pieces - bad), float(bad)] for at, pieces, bad in drawn.pieces],
        "alarms": [[_ms(mark.at), mark.code, mark.times] for mark in drawn.alarms],
        "speed": [[_ms(at), round(cycle.total_seconds(), 2)] for at, cycle in drawn.speed],
        "reference": float(reference) if reference else None,
        "slots": machine.slots,
    }


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
