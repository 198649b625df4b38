"""A plant of any size as rows, with a plan in force: what a planner's click costs from page to page."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from machines.models import Plant

KEPT = "MES_BENCH_KEEPS_DATABASE"
"""Set: the test database that is there is used, and stays."""


@contextmanager
def database() -> Iterator[None]:
    """Django on an empty database of its own."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mes.settings.test")
    import django

    django.setup()
    from django.db import connection
    from django.test.utils import setup_test_environment, teardown_test_environment

    kept = KEPT in os.environ
    setup_test_environment()
    connection.creation.create_test_db(verbosity=0, autoclobber=True, keepdb=kept)
    try:
        yield
    finally:
        _end_others()
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0, keepdb=kept)
        teardown_test_environment()


def _end_others() -> None:
    """A web process that was stopped, or a pool of ours, may still hold a session: the database couldn't be
    dropped."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def plant_of(operations: int, machines: int, *, seed: int = 1) -> Plant:
    """Groups of one to three machines, two thirds in two shifts, the others day and night, five days a week;
    orders of two to ten operations with setup families, due so that about a quarter is late."""
    from django.db import connection

    from machines.models import Machine
    from orders.models import Operation, ProductionOrder, SetupFamily
    from tests.factories.machines import (
        AreaFactory,
        MachineFactory,
        MachineGroupFactory,
        PlantFactory,
        ShiftFactory,
        ShiftPatternFactory,
    )
    from tests.factories.orders import ItemFactory, OperationFactory, PlanRuleFactory, ProductionOrderFactory

    chance = random.Random(seed)
    plant = PlantFactory(code=f"B{seed}-{operations}-{machines}")
    PlanRuleFactory(plant=plant)
    patterns = []
    for begin, end in ((6, 22), (6, 22), (0, 0)):
        pattern = ShiftPatternFactory(code=f"{plant.code}-{len(patterns)}")
        patterns.append(pattern)
        for weekday in range(5):
            ShiftFactory(pattern=pattern, weekday=weekday, start=time(begin), end=time(end))
    area = AreaFactory(plant=plant)
    built, groups = [], []
    while len(built) < machines:
        groups.append(MachineGroupFactory(plant=plant, code=f"{plant.code}-{len(groups)}"))
        for _ in range(min(chance.randint(1, 3), machines - len(built))):
            code = f"{plant.code}-{len(built):04}"
            built.append(
                MachineFactory.build(
                    plant=plant, area=area, group=groups[-1], code=code, shift_pattern=chance.choice(patterns)
                )
            )
    Machine.objects.bulk_create(built)
    families = SetupFamily.objects.bulk_create(
        SetupFamily(code=f"{plant.code}-{one}", name=str(one)) for one in range(6)
    )
    items = [
        ItemFactory(code=f"{plant.code}-{one}", setup_family=chance.choice(families)) for one in range(40)
    ]
    from django.utils import timezone

    now, count, orders, found = timezone.now(), 0, [], []
    while count < operations:
        steps = min(chance.randint(2, 10), operations - count)
        seconds = [min(max(chance.lognormvariate(4.5, 0.7), 10), 480) * 60 for _ in range(steps)]
        allowed = sum(seconds) * chance.uniform(3, 12) + operations / machines * 2.4 * 3600 * chance.random()
        orders.append(
            ProductionOrderFactory.build(
                plant=plant,
                number=f"{plant.code}-{len(orders):05}",
                item=chance.choice(items),
                quantity=100,
                priority=chance.choice([50, 50, 25, 0]),
                requested_at=now + timedelta(seconds=0.9 * allowed),
                released=True,
            )
        )
        for place, length in enumerate(seconds, start=1):
            # By machine, not by group: no plant has half the work on one machine of three.
            group = chance.choice(built).group
            found.append(
                OperationFactory.build(
                    order=orders[-1],
                    plant=plant,
                    machine_group=group,
                    position=place,
                    quantity=100,
                    state="released",
                    setup_seconds=1800,
                    run_seconds=round(length / 100, 1),
                )
            )
        count += steps
    ProductionOrder.objects.bulk_create(orders, batch_size=2000)
    Operation.objects.bulk_create(found, batch_size=2000)
    # What autovacuum does within a minute: tables that just were empty are read by the wrong plans.
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return plant


def planned(plant: Plant, seconds: int) -> float:
    """Make a plan and put it in force; CPU seconds from request to draft, without those of the search."""
    import time as clock

    from orders.planning.make import make_requested, publish_plan, request_plan

    plan = request_plan(plant=plant, by=None, seconds=seconds)
    began = clock.process_time()
    make_requested()
    took = clock.process_time() - began
    plan.refresh_from_db()
    publish_plan(plan=plan, by=None)
    return took - seconds
