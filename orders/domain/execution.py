"""Working on an operation: start, interrupt, resume, finish, and who works on it.

Every command takes the client's ``key`` and does its work once per key. ``at`` is when it happened (UTC),
now if None; the past is accepted, the future refused.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Q, Sum
from django.utils import timezone

from machines.domain.arrivals import request_interpretation
from machines.domain.followers import mark_dirty
from machines.models import Follower, Machine, PlannedCycle
from mes.accounts.models import User
from mes.lib.errors import InvalidInput, Problem, Refused
from mes.lib.fields import ZERO
from orders.domain.downloads import request_download
from orders.domain.events import body_hash, derived_key, record_events, same_fact
from orders.domain.genealogy import receive_output
from orders.domain.holds import place_hold
from orders.domain.locking import LockedOperation
from orders.domain.outputs import begin_outputs, end_outputs, family_pieces, leave_outputs
from orders.domain.pegging import keep_output, lock_components
from orders.domain.stock import free_reservations
from orders.domain.stock_locks import lock_items_of_orders
from orders.domain.transitions import next_operation_state, next_order_state
from orders.enums import CountingSource, ErpStatus, EventKind, MoveKind, OperationState, OrderState
from orders.models import (
    ItemThreshold,
    Operation,
    ProductionEvent,
    ProductionOrder,
    Run,
    RunPerson,
    StockMove,
)
from orders.queries.outside import ended_before
from orders.queries.readiness import readiness_of

FOLLOWER = "attribution"
CLOCK_TOLERANCE = timedelta(seconds=5)


def happened_at(at: datetime | None) -> datetime:
    """``at`` or now. Raises InvalidInput for a time in the future."""
    now = timezone.now()
    if at is None:
        return now
    if at > now + CLOCK_TOLERANCE:
        raise InvalidInput([Problem("future", "This time lies in the future.", "at", value=at.isoformat())])
    return at


@transaction.atomic
def start_setup(
    *,
    operation: Operation,
    machine: Machine,
    by: User | None,
    key: uuid.UUID,
    slot: int | None = None,
    at: datetime | None = None,
    via: str = "",
) -> ProductionEvent:
    """Open a run in its setup phase. Raises Refused when the operation isn't ready or no slot is free."""
    return _start("start_setup", EventKind.SETUP_STARTED, operation, machine, by, key, slot, at, via)


@transaction.atomic
def start_production(
    *,
    operation: Operation,
    machine: Machine,
    by: User | None,
    key: uuid.UUID,
    slot: int | None = None,
    at: datetime | None = None,
    via: str = "",
) -> ProductionEvent:
    """End the setup of the open run, or open a run that needs none. Raises Refused like ``start_setup``."""
    locked = LockedOperation(operation_id=operation.pk, key=key)
    run = locked.run()
    if run is None or locked.known_event_id is not None:
        return _start(
            "start_production", EventKind.PRODUCTION_STARTED, operation, machine, by, key, slot, at, via
        )
    moment = max(happened_at(at), run.started_at)
    if not _production_inferred(run):
        locked.operation.state = next_operation_state(locked.operation.state, "start_production")
        locked.operation.save(update_fields=["state"])
    run.production_at = moment
    run.save(update_fields=["production_at"])
    mark_attribution_dirty(machine=run.machine, since=run.started_at)
    body = {"command": "start_production", "operation": operation.pk, "machine": machine.pk}
    event = locked.event(
        EventKind.PRODUCTION_STARTED, key=key, body=body_hash(body), run=run, at=moment, by=by, via=via
    )
    record_events([event])
    return event


def _production_inferred(run: Run) -> bool:
    """Whether only the cycles said so far that setup is over. What a person says then, perhaps late, wins."""
    if run.production_at is None:
        return False
    said = ProductionEvent.objects.filter(run=run, kind=EventKind.PRODUCTION_STARTED)
    return [event.details.get("inferred", False) for event in said] == [True]


