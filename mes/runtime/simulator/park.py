"""One world with its gateways and its late people: what reaches the product's doors, and when."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Generic, Protocol, TypeVar

from mes.runtime.simulator.dirt import Delivery, Dirt, DirtyLine
from mes.runtime.simulator.messages import (
    CalledOff,
    Command,
    Help,
    Inspected,
    Measured,
    OrderMessage,
    QuoteAsked,
    Shipped,
    StopReason,
)
from mes.runtime.simulator.physics import Settings, World
from mes.runtime.simulator.selling import asked_of


class _Told(Protocol):
    @property
    def told(self) -> datetime: ...


T = TypeVar("T", bound=_Told)


@dataclass(slots=True)
class Arrivals:
    """What is delivered in one step: orders first, each before its first command."""

    orders: list[OrderMessage] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    reasons: list[StopReason] = field(default_factory=list)
    inspections: list[Inspected] = field(default_factory=list)
    measured: list[Measured] = field(default_factory=list)
    help: list[Help] = field(default_factory=list)
    quotes: list[QuoteAsked] = field(default_factory=list)
    calls: list[CalledOff] = field(default_factory=list)
    shipments: list[Shipped] = field(default_factory=list)


class Park:
    """Deterministic: the same start, settings and dirt, advanced to the same moments, say the same again."""

    def __init__(self, start: datetime, settings: Settings | None = None, dirt: Dirt | None = None) -> None:
        self.world = World(start, settings)
        moduli = {code: model.modulus for code, model in self.world.machines.items() if model.modulus}
        self.line = DirtyLine(dirt or Dirt(), moduli=moduli)
        self._commands: _Later[Command] = _Later()
        self._reasons: _Later[StopReason] = _Later()
        self._inspections: _Later[Inspected] = _Later()
        self._measured: _Later[Measured] = _Later()
        self._help: _Later[Help] = _Later()
        self._quotes: _Later[QuoteAsked] = _Later()

    def advance(self, until: datetime) -> Arrivals:
        """Everything that arrives up to ``until`` (UTC) and has not been handed out before."""
        out = self.world.advance(until)
        self._commands.add(out.commands)
        self._reasons.add(out.reasons)
        self._inspections.add(out.inspections)
        self._measured.add(out.measured)
        self._help.add(out.help)
        self._quotes.add(asked_of(out.orders))
        return Arrivals(
            orders=out.orders,
            commands=self._commands.until(until),
            deliveries=self.line.pass_on(out.signals, until),
            reasons=self._reasons.until(until),
            inspections=self._inspections.until(until),
            measured=self._measured.until(until),
            help=self._help.until(until),
            quotes=self._quotes.until(until),
            calls=out.calls,
            shipments=out.shipments,
        )

    def rest(self, happened_before: datetime) -> Arrivals:
        """What is still on its way about the time before a moment."""
        commands = [one for one in self._commands.until(None) if one.at < happened_before]
        return Arrivals(commands=commands, deliveries=self.line.rest(), reasons=self._reasons.until(None))


class _Later(Generic[T]):
    """What people will tell, in the order in which they tell it."""

    def __init__(self) -> None:
        self._heap: list[tuple[datetime, int, T]] = []
        self._numbers = count()

    def add(self, entries: Iterable[T]) -> None:
        for entry in entries:
            heapq.heappush(self._heap, (entry.told, next(self._numbers), entry))

    def until(self, moment: datetime | None) -> list[T]:
        out: list[T] = []
        while self._heap and (moment is None or self._heap[0][0] <= moment):
            out.append(heapq.heappop(self._heap)[2])
        return out
