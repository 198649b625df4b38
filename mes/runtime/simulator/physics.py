"""The plant at work: orders, people and machines as SimPy processes, from one seed."""

from __future__ import annotations

import random
import uuid
from collections.abc import Generator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from math import ceil
from typing import Any

import simpy

from mes.runtime.simulator.measuring import measure
from mes.runtime.simulator.messages import (
    CalledOff,
    Command,
    Help,
    Inspected,
    Measured,
    OrderMessage,
    Shipped,
    Signal,
    StopReason,
)
from mes.runtime.simulator.plant import (
    PLANT_ERP_CODE,
    MachineModel,
    Product,
    Signals,
    WorkStep,
    calendar_of,
    machine_models,
    opening_stock,
    products,
)
from mes.runtime.simulator.selling import BLANKS, ENOUGH, FEW_PARTS, LINE, PACK, called_off, sold
from mes.runtime.simulator.stores import FEWEST, Stores
from mes.runtime.simulator.truth import TrueCycle, TrueOperation, TrueRun, TrueState, Truth

KEYS = uuid.UUID("d2f4a1de-53c7-4a51-9a6e-0f8d3c1b7a55")
METER_SECONDS = 30.0
METER_MODULUS = 1_000_000
METER_BEGINS = 999_800.0
HEARTBEAT_SECONDS = 60.0
MICRO_SECONDS = 300.0
REASONS = ("FAULT-MECH", "FAULT-ELEC", "FAULT-TOOL", "MATERIAL-MISSING", "MATERIAL-BAD", "PEOPLE-ABSENT")
USUAL_REASONS = {
    "E10": "FAULT-MECH",
    "E11": "FAULT-MECH",
    "E12": "FAULT-ELEC",
    "E13": "FAULT-ELEC",
    "E14": "FAULT-TOOL",
    "E15": "MATERIAL-MISSING",
    "E16": "MATERIAL-MISSING",
    "E17": "MATERIAL-BAD",
    "E18": "PEOPLE-ABSENT",
    "E19": "FAULT-HYDR",
}
USUAL_SHARE = 0.8
"""So often a machine code has its usual reason."""
HELP = {
    "FAULT": ("MAINTENANCE", "5001"),
    "MATERIAL": ("MATERIAL", "2001"),
    "PEOPLE": ("SUPERVISOR", "2001"),
}
OUTCOMES = ("solved", "solved", "solved", "workaround", "false_alarm")
CALLED_FROM_SECONDS, CALLED_SHARE = 900.0, 0.4
SCRAP_REASONS = {"PRESS": "CRACK", "MOULD": "SHORT-SHOT", "CNC": "DIMENSION", "ASSY": "ASSEMBLY"}
PROVING_CYCLES = 2
ROLLS_OVER_AFTER = 800
"""Cycles from the beginning to the rollover of a counter that has a modulus."""
INSPECTED_PIECES = 5
ENTERED_AFTER_SECONDS = 2 * 3600
SENT = "send_out"
CALLED_OFF_EVERY_SECONDS = 24 * 3600
INSPECTOR = "4001"
CHANNELS = ("api", "idoc", "csv")
Process = Generator[simpy.Event, Any, None]


@dataclass(slots=True)
class Settings:
    """``backlog_hours`` of work is kept before each work centre; ``late_share`` of entries come late.

    The ERP raises the quantity of ``raised_share`` of its orders by a tenth, and cancels ``cancelled_share``,
    within ``second_thoughts_hours`` if nobody has begun by then. ``breakdown_factor`` makes machines worse.
    """

    seed: int = 7
    backlog_hours: float = 10.0
    late_share: float = 0.3
    late_minutes: float = 6.0
    forgets_production_share: float = 0.1
    raised_share: float = 0.04
    cancelled_share: float = 0.02
    second_thoughts_hours: float = 3.0
    breakdown_factor: float = 1.0
    failed_inspections_share: float = 0.08
    only: frozenset[str] = frozenset()


@dataclass(slots=True)
class Job:
    """One operation of an order on its way through the plant."""

    order: str
    product: Product
    step: WorkStep
    quantity: int
    position: int
    priority: int
    due: datetime
    told: datetime
    truth: TrueOperation
    made: int = 0
    kept: int = 0
    """For so many pieces material is kept; only the first operation of an order has any."""

    @property
    def seconds(self) -> float:
        return self.step.setup_seconds + self.step.cycle_seconds * self.quantity / self.step.pieces


