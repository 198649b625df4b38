"""One conversation with Business Central: its token, its company, reading pages, posting."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode, urlsplit

from integrations.domain.connectors import Line, PartnerError
from integrations.erp import slices
from integrations.erp.bc import codec, tables
from integrations.erp.calls import Answer, Conversation, NeverSentError
from integrations.erp.session import UNAUTHORIZED, PartnerSession, basic, refusal
from mes.lib.sentences import gettext as _

EARLY_SECONDS = 60.0
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    until: float


_tokens: dict[tuple[str, str], _Token] = {}
_guard = threading.Lock()


class Session(PartnerSession):
    """Raises PartnerError when there is no usable answer."""

    def __init__(self, line: Line, profile: tables.Profile) -> None:
        super().__init__(line)
        self.profile = profile
        user, password = basic(line)
        is_basic = profile.auth == tables.BASIC
        self.conversation = Conversation(
            line,
            headers={"Accept": "application/json"},
            auth=(user, password) if is_basic else None,
        )
        self.key = None if is_basic else (profile.token_url, user)
        self.password = password
        self.path = f"/companies({profile.company})" if profile.company else ""

    def pages(self, resource: str, params: Mapping[str, str]) -> Iterator[slices.Listing]:
        """Each page of an entity set, following the links that the server gives."""
        answer = self.ask("GET", f"{self.path}/{resource}", params=params)
        while True:
            if answer.status != 200:
                raise refusal_of(answer)
            listing = codec.read_listing(answer.body)
            yield listing
            if not listing.next:
                return
            answer = self.conversation.ask_url(listing.next, headers=self.bearer())

    def all(self, resource: str, params: Mapping[str, str]) -> list[slices.Entity]:
        return [entity for listing in self.pages(resource, params) for entity in listing.entities]

    def post(self, resource: str, fields: Mapping[str, object]) -> Answer:
        """The answer is the caller's to judge."""
        content = json.dumps(fields, ensure_ascii=False).encode()
        return self.ask("POST", f"{self.path}/{resource}", content=content)

    def ask(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> Answer:
        """Once more with a new token when the old one ran out: such a call was not carried out."""
        answer = self._ask(method, path, params, content)
        if answer.status == UNAUTHORIZED and self.key is not None:
            with _guard:
                _tokens.pop(self.key, None)
            answer = self._ask(method, path, params, content)
        return answer

    def _ask(self, method: str, path: str, params: Mapping[str, str] | None, content: bytes | None) -> Answer:
        headers = {"Content-Type": "application/json", **self.bearer()}
        return self.conversation.ask(method, path, params=params, headers=headers, content=content)

    def bearer(self) -> dict[str, str]:
        if self.key is None:
            return {}
        with _guard:
            token = _tokens.get(self.key)
            if token is None or token.until <= time.monotonic():
                token = _tokens[self.key] = self.fetch_token(self.key)
        return {"Authorization": f"Bearer {token.text}"}

    def fetch_token(self, key: tuple[str, str]) -> _Token:
        """OAuth 2.0 client credentials."""
        address, client = key
        if not urlsplit(address).hostname:
            raise NeverSentError("token_url", _("The option token_url names no address."))
        form = {
            "grant_type": "client_credentials",
            "client_id": client,
            "client_secret": self.password,
            "scope": self.profile.scope,
        }
        with Conversation(replace(self.line, address=address), headers=FORM) as conversation:
            answer = conversation.ask("POST", "", content=urlencode(form).encode())
        if answer.status != 200:
            reason = _("The login service refuses our client or secret (%d).") % answer.status
            raise NeverSentError("login", reason)
        found = slices.read_object(answer.body)
        seconds = found.get("expires_in")
        lasting = float(seconds) if isinstance(seconds, int) else 0.0
        return _Token(str(found.get("access_token", "")), time.monotonic() + lasting - EARLY_SECONDS)


def refusal_of(answer: Answer) -> PartnerError:
    return refusal(answer.status, codec.read_fault(answer.body).sentence or answer.text[:200])
