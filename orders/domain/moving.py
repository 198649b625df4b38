"""The wrong order was logged on: moving a run, or a part of its time, to another operation."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction

from mes.accounts.models import User
from mes.lib.errors import InvalidInput, Problem, Refused
from mes.lib.fields import ZERO
from orders.domain.events import body_hash, derived_key, record_events, same_fact
from orders.domain.execution import announce_planned_cycle, happened_at, mark_attribution_dirty
from orders.domain.locking import LockedOperation
from orders.domain.outputs import carry_outputs
from orders.domain.reports import REPORTABLE, book, mark_recorded, reversal_of
from orders.domain.stock_locks import lock_items_of_orders
from orders.domain.transitions import next_operation_state, next_order_state
from orders.enums import CountingSource, EventKind, OperationState, OrderState
from orders.models import Operation, ProductionEvent, Run, RunPerson

MOVABLE = (EventKind.REPORTED, EventKind.RECLASSIFIED)


@transaction.atomic
def move_run(
    *,
    run: Run,
    operation: Operation,
    start: datetime,
    end: datetime | None,
    by: User,
    key: uuid.UUID,
    comment: str,
    via: str = "",
) -> ProductionEvent:
    """Say that [start, end) of a run was work on another operation; ``end`` None: it still is.

    The time goes to a run of that operation with its people and what they reported then; counts follow when
    the machine is credited anew. Raises InvalidInput for a stretch outside the run or without a comment,
    Refused when the operation can't take it.
    """
    body = body_hash(
        {
            "command": "move_run",
            "run": run.pk,
            "operation": operation.pk,
            "from": start.isoformat(),
            "to": end.isoformat() if end else None,
        }
    )
    locks = {
        one.pk: LockedOperation(operation_id=one.pk, key=key)
        for one in sorted({run.operation, operation}, key=lambda one: (one.order_id, one.pk))
    }
    target = locks[operation.pk]
    if known := same_fact(target.known_event(), body):
        return known
    source = locks[run.operation_id]
    run = Run.objects.select_related("machine").get(pk=run.pk)
    check_move(run=run, operation=target.operation, start=start, end=end, comment=comment)
    moved, rest = _cut(run, target.operation, start, end)
    _share_people(run, moved, rest)
    _take_up(target, moved)
    if run.ended_at is not None and rest is None and end is None:
        _put_down(source)
    for one, locked in ((moved, target), (rest, source)):
        if one is not None:
            announce_planned_cycle(locked.operation, one)
    _move_reports(run, moved, source=source, target=target, by=by, key=key, comment=comment, via=via)
    details = {
        "from": f"{source.order.number}/{source.operation.number}",
        "to": f"{target.order.number}/{target.operation.number}",
        "start": start.isoformat(),
        "end": end.isoformat() if end else None,
    }
    events = [
        ProductionEvent(
            plant_id=locked.order.plant_id,
            key=event_key,
            body_hash=body if locked is target else "",
            kind=EventKind.MOVED,
            order=locked.order,
            operation=locked.operation,
            run=one,
            machine_id=run.machine_id,
            occurred_at=start,
            by=by,
            via=via,
            comment=comment[:500],
            details=details,
        )
        for locked, one, event_key in ((target, moved, key), (source, run, derived_key(key, "source")))
    ]
    record_events(events)
    mark_attribution_dirty(machine=run.machine, since=min(start, run.started_at))
    return events[0]


def check_move(
    *, run: Run, operation: Operation, start: datetime, end: datetime | None, comment: str
) -> None:
    """Raises InvalidInput or Refused as ``move_run`` does."""
    problems = []
    if not comment.strip():
        problems.append(Problem("comment_missing", "A correction needs a reason.", "comment"))
    outside = start < run.started_at or (run.ended_at is not None and (end is None or end > run.ended_at))
    if outside or (end is not None and end <= start):
        text = "The stretch must lie in the run and have a length."
        problems.append(Problem("not_in_run", text, "start", value=start.isoformat()))
    if operation.pk == run.operation_id:
        problems.append(Problem("same_operation", "The run belongs to this operation already.", "operation"))
    if problems:
        raise InvalidInput(problems)
    happened_at(start)
    if operation.plant_id != run.plant_id or operation.state not in REPORTABLE:
        raise Refused("wrong_state", f"Nothing can be recorded while {operation.get_state_display()}.")
    if end is None and operation.state == OperationState.FINISHED:
        raise Refused("wrong_state", "A finished operation can't be running.")
    if end is None and Run.objects.filter(operation=operation, ended_at__isnull=True).exists():
        raise Refused("already_running", "This operation is running already.")


def _cut(run: Run, operation: Operation, start: datetime, end: datetime | None) -> tuple[Run, Run | None]:
    """The moved part as a run of ``operation``, and what is left of the old one after it."""
    began, ended = run.production_at, run.ended_at
    run.ended_at = start
    if began is not None and began > start:
        run.production_at = None
    run.save(update_fields=["ended_at", "production_at"])

    def part(of: Operation, begin: datetime, until: datetime | None) -> Run:
        production = None if began is None or (until is not None and began >= until) else max(began, begin)
        made = Run.objects.create(
            plant_id=run.plant_id,
            operation=of,
            machine=run.machine,
            slot=run.slot,
            started_at=begin,
            production_at=production,
            ended_at=until,
        )
        carry_outputs(run, made)
        return made

    moved = part(operation, start, end)
    goes_on = end is not None and (ended is None or ended > end)
    return moved, part(run.operation, end, ended) if goes_on and end is not None else None


def _share_people(run: Run, moved: Run, rest: Run | None) -> None:
    """Whoever worked on the run worked on the part of it that their time falls into."""
    for worked in list(run.people.all()):
        for part in (moved, rest):
            if part is None:
                continue
            begin = max(worked.started_at, part.started_at)
            ends = [end for end in (worked.ended_at, part.ended_at) if end is not None]
            until = min(ends, default=None)
            if until is None or begin < until:
                RunPerson.objects.create(
                    run=part, person_id=worked.person_id, started_at=begin, ended_at=until
                )
        assert run.ended_at is not None
        if worked.started_at >= run.ended_at:
            worked.delete()
        elif worked.ended_at is None or worked.ended_at > run.ended_at:
            worked.ended_at = run.ended_at
            worked.save(update_fields=["ended_at"])


def _take_up(target: LockedOperation, moved: Run) -> None:
    operation, order = target.operation, target.order
    if operation.started_at is None:
        operation.counting = CountingSource.MACHINE if moved.machine.measured else CountingSource.PERSON
        operation.save(update_fields=["counting"])
    if moved.ended_at is not None:
        mark_recorded(operation, order, moved.started_at)
        return
    action = "start_setup" if moved.production_at is None else "start_production"
    operation.state = next_operation_state(operation.state, action)
    operation.started_at = min(operation.started_at or moved.started_at, moved.started_at)
    operation.save(update_fields=["state", "started_at"])
    if order.state == OrderState.RELEASED:
        order.state = next_order_state(order.state, "start")
        order.started_at = order.started_at or moved.started_at
        order.save(update_fields=["state", "started_at"])


def _put_down(source: LockedOperation) -> None:
    operation = source.operation
    if operation.state in (OperationState.SETUP, OperationState.PRODUCTION):
        operation.state = next_operation_state(operation.state, "interrupt")
        operation.save(update_fields=["state"])


def _move_reports(
    run: Run,
    moved: Run,
    *,
    source: LockedOperation,
    target: LockedOperation,
    by: User,
    key: uuid.UUID,
    comment: str,
    via: str,
) -> None:
    """What people reported in the moved time: taken back there, booked here."""
    reports = ProductionEvent.objects.filter(
        run=run, kind__in=MOVABLE, reversed_by__isnull=True, occurred_at__gte=moved.started_at
    )
    if moved.ended_at is not None:
        reports = reports.filter(occurred_at__lt=moved.ended_at)
    wrong = list(reports.order_by("id"))
    if not wrong:
        return
    back = [
        reversal_of(event, by=by, key=derived_key(key, f"back-{event.pk}"), comment=comment, via=via)
        for event in wrong
    ]
    anew = [_copy(event, moved, target, by=by, key=key, comment=comment, via=via) for event in wrong]
    record_events([*back, *anew])
    lock_items_of_orders(plant_id=source.order.plant_id, orders=[source.order.pk, target.order.pk])
    book(source.operation, source.order, back)
    book(target.operation, target.order, anew)


def _copy(
    event: ProductionEvent,
    moved: Run,
    target: LockedOperation,
    *,
    by: User,
    key: uuid.UUID,
    comment: str,
    via: str,
) -> ProductionEvent:
    counted = target.operation.counting == CountingSource.MACHINE
    return ProductionEvent(
        plant_id=event.plant_id,
        key=derived_key(key, f"anew-{event.pk}"),
        kind=EventKind.RECLASSIFIED if counted else EventKind.REPORTED,
        order=target.order,
        operation=target.operation,
        run=moved,
        machine_id=event.machine_id,
        good=-(event.scrap + event.rework) if counted else max(event.good, ZERO),
        scrap=event.scrap,
        rework=event.rework,
        scrap_reason_id=event.scrap_reason_id,
        occurred_at=event.occurred_at,
        by=by,
        via=via,
        comment=comment[:500],
        details={"replaces": event.pk},
    )