def _start(
    action: str,
    kind: EventKind,
    operation: Operation,
    machine: Machine,
    by: User | None,
    key: uuid.UUID,
    slot: int | None,
    at: datetime | None,
    via: str,
) -> ProductionEvent:
    locked = LockedOperation(operation_id=operation.pk, key=key)
    body = body_hash({"command": action, "operation": operation.pk, "machine": machine.pk})
    if known := same_fact(locked.known_event(), body):
        return known
    moment = happened_at(at)
    check_start(operation=locked.operation, machine=machine, person=by)
    resumed = locked.operation.state == OperationState.INTERRUPTED
    run = open_run(
        locked.operation,
        machine,
        moment,
        slot=slot,
        production_at=moment if action == "start_production" else None,
    )
    if by is not None:
        RunPerson.objects.create(run=run, person=by, started_at=moment)
    mark_started(locked, action, moment, machine)
    lock_components(operation=locked.operation)
    announce_planned_cycle(locked.operation, run)
    request_download(run=run, machine=machine, operation_id=operation.pk, by=by, key=key)
    mark_attribution_dirty(machine=machine, since=moment)
    event = locked.event(
        EventKind.RESUMED if resumed else kind, key=key, body=body, run=run, at=moment, by=by, via=via
    )
    record_events([event])
    return event


def check_start(*, operation: Operation, machine: Machine, person: User | None) -> None:
    """Raises Refused with the first blocking need, or when the machine isn't of the operation's group."""
    readiness = readiness_of([operation], machine=machine, person=person)[operation.pk]
    if not readiness.ready:
        need = readiness.blocking[0]
        raise Refused(need.code, need.text)
    if machine.group_id != operation.machine_group_id and operation.machine_id != machine.pk:
        raise Refused("wrong_machine", f"Machine {machine.code} does not belong to this work centre.")
    if not machine.active:
        raise Refused("machine_inactive", f"Machine {machine.code} is not active.")


def open_run(
    operation: Operation,
    machine: Machine,
    start: datetime,
    *,
    slot: int | None,
    production_at: datetime | None,
    end: datetime | None = None,
    over_capacity: bool = False,
) -> Run:
    """Put a run on the first free slot (or the given one). Raises Refused when none is free.

    ``over_capacity`` accepts a recorded run beyond the machine's slots, because what happened, happened.
    """
    # One row lock per machine makes the choice of a slot safe; the exclusion constraint is the last word.
    Machine.objects.select_for_update(of=("self",), no_key=True).only("pk").get(pk=machine.pk)
    overlapping = Run.objects.filter(machine=machine).filter(Q(ended_at__isnull=True) | Q(ended_at__gt=start))
    if end is not None:
        overlapping = overlapping.filter(started_at__lt=end)
    taken = set(overlapping.values_list("slot", flat=True))
    wanted = [slot] if slot else range(1, machine.slots + 1)
    free = next((number for number in wanted if number not in taken), None)
    if free is None and over_capacity:
        free = next(
            number for number in range(machine.slots + 1, machine.slots + 2000) if number not in taken
        )
    if free is None:
        raise Refused("slot_taken", f"Machine {machine.code} is occupied by another run.")
    run = Run.objects.create(
        plant_id=operation.plant_id,
        operation=operation,
        machine=machine,
        slot=free,
        started_at=start,
        production_at=production_at,
        ended_at=end,
    )
    begin_outputs(run, operation)
    return run


def mark_started(locked: LockedOperation, action: str, moment: datetime, machine: Machine) -> None:
    operation, order = locked.operation, locked.order
    operation.state = next_operation_state(operation.state, action)
    fields = ["state"]
    if operation.started_at is None:
        operation.started_at = moment
        counted = machine.measured and operation.rework_of_id is None
        operation.counting = CountingSource.MACHINE if counted else CountingSource.PERSON
        fields += ["started_at", "counting"]
    operation.save(update_fields=fields)
    begin_order(order, moment)


def begin_order(order: ProductionOrder, moment: datetime) -> None:
    if order.state != OrderState.RUNNING:
        order.state = next_order_state(order.state, "start")
        order.started_at = order.started_at or moment
        order.save(update_fields=["state", "started_at"])


