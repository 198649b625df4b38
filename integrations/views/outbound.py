"""What goes to partners: confirmations, what they answered, and what a person decides about them."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from integrations.domain.outbox.manual import (
    DISCARDABLE,
    RESENDABLE,
    discard,
    hold_back,
    redate,
    resend,
    settle_as_booked,
)
from integrations.domain.outbox.redating import can_redate
from integrations.enums import Mend, OutboundState
from integrations.models import OutboundMessage
from integrations.queries.mending import way_to_mend
from mes.accounts.access import needs
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.lib.errors import MesError


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
        "waits": message.state == OutboundState.PARKED,
        "steps": message.steps.select_related("by"),
        "mend": way_to_mend(message, message.canonical.get("posting_date")),
        "may_redate": message.mend == Mend.REDATE and can_redate(message),
        "mend_url": mend_address(message),
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


@require_POST
@needs(Right.MESSAGES)
def redate_outbound(request: HttpRequest, pk: int) -> HttpResponse:
    return _decide(request, pk, redate, _("It is posted with today's date."))


@require_POST
@needs(Right.MESSAGES)
def booked_outbound(request: HttpRequest, pk: int) -> HttpResponse:
    command = partial(
        settle_as_booked,
        reference=request.POST.get("reference", ""),
        reason=request.POST.get("reason", ""),
    )
    return _decide(request, pk, command, _("Noted as posted; what waited behind it goes on."))


def mend_address(message: OutboundMessage) -> str:
    """Where what keeps the message from being taken is put right; "" when that is not a page of ours."""
    match message.mend:
        case Mend.CONNECTION | Mend.TRANSLATE:
            return reverse("admin:integrations_connection_change", args=[message.connection_id])
        case Mend.ORDER:
            return reverse("order", args=[message.order_id])
    return ""


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
