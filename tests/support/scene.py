"""A plant in the middle of a day: twelve machines, each in another situation, with a day of history.

Deterministic but for ``now``. Meant for pages: rows are consistent, yet no command made them.
"""

import random
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone

from machines.enums import MachineState as State
from machines.models import Cycle, MachineNow, StateInterval, StopCoding
from machines.models.stop import ReasonGroup
from orders.enums import CountingSource, EventKind, OperationState
from orders.models import ProductionEvent, Run
from tests.factories.machines import (
    AreaFactory,
    MachineFactory,
    MachineGroupFactory,
    PlantFactory,
    ShiftBreakFactory,
    ShiftFactory,
    ShiftPatternFactory,
    StopReasonFactory,
)
from tests.factories.orders import ItemFactory, OperationFactory, ProductionOrderFactory, RunFactory
from tests.support.zones import zone_where_it_is

# code, name, area, cycle seconds (None: people report), slots, state now, minutes since, run now
MACHINES = (
    ("PRESS-1", "Forging press 1,600 t", "Forge", 8, 1, State.PRODUCING, 134, "production"),
    ("PRESS-2", "Forging press 800 t", "Forge", 6, 1, State.STOP, 23, "production"),
    ("MOULD-1", "Moulding machine 150 t", "Moulding", 28, 1, State.PRODUCING, 47, "production"),
    ("MOULD-2", "Moulding machine 250 t", "Moulding", 35, 1, State.MICRO_STOP, 2, "production"),
    ("MOULD-3", "Moulding machine 80 t", "Moulding", 20, 1, State.STOP, 8, "setup"),
    ("CNC-1", "Turning centre", "Machining", 150, 1, State.PRODUCING, 312, "production"),
    ("CNC-2", "Milling centre, 3 axes", "Machining", 240, 1, State.STOP, 95, None),
    ("CNC-3", "Milling centre, 5 axes", "Machining", 300, 1, State.UNKNOWN, 11, "production"),
    ("FURNACE-1", "Hardening furnace", "Heat treatment", None, 4, None, 0, "production"),
    ("ASSY-1", "Assembly station 1", "Assembly", 45, 1, State.PRODUCING, 26, "production"),
    ("ASSY-2", "Assembly station 2", "Assembly", 60, 1, State.STOP, 400, "night"),
    ("INSP-1", "Measuring room", "Inspection", None, 1, None, 0, None),
)
ITEMS = {
    "Forge": "Gear blank, forged",
    "Moulding": "Housing cover PA66",
    "Machining": "Planet carrier, turned",
    "Heat treatment": "Gear blank, hardened",
    "Assembly": "Servo gearbox SG-80",
    "Inspection": "Measuring report",
}
REASONS = (
    ("DIE", "Die worn", "Gesenk verschlissen", ReasonGroup.MALFUNCTION),
    ("HEATER", "Induction heater fault", "Induktionserwärmer gestört", ReasonGroup.MALFUNCTION),
    ("MATERIAL", "Waiting for material", "Warten auf Material", ReasonGroup.MATERIAL),
    ("ABSENT", "Nobody at the machine", "Kein Bediener", ReasonGroup.PERSONNEL),
    ("CHECK", "Measuring in between", "Zwischenmessung", ReasonGroup.QUALITY),
)
HISTORY = timedelta(hours=26)
CYCLES = timedelta(hours=4)
"""Single cycles only of one machine and the last hours: they are many."""


def build_scene(now: datetime | None = None):
    """The plant ``RUHR`` as it is at ``now``; returns it."""
    moment = (now or timezone.now()).astimezone(UTC).replace(microsecond=0)
    plant = PlantFactory(
        code="RUHR",
        name="Forge and gear works",
        shift_pattern=_around_the_clock(),
        time_zone=zone_where_it_is(20, moment),
    )
    night = ShiftPatternFactory(code="ELSEWHEN", name="Not today")
    other_day = (moment.weekday() + 3) % 7
    ShiftFactory(pattern=night, name="Special", weekday=other_day, start=time(6), end=time(14))
    reasons = [
        StopReasonFactory(plant=plant, code=code, name_en=english, name_de=german, group=group)
        for code, english, german, group in REASONS
    ]
    for position, row in enumerate(MACHINES):
        _machine(plant, night, reasons, position, row, moment)
    return plant


def _around_the_clock():
    pattern = ShiftPatternFactory(code="3-SHIFT", name="Three shifts")
    for day in range(7):
        for name, start, end, rest in (("Early", 6, 14, 9), ("Late", 14, 22, 17), ("Night", 22, 6, 1)):
            shift = ShiftFactory(pattern=pattern, name=name, weekday=day, start=time(start), end=time(end))
            ShiftBreakFactory(shift=shift, start=time(rest, 50), end=time(rest, 55))
    return pattern


