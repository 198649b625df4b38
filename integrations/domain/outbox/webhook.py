"""Pushing a message to a partner's webhook, signed.

The partner checks ``X-MES-Signature: sha256=<hex>``, the HMAC-SHA256 of ``<X-MES-Timestamp>.<body>`` with the
shared secret, and keeps each ``Idempotency-Key`` once. See docs/reference/webhook.md.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import time
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import httpx
from django.conf import settings

from integrations.domain.outbox.canonical import addressed, public
from integrations.domain.outbox.outcome import Outcome, again, delivered, parked, posted
from integrations.domain.translating import Tables
from integrations.models import OutboundMessage
from mes.lib.sentences import gettext as _

TIMEOUT = httpx.Timeout(10.0, connect=5.0)
LONGEST_SECONDS = 30.0
LARGEST_ANSWER = 64 * 1024
# Not the message's fault: the same one may well be taken later.
PASSING = frozenset({401, 403, 404, 407, 408, 423, 425, 429})


@dataclass(frozen=True, slots=True)
class Parcel:
    """Everything a thread needs to send, without the database."""

    url: str
    secret: bytes
    identity: str
    body: bytes


def prepare(message: OutboundMessage, tables: Tables | None = None) -> Parcel | Outcome:
    """The parcel, rendered once (the caller keeps it); or why it can't be sent."""
    connection = message.connection
    secret = secret_for(connection.address, connection.secret_name)
    if isinstance(secret, Outcome):
        return secret
    if not message.rendered:
        said = {"kind": message.kind, **public(addressed(message, tables))}
        message.rendered = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    return Parcel(connection.address, secret, message.identity.hex.upper(), message.rendered.encode())


def secret_for(address: str, name: str) -> bytes | Outcome:
    """The secret in the environment variable ``name``; or why nothing may be sent to the address."""
    host = (urlsplit(address).hostname or "").lower()
    if host not in settings.WEBHOOK_HOSTS:
        return again(_("The host “%s” is not in MES_WEBHOOK_HOSTS.") % host, code="host_not_allowed")
    secret = os.environ.get(name, "") if name else ""
    if not secret:
        return again(_("The signing secret %s is not set.") % (name or "?"), code="secret_missing")
    return secret.encode()


def signature(secret: bytes, timestamp: str, body: bytes) -> str:
    return "sha256=" + hmac.new(secret, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def send(parcel: Parcel) -> Outcome:
    """One attempt. Never follows a redirect, never waits longer than half a minute."""
    timestamp = str(int(time.time()))
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Idempotency-Key": parcel.identity,
        "X-MES-Timestamp": timestamp,
        "X-MES-Signature": signature(parcel.secret, timestamp, parcel.body),
    }
    began = time.monotonic()
    answer = bytearray()
    try:
        with _client().stream("POST", parcel.url, content=parcel.body, headers=headers) as response:
            for chunk in response.iter_bytes():
                answer += chunk
                if len(answer) > LARGEST_ANSWER or time.monotonic() - began > LONGEST_SECONDS:
                    return again(_("The answer is too long or too slow."), code="slow")
        outcome = judge(response.status_code, bytes(answer))
        return replace(outcome, clock_seconds=clock_ahead(response.headers.get("Date", ""), time.time()))
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        return again(_not_reachable(error), unreachable=True, code="unreachable")
    except httpx.TimeoutException:
        problem = _("No answer in time; the partner may or may not have booked it.")
        return again(problem, uncertain=True, code="timeout")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return again(_not_reachable(error), code="unreachable")


@cache
def _client() -> httpx.Client:
    """Shared by all threads of a process: connections are kept from message to message, cookies are not."""
    return httpx.Client(
        timeout=TIMEOUT,
        trust_env=False,
        follow_redirects=False,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
    )


def _not_reachable(error: Exception) -> str:
    return _("Not reachable: %s") % (str(error) or type(error).__name__)


def clock_ahead(date: str, now: float) -> float | None:
    """How many seconds the partner's clock is ahead of ``now`` (Unix time) by its HTTP ``Date``, which has
    whole seconds; None when it doesn't tell."""
    try:
        return parsedate_to_datetime(date).timestamp() - now
    except (TypeError, ValueError, OverflowError):
        return None


def judge(status: int, answer: bytes) -> Outcome:
    """Read the partner's answer: an empty 2xx or a JSON object without an error is a yes."""
    text = answer.decode("utf-8", "replace")
    said = _parsed(text)
    code = partner_code(said) or str(status)
    if status in PASSING or status >= 500 or status < 200 or 300 <= status < 400:
        return again(_("The partner answered %d.") % status, text, code=code)
    if status >= 400:
        words = partner_words(said) or text
        problem = _("The partner refused it (%(status)d): %(text)s") % {"status": status, "text": words}
        return parked(problem, text, code=code)
    if not answer.strip():
        return delivered()
    if said is None:
        problem = _("The partner answered %d with something that is not JSON.") % status
        return again(problem, text, code="not_json")
    if not isinstance(said, dict):
        problem = _("The partner answered %d with something that is not a JSON object.") % status
        return again(problem, text, code="not_json")
    if said.get("error") or said.get("status") in ("refused", "error"):
        problem = _("The partner refused it: %s") % (partner_words(said) or text)
        return parked(problem, text, code=code)
    return posted(text) if said.get("status") == "posted" else delivered(text)


def _parsed(text: str) -> Any:
    """None when it isn't JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def partner_words(said: Any) -> str:
    """What the partner says in a sentence: ``message``, ``reason`` or ``detail`` of the answer or of its
    ``error``, or an ``error`` that is one; "" when there is none."""
    if not isinstance(said, dict):
        return ""
    error = said.get("error")
    for place in (error if isinstance(error, dict) else {}, said):
        for name in ("message", "reason", "detail"):
            if isinstance(words := place.get(name), str) and words.strip():
                return words.strip()
    return error if isinstance(error, str) else ""


def partner_code(said: Any) -> str:
    """The partner's own code: ``code`` of the answer or of its ``error``; "" when there is none."""
    if not isinstance(said, dict):
        return ""
    inner = said.get("error")
    code = said.get("code") or (inner.get("code") if isinstance(inner, dict) else "")
    return str(code)[:60] if isinstance(code, str | int) else ""
