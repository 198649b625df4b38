"""What partners sent and what became of it."""

from __future__ import annotations

from collections.abc import Collection
from typing import cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from integrations.domain.inbox import replay
from integrations.enums import InboundState
from integrations.filters import InboundFilter
from integrations.models import InboundMessage
from integrations.queries.message_mappings import version_in_force
from integrations.views.raw import as_text, indented
from mes.accounts.access import needs
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.lib import live
from mes.lib.errors import MesError

PAGE = 50
ALL = "all"


@require_safe
@needs(Right.MESSAGES)
def inbound_list(request: HttpRequest) -> HttpResponse:
    stored = InboundMessage.objects.select_related("connection").defer("body", "results")
    found = InboundFilter(request.GET, queryset=stored.order_by("-received_at", "-pk"))
    context = {
        "filter": found,
        "page": Paginator(found.qs, PAGE).get_page(request.GET.get("page")),
        "counts": counts(),
        "live_url": live.stream_url(inbox_counts=[ALL]),
    }
    return render(request, "integrations/inbound_list.html", context)


@require_safe
@needs(Right.MESSAGES)
def inbound(request: HttpRequest, pk: int) -> HttpResponse:
    message = get_object_or_404(
        InboundMessage.objects.select_related(
            "connection__plant", "connection__mapping", "mapping_version__mapping", "replayed_by"
        ),
        pk=pk,
    )
    verbatim = "verbatim" in request.GET
    context = {
        "message": message,
        "verbatim": verbatim,
        "version_now": version_in_force(message.connection),
        "shown": as_text(message) if verbatim else indented(message),
    }
    return render(request, "integrations/inbound.html", context)


@require_safe
@needs(Right.MESSAGES)
def inbound_raw(_request: HttpRequest, pk: int) -> HttpResponse:
    """The body byte for byte, as a download that no browser interprets."""
    message = get_object_or_404(InboundMessage, pk=pk)
    return HttpResponse(
        bytes(message.body),
        content_type="application/octet-stream",
        headers={"Content-Disposition": f'attachment; filename="message-{message.pk}.bin"'},
    )


@require_POST
@needs(Right.MESSAGES)
def replay_inbound(request: HttpRequest, pk: int) -> HttpResponse:
    """Read and apply the message once more; applying what is applied already changes nothing."""
    message = get_object_or_404(
        InboundMessage.objects.select_related("connection__plant", "connection__mapping", "mapping_version"),
        pk=pk,
    )
    try:
        version = message.mapping_version if "then" in request.POST else None
        after = replay(message=message, by=cast(User, request.user), version=version)
    except MesError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Read again: %(state)s.") % {"state": after.get_state_display()})
    return redirect("message-in", pk)


def counts() -> list[tuple[InboundState, int]]:
    """How many messages are in each state that wants attention."""
    by_state = dict(
        InboundMessage.objects.filter(
            state__in=(InboundState.RECEIVED, InboundState.PARTLY, InboundState.REFUSED)
        )
        .values_list("state")
        .annotate(Count("pk"))
        .order_by()
    )
    return [(state, by_state[state]) for state in InboundState if state in by_state]


@live.fragment("inbox-counts", any_of=("inbox",), right=Right.MESSAGES)
def render_counts(keys: Collection[str]) -> dict[str, str]:
    html = render_to_string("integrations/_counts.html", {"counts": counts()})
    return {key: html for key in keys if key == ALL}
