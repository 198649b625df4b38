"""One machine: what it does now, its time as a picture, its figures and stops, and the events behind them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from machines.domain.calendars.load import load_calendar
from machines.enums import MachineState
from machines.models import Machine
from mes.accounts.access import needs
from mes.accounts.roles import Right
from mes.lib import live
from mes.lib.spans import Span
from quality.enums import ShownState
from quality.kpi.collect import read_figures
from quality.kpi.stops import coding_rate
from quality.queries.timeline import timeline
from quality.queries.timeline.picture import Timeline
from quality.queries.wall import Tile, tiles, tiles_by_key
from quality.views import figures as show
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
        "bounds": show.bounds(figures),
        "coding_rate": coding_rate(reading),
        "events_url": f"{reverse('machine-events', args=[machine.code])}?{period.query}",
    }


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
