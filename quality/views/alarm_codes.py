"""The machine codes that came with stops: what each means, what it could mean, and the stops it explains."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from machines.domain.alarms import apply_to_past, codes_heard, map_alarm, past_of
from machines.models import AlarmMapping, MachineGroup, StopReason
from mes.accounts.access import needs
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.lib.errors import MesError
from orders.views.problems import sentence
from quality.views.scope import scope_of

PERIODS = (7, 30, 90)
"""Days that one may look back."""
USUAL = 30


@require_safe
@needs(Right.VIEW)
def codes_page(request: HttpRequest) -> HttpResponse:
    """`/stops/codes/?plant=…&area=…&days=30&show=unknown`. The number of queries doesn't depend on codes."""
    scope = scope_of(request)
    days = _days(request.GET.get("days", ""))
    since = timezone.now() - timedelta(days=days)
    codes = codes_heard(scope.machines, since=since)
    unknown = [code for code in codes if code.mapping is None]
    only_unknown = request.GET.get("show") == "unknown"
    reasons: dict[int, list[StopReason]] = {}
    for reason in usable_reasons().filter(plant__in={code.group.plant_id for code in codes}):
        reasons.setdefault(reason.plant_id, []).append(reason)
    shown = unknown if only_unknown else codes
    context: dict[str, Any] = {
        "scope": scope,
        "days": days,
        "periods": PERIODS,
        "rows": [{"code": code, "reasons": reasons.get(code.group.plant_id, [])} for code in shown],
        "unknown": len(unknown),
        "all": len(codes),
        "only_unknown": only_unknown,
        "tab": "codes",
    }
    mapped = request.GET.get("mapped", "")
    if mapped.isdecimal():
        mapping = AlarmMapping.objects.select_related("reason", "group").filter(pk=int(mapped[:18])).first()
        if mapping is not None:
            context |= {"mapping": mapping, "past": past_of(mapping, since=since)}
    return render(request, "stops/codes.html", context)


@require_POST
@needs(Right.MASTER_DATA)
def map_code(request: HttpRequest) -> HttpResponse:
    """Accept a proposal, or choose another reason: fields `group`, `pattern`, `reason`, `days`."""
    group = get_object_or_404(MachineGroup, pk=_number(request, "group"))
    reason = get_object_or_404(StopReason, pk=_number(request, "reason"), active=True)
    try:
        mapping = map_alarm(
            group=group,
            pattern=request.POST.get("pattern", "")[:80],
            reason=reason,
            by=cast(User, request.user),
        )
    except MesError as error:
        messages.error(request, sentence(error))
        return redirect("stop-codes")
    return redirect(
        f"{reverse('stop-codes')}?{urlencode({'days': _posted_days(request), 'mapped': mapping.pk})}"
    )


@require_POST
@needs(Right.MASTER_DATA)
def apply_code(request: HttpRequest, pk: int) -> HttpResponse:
    """Explain the stops of the last `days` days that have this code and no reason."""
    mapping = get_object_or_404(AlarmMapping, pk=pk)
    days = _posted_days(request)
    since = timezone.now() - timedelta(days=days)
    done = apply_to_past(mapping=mapping, since=since, by=cast(User, request.user))
    messages.success(
        request, ngettext("%d stop has a reason now.", "%d stops have a reason now.", done) % done
    )
    return redirect(f"{reverse('stop-codes')}?{urlencode({'days': days})}")


def usable_reasons() -> QuerySet[StopReason]:
    """The reasons that can be given: active ones with none under them."""
    return StopReason.objects.filter(active=True).exclude(
        pk__in=StopReason.objects.filter(parent__isnull=False, active=True).values("parent")
    )


def _days(text: str) -> int:
    return int(text) if text.isdecimal() and int(text[:4]) in PERIODS else USUAL


def _posted_days(request: HttpRequest) -> int:
    return _days(request.POST.get("days", ""))


def _number(request: HttpRequest, name: str) -> int:
    text = request.POST.get(name, "")
    return int(text[:18]) if text.isdecimal() else 0
