"""What becomes of pieces that are not right: moved between good, scrap and rework, and repaired."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from machines.models import MachineGroup
from mes.accounts.models import User
from mes.lib.errors import InvalidInput, Problem, Refused
from orders.domain.events import body_hash, record_events, same_fact
from orders.domain.locking import LockedOperation
from orders.domain.reports import SORTING, book
from orders.domain.transitions import next_order_state
from orders.enums import EventKind, OperationState, OrderState
from orders.models import Operation, ProductionEvent, ScrapReason


class Standing(StrEnum):
    """As what pieces are counted at the operation that made them."""

    GOOD = "good"
    REWORK = "rework"
    SCRAP = "scrap"


@dataclass(frozen=True, slots=True)
class ReworkStep:
    """One operation of a repair. Times are planned seconds; ``run_seconds`` per piece."""

    text: str
    machine_group: MachineGroup
    setup_seconds: Decimal = Decimal(0)
    run_seconds: Decimal = Decimal(0)
    inspection: bool = False


@transaction.atomic
def reclassify(
    *,
    operation: Operation,
    quantity: Decimal,
    source: Standing,
    target: Standing,
    by: User,
    key: uuid.UUID,
    reference: str,
    scrap_reason: ScrapReason | None = None,
    comment: str = "",
    via: str = "",
) -> ProductionEvent:
    """Count pieces of an operation as something else, because a nonconformance (``reference``) says so.

    Raises ``InvalidInput`` ``more_than_there`` when fewer pieces are counted as ``source``, ``Refused``
    when the order is closed, ``KeyReused``.
    """
    locked = LockedOperation(operation_id=operation.pk, key=key)
    body = body_hash(
        {
            "command": "reclassify",
            "operation": operation.pk,
            "from": source,
            "to": target,
            "of": f"{quantity:.3f}",
        }
    )
    if known := same_fact(locked.known_event(), body):
        return known
    held, order = locked.operation, locked.order
    if order.state == OrderState.CLOSED:
        raise Refused("wrong_state", _("A closed order is not changed any more."))
    if quantity > getattr(held, source):
        message = _("Only %(number)s pieces are counted as %(what)s.") % {
            "number": f"{getattr(held, source).normalize():f}",
            "what": _standing(source),
        }
        raise InvalidInput([Problem("more_than_there", message, "quantity", value=str(quantity))])
    moved = {Standing.GOOD: Decimal(0), Standing.REWORK: Decimal(0), Standing.SCRAP: Decimal(0)}
    moved[source] -= quantity
    moved[target] += quantity
    event = locked.event(
        EventKind.RECLASSIFIED,
        key=key,
        body=body,
        run=None,
        at=timezone.now(),
        by=by,
        via=via,
        comment=comment,
        good=moved[Standing.GOOD],
        scrap=moved[Standing.SCRAP],
        rework=moved[Standing.REWORK],
        scrap_reason=scrap_reason,
        details={"nonconformance": reference},
    )
    record_events([event])
    book(held, order, [event])
    return event


@transaction.atomic
def insert_rework(
    *,
    operation: Operation,
    quantity: Decimal,
    steps: Sequence[ReworkStep],
    by: User,
    key: uuid.UUID,
    returns: bool = True,
) -> list[Operation]:
    """Give an order operations that repair ``quantity`` pieces of one of its operations.

    They have a sequence of their own and are released at once; a finished order runs again until they are
    done. The same key inserts once. Without ``returns`` (sorting) what they report moves no piece.

    Raises ``Refused`` for an order that is planned, closed or cancelled, or an operation that repairs itself.
    """
    locked = LockedOperation(operation_id=operation.pk, key=key)
    held, order = locked.operation, locked.order
    if locked.known_event_id is not None:
        made = ProductionEvent.objects.get(pk=locked.known_event_id).details.get("rework", [])
        return list(Operation.objects.filter(pk__in=made).order_by("position"))
    if order.state not in (OrderState.RELEASED, OrderState.RUNNING, OrderState.FINISHED):
        raise Refused("wrong_state", _("Rework needs an order that is released and not closed."))
    if held.rework_of_id is not None:
        raise Refused(
            "rework_of_rework", _("Pieces of a rework are repaired at the operation that made them.")
        )
    loops = order.operations.filter(rework_of__isnull=False).values("sequence").distinct().count()
    last = order.operations.aggregate(last=Max("position"))["last"] or 0
    sequence = f"{'R' if returns else SORTING}{loops + 1}"
    letters = [chr(96 + at) for at in range(1, len(steps) + 1)] if len(steps) > 1 else [""]
    made = Operation.objects.bulk_create(
        Operation(
            plant_id=order.plant_id,
            order=order,
            rework_of=held,
            position=last + at,
            sequence=sequence,
            number=f"{held.number[:6]}{sequence}{letters[at - 1]}"[:10],
            text=step.text[:200],
            machine_group=step.machine_group,
            quantity=quantity,
            setup_seconds=step.setup_seconds,
            run_seconds=step.run_seconds,
            inspection=step.inspection,
            state=OperationState.RELEASED,
        )
        for at, step in enumerate(steps, start=1)
    )
    if order.state == OrderState.FINISHED:
        order.state, order.finished_at = next_order_state(order.state, "reopen"), None
        order.save(update_fields=["state", "finished_at"])
    event = locked.event(
        EventKind.CHANGED,
        key=key,
        body="",
        run=None,
        at=timezone.now(),
        by=by,
        via="",
        details={
            "rework": [one.pk for one in made],
            "changes": {one.number: ["", _("rework")] for one in made},
        },
    )
    record_events([event])
    return made


def _standing(standing: Standing) -> str:
    return {Standing.GOOD: _("good"), Standing.REWORK: _("rework"), Standing.SCRAP: _("scrap")}[standing]
