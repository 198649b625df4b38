"""Making messages of collected events: one confirmation per operation, window and part of the day.

No confirmation crosses a shift or a posting day (``days``): each part's amounts are those since its last
confirmation. A correction of something confirmed takes that confirmation back (a *reversal*), or withdraws it
when it hasn't left, and tells the right amounts in a new one. What nothing can be taken back for is owed:
later confirmations tell that much less. Times are the difference of totals, so that a late log-on or a moved
stop corrects itself.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import structlog
from django.contrib.postgres.aggregates import BoolOr
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Exists, Max, Min, OuterRef, Q, Value
from django.utils import timezone

from integrations.domain.outbox.amounts import ZERO, Amounts
from integrations.domain.outbox.canonical import BASIS, from_json, moment_text, to_json
from integrations.domain.outbox.days import INSTANT, DaysOfOperations, Part, PostingDays
from integrations.enums import ConfirmWhen, Delivery, OutboundState
from integrations.models import Connection, OutboundItem, OutboundMessage
from mes.lib.live import announce
from mes.lib.prepared import Update
from mes.lib.sentences import gettext as _
from mes.lib.spans import Span
from orders.domain.documents import Confirmation
from orders.domain.engineering import SPLIT_TO
from orders.enums import EventKind, OperationState
from orders.models import Operation, ProductionEvent, ProductionOrder
from orders.queries.times import WorkTimes, began_at, work_times_within

logger = structlog.get_logger(__name__)

CONFIRMATION, REVERSAL, STATUS, PROPOSAL = "confirmation", "reversal", "status", "proposal"
SPLIT = "split"
SUPERSEDED, NOTHING = "superseded", "nothing"
OWED = "owed"
"""In a message's basis: pieces it should have told and couldn't (below zero), or left out for them."""
BY_PEOPLE = (EventKind.REPORTED, EventKind.RECLASSIFIED)
AT_ONCE = 100
Group = tuple[int, int | None]
"""An order and one of its operations; None: the order as a whole."""
_LINKED = Update(OutboundItem, "message")
OVER = (OperationState.FINISHED, OperationState.CANCELLED)
TURNS = (
    EventKind.SETUP_STARTED,
    EventKind.PRODUCTION_STARTED,
    EventKind.INTERRUPTED,
    EventKind.RESUMED,
    EventKind.SENT_OUT,
    EventKind.FINISHED,
)


def compose_all(*, now: datetime | None = None) -> int:
    """Make the messages that are due for every connection. Returns how many were made."""
    waiting = OutboundItem.objects.filter(message__isnull=True).values("connection_id").distinct()
    return sum(
        len(compose(connection=connection, now=now))
        for connection in Connection.objects.filter(pk__in=waiting, active=True)
    )


def compose(*, connection: Connection, now: datetime | None = None) -> list[OutboundMessage]:
    """Make the messages that are due for one connection.

    An operation is due when its events have waited as the connection says, or when it is finished.
    """
    now = now or timezone.now()
    days = DaysOfOperations(connection)
    due = _due(connection, days, now)
    made: list[OutboundMessage] = []
    for start in range(0, len(due), AT_ONCE):
        made += _compose_or_split(connection, due[start : start + AT_ONCE], days, now)
    return made


def _compose_or_split(
    connection: Connection, groups: Sequence[Group], days: DaysOfOperations, now: datetime
) -> list[OutboundMessage]:
    """A defect with one operation must not keep the others from being told: those are then made alone."""
    try:
        return _compose_some(connection, groups, days, now)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        if len(groups) == 1:
            order, operation = groups[0]
            logger.exception("compose_failed", connection=connection.code, order=order, operation=operation)
            return []
    return [message for group in groups for message in _compose_or_split(connection, [group], days, now)]


def _due(connection: Connection, days: DaysOfOperations, now: datetime) -> list[Group]:
    """Orders and operations that are due, in the order of their first event."""
    waiting = OutboundItem.objects.filter(connection=connection, message__isnull=True)
    if connection.confirm_when == ConfirmWhen.STATUS_CHANGE:
        turns = ProductionEvent.objects.filter(operation=OuterRef("event__operation"), kind__in=TURNS)
        waiting = waiting.annotate(turned=Exists(turns.filter(pk__gte=OuterRef("event_id"))))
    else:
        waiting = waiting.annotate(turned=Value(False))
    groups = (
        waiting.values_list(
            "event__order_id",
            "event__operation_id",
            "event__operation__machine_group_id",
            "event__operation__state",
        )
        .annotate(
            first=Min("event_id"),
            oldest=Min("created_at"),
            earliest=Min("event__occurred_at"),
            has_turned=BoolOr("turned"),
            is_finished=BoolOr(Q(event__kind=EventKind.FINISHED)),
        )
        .order_by("first")
    )
    window = timedelta(seconds=connection.confirm_every_seconds)

    def waited(group: int | None, state: str, oldest: datetime, earliest: datetime, turned: bool) -> bool:
        match connection.confirm_when:
            case ConfirmWhen.SHIFT_END:
                return days.of_group(group).at(earliest).span.end <= now or state in OVER
            case ConfirmWhen.STATUS_CHANGE:
                return turned or state in OVER
            case ConfirmWhen.OPERATION_END:
                return state in OVER
        return oldest + window <= now

    return [
        (order, operation)
        for order, operation, group, state, _first, oldest, earliest, turned, is_finished in groups
        if is_finished
        or (operation is None and connection.confirm_when != ConfirmWhen.INTERVAL)
        or waited(group, state, oldest, earliest, turned)
    ]


@transaction.atomic
def _compose_some(
    connection: Connection, groups: Sequence[Group], days: DaysOfOperations, now: datetime
) -> list[OutboundMessage]:
    """Calculate all messages, then write them in a few statements, so that nobody waits long for this."""
    # One composer per connection at a time: its numbers have no gaps and appear in order. The lock lets
    # others go on referring to the connection.
    locked = Connection.objects.select_for_update(of=("self",), no_key=True).get(pk=connection.pk)
    items = _items(locked, groups)
    writer = _Writer(locked, days, now, _Facts.of(locked, groups))
    for group in groups:
        order, operation = group
        if operation is None:
            writer.write_status(writer.facts.orders[order], items[group])
        else:
            of = writer.facts.operations[operation]
            writer.write_operation(writer.facts.orders[order], of, writer.ripe(of, items[group]))
    writer.store()
    announce("outbox")
    return writer.made


def _items(connection: Connection, groups: Iterable[Group]) -> dict[Group, list[OutboundItem]]:
    """What isn't told yet of each group, in the order of the events."""
    of_orders = Q(event__operation=None, event__order__in=[o for o, operation in groups if operation is None])
    of_operations = Q(event__operation__in=[operation for _o, operation in groups if operation is not None])
    found: dict[Group, list[OutboundItem]] = defaultdict(list)
    for item in (
        OutboundItem.objects.filter(of_orders | of_operations, connection=connection, message__isnull=True)
        .select_related("event__scrap_reason", "event__reverses", "event__by")
        .order_by("event_id")
    ):
        found[item.event.order_id, item.event.operation_id].append(item)
    return found


