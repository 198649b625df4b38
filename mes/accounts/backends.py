"""Log-in at a terminal: by badge, or by personnel number and PIN.

``django.contrib.auth.authenticate`` asks these with ``badge=`` or ``pin=``; django-axes counts the failures,
which is why every call also names a ``username``: the person's own, or one that stands for what was typed.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth import authenticate
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from mes.accounts.models import User, keyed_hash
from mes.lib.errors import NotAllowed

ANY_BADGE = "badge"
PASSWORD_FAILURES = 5
BADGE_FAILURES = 30
"""A scanner reads wrong labels now and then, and a badge is too long to be guessed."""


class TerminalBackend(ModelBackend):
    """Whoever came in with one factor only keeps the rights of a terminal for the whole session."""

    def get_user(self, user_id: Any) -> User | None:
        person = super().get_user(user_id)
        if not isinstance(person, User):
            return None
        person.at_terminal = True
        return person


class BadgeBackend(TerminalBackend):
    """A badge is looked up by its keyed hash."""

    def authenticate(  # type: ignore[override]
        self, request: HttpRequest | None, *, username: str, badge: str
    ) -> User | None:
        person = User.objects.filter(badge_hash=keyed_hash(badge)).first() if badge else None
        return person if person is not None and self.user_can_authenticate(person) else None


class PinBackend(TerminalBackend):
    """A PIN belongs to the person with this user name."""

    def authenticate(  # type: ignore[override]
        self, request: HttpRequest | None, *, username: str, pin: str
    ) -> User | None:
        person = User.objects.filter(username=username).first()
        if person is None:
            make_password(pin)  # as slow for an unknown number as for a known one
            return None
        return person if person.pin_is(pin) and self.user_can_authenticate(person) else None


def person_by_badge(request: HttpRequest, badge: str) -> User:
    """The active person with this badge. Raises NotAllowed: ``unknown_badge``, or ``locked``."""
    person = _ask(request, username=ANY_BADGE, badge=badge)
    if person is None:
        raise NotAllowed("unknown_badge", _("Nobody has this badge."), field="badge")
    return person


def person_by_pin(request: HttpRequest, number: str, pin: str) -> User:
    """The active person with this number and PIN. Raises NotAllowed: ``wrong_pin`` or ``locked``."""
    names = User.objects.filter(personnel_number=number).exclude(personnel_number="")
    username = names.values_list("username", flat=True).first() or f"number {number}"
    person = _ask(request, username=username, pin=pin)
    if person is None:
        raise NotAllowed("wrong_pin", _("Personnel number or PIN is wrong."), field="pin")
    return person


def _ask(request: HttpRequest, **credentials: str) -> User | None:
    person = authenticate(request, **credentials)
    if getattr(request, "axes_locked_out", False):
        # The page says so in place; the middleware would replace it.
        request.axes_locked_out = False  # type: ignore[attr-defined]
        raise NotAllowed("locked", _("Too many wrong tries. Wait a quarter of an hour or ask a supervisor."))
    return person if isinstance(person, User) else None


def failure_limit(_request: HttpRequest, credentials: dict[str, Any] | None) -> int:
    """How many failures lock a name at one address (``AXES_FAILURE_LIMIT``)."""
    return BADGE_FAILURES if (credentials or {}).get("username") == ANY_BADGE else PASSWORD_FAILURES
