"""Who asks the API: machine accounts by key, people by their session; and what each may do.

``request.user`` is a ``User`` or a ``MachineAccount``; both answer ``may(right)``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pghistory
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied, Throttled
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from mes.accounts.models import ApiKey, User, keyed_hash
from mes.accounts.roles import Right
from mes.accounts.throttling import Window
from mes.lib.prepared import Asked, Query

if TYPE_CHECKING:
    from rest_framework.views import APIView  # reads the settings that name this module

SCHEME = "Api-Key"
FAILURES_PER_MINUTE = 30
USE_NOTED_EVERY = timedelta(minutes=1)

KEYS = Query(lambda: ApiKey.objects.filter(key_hash=Asked("key_hash")).order_by())
failures = Window(60)
"""Wrong keys by address, in this process."""


@dataclass(frozen=True, slots=True)
class MachineAccount:
    """The holder of a valid API key. Not a ``User``, so that its number is never taken for a person's."""

    api_key: ApiKey

    is_authenticated = True
    is_anonymous = False
    is_active = True

    @property
    def pk(self) -> str:
        return f"key {self.api_key.pk}"

    @property
    def name(self) -> str:
        return self.api_key.name

    @property
    def rights(self) -> frozenset[Right]:
        return self.api_key.rights

    def may(self, right: Right) -> bool:
        return right in self.rights

    def __str__(self) -> str:
        return self.name


class ApiKeyAuthentication(BaseAuthentication):
    """``Authorization: Api-Key <key>``. Unknown, inactive and expired keys get the same 401."""

    def __init__(self, keys: Query[ApiKey] | None = None) -> None:
        self.keys = KEYS if keys is None else keys

    def authenticate(self, request: Request) -> tuple[MachineAccount, ApiKey] | None:
        scheme, _space, text = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != SCHEME.lower():
            return None
        address = BaseThrottle().get_ident(request) or ""
        if failures.count(address) >= FAILURES_PER_MINUTE:
            raise Throttled(wait=failures.remaining())
        key = valid_key(text.strip(), self.keys)
        if key is None:
            failures.add(address)
            raise AuthenticationFailed(_("This key is not valid."), code="invalid_key")
        pghistory.context(account=key.name)
        return MachineAccount(key), key

    def authenticate_header(self, request: Request) -> str:
        return f'{SCHEME} realm="api"'


def valid_key(text: str, keys: Query[ApiKey]) -> ApiKey | None:
    """The active, unexpired key with this text. One query, and one more per minute that notes its use."""
    now = timezone.now()
    key = keys.first(key_hash=keyed_hash(text)) if text else None
    if key is None or not key.valid_at(now):
        return None
    note_use(key, now)
    return key


def note_use(key: ApiKey, now: datetime) -> None:
    due = now - USE_NOTED_EVERY
    if key.last_used_at is None or key.last_used_at < due:
        ApiKey.objects.filter(Q(last_used_at=None) | Q(last_used_at__lt=due), pk=key.pk).update(
            last_used_at=now
        )


class HasRight(BasePermission):
    """The base of ``Has(…)``; rights are the words in the table of ``mes.accounts.roles``."""

    rights: tuple[Right, ...] = ()

    def has_permission(self, request: Request, view: APIView) -> bool:
        may = getattr(request.user, "may", None)
        if may is None or not any(may(right) for right in self.rights):
            return False
        check_message_type(request, view)
        return True


def check_message_type(request: Request, view: APIView) -> None:
    """Raises PermissionDenied ``message_type`` when the caller's key is kept to other messages than those
    that the view names in ``message_type``. Asking is reading, everything else sending, unless the view says
    that it ``is_reading``: an acknowledgement belongs to what was read."""
    key = request.auth
    if not isinstance(key, ApiKey):
        return
    reading = getattr(view, "is_reading", request.method in SAFE_METHODS)
    named = getattr(view, "message_type", "")
    if not key.exchanges(named, reading=reading):
        verb = _("read") if reading else _("send")
        message = _("This key may not %(verb)s messages of the type “%(type)s”.")
        raise PermissionDenied(message % {"verb": verb, "type": named or "?"}, code="message_type")


def Has(*rights: Right) -> type[HasRight]:  # noqa: N802 - reads like a class: permission_classes = [Has(Right.X)]
    """A permission class for ``permission_classes``: the caller holds at least one of ``rights``."""
    return type("Has_" + "_or_".join(rights), (HasRight,), {"rights": rights})


def person_of(request: Request) -> User | None:
    """The person who asks; None for a machine account."""
    return request.user if isinstance(request.user, User) else None


def channel_of(request: Request) -> str:
    """Where a write came from, for ``via``: the API and the account's name."""
    return f"api:{request.user}"[:80]
