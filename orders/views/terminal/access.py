"""Who may open a terminal page: whoever is logged on here and may operate. Nobody yet: badge first."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.http import urlencode

from mes.accounts.models import User
from mes.accounts.roles import Right
from orders.views.terminal.pending import ask_for_badge

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def at_terminal(view: View[P]) -> View[P]:
    """View decorator. A booking that comes after the session ended is kept and confirmed after the log-on.

    Pages are never cached: "back" gives a fresh form with a fresh key.
    """

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not isinstance(request.user, User):
            if request.method == "POST":
                return ask_for_badge(request)
            return redirect(f"{reverse('terminal-log-on')}?{urlencode({'next': request.get_full_path()})}")
        if not request.user.may(Right.OPERATE):
            raise PermissionDenied
        response = view(request, *args, **kwargs)
        add_never_cache_headers(response)
        return response

    guarded.needed_right = Right.OPERATE  # type: ignore[attr-defined]
    return guarded
