"""Figures of plants, areas and machines for any interval, down to the events."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from machines.domain.calendars.load import load_calendars
from mes.accounts.access import needs
from mes.accounts.roles import Right
from mes.lib.spans import Span
from quality.kpi.collect import Figures, Totals, read_figures
from quality.kpi.definitions import DEFINITION_SETS
from quality.kpi.rolled import read_totals
from quality.kpi.stops import stop_pareto
from quality.views import figures as show
from quality.views.period import NEAR, Period, period_of
from quality.views.scope import Scope, scope_of

MOST_MACHINE_TIME = timedelta(days=1500)
"""More machines times time than this are not read stop by stop."""


@dataclass(frozen=True, slots=True)
class Row:
    """A place one level below the page's, with its figures and the page about it."""

    code: str
    name: str
    url: str
    figures: Figures

    @property
    def factors(self) -> Any:
        return show.factors(self.figures)

    @property
    def oee(self) -> show.Figure:
        return show.oee_figure(self.figures)


@require_safe
@needs(Right.VIEW)
def oee_page(request: HttpRequest) -> HttpResponse:
    """`/oee/?plant=…&area=…&period=…&definition=…`. The number of queries doesn't depend on machines."""
    scope = scope_of(request)
    period = _period(request, scope)
    definition = request.GET.get("definition", "")
    reading = read_totals(
        scope.machines,
        start=period.span.start,
        end=period.span.end,
        definition=definition if definition in DEFINITION_SETS else None,
    )
    total = reading.total
    kept = [(name, request.GET[name]) for name in ("plant", "area", "definition") if request.GET.get(name)]
    context = {
        "kept": kept,
        "keep": urlencode(kept),
        "kept_with_period": [
            *((name, value) for name, value in kept if name != "definition"),
            *parse_qsl(period.query),
        ],
        "scope": scope,
        "period": period,
        "reading": reading,
        "definitions": DEFINITION_SETS.values(),
        "rows": _rows(scope, reading, period),
        "figures": total,
        "oee": show.oee_figure(total),
        "factors": show.factors(total),
        "coverage": show.coverage_figure(total),
        "elements": show.elements_of(total),
        "warnings": show.warnings(total),
        "pareto_url": f"{reverse('oee-stops')}?{request.GET.urlencode()}",
    }
    return render(request, "quality/oee.html", context)


@require_safe
@needs(Right.VIEW)
def oee_stops(request: HttpRequest) -> HttpResponse:
    """The stops by reason of the same place and interval: read from events, so the page asks for it apart."""
    scope = scope_of(request)
    period = _period(request, scope)
    if scope.machines.count() * period.span.duration > MOST_MACHINE_TIME:
        return render(request, "quality/_too_much.html")
    reading = read_figures(scope.machines, start=period.span.start, end=period.span.end)
    return render(request, "quality/_pareto.html", {"pareto": stop_pareto(reading)[:8], "period": period})


def _period(request: HttpRequest, scope: Scope) -> Period:
    """The shifts are those of the first machine in scope."""
    now = timezone.now()
    place = scope.plant or (scope.plants[0] if scope.plants else None)
    first = scope.machines.values_list("pk", flat=True).first()
    if place is None or first is None:
        return period_of(request, calendar=None, zone=ZoneInfo(scope.time_zone), now=now)
    wide = period_of(request, calendar=None, zone=place.zone, now=now).span
    around = Span(min(wide.start, now) - 2 * NEAR, max(wide.end, now) + 2 * NEAR)
    return period_of(request, calendar=load_calendars([first], around)[first], zone=place.zone, now=now)


def _rows(scope: Scope, reading: Totals, period: Period) -> list[Row]:
    """Plants of everything, areas of a plant, machines of an area."""
    if scope.area is not None:
        return [
            Row(
                row.machine.code,
                row.machine.name,
                f"{reverse('machine', args=[row.machine.code])}?{period.query}",
                row.figures,
            )
            for row in reading.machines
        ]
    if scope.plant is not None:
        by_area = reading.by_area()
        return [
            Row(
                area.code,
                area.name,
                _address(period, plant=scope.plant.code, area=area.code),
                by_area[area.pk],
            )
            for area in scope.areas
            if area.pk in by_area
        ]
    by_plant = reading.by_plant()
    return [
        Row(plant.code, plant.name, _address(period, plant=plant.code), by_plant[plant.pk])
        for plant in scope.plants
        if plant.pk in by_plant
    ]


def _address(period: Period, **place: str) -> str:
    return f"{reverse('oee')}?{urlencode(place)}&{period.query}"
