"""Calls for help in the office and on the wall: who waits, who comes, and how fast."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from machines.domain.andon import see_calls
from machines.models import AndonCall, AndonOutcome
from machines.queries.andon import addressed, calls, open_calls, responses
from mes.accounts.access import needs
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.lib import live
from orders.views.terminal.andon import take_step
from quality.views.oee import period_in
from quality.views.scope import machines_of_key, scope_of

HISTORY = 50


@require_safe
@needs(Right.VIEW)
def andon_page(request: HttpRequest) -> HttpResponse:
    """`/andon/?plant=…&area=…&period=…`: open calls, response times and what happened."""
    scope = scope_of(request)
    period = period_in(request, scope)
    found = calls().filter(
        machine__in=scope.machines, called_at__gte=period.span.start, called_at__lt=period.span.end
    )
    kept = [(name, request.GET[name]) for name in ("plant", "area") if request.GET.get(name)]
    context = open_context(scope.key) | {
        "scope": scope,
        "period": period,
        "kept": kept,
        "keep": urlencode(kept),
        "responses": responses(found.prefetch_related(None)),
        "page": Paginator(found.order_by("-called_at"), HISTORY).get_page(request.GET.get("page")),
        "live_url": live.stream_url(andon_open=[scope.key]),
    }
    return render(request, "andon/page.html", context)


@require_POST
@needs(Right.VIEW)
def seen(request: HttpRequest) -> HttpResponse:
    """Whoever has the page in view has seen the calls on it that are meant for them, by role or by name."""
    person = cast(User, request.user)
    see_calls(calls=[one.call for one in open_calls() if addressed(one, person)], by=person)
    return HttpResponse(status=204)


@require_POST
@needs(Right.VIEW)
def step(request: HttpRequest, pk: int) -> HttpResponse:
    """Acknowledge, arrive, close: for operators and for those who were called. The page follows by itself."""
    person = cast(User, request.user)
    row = get_object_or_404(AndonCall, pk=pk)
    called = any(one.call.pk == pk and addressed(one, person) for one in open_calls([row.machine_id]))
    if not (called or person.may(Right.OPERATE) or person.may(Right.CORRECT)):
        raise PermissionDenied
    if problem := take_step(request, row):
        messages.error(request, problem)
        return HttpResponseClientRefresh()
    return HttpResponse(status=204)


@live.fragment("andon-open", any_of=("andon",), right=Right.VIEW)
def render_open(keys: Collection[str]) -> dict[str, str]:
    """The open calls of a scope, by its key."""
    return {key: render_to_string("andon/_open.html", open_context(key)) for key in keys}


@live.fragment("wall-andon", any_of=("andon",), right=Right.VIEW)
def render_wall(keys: Collection[str]) -> dict[str, str]:
    """The strip of calls on a wall, by the key of its scope."""
    return {key: render_to_string("andon/_wall.html", open_context(key)) for key in keys}


def open_context(key: str) -> dict[str, Any]:
    """The open calls of a scope. Two queries."""
    return {"calls": open_calls(machines_of_key(key)), "outcomes": AndonOutcome.choices}
