"""P4: a plan played forward, with everything uncertain at once."""

from __future__ import annotations

import time

import numpy as np

from orders.planning.engine.arrays import to_arrays
from orders.planning.engine.dispatch import first_sequences
from orders.planning.engine.futures import futures_of
from orders.planning.engine.uncertainty import Breakdowns, Pool, RushOrders, Uncertainty
from tests.bench.planning.table import say
from tests.orders.planning.shops import plant

TASKS, MACHINES = 5_000, 60


def played(_budgets: list[float]) -> None:
    """Effective seconds on two cores (CPU seconds halved) and order-operations a second of one core."""
    shop = plant(TASKS, MACHINES)
    spread = np.sort(np.exp(np.random.default_rng(1).normal(0, 0.3, 300)))
    pool = Pool(tuple(float(value) for value in spread), (1 / 300,) * 300)
    alternatives = [len(task.alternatives) for task in shop.tasks]
    uncertainty = Uncertainty(
        pools=(pool,),
        run_of=tuple((0,) * count for count in alternatives),
        setup_of=tuple((0,) * count for count in alternatives),
        extra_of=(0,) * len(alternatives),
        outside_of=(-1,) * len(alternatives),
        common=(pool,) * MACHINES,
        breakdowns=(Breakdowns(40 * 3600.0, Pool((1800.0, 7200.0), (0.8, 0.2))),) * MACHINES,
        rush=RushOrders(20 * 3600.0, Pool((7200.0,), (1.0,)), (0.1,) * MACHINES),
    )
    a = to_arrays(shop)
    found = first_sequences(a)
    futures_of(a, found, uncertainty, futures=1, seed=1)
    say(f"\nP4 futures of {TASKS} operations on {MACHINES} machines; goal: 1,000 in 2 s")
    for futures in (200, 1_000):
        before, wall = time.process_time(), time.perf_counter()
        futures_of(a, found, uncertainty, futures=futures, seed=1)
        used = time.process_time() - before
        rate = futures * len(shop.tasks) / used / 1e6
        took = time.perf_counter() - wall
        say(f"{futures:6} futures  {used / 2:6.2f} s effective  {took:6.2f} s wall  {rate:5.1f} M/s a core")