def _machine(plant, night, reasons, position, row, now):
    code, name, area, cycle, slots, state, minutes, run = row
    machine = MachineFactory(
        plant=plant,
        area=AreaFactory(plant=plant, code=area[:4].upper(), name=area),
        group=MachineGroupFactory(plant=plant, code=code.split("-")[0]),
        code=code,
        name=name,
        slots=slots,
        wall_position=position,
        counting_item="cycle_event" if cycle else "",
        reference_cycle_seconds=Decimal(cycle) if cycle else None,
        shift_pattern=night if run == "night" else None,
    )
    dice = random.Random(code)
    for slot in range(1, slots + 1):
        if run in ("production", "setup") and not (slots > 1 and slot == slots):
            _run(machine, slot, area, cycle, run, minutes, dice, now)
    if cycle is None:
        return
    since = now - timedelta(minutes=minutes)
    _history(machine, cycle, reasons, dice, now - HISTORY, since)
    StateInterval.objects.create(
        plant=plant,
        machine=machine,
        slot=1,
        started_at=since,
        ended_at=None,
        state=state,
        alarm=_alarm(state),
    )
    running = state == State.PRODUCING
    MachineNow.objects.create(
        machine=machine,
        slot=1,
        state=state,
        since=since,
        alarm=_alarm(state),
        last_cycle_at=now if running else since,
        cycle_seconds=cycle * (0.97 + dice.random() * 0.15) if running else None,
        reference_seconds=cycle,
        last_sample_at=now,
    )
    if running:
        _cycles(machine, cycle, since, now, dice)
    if code == "PRESS-2":
        StopCoding.objects.create(
            plant=plant,
            machine=machine,
            slot=1,
            span=DateTimeTZRange(since, now + timedelta(hours=1)),
            reason=reasons[1],
        )


def _alarm(state):
    return "E-417" if state == State.STOP else ""


def _run(machine, slot, area, cycle, phase, minutes, dice, now):
    item = ItemFactory(code=f"ART-{area[:4].upper()}", name=ITEMS[area])
    order = ProductionOrderFactory(
        plant=machine.plant,
        number=f"10{dice.randrange(1000, 9999)}{slot}",
        item=item,
        running=True,
        quantity=Decimal(round(3600 / (cycle or 90) * dice.choice([8, 11, 14]), -1)),
    )
    setup = phase == "setup"
    begun = now - timedelta(minutes=minutes if setup else 60 * 9)
    operation = OperationFactory(
        order=order,
        position=1,
        number="0010",
        text=f"{area}: make",
        machine_group=machine.group,
        state=OperationState.SETUP if setup else OperationState.PRODUCTION,
        counting=CountingSource.MACHINE if cycle else CountingSource.PERSON,
        run_seconds=Decimal(cycle or 90),
        started_at=begun,
    )
    run = RunFactory(
        operation=operation,
        machine=machine,
        slot=slot,
        started_at=begun,
        production_at=None if setup else begun + timedelta(minutes=25),
    )
    if setup:
        return
    events = []
    for hour in range(1, 9):
        good = Decimal(int(3600 / (cycle or 90) * (0.68 + dice.random() * 0.2)))
        scrap = Decimal(dice.choice([0, 0, 1, 2, 3]))
        events.append(_count(machine, run, operation, begun + timedelta(hours=hour), good, scrap))
    ProductionEvent.objects.bulk_create(events)
    operation.good = sum(event.good for event in events)
    operation.scrap = sum(event.scrap for event in events)
    operation.save()
    _earlier_run(machine, slot, operation, begun)


def _count(machine, run, operation, at, good, scrap):
    return ProductionEvent(
        plant=machine.plant,
        kind=EventKind.COUNTED if machine.measured else EventKind.REPORTED,
        order=operation.order,
        operation=operation,
        run=run,
        machine=machine,
        good=good,
        scrap=scrap,
        occurred_at=at,
        recorded_at=at,
    )


def _earlier_run(machine, slot, operation, end):
    Run.objects.create(
        plant=machine.plant,
        operation=operation,
        machine=machine,
        slot=slot,
        started_at=end - timedelta(hours=14),
        production_at=end - timedelta(hours=13, minutes=20),
        ended_at=end - timedelta(minutes=10),
    )


def _history(machine, cycle, reasons, dice, start, end):
    """Producing most of the time, micro-stops often, stops now and then, two of three with a reason."""
    intervals, codings = [], []
    cursor = start
    while cursor < end:
        for state, minutes in (
            (State.PRODUCING, dice.uniform(18, 70)),
            (dice.choice([State.MICRO_STOP, State.MICRO_STOP, State.STOP]), None),
        ):
            if minutes is None:
                minutes = dice.uniform(0.7, 4) if state == State.MICRO_STOP else dice.uniform(6, 38)
            until = min(cursor + timedelta(minutes=minutes), end)
            if until <= cursor:
                break
            intervals.append(
                StateInterval(
                    plant=machine.plant,
                    machine=machine,
                    slot=1,
                    started_at=cursor,
                    ended_at=until,
                    state=state,
                    alarm=_alarm(state),
                )
            )
            if state == State.STOP and dice.random() < 0.7:
                codings.append(
                    StopCoding(
                        plant=machine.plant,
                        machine=machine,
                        slot=1,
                        span=DateTimeTZRange(cursor, until),
                        reason=dice.choices(reasons, weights=[5, 4, 3, 2, 1])[0],
                        said_at=until,
                        recorded_at=until,
                    )
                )
            if state == State.PRODUCING and machine.code == "PRESS-1" and until > end - CYCLES:
                _cycles(machine, cycle, cursor, until, dice)
            cursor = until
    StateInterval.objects.bulk_create(intervals)
    StopCoding.objects.bulk_create(codings)


def _cycles(machine, cycle, start, end, dice):
    rows, cursor = [], start
    while cursor < end:
        length = timedelta(seconds=cycle * dice.gauss(1.03, 0.03))
        cursor += length
        rows.append(
            Cycle(
                plant=machine.plant,
                machine=machine,
                slot=1,
                ended_at=cursor,
                nth=0,
                credit_at=cursor - length,
                duration=length,
                quantity=Decimal(1),
            )
        )
    Cycle.objects.bulk_create(rows, batch_size=5000, ignore_conflicts=True)
