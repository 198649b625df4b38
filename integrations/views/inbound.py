"""What partners sent and what became of it."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from integrations.domain.inbox import replay
from integrations.enums import PartKind
from integrations.models import InboundMessage
from integrations.queries.message_mappings import version_in_force
from integrations.views.raw import as_text, indented, understood
from mes.accounts.access import needs
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.lib.downloads import download
from mes.lib.errors import MesError
from mes.lib.sentences import in_words
from orders.domain.master import Kind
from orders.enums import Outcome
from orders.queries.erp_words import title_of, value_of

_KINDS = {**dict(Kind.choices), **dict(PartKind.choices)}


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
        "waits": message.waits.select_related("plant"),
        "shown": as_text(message) if verbatim else indented(message),
        "canonical": understood(message),
        "problems": [_problem(problem) for problem in message.problems],
        "results": [_in_words(result) for result in message.results],
        "steps": message.steps.select_related("by"),
    }
    return render(request, "integrations/inbound.html", context)


def _in_words(result: dict[str, Any]) -> dict[str, Any]:
    """A kept result as its reader gets it. Older ones lack the parts of their sentences."""
    outcome, kind = result["outcome"], result.get("kind", "")
    conflicts = result.get("conflicts", [])
    parts = result.get("conflict_sentences") or [None] * len(conflicts)
    return {
        **result,
        "outcome": dict(Outcome.choices).get(outcome, outcome),
        "kind": _KINDS.get(kind, kind),
        "changes": [_change(name, *values, kind=kind) for name, values in result.get("changes", {}).items()],
        "conflicts": [in_words(*pair) for pair in zip(parts, conflicts, strict=True)],
        "problems": [_problem(problem) for problem in result.get("problems", [])],
    }


def _change(name: str, old: str, new: str, *, kind: str) -> tuple[str, str, str]:
    """Orders are changed by the names of their fields, which have words for people."""
    if kind:
        return name, old, new
    return title_of(name), value_of(name, old), value_of(name, new)


def _problem(problem: dict[str, Any]) -> dict[str, Any]:
    return {**problem, "message": in_words(problem.get("sentence"), problem["message"])}


@require_safe
@needs(Right.MESSAGES)
def inbound_raw(_request: HttpRequest, pk: int) -> HttpResponse:
    """The body byte for byte, as a download that no browser interprets."""
    message = get_object_or_404(InboundMessage, pk=pk)
    return download(f"message-{message.pk}.bin", "application/octet-stream", bytes(message.body))


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
