"""One machine of the park that speaks MTConnect: its signals lie in an agent, and the product fetches them.

The agent's numbers are the world's own: after a restart it holds the same observations under the same
sequences as before, so that whoever reads it goes on where he was. Until somebody reads its stream, the
machine's signals go the way of all others too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

import uvicorn

from mes.runtime.simulator.dirt import Delivery
from mes.runtime.simulator.mtconnect_agent import Agent, Item, Receive, Send

MACHINE = "CNC-1"
KEPT = 20_000
ITEMS = {
    "available": Item(MACHINE, "avail", "AVAILABILITY", discrete=True),
    "state": Item(MACHINE, "execution", "EXECUTION"),
    "program": Item(MACHINE, "program", "PROGRAM", sub_type="MAIN"),
}


class _Agent(Agent):
    """Notes that its stream is read."""

    is_read = False

    async def _sample(self, query: Mapping[str, str], receive: Receive, send: Send) -> None:
        self.is_read = self.is_read or "interval" in query
        await super()._sample(query, receive, send)


class TurningCentre:
    """``origin`` is the world's beginning; ``is_read``: the product takes the signals from the agent."""

    def __init__(self, origin: datetime, *, is_read: bool = False) -> None:
        self._agent = _Agent(list(ITEMS.values()), buffer=KEPT, instance=int(origin.timestamp()))
        self._agent.is_read = is_read
        self._fed: set[int] = set()

    @property
    def agent(self) -> Agent:
        return self._agent

    @property
    def is_read(self) -> bool:
        return self._agent.is_read

    def feed(self, deliveries: Iterable[Delivery]) -> None:
        """Give the agent what is new of this machine."""
        for delivery in deliveries:
            signal = delivery.signal
            if signal.machine != MACHINE or signal.seq in self._fed or signal.item not in ITEMS:
                continue
            self._fed.add(signal.seq)
            text = "AVAILABLE" if signal.item == "available" else str(signal.value)
            self._agent.put(ITEMS[signal.item], signal.ts, text)

    def others(self, deliveries: Iterable[Delivery]) -> list[Delivery]:
        """What must go another way."""
        return [one for one in deliveries if not self.is_read or one.signal.machine != MACHINE]

    async def serve(self, port: int) -> None:
        """Until cancelled."""
        config = uvicorn.Config(
            self._agent, host="127.0.0.1", port=port, log_level="warning", access_log=False, lifespan="off"
        )
        await _Server(config).serve()


class _Server(uvicorn.Server):
    """Signals of the process are the park's business."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
