"""Control charts: the list, one characteristic, its numbers for the picture, and one result."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from machines.models import Plant
from mes.accounts.access import needs
from mes.accounts.roles import Right
from orders.models import Item
from orders.views.terminal.access import at_terminal
from orders.views.terminal.context import terminal_context
from orders.views.terminal.operation import place_and_work
from quality.kpi.control import RULE_SETS, Control, control_of, control_of_scrap
from quality.models import Characteristic, InspectionResult
from quality.queries.spc import (
    charted_characteristics,
    machines_of,
    measured_on,
    scrap_of,
    scrap_places,
    values_of,
)
from quality.views.machine import machine_named

MOST = 200
PAGE = 50
NELSON_WORDS = {
    1: gettext_lazy("beyond a control limit"),
    2: gettext_lazy("nine points in a row on one side of the centre"),
    3: gettext_lazy("six points in a row rising or falling"),
    4: gettext_lazy("fourteen points in a row going up and down"),
    5: gettext_lazy("two of three points close to one control limit"),
    6: gettext_lazy("four of five points away from the centre on one side"),
    7: gettext_lazy("fifteen points in a row close to the centre"),
    8: gettext_lazy("eight points in a row away from the centre on both sides"),
}
WESTERN_WORDS = {
    1: NELSON_WORDS[1],
    2: NELSON_WORDS[5],
    3: NELSON_WORDS[6],
    4: gettext_lazy("eight points in a row on one side of the centre"),
}
WORDS = {"nelson": NELSON_WORDS, "western": WESTERN_WORDS}


@require_safe
@needs(Right.VIEW)
def spc_page(request: HttpRequest) -> HttpResponse:
    """The characteristics that have values, the newest first, and where scrap is charted."""
    page = Paginator(charted_characteristics(), PAGE).get_page(request.GET.get("page"))
    return render(request, "quality/spc.html", {"page": page, "scrap": scrap_places()})


@require_safe
@needs(Right.VIEW)
def characteristic_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One machine's chart: values of several machines in one would look like a process out of control."""
    characteristic = _characteristic(pk)
    machines = machines_of(characteristic)
    machine = _machine(request, machines)
    values = values_of(characteristic, most=MOST, machine=machine)
    control = control_of(characteristic, values, rules=_rules(request))
    context = {
        "characteristic": characteristic,
        "control": control,
        "machines": machines,
        "machine": machine,
        "indices": indices(control),
        "findings": findings(control),
        "chart_url": _chart_url(characteristic, machine, control.rules),
        "rule_sets": [("nelson", "Nelson"), ("western", "Western Electric")],
        "most": MOST,
    }
    return render(request, "quality/characteristic.html", context)


@require_safe
@needs(Right.VIEW)
def machine_capability(request: HttpRequest, code: str) -> HttpResponse:
    """How well a machine keeps the limits of what it makes: Cm and Cmk of the latest run of each item."""
    machine = machine_named(code)
    rows = [
        (characteristic, control_of(characteristic, values).machine)
        for characteristic, values in measured_on(machine, most=MOST)
    ]
    context = {"machine": machine, "rows": [row for row in rows if row[1] is not None]}
    return render(request, "quality/_capability.html", context)


@require_safe
@at_terminal
def terminal_chart(request: HttpRequest, machine: int, operation: int, characteristic: int) -> HttpResponse:
    """The same chart for whoever stands at the machine."""
    here, work = place_and_work(machine, operation)
    asked = _characteristic(characteristic)
    control = control_of(asked, values_of(asked, most=MOST, machine=here.code))
    context = terminal_context(request, here) | {
        "operation": work,
        "order": work.order,
        "characteristic": asked,
        "control": control,
        "findings": findings(control),
        "chart_url": _chart_url(asked, here.code, control.rules),
    }
    return render(request, "terminal/chart.html", context)


@require_safe
@needs(Right.VIEW)
def chart_json(request: HttpRequest, pk: int) -> JsonResponse:
    """What the picture is drawn from; a point's ``page`` leads to its inspection."""
    characteristic = _characteristic(pk)
    machine = _machine(request, machines_of(characteristic))
    values = values_of(characteristic, most=MOST, machine=machine)
    control = control_of(characteristic, values, rules=_rules(request))
    limits = {
        name: None if value is None else float(value)
        for name, value in (
            ("lower", characteristic.lower),
            ("upper", characteristic.upper),
            ("nominal", characteristic.nominal),
        )
    }
    pages = [reverse("inspection-result", args=[point.result]) for point in control.points]
    return JsonResponse(as_json(control, pages) | {"limits": limits, "decimals": characteristic.decimals + 1})


