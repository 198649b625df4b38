"""What goes to partners: confirmations, what they answered, and what a person decides about them."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from functools import partial
from typing import cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from integrations.domain.outbox.manual import DISCARDABLE, RESENDABLE, discard, hold_back, resend
from integrations.enums import OutboundState
from integrations.filters import OutboundFilter
from integrations.models import OutboundMessage
from mes.accounts.access import needs
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.lib import live
from mes.lib.errors import MesError

PAGE = 50
ALL = "all"


@require_safe
@needs(Right.MESSAGES)
def outbound_list(request: HttpRequest) -> HttpResponse:
    queued = OutboundMessage.objects.select_related("connection", "order", "operation").defer(
        "canonical", "rendered", "answer"
    )
    found = OutboundFilter(request.GET, queryset=queued.order_by("-pk"))
    context = {
        "filter": found,
        "page": Paginator(found.qs, PAGE).get_page(request.GET.get("page")),
        "counts": counts(),
        "live_url": live.stream_url(outbox_counts=[ALL]),
    }
    return render(request, "integrations/outbound_list.html", context)


@require_safe
@needs(Right.MESSAGES)
def outbound(request: HttpRequest, pk: int) -> HttpResponse:
    message = get_object_or_404(
        OutboundMessage.objects.select_related(
            "connection__plant", "order", "operation", "reverses", "reversed_by"
        ),
        pk=pk,
    )
    context = {
        "message": message,
        "canonical": json.dumps(message.canonical, indent=2, ensure_ascii=False),
        "events": message.items.select_related("event__by").order_by("event"),
        "may_resend": message.state in RESENDABLE,
        "may_hold_back": message.state == OutboundState.QUEUED,
        "may_discard": message.state in DISCARDABLE,
    }
    return render(request, "integrations/outbound.html", context)


@require_POST
@needs(Right.MESSAGES)
def resend_outbound(request: HttpRequest, pk: int) -> HttpResponse:
    return _decide(request, pk, resend, _("It is sent again at once."))


@require_POST
@needs(Right.MESSAGES)
def hold_back_outbound(request: HttpRequest, pk: int) -> HttpResponse:
    command = partial(hold_back, reason=request.POST.get("reason", ""))
    return _decide(request, pk, command, _("Held back until somebody sends or discards it."))


@require_POST
@needs(Right.MESSAGES)
def discard_outbound(request: HttpRequest, pk: int) -> HttpResponse:
    return _decide(request, pk, partial(discard, reason=request.POST.get("reason", "")), _("Discarded."))


def _decide(
    request: HttpRequest, pk: int, command: Callable[..., OutboundMessage], done: str
) -> HttpResponse:
    """Do what a person decided about a message and say on its page what came of it."""
    message = get_object_or_404(OutboundMessage, pk=pk)
    try:
        command(message=message, by=cast(User, request.user))
    except MesError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done)
    return redirect("message-out", pk)


def counts() -> list[tuple[OutboundState, int]]:
    """How many messages are on their way or wait for a person."""
    by_state = dict(
        OutboundMessage.objects.filter(
            state__in=(OutboundState.QUEUED, OutboundState.SENDING, OutboundState.PARKED)
        )
        .values_list("state")
        .annotate(Count("pk"))
        .order_by()
    )
    return [(state, by_state[state]) for state in OutboundState if state in by_state]


@live.fragment("outbox-counts", any_of=("outbox",), right=Right.MESSAGES)
def render_counts(keys: Collection[str]) -> dict[str, str]:
    html = render_to_string("integrations/_counts.html", {"counts": counts()})
    return {key: html for key in keys if key == ALL}
