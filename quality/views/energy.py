"""What a machine used of energy: by state and per piece, and the meter's readings behind it."""

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

from machines.enums import MachineState
from machines.models import EnergyUse, Machine
from machines.queries.energy import STATES, Amount, MachineEnergy, energy_of
from mes.accounts.access import needs
from mes.accounts.roles import Right
from mes.lib.spans import Span
from mes.lib.templatetags import percent, quantity
from quality.kpi import formulas
from quality.kpi.rolled import read_totals
from quality.views import figures as show
from quality.views.explanations import EXPLANATIONS
from quality.views.figures import Figure
from quality.views.machine import EVENTS_PER_PAGE, SHOWN_AS, machine_named, period_at


@dataclass(frozen=True, slots=True)
class StateRow:
    """A state's part of the energy; ``share`` of 1."""

    state: str
    amount: Amount
    share: Decimal | None

    @property
    def name(self) -> Promise:
        return MachineState(self.state).label

    @property
    def dot(self) -> str:
        """The colour of the state, as the wall has it."""
        return SHOWN_AS[MachineState(self.state)].value


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
    totals = read_totals(Machine.objects.filter(pk=machine.pk), start=found.span.start, end=found.span.end)
    pieces = totals.machines[0].figures.quantities.produced
    states = [
        StateRow(state, found.by_state[state], formulas.ratio(found.by_state[state].kwh, found.total.kwh))
        for state in STATES
        if state in found.by_state
    ]
    standing = sum((row.amount.kwh for row in states if row.state != "producing"), Decimal(0))
    return {"energy": found, "states": states, "figures": _figures(found, pieces, standing)}


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
