"""Sending what is due. A worker claims rows by compare-and-set under a lease, which it renews while it is at
them, and settles them the same way.

Messages of one order leave one at a time and in their order; other orders go on in parallel. A refused
message stops only its own order's queue, until a person resends or discards it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
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
from integrations.domain.outbox.rules import REFUSALS, Rule, pause, react, rules_of
from integrations.domain.outbox.sending import attempt_all
from integrations.domain.outbox.webhook import Parcel, prepare, send
from integrations.domain.steps import note_attempts
from integrations.domain.translating import Tables, tables_of
from integrations.enums import Delivery, OutboundState
from integrations.models import Connection, OutboundMessage
from mes.lib.live import announce
from mes.lib.prepared import Update

logger = structlog.get_logger(__name__)

LEASE = timedelta(seconds=45)
"""After this long a dead worker's messages are sent by another one; a live one renews its claim."""
RENEW_EVERY_SECONDS = 10.0
CLAIMED_AT_ONCE = 64
NETWORK = (Delivery.WEBHOOK, Delivery.CONNECTOR)
PUSHED = (*NETWORK, Delivery.FILE)
UNSETTLED = (OutboundState.QUEUED, OutboundState.SENDING, OutboundState.PARKED)
_RENDERED = Update(OutboundMessage, "rendered")
_SETTLED = Update(
    OutboundMessage,
    *("state", "leased_until", "next_try_at", "delivered_at", "posted_at"),
    *("answer", "reference", "problem", "sentence", "code", "mend", "is_asked", "uncertain"),
)


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
    partners = Connection.objects.filter(active=True, delivery__in=PUSHED).order_by("pk")
    claimed = [message for partner in partners for message in claim(partner=partner.pk, now=now)]
    if not claimed:
        return 0
    tried = _send_over_network([message for message in claimed if message.connection.delivery in NETWORK])
    tried += _drop([message for message in claimed if message.connection.delivery == Delivery.FILE])
    announce("outbox")
    return tried


def _send_over_network(messages: Sequence[OutboundMessage]) -> int:
    """Network in threads, database in this one."""
    new = [message for message in messages if not message.rendered]
    partners = {message.connection_id: message.connection for message in messages}
    tables = {key: tables_of(connection) for key, connection in partners.items()}
    prepared = [(message, _prepared(message, tables[message.connection_id])) for message in messages]
    # What is sent now is what is sent at every repeat.
    _RENDERED([message for message in new if message.rendered])
    settle_all([(message, said) for message, said in prepared if isinstance(said, Outcome)])
    calls = {message: said for message, said in prepared if not isinstance(said, Outcome)}
    tried, renewed = len(messages), time.monotonic()
    for answered, untried, under_way in attempt_all(calls):
        give_back(untried)
        settle_all(answered)
        tried -= len(untried)
        if under_way and time.monotonic() - renewed > RENEW_EVERY_SECONDS:
            renew(under_way)
            renewed = time.monotonic()
    return tried


def _prepared(message: OutboundMessage, tables: Tables) -> Callable[[], Outcome] | Outcome:
    """The attempt as a call that needs no database, or why there can't be one."""
    if message.connection.delivery == Delivery.CONNECTOR:
        return prepare_posting(message, tables)
    parcel = prepare(message, tables)
    return partial(send, parcel) if isinstance(parcel, Parcel) else parcel


def _drop(messages: Sequence[OutboundMessage]) -> int:
    waiting, renewed = list(messages), time.monotonic()
    for message, outcome in drop_all(messages):
        waiting.remove(message)
        settle(message, outcome)
        if waiting and time.monotonic() - renewed > RENEW_EVERY_SECONDS:
            renew(waiting)
            renewed = time.monotonic()
    return len(messages)


@transaction.atomic
def claim(*, partner: int, now: datetime, limit: int = CLAIMED_AT_ONCE) -> list[OutboundMessage]:
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
    return OutboundMessage.objects.filter(
        is_due, ~Exists(earlier), connection__active=True, connection__delivery__in=PUSHED
    )


def settle(message: OutboundMessage, outcome: Outcome) -> bool:
    """Note what became of an attempt, as the connection's retry rules want it. False when another worker took
    the message over meanwhile."""
    return bool(settle_all([(message, outcome)]))