def announce_planned_cycle(operation: Operation, run: Run) -> None:
    """Tell the machine its planned seconds per cycle (per piece × pieces per cycle) from the run's start on,
    and the thresholds of the item.

    Signals that were read before a late log-on are read again.
    """
    known = {row.item_id: row for row in ItemThreshold.objects.filter(machine=run.machine_id)}
    own = known.get(operation.order.item_id)
    if operation.run_seconds <= 0 and not known:
        return
    outputs = family_pieces(run) or (
        operation.tool.outputs if operation.tool is not None else run.machine.pieces_per_cycle
    )
    seconds = (operation.seconds_per_piece * Decimal(outputs)).quantize(Decimal("0.001"))
    if seconds > 0 or known:
        if run.machine.measured:
            request_interpretation({run.machine_id: run.started_at})
        PlannedCycle.objects.create(
            machine=run.machine,
            slot=run.slot,
            program=operation.program,
            work=_work(operation),
            seconds=seconds if seconds > 0 else None,
            micro_stop_seconds=own.micro_stop_seconds if own else None,
            gap_factor=own.gap_factor if own else None,
            minimum_cycle_seconds=own.minimum_cycle_seconds if own else None,
            pieces_per_cycle=outputs,
            valid_from=run.started_at,
        )


def _work(operation: Operation) -> str:
    """The same for every order of the item: cycles learned by one hold for the next (Y7)."""
    order, tool = operation.order, operation.tool.code if operation.tool is not None else ""
    return " · ".join(filter(None, (order.item.code, order.item.revision, operation.number, tool)))[:200]


def mark_attribution_dirty(*, machine: Machine, since: datetime) -> None:
    """Have the cycles of a machine credited again from ``since`` on (late log-on, changed run), and all that
    the apps above derive from its runs.
    """
    if machine.measured:
        Follower.objects.bulk_create(
            [Follower(name=FOLLOWER, machine=machine, dirty_from=since)], ignore_conflicts=True
        )
    mark_dirty({machine.pk: since})


@transaction.atomic
def interrupt(
    *,
    operation: Operation,
    by: User | None,
    key: uuid.UUID,
    at: datetime | None = None,
    comment: str = "",
    via: str = "",
) -> ProductionEvent:
    """End the open run; the operation can be resumed later, also on another machine of its group."""
    locked = LockedOperation(operation_id=operation.pk, key=key)
    body = body_hash({"command": "interrupt", "operation": operation.pk, "comment": comment})
    if known := same_fact(locked.known_event(), body):
        return known
    locked.operation.state = next_operation_state(locked.operation.state, "interrupt")
    run = locked.run()
    moment = happened_at(at)
    end_run(run, moment)
    locked.operation.save(update_fields=["state"])
    event = locked.event(
        EventKind.INTERRUPTED, key=key, body=body, run=run, at=moment, by=by, via=via, comment=comment
    )
    record_events([event])
    _part_company(locked.operation, run, moment, by=by, key=key, via=via)
    return event


def _part_company(
    operation: Operation, run: Run | None, moment: datetime, *, by: User | None, key: uuid.UUID, via: str
) -> None:
    """What was made with the same family tool is interrupted with the run; others' runs go on alone."""
    leave_outputs(operation, moment)
    for other in end_outputs(run):
        interrupt(operation=other, by=by, key=derived_key(key, f"along {other.pk}"), at=moment, via=via)


@transaction.atomic
def finish(
    *, operation: Operation, by: User | None, key: uuid.UUID, at: datetime | None = None, via: str = ""
) -> ProductionEvent:
    """Finish an operation: ends its run, holds the order for an inspection if one is needed, and finishes the
    order with its last operation. Counts that arrive later are still credited."""
    locked = LockedOperation(operation_id=operation.pk, key=key)
    body = body_hash({"command": "finish", "operation": operation.pk})
    if known := same_fact(locked.known_event(), body):
        return known
    order, held = locked.order, locked.operation
    held.state = next_operation_state(held.state, "finish")
    moment = happened_at(at)
    run = locked.run()
    if run is not None:
        moment = max(moment, run.started_at)
        end_run(run, moment)
    held.started_at = held.started_at or _begun(held, moment)
    held.finished_at = max(moment, held.started_at)
    held.save(update_fields=["state", "started_at", "finished_at"])
    event = locked.event(EventKind.FINISHED, key=key, body=body, run=run, at=moment, by=by, via=via)
    record_events([event])
    _part_company(held, run, moment, by=by, key=key, via=via)
    if held.inspection:
        place_hold(
            order=order,
            operation=held,
            kind="quality",
            reason=f"Inspection of operation {held.number}",
            by=by,
        )
    finish_order_if_done(order=order, moment=moment, by=by, key=key)
    return event


