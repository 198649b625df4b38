"""Work that a supplier does: it leaves, and comes back, perhaps in parts."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction

from mes.accounts.models import User
from mes.lib.errors import Refused
from mes.lib.sentences import gettext as _
from orders.domain.events import body_hash, derived_key, record_events, same_fact
from orders.domain.execution import begin_order, finish, happened_at
from orders.domain.locking import LockedOperation
from orders.domain.reports import Quantities, report
from orders.domain.transitions import next_operation_state
from orders.enums import EventKind
from orders.models import Operation, ProductionEvent, ScrapReason
from orders.queries.readiness import readiness_of


@transaction.atomic
def send_out(
    *,
    operation: Operation,
    by: User | None,
    key: uuid.UUID,
    at: datetime | None = None,
    comment: str = "",
    via: str = "",
) -> ProductionEvent:
    """Say that the pieces have left for their supplier. Raises Refused when the operation isn't done outside,
    or something stands in its way (a hold, what comes before it)."""
    locked = LockedOperation(operation_id=operation.pk, key=key)
    body = body_hash({"command": "send_out", "operation": operation.pk, "comment": comment})
    if known := same_fact(locked.known_event(), body):
        return known
    held, moment = locked.operation, happened_at(at)
    check_send_out(operation=held)
    held.state = next_operation_state(held.state, "send_out")
    held.started_at = held.started_at or moment
    held.save(update_fields=["state", "started_at"])
    begin_order(locked.order, moment)
    event = locked.event(
        EventKind.SENT_OUT, key=key, body=body, run=None, at=moment, by=by, via=via, comment=comment
    )
    record_events([event])
    return event


def can_send_out(*, operation: Operation) -> bool:
    try:
        check_send_out(operation=operation)
    except Refused:
        return False
    return True


def check_send_out(*, operation: Operation) -> None:
    check_outside(operation)
    readiness = readiness_of([operation])[operation.pk]
    if not readiness.ready:
        need = readiness.blocking[0]
        raise Refused(need.code, need.text)


def check_outside(operation: Operation) -> None:
    if not operation.outside:
        raise Refused("not_outside", _("This operation is done in the plant, not by a supplier."))


@transaction.atomic
def bring_home(
    *,
    operation: Operation,
    quantities: Quantities,
    all_back: bool,
    by: User | None,
    key: uuid.UUID,
    scrap_reason: ScrapReason | None = None,
    at: datetime | None = None,
    comment: str = "",
    via: str = "",
) -> ProductionEvent:
    """Book what a supplier brought back; ``all_back`` ends the operation, also without further pieces. Raises
    what :func:`report` and :func:`finish` raise."""
    check_outside(operation)
    if all_back and not quantities.total:
        return finish(operation=operation, by=by, key=key, at=at, via=via)
    event = report(
        operation=operation,
        quantities=quantities,
        by=by,
        key=key,
        scrap_reason=scrap_reason,
        at=at,
        comment=comment,
        via=via,
    )
    if all_back:
        finish(operation=operation, by=by, key=derived_key(key, "back"), at=at, via=via)
    return event
