"""Orders that are made together: one cycle of a family tool makes pieces of several."""

from __future__ import annotations

import uuid
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Q

from machines.models import Machine
from mes.accounts.models import User
from mes.lib.errors import InvalidInput, Problem, Refused
from orders.domain.events import body_hash, record_events, same_fact
from orders.domain.execution import check_start, happened_at, mark_started
from orders.domain.locking import LockedOperation
from orders.domain.outputs import give, outputs_at, set_pieces
from orders.domain.pegging import lock_components
from orders.enums import CountingSource, EventKind, OperationState
from orders.models import Operation, ProductionEvent, Run, RunOutput


@transaction.atomic
def join_family(
    *,
    operation: Operation,
    run: Run,
    by: User | None,
    key: uuid.UUID,
    at: datetime | None = None,
    via: str = "",
) -> ProductionEvent:
    """Make an operation together with the one whose run is open on a family tool, from ``at`` (UTC) on.

    Said late, it gets the pieces made since. Raises Refused when the operation isn't ready, the tool doesn't
    make its item, or that item's pieces already go to another operation.
    """
    locked = LockedOperation(operation_id=operation.pk, key=key)
    body = body_hash({"command": "join_family", "operation": operation.pk, "run": run.pk})
    if known := same_fact(locked.known_event(), body):
        return known
    moment = max(happened_at(at), run.started_at)
    check_start(operation=locked.operation, machine=run.machine, person=by)
    output = _output_at(run, locked.order.item_id, moment)
    if output is None or run.ended_at is not None:
        raise Refused("not_of_this_tool", "The tool that runs there doesn't make this item.")
    if output.operation_id is not None:
        raise Refused("output_taken", "The pieces of this item already go to another order.")
    resumed = locked.operation.state == OperationState.INTERRUPTED
    mark_started(locked, "start_production", moment, run.machine)
    if locked.operation.counting != CountingSource.MACHINE and run.machine.measured:
        locked.operation.counting = CountingSource.MACHINE
        locked.operation.save(update_fields=["counting"])
    lock_components(operation=locked.operation)
    give(output, locked.operation, moment)
    event = locked.event(
        EventKind.RESUMED if resumed else EventKind.PRODUCTION_STARTED,
        key=key,
        body=body,
        run=run,
        at=moment,
        by=by,
        via=via,
        details={"together_with": run.operation_id},
    )
    record_events([event])
    return event


@transaction.atomic
def change_output(*, run: Run, item_id: int, pieces: Decimal, at: datetime | None = None) -> RunOutput:
    """From ``at`` (UTC) on a cycle makes ``pieces`` of the item: a cavity is blocked or open again.

    Raises Refused for an item that the tool doesn't make, InvalidInput for pieces below zero.
    """
    moment = max(happened_at(at), run.started_at)
    if pieces < 0:
        raise InvalidInput([Problem("negative", "A cycle can't make less than no pieces.", "pieces")])
    output = _output_at(run, item_id, moment)
    if output is None:
        raise Refused("not_of_this_tool", "The tool that runs there doesn't make this item.")
    set_pieces(output, pieces, moment)
    return output


def _output_at(run: Run, item_id: int, moment: datetime) -> RunOutput | None:
    here = outputs_at(run, moment).select_for_update(of=("self",)).select_related("run", "operation")
    return here.filter(item=item_id).first()


@transaction.atomic
def write_off(*, machine: Machine, start: datetime, end: datetime) -> None:
    """Nobody wants the pieces that family tools made of an item in [start, end]: they count no longer."""
    spare = RunOutput.objects.filter(
        Q(ended_at__isnull=True) | Q(ended_at__gt=start),
        run__machine=machine,
        operation=None,
        pieces__gt=0,
        started_at__lte=end,
    )
    for output in spare.select_related("run").order_by("started_at"):
        set_pieces(output, Decimal(0), max(start, output.started_at))
