"""Calling a partner's HTTP interface: allowed hosts only, no redirects, bounded in time and size.

What was certainly never received and what may have been received are two different errors, because only the
first may be repeated without looking.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import httpx
from django.conf import settings

from integrations.domain.connectors import Line, PartnerError
from integrations.domain.outbox.webhook import clock_ahead
from mes.lib.sentences import gettext as _

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 30.0
# Shorter than the relay's lease: nobody else begins while one attempt is still under way.
LONGEST_SECONDS = 90.0
LARGEST_ANSWER = 32 * 1024 * 1024
LONGEST_WAIT = 30.0
TOO_MANY = 429


class NeverSentError(PartnerError):
    """The partner certainly got nothing. ``unreachable``: nobody is there at all."""

    def __init__(self, code: str, message: str, *, unreachable: bool = False) -> None:
        super().__init__(code, message)
        self.unreachable = unreachable


class UnansweredError(PartnerError):
    """The partner may have received it, and done it."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: httpx.Headers
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


class Conversation:
    """Some calls to one partner under one time limit, with its cookies kept from call to call.

    Raises :class:`NeverSentError` and :class:`UnansweredError`; every status that arrives is an answer.
    """

    def __init__(
        self,
        line: Line,
        *,
        headers: Mapping[str, str],
        auth: tuple[str, str] | None = None,
        seconds: float = LONGEST_SECONDS,
    ) -> None:
        host = (urlsplit(line.address).hostname or "").lower()
        if host not in settings.WEBHOOK_HOSTS:
            raise NeverSentError("host", _("The host “%s” is not in MES_WEBHOOK_HOSTS.") % host)
        self.base = line.address.rstrip("/")
        self.deadline = time.monotonic() + seconds
        # How much the partner's clock is ahead of ours, once an answer told its time.
        self.clock_seconds: float | None = None
        self.client = httpx.Client(headers=dict(headers), auth=auth, trust_env=False, follow_redirects=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.client.close()

    def ask(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> Answer:
        """One call below the partner's address. Asked to come back later (429), it waits and asks again:
        such a call was not carried out."""
        return self._waiting(method, self.base + path, params, headers, content)

    def _waiting(
        self,
        method: str,
        url: str,
        params: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
        content: bytes | None,
    ) -> Answer:
        while True:
            answer = self._once(method, url, params, headers, content)
            wait = _seconds_to_wait(answer)
            if wait is None or wait > min(LONGEST_WAIT, self.deadline - time.monotonic()):
                return answer
            time.sleep(max(wait, 0.2))

    def ask_url(self, url: str, *, headers: Mapping[str, str]) -> Answer:
        """What the partner itself named as the next address; on its own host only."""
        ours, theirs = urlsplit(self.base), urlsplit(url)
        if (theirs.scheme, theirs.netloc) != (ours.scheme, ours.netloc):
            raise PartnerError("foreign_link", _("The partner's next page lies on another host: %s.") % url)
        return self._waiting("GET", url, None, headers, None)

    def _once(
        self,
        method: str,
        url: str,
        params: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
        content: bytes | None,
    ) -> Answer:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise NeverSentError("slow", _("The partner is too slow; asked again later."))
        timeout = httpx.Timeout(min(ANSWER_SECONDS, left), connect=min(CONNECT_SECONDS, left))
        body = bytearray()
        try:
            with self.client.stream(
                method, url, params=params, headers=headers, content=content, timeout=timeout
            ) as response:
                for chunk in response.iter_bytes():
                    body += chunk
                    if len(body) > LARGEST_ANSWER or time.monotonic() > self.deadline:
                        raise UnansweredError("endless", _("The answer is too long or too slow."))
                self.clock_seconds = clock_ahead(response.headers.get("Date", ""), time.time())
                return Answer(response.status_code, response.headers, bytes(body))
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            reason = str(error) or type(error).__name__
            raise NeverSentError("unreachable", _("Not reachable: %s") % reason, unreachable=True) from error
        except httpx.InvalidURL as error:
            raise NeverSentError("address", _("Not reachable: %s") % error) from error
        except httpx.TimeoutException as error:
            reason = _("No answer in time; the partner may or may not have booked it.")
            raise UnansweredError("timeout", reason) from error
        except httpx.HTTPError as error:
            reason = str(error) or type(error).__name__
            raise UnansweredError("cut", _("The connection broke: %s") % reason) from error


def _seconds_to_wait(answer: Answer) -> float | None:
    """How long a partner that has too much to do asks us to wait; ``None``: it doesn't."""
    if answer.status != TOO_MANY:
        return None
    text = answer.headers.get("Retry-After", "")
    return float(text) if text.isdigit() and len(text) < 6 else None
