"""Reporting quantities, correcting them, and recording work after the fact.

One write path: an operation is counted by its machine or by people, never both. On a machine-counted
operation people report scrap and rework, which are taken from the counted good pieces.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection, transaction

from machines.models import Machine
from mes.accounts.models import User
from mes.lib.errors import InvalidInput, Problem, Refused
from mes.lib.fields import ZERO
from orders.domain.backflush import consume_components
from orders.domain.events import body_hash, derived_key, record_events, same_fact
from orders.domain.execution import happened_at, mark_attribution_dirty, open_run, stock_produced
from orders.domain.locking import LockedOperation
from orders.domain.stock_locks import lock_items_of_operation
from orders.domain.transitions import next_operation_state, next_order_state
from orders.enums import CountingSource, EventKind, OperationState, OrderState
from orders.models import Operation, ProductionEvent, ProductionOrder, Run, RunPerson, ScrapReason

ABSURD_FACTOR = 100
SORTING = "S"
"""Begins the sequence of operations that sort pieces and give none back."""
OVER = (OrderState.FINISHED, OrderState.CLOSED)
"""What is counted, corrected or repaired afterwards still changes what stock got."""
REPORTABLE = (
    OperationState.RELEASED,
    OperationState.SETUP,
    OperationState.PRODUCTION,
    OperationState.INTERRUPTED,
    OperationState.FINISHED,
)


@dataclass(frozen=True, slots=True)
class Quantities:
    """Pieces in the unit of the order. Raises InvalidInput when built from negative or unreadable amounts."""

    good: Decimal = ZERO
    scrap: Decimal = ZERO
    rework: Decimal = ZERO

    def __post_init__(self) -> None:
        problems = [
            Problem("negative", "A quantity can't be negative.", name, value=str(amount))
            for name, amount in (("good", self.good), ("scrap", self.scrap), ("rework", self.rework))
            if not amount.is_finite() or amount < 0
        ]
        if problems:
            raise InvalidInput(problems)

    @property
    def total(self) -> Decimal:
        return self.good + self.scrap + self.rework


@transaction.atomic
def report(
    *,
    operation: Operation,
    quantities: Quantities,
    by: User | None,
    key: uuid.UUID,
    scrap_reason: ScrapReason | None = None,
    at: datetime | None = None,
    comment: str = "",
    via: str = "",
) -> ProductionEvent:
    """Report good, scrap (with reason) and rework pieces in one go. At most seven queries.

    Raises InvalidInput for absurd amounts or scrap without a reason, Refused when the state doesn't allow it,
    KeyReused when the key already carries another report.
    """
    locked = LockedOperation(operation_id=operation.pk, key=key)
    body = body_hash(
        {
            "command": "report",
            "operation": operation.pk,
            "good": f"{quantities.good:.3f}",
            "scrap": f"{quantities.scrap:.3f}",
            "rework": f"{quantities.rework:.3f}",
            "reason": scrap_reason.pk if scrap_reason else None,
        }
    )
    if known := same_fact(locked.known_event(), body):
        return known
    moment = happened_at(at)
    check_report(operation=locked.operation, quantities=quantities, scrap_reason=scrap_reason)
    run = locked.making_run()
    counted = locked.operation.counting == CountingSource.MACHINE
    event = locked.event(
        EventKind.RECLASSIFIED if counted else EventKind.REPORTED,
        key=key,
        body=body,
        run=run,
        at=moment,
        by=by,
        via=via,
        good=-(quantities.scrap + quantities.rework) if counted else quantities.good,
        scrap=quantities.scrap,
        rework=quantities.rework,
        scrap_reason=scrap_reason,
        comment=comment,
    )
    record_events([event])
    book(locked.operation, locked.order, [event])
    bring_back(locked.operation, locked.order, event)
    return event


def check_report(*, operation: Operation, quantities: Quantities, scrap_reason: ScrapReason | None) -> None:
    if operation.state not in REPORTABLE:
        raise Refused("wrong_state", f"Nothing can be reported while {operation.get_state_display()}.")
    problems = []
    if quantities.total == 0:
        problems.append(Problem("zero", "Nothing to report.", "good", value="0"))
    problems += absurd_amounts(operation, quantities)
    if (quantities.scrap or quantities.rework) and scrap_reason is None:
        problems.append(Problem("reason_missing", "Scrap and rework need a reason.", "scrap_reason"))
    if operation.counting == CountingSource.MACHINE and quantities.good:
        problems.append(
            Problem(
                "counted_by_machine",
                "The machine counts the good pieces here.",
                "good",
                value=str(quantities.good),
            )
        )
    if problems:
        raise InvalidInput(problems)


def absurd_amounts(operation: Operation, quantities: Quantities) -> list[Problem]:
    if quantities.total <= operation.quantity * ABSURD_FACTOR:
        return []
    message = f"That is more than {ABSURD_FACTOR} times the ordered quantity."
    return [Problem("absurd", message, "good", value=str(quantities.total))]


_BOOK = """
WITH counted AS (
    UPDATE orders_operation
    SET good = good + %(good)s, scrap = scrap + %(scrap)s, rework = rework + %(rework)s,
        setup_pieces = setup_pieces + %(setup_pieces)s
    WHERE id = %(operation)s
    RETURNING id, good, EXISTS (
        SELECT FROM orders_ordercomponent c
        WHERE c.order_id = %(order)s AND c.backflush AND c.operation_number = orders_operation.number
    ) AS consumes
), last AS (
    SELECT coalesce(counted.good, o.good) AS good
    FROM orders_operation o LEFT JOIN counted ON counted.id = o.id
    WHERE o.order_id = %(order)s AND o.state <> %(cancelled)s AND o.rework_of_id IS NULL
    ORDER BY o.position DESC, o.id DESC LIMIT 1
)
UPDATE orders_productionorder
SET good = coalesce((SELECT good FROM last), 0), scrap = scrap + %(scrap)s * %(makes)s,
    rework = rework + %(rework)s * %(makes)s
