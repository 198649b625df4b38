"""The state machines of this app, whole, in one place.

``docs/reference/states.md`` is generated from these tables and compared by a test.
"""

from __future__ import annotations

from collections.abc import Mapping

from mes.lib.errors import Refused
from mes.lib.sentences import gettext as _
from orders.enums import DownloadState as Down
from orders.enums import OperationState as Op
from orders.enums import OrderState as Order
from orders.enums import PrintState as Print

ORDER: Mapping[Order, Mapping[str, Order]] = {
    Order.PLANNED: {"release": Order.RELEASED, "cancel": Order.CANCELLED},
    Order.RELEASED: {
        "start": Order.RUNNING,
        "cancel": Order.CANCELLED,
        "finish": Order.FINISHED,
        "close": Order.CLOSED,
    },
    Order.RUNNING: {"start": Order.RUNNING, "finish": Order.FINISHED, "close": Order.CLOSED},
    Order.FINISHED: {"close": Order.CLOSED, "reopen": Order.RUNNING},
    Order.CLOSED: {},
    Order.CANCELLED: {},
}

OPERATION: Mapping[Op, Mapping[str, Op]] = {
    Op.PLANNED: {"release": Op.RELEASED, "cancel": Op.CANCELLED},
    Op.RELEASED: {
        "start_setup": Op.SETUP,
        "start_production": Op.PRODUCTION,
        "send_out": Op.PRODUCTION,
        "record": Op.INTERRUPTED,
        "finish": Op.FINISHED,
        "cancel": Op.CANCELLED,
    },
    Op.SETUP: {"start_production": Op.PRODUCTION, "interrupt": Op.INTERRUPTED, "finish": Op.FINISHED},
    Op.PRODUCTION: {"interrupt": Op.INTERRUPTED, "finish": Op.FINISHED},
    Op.INTERRUPTED: {
        "start_setup": Op.SETUP,
        "start_production": Op.PRODUCTION,
        "send_out": Op.PRODUCTION,
        "record": Op.INTERRUPTED,
        "finish": Op.FINISHED,
    },
    Op.FINISHED: {"reopen": Op.INTERRUPTED},
    Op.CANCELLED: {},
}


DOWNLOAD: Mapping[Down, Mapping[str, Down]] = {
    Down.REQUESTED: {"approve": Down.APPROVED, "fail": Down.FAILED},
    Down.APPROVED: {"send": Down.SENT, "fail": Down.FAILED},
    Down.SENT: {"accept": Down.ACCEPTED, "fail": Down.FAILED},
    Down.ACCEPTED: {"verify": Down.VERIFIED, "fail": Down.FAILED},
    Down.VERIFIED: {"use": Down.IN_USE, "fail": Down.FAILED},
    Down.IN_USE: {},
    Down.FAILED: {},
}

PRINT: Mapping[Print, Mapping[str, Print]] = {
    Print.WAITING: {"print": Print.PRINTED, "fail": Print.FAILED, "cancel": Print.CANCELLED},
    Print.PRINTED: {},
    Print.FAILED: {"try_again": Print.WAITING, "cancel": Print.CANCELLED},
    Print.CANCELLED: {},
}


def next_order_state(state: str, action: str) -> Order:
    """The state after ``action``. Raises Refused (code ``wrong_state``) when the table has no such step."""
    try:
        return ORDER[Order(state)][action]
    except KeyError:
        raise Refused(
            "wrong_state",
            _("An order that is %(state)s can't take the step “%(step)s”.")
            % {"state": Order(state).label, "step": action},
        ) from None


def next_operation_state(state: str, action: str) -> Op:
    """The state after ``action``. Raises Refused (code ``wrong_state``) when the table has no such step."""
    try:
        return OPERATION[Op(state)][action]
    except KeyError:
        raise Refused(
            "wrong_state",
            _("An operation that is %(state)s can't take the step “%(step)s”.")
            % {"state": Op(state).label, "step": action},
        ) from None


def next_download_state(state: str, action: str) -> Down:
    """The state after ``action``. Raises Refused (code ``wrong_state``) when the table has no such step."""
    try:
        return DOWNLOAD[Down(state)][action]
    except KeyError:
        raise Refused(
            "wrong_state", f"A download that is {Down(state).label} can't take the step “{action}”."
        ) from None


def next_print_state(state: str, action: str) -> Print:
    """The state after ``action``. Raises Refused (code ``wrong_state``) when the table has no such step."""
    try:
        return PRINT[Print(state)][action]
    except KeyError:
        raise Refused(
            "wrong_state", f"A print that is {Print(state).label} can't take the step “{action}”."
        ) from None


def open_states() -> tuple[Op, ...]:
    """States of operations on which work is still to come."""
    return tuple(state for state, steps in OPERATION.items() if steps and state is not Op.FINISHED)
