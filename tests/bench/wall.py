"""The wall of a large plant: how long a fresh page takes a browser."""

from __future__ import annotations

import time
from datetime import timedelta

from tests.bench.servers import Client

STATES_PER_MACHINE = 20
MACHINES_WITH_ORDER = 6


def wall_of(machines: int) -> str:
    """Make a plant whose machines run, stand and are silent in turn, with their day so far in shifts; returns
    its wall's address."""
    from django.utils import timezone

    from machines.enums import MachineState
    from machines.models import Machine, MachineNow, StateInterval
    from tests.factories.machines import (
        AreaFactory,
        MachineGroupFactory,
        MeasuredMachineFactory,
        PlantFactory,
        ShiftFactory,
        ShiftPatternFactory,
    )
    from tests.factories.orders import OperationFactory, RunFactory

    plant = PlantFactory(code=f"WALL{machines}", shift_pattern=ShiftPatternFactory())
    for weekday in range(7):
        ShiftFactory(pattern=plant.shift_pattern, weekday=weekday)
    area, group = AreaFactory(plant=plant), MachineGroupFactory(plant=plant)
    made = Machine.objects.bulk_create(
        MeasuredMachineFactory.build(plant=plant, area=area, group=group, code=f"{plant.code}-{number:04}")
        for number in range(machines)
    )
    states = [MachineState.PRODUCING, MachineState.STOP, MachineState.UNKNOWN]
    now = timezone.now()
    begins = [now - timedelta(minutes=20 * back) for back in range(STATES_PER_MACHINE, 0, -1)]
    StateInterval.objects.bulk_create(
        (
            StateInterval(
                plant=plant,
                machine=machine,
                started_at=begin,
                ended_at=end,
                state=states[(index + place) % len(states)],
            )
            for index, machine in enumerate(made)
            for place, (begin, end) in enumerate(zip(begins, [*begins[1:], None], strict=True))
        ),
        batch_size=5000,
    )
    MachineNow.objects.bulk_create(
        MachineNow(
            machine=machine, state=states[(index + STATES_PER_MACHINE - 1) % len(states)], since=begins[-1]
        )
        for index, machine in enumerate(made)
    )
    operation = OperationFactory(order__plant=plant, machine_group=group, in_production=True)
    for machine in made[:MACHINES_WITH_ORDER]:
        RunFactory(operation=operation, machine=machine)
    return f"/wall/?plant={plant.code}"


def page_p95_ms(client: Client, address: str, session: str, *, requests: int = 40) -> float:
    """Milliseconds within which 95 % of the requests are answered, one after the other, after a warm-up."""
    durations = []
    for number in range(-3, requests):
        start = time.perf_counter()
        client.send("GET", address, Cookie=session)
        if number >= 0:
            durations.append(time.perf_counter() - start)
    return sorted(durations)[int(requests * 0.95)] * 1000
