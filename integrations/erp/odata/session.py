"""One conversation with SAP's gateway: who we are, its token against forged requests, and reading pages."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from integrations.domain.connectors import Line, PartnerError
from integrations.erp.calls import Answer, Conversation
from integrations.erp.odata import codec, tables
from integrations.erp.session import PartnerSession, basic, refusal
from integrations.erp.slices import Listing
from mes.lib.sentences import gettext as _

TOKEN = "X-CSRF-Token"  # noqa: S105 - the name of a header


class Session(PartnerSession):
    """Raises PartnerError when there is no usable answer."""

    def __init__(self, line: Line, profile: tables.Profile) -> None:
        super().__init__(line)
        headers = {"Accept": "application/json", "Accept-Language": profile.language.lower()}
        auth = None
        if profile.auth == tables.BASIC:
            auth = basic(line)
        elif profile.auth == tables.API_KEY:
            headers["APIKey"] = line.secret
        else:
            headers["Authorization"] = f"Bearer {line.secret}"
        if profile.client:
            headers["sap-client"] = profile.client
        self.conversation = Conversation(line, headers=headers, auth=auth)
        self.token = ""

    def page(self, path: str, params: Mapping[str, str], *, with_token: bool = False) -> Listing:
        """One page of an entity set; on the way it may fetch the token that posting needs."""
        headers = {TOKEN: "Fetch"} if with_token else None
        answer = self.conversation.ask("GET", path, params={"$format": "json", **params}, headers=headers)
        if answer.status != 200:
            raise refusal_of(answer)
        if with_token:
            self.token = answer.headers.get(TOKEN, "")
        return codec.read_listing(answer.body)

    def post(
        self, path: str, fields: Mapping[str, object] | None, params: Mapping[str, str] | None = None
    ) -> Answer:
        """A change, under the token fetched before. The answer is the caller's to judge."""
        headers = {TOKEN: self.token, "Content-Type": "application/json"}
        content = b"" if fields is None else json.dumps(fields, ensure_ascii=False).encode()
        return self.conversation.ask("POST", path, params=params, headers=headers, content=content)

    def batch(self, service: str, paths: Sequence[str]) -> list[codec.Part]:
        """Several questions in one; the token was fetched before."""
        boundary = f"batch_{uuid.uuid4().hex}"
        answer = self.conversation.ask(
            "POST",
            f"{service}/$batch",
            headers={TOKEN: self.token, "Content-Type": f"multipart/mixed; boundary={boundary}"},
            content=codec.write_batch(paths, boundary),
        )
        if answer.status != 202 and answer.status != 200:
            raise refusal_of(answer)
        parts = codec.read_batch(answer.headers.get("Content-Type", ""), answer.body)
        if len(parts) != len(paths):
            raise PartnerError("batch", _("The partner answered only some of the questions."))
        return parts


def wants_token(answer: Answer) -> bool:
    return answer.status == 403 and answer.headers.get(TOKEN, "").lower() == "required"


def refusal_of(answer: Answer | codec.Part) -> PartnerError:
    reason = str(codec.read_fault(answer.body)) or answer.body[:200].decode("utf-8", "replace")
    return refusal(answer.status, reason)


def results(part: codec.Part) -> list[dict[str, Any]]:
    """The entities of one answer inside a batch. Raises PartnerError for one that failed."""
    if part.status != 200:
        raise refusal_of(part)
    listing = codec.read_listing(part.body)
    if listing.next:
        raise PartnerError("cut", _("The partner cut a list off that must be whole."))
    return [entity.values for entity in listing.entities]
