"""The state machines of nonconformances and corrective actions, whole, in one place.

``docs/reference/nonconformance-states.md`` is generated from these tables and compared by a test.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from mes.lib.errors import Refused
from quality.enums import ActionState as Action
from quality.enums import NonconformanceState as State

NONCONFORMANCE: Mapping[State, Mapping[str, State]] = {
    State.OPEN: {
        "contain": State.CONTAINED,
        "decide": State.DISPOSITIONED,
        "cancel": State.CANCELLED,
    },
    State.CONTAINED: {
        "contain": State.CONTAINED,
        "decide": State.DISPOSITIONED,
        "cancel": State.CANCELLED,
    },
    State.DISPOSITIONED: {"close": State.CLOSED},
    State.CLOSED: {},
    State.CANCELLED: {},
}

ACTION: Mapping[Action, Mapping[str, Action]] = {
    Action.OPEN: {"start": Action.STARTED, "do": Action.DONE, "cancel": Action.CANCELLED},
    Action.STARTED: {"do": Action.DONE, "cancel": Action.CANCELLED},
    Action.DONE: {"check": Action.CLOSED, "reopen": Action.STARTED},
    Action.CLOSED: {},
    Action.CANCELLED: {},
}


def next_state(state: str, action: str) -> State:
    """The state after ``action``. Raises Refused ``not_in_this_state`` when there is none."""
    try:
        return NONCONFORMANCE[State(state)][action]
    except KeyError:
        message = _("A nonconformance that is %(state)s can't take this step.")
        raise Refused("not_in_this_state", message % {"state": State(state).label}) from None


def next_action_state(state: str, action: str) -> Action:
    """The state after ``action``. Raises Refused ``not_in_this_state`` when there is none."""
    try:
        return ACTION[Action(state)][action]
    except KeyError:
        message = _("An action that is %(state)s can't take this step.")
        raise Refused("not_in_this_state", message % {"state": Action(state).label}) from None
