"""What the bench of signal → screen waits for does become visible: each change it tells is one."""

from datetime import datetime

import pytest

from machines.domain.measure import FoldState, Rules, Sample, fold, tail
from tests.bench.screen import CHANGE_EVERY, CYCLE_SECONDS, Changes, Sender

AWAY = {"setup", "maintenance"}


@pytest.mark.parametrize("late", [set(), {1}], ids=["set-up", "maintenance"])
def test_each_change_that_is_told_is_shown_and_nothing_else(late, monkeypatch):
    told = []
    changes = Changes(late=late)
    monkeypatch.setattr(changes, "sent", lambda machine, away, at: told.append(away))
    sender, state, shown = Sender([(1, "M1")], changes), FoldState(), []
    for turn in range(CHANGE_EVERY * 12):
        sent = sender.sample(turn, 1_000_000 + turn * CYCLE_SECONDS)
        ts = datetime.fromisoformat(sent["ts"])
        fold(state, [Sample(ts, sent["item"], sent["value"], 1, "b", sent["seq"])], Rules())
        [now] = tail(state, Rules(), ts.fromtimestamp(ts.timestamp() + CYCLE_SECONDS * 0.9, ts.tzinfo)).open
        shown.append(now.state.value in AWAY)
    assert len(told) > 8
    assert [after for before, after in zip([False, *shown], shown, strict=False) if before != after] == told


def test_a_change_that_a_page_never_showed_is_counted():
    changes = Changes(watchers={7: [0]})
    changes.begin()
    for at, away in ((1.0, True), (2.0, False), (3.0, True)):
        changes.sent(7, away=away, at=at)
    changes.seen(0, 7, away=False, at=4.0)
    assert (changes.at_once, changes.overtaken, changes.missing) == ([2.0], 1, 1)
