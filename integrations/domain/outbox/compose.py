"""Making messages of collected events: one confirmation per operation and window.

Amounts are those since the last confirmation. A correction of something confirmed takes that confirmation
back (a *reversal*) and tells the right amounts in a new one. Times are the difference of totals, so that a
late log-on or a moved stop corrects itself.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.contrib.postgres.aggregates import BoolOr
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Max, Min, Q
from django.utils import timezone

from integrations.domain.outbox.amounts import ZERO, Amounts
from integrations.domain.outbox.canonical import BASIS, from_json, moment_text, to_json
from integrations.enums import Delivery, OutboundState
from integrations.models import Connection, OutboundItem, OutboundMessage
from integrations.queries.times import work_times
from mes.lib.live import announce
from orders.domain.documents import Confirmation
from orders.enums import EventKind
from orders.models import Operation, ProductionEvent, ProductionOrder

logger = structlog.get_logger(__name__)

CONFIRMATION, REVERSAL, STATUS, PROPOSAL = "confirmation", "reversal", "status", "proposal"
SUPERSEDED, NOTHING = "superseded", "nothing"
BY_PEOPLE = (EventKind.REPORTED, EventKind.RECLASSIFIED)


def compose_all(*, now: datetime | None = None) -> int:
    """Make the messages that are due for every connection. Returns how many were made."""
    waiting = OutboundItem.objects.filter(message__isnull=True).values("connection_id").distinct()
    return sum(
        len(compose(connection=connection, now=now))
        for connection in Connection.objects.filter(pk__in=waiting, active=True)
    )


def compose(*, connection: Connection, now: datetime | None = None) -> list[OutboundMessage]:
    """Make the messages that are due for one connection.

    An operation is due when its oldest event has waited for the connection's window, or when it is finished.
    Each operation is written in a transaction of its own, so that bookings of other orders never wait.
    """
    now = now or timezone.now()
    made: list[OutboundMessage] = []
    for order, operation in _due(connection, now):
        try:
            made += _compose_one(connection, order, operation, now)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            # A defect with one operation must not keep the others from being told.
            logger.exception("compose_failed", connection=connection.code, order=order, operation=operation)
    return made


def _due(connection: Connection, now: datetime) -> list[tuple[int, int | None]]:
    """Orders and operations that are due, in the order of their first event."""
    groups = (
        OutboundItem.objects.filter(connection=connection, message__isnull=True)
        .values_list("event__order_id", "event__operation_id")
        .annotate(
            first=Min("event_id"),
            oldest=Min("created_at"),
            is_finished=BoolOr(Q(event__kind=EventKind.FINISHED)),
        )
        .order_by("first")
    )
    window = timedelta(seconds=connection.confirm_every_seconds)
    return [
        (order, operation)
        for order, operation, _first, oldest, is_finished in groups
        if is_finished or oldest + window <= now
    ]


@transaction.atomic
def _compose_one(
    connection: Connection, order: int, operation: int | None, now: datetime
) -> list[OutboundMessage]:
    # One composer per connection at a time: its numbers have no gaps and appear in order. The lock lets
    # others go on referring to the connection.
    locked = Connection.objects.select_for_update(of=("self",), no_key=True).get(pk=connection.pk)
    items = list(
        OutboundItem.objects.filter(
            connection=locked, message__isnull=True, event__order=order, event__operation=operation
        )
        .select_related("event__scrap_reason", "event__reverses", "event__by")
        .order_by("event_id")
    )
    if not items:
        return []
    writer = _Writer(locked, now)
    found = ProductionOrder.objects.select_related("plant", "unit").get(pk=order)
    if operation is None:
        writer.write_status(found, items)
    else:
        writer.write_operation(
            found, Operation.objects.select_related("machine_group").get(pk=operation), items
        )
    OutboundItem.objects.filter(pk__in=[item.pk for item in items]).update(message=writer.made[-1])
    announce("outbox")
    return writer.made


class _Writer:
    """Writes the messages of one group, numbering them on."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self.connection = connection
        self.now = now
        self.made: list[OutboundMessage] = []
        numbers = OutboundMessage.objects.filter(connection=connection)
        self.sequence = numbers.aggregate(last=Max("sequence"))["last"] or 0

    def write_status(self, order: ProductionOrder, items: list[OutboundItem]) -> None:
        """What happened to the order as a whole: released, finished, closed, cancelled, in conflict."""
        for item in items:
            blank = self.blank(order, None, item.event.occurred_at)
            self.add(order, None, STATUS, replace(blank, status=item.event.kind), {})

    def write_operation(
        self, order: ProductionOrder, operation: Operation, items: list[OutboundItem]
    ) -> None:
        events = [item.event for item in items]
        told = self.told(operation)
        until = self.until(events, told)
        amounts = Amounts()
        amounts.add_events(events)
        amounts.add_times(work_times(operation, until=until), told=[entry.canonical for entry in told])
        withdrawn = self.withdraw(told, events, amounts)
        carried = {event.pk for event in events if event.kind in BY_PEOPLE}
        for entry in withdrawn:
            carried |= set(_basis(entry).get("events", ()))
            self.take_back(order, operation, entry)
        carried -= {event.reverses_id for event in events if event.reverses_id}
        if amounts.is_negative:
            # The partner joined later than the events that are taken back here.
            logger.warning("confirmation_below_zero", operation=operation.pk, connection=self.connection.code)
            amounts.cut_at_zero()
        final = any(event.kind == EventKind.FINISHED for event in events) or any(
            entry.canonical["final"] for entry in told
        )
        is_silent = bool(withdrawn) or self.connection.delivery == Delivery.FILE
        if amounts.is_zero and not final and is_silent:
            if not self.made:
                self.note_nothing(order, operation)
            return
        start = _until(told[-1]) if told else operation.started_at
        basis = {"until": moment_text(until), "events": sorted(carried)}
        self.confirm(order, operation, events, amounts, (start or until, until), basis, final=final)

    def told(self, operation: Operation) -> list[OutboundMessage]:
        """Confirmations in force, oldest first. What a person discarded is in force too: it was settled
        outside, so it must not be told again."""
        of_operation = OutboundMessage.objects.filter(connection=self.connection, operation=operation)
        taken_back = of_operation.filter(reverses__isnull=False).values("reverses_id")
        return list(of_operation.filter(kind=CONFIRMATION).exclude(pk__in=taken_back).order_by("sequence"))

    def until(self, events: Sequence[ProductionEvent], told: Sequence[OutboundMessage]) -> datetime:
        """Up to when times are told: the latest event, never back behind the last confirmation."""
        latest = max(event.occurred_at for event in events)
        before = _until(told[-1]) if told else None
        return max(latest, before) if before else latest

    def withdraw(
        self, told: Sequence[OutboundMessage], events: Sequence[ProductionEvent], amounts: Amounts
    ) -> list[OutboundMessage]:
        """Choose what must be taken back: whatever carried a corrected report, then the latest until nothing
        is negative. Adds what they told to ``amounts``."""
        corrected = {
            event.reverses_id
            for event in events
            if event.reverses is not None and event.reverses.kind in BY_PEOPLE
        }
        told = [entry for entry in told if entry.state != OutboundState.DISCARDED]
        chosen = [entry for entry in told if corrected & set(_basis(entry).get("events", ()))]
        for entry in chosen:
            amounts.add_confirmed(entry.canonical)
        for entry in reversed(told):
            if not amounts.is_negative:
                break
            if entry not in chosen:
                chosen.append(entry)
                amounts.add_confirmed(entry.canonical)
        if self.connection.delivery == Delivery.CONNECTOR and not (amounts.is_zero and not chosen):
            # An ERP that books at once takes nothing more after the final one.
            for entry in [one for one in told if one.canonical["final"] and one not in chosen]:
                chosen.append(entry)
                amounts.add_confirmed(entry.canonical)
        return sorted(chosen, key=lambda entry: entry.sequence)

    def take_back(self, order: ProductionOrder, operation: Operation, entry: OutboundMessage) -> None:
        """Tell a reversal; what the partner refused was never booked there and is only discarded."""
        discarded = OutboundMessage.objects.filter(pk=entry.pk, state=OutboundState.PARKED).update(
            state=OutboundState.DISCARDED, kind=SUPERSEDED, problem="superseded by a correction"
        )
        if discarded:
            return
        taken_back = from_json(entry.canonical)
        reversal = replace(taken_back, reverses=taken_back.identity, final=False)
        self.add(order, operation, REVERSAL, reversal, {}, reverses=entry)

    def note_nothing(self, order: ProductionOrder, operation: Operation) -> None:
        """Reports that cancel each other: nothing to send, but their events are accounted for."""
        message = self.add(order, operation, NOTHING, self.blank(order, operation, self.now), {})
        message.state = OutboundState.DISCARDED
        message.problem = "nothing to tell"
        message.save(update_fields=["state", "problem"])

    def confirm(
        self,
        order: ProductionOrder,
        operation: Operation,
        events: Sequence[ProductionEvent],
        amounts: Amounts,
        span: tuple[datetime, datetime],
        basis: dict[str, Any],
        *,
        final: bool,
    ) -> None:
        """One confirmation, and a further one for each further scrap reason: the ERP takes one per ticket."""
        people = {event.by for event in events if event.by is not None}
        blank = replace(
            self.blank(order, operation, span[1]),
            start=min(span),
            person=people.pop().personnel_number if len(people) == 1 else "",
            status=operation.state,
        )
        first, *others = amounts.reasons
        for reason in others:
            self.add(order, operation, CONFIRMATION, amounts.scrap_of(reason, blank), basis)
        # The final one goes last: some ERPs refuse whatever comes after it.
        main = amounts.all_but_scrap(amounts.scrap_of(first, blank))
        self.add(order, operation, CONFIRMATION, replace(main, final=final), basis)

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
        message = OutboundMessage.objects.create(
            connection=self.connection,
            identity=identity,
            sequence=self.sequence,
            order=order,
            operation=operation,
            kind=kind,
            canonical={**to_json(numbered), **({BASIS: basis} if basis else {})},
            reverses=reverses,
            created_at=self.now,
            next_try_at=self.now,
        )
        self.made.append(message)
        return message

    def created(self, operation: Operation | None) -> datetime:
        """Now, but at least a second after the last one of the operation: the ERP sorts by whole seconds."""
        if operation is None:
            return self.now
        last = (
            OutboundMessage.objects.filter(connection=self.connection, operation=operation)
            .order_by("-sequence")
            .values_list("canonical__created", flat=True)
            .first()
        )
        if last is None:
            return self.now
        return max(self.now, datetime.fromisoformat(last) + timedelta(seconds=1))


def _basis(message: OutboundMessage) -> dict[str, Any]:
    return dict(message.canonical.get(BASIS, {}))


def _until(message: OutboundMessage) -> datetime | None:
    text = _basis(message).get("until")
    return None if text is None else datetime.fromisoformat(text)