@dataclass(slots=True)
class _Facts:
    """What is known of the orders and operations that are told of, read at once.

    ``told``: confirmations in force, oldest first. What a person discarded is in force too: it was settled
    outside, so it must not be told again. ``owed``: what rounds without a confirmation left open. ``began``:
    when the first run began. ``created``: the time that the latest message of an operation bears.
    """

    orders: dict[int, ProductionOrder]
    operations: dict[int, Operation]
    told: dict[int, list[OutboundMessage]]
    owed: dict[int, list[dict[str, Any]]]
    began: dict[int, datetime]
    created: dict[int, datetime]

    @classmethod
    def of(cls, connection: Connection, groups: Iterable[Group]) -> _Facts:
        keys = [operation for _order, operation in groups if operation is not None]
        orders = ProductionOrder.objects.select_related("plant", "unit")
        sent = OutboundMessage.objects.filter(connection=connection, operation__in=keys)
        taken_back = sent.filter(reverses__isnull=False).values("reverses_id")
        told: dict[int, list[OutboundMessage]] = defaultdict(list)
        for entry in (
            sent.filter(kind=CONFIRMATION)
            .exclude(pk__in=taken_back)
            .defer("rendered", "answer")
            .order_by("sequence")
        ):
            told[entry.operation_id or 0].append(entry)
        owed: dict[int, list[dict[str, Any]]] = defaultdict(list)
        silent = sent.filter(kind=NOTHING, canonical__basis__has_key=OWED)
        for key, said in silent.values_list("operation_id", f"canonical__{BASIS}__{OWED}"):
            owed[key].append(said)
        latest = sent.order_by("operation_id", "-sequence").distinct("operation_id")
        return cls(
            orders=orders.in_bulk([order for order, _operation in groups]),
            operations=Operation.objects.select_related("machine_group").in_bulk(keys),
            told=told,
            owed=owed,
            began=began_at(keys),
            created={
                key: datetime.fromisoformat(text)
                for key, text in latest.values_list("operation_id", "canonical__created")
            },
        )


