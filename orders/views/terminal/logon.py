"""Log on by badge or PIN, switch between the people who are logged on, log off."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from mes.accounts.backends import person_by_badge, person_by_pin
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.accounts.views import remember_language
from mes.lib.errors import MesError, NotAllowed
from orders.forms.terminal import LogOnForm
from orders.views.posted import posted
from orders.views.problems import show_in
from orders.views.terminal.access import at_terminal
from orders.views.terminal.pending import forget_pending, pending_of
from orders.views.terminal.people import log_off, log_on, people_at, switch_to


def log_on_page(request: HttpRequest) -> HttpResponse:
    """The door of the terminal: open to everybody, it asks who is there."""
    form = LogOnForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            person = _who(request, form.cleaned_data)
        except MesError as error:
            show_in(form, error)
        else:
            log_on(request, person)
            response = redirect(_next_page(request))
            remember_language(response, person.language)
            return response
    context = {
        "form": form,
        "next": request.GET.get("next", request.POST.get("next", "")),
        "pending": pending_of(request),
        "people": people_at(request),
    }
    page = render(request, "terminal/log_on.html", context, status=422 if form.errors else 200)
    add_never_cache_headers(page)
    return page


def _who(request: HttpRequest, given: dict[str, str]) -> User:
    if given["badge"]:
        person = person_by_badge(request, given["badge"])
    elif given["number"]:
        person = person_by_pin(request, given["number"], given["pin"])
    else:
        raise NotAllowed("nobody", _("Scan a badge or enter number and PIN."), field="badge")
    if not person.may(Right.OPERATE):
        raise NotAllowed("may_not_operate", _("This person may not work at a terminal."), field="badge")
    return person


def _next_page(request: HttpRequest) -> str:
    if pending_of(request) is not None:
        return reverse("terminal-pending")
    page = request.POST.get("next", "")
    allowed = url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure())
    return page if allowed and page.startswith("/terminal") else reverse("terminal")


@at_terminal
def pending(request: HttpRequest) -> HttpResponse:
    """What was typed before the session ended: book it now, or let it go."""
    kept = pending_of(request)
    if kept is None or request.method == "POST":
        forget_pending(request)
        return redirect("terminal")
    return render(request, "terminal/pending.html", {"pending": kept, "people": people_at(request)})


@require_POST
@at_terminal
def switch(request: HttpRequest) -> HttpResponse:
    number = request.POST.get("person", "")
    if number.isdigit() and switch_to(request, int(number)) and isinstance(request.user, User):
        response = _back(request)
        remember_language(response, request.user.language)
        return response
    return redirect("terminal-log-on")


@require_POST
@at_terminal
def leave(request: HttpRequest) -> HttpResponse:
    """Log the acting person off this terminal. Her runs go on."""
    log_off(request)
    return _back(request) if isinstance(request.user, User) else redirect("terminal-log-on")


def _back(request: HttpRequest) -> HttpResponse:
    page = request.POST.get("next", "")
    allowed = url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure())
    return redirect(page if allowed and page.startswith("/terminal") else reverse("terminal"))
