"""Figures of plants, areas, machine groups and machines for any interval, down to the events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
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
from quality.kpi.coding import coding_quality
from quality.kpi.collect import Figures, MachineTotals, Totals, read_figures
from quality.kpi.definitions import DEFINITION_SETS
from quality.kpi.ranking import Candidate, Standing, rank
from quality.kpi.rolled import read_totals
from quality.views import figures as show
from quality.views.pareto import pareto_context
from quality.views.period import NEAR, Period, period_of
from quality.views.scope import Scope, scope_of

KEPT = ("plant", "area", "group", "definition")
"""What stays in addresses when one goes on to another interval."""
MOST_MACHINE_TIME = timedelta(days=1500)
"""More machines times time than this are not read stop by stop."""


@dataclass(frozen=True, slots=True)
class Row:
    """A place one level below the page's, with its figures and the page about it."""

    code: str
    name: str
    url: str
    events_url: str
    figures: Figures
    standing: Standing

    @property
    def refusal(self) -> str:
        return show.refusal(self.standing, self.figures)

    @property
    def factors(self) -> Any:
        return show.factors(self.figures)

    @property
    def oee(self) -> show.Figure:
        return show.oee_figure(self.figures)

    @property
    def planned(self) -> show.Figure:
        return show.elements_of(self.figures)[0]


@require_safe
@needs(Right.VIEW)
def oee_page(request: HttpRequest) -> HttpResponse:
    """`/oee/?plant=…&area=…&period=…&definition=…`. The number of queries doesn't depend on machines."""
    scope = scope_of(request, with_groups=True)
    period = period_in(request, scope)
    definition = request.GET.get("definition", "")
    chosen = definition if definition in DEFINITION_SETS else None
    reading = read_totals(
        scope.machines,
        start=period.span.start,
        end=period.span.end,
        definition=chosen,
    )
    total = reading.total
    rows = _rows(scope, reading, period, chosen=chosen)
    kept = [(name, request.GET[name]) for name in KEPT if request.GET.get(name)]
    context = {
        "kept": kept,
        "keep": urlencode(kept),
        "kept_with_period": [
            *((name, value) for name, value in kept if name != "definition"),
            *parse_qsl(period.query),
        ],
        "kept_for_group": [
            *((name, value) for name, value in kept if name != "group"),
            *parse_qsl(period.query),
        ],
        "scope": scope,
        "period": period,
        "reading": reading,
        "definitions": DEFINITION_SETS.values(),
        "rows": rows,
        "refused": [row for row in rows if row.standing.refusal],
        "losses": show.losses(total),
        "bounds": show.bounds(total),
        "translated": show.translated(total),
        "figures": total,
        "oee": show.oee_figure(total),
        "factors": show.factors(total),
        "coverage": show.coverage_figure(total),
        "elements": show.elements_of(total),
        "warnings": show.warnings(total),
        "pareto_url": f"{reverse('oee-stops')}?{request.GET.urlencode()}",
        "events_url": events_url(kept, period),
    }
    return render(request, "quality/oee.html", context)


@require_safe
@needs(Right.VIEW)
def oee_stops(request: HttpRequest) -> HttpResponse:
    """The stops by reason of the same place and interval: read from events, so the page asks for it apart."""
    scope = scope_of(request, with_groups=True)
    period = period_in(request, scope)
    if scope.machines.count() * period.span.duration > MOST_MACHINE_TIME:
        return render(request, "quality/_too_much.html")
    reading = read_figures(scope.machines, start=period.span.start, end=period.span.end)
    kept = [(name, request.GET[name]) for name in KEPT if request.GET.get(name)]
    context = pareto_context(reading, request.GET.get("measure", ""), most=8) | {
        "period": period,
        "coding": coding_quality(reading),
        "coding_url": f"{reverse('stop-coding')}?{urlencode(kept)}&{period.query}",
        "pareto_url": f"{reverse('oee-stops')}?{urlencode(kept)}&{period.query}",
        "events_url": events_url(kept, period),
    }
    return render(request, "quality/_pareto.html", context)


def events_url(kept: Iterable[tuple[str, str]], period: Period) -> str:
    """The page of the events of a place; what it shows is still to be added."""
    place = urlencode([(name, value) for name, value in kept if name != "definition"])
    return f"{reverse('oee-events')}?{'&'.join(part for part in (place, period.query) if part)}"


def period_in(request: HttpRequest, scope: Scope) -> Period:
    """The shifts are those of the first machine in scope."""
    now = timezone.now()
    place = scope.plant or (scope.plants[0] if scope.plants else None)
    first = scope.machines.values_list("pk", flat=True).first()
    if place is None or first is None:
        return period_of(request, calendar=None, zone=ZoneInfo(scope.time_zone), now=now)
    wide = period_of(request, calendar=None, zone=place.zone, now=now).span
    around = Span(min(wide.start, now) - 2 * NEAR, max(wide.end, now) + 2 * NEAR)
    return period_of(request, calendar=load_calendars([first], around)[first], zone=place.zone, now=now)


@dataclass(frozen=True, slots=True)
class _Place:
    """A place one level down: what to call it, where its page is, and which machines stand there."""

    code: str
    name: str
    url: str
    events_url: str
    figures: Figures
    definitions: frozenset[str]


def _rows(scope: Scope, reading: Totals, period: Period, *, chosen: str | None) -> list[Row]:
    """Plants of everything, areas of a plant, machines of an area or a group; each with its rank."""
    places = {str(number): place for number, place in enumerate(_places(scope, reading, period))}
    ranking = rank(
        {key: Candidate(place.figures, place.definitions) for key, place in places.items()}, chosen=chosen
    )
    return [
        Row(place.code, place.name, place.url, place.events_url, place.figures, ranking.standings[key])
        for key, place in places.items()
    ]


def _places(scope: Scope, reading: Totals, period: Period) -> Iterator[_Place]:
    if scope.is_small:
        for row in reading.machines:
            url = f"{reverse('machine', args=[row.machine.code])}?{period.query}"
            own = frozenset({row.machine.definition})
            behind = f"{reverse('machine-events', args=[row.machine.code])}?{period.query}"
            yield _Place(row.machine.code, row.machine.name, url, behind, row.figures, own)
    elif scope.plant is not None:
        by_area, own_of = reading.by_area(), _definitions((r.machine.area, r) for r in reading.machines)
        for area in scope.areas:
            if area.pk in by_area:
                place = {"plant": scope.plant.code, "area": area.code}
                url, behind = _address(period, **place), events_url(place.items(), period)
                yield _Place(area.code, area.name, url, behind, by_area[area.pk], own_of[area.pk])
    else:
        by_plant, own_of = reading.by_plant(), _definitions((r.machine.plant, r) for r in reading.machines)
        for plant in scope.plants:
            if plant.pk in by_plant:
                place = {"plant": plant.code}
                url, behind = _address(period, **place), events_url(place.items(), period)
                yield _Place(plant.code, plant.name, url, behind, by_plant[plant.pk], own_of[plant.pk])


def _definitions(rows: Iterable[tuple[int, MachineTotals]]) -> dict[int, frozenset[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    for place, row in rows:
        found[place].add(row.machine.definition)
    return {place: frozenset(codes) for place, codes in found.items()}


def _address(period: Period, **place: str) -> str:
    return f"{reverse('oee')}?{urlencode(place)}&{period.query}"
