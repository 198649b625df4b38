"""All versions of a plan, and two of them beside each other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from mes.accounts.access import needs
from mes.accounts.roles import Right
from orders.models import Plan
from orders.queries.plan_compare import Difference, compare_plans
from orders.queries.plans import newest_plans
from orders.views.plan_area import MADE, plan_area, plan_named
from orders.views.plan_causes import cause_of

PAGE = 50
DRAWN = 12
"""How many orders the picture shows."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One order of the picture: places of its two ends and its due date in thousandths of the width."""

    order: Difference
    before: float
    after: float
    due: float | None


@require_safe
@needs(Right.VIEW)
def plan_versions(request: HttpRequest) -> HttpResponse:
    """`/plan/versions/?plant=…&number=…&against=…`: all versions; the second beside the first, by default the
    newest that was made beside the one in force, or where they are the same beside the one before it."""
    context = plan_area(request, tab="versions")
    plant = context["plant"]
    versions = newest_plans(plant)
    made = [one for one in versions if one.state in MADE]
    after = plan_named(plant, request.GET.get("number", "")) or (made[0] if made else None)
    before = plan_named(plant, request.GET.get("against", "")) or _before(context["in_force"], after, made)
    context |= {"versions": versions, "made": made, "before": before, "after": after, "plan": after}
    with timezone.override(plant.zone):
        context["told"] = [(one, cause_of(one)) for one in versions]
    if before is not None and after is not None and before.pk != after.pk:
        comparison = compare_plans(before, after)
        context |= {
            "comparison": comparison,
            "page": Paginator(comparison.rows, PAGE).get_page(request.GET.get("page")),
            "drawn": _drawn(comparison.rows[:DRAWN]),
        }
    return render(request, "orders/plan_versions.html", context)


def _before(in_force: Plan | None, after: Plan | None, made: list[Plan]) -> Plan | None:
    """What to compare ``after`` with if nobody says."""
    if in_force is None or after is None or in_force.pk != after.pk:
        return in_force
    return next((one for one in made if one.number < after.number), in_force)


def _drawn(rows: list[Difference]) -> list[Drawn]:
    shown = [row for row in rows if row.before and row.after]
    moments = [moment for row in shown for moment in (row.before, row.after, row.due) if moment]
    if not moments:
        return []
    first, last = min(moments), max(moments)
    whole = max((last - first).total_seconds(), 1.0)

    def place(moment: datetime) -> float:
        return round(10 + 980 * (moment - first).total_seconds() / whole, 1)

    return [
        Drawn(row, place(row.before), place(row.after), place(row.due) if row.due else None)
        for row in shown
        if row.before and row.after
    ]
