"""Standards and the truth: what is planned beside what is measured, and one click to tell the ERP."""

from __future__ import annotations

import csv
import uuid
from collections.abc import Sequence
from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from integrations.domain.outbox.compose import PROPOSAL
from integrations.domain.proposals import connections_for, propose_standard
from integrations.models import OutboundMessage
from machines.models import Machine, Plant
from mes.accounts.access import needs
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.lib.downloads import name_as_file
from mes.lib.errors import MesError
from mes.lib.spans import Span
from orders.planning.load import Loaded, load
from orders.planning.profiles.past import assumed_availability
from quality.kpi.assumptions import assumption_gaps
from quality.kpi.gaps import WINDOW, Gap, truth_gaps
from quality.kpi.priced import Priced, priced
from quality.views.scope import Scope, scope_of

MOST_MACHINES = 60
SHOWN = 200


@require_safe
@needs(Right.VIEW)
def standards_page(request: HttpRequest) -> HttpResponse:
    """`/standards/?plant=…&area=…`: of the last four weeks. `&export=csv`: as a file."""
    scope, span = scope_of(request), _window()
    is_too_much = scope.machines.count() > MOST_MACHINES
    rows = [] if is_too_much else _priced(scope, span)
    gaps = [row.gap for row in rows]
    if request.GET.get("export") == "csv":
        return _export(gaps)
    sent = _sent(gaps)
    context = {
        "scope": scope,
        "span": span,
        "too_much": is_too_much,
        "most": MOST_MACHINES,
        "gaps": [(row.gap, sent.get(row.gap.key), uuid.uuid4(), row) for row in rows[:SHOWN]],
        "tab": "standards",
        "days": sum(row.days for row in rows),
        "partners": connections_for(scope.plant.pk) if scope.plant else (),
        "query": request.GET.urlencode(),
    }
    return render(request, "integrations/standards.html", context)


@require_POST
@needs(Right.MESSAGES)
def propose(request: HttpRequest) -> HttpResponse:
    """Measure again and send: what the page showed may be old by now."""
    scope, span = scope_of(request), _window()
    back = redirect(f"{reverse('standards')}?{request.GET.urlencode()}")
    gap = _gap(scope, request.POST.get("gap", ""), span)
    if gap is None:
        messages.error(request, _("This standard was not used in the last four weeks."))
        return back
    try:
        key = uuid.UUID(request.POST.get("key", ""))
        made = propose_standard(gap=gap, measured_in=span, by=cast(User, request.user), key=key)
    except ValueError:
        messages.error(request, _("The form came without its key. Please load the page again."))
    except MesError as error:
        messages.error(request, str(error))
    else:
        names = ", ".join(message.connection.name for message in made)
        messages.success(request, _("Proposed to %(names)s.") % {"names": names})
    return back


def _window() -> Span:
    now = timezone.now()
    return Span(now - WINDOW, now)


def _gap(scope: Scope, key: str, span: Span) -> Gap | None:
    _standard, _colon, rest = key.partition(":")
    machine, _colon, _item = rest.partition(":")
    machines = list(scope.machines.filter(code=machine).select_related("group", "plant"))
    gaps = truth_gaps(scope.machines.filter(code=machine), span)
    gaps += [gap for each in machines for gap in _assumed(each.plant, [each])[0]]
    return next((gap for gap in gaps if gap.key == key), None)


def _priced(scope: Scope, span: Span) -> list[Priced]:
    """Everything that is assumed of the machines, and what it costs the plants' open orders."""
    machines = list(scope.machines.select_related("group", "plant"))
    rates = {machine.code: float(machine.rate) for machine in machines if machine.rate}
    gaps, rows = truth_gaps(scope.machines, span), []
    for plant in sorted({machine.plant for machine in machines}, key=lambda one: one.pk):
        own = [machine for machine in machines if machine.plant_id == plant.pk]
        found, loaded = _assumed(plant, own)
        # What cycles say goes before what whole runs say.
        told = {gap.key: gap for gap in [*found, *gaps] if gap.plant == plant.pk}
        rows += priced(told.values(), loaded, rates)
    return sorted(rows, key=lambda row: (-abs(row.days), -abs(row.gap.hours), row.gap.key))


def _assumed(plant: Plant, machines: list[Machine]) -> tuple[list[Gap], Loaded]:
    loaded = load(plant, now=timezone.now().replace(microsecond=0))
    gaps = assumption_gaps(loaded.profiles, machines, assumed=assumed_availability(plant))
    return gaps, loaded


def _sent(gaps: Sequence[Gap]) -> dict[str, OutboundMessage]:
    """The last proposal of each standard."""
    found = OutboundMessage.objects.filter(
        kind=PROPOSAL, canonical__gap__in=[gap.key for gap in gaps[:SHOWN]]
    ).order_by("pk")
    return {message.canonical["gap"]: message for message in found}


def _export(gaps: Sequence[Gap]) -> HttpResponse:
    """For partners whose format has no place for a proposal. Seconds."""
    answer = name_as_file(HttpResponse(content_type="text/csv; charset=utf-8"), "standards.csv")
    rows = csv.writer(answer)
    rows.writerow(
        ("standard", "machine", "item", "planned", "measured", "low", "high", "measurements", "hours")
    )
    for gap in gaps:
        numbers = (gap.planned, gap.measured, gap.low, gap.high)
        rows.writerow(
            (
                *(gap.standard.value, gap.machine, gap.item),
                *(f"{number:.3f}" for number in numbers),
                *(gap.count, f"{gap.hours:.2f}"),
            )
        )
    return answer
