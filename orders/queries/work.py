"""How far work on operations has come, in three words, and how much any of them has made."""

from collections.abc import Iterable
from decimal import Decimal

from orders.enums import OperationState
from orders.models import Operation, ProductionOrder

IN_WORK = (OperationState.SETUP, OperationState.PRODUCTION, OperationState.INTERRUPTED)
OVER = (OperationState.FINISHED, OperationState.CANCELLED)


def reported_of(order: ProductionOrder, operations: Iterable[Operation]) -> Decimal:
    """The most that any operation has made: no order can be smaller."""
    most: Decimal = max((operation.good for operation in operations), default=order.good)
    return most
