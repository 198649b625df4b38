"""How far work on operations has come, in three words."""

from orders.enums import OperationState

IN_WORK = (OperationState.SETUP, OperationState.PRODUCTION, OperationState.INTERRUPTED)
OVER = (OperationState.FINISHED, OperationState.CANCELLED)
