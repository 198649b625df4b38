"""The message monitor: what came and what went, in one list; and deciding about many at once."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime
from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_POST, require_safe

from integrations.domain.outbox.bulk import carry_on, decide
from integrations.enums import DecisionKind
from integrations.filters import InboundFilter, MessageFilter, OutboundFilter
from integrations.models import BulkDecision, InboundMessage, OutboundMessage
from integrations.queries.alarms import alarms
from integrations.queries.monitor import IN, OUT, counts, newest
from mes.accounts.access import needs
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.lib import live
from mes.lib.errors import MesError

PAGE = 50
ALL = "all"


@require_safe
@needs(Right.MESSAGES)
def monitor(request: HttpRequest, direction: str = "") -> HttpResponse:
    """Both directions, or one. ``before`` in the address: what is older than that moment."""
    inbound = InboundFilter(request.GET, queryset=InboundMessage.objects.all())
    outbound = OutboundFilter(request.GET, queryset=OutboundMessage.objects.all())
    shown: MessageFilter = inbound if direction == IN else outbound
    only_out = direction == OUT or (not direction and bool(request.GET.get("code")))
    lines = newest(
        None if only_out else inbound.qs,
        None if direction == IN else outbound.qs,
        limit=PAGE + 1,
        before=_moment(request.GET.get("before", "")),
    )
    context = {
        "filter": shown,
        "direction": direction,
        "lines": lines[:PAGE],
        "older": lines[PAGE - 1].moment.isoformat() if len(lines) > PAGE else "",
        "counts": counts(direction),
        "key": uuid.uuid4(),
        "alarms": alarms(),
        "live_url": live.stream_url(message_counts=[direction or ALL], partner_alarms=[ALL]),
    }
    return render(request, "integrations/monitor.html", context)


def _moment(text: str) -> datetime | None:
    try:
        found = parse_datetime(text.replace(" ", "+"))
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None


@require_POST
@needs(Right.MESSAGES)
def decide_many(request: HttpRequest) -> HttpResponse:
    """Send or discard the chosen messages, or all that the list's filter shows."""
    chosen = [int(text) for text in request.POST.getlist("message") if text.isdecimal() and len(text) < 18]
    if request.POST.get("all"):
        matching = OutboundFilter(request.GET, queryset=OutboundMessage.objects.all()).qs
        chosen = list(matching.order_by("pk").values_list("pk", flat=True))
    try:
        decision = decide(
            kind=DecisionKind(request.POST.get("kind", "")),
            messages=chosen,
            reason=request.POST.get("reason", ""),
            by=cast(User, request.user),
            key=uuid.UUID(request.POST.get("key", "")),
        )
    except MesError as error:
        messages.error(request, str(error))
    except ValueError:
        return HttpResponse(status=400)
    else:
        return redirect("bulk-decision", decision.pk)
    return redirect(f"{reverse('messages-out')}?{request.GET.urlencode()}")


@require_safe
@needs(Right.MESSAGES)
def bulk_decision(request: HttpRequest, pk: int) -> HttpResponse:
    """How far a decision is carried out."""
    decision = get_object_or_404(BulkDecision.objects.select_related("by"), pk=pk)
    return render(request, "integrations/bulk_decision.html", {"decision": decision})


@require_POST
@needs(Right.MESSAGES)
def carry_on_decision(request: HttpRequest, pk: int) -> HttpResponse:
    """What the page asks for while somebody watches: the next piece, and how far it is."""
    decision = carry_on(get_object_or_404(BulkDecision.objects.select_related("by"), pk=pk))
    return render(request, "integrations/_bulk_decision.html", {"decision": decision})


@require_safe
@needs(Right.MESSAGES)
def alarms_strip(request: HttpRequest) -> HttpResponse:
    """What every page of people with the right asks once a minute: by the clock, as silence is."""
    return render(request, "integrations/_alarm_strip.html", {"alarms": alarms()})


@live.fragment("partner-alarms", any_of=("inbox", "outbox"), right=Right.MESSAGES)
def render_alarms(keys: Collection[str]) -> dict[str, str]:
    html = render_to_string("integrations/_alarms.html", {"alarms": alarms()})
    return {key: html for key in keys if key == ALL}


@live.fragment("message-counts", any_of=("inbox", "outbox"), right=Right.MESSAGES)
def render_counts(keys: Collection[str]) -> dict[str, str]:
    return {
        key: render_to_string("integrations/_counts.html", {"counts": counts("" if key == ALL else key)})
        for key in keys
        if key in (ALL, IN, OUT)
    }
