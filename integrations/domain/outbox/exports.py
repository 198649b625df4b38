"""Results by order: what a partner hasn't taken yet, given under a transaction key, settled order by order.

The same messages as the webhook's and the pull endpoint's, gathered by order for partners that work so. The
transaction key names the last message that was given, so that what happens meanwhile is given next time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from django.db import transaction
from django.db.models import Q

from integrations.domain.outbox.collect import collect_news
from integrations.domain.outbox.compose import compose
from integrations.domain.outbox.partner import Receipt, acknowledge
from integrations.enums import OutboundState
from integrations.models import Connection, OutboundMessage
from mes.lib.errors import InvalidInput, Problem
from mes.lib.sentences import gettext as _

OPEN = (OutboundState.QUEUED, OutboundState.DELIVERED)
KEY = re.compile(r"T([0-9]{1,18})")


@dataclass(frozen=True, slots=True)
class OrderExport:
    """One order's results in their order."""

    order: str
    plant: str
    messages: list[OutboundMessage]


@dataclass(frozen=True, slots=True)
class ExportStatus:
    """A partner's word on one order of a transaction. ``text`` says why when it was not ``exported``."""

    order: str
    plant: str
    transaction_key: str
    exported: bool
    text: str = ""
    reference: str = ""


def not_exported(*, connection: Connection, limit: int) -> tuple[str, list[OrderExport]]:
    """The transaction key and the orders with results that wait, longest waiting first, at most ``limit``.

    An order with a refused message waits until a person sends it again or discards it. Asking again without
    settling gives the same orders again.
    """
    collect_news()
    compose(connection=connection)
    mine = OutboundMessage.objects.filter(connection=connection)
    parked = mine.filter(state=OutboundState.PARKED).values("order")
    waiting = mine.filter(state__in=OPEN).exclude(order__in=parked).order_by("sequence")
    orders = list(dict.fromkeys(waiting.values_list("order", flat=True)))[:limit]
    messages = list(
        waiting.filter(order__in=orders).select_related("order__plant").order_by("order", "sequence")
    )
    found = [
        OrderExport(group[0].order.number, group[0].order.plant.code, group)
        for group in (list(part) for _order, part in groupby(messages, key=lambda one: one.order_id))
    ]
    last = max((message.sequence for message in messages), default=0)
    return f"T{last}", sorted(found, key=lambda one: one.messages[0].sequence)


@transaction.atomic
def settle_exports(*, connection: Connection, statuses: Iterable[ExportStatus]) -> int:
    """Note what became of orders; repeating it changes nothing. Returns how many messages were settled.

    Raises InvalidInput, and then settles none, for a key or an order that this connection was never given.
    """
    receipts: list[Receipt] = []
    problems: list[Problem] = []
    for row, status in enumerate(statuses, start=1):
        match = KEY.fullmatch(status.transaction_key)
        if match is None:
            message = _("This is not a transaction key of ours.")
            problems.append(
                Problem("unknown_transaction", message, "transaction_key", row, status.transaction_key[:40])
            )
            continue
        given = OutboundMessage.objects.filter(
            Q(order__plant__code=status.plant) if status.plant else Q(),
            connection=connection,
            order__number=status.order,
            sequence__lte=int(match[1]),
        )
        if not given.exists():
            message = _("No results of this order were given under this key.")
            problems.append(Problem("unknown_order", message, "order", row, status.order[:40]))
            continue
        waiting = given.filter(state__in=OPEN).order_by("sequence")
        # What is refused is refused as a whole: the first one parks, the others wait behind it.
        told = list(waiting if status.exported else waiting[:1])
        receipts += [Receipt(one.identity, status.exported, status.reference, status.text) for one in told]
    if problems:
        raise InvalidInput(problems)
    return len(acknowledge(connection=connection, receipts=receipts)) if receipts else 0
