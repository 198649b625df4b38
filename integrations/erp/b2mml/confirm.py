"""ConfirmBOD: what we say about a partner's messages, and what it says about ours."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from integrations.domain.formats import Answer, Rendered
from integrations.erp.b2mml import tables
from integrations.erp.b2mml.codec import Message, Node, leaf, read_message, text_at, write_document
from integrations.erp.b2mml.envelope import envelope, utc_text
from integrations.erp.safe_xml import Element
from mes.lib.errors import InvalidInput, Problem
from mes.lib.sentences import gettext as _

ACCEPTED, REJECTED = "Accepted", "Rejected"
ANSWERS = frozenset({"Confirm", "Acknowledge", "Respond", "Show"})
ORIGINAL = "OriginalApplicationArea"


class ConfirmFormat:
    """Answers messages that have a BODID."""

    name = "b2mml"

    def answer(
        self,
        body: bytes,
        problems: Sequence[Problem],
        *,
        message_id: str,
        created: datetime,
        zone: ZoneInfo,
        settings: Mapping[str, Any],
    ) -> Rendered | None:
        try:
            message, _unread = read_message(body)
        except InvalidInput:
            return None
        if message.verb in ANSWERS or not text_at(message.envelope, "BODID"):
            return None
        profile = tables.profile(settings)
        said = write_confirm_bod(message, problems, message_id=message_id, created=created, profile=profile)
        return Rendered(said, "xml", "application/xml", "ConfirmBOD")


def write_confirm_bod(
    message: Message,
    problems: Sequence[Problem],
    *,
    message_id: str,
    created: datetime,
    profile: tables.Profile | None = None,
) -> bytes:
    """ConfirmBOD for a message: *Accepted*, or *Rejected* with a sentence for each problem."""
    profile = profile or tables.Profile()
    original = Node(
        "OriginalApplicationArea",
        (
            Node("Sender", (leaf("LogicalID", text_at(message.envelope, "Sender", "LogicalID")),)),
            leaf("CreationDateTime", text_at(message.envelope, "CreationDateTime") or utc_text(created)),
            leaf("BODID", text_at(message.envelope, "BODID")),
        ),
    )
    code = REJECTED if problems else ACCEPTED
    criteria = Node("ResponseCriteria", (leaf("ResponseExpression", message.root, actionCode=code),))
    sentences = [leaf("Description", str(problem.message)) for problem in problems]
    data = Node("DataArea", (Node("Confirm", (original, criteria)), Node("BOD", (original, *sentences))))
    parts = (envelope(message_id, created, profile), data)
    return write_document(Node("ConfirmBOD", parts))


def answers_of(message: Message, problems: list[Problem]) -> Iterator[Answer]:
    """What a ConfirmBOD or an acknowledgement says about messages of ours, by their BODID."""
    for verb in message.verbs:
        if verb.name not in ("Confirm", "Acknowledge"):
            continue
        identity = text_at(verb, ORIGINAL, "BODID").replace("-", "").upper()
        if not re.fullmatch("[0-9A-F]{32}", identity):
            reason = _("Line %d: the answer names no message of ours.") % verb.line
            problems.append(Problem("unknown_message", reason, field="BODID", value=identity[:60]))
            continue
        codes = {code for criteria in verb.all("ResponseCriteria") for code in _codes(criteria)}
        sentences = [one.text for bod in message.bods for one in bod.all("Description") if one.text]
        yield Answer(
            identity=identity,
            accepted=None if not codes else codes <= {ACCEPTED, "Modified"},
            text="; ".join(sentences)[:500] or ", ".join(sorted(codes)) or _("received"),
            code=", ".join(sorted(codes))[:40],
        )


def _codes(criteria: Element) -> set[str]:
    said = {one.attributes.get("actionCode", "") for one in criteria.all("ResponseExpression")}
    return {code for code in said if code}