def _begun(operation: Operation, end: datetime) -> datetime:
    """Of an operation that nobody said was begun: what a supplier did lasted since what came before it."""
    before = ended_before(operation) if operation.outside else None
    return end if before is None else min(before, end)


def end_run(run: Run | None, moment: datetime) -> None:
    if run is None:
        return
    run.ended_at = max(moment, run.started_at)
    run.save(update_fields=["ended_at"])
    RunPerson.objects.filter(run=run, ended_at__isnull=True).update(ended_at=run.ended_at)
    mark_attribution_dirty(machine=run.machine, since=run.started_at)


def finish_order_if_done(
    *, order: ProductionOrder, moment: datetime, by: User | None, key: uuid.UUID
) -> None:
    """Finish (or close, when the ERP already closed it) an order none of whose operations is open."""
    states = set(order.operations.values_list("state", flat=True))
    if states - {OperationState.FINISHED, OperationState.CANCELLED}:
        return
    closed = order.erp_status in (ErpStatus.CLOSED, ErpStatus.TECHNICALLY_COMPLETE)
    order.state = next_order_state(order.state, "close" if closed else "finish")
    order.finished_at = moment
    order.save(update_fields=["state", "finished_at"])
    record_events(
        [
            ProductionEvent(
                plant_id=order.plant_id,
                key=derived_key(key, "order"),
                kind=EventKind.CLOSED if closed else EventKind.FINISHED,
                order=order,
                occurred_at=moment,
                by=by,
            )
        ]
    )
    lock_items_of_orders(plant_id=order.plant_id, orders=[order.pk])
    stock_produced(order=order, at=moment, by=by, key=key)
    free_reservations(plant_id=order.plant_id, orders=[order.pk])


def stock_produced(*, order: ProductionOrder, at: datetime, by: User | None, key: uuid.UUID) -> None:
    """Bring what stock got of a finished order to its good pieces: after the end they still change by late
    counts, corrections, rework and scrap."""
    order.refresh_from_db(fields=["good"])
    if not order.item.stocked:
        return
    there = StockMove.objects.filter(order=order, kind=MoveKind.PRODUCED).aggregate(sum=Sum("quantity"))[
        "sum"
    ]
    receive_output(order=order, there=there or ZERO, at=at, by=by, key=derived_key(key, "stock"))
    keep_output(order=order)


@transaction.atomic
def join_run(
    *, operation: Operation, person: User, key: uuid.UUID, at: datetime | None = None
) -> ProductionEvent:
    """Log a further person on to the open run. Raises Refused when the operation isn't running."""
    return _change_crew("join", EventKind.LOGGED_ON, operation, person, key, at)


@transaction.atomic
def leave_run(
    *, operation: Operation, person: User, key: uuid.UUID, at: datetime | None = None
) -> ProductionEvent:
    """Log a person off the open run; the run goes on."""
    return _change_crew("leave", EventKind.LOGGED_OFF, operation, person, key, at)


def _change_crew(
    command: str, kind: EventKind, operation: Operation, person: User, key: uuid.UUID, at: datetime | None
) -> ProductionEvent:
    locked = LockedOperation(operation_id=operation.pk, key=key)
    body = body_hash({"command": command, "operation": operation.pk, "person": person.pk})
    if known := same_fact(locked.known_event(), body):
        return known
    run = locked.run()
    if run is None:
        raise Refused("not_running", "This operation is not running.")
    moment = max(happened_at(at), run.started_at)
    on_it = RunPerson.objects.filter(run=run, person=person, ended_at__isnull=True)
    if command == "leave":
        on_it.update(ended_at=moment)
    elif not on_it.exists():
        RunPerson.objects.create(run=run, person=person, started_at=moment)
    event = locked.event(kind, key=key, body=body, run=run, at=moment, by=person, via="")
    record_events([event])
    return event
