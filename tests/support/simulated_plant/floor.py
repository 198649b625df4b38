"""What happens on the floor: orders come, machines take what stands first in the plan and is ready, stops
strike, orders end. Seconds from a Monday."""

import heapq
import itertools
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.support.simulated_plant.truth import DAY, HOUR, PIECES_SIGMA, Calendar, Truth

LONG_STOP = 2 * HOUR
"""From here on people log off the operation and go on with it later."""


@dataclass(slots=True)
class Operation:
    pk: int
    order: int
    group: int
    item: int
    setup: float
    run: float
    """Standard seconds of all pieces."""
    ready: float | None = None
    machine: int = -1
    started: float | None = None
    production: float | None = None
    ended: float | None = None
    after: int = -1
    """What the machine had made before."""
    free: float = 0.0
    """When the machine was done with it."""
    segments: list[tuple[float, float, str]] = field(default_factory=list)
    """What was and will be: "setup", "run", "stop" (in the run), "down" (out of it)."""


@dataclass(slots=True)
class Order:
    pk: int
    item: int
    rush: bool
    came: float
    operations: list[Operation]
    ended: float | None = None


class Floor:
    """``queues``: by machine, operations in the order of the plan; who plans changes them."""

    def __init__(self, truth: Truth) -> None:
        self.truth = truth
        self.chance = random.Random(truth.settings.seed * 7919 + 1)
        self.now = 0.0
        self.rate = truth.orders_a_day()
        self.office = Calendar(7, 17, truth.days)
        self.open: dict[int, Order] = {}
        self.operations: dict[int, Operation] = {}
        self.queues: list[list[int]] = [[] for _ in truth.machines]
        self.works_on: list[Operation | None] = [None] * len(truth.machines)
        self.made: list[int] = [-1] * len(truth.machines)
        self.free: list[float] = [0.0] * len(truth.machines)
        self.done: list[Operation] = []
        self.finished: list[Order] = []
        self._numbers = itertools.count(1)
        self._events: list[tuple[float, int, str, int]] = []
        self._next_arrival()

    def look_at(self, moment: float) -> None:
        """Nothing happens then, but who runs the floor is asked."""
        heapq.heappush(self._events, (max(moment, self.now), 0, "look", 0))

    def run(self) -> Iterator[Order | None]:
        """Each order as it comes, before anybody planned it: its operations belong into ``queues`` then. None
        where somebody wanted to look."""
        while True:
            self.now, _number, kind, about = heapq.heappop(self._events)
            if kind == "order":
                order = self._order()
                self._next_arrival()
                yield order
                self._dispatch()
            elif kind == "look":
                yield None
            elif kind == "ready":
                self._dispatch()
            else:
                self._end(self.operations[about])
                self._dispatch()

    def _at(self, moment: float, kind: str, about: int = 0) -> None:
        heapq.heappush(self._events, (moment, next(self._numbers), kind, about))

    def _next_arrival(self) -> None:
        settings = self.truth.settings
        tide = 1 + settings.drift * math.sin(2 * math.pi * self.now / (120 * DAY))
        rate = self.rate * tide * 7 / self.office.worked(7 * DAY)
        self._at(self.office.after(self.now, self.chance.expovariate(rate)), "order")

    def _order(self) -> Order:
        pk, item = next(self._numbers), self.chance.randrange(len(self.truth.items))
        pieces = max(round(10 * math.exp(self.chance.gauss(0, PIECES_SIGMA))), 1)
        operations = [
            Operation(next(self._numbers), pk, step.group, item, step.setup, step.per_piece * pieces)
            for step in self.truth.items[item]
        ]
        operations[0].ready = self.now
        order = Order(pk, item, self.chance.random() < self.truth.settings.rush, self.now, operations)
        self.open[pk] = order
        self.operations |= {one.pk: one for one in operations}
        return order

    def _dispatch(self) -> None:
        for machine, busy in enumerate(self.works_on):
            if busy is None:
                for pk in self.queues[machine]:
                    operation = self.operations[pk]
                    if operation.ready is not None and operation.ready <= self.now:
                        self._start(operation, machine)
                        break

    def _start(self, operation: Operation, machine: int) -> None:
        truth, calendar = self.truth, self.truth.calendars[machine]
        operation.machine, self.works_on[machine] = machine, operation
        operation.after, operation.free = self.made[machine], self.free[machine]
        moment = calendar.after(self.now, 1)
        operation.started = moment
        setup = 0.0 if self.made[machine] == operation.item else operation.setup * self._noise()
        if setup:
            operation.segments.append((moment, moment := calendar.after(moment, setup), "setup"))
        operation.production = moment
        pace = truth.pace(machine, operation.item, moment)
        left = operation.run * pace * self._noise()
        while True:
            until = self.chance.expovariate(1 / truth.between_stops(moment))
            done = min(until, left)
            operation.segments.append((moment, moment := calendar.after(moment, done), "run"))
            left -= done
            if left <= 0:
                break
            stop = truth.stop_seconds(self.chance)
            kind = "down" if stop >= LONG_STOP else "stop"
            operation.segments.append((moment, moment := moment + stop, kind))
        operation.ended = moment
        self.made[machine] = operation.item
        self._at(moment, "end", operation.pk)

    def _noise(self) -> float:
        sigma = self.truth.settings.noise
        return math.exp(self.chance.gauss(-sigma * sigma / 2, sigma))

    def _end(self, operation: Operation) -> None:
        self.works_on[operation.machine] = None
        self.free[operation.machine] = self.now
        self.done.append(operation)
        self.queues[operation.machine].remove(operation.pk)
        order = self.open[operation.order]
        place = order.operations.index(operation) + 1
        if place < len(order.operations):
            carried = self.chance.uniform(600, 5400)
            order.operations[place].ready = self.now + carried
            self._at(self.now + carried, "ready")
            return
        order.ended = self.now
        del self.open[order.pk]
        self.finished.append(order)
