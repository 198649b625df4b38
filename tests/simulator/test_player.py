"""The park's history goes through the doors window by window, each until it is taken."""

import asyncio
from datetime import UTC, datetime, timedelta

from mes.runtime.simulator import player
from mes.runtime.simulator.dirt import Dirt
from mes.runtime.simulator.doors import DoorError
from mes.runtime.simulator.player import Memory, Player


def test_a_window_that_got_no_answer_is_told_again(tmp_path, monkeypatch):
    origin = datetime.now(UTC) - timedelta(hours=2)
    memory = Memory(tmp_path / "park.json", origin, 7, Dirt(), origin)
    told, taken = [], []

    def deliver(_player, arrivals):
        told.append(arrivals)
        if len(told) == 2:
            raise DoorError("/api/v1/promises: no answer")
        taken.append(memory.delivered)

    monkeypatch.setattr(player, "_rest", lambda _stop, _seconds: asyncio.sleep(0))
    monkeypatch.setattr(Player, "_deliver_history", deliver)
    asyncio.run(Player(memory, doors=None, line=None)._history(memory.park(), asyncio.Event()))

    assert told[1] is told[2]
    assert taken[:4] == [origin + timedelta(minutes=30 * number) for number in range(4)]
    assert len(told) == len(taken) + 1