@require_safe
@needs(Right.VIEW)
def scrap_page(request: HttpRequest, plant: int, item: str, number: str) -> HttpResponse:
    """The p-chart of scrap of one operation of an item, order by order."""
    where, made = get_object_or_404(Plant, pk=plant), get_object_or_404(Item, code=item)
    control = control_of_scrap(scrap_of(where, made, number, most=MOST), rules=_rules(request))
    context = {
        "plant": where,
        "item": made,
        "number": number,
        "control": control,
        "findings": findings(control),
        "chart_url": reverse("spc-scrap-chart", args=[plant, item, number]) + f"?rules={control.rules}",
        "rule_sets": [("nelson", "Nelson"), ("western", "Western Electric")],
    }
    return render(request, "quality/scrap_chart.html", context)


@require_safe
@needs(Right.VIEW)
def scrap_json(request: HttpRequest, plant: int, item: str, number: str) -> JsonResponse:
    where, made = get_object_or_404(Plant, pk=plant), get_object_or_404(Item, code=item)
    control = control_of_scrap(scrap_of(where, made, number, most=MOST), rules=_rules(request))
    pages = [reverse("order", args=[point.result]) for point in control.points]
    return JsonResponse(as_json(control, pages) | {"limits": {}, "decimals": 4})


@require_safe
@needs(Right.VIEW)
def result_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One result: what was found, by whom, with what, at which operation and machine."""
    result = get_object_or_404(
        InspectionResult.objects.select_related(
            *("characteristic__plan__item", "operation__order__item", "operation__plant", "machine", "run"),
            *("gauge", "by", "corrects", "corrected_by"),
        ),
        pk=pk,
    )
    return render(request, "quality/result.html", {"result": result, "flags": _flags(result)})


def as_json(control: Control, pages: list[str]) -> dict[str, Any]:
    """The charts of a control with their marks in words."""
    words = WORDS[control.rules]
    return {
        "points": [
            {"at": point.at.isoformat(), "order": point.order, "machine": point.machine, "page": page}
            for point, page in zip(control.points, pages, strict=True)
        ],
        "phases": list(control.phases),
        "charts": [
            {
                "name": drawn.name,
                "first": drawn.first,
                "points": list(drawn.chart.points),
                "centre": list(drawn.chart.centre),
                "lower": list(drawn.chart.lower),
                "upper": list(drawn.chart.upper),
                "broken": {at: [str(words[one]) for one in numbers] for at, numbers in drawn.broken.items()},
            }
            for drawn in control.charts
        ],
    }


def findings(control: Control) -> list[dict[str, Any]]:
    """The points that break a rule, newest first, in words."""
    words = WORDS[control.rules]
    found: list[dict[str, Any]] = [
        {
            "chart": drawn.name,
            "point": control.points[drawn.first + at],
            "words": [words[number] for number in numbers],
        }
        for drawn in control.charts
        for at, numbers in drawn.broken.items()
    ]
    return sorted(found, key=lambda each: each["point"].at, reverse=True)[:20]


def indices(control: Control) -> list[dict[str, Any]]:
    """The capability indices with their names and what they say."""
    rows = (
        ("Cp", "Cpk", control.within, _("the process: spread within samples")),
        ("Pp", "Ppk", control.overall, _("the process: all values together")),
        ("Cm", "Cmk", control.machine, _("the machine: the latest run alone")),
    )
    return [
        {"name": name, "index": index, "meaning": meaning}
        for potential, actual, found, meaning in rows
        if found is not None
        for name, index in ((potential, found.potential), (actual, found.actual))
        if index is not None
    ]


def _flags(result: InspectionResult) -> list[str]:
    field = InspectionResult._meta.get_field("flags").base_field
    names = dict(field.flatchoices)
    return [str(names.get(flag, flag)) for flag in result.flags]


def _characteristic(pk: int) -> Characteristic:
    return get_object_or_404(
        Characteristic.objects.select_related("plan__item", "plan__plant", "gauge"), pk=pk
    )


def _machine(request: HttpRequest, machines: list[str]) -> str:
    """The machine that was asked for, else the one that found something last."""
    wanted = request.GET.get("machine", "")
    return wanted if wanted in machines or not machines else machines[0]


def _chart_url(characteristic: Characteristic, machine: str, rules: str) -> str:
    asked = urlencode({"rules": rules, "machine": machine})
    return f"{reverse('spc-chart', args=[characteristic.pk])}?{asked}"


def _rules(request: HttpRequest) -> str:
    wanted = request.GET.get("rules", "nelson")
    return wanted if wanted in RULE_SETS else "nelson"
