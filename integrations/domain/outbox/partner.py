"""What partners do with messages: fetch them by cursor, and say what they booked."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import takewhile

from django.db import transaction
from django.utils import timezone

from integrations.domain.outbox.collect import collect_news
from integrations.domain.outbox.compose import compose
from integrations.domain.outbox.outcome import Outcome, parked
from integrations.domain.outbox.redating import can_redate, give_todays_date
from integrations.domain.outbox.rules import Rule, react, rules_of
from integrations.domain.steps import note_receipts
from integrations.enums import Delivery, Mend, OutboundState
from integrations.models import Connection, OutboundMessage
from mes.lib.errors import InvalidInput, Problem
from mes.lib.live import announce
from mes.lib.sentences import gettext as _


@transaction.atomic
def pull(*, connection: Connection, after: int, limit: int = 100) -> list[OutboundMessage]:
    """The next messages behind the cursor ``after``, in order. Asking with a cursor says that everything up
    to it has arrived. Asking twice with the same cursor gives the same messages again."""
    mine = OutboundMessage.objects.filter(connection=connection)
    if connection.delivery == Delivery.PULL:
        collect_news()
        compose(connection=connection)
        arrived = mine.filter(sequence__lte=after, state=OutboundState.QUEUED)
        if arrived.update(state=OutboundState.DELIVERED, delivered_at=timezone.now()):
            announce("outbox")
    ahead = mine.filter(sequence__gt=after).exclude(state=OutboundState.DISCARDED).order_by("sequence")
    given = list(takewhile(_may_leave, ahead.select_for_update(of=("self",))[:limit]))
    # From now on a correction can't withdraw them any more.
    fresh = [message.pk for message in given if not message.attempts]
    mine.filter(pk__in=fresh, state=OutboundState.QUEUED).update(attempts=1)
    return given


def _may_leave(message: OutboundMessage) -> bool:
    """Not while it waits for corrections."""
    return bool(message.attempts) or message.next_try_at <= timezone.now()


@dataclass(frozen=True, slots=True)
class Receipt:
    """A partner's word on one message. ``reason`` and its ``code`` only when it was not ``posted``."""

    identity: uuid.UUID
    posted: bool
    reference: str = ""
    reason: str = ""
    code: str = ""


@transaction.atomic
def acknowledge(*, connection: Connection, receipts: Iterable[Receipt]) -> list[OutboundMessage]:
    """Note what the partner booked and refused. Repeating a receipt changes nothing; raises InvalidInput when
    one names a message that this connection never got, and then notes none."""
    receipts = list(receipts)
    found = {
        message.identity: message
        for message in OutboundMessage.objects.select_for_update(of=("self",))
        .select_related("connection__plant")
        .filter(connection=connection, identity__in=[receipt.identity for receipt in receipts])
        .order_by("sequence")
    }
    problems = [
        Problem("unknown_message", _("There is no such message."), "identity", row, str(receipt.identity))
        for row, receipt in enumerate(receipts, start=1)
        if receipt.identity not in found
    ]
    if problems:
        raise InvalidInput(problems)
    rules = rules_of(connection) if any(not receipt.posted for receipt in receipts) else []
    for receipt in receipts:
        message = found[receipt.identity]
        if message.state != OutboundState.DISCARDED:
            _note(message, receipt, rules)
    note_receipts(message for message in found.values() if message.state != OutboundState.DISCARDED)
    announce("outbox")
    return [found[receipt.identity] for receipt in receipts]


def _note(message: OutboundMessage, receipt: Receipt, rules: Sequence[Rule]) -> None:
    now = timezone.now()
    outcome = Outcome(OutboundState.POSTED)
    if not receipt.posted:
        refused = parked(receipt.reason or _("refused by the ERP"), code=receipt.code)
        outcome = react(refused, rules, attempts=message.attempts, can_redate=can_redate(message))
        if outcome.state == OutboundState.QUEUED and message.connection.delivery == Delivery.PULL:
            # Its cursor is past it: it comes back when a person sends it, not by itself.
            mend = Mend.REDATE if outcome.redate else outcome.mend
            outcome = replace(outcome, state=OutboundState.PARKED, redate=False, mend=mend)
    if outcome.redate:
        give_todays_date(message)
    message.state = outcome.state
    message.delivered_at = message.delivered_at or now
    message.posted_at = (message.posted_at or now) if receipt.posted else None
    message.next_try_at = now + (outcome.pause or timedelta())
    message.leased_until = None
    message.answer = (receipt.reference or receipt.reason or message.answer)[:10_000]
    message.tell(outcome.problem)
    message.code = "" if receipt.posted else outcome.code[:60] or message.code
    message.mend, message.is_asked = outcome.mend, outcome.is_asked
    message.save(
        update_fields=[
            "state",
            "canonical",
            "rendered",
            "delivered_at",
            "posted_at",
            "next_try_at",
            "leased_until",
            "answer",
            "problem",
            "sentence",
            "code",
            "mend",
            "is_asked",
        ]
    )
