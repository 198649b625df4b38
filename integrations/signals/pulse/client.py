"""Reads counters and inputs every second. A count that moved is a value; one that stands still says nothing.

The module's own counter goes on while nobody reads it, so a lost connection loses no piece: the next reading
holds all of them.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ModbusException

from integrations.signals.base import (
    Batch,
    BrowsedItem,
    ConnectionLost,
    Cursor,
    Observation,
    Settings,
    Undecoded,
)
from integrations.signals.pulse.decode import Counted, Plan, WrongSettings, advance, counter_of
from integrations.signals.pulse.roles import CONTACT, COUNTER

TIMEOUT_SECONDS = 3.0
RUNNING, IDLE = "ACTIVE", "READY"
REFRESH_SECONDS = 60.0
"""A contact that doesn't change is told this often, so that its age shows that the module is alive."""


@dataclass(slots=True)
class _State:
    """What is kept from one reading to the next; the counters and the running number stand in the cursor."""

    epoch: str
    seq: int
    counted: dict[str, Counted]
    contacts: dict[str, bool] = field(default_factory=dict)
    told: dict[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, cursor: Cursor) -> _State:
        counted = {name: Counted(**row) for name, row in dict(cursor.get("counted") or {}).items()}
        return cls(str(cursor.get("epoch") or uuid.uuid4().hex[:16]), int(cursor.get("seq") or 0), counted)

    def next(self) -> int:
        self.seq += 1
        return self.seq

    def as_json(self) -> dict[str, Any]:
        counted = {name: one.as_json() for name, one in self.counted.items()}
        return {"epoch": self.epoch, "seq": self.seq, "counted": counted}


class PulseTransport:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._unit = int(settings.options.get("unit") or 1)
        self._table = str(settings.options.get("table") or "holding")

    async def observe(self, cursor: Cursor) -> AsyncIterator[Batch]:
        plan = self._plan()
        state = _State.of(cursor)
        async with self._connected() as client:
            first = True
            while True:
                now = datetime.now(UTC)
                batch = await self._look(client, plan, state, now, first=first)
                # Counters went on by themselves; what the contacts did meanwhile nobody knows.
                yield Batch(
                    batch.observations,
                    undecoded=batch.undecoded,
                    cursor=batch.cursor,
                    gapless=first and not plan.inputs,
                )
                first = False
                await asyncio.sleep(max(0.0, plan.every - (datetime.now(UTC) - now).total_seconds()))

    async def browse(self) -> Sequence[BrowsedItem]:
        plan = self._plan()
        now = datetime.now(UTC)
        async with self._connected() as client:
            counters = [
                BrowsedItem(
                    name,
                    name,
                    f"{plan.bits} bit",
                    value=await self._counter(client, plan, at),
                    ts=now,
                    role=COUNTER,
                )
                for name, at in plan.counters.items()
            ]
            contacts = [
                BrowsedItem(
                    name,
                    name,
                    "contact",
                    value=RUNNING if await self._contact(client, at) else IDLE,
                    ts=now,
                    role=CONTACT,
                )
                for name, at in plan.inputs.items()
            ]
        return [*counters, *contacts]

    def _plan(self) -> Plan:
        try:
            return Plan.of(self._settings.options)
        except (WrongSettings, ValueError) as error:
            raise ConnectionLost(str(error)) from error

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[AsyncModbusTcpClient]:
        address = self._settings.address
        parts = urlsplit(address if "://" in address else f"modbus://{address}")
        try:
            host, port = parts.hostname, parts.port or 502
        except ValueError as error:
            raise ConnectionLost(f"{address!r} is no address like modbus://10.0.0.7:502") from error
        if not host:
            raise ConnectionLost(f"{address!r} is no address like modbus://10.0.0.7:502")
        client = AsyncModbusTcpClient(host, port=port, timeout=TIMEOUT_SECONDS, retries=1, reconnect_delay=0)
        try:
            if not await client.connect():
                raise ConnectionLost(f"Nothing answers at {host}:{port}.")
            yield client
        except (ModbusException, OSError, TimeoutError) as error:
            raise ConnectionLost(str(error) or type(error).__name__) from error
        finally:
            client.close()

    async def _look(
        self,
        client: AsyncModbusTcpClient,
        plan: Plan,
        state: _State,
        now: datetime,
        *,
        first: bool,
    ) -> Batch:
        observations: list[Observation] = []
        undecoded: list[Undecoded] = []
        boot = "" if plan.boot is None else str(await self._registers(client, plan.boot, 1))
        due = now.timestamp() - REFRESH_SECONDS
        for name, at in plan.counters.items():
            known = state.counted.get(name)
            step = advance(known, await self._counter(client, plan, at), boot, now, plan)
            state.counted[name] = step.counted
            if step.bounced:
                reason = f"{name}: {step.bounced} pulses came faster than {plan.fastest:g} s"
                undecoded.append(Undecoded(str(step.counted.last).encode(), "bounced", reason))
            if step.fresh or known is None or known.total != step.counted.total:
                observations.append(
                    Observation(
                        name,
                        step.counted.total,
                        now,
                        state.epoch,
                        state.next(),
                        snapshot=step.fresh,
                        native=str(step.counted.last),
                    )
                )
        for name, at in plan.inputs.items():
            closed = await self._contact(client, at)
            if first or state.contacts.get(name) != closed or state.told.get(name, 0.0) < due:
                state.contacts[name], state.told[name] = closed, now.timestamp()
                observations.append(
                    Observation(
                        name,
                        RUNNING if closed else IDLE,
                        now,
                        state.epoch,
                        state.next(),
                        snapshot=first,
                        native=str(closed),
                    )
                )
        return Batch(observations, undecoded=undecoded, cursor=state.as_json() if observations else None)

    async def _counter(self, client: AsyncModbusTcpClient, plan: Plan, at: int) -> int:
        return counter_of(await self._registers(client, at, plan.words), high_first=plan.high_first)

    async def _registers(self, client: AsyncModbusTcpClient, at: int, count: int) -> list[int]:
        read = client.read_input_registers if self._table == "input" else client.read_holding_registers
        answer: Any = await read(at, count=count, device_id=self._unit)
        if answer.isError() or len(answer.registers) != count:
            raise ConnectionLost(f"Register {at} can't be read: {answer}")
        return list(answer.registers)

    async def _contact(self, client: AsyncModbusTcpClient, at: int) -> bool:
        answer: Any = await client.read_discrete_inputs(at, count=1, device_id=self._unit)
        if answer.isError() or not answer.bits:
            raise ConnectionLost(f"Input {at} can't be read: {answer}")
        return bool(answer.bits[0])
