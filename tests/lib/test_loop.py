"""The one loop of the workers: it rests, waits for a lost database, and ends when told to."""

from __future__ import annotations

import os
import signal

import pytest
from django.db import OperationalError

from mes.lib import loop


@pytest.fixture(autouse=True)
def handlers():
    """The test's own signal handlers come back after it."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_it_works_without_rest_while_there_is_work_and_ends_on_sigterm(db, monkeypatch):
    monkeypatch.setattr(loop, "close_old_connections", lambda: None)
    left = [1, 1, 0]
    seen = []

    def step():
        seen.append(len(left))
        if len(left) == 1:
            os.kill(os.getpid(), signal.SIGTERM)
        return left.pop(0)

    loop.repeat(step, pause=0.01, name="test")
    assert seen == [3, 2, 1]


def test_a_lost_database_is_waited_for(db, monkeypatch):
    monkeypatch.setattr(loop, "close_old_connections", lambda: None)
    answers = [OperationalError("away"), OperationalError("still away"), 0]

    def step():
        answer = answers.pop(0)
        if not answers:
            os.kill(os.getpid(), signal.SIGTERM)
        if isinstance(answer, Exception):
            raise answer
        return answer

    loop.repeat(step, pause=0.01, name="test")
    assert answers == []
