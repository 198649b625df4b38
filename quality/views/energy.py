"""What a machine used of energy, by what its time counts as and per piece, and the readings behind it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.views.decorators.http import require_safe

from machines.models import EnergyUse, Machine
from machines.queries.energy import Amount, MachineEnergy, energy_of, metered
from mes.accounts.access import needs
from mes.accounts.roles import Right
from mes.lib.spans import Span
from mes.lib.templatetags import percent, quantity
from quality.enums import ShownState
from quality.kpi import formulas
from quality.kpi.behind import BEYOND
from quality.kpi.collect import read_figures
from quality.kpi.energy import energy_by_use
from quality.views import figures as show
from quality.views.explanations import EXPLANATIONS
from quality.views.figures import Figure
from quality.views.machine import EVENTS_PER_PAGE, machine_named, period_at


@dataclass(frozen=True, slots=True)
class UseRow:
    """The energy of the time that counts as ``key``; ``share`` of 1."""

    key: str
    amount: Amount
    share: Decimal | None

    @property
    def name(self) -> Promise:
        return show.TIME_NAMES[self.key]

    @property
    def dot(self) -> str:
        """The colour of the state, as the wall has it."""
        return DOTS[self.key].value


DOTS = {
    "apt": ShownState.RUNNING,
    BEYOND: ShownState.RUNNING,
    "aust": ShownState.SETUP,
    "micro": ShownState.MICRO_STOP,
    "adet": ShownState.STOP,
    "adot": ShownState.NO_ORDER,
    "pdot": ShownState.BREAK,
    "unknown": ShownState.UNKNOWN,
    "off": ShownState.NO_SHIFT,
}
RUNNING = ("apt", BEYOND)


@require_safe
@needs(Right.VIEW)
def machine_energy(request: HttpRequest, code: str) -> HttpResponse:
    """The panel of the machine's page; empty for a machine whose meters tell nothing of the interval.

    `&rows`: what was used from reading to reading, as a page of its own.
    """
    machine = machine_named(code)
    period = period_at(request, machine)
    rows_url = f"{reverse('machine-energy', args=[machine.code])}?{period.query}&rows"
    context: dict[str, Any] = {"machine": machine, "period": period, "rows_url": rows_url}
    context["events_url"] = f"{reverse('machine-events', args=[machine.code])}?{period.query}"
    span = Span(period.span.start, max(period.span.start, min(period.span.end, timezone.now())))
    if "rows" in request.GET:
        rows = EnergyUse.objects.filter(
            machine=machine, started_at__gte=span.start, started_at__lt=span.end
        ).order_by("-started_at")
        context["page"] = Paginator(rows, EVENTS_PER_PAGE).get_page(request.GET.get("page"))
        return render(request, "quality/energy_rows.html", context)
    found = energy_of([machine.pk], span).get(machine.pk)
    if found is not None:
        context |= _context(machine, found)
    return render(request, "quality/_energy.html", context)


def _context(machine: Machine, found: MachineEnergy) -> dict[str, Any]:
    wanted = Machine.objects.filter(pk=machine.pk)
    [reading] = read_figures(wanted, start=found.span.start, end=found.span.end).machines
    told = metered([machine.pk], found.span)[machine.pk]
    uses = [
        UseRow(key, amount, formulas.ratio(amount.kwh, found.total.kwh))
        for key, amount in energy_by_use(told, reading.segments, found.span)
    ]
    standing = sum((row.amount.kwh for row in uses if row.key not in RUNNING), Decimal(0))
    figures = _figures(found, reading.figures.quantities.produced, standing)
    return {"energy": found, "uses": uses, "figures": figures}


def _figures(found: MachineEnergy, pieces: Decimal, standing: Decimal) -> tuple[Figure, ...]:
    total = _kwh(found.total.kwh)
    per_piece = formulas.energy_per_piece(found.total.kwh, pieces)
    share, hours = formulas.ratio(standing, found.total.kwh), show.hours
    return (
        Figure("energy", "–" if per_piece is None else _kwh(per_piece, 3), f"{total} / {quantity(pieces)}"),
        Figure("energy_used", total, EXPLANATIONS["energy_used"].formula),
        Figure("energy_standing", percent(share), f"{_kwh(standing)} / {total}", share),
        Figure(
            "energy_metered",
            percent(found.coverage),
            f"{hours(found.total.known)} / {hours(found.span.duration)}",
            found.coverage,
        ),
    )


def _kwh(energy: Decimal, places: int = 1) -> str:
    return f"{number_format(energy, places, use_l10n=True, force_grouping=True)} kWh"
