"""Operations that a supplier does: since when they keep an order away from the plant's own machines."""

from __future__ import annotations

from datetime import datetime

from orders.enums import OperationState
from orders.models import Operation


def away_since(sent: datetime | None, came_before: datetime | None) -> datetime | None:
    """``sent``: when it was said to leave. ``came_before``: when what precedes it in its sequence ended. The
    earlier of both: what lies ready to be sent waits for its supplier, too. None: its turn hasn't come."""
    return min((one for one in (sent, came_before) if one is not None), default=None)


def ended_before(operation: Operation) -> datetime | None:
    """When what precedes the operation in its sequence ended; None: nothing does, or it goes on. A query."""
    before = (
        Operation.objects.filter(
            order=operation.order_id, sequence=operation.sequence, position__lt=operation.position
        )
        .exclude(state=OperationState.CANCELLED)
        .order_by("-position")
        .only("finished_at")
        .first()
    )
    return None if before is None else before.finished_at
