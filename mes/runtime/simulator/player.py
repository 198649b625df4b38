"""The living park: weeks of history at once, then second by second.

One world from a remembered origin. After a restart it is computed anew up to the last delivered moment
(without sending anything), what happened meanwhile is delivered as history, and life goes on. Keys and
sequence numbers are the world's own, so that a repeat after a crash has no effect.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiomqtt

from mes.runtime.simulator.dirt import Delivery, Dirt
from mes.runtime.simulator.doors import DoorError, Doors
from mes.runtime.simulator.messages import QuoteAsked, Shipped, StopReason
from mes.runtime.simulator.mqtt import MqttLine
from mes.runtime.simulator.park import Arrivals, Park
from mes.runtime.simulator.physics import Settings
from mes.runtime.simulator.same_world import world_code
from mes.runtime.simulator.turning_centre import TurningCentre

HISTORY_WINDOW = timedelta(minutes=30)
"""As often as the plant orders: a date that is asked for right after is quoted from what was done by then."""
TOLD_EVERY = timedelta(hours=3)
"""So often it is said how far the history has come."""
LIVE_WITHIN = timedelta(seconds=20)
SAVE_EVERY_SECONDS = 5.0
REASON_PATIENCE = timedelta(hours=2)
QUOTE_PATIENCE = timedelta(minutes=10)
"""An order by file is there soon; one that was refused never is."""
PARCEL_PATIENCE = timedelta(days=4)
PARCELS_EVERY_SECONDS = 300.0
"""So often the warehouse sends what it can."""

logger = logging.getLogger("park")


@dataclass(slots=True)
class Memory:
    """What has to survive a restart. Times are UTC."""

    path: Path
    origin: datetime
    seed: int
    dirt: Dirt
    delivered: datetime
    agent_is_read: bool = False

    @classmethod
    def load(cls, path: Path, *, days: float, seed: int, dirt: Dirt) -> Memory:
        """The remembered world, else a new one that began ``days`` ago."""
        if path.exists():
            kept = json.loads(path.read_text())
            origin, delivered = (datetime.fromisoformat(kept[name]) for name in ("origin", "delivered"))
            dirt = Dirt(**kept["dirt"])
            return cls(path, origin, kept["seed"], dirt, delivered, kept.get("agent_is_read", False))
        origin = (datetime.now(UTC) - timedelta(days=days)).replace(minute=0, second=0, microsecond=0)
        return cls(path, origin, seed, dirt, origin)

    def save(self) -> None:
        kept: dict[str, Any] = {
            "origin": self.origin.isoformat(),
            "delivered": self.delivered.isoformat(),
            "seed": self.seed,
            "dirt": asdict(self.dirt),
            "agent_is_read": self.agent_is_read,
            "world": world_code(),
        }
        self.path.parent.mkdir(parents=True, exist_ok=True)
        new = self.path.with_suffix(".tmp")
        new.write_text(json.dumps(kept))
        new.replace(self.path)

    def park(self, hear: Callable[[Arrivals], None] = lambda _arrivals: None) -> Park:
        """The world as it was when the last delivery went out; ``hear`` gets all that was delivered."""
        park = Park(self.origin, Settings(seed=self.seed), self.dirt)
        moment = self.origin
        while moment < self.delivered:
            moment = min(moment + HISTORY_WINDOW, self.delivered)
            hear(park.advance(moment))
        return park


@dataclass(slots=True)
class Player:
    """``speed`` limits how many seconds of history pass in one second; 0 is as fast as the doors take it.

    ``agent_port``: where the turning centre's MTConnect agent listens once the history is told; 0: nowhere.
    """

    memory: Memory
    doors: Doors
    line: MqttLine
    speed: float = 0.0
    agent_port: int = 0
    _early: list[StopReason] = field(default_factory=list)
    _asking: list[QuoteAsked] = field(default_factory=list)
    _parcels: list[Shipped] = field(default_factory=list)
    _parcels_tried: float = 0.0
    _centre: TurningCentre = field(init=False)

    def __post_init__(self) -> None:
        self._centre = TurningCentre(self.memory.origin, is_read=self.memory.agent_is_read)

    async def play(self, stop: asyncio.Event) -> None:
        """Until ``stop`` is set."""
        if self.memory.delivered > self.memory.origin:
            logger.info("Computing the world again since %s", f"{self.memory.origin:%Y-%m-%d %H:%M}")
        park = await asyncio.to_thread(self.memory.park, self._heard)
        await self._history(park, stop)
        if not stop.is_set():
            logger.info("The park is live")
        serving = asyncio.create_task(self._centre.serve(self.agent_port)) if self.agent_port else None
        await self._live(park, stop)
        self.memory.save()
        if serving is not None:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)
        await self.line.close()

    def _heard(self, arrivals: Arrivals) -> None:
        """Nobody knows any more which parcels were taken: all of the last days are offered again."""
        self._centre.feed(arrivals.deliveries)
        self._parcels = self._patient([*self._parcels, *arrivals.shipments])

    async def _history(self, park: Park, stop: asyncio.Event) -> None:
        begin, began, samples = self.memory.delivered, time.monotonic(), 0
        told = begin
        arrivals: Arrivals | None = None
        while not stop.is_set():
            now = datetime.now(UTC)
            if now - self.memory.delivered <= LIVE_WITHIN:
                break
            if arrivals is None:
                until = min(self.memory.delivered + HISTORY_WINDOW, now)
                arrivals = await asyncio.to_thread(park.advance, until)
                samples += len(arrivals.deliveries)
                self._hand_over(arrivals)
            try:
                await asyncio.to_thread(self._deliver_history, arrivals)
            except DoorError as error:
                if not stop.is_set():
                    logger.warning("%s", error)
                await _rest(stop, 1)
                continue
            self.memory.delivered, arrivals = until, None
            self.memory.save()
            elapsed = time.monotonic() - began
            if until - told >= TOLD_EVERY or until == now:
                told = until
                logger.info(
                    "History %3.0f %% · up to %s · %s samples · %.0f samples/s",
                    100 * (until - begin) / (now - begin),
                    f"{until:%a %d %b %H:%M}",
                    f"{samples:,}",
                    samples / elapsed,
                )
            if self.speed:
                behind = (until - begin).total_seconds() / self.speed - elapsed
                await _rest(stop, max(behind, 0))

    def _deliver_history(self, arrivals: Arrivals) -> None:
        self.doors.send_orders(arrivals.orders)
        # Before what happened then: a date is quoted from what is known until it is asked for.
        self._ask(arrivals.quotes, historical=True)
        self.doors.send_commands(arrivals.commands)
        self.doors.send_samples(arrivals.deliveries, historical=True)
        self._say_reasons(arrivals.reasons)
        self.doors.send_measured(arrivals.measured)
        self.doors.send_inspections(arrivals.inspections)
        self.doors.send_help(arrivals.help)
        self.doors.send_calls(arrivals.calls)
        self._ship(arrivals.shipments)
        self._complain()

    async def _live(self, park: Park, stop: asyncio.Event) -> None:
        saved, arrivals = time.monotonic(), None
        while not stop.is_set():
            began = time.monotonic()
            if arrivals is None:
                until = datetime.now(UTC)
                arrivals = park.advance(until)
                self._hand_over(arrivals)
            try:
                await self._send_live(arrivals.deliveries)
                await asyncio.to_thread(self._deliver_live, arrivals)
            except DoorError as error:
                logger.warning("%s", error)
                await _rest(stop, 1)
                continue
            self.memory.delivered, arrivals = until, None
            if time.monotonic() - saved > SAVE_EVERY_SECONDS:
                self.memory.save()
                saved = time.monotonic()
            await _rest(stop, max(1 - (time.monotonic() - began), 0))

    def _hand_over(self, arrivals: Arrivals) -> None:
        """The turning centre's signals go into its agent, and no other way once somebody reads it."""
        self._centre.feed(arrivals.deliveries)
        self.memory.agent_is_read = self._centre.is_read
        arrivals.deliveries = self._centre.others(arrivals.deliveries)

    async def _send_live(self, deliveries: list[Delivery]) -> None:
        if not deliveries:
            return
        try:
            await self.line.publish(deliveries)
        except aiomqtt.MqttError as error:
            logger.warning("MQTT: %s; sending by HTTP", error)
            await asyncio.to_thread(self.doors.send_samples, deliveries)

    def _deliver_live(self, arrivals: Arrivals) -> None:
        if arrivals.orders:
            self.doors.send_orders(arrivals.orders, by_files=True)
        if arrivals.quotes or (self._asking and int(time.monotonic()) % 10 == 0):
            self._ask(arrivals.quotes)
        if arrivals.commands:
            self.doors.send_commands(arrivals.commands)
        if arrivals.reasons or (self._early and int(time.monotonic()) % 10 == 0):
            self._say_reasons(arrivals.reasons)
        self.doors.send_measured(arrivals.measured)
        self.doors.send_inspections(arrivals.inspections)
        self.doors.send_help(arrivals.help)
        self.doors.send_calls(arrivals.calls)
        self._ship(arrivals.shipments)
        self._complain()

    def _say_reasons(self, reasons: list[StopReason]) -> None:
        """Some are said before the product has seen the stop; they are said again later."""
        self._early = self.doors.send_reasons([*self._early, *reasons])
        if datetime.now(UTC) - self.memory.delivered <= LIVE_WITHIN:
            oldest = self.memory.delivered - REASON_PATIENCE
            self._early = [reason for reason in self._early if reason.told > oldest]

    def _ask(self, quotes: list[QuoteAsked], *, historical: bool = False) -> None:
        """Who asks about an order that isn't there yet asks again."""
        early = self.doors.send_quotes([*self._asking, *quotes], historical=historical)
        self._asking = [one for one in early if one.told > self.memory.delivered - QUOTE_PATIENCE]

    def _ship(self, shipments: list[Shipped]) -> None:
        """From time to time all that waits; what is on hold or not yet in stock goes on waiting."""
        self._parcels += shipments
        if time.monotonic() - self._parcels_tried > PARCELS_EVERY_SECONDS:
            self._parcels_tried = time.monotonic()
            self._parcels = self._patient(self.doors.send_shipments(self._parcels))

    def _patient(self, parcels: list[Shipped]) -> list[Shipped]:
        return [one for one in parcels if one.told > self.memory.delivered - PARCEL_PATIENCE]

    def _complain(self) -> None:
        for refusal in self.doors.refusals[:5]:
            logger.warning("refused: %s: %s %s", refusal.what, refusal.code, refusal.message)
        if len(self.doors.refusals) > 5:
            logger.warning("and %d more were refused", len(self.doors.refusals) - 5)
        self.doors.refusals.clear()


async def _rest(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