@dataclass(slots=True)
class _Ledger:
    """One part of an operation's time: what happened in it and is not told yet, and what is told.

    Times are told up to ``until``.
    """

    part: Part
    until: datetime
    items: list[OutboundItem] = field(default_factory=list)
    told: list[OutboundMessage] = field(default_factory=list)
    withdrawn: list[OutboundMessage] = field(default_factory=list)
    amounts: Amounts = field(default_factory=Amounts)

    @property
    def events(self) -> list[ProductionEvent]:
        return [item.event for item in self.items]

    @property
    def kept(self) -> list[OutboundMessage]:
        """What could still be taken back, the latest first. What a person discarded was settled outside."""
        return [
            entry
            for entry in reversed(self.told)
            if entry.state != OutboundState.DISCARDED and entry not in self.withdrawn
        ]

    def withdraw(self, entry: OutboundMessage) -> None:
        self.withdrawn.append(entry)
        self.amounts.add_confirmed(entry.canonical)
        self.amounts.add_pieces(_owed(entry))

    def withdraw_until_positive(self) -> None:
        for entry in self.kept:
            if not self.amounts.is_negative:
                return
            self.withdraw(entry)

    @property
    def standing(self) -> list[OutboundMessage]:
        return [entry for entry in self.told if entry not in self.withdrawn]