@transaction.atomic
def settle_all(answered: Iterable[tuple[OutboundMessage, Outcome]]) -> list[OutboundMessage]:
    """Note what became of attempts, in a few statements for any number. Returns the messages that no other
    worker took over meanwhile: only those are changed."""
    outcomes = {message.pk: (message, outcome.storable()) for message, outcome in answered}
    if not outcomes:
        return []
    attempts = dict(_in_flight(outcomes).select_for_update().order_by("pk").values_list("pk", "attempts"))
    mine = [
        (message, outcome)
        for message, outcome in outcomes.values()
        if attempts.get(message.pk) == message.attempts
    ]
    rules = _RulesOf()
    settled = [(message, _settled(message, outcome, rules)) for message, outcome in mine]
    _SETTLED([message for message, _outcome in settled])
    note_attempts(settled)
    for partner, moment in _postponements(settled).items():
        _postpone(partner, moment)
    return [message for message, _outcome in settled]


def _in_flight(keys: Iterable[int]) -> QuerySet[OutboundMessage]:
    return OutboundMessage.objects.filter(pk__in=list(keys), state=OutboundState.SENDING)


class _RulesOf:
    """The retry rules of each connection, asked for once and only where something was refused."""

    def __init__(self) -> None:
        self._known: dict[int, list[Rule]] = {}

    def __call__(self, connection: Connection) -> list[Rule]:
        if connection.pk not in self._known:
            self._known[connection.pk] = rules_of(connection)
        return self._known[connection.pk]


def _settled(message: OutboundMessage, outcome: Outcome, rules: _RulesOf) -> Outcome:
    """Change the unsaved message as the rules want it; returns what they made of the outcome."""
    if outcome.state in REFUSALS:
        redatable = can_redate(message)
        outcome = react(outcome, rules(message.connection), attempts=message.attempts, can_redate=redatable)
    now = timezone.now()
    message.state = outcome.state
    message.leased_until = None
    message.answer = outcome.answer[:10_000]
    message.tell(outcome.problem)
    message.code = outcome.code[:60]
    message.mend = outcome.mend
    message.is_asked = outcome.is_asked
    message.uncertain = outcome.uncertain or (message.uncertain and outcome.state == OutboundState.QUEUED)
    if outcome.reference:
        message.reference = outcome.reference[:120]
    if outcome.state in (OutboundState.DELIVERED, OutboundState.POSTED):
        message.delivered_at = now
    if outcome.state == OutboundState.POSTED:
        message.posted_at = now
    if outcome.redate:
        give_todays_date(message)
        message.save(update_fields=["canonical", "rendered"])
    if outcome.state == OutboundState.QUEUED:
        message.next_try_at = now + (pause(message.attempts) if outcome.pause is None else outcome.pause)
        logger.warning("outbound_retry", message=message.pk, attempt=message.attempts, reason=outcome.problem)
    if outcome.state == OutboundState.PARKED:
        logger.warning("outbound_parked", message=message.pk, reason=outcome.problem)
    return outcome


def _postponements(settled: Iterable[tuple[OutboundMessage, Outcome]]) -> dict[int, datetime]:
    """Until when partners are left alone at whom nobody was there."""
    found: dict[int, datetime] = {}
    for message, outcome in settled:
        if outcome.state == OutboundState.QUEUED and outcome.unreachable:
            known = found.get(message.connection_id, message.next_try_at)
            found[message.connection_id] = max(known, message.next_try_at)
    return found


def give_back(messages: Iterable[OutboundMessage]) -> None:
    """Take the claim of messages that weren't tried back: they are due as before."""
    if keys := [message.pk for message in messages]:
        _in_flight(keys).update(state=OutboundState.QUEUED, leased_until=None, attempts=F("attempts") - 1)


def renew(messages: Iterable[OutboundMessage]) -> None:
    """Say that this worker is alive and still at them."""
    _in_flight(message.pk for message in messages).update(leased_until=timezone.now() + LEASE)


def _postpone(partner: int, moment: datetime) -> None:
    """Nobody is there: the partner's other messages wait as long as the one that found out."""
    waiting = OutboundMessage.objects.filter(connection=partner, state=OutboundState.QUEUED)
    waiting.filter(next_try_at__lt=moment).update(next_try_at=moment)
