"""Every step that the tables don't hold is refused, and the page of states is up to date."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from mes.lib.errors import Refused
from orders.domain.diagram import states_page
from orders.domain.transitions import (
    DOWNLOAD,
    OPERATION,
    ORDER,
    PRINT,
    next_download_state,
    next_operation_state,
    next_order_state,
    next_print_state,
)
from orders.enums import DownloadState, OperationState, OrderState, PrintState

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "states.md"


@pytest.mark.parametrize(
    ("table", "states", "step"),
    [
        (ORDER, OrderState, next_order_state),
        (OPERATION, OperationState, next_operation_state),
        (DOWNLOAD, DownloadState, next_download_state),
        (PRINT, PrintState, next_print_state),
    ],
)
def test_every_pair_of_state_and_step_is_decided(table, states, step):
    assert set(table) == set(states)
    actions = {action for steps in table.values() for action in steps}
    for state, action in itertools.product(states, actions):
        if action in table[state]:
            assert step(state, action) == table[state][action]
        else:
            with pytest.raises(Refused):
                step(state, action)


def test_the_page_of_states_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == states_page(), "run: manage.py describe_states"