WHERE id = %(order)s
RETURNING (SELECT consumes FROM counted)
"""
"""Adds to the counters of an operation and its order, whose good pieces are those of its last operation that
isn't cancelled. What a rework operation counts is the order's only when it is brought back (``bring_back``).
Says whether the operation consumes components."""


def book(operation: Operation, order: ProductionOrder, events: list[ProductionEvent]) -> None:
    """Add the events' effects to the counters of the operation and its order, take what they consumed from
    stock, and bring stock what an order that was over before made all the same: one query, and more where
    the operation consumes something or the order is over."""
    consumes = _count(operation, order, events) and not operation.rework_of_id
    made = [(event, event.good + event.scrap + event.rework + event.setup_pieces) for event in events]
    taken = [(event, pieces) for event, pieces in made if pieces] if consumes else []
    if taken or order.state in OVER:
        lock_items_of_operation(operation, product=order.item_id)
    if taken:
        consume_components(operation=operation, made=taken)
    # After what went into it: the lot that material gives to a product is known then.
    if order.state in OVER:
        last = events[-1]
        stock_produced(order=order, at=last.occurred_at, by=last.by, key=last.key)


def _count(operation: Operation, order: ProductionOrder, events: list[ProductionEvent]) -> bool:
    """Whether the operation consumes components."""
    amounts = {
        name: sum((getattr(event, name) for event in events), ZERO)
        for name in ("good", "scrap", "rework", "setup_pieces")
    }
    which = {
        "operation": operation.pk,
        "order": order.pk,
        "cancelled": OperationState.CANCELLED,
        "makes": 0 if operation.rework_of_id else 1,
    }
    with connection.cursor() as cursor:
        cursor.execute(_BOOK, amounts | which)
        [consumes] = cursor.fetchone()
    return bool(consumes)


def bring_back(operation: Operation, order: ProductionOrder, event: ProductionEvent) -> None:
    """What came of repaired pieces, booked at the operation that made them: they stop waiting as rework.

    Only by the last step of a rework; nothing for every other operation.
    """
    if operation.rework_of_id is None or operation.sequence.startswith(SORTING):
        return
    if not (event.good or event.scrap):
        return
    later = Operation.objects.filter(
        order=order.pk, sequence=operation.sequence, position__gt=operation.position
    ).exclude(state=OperationState.CANCELLED)
    if later.exists():
        return
    origin = Operation.objects.select_for_update(of=("self",), no_key=True).get(pk=operation.rework_of_id)
    moved = ProductionEvent(
        plant_id=order.plant_id,
        key=derived_key(event.key, "repaired"),
        kind=EventKind.RECLASSIFIED,
        order=order,
        operation=origin,
        good=event.good,
        scrap=event.scrap,
        rework=-(event.good + event.scrap),
        scrap_reason_id=event.scrap_reason_id,
        occurred_at=event.occurred_at,
        by=event.by,
        via=event.via,
        comment=event.comment,
        details={"repaired_by": operation.pk},
    )
    record_events([moved])
    book(origin, order, [moved])


@transaction.atomic
def reverse(
    *,
    event: ProductionEvent,
    by: User | None,
    key: uuid.UUID,
    comment: str,
    replacement: Quantities | None = None,
    scrap_reason: ScrapReason | None = None,
    via: str = "",
) -> ProductionEvent:
    """Take a report back and, with ``replacement``, book the right one: two events, both audited.

    Raises InvalidInput without a comment, Refused for what isn't a report or was already reversed.
    """
    if event.operation_id is None or event.kind not in (EventKind.REPORTED, EventKind.RECLASSIFIED):
        raise Refused("not_a_report", "Only reported quantities can be corrected.")
    if event.disposed:
        raise Refused("not_a_report", "What a disposition moved is changed by another one.")
    locked = LockedOperation(operation_id=event.operation_id, key=key)
    body = body_hash(
        {
            "command": "reverse",
            "event": event.pk,
            "replacement": [
                f"{amount:.3f}" for amount in (replacement.good, replacement.scrap, replacement.rework)
            ]
            if replacement
            else None,
        }
    )
    if known := same_fact(locked.known_event(), body):
        return known
    if not comment.strip():
        raise InvalidInput([Problem("comment_missing", "A correction needs a reason.", "comment")])
    if ProductionEvent.objects.filter(reverses=event).exists():
        raise Refused("already_reversed", "This report was already corrected.")
    events = [reversal_of(event, by=by, key=key, body=body, comment=comment, via=via)]
    if replacement is not None and replacement.total:
        check_report(operation=locked.operation, quantities=replacement, scrap_reason=scrap_reason)
        counted = event.kind == EventKind.RECLASSIFIED
        events.append(
            ProductionEvent(
                plant_id=event.plant_id,
                key=derived_key(key, "replacement"),
                kind=event.kind,
                order=locked.order,
                operation=locked.operation,
                run_id=event.run_id,
                machine_id=event.machine_id,
                good=-(replacement.scrap + replacement.rework) if counted else replacement.good,
                scrap=replacement.scrap,
                rework=replacement.rework,
                scrap_reason=scrap_reason,
                occurred_at=event.occurred_at,
                by=by,
                via=via,
                comment=comment[:500],
                details={"replaces": event.pk},
            )
        )
    record_events(events)
    book(locked.operation, locked.order, events)
    for each in events:
        bring_back(locked.operation, locked.order, each)
    return events[0]


def reversal_of(
    event: ProductionEvent,
    *,
    by: User | None,
    key: uuid.UUID,
    body: str = "",
    comment: str = "",
    via: str = "",
) -> ProductionEvent:
    """The unsaved event that takes ``event`` back, at the time it happened."""
    return ProductionEvent(
        plant_id=event.plant_id,
        key=key,
        body_hash=body,
        kind=EventKind.REVERSED,
        order_id=event.order_id,
        operation_id=event.operation_id,
        run_id=event.run_id,
        machine_id=event.machine_id,
        good=-event.good,
        scrap=-event.scrap,
        rework=-event.rework,
        setup_pieces=-event.setup_pieces,
        scrap_reason_id=event.scrap_reason_id,
        occurred_at=event.occurred_at,
        period_start=event.period_start,
        period_end=event.period_end,
        by=by,
        via=via,
        reverses=event,
        comment=comment[:500],
    )


@transaction.atomic
def record_run(
    *,
    operation: Operation,
    machine: Machine,
    started_at: datetime,
    ended_at: datetime,
    setup: bool,
    quantities: Quantities,
    by: User | None,
    key: uuid.UUID,
    scrap_reason: ScrapReason | None = None,
    comment: str = "",
    via: str = "",
) -> ProductionEvent:
    """Record a whole stretch of finished work after the fact: its time on the machine and what came of it.

    What happened is accepted: overlapping runs get further slots. Raises InvalidInput for a backward
    interval or absurd amounts.
    """
    locked = LockedOperation(operation_id=operation.pk, key=key)
    body = body_hash(
        {
            "command": "record_run",
            "operation": operation.pk,
            "machine": machine.pk,
            "from": started_at.isoformat(),
            "to": ended_at.isoformat(),
            "good": f"{quantities.good:.3f}",
            "scrap": f"{quantities.scrap:.3f}",
            "rework": f"{quantities.rework:.3f}",
        }
    )
    if known := same_fact(locked.known_event(), body):
        return known
    if ended_at < started_at:
        raise InvalidInput(
            [Problem("backward", "The end is before the start.", "ended_at", value=ended_at.isoformat())]
        )
    happened_at(ended_at)
    held, order = locked.operation, locked.order
    if problems := absurd_amounts(held, quantities):
        raise InvalidInput(problems)
    if held.state not in REPORTABLE:
        raise Refused("wrong_state", f"Nothing can be recorded while {held.get_state_display()}.")
    run = None
    if ended_at > started_at:
        run = open_run(
            held,
            machine,
            started_at,
            slot=None,
            production_at=None if setup else started_at,
            end=ended_at,
            over_capacity=True,
        )
        if by is not None:
            RunPerson.objects.create(run=run, person=by, started_at=started_at, ended_at=ended_at)
        mark_attribution_dirty(machine=machine, since=started_at)
    mark_recorded(held, order, started_at)
    event = locked.event(
        EventKind.REPORTED,
        key=key,
        body=body,
        run=run,
        at=ended_at,
        by=by,
        via=via,
        machine_id=machine.pk,
        good=quantities.good,
        scrap=quantities.scrap,
        rework=quantities.rework,
        scrap_reason=scrap_reason,
        comment=comment,
        details={"recorded_run": True, "over_capacity": bool(run and run.slot > machine.slots)},
    )
    record_events([event])
    book(held, order, [event])
    bring_back(held, order, event)
    return event


def open_recorded_run(
    *,
    operation: Operation,
    machine: Machine,
    slot: int,
    started_at: datetime,
    ended_at: datetime,
    by: User | None,
    key: uuid.UUID,
    via: str,
) -> Run:
    """Record afterwards that a machine worked on an operation: its counts of that time belong to it.

    Raises Refused when another run occupies the slot then.
    """
    locked = LockedOperation(operation_id=operation.pk, key=key)
    held, order = locked.operation, locked.order
    run = open_run(held, machine, started_at, slot=slot, production_at=started_at, end=ended_at)
    if held.started_at is None and machine.measured:
        held.counting = CountingSource.MACHINE
        held.save(update_fields=["counting"])
    mark_recorded(held, order, started_at)
    events = [
        ProductionEvent(
            plant_id=order.plant_id,
            key=derived_key(key, kind),
            kind=kind,
            order=order,
            operation=held,
            run=run,
            machine=machine,
            occurred_at=moment,
            by=by,
            via=via,
            details={"recorded_run": True},
        )
        for kind, moment in (
            (EventKind.PRODUCTION_STARTED, started_at),
            (EventKind.INTERRUPTED, ended_at),
        )
    ]
    record_events(events)
    mark_attribution_dirty(machine=machine, since=started_at)
    return run


def mark_recorded(operation: Operation, order: ProductionOrder, started_at: datetime) -> None:
    if operation.state in (OperationState.RELEASED, OperationState.INTERRUPTED):
        operation.state = next_operation_state(operation.state, "record")
    operation.started_at = min(operation.started_at or started_at, started_at)
    operation.save(update_fields=["state", "started_at"])
    if order.state == OrderState.RELEASED:
        order.state = next_order_state(order.state, "start")
    order.started_at = min(order.started_at or started_at, started_at)
    order.save(update_fields=["state", "started_at"])
