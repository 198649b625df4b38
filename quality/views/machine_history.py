"""What a machine has shown over time: how long its cycles take, and how long its setups."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from machines.domain.references import learned_references
from machines.models import Cycle, Machine, MachineNow
from mes.accounts.access import needs
from mes.accounts.roles import Right
from mes.lib.spans import Span
from orders.models import Run
from quality.queries import cycles as queries
from quality.queries.cycles import ItemCycles
from quality.views.machine import EVENTS_PER_PAGE, machine_named, period_at

YEAR = timedelta(days=365)
WIDTH, HEIGHT = 720, 180
"""Of the histogram, in its own units."""


@dataclass(frozen=True, slots=True)
class Column:
    """A bin as a column of the picture; ``query`` leads to its cycles."""

    x: float
    y: float
    width: float
    height: float
    count: int
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Line:
    """A line in the picture: ``kind`` is planned, learned, median, tenth or ninetieth."""

    kind: str
    x: float
    seconds: float


@require_safe
@needs(Right.VIEW)
def machine_cycles(request: HttpRequest, code: str) -> HttpResponse:
    """`…/cycles/?item=CODE`: the distribution of an item's cycle times; `&low=…&high=…`: its cycles (s)."""
    machine = machine_named(code)
    period = period_at(request, machine)
    if "low" in request.GET:
        return _cycle_list(request, machine)
    made = queries.items_made(machine, period.span)
    shown = next((each for each in made if each.item == request.GET.get("item")), made[0] if made else None)
    context = {"machine": machine, "period": period, "made": made, "shown": shown}
    if shown is not None:
        shorter, bins, longer = queries.histogram(machine, period.span, shown)
        most = max([each.count for each in bins] + [1])
        first = bins[0].low
        scale = WIDTH / (bins[-1].high - first)
        context |= {
            "columns": [
                Column(
                    round((each.low - first) * scale, 1),
                    round(HEIGHT - HEIGHT * each.count / most, 1),
                    round(WIDTH / len(bins) - 1, 1),
                    round(HEIGHT * each.count / most, 1),
                    each.count,
                    each.low,
                    each.high,
                )
                for each in bins
                if each.count
            ],
            "lines": [
                Line(kind, round((seconds - first) * scale, 1), seconds)
                for kind, seconds in _worth_a_line(machine, shown)
                if first <= seconds <= bins[-1].high
            ],
            "named": _worth_a_line(machine, shown),
            "shorter": shorter,
            "longer": longer,
        }
    return render(request, "quality/_cycles.html", context)


@require_safe
@needs(Right.VIEW)
def machine_references(request: HttpRequest, code: str) -> HttpResponse:
    """What the machine has learned of its own cycles, beside the plan."""
    machine = machine_named(code)
    rows = learned_references(machine, now=timezone.now())
    return render(request, "quality/_references.html", {"machine": machine, "rows": rows})


def _worth_a_line(machine: Machine, item: ItemCycles) -> list[tuple[str, float]]:
    """The learned reference is that of what is made now, so it is told only for this."""
    making = Run.objects.filter(
        machine=machine, ended_at__isnull=True, operation__order__item__code=item.item
    ).values("slot")
    learned = MachineNow.objects.filter(machine=machine, slot__in=making, reference_seconds__isnull=False)
    found = learned.values_list("reference_seconds", flat=True).first()
    return [
        *([("planned", item.planned)] if item.planned else []),
        *([("learned", found)] if found else []),
        ("median", item.median),
        ("tenth", item.tenth),
        ("ninetieth", item.ninetieth),
    ]


def _cycle_list(request: HttpRequest, machine: Machine) -> HttpResponse:
    period = period_at(request, machine)
    low, high = _seconds(request.GET.get("low", "")), _seconds(request.GET.get("high", ""))
    rows = Cycle.objects.filter(
        machine=machine, ended_at__gte=period.span.start, ended_at__lt=period.span.end
    )
    rows = rows.filter(duration__gte=low or timedelta())
    if high is not None:
        rows = rows.filter(duration__lt=high)
    page = Paginator(rows.order_by("-ended_at"), EVENTS_PER_PAGE).get_page(request.GET.get("page"))
    context = {"machine": machine, "period": period, "page": page, "low": low, "high": high}
    return render(request, "quality/cycles.html", context)


def _seconds(text: str) -> timedelta | None:
    try:
        return timedelta(seconds=float(text))
    except (ValueError, OverflowError):
        return None


@require_safe
@needs(Right.VIEW)
def machine_setups(request: HttpRequest, code: str) -> HttpResponse:
    """`…/setups/`: of the year before the end of the interval, by item before and after; `?before=…&after=…`:
    the runs of one such change-over.
    """
    machine = machine_named(code)
    period = period_at(request, machine)
    year = Span(period.span.end - YEAR, period.span.end)
    context = {"machine": machine, "period": period}
    if "before" in request.GET:
        before, after = request.GET["before"], request.GET.get("after", "")
        ids = queries.setup_runs(machine, year, before=before, after=after)
        runs = Run.objects.filter(pk__in=ids).select_related("operation__order__item").order_by("-started_at")
        context |= {"runs": runs, "before": before, "after": after}
        return render(request, "quality/setups.html", context)
    context["setups"] = queries.setups(machine, year)
    return render(request, "quality/_setups.html", context)
