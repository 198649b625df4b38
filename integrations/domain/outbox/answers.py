"""Partners' answers that come as messages of their own: taken or refused, never by themselves posted."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from integrations.domain.formats import Answer
from integrations.domain.outbox.partner import Receipt, acknowledge
from integrations.domain.steps import note_receipts
from integrations.enums import OutboundState, PartKind
from integrations.models import Connection, OutboundMessage
from mes.lib.errors import Problem
from mes.lib.live import announce
from mes.lib.sentences import gettext as _

ON_ITS_WAY = (OutboundState.QUEUED, OutboundState.SENDING, OutboundState.DELIVERED, OutboundState.PARKED)
REFUSABLE = (OutboundState.SENDING, OutboundState.DELIVERED, OutboundState.POSTED)


def note_answers(
    *, connection: Connection, answers: Sequence[Answer]
) -> tuple[list[dict[str, Any]], list[Problem]]:
    """Note each answer at its message. Returns a result per answer for the inbox, and a problem for each that
    names no message of this connection.

    A message that is taken is *delivered*: what is posted shows only in the reconciliation. A refusal of a
    message that a person has sent again meanwhile is about the earlier attempt and changes nothing.
    """
    if not answers:
        return [], []
    wanted = [uuid.UUID(answer.identity) for answer in answers]
    messages = OutboundMessage.objects.select_for_update(of=("self",)).select_related("order")
    found = {
        message.identity: message for message in messages.filter(connection=connection, identity__in=wanted)
    }
    results: list[dict[str, Any]] = []
    problems: list[Problem] = []
    for identity, answer in zip(wanted, answers, strict=True):
        message = found.get(identity)
        if message is None:
            reason = _("There is no such message.")
            problems.append(Problem("unknown_message", reason, "ARCKEY", answer.row, answer.identity))
            continue
        before = message.state
        _note(message, answer, connection)
        message.refresh_from_db(fields=["state"])
        results.append(_result(message, answer, before))
    announce("outbox")
    return results, problems


def _note(message: OutboundMessage, answer: Answer, connection: Connection) -> None:
    if answer.accepted is False and message.state in REFUSABLE:
        receipt = Receipt(
            message.identity, posted=False, reference=answer.reference, reason=answer.text, code=answer.code
        )
        acknowledge(connection=connection, receipts=[receipt])
    elif answer.accepted and message.state in ON_ITS_WAY:
        message.state = OutboundState.DELIVERED
        message.delivered_at = message.delivered_at or timezone.now()
        message.leased_until = None
        message.answer = answer.text[:10_000]
        message.code = ""
        message.tell("")
        message.save(
            update_fields=["state", "delivered_at", "leased_until", "answer", "problem", "sentence", "code"]
        )
        note_receipts([message])


def _result(message: OutboundMessage, answer: Answer, before: str) -> dict[str, Any]:
    has_changed = before != message.state
    return {
        "row": answer.row,
        "kind": PartKind.ANSWER.value,
        "number": message.order.number,
        "outcome": "changed" if has_changed else "unchanged",
        "changes": {"state": [before, str(message.state)]} if has_changed else {},
        "conflicts": [] if answer.accepted else [answer.text],
        "problems": [],
    }
