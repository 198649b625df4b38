"""Sending what is due. A worker claims rows by compare-and-set under a lease and settles them the same way.

Messages of one order leave one at a time and in their order; other orders go on in parallel. A refused
message stops only its own order's queue, until a person resends or discards it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial

import structlog
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from integrations.domain.outbox.collect import collect_news
from integrations.domain.outbox.compose import PROPOSAL, compose_all
from integrations.domain.outbox.drop import drop_all
from integrations.domain.outbox.goods import collect_goods
from integrations.domain.outbox.outcome import Outcome
from integrations.domain.outbox.post import prepare_posting
from integrations.domain.outbox.redating import can_redate, give_todays_date
from integrations.domain.outbox.rules import REFUSALS, pause, react, rules_of
from integrations.domain.outbox.webhook import Parcel, prepare, send
from integrations.domain.steps import note_attempt
from integrations.enums import Delivery, OutboundState
from integrations.models import OutboundMessage
from mes.lib.live import announce

logger = structlog.get_logger(__name__)

LEASE = timedelta(minutes=2)
AT_ONCE = 8
MOST_THREADS = 32
NETWORK = (Delivery.WEBHOOK, Delivery.CONNECTOR)
UNSETTLED = (OutboundState.QUEUED, OutboundState.SENDING, OutboundState.PARKED)


def relay_once() -> int:
    """Collect news, make messages, send what is due. Returns how many steps were done; 0 = nothing to do."""
    taken = collect_news()
    made = compose_all() + collect_goods()
    return taken + made + send_due()


def send_due(*, now: datetime | None = None) -> int:
    """Claim and send one round: some messages of each partner, so that a slow one doesn't starve the others.

    Returns how many messages were tried.
    """
    now = now or timezone.now()
    partners = _due(now).values_list("connection", flat=True).distinct().order_by("connection")
    claimed = [message for partner in list(partners) for message in claim(partner=partner, now=now)]
    if not claimed:
        return 0
    _send_over_network([message for message in claimed if message.connection.delivery in NETWORK])
    files = [message for message in claimed if message.connection.delivery == Delivery.FILE]
    for message, outcome in drop_all(files):
        settle(message, outcome)
    announce("outbox")
    return len(claimed)


def _send_over_network(messages: Sequence[OutboundMessage]) -> None:
    """Network in threads, database in this one."""
    calls: list[tuple[OutboundMessage, Callable[[], Outcome]]] = []
    for message in messages:
        prepared = _prepared(message)
        if isinstance(prepared, Outcome):
            settle(message, prepared)
        else:
            calls.append((message, prepared))
    if not calls:
        return
    with ThreadPoolExecutor(max_workers=min(len(calls), MOST_THREADS)) as pool:
        outcomes = pool.map(lambda call: call(), [call for _message, call in calls])
        for (message, _call), outcome in zip(calls, outcomes, strict=True):
            settle(message, outcome)


def _prepared(message: OutboundMessage) -> Callable[[], Outcome] | Outcome:
    """The attempt as a call that needs no database, or why there can't be one."""
    if message.connection.delivery == Delivery.CONNECTOR:
        return prepare_posting(message)
    parcel = prepare(message)
    return partial(send, parcel) if isinstance(parcel, Parcel) else parcel


@transaction.atomic
def claim(*, partner: int, now: datetime, limit: int = AT_ONCE) -> list[OutboundMessage]:
    """Take due messages for this worker: queued ones, and those whose worker died. Each counts an attempt."""
    claimed = list(
        _due(now)
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("connection__plant", "order", "operation", "reverses")
        .filter(connection=partner)
        .order_by("next_try_at", "id")[:limit]
    )
    OutboundMessage.objects.filter(pk__in=[message.pk for message in claimed]).update(
        state=OutboundState.SENDING, leased_until=now + LEASE, attempts=F("attempts") + 1
    )
    for message in claimed:
        message.state, message.leased_until = OutboundState.SENDING, now + LEASE
        message.attempts += 1
    return claimed


def _due(now: datetime) -> QuerySet[OutboundMessage]:
    """What may leave now: nothing of the same order is still on its way or parked before it. A proposal is
    about no amount: nothing waits for it.
    """
    earlier = OutboundMessage.objects.filter(
        connection=OuterRef("connection"),
        order=OuterRef("order"),
        sequence__lt=OuterRef("sequence"),
        state__in=UNSETTLED,
    ).exclude(kind=PROPOSAL)
    is_due = Q(state=OutboundState.QUEUED, next_try_at__lte=now) | Q(
        state=OutboundState.SENDING, leased_until__lt=now
    )
    pushed = (*NETWORK, Delivery.FILE)
    return OutboundMessage.objects.filter(
        is_due, ~Exists(earlier), connection__active=True, connection__delivery__in=pushed
    )


@transaction.atomic
def settle(message: OutboundMessage, outcome: Outcome) -> bool:
    """Note what became of an attempt, as the connection's retry rules want it. False when another worker took
    the message over meanwhile."""
    outcome = outcome.storable()
    if outcome.state in REFUSALS:
        rules = rules_of(message.connection)
        outcome = react(outcome, rules, attempts=message.attempts, can_redate=can_redate(message))
    now = timezone.now()
    values: dict[str, object] = {
        "state": outcome.state,
        "leased_until": None,
        "answer": outcome.answer[:10_000],
        "problem": outcome.problem[:500],
        "code": outcome.code[:60],
        "mend": outcome.mend,
        "is_asked": outcome.is_asked,
        "uncertain": outcome.uncertain or (message.uncertain and outcome.state == OutboundState.QUEUED),
    }
    if outcome.reference:
        values["reference"] = outcome.reference[:120]
    if outcome.state in (OutboundState.DELIVERED, OutboundState.POSTED):
        values["delivered_at"] = now
    if outcome.state == OutboundState.POSTED:
        values["posted_at"] = now
    if outcome.redate:
        give_todays_date(message)
        values |= {"canonical": message.canonical, "rendered": message.rendered}
    if outcome.state == OutboundState.QUEUED:
        wait = pause(message.attempts) if outcome.pause is None else outcome.pause
        values["next_try_at"] = next_try = now + wait
        if outcome.unreachable:
            _postpone(message.connection_id, next_try)
        logger.warning("outbound_retry", message=message.pk, attempt=message.attempts, reason=outcome.problem)
    if outcome.state == OutboundState.PARKED:
        logger.warning("outbound_parked", message=message.pk, reason=outcome.problem)
    mine = OutboundMessage.objects.filter(
        pk=message.pk, state=OutboundState.SENDING, attempts=message.attempts
    )
    if not mine.update(**values):
        return False
    note_attempt(message, outcome)
    return True


def _postpone(partner: int, moment: datetime) -> None:
    """Nobody is there: the partner's other messages wait as long as the one that found out."""
    waiting = OutboundMessage.objects.filter(connection=partner, state=OutboundState.QUEUED)
    waiting.filter(next_try_at__lt=moment).update(next_try_at=moment)
