"""A booking whose session ended before it was sent: kept, and confirmed by whoever logs on next.

It keeps its client-made key, so that it is booked once even if it had arrived after all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django_htmx.http import HttpResponseClientRedirect

from orders.models import ScrapReason

PENDING = "terminal_pending"
MOST_FIELDS = 20
LONGEST = 500

ACTIONS: dict[str, Promise] = {
    "terminal-report": _("Report pieces"),
    "terminal-correct": _("Correct a report"),
    "terminal-start-setup": _("Start setup"),
    "terminal-start-production": _("Start production"),
    "terminal-interrupt": _("Interrupt"),
    "terminal-finish": _("Finish operation"),
    "terminal-join": _("Log on to this run"),
    "terminal-leave": _("Log off this run"),
    "terminal-together": _("Make an order together with another"),
    "terminal-cavities": _("Block or open cavities"),
    "terminal-read-requirements": _("Read what the customer requires"),
    "terminal-inspect": _("Record an inspection"),
    "terminal-code-stop": _("Give a stop its reason"),
    "terminal-andon-call": _("Call help"),
    "terminal-split-stop": _("Split a stop"),
    "terminal-merge-stops": _("Join two stops"),
}
LABELS: dict[str, Promise] = {
    "good": _("good"),
    "scrap": _("scrap"),
    "rework": _("rework"),
    "scrap_reason": _("reason"),
    "comment": _("comment"),
}


@dataclass(frozen=True, slots=True)
class Pending:
    """``fields`` are sent again exactly as they came; ``shown`` are those that mean something to a person."""

    path: str
    action: Promise
    fields: dict[str, str]
    shown: list[tuple[Promise, str]]


def ask_for_badge(request: HttpRequest) -> HttpResponse:
    """Keep what was posted and send the browser to the log-on page."""
    fields = {
        name[:LONGEST]: value[:LONGEST]
        for name, value in list(request.POST.items())[:MOST_FIELDS]
        if name != "csrfmiddlewaretoken"
    }
    match = request.resolver_match
    if match is not None and match.url_name in ACTIONS:
        request.session[PENDING] = {"path": request.path, "fields": fields}
    if request.headers.get("HX-Request"):
        return HttpResponseClientRedirect(reverse("terminal-log-on"))
    return redirect("terminal-log-on")


def pending_of(request: HttpRequest) -> Pending | None:
    kept: dict[str, Any] | None = request.session.get(PENDING)
    if kept is None:
        return None
    try:
        name = resolve(kept["path"]).url_name or ""
    except Resolver404:
        return None
    fields: dict[str, str] = kept["fields"]
    return Pending(kept["path"], ACTIONS.get(name, _("Booking")), fields, _shown(fields))


def forget_pending(request: HttpRequest) -> None:
    request.session.pop(PENDING, None)


def _shown(fields: dict[str, str]) -> list[tuple[Promise, str]]:
    values = {name: fields[name] for name in LABELS if fields.get(name, "").strip() not in ("", "0")}
    if values.get("scrap_reason", "").isdigit():
        reason = ScrapReason.objects.filter(pk=values["scrap_reason"]).first()
        values["scrap_reason"] = reason.name if reason else values["scrap_reason"]
    return [(LABELS[name], value) for name, value in values.items()]
