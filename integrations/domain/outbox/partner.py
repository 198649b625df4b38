"""What partners do with messages: fetch them by cursor, and say what they booked."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.domain.outbox.collect import collect_news
from integrations.domain.outbox.compose import compose
from integrations.enums import Delivery, OutboundState
from integrations.models import Connection, OutboundMessage
from mes.lib.errors import InvalidInput, Problem
from mes.lib.live import announce


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
    ahead = mine.filter(sequence__gt=after).exclude(state=OutboundState.DISCARDED)
    return list(ahead.order_by("sequence")[:limit])


@dataclass(frozen=True, slots=True)
class Receipt:
    """A partner's word on one message. ``reason`` only when it was not ``posted``."""

    identity: uuid.UUID
    posted: bool
    reference: str = ""
    reason: str = ""


@transaction.atomic
def acknowledge(*, connection: Connection, receipts: Iterable[Receipt]) -> list[OutboundMessage]:
    """Note what the partner booked and refused. Repeating a receipt changes nothing; raises InvalidInput when
    one names a message that this connection never got, and then notes none."""
    receipts = list(receipts)
    found = {
        message.identity: message
        for message in OutboundMessage.objects.select_for_update(of=("self",))
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
    for receipt in receipts:
        message = found[receipt.identity]
        if message.state == OutboundState.DISCARDED:
            continue
        message.state = OutboundState.POSTED if receipt.posted else OutboundState.PARKED
        message.delivered_at = message.delivered_at or timezone.now()
        message.leased_until = None
        message.answer = receipt.reference[:10_000]
        message.problem = "" if receipt.posted else (receipt.reason or _("refused by the ERP"))[:500]
        message.save(update_fields=["state", "delivered_at", "leased_until", "answer", "problem"])
    announce("outbox")
    return [found[receipt.identity] for receipt in receipts]