class _Writer:
    """Makes the messages of groups, numbering them on; ``store`` writes them."""

    def __init__(self, connection: Connection, days: DaysOfOperations, now: datetime, facts: _Facts) -> None:
        self.connection = connection
        self.days = days
        self.now = now
        self.facts = facts
        self.made: list[OutboundMessage] = []
        self.linked: list[tuple[OutboundItem, OutboundMessage]] = []
        self.moved: list[tuple[list[OutboundMessage], OutboundMessage]] = []
        self.delay = timedelta(seconds=connection.upload_delay_seconds)
        numbers = OutboundMessage.objects.filter(connection=connection)
        self.sequence = numbers.aggregate(last=Max("sequence"))["last"] or 0

    def write_status(self, order: ProductionOrder, items: list[OutboundItem]) -> None:
        """What happened to the order as a whole: released, finished, cancelled, in conflict, split …"""
        for item in items:
            blank = self.blank(order, None, item.event.occurred_at)
            split = _split(item.event)
            said = replace(blank, status=SPLIT if split else item.event.kind)
            message = self.add(order, None, STATUS, said, {})
            if split:
                message.canonical[SPLIT] = split
            if item.event.kind == EventKind.PROPOSED:
                words = ("field", "operation", "mes", "erp")
                message.canonical["proposed"] = {name: item.event.details[name] for name in words}
            self.link([item], message)

    def ripe(self, operation: Operation, items: list[OutboundItem]) -> list[OutboundItem]:
        """What is told now: everything, or what lies in shifts that are over."""
        if self.connection.confirm_when != ConfirmWhen.SHIFT_END or operation.state in OVER:
            return items
        days = self.days.of(operation)
        return [item for item in items if days.at(item.event.occurred_at).span.end <= self.now]

    def write_operation(
        self, order: ProductionOrder, operation: Operation, items: list[OutboundItem]
    ) -> None:
        if not items:
            return
        before = len(self.made)
        told = self.facts.told.get(operation.pk, [])
        ledgers = self.ledgers(operation, items, told)
        self.choose_corrected(ledgers, items)
        for ledger in ledgers:
            ledger.withdraw_until_positive()
        for place, ledger in enumerate(ledgers):
            if ledger.amounts.is_negative:
                self.borrow(ledger, [*reversed(ledgers[:place]), *ledgers[place + 1 :]])
        if self.connection.delivery == Delivery.CONNECTOR and any(
            ledger.withdrawn or not ledger.amounts.is_zero for ledger in ledgers
        ):
            self.reopen(ledgers)
        owed = self.settle_owed(operation, ledgers)
        withdrawn = [entry for ledger in ledgers for entry in ledger.withdrawn]
        for entry in sorted(withdrawn, key=lambda entry: entry.sequence):
            self.take_back(order, operation, entry)
        ends_now = any(item.event.kind == EventKind.FINISHED for item in items) or any(
            entry.canonical["final"] for entry in withdrawn
        )
        final = ends_now or any(entry.canonical["final"] for entry in told)
        speaking = [ledger for ledger in ledgers if self.has_to_tell(ledger)]
        if ends_now and not speaking:
            speaking = [max((ledger for ledger in ledgers if ledger.items), key=lambda one: one.part)]
        for ledger in speaking:
            is_last = ledger is speaking[-1]
            main = self.confirm(
                order, operation, ledger, final=final and is_last, owed=owed if is_last else {}
            )
            self.link(ledger.items, main)
            # The pieces follow the confirmation that tells them now.
            if ledger.withdrawn:
                self.moved.append((ledger.withdrawn, main))
        silent = [item for ledger in ledgers if ledger not in speaking for item in ledger.items]
        if silent:
            own = self.made[before:]
            self.link(silent, own[-1] if own else self.note_nothing(order, operation, owed))

    def ledgers(
        self, operation: Operation, items: Sequence[OutboundItem], told: Sequence[OutboundMessage]
    ) -> list[_Ledger]:
        """The operation's time in parts, in order: those with news, with something told or with work."""
        days = self.days.of(operation)
        until = self.until(days, items, told)
        moments = [item.event.occurred_at for item in items]
        first_run = self.facts.began.get(operation.pk)
        began = min(filter(None, [first_run, *moments, *map(_since, told)]))
        parts = days.within(Span(began, until + INSTANT))
        found = {part: _Ledger(part, min(until, part.span.end)) for part in parts}
        for item in items:
            found[days.at(item.event.occurred_at)].items.append(item)
        for entry in told:
            found[days.at(_since(entry))].told.append(entry)
        ledgers = list(found.values())
        spans = [Span(ledger.part.span.start, ledger.until) for ledger in ledgers]
        # Most of what people only report has no runs.
        times = work_times_within(operation, spans) if first_run else {span: WorkTimes() for span in spans}
        for ledger, span in zip(ledgers, spans, strict=True):
            ledger.amounts.add_events(ledger.events)
            ledger.amounts.add_times(times[span], told=[entry.canonical for entry in ledger.told])
        return [ledger for ledger in ledgers if ledger.items or ledger.told or not ledger.amounts.is_zero]

    def until(
        self, days: PostingDays, items: Sequence[OutboundItem], told: Sequence[OutboundMessage]
    ) -> datetime:
        """Up to when times are told: the latest event, or the end of its shift where shifts are waited for;
        never back behind what is told."""
        latest = max(item.event.occurred_at for item in items)
        if self.connection.confirm_when == ConfirmWhen.SHIFT_END:
            latest = max(latest, min(days.at(latest).span.end, self.now))
        return max([latest, *filter(None, map(_until, told)), *map(_since, told)])

    def choose_corrected(self, ledgers: Sequence[_Ledger], items: Sequence[OutboundItem]) -> None:
        """Whatever carried a report that is corrected must be taken back."""
        corrected = {
            item.event.reverses_id
            for item in items
            if item.event.reverses is not None and item.event.reverses.kind in BY_PEOPLE
        }
        for ledger in ledgers:
            for entry in reversed(ledger.kept):
                if corrected & set(_basis(entry).get("events", ())):
                    ledger.withdraw(entry)

    def borrow(self, short: _Ledger, others: Sequence[_Ledger]) -> None:
        """Take what a part lacks from the parts before it, the nearest first, then from those after it:
        people may take from the good pieces of a shift that has none yet."""
        for other in others:
            standing = Amounts()
            for entry in other.kept:
                standing.add_confirmed(entry.canonical)
                standing.add_pieces(_owed(entry))
            short.amounts.take_from(other.amounts, standing)
            other.withdraw_until_positive()

    def settle_owed(self, operation: Operation, ledgers: Sequence[_Ledger]) -> dict[str, Any]:
        """No amount is told below zero, but people may sort out pieces that nobody has counted so far, and a
        partner may join after what is taken back: later confirmations make up for it. Returns the pieces that
        the ones made now leave open (below zero) or settle (above)."""
        owed, left = Amounts(), Amounts()
        for entry in [entry for ledger in ledgers for entry in ledger.standing]:
            left.add_pieces(_owed(entry))
        for said in self.facts.owed.get(operation.pk, ()):
            left.add_pieces(said)
        for ledger in reversed(ledgers):
            if ledger.amounts.is_negative:
                logger.info("confirmation_below_zero", operation=operation.pk, by=self.connection.code)
                ledger.amounts.cut_at_zero(owed)
            ledger.amounts.absorb(left, owed)
        return owed.pieces_as_json()

    def reopen(self, ledgers: Sequence[_Ledger]) -> None:
        """An ERP that books at once takes nothing more after the final one: it is told anew, last."""
        for ledger in ledgers:
            for entry in [entry for entry in ledger.kept if entry.canonical["final"]]:
                ledger.withdraw(entry)

    def has_to_tell(self, ledger: _Ledger) -> bool:
        """Changes of state are told without amounts too, but not to files."""
        if not ledger.amounts.is_zero:
            return True
        return bool(ledger.items) and not ledger.withdrawn and self.connection.delivery != Delivery.FILE

    def take_back(self, order: ProductionOrder, operation: Operation, entry: OutboundMessage) -> None:
        """Tell a reversal; what never left, or what the partner refused, was never booked there and is only
        withdrawn."""
        never_booked = Q(state=OutboundState.PARKED) | Q(state=OutboundState.QUEUED, attempts=0)
        withdrawn = OutboundMessage.objects.filter(never_booked, pk=entry.pk).update(
            state=OutboundState.DISCARDED, kind=SUPERSEDED, problem="superseded by a correction"
        )
        if withdrawn:
            return
        taken_back = from_json(entry.canonical)
        reversal = replace(
            taken_back,
            reverses=taken_back.identity,
            final=False,
            posting_date=taken_back.posting_date or self.days.of(operation).at(_since(entry)).date,
        )
        self.add(order, operation, REVERSAL, reversal, {}, reverses=entry)

    def link(self, items: Sequence[OutboundItem], message: OutboundMessage) -> None:
        self.linked += [(item, message) for item in items]

    def store(self) -> None:
        OutboundMessage.objects.bulk_create(self.made)
        for item, message in self.linked:
            item.message = message
        _LINKED([item for item, _message in self.linked])
        for withdrawn, message in self.moved:
            OutboundItem.objects.filter(message__in=withdrawn).update(message=message)

    def note_nothing(
        self, order: ProductionOrder, operation: Operation, owed: dict[str, Any]
    ) -> OutboundMessage:
        """Reports that cancel each other: nothing to send, but their events are accounted for."""
        basis = {OWED: owed} if owed else {}
        message = self.add(order, operation, NOTHING, self.blank(order, operation, self.now), basis)
        message.state = OutboundState.DISCARDED
        message.tell(_("nothing to tell"))
        return message

    def confirm(
        self,
        order: ProductionOrder,
        operation: Operation,
        ledger: _Ledger,
        *,
        final: bool,
        owed: dict[str, Any],
    ) -> OutboundMessage:
        """One confirmation, and a further one for each further scrap reason: the ERP takes one per ticket.

        Returns the one with everything but the further reasons' scrap.
        """
        span = self.span_of(operation, ledger)
        people = {event.by for event in ledger.events if event.by is not None}
        blank = replace(
            self.blank(order, operation, span.end),
            start=span.start,
            person=people.pop().personnel_number if len(people) == 1 else "",
            status=operation.state,
            posting_date=ledger.part.date,
        )
        carried = {event.pk for event in ledger.events if event.kind in BY_PEOPLE}
        carried |= {pk for entry in ledger.withdrawn for pk in _basis(entry).get("events", ())}
        carried -= {event.reverses_id for event in ledger.events if event.reverses_id}
        basis: dict[str, Any] = {
            "since": moment_text(ledger.part.span.start),
            "until": moment_text(ledger.until),
            "shift": ledger.part.shift,
            "events": sorted(carried),
        }
        amounts = ledger.amounts
        first, *others = amounts.reasons
        for reason in others:
            self.add(order, operation, CONFIRMATION, amounts.scrap_of(reason, blank), basis)
        # The final one goes last: some ERPs refuse whatever comes after it.
        main = amounts.all_but_scrap(amounts.scrap_of(first, blank))
        main_basis = {**basis, OWED: owed} if owed else basis
        return self.add(order, operation, CONFIRMATION, replace(main, final=final), main_basis)

    def span_of(self, operation: Operation, ledger: _Ledger) -> Span:
        """The stretch that a confirmation of this part speaks of: since the last one, or what comes late."""
        known = [moment for moment in map(_until, ledger.standing) if moment is not None]
        if known and max(known) >= ledger.until:
            moments = [event.occurred_at for event in ledger.events] or [ledger.part.span.start, ledger.until]
            return Span(min(moments), max(moments))
        begin = max(known) if known else operation.started_at or ledger.until
        return Span(min(max(begin, ledger.part.span.start), ledger.until), ledger.until)

    def blank(self, order: ProductionOrder, operation: Operation | None, moment: datetime) -> Confirmation:
        group = operation.machine_group if operation else None
        return Confirmation(
            identity="",
            sequence=0,
            order=order.number,
            operation=operation.number if operation else "",
            plant=order.plant.erp_code or order.plant.code,
            work_centre=(group.erp_code or group.code) if group else "",
            confirmation_number=operation.confirmation_number if operation else "",
            unit=order.unit.code,
            good=ZERO,
            scrap=ZERO,
            rework=ZERO,
            scrap_reason="",
            setup_seconds=ZERO,
            run_seconds=ZERO,
            stop_seconds=ZERO,
            labour_seconds=ZERO,
            start=moment,
            end=moment,
            person="",
            final=False,
            created=self.now,
            time_zone=order.plant.time_zone,
        )

    def add(
        self,
        order: ProductionOrder,
        operation: Operation | None,
        kind: str,
        confirmation: Confirmation,
        basis: dict[str, Any],
        *,
        reverses: OutboundMessage | None = None,
    ) -> OutboundMessage:
        self.sequence += 1
        identity = uuid.uuid4()
        numbered = replace(
            confirmation,
            identity=identity.hex.upper(),
            sequence=self.sequence,
            created=self.created(operation),
        )
        message = OutboundMessage(
            connection=self.connection,
            identity=identity,
            sequence=self.sequence,
            order=order,
            operation=operation,
            kind=kind,
            canonical={**to_json(numbered), **({BASIS: basis} if basis else {})},
            reverses=reverses,
            created_at=self.now,
            next_try_at=self.now if kind == STATUS else self.now + self.delay,
        )
        self.made.append(message)
        return message

    def created(self, operation: Operation | None) -> datetime:
        """Now, but at least a second after the last one of the operation: the ERP sorts by whole seconds."""
        if operation is None:
            return self.now
        last = self.facts.created.get(operation.pk)
        created = self.now if last is None else max(self.now, last + timedelta(seconds=1))
        self.facts.created[operation.pk] = created
        return created


def _split(event: ProductionEvent) -> dict[str, str]:
    """What a partner must know of a split: the order of the rest, and how much went where. Empty when the
    event isn't one."""
    if SPLIT_TO not in event.details:
        return {}
    before, kept = event.details["changes"]["quantity"]
    revision = event.details["changes"]["revision_of_the_rest"][1]
    return {
        "order": event.details[SPLIT_TO],
        "kept": kept,
        "rest": f"{Decimal(before) - Decimal(kept):.3f}",
        "revision": revision,
        "reason": event.comment,
    }


def _basis(message: OutboundMessage) -> dict[str, Any]:
    return dict(message.canonical.get(BASIS, {}))


def _owed(message: OutboundMessage) -> dict[str, Any]:
    return dict(_basis(message).get(OWED, {}))


def _until(message: OutboundMessage) -> datetime | None:
    text = _basis(message).get("until")
    return None if text is None else datetime.fromisoformat(text)


def _since(message: OutboundMessage) -> datetime:
    """A moment in the part of the day that the message speaks of."""
    text = _basis(message).get("since")
    return datetime.fromisoformat(text) if text else _until(message) or message.created_at
