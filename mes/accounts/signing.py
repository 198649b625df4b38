"""Electronic signatures: proving who signs at the moment of signing, and binding it to what was signed.

A signature needs two components: the first one of a session the user name and the password, later ones within
a quarter of an hour the password again; at a terminal always badge and PIN. An API key can't sign. What is
signed is registered per model as a plain mapping; if the record says something else later, its signature is
shown as broken.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

import structlog
from django.contrib.auth import authenticate
from django.db import models, transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from mes.accounts.backends import ANY_BADGE
from mes.accounts.models import Meaning, ProofMethod, Signature, SigningFailure, User
from mes.lib.errors import NotAllowed

__all__ = ["Meaning", "Proof", "Signed", "prove", "register", "sign", "signatures_of"]

logger = structlog.get_logger(__name__)
SESSION_KEY = "signed_at"
STAYS_KNOWN = timedelta(minutes=15)
M = TypeVar("M", bound=models.Model)
Content = Callable[[Any], Mapping[str, object]]
_contents: dict[type[models.Model], Content] = {}


@dataclass(frozen=True, slots=True)
class Proof:
    """A person has just proved to be the one who signs. Only ``prove`` makes one from a request."""

    person: User
    method: ProofMethod
    at: datetime


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature as it is shown: ``intact`` unless the record says something else by now."""

    signature: Signature
    intact: bool


def register(model: type[M]) -> Callable[[Callable[[M], Mapping[str, object]]], Content]:
    """Decorator: how a record of ``model`` reads to whoever signs it."""

    def keep(content: Callable[[M], Mapping[str, object]]) -> Content:
        _contents[model] = content
        return content

    return keep


def needs_user_name(request: HttpRequest) -> bool:
    """True for the first signature of a session, and after a quarter of an hour without one."""
    last = request.session.get(SESSION_KEY)
    return last is None or timezone.now() - datetime.fromisoformat(last) > STAYS_KNOWN


def prove(
    request: HttpRequest, *, username: str = "", password: str = "", badge: str = "", pin: str = ""
) -> Proof:
    """Ask again who is there. Call it outside of a transaction: failures are counted and kept.

    Raises ``NotAllowed``: ``not_a_person``, ``user_name_missing``, ``wrong_password``,
    ``wrong_badge_or_pin``, ``somebody_else`` (another person's name or badge), ``locked``.
    """
    person = request.user
    if not isinstance(person, User) or not person.is_active:
        raise NotAllowed("not_a_person", _("Only a person who is logged on can sign."))
    found: User | None
    if badge or pin:
        found = _by_badge_and_pin(request, person, badge, pin)
        method = ProofMethod.BADGE_AND_PIN
    else:
        if needs_user_name(request) and not username.strip():
            raise NotAllowed(
                "user_name_missing", _("The first signature needs your user name too."), field="username"
            )
        if username.strip() and username.strip() != person.username:
            raise _failed(request, person, "somebody_else", "username")
        found = _asked(request, person, username=person.username, password=password)
        method = ProofMethod.PASSWORD
        if found is None:
            raise _failed(request, person, "wrong_password", "password")
    if found.pk != person.pk:
        raise _failed(request, person, "somebody_else", "badge")
    now = timezone.now()
    request.session[SESSION_KEY] = now.isoformat()
    return Proof(person, method, now)


@transaction.atomic
def sign(*, record: models.Model, meaning: Meaning, proof: Proof) -> Signature:
    """Sign the record as it is now, in the transaction of what is signed.

    Raises ``NotAllowed`` ``proof_too_old`` if the proof wasn't given with this very request (one minute).
    """
    if timezone.now() - proof.at > timedelta(minutes=1):
        raise NotAllowed("proof_too_old", _("Sign again: the password was entered too long ago."))
    content = content_of(record)
    return Signature.objects.create(
        table=record._meta.db_table,
        record=record.pk,
        meaning=meaning,
        by=proof.person,
        name=f"{proof.person} ({proof.person.username})",
        method=proof.method,
        content=content,
        digest=digest_of(content),
        at=proof.at,
    )


def content_of(record: models.Model) -> str:
    """What a signature under the record covers, as text: the same text for the same content."""
    content = _contents[type(record)](record)
    return json.dumps(content, sort_keys=True, default=_plain, ensure_ascii=False, separators=(",", ":"))


def digest_of(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()


def signatures_of(model: type[M], records: Collection[M]) -> dict[int, list[Signed]]:
    """The signatures of each record by its key: one query, and what the contents themselves ask."""
    by_key = {record.pk: record for record in records}
    found: dict[int, list[Signed]] = {key: [] for key in by_key}
    rows = Signature.objects.filter(table=model._meta.db_table, record__in=by_key).select_related("by")
    for row in rows.order_by("id"):
        intact = row.digest == digest_of(row.content) and row.content == content_of(by_key[row.record])
        found[row.record].append(Signed(row, intact))
    return found


def broken_signatures() -> list[Signature]:
    """Every signature whose record is gone or says something else by now."""
    found = []
    for model in _contents:
        rows = list(Signature.objects.filter(table=model._meta.db_table).order_by("id"))
        records = model._default_manager.in_bulk({row.record for row in rows})
        for row in rows:
            record = records.get(row.record)
            if record is None or row.digest != digest_of(row.content) or row.content != content_of(record):
                found.append(row)
    return found


def _by_badge_and_pin(request: HttpRequest, person: User, badge: str, pin: str) -> User:
    by_badge = _asked(request, person, username=ANY_BADGE, badge=badge)
    by_pin = None
    if by_badge is not None:
        by_pin = _asked(request, person, username=by_badge.username, pin=pin)
    if by_badge is None or by_pin is None:
        raise _failed(request, person, "wrong_badge_or_pin", "pin")
    return by_pin


def _asked(request: HttpRequest, person: User, **credentials: str) -> User | None:
    """Whom the credentials belong to; django-axes counts what fails."""
    found = authenticate(request, **credentials)
    if getattr(request, "axes_locked_out", False):
        request.axes_locked_out = False  # type: ignore[attr-defined]  # the page says so in place
        raise _failed(request, person, "locked", "password")
    return found


def _failed(request: HttpRequest, person: User, reason: str, field: str) -> NotAllowed:
    address = request.META.get("REMOTE_ADDR") or None
    SigningFailure.objects.create(by=person, address=address, reason=reason)
    logger.warning("signature_refused", person=person.pk, address=address, reason=reason)
    request.session.pop(SESSION_KEY, None)
    sentences = {
        "somebody_else": _("This isn't the person who is logged on."),
        "wrong_password": _("The password is wrong."),
        "wrong_badge_or_pin": _("Badge or PIN is wrong."),
        "locked": _("Too many wrong tries. Wait a quarter of an hour or ask an administrator."),
    }
    return NotAllowed(reason, sentences[reason], field=field)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return str(value)
