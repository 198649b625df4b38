"""The three layers of a machine slot joined into one word for people."""

from __future__ import annotations

from collections.abc import Iterable

from machines.domain.calendars.engine import Planned
from machines.enums import MachineState
from orders.enums import RunPhase
from quality.enums import ShownState

MOST_PRESSING = (
    ShownState.STOP,
    ShownState.UNKNOWN,
    ShownState.MICRO_STOP,
    ShownState.SETUP,
    ShownState.MAINTENANCE,
    ShownState.RUNNING,
    ShownState.NO_ORDER,
    ShownState.BREAK,
    ShownState.NO_SHIFT,
)
"""What a person has to look at first."""

STANDING_WITH_ORDER = {
    MachineState.MICRO_STOP: ShownState.MICRO_STOP,
    MachineState.STOP: ShownState.STOP,
    MachineState.IDLE: ShownState.STOP,
}


def shown_state(
    *, state: MachineState | None, planned: Planned | None, phase: RunPhase | None, measured: bool
) -> ShownState:
    """One word for what signals (``state``), calendar (``planned``) and order (``phase`` of its run) say.

    What the machine visibly does comes first: one that runs through a break is running. Then what is planned,
    and only then what is missing. A machine without signals is known by its runs.
    """
    if phase is RunPhase.SETUP or state is MachineState.SETUP:
        return ShownState.SETUP
    if state is MachineState.PRODUCING:
        return ShownState.RUNNING
    if planned is not Planned.WORK:
        return _not_planned(planned)
    if not measured:
        return ShownState.NO_ORDER if phase is None else ShownState.RUNNING
    if state is None or state is MachineState.UNKNOWN:
        return ShownState.UNKNOWN
    if state is MachineState.MAINTENANCE:
        return ShownState.MAINTENANCE
    return ShownState.NO_ORDER if phase is None else STANDING_WITH_ORDER[state]


def most_pressing(states: Iterable[ShownState]) -> ShownState:
    """Of several slots' states the one to look at first. Raises ``ValueError`` without any."""
    return min(states, key=MOST_PRESSING.index)


def _not_planned(planned: Planned | None) -> ShownState:
    if planned is None:
        return ShownState.NO_SHIFT
    return ShownState.MAINTENANCE if planned is Planned.DOWN else ShownState.BREAK