@dataclass(slots=True)
class _Station:
    """One slot of a machine and what it holds now."""

    model: MachineModel
    slot: int
    family: str = ""
    tool: str = ""
    state: str = "idle"
    since: datetime | None = None
    run: TrueRun | None = None


@dataclass(slots=True)
class _Gateway:
    seq: int = 0
    counter: int = 0
    kwh: float = METER_BEGINS


@dataclass(slots=True)
class Output:
    signals: list[Signal] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    reasons: list[StopReason] = field(default_factory=list)
    inspections: list[Inspected] = field(default_factory=list)
    measured: list[Measured] = field(default_factory=list)
    help: list[Help] = field(default_factory=list)
    orders: list[OrderMessage] = field(default_factory=list)
    calls: list[CalledOff] = field(default_factory=list)
    shipments: list[Shipped] = field(default_factory=list)


class World:
    """A plant from ``start`` (UTC) on. ``advance`` runs it and returns what its doors are told meanwhile."""

    def __init__(self, start: datetime, settings: Settings | None = None) -> None:
        self.start = start
        self.settings = settings or Settings()
        self.random = random.Random(self.settings.seed)  # noqa: S311 - physics, not secrets
        self.env = simpy.Environment()
        self.truth = Truth()
        self.machines = {
            code: model
            for code, model in machine_models().items()
            if not self.settings.only or code in self.settings.only
        }
        self.products = products()
        made_here = {code: one for code, one in self.products.items() if self._possible(one)}
        self.stores = Stores(made_here, opening_stock())
        self.calendars = {model.area: calendar_of(model.area) for model in self.machines.values()}
        self.waiting: dict[str, list[Job]] = {}
        self.work_came: dict[str, simpy.Event] = {}
        self.gateways = {
            code: _Gateway(counter=max((model.modulus or 0) - ROLLS_OVER_AFTER, 0))
            for code, model in self.machines.items()
        }
        self.output = Output()
        self.orders_made = 0
        self.calls_made = 0
        self._sold: dict[str, str] = {}
        self._unsent: list[tuple[str, str, int]] = []
        self.stations: list[_Station] = []
        self._entered: dict[object, datetime] = {}
        for group in dict.fromkeys(model.group for model in self.machines.values()):
            self.waiting[group] = []
            self.work_came[group] = self.env.event()
        self.env.process(self._demand())
        self.env.process(self._call_offs())
        for model in self.machines.values():
            if model.signals is not Signals.NONE:
                self.env.process(self._heartbeat(model))
            if model.kilowatts:
                self.env.process(self._meter(model))
            for slot in range(1, model.slots + 1):
                station = _Station(model, slot)
                self.stations.append(station)
                self.env.process(self._station(station))

    @property
    def now(self) -> datetime:
        return self.start + timedelta(seconds=round(self.env.now, 3))

    def advance(self, until: datetime) -> Output:
        """Run up to ``until`` (UTC) and hand over what was said since the last call."""
        seconds = (until - self.start).total_seconds()
        if seconds > self.env.now:
            self.env.run(until=seconds)
        self.truth.until = until
        out, self.output = self.output, Output()
        return out

    def states(self) -> list[TrueState]:
        """Every stretch of every slot up to now, the open ones included."""
        now = self.now
        return self.truth.states + [
            TrueState(station.model.code, station.slot, station.since, now, station.state)
            for station in self.stations
            if station.since is not None and station.since < now
        ]

    # Orders

    def _demand(self) -> Process:
        while True:
            for group in self.waiting:
                while self._backlog(group) < self.settings.backlog_hours * 3600 * self._places(group):
                    if not self._new_order(group):
                        break
            yield self.env.timeout(1800)

    def _places(self, group: str) -> int:
        return sum(model.slots for model in self.machines.values() if model.group == group)

    def _backlog(self, group: str) -> float:
        return sum(job.seconds for job in self.waiting[group])

    def _new_order(self, group: str) -> bool:
        """Order something whose first operation is done here; False when nothing is."""
        choices = [product for product in self.products.values() if product.steps[0].group == group]
        choices = [one for one in choices if self._possible(one) and self._has_material(one)]
        choices = [one for one in choices if not self._has_enough(one)]
        if not choices:
            return False
        product = self.random.choice(choices)
        step = product.steps[0]
        hours = self.random.uniform(2, 7)
        quantity = max(step.pieces, round(hours * 3600 / step.cycle_seconds) * step.pieces)
        if product.strategy != "MTS":
            quantity = max(FEWEST, quantity // 3)
        most = self.stores.enough_for(product)
        quantity = quantity if most is None else min(quantity, most)
        self.stores.keep(product, quantity)
        self.orders_made += 1
        number = f"FA-{100000 + self.orders_made}"
        due = self.now + timedelta(days=self.random.uniform(2, 12))
        priority = self.random.choice((20, 50, 50, 50, 80))
        body = {
            "number": number,
            "plant": PLANT_ERP_CODE,
            "item": product.code,
            "quantity": quantity,
            "unit": "C62",
            "strategy": product.strategy,
            "priority": priority,
            "due": due.isoformat(),
            "status": "released",
            **sold(product.strategy, self.orders_made, due, wanted_here=self._few(product)),
        }
        if "customer_order" in body:
            self._sold[number] = str(body["customer_order"])
        order = OrderMessage(self.now, number, 1, CHANNELS[self.orders_made % len(CHANNELS)], body)
        self._order_in(order)
        job = self._queue(number, product, 0, quantity, (priority, due))
        if job is not None:
            job.kept = quantity
            self._think_again(order, job)
        return True

    def _order_in(self, order: OrderMessage) -> None:
        order.body["version"] = f"{order.at:%Y%m%d%H%M%S}"
        self.output.orders.append(order)

    def _think_again(self, order: OrderMessage, job: Job) -> None:
        chance = self.random.random()
        if chance < self.settings.raised_share:
            self.env.process(self._change(order, job, {"quantity": ceil(job.quantity * 1.1)}))
        elif chance < self.settings.raised_share + self.settings.cancelled_share:
            self.env.process(self._change(order, job, {"cancel": True}))

    def _change(self, order: OrderMessage, job: Job, change: dict[str, Any]) -> Process:
        """The ERP sends a second version, unless work has begun."""
        yield self.env.timeout(self.random.uniform(600, self.settings.second_thoughts_hours * 3600))
        waiting = self.waiting[job.step.group]
        if job not in waiting:
            return
        self._order_in(OrderMessage(self.now, order.number, 2, order.channel, {**order.body, **change}))
        job.told = self.now
        if "cancel" in change:
            waiting.remove(job)
            self.stores.give_back(job.product, job.kept)
            del self.truth.operations[(job.order, job.step.number)]
        else:
            job.quantity = change["quantity"]

    def _has_material(self, product: Product) -> bool:
        most = self.stores.enough_for(product)
        return most is None or most >= FEWEST

    def _few(self, product: Product) -> bool:
        return self.stores.is_part(product.code) and not self.stores.beyond(product.code, FEW_PARTS)

    def _has_enough(self, product: Product) -> bool:
        made_for_stock = product.strategy == "MTS" and product.code not in BLANKS
        return made_for_stock and self.stores.beyond(product.code, ENOUGH) > 0

    def _possible(self, product: Product) -> bool:
        return all(
            step.outside or any(machine in self.machines for machine in step.machines)
            for step in product.steps
        )

    def _queue(
        self, order: str, product: Product, position: int, quantity: int, urgency: tuple[int, datetime]
    ) -> Job | None:
        """Put an operation before its work centre; None when it goes outside."""
        step = product.steps[position]
        truth = TrueOperation(
            order,
            step.number,
            planned_cycle_seconds=Decimal(str(step.cycle_seconds)),
            pieces_per_cycle=step.pieces,
        )
        self.truth.operations[(order, step.number)] = truth
        job = Job(order, product, step, quantity, position, *urgency, self.now, truth)
        if step.outside:
            self.env.process(self._outside(job))
            return None
        self.waiting[step.group].append(job)
        self._wake(step.group)
        return job

    def _wake(self, group: str) -> None:
        self.work_came[group].succeed()
        self.work_came[group] = self.env.event()

    def _outside(self, job: Job) -> Process:
        self._say(job, SENT)
        yield self.env.timeout(self.random.uniform(1, 3) * 86400)
        job.truth.good = job.quantity
        self._say(job, "report", good=job.quantity)
        self._say(job, "finish")
        self._next(job, job.quantity)

    def _next(self, job: Job, good: int) -> None:
        if job.kept:
            self.stores.give_back(job.product, job.kept, used=job.made + job.truth.proving)
        if good > 0 and job.position + 1 < len(job.product.steps):
            self._queue(job.order, job.product, job.position + 1, good, (job.priority, job.due))
        elif good > 0:
            self.env.process(self._store(job.order, job.product, good))

    def _store(self, order: str, product: Product, pieces: int) -> Process:
        """What was made can be used, or sent, when everybody has entered what they did."""
        yield self.env.timeout(ENTERED_AFTER_SECONDS)
        self.stores.put(product, pieces)
        if (customer_order := self._sold.pop(order, None)) is not None:
            self._unsent.append((customer_order, product.code, pieces))
        self._send()

    def _send(self) -> None:
        """The oldest first; what assembly took meanwhile waits for the next."""
        kept = []
        for customer_order, item, pieces in self._unsent:
            if self.stores.beyond(item, 0) < pieces:
                kept.append((customer_order, item, pieces))
                continue
            self.stores.take(item, pieces)
            self.output.shipments.append(Shipped(self.now, customer_order, LINE))
        self._unsent = kept

    def _call_offs(self) -> Process:
        """Once a day customers order, and get, the blanks that the plant doesn't need itself."""
        while True:
            yield self.env.timeout(CALLED_OFF_EVERY_SECONDS)
            for item in BLANKS:
                pieces = self.stores.beyond(item, ENOUGH)
                if pieces >= PACK:
                    self.calls_made += 1
                    call = called_off(self.calls_made, item, pieces, self.now)
                    self.stores.take(item, pieces)
                    self.output.calls.append(call)
                    self.output.shipments.append(Shipped(self.now, call.number, LINE))

    # People

    def _say(self, job: Job, command: str, station: _Station | None = None, **further: Any) -> None:
        """A person enters something at a terminal, sometimes minutes later, but in the order it happened. Who
        hands pieces to a driver does it at once."""
        place = (job.order, job.step.number)
        late = command != SENT and self.random.random() < self.settings.late_share
        told = self.now + timedelta(
            seconds=self.random.expovariate(1 / (self.settings.late_minutes * 60)) if late else 2
        )
        # Nobody can start a second order on a slot, or the next operation, before the last one was entered.
        shared: tuple[object, ...] = (job.order, *([(station.model.code, station.slot)] if station else []))
        for one in shared:
            told = max(told, self._entered.get(one, told) + timedelta(milliseconds=1))
        for one in shared:
            self._entered[one] = told
        person = self.random.choice(station.model.crew) if station and station.model.crew else None
        body = {
            "command": command,
            "order": job.order,
            "operation": job.step.number,
            "at": self.now.isoformat(),
            **({"machine": station.model.code, "slot": station.slot} if station else {}),
            **({"personnel_number": person} if person else {}),
            **further,
        }
        key = uuid.uuid5(KEYS, f"{self.settings.seed} {place} {command} {self.env.now}")
        self.output.commands.append(Command(str(key), self.now, told, body))

    # Machines

    def _heartbeat(self, model: MachineModel) -> Process:
        yield self.env.timeout(self.random.uniform(0, HEARTBEAT_SECONDS))
        while True:
            self._signal(model, "available", True)
            yield self.env.timeout(HEARTBEAT_SECONDS)

    def _meter(self, model: MachineModel) -> Process:
        """The reading of an energy counter that rolls over, to the watt-hour."""
        while True:
            open_part = sum(
                self._used(station) for station in self.stations if station.model.code == model.code
            )
            kwh = self.gateways[model.code].kwh + open_part
            self._signal(model, "energy", round(kwh % METER_MODULUS, 3))
            yield self.env.timeout(METER_SECONDS)

    def _used(self, station: _Station) -> float:
        """kWh of the state that lasts."""
        if station.since is None:
            return 0.0
        hours = (self.now - station.since).total_seconds() / 3600
        return hours * station.model.kilowatts.get(station.state, 0.0)

    def _signal(self, model: MachineModel, item: str, value: float | int | str | bool, slot: int = 0) -> None:
        gateway = self.gateways[model.code]
        gateway.seq += 1
        self.output.signals.append(Signal(model.code, gateway.seq, self.now, item, value, slot))

    def _set_state(self, station: _Station, state: str) -> None:
        now = self.now
        if station.since is not None and now > station.since:
            self.truth.states.append(
                TrueState(station.model.code, station.slot, station.since, now, station.state)
            )
        self.gateways[station.model.code].kwh += self._used(station)
        station.state, station.since = state, now

    def _station(self, station: _Station) -> Process:
        """One slot's life: take what the terminal shows first without a plan, set up, make it, go on."""
        station.since = self.now
        if station.model.signals is Signals.EXECUTION:
            self._signal(station.model, "state", "READY")
        elif station.model.signals is Signals.SLOT_STATE:
            self._signal(station.model, "state", "READY", station.slot)
        elif station.model.signals in (Signals.CYCLE_COUNTER, Signals.PART_COUNTER):
            gateway = self.gateways[station.model.code]
            self._signal(station.model, station.model.signals.value, gateway.counter)
        while True:
            yield from self._until_shift(station)
            job = self._take(station)
            if job is None:
                yield self.work_came[station.model.group] | self.env.timeout(600)
                continue
            yield from self._do(station, job)

    def _take(self, station: _Station) -> Job | None:
        fitting = [
            job
            for job in self.waiting[station.model.group]
            if station.model.code in job.step.machines and self.now >= job.told + timedelta(seconds=90)
        ]
        if not fitting:
            return None
        job = min(fitting, key=lambda job: (job.priority, job.due, job.order))
        self.waiting[station.model.group].remove(job)
        return job

    def _do(self, station: _Station, job: Job) -> Process:
        job.truth.machine, job.truth.slot, job.truth.started = station.model.code, station.slot, self.now
        setup = self._setup_seconds(station, job)
        forgets = False
        if setup > 0:
            self._say(job, "start_setup", station)
            self._begin_run(station, job)
            self._set_state(station, "setup")
            yield from self._set_up(station, job, setup)
            forgets = (
                self._cycles_tell(station) and self.random.random() < self.settings.forgets_production_share
            )
        if not forgets:
            self._say(job, "start_production", station)
        if station.run is None:
            self._begin_run(station, job)
        self._in_production(station)
        self._set_state(station, "producing")
        station.family, station.tool = job.product.family, job.step.tool
        yield from self._produce(station, job)
        self._set_state(station, "idle")
        yield self.env.timeout(self.random.uniform(20, 90))
        self._report(station, job)
        job.truth.finished = self.now
        self._say(job, "finish", station)
        if job.step.inspection:
            self._inspect(job)
        self._end_run(station)
        self._next(job, job.truth.good)
        yield self.env.timeout(self.random.uniform(30, 240))

    def _begin_run(self, station: _Station, job: Job) -> None:
        station.run = TrueRun(station.model.code, station.slot, job.order, job.step.number, self.now)
        self.truth.runs.append(station.run)

    def _in_production(self, station: _Station) -> None:
        if station.run is not None:
            station.run.production = self.now

    def _end_run(self, station: _Station) -> None:
        if station.run is not None:
            station.run.end = self.now
        station.run = None

    def _cycles_tell(self, station: _Station) -> bool:
        """Whether three quick cycles can end a setup that nobody ended."""
        return station.model.signals in (Signals.CYCLE_COUNTER, Signals.CYCLE_EVENT)

    def _setup_seconds(self, station: _Station, job: Job) -> float:
        same = station.family == job.product.family and station.tool == job.step.tool
        factor = 0.3 if same else 0.7 if station.family == job.product.family else 1.0
        return job.step.setup_seconds * factor * self.random.lognormvariate(0, 0.25)

    def _set_up(self, station: _Station, job: Job, seconds: float) -> Process:
        """Setting up ends with two proving cycles that take much longer than normal ones."""
        proving = PROVING_CYCLES if self._cycles_tell(station) else 0
        slow = job.step.cycle_seconds * 2.5
        yield self.env.timeout(max(seconds - proving * slow, 1))
        for _ in range(proving):
            begin = self.now
            yield self.env.timeout(slow)
            self._cycle(station, job, begin, proving=True)
        if proving:
            # The proving pieces are measured before the machine may go on.
            yield self.env.timeout(4 * job.step.cycle_seconds + self.random.uniform(30, 240))

    def _produce(self, station: _Station, job: Job) -> Process:
        speed = self.random.lognormvariate(0.02, 0.03)
        while job.made < job.quantity:
            yield from self._stand_for_shift(station, job)
            yield from self._stand_by_chance(station, job)
            begin = self.now
            self._begin_cycle(station, job)
            yield self.env.timeout(
                job.step.cycle_seconds * speed * max(self.random.gauss(1, station.model.speed_spread), 0.8)
            )
            self._cycle(station, job, begin, proving=False)

    def _begin_cycle(self, station: _Station, job: Job) -> None:
        model = station.model
        if model.signals is Signals.EXECUTION:
            self._signal(model, "program", job.step.program)
            self._signal(model, "state", "ACTIVE")
        elif model.signals is Signals.SLOT_STATE:
            self._signal(model, "state", "ACTIVE", station.slot)

    def _cycle(self, station: _Station, job: Job, begin: datetime, *, proving: bool) -> None:
        """A cycle ends: count it and tell it the way this machine does."""
        model, gateway = station.model, self.gateways[station.model.code]
        pieces = job.step.pieces
        if not proving and model.signals in (Signals.SLOT_STATE, Signals.NONE):
            pieces = min(pieces, job.quantity - job.made)
        gateway.counter += 1
        counter = gateway.counter % model.modulus if model.modulus else gateway.counter
        if model.signals is Signals.CYCLE_COUNTER:
            self._signal(model, "cycle_count", counter)
        elif model.signals is Signals.CYCLE_EVENT:
            self._signal(model, "program", job.step.program)
            self._signal(model, "cycle_event", 1)
        elif model.signals is Signals.PART_COUNTER:
            self._signal(model, "part_count", gateway.counter)
        elif model.signals is Signals.EXECUTION:
            self._signal(model, "state", "PROGRAM_COMPLETED")
        elif model.signals is Signals.SLOT_STATE:
            self._signal(model, "state", "READY", station.slot)
        if model.signals not in (Signals.SLOT_STATE, Signals.NONE):
            self.truth.cycles.append(
                TrueCycle(
                    model.code, station.slot, begin, self.now, pieces, job.order, job.step.number, proving
                )
            )
        if proving:
            job.truth.proving += pieces
        else:
            first = job.made == 0
            job.made += pieces
            self.output.measured += measure(
                seed=self.settings.seed,
                item=job.product.code,
                order=job.order,
                operation=job.step.number,
                made=job.made,
                first=first,
                now=self.now,
                person=model.crew[0] if model.crew else INSPECTOR,
            )

    def _report(self, station: _Station, job: Job) -> None:
        scrap = sum(self.random.random() < station.model.scrap_share for _ in range(min(job.made, 3000)))
        reason = SCRAP_REASONS.get(station.model.group, "DIMENSION")
        job.truth.scrap, job.truth.good, job.truth.reported = scrap, job.made - scrap, self.now
        counted = station.model.signals not in (Signals.SLOT_STATE, Signals.NONE)
        good = {} if counted else {"good": job.made - scrap}
        if scrap or good:
            self._say(
                job, "report", station, **good, **({"scrap": scrap, "scrap_reason": reason} if scrap else {})
            )

    def _inspect(self, job: Job) -> None:
        """An inspector looks at some of the pieces within two hours; what fails is sorted and seen again.

        With chances of its own: what inspectors find doesn't change what machines do.
        """
        chance = random.Random(f"{self.settings.seed} inspection {job.order} {job.step.number}")  # noqa: S311
        pieces = min(job.made, INSPECTED_PIECES)
        told = self.now + timedelta(minutes=chance.uniform(30, 120))
        if chance.random() < self.settings.failed_inspections_share:
            self._found(job, "1", told, pieces, defective=1, comment="Diameter above its limit")
            told += timedelta(minutes=chance.uniform(40, 180))
        self._found(job, "2", told, pieces)

    def _found(
        self, job: Job, number: str, told: datetime, pieces: int, defective: int = 0, comment: str = ""
    ) -> None:
        key = uuid.uuid5(KEYS, f"{self.settings.seed} inspection {job.order} {job.step.number} {number}")
        found = Inspected(str(key), told, job.order, job.step.number, INSPECTOR, pieces, defective, comment)
        self.output.inspections.append(found)

    # Standing still

    def _stand_by_chance(self, station: _Station, job: Job) -> Process:
        model, hours = station.model, job.step.cycle_seconds / 3600
        if model.signals in (Signals.SLOT_STATE, Signals.NONE):
            return
        if self.random.random() < model.breakdowns_per_hour * self.settings.breakdown_factor * hours:
            seconds = (
                MICRO_SECONDS * 1.15 + self.random.lognormvariate(0, 1.2) * model.breakdown_median_seconds
            )
            yield from self._stand(station, "stop", min(seconds, 6 * 3600), alarm=True)
        elif self.random.random() < model.micro_stops_per_hour * hours:
            seconds = max(
                4 * job.step.cycle_seconds + 15, self.random.expovariate(1 / model.micro_stop_seconds)
            )
            if seconds + job.step.cycle_seconds < MICRO_SECONDS * 0.9:
                yield from self._stand(station, "micro_stop", seconds, alarm=False)

    def _stand(self, station: _Station, state: str, seconds: float, *, alarm: bool) -> Process:
        begin = self.now
        self._set_state(station, state)
        code = f"E{self.random.randint(10, 19)}" if alarm else ""
        if alarm:
            self._signal(station.model, "alarm", f"FAULT|{code}")
            self._call_help(station, code, seconds)
        yield self.env.timeout(seconds)
        if alarm:
            self._signal(station.model, "alarm", "NORMAL")
            self._explain(station, begin, code)
        self._set_state(station, "producing")

    def _call_help(self, station: _Station, code: str, seconds: float) -> None:
        """People call help for some of the long stops; whoever is called comes and closes the call."""
        place = f"{self.settings.seed} {station.model.code} {station.slot} {self.now}"
        chance = random.Random(f"{place} help")  # noqa: S311 - the same again
        if seconds < CALLED_FROM_SECONDS or chance.random() > CALLED_SHARE:
            return
        kind, helper = HELP[USUAL_REASONS[code].partition("-")[0]]
        call = str(uuid.uuid5(KEYS, f"{place} help"))
        at = self.now + timedelta(seconds=chance.uniform(60, 240))
        person = chance.choice(station.model.crew)
        steps: list[tuple[str, str, float, dict[str, Any]]] = [
            ("call", person, 0, {"machine": station.model.code, "slot": station.slot, "kind": kind}),
            ("acknowledge", helper, chance.uniform(30, 600), {"call": call}),
            ("arrive", helper, chance.uniform(60, 400), {"call": call}),
            ("close", helper, chance.uniform(120, 900), {"call": call, "outcome": chance.choice(OUTCOMES)}),
        ]
        for command, who, later, body in steps:
            at += timedelta(seconds=later)
            key = call if command == "call" else f"{call} {command}"
            said = {"command": command, "personnel_number": who, "at": at.isoformat(), **body}
            self.output.help.append(Help(key, at, said))

    def _explain(self, station: _Station, begin: datetime, code: str) -> None:
        if self.random.random() < 0.85:
            key = uuid.uuid5(KEYS, f"{self.settings.seed} stop {station.model.code} {station.slot} {begin}")
            told = self.now + timedelta(seconds=self.random.uniform(20, 400))
            reason = self.random.choices(REASONS, (6, 3, 4, 3, 1, 2))[0]
            person = self.random.choice(station.model.crew)
            if random.Random(str(key)).random() < USUAL_SHARE:  # noqa: S311 - the same again
                reason = USUAL_REASONS[code]
            self.output.reasons.append(
                StopReason(str(key), told, station.model.code, station.slot, begin, self.now, reason, person)
            )

    def _until_shift(self, station: _Station) -> Process:
        calendar = self.calendars[station.model.area]
        following = calendar.next_work(self.now)
        if following is not None and following > self.now:
            yield self.env.timeout((following - self.now).total_seconds())

    def _stand_for_shift(self, station: _Station, job: Job) -> Process:
        """Breaks: the machine stands and the run stays open. Without a next shift the work is interrupted."""
        calendar = self.calendars[station.model.area]
        following = calendar.next_work(self.now)
        if following is None or following <= self.now:
            return
        seconds = (following - self.now).total_seconds()
        if station.model.signals is Signals.SLOT_STATE:
            return
        state = station.state
        self._set_state(station, "idle")
        if seconds <= 3600:
            yield self.env.timeout(seconds + self.random.uniform(5, 60))
        else:
            self._say(job, "interrupt", station)
            self._end_run(station)
            yield self.env.timeout(seconds + self.random.uniform(30, 300))
            self._say(job, "start_production", station)
            self._begin_run(station, job)
            self._in_production(station)
        self._set_state(station, state)
