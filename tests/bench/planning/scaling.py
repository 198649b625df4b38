"""Plants of any size: how fast the first plan is, and how much better the search makes it."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import replace

from orders.planning.engine.arrays import to_arrays
from orders.planning.engine.dispatch import first_sequences
from orders.planning.engine.improve import improve
from orders.planning.engine.sequences import plan_of
from orders.planning.engine.shop import Shop
from orders.planning.engine.validate import violations
from tests.bench.planning.table import headed, row
from tests.orders.planning.shops import plant

SIZES = ((1_000, 20), (5_000, 60), (20_000, 150))
SEEDS = (101, 102, 103, 104, 105)
LATE = 0.225


def first_plans(_budgets: list[float]) -> None:
    """From the shop as objects to the plan as objects: what a plan costs before and after rows are read."""
    headed("First plan, CPU seconds", "tasks / machines", "arrays", "24 rules", "plan", "check", "all")
    for tasks, machines in SIZES:
        shop = plant(tasks, machines, seed=SEEDS[0])
        began = time.process_time()
        arrays = to_arrays(shop)
        there = time.process_time()
        found = first_sequences(arrays)
        ruled = time.process_time()
        plan = plan_of(found)
        placed = time.process_time()
        broken = violations(shop, plan)
        checked = time.process_time()
        if broken:
            raise AssertionError(broken[0])
        row(
            f"{tasks:,} / {machines}",
            *(f"{one:.3f}" for one in (there - began, ruled - there, placed - ruled, checked - placed)),
            f"{placed - began:.3f}",
        )


def improvement_of(tasks: int, machines: int) -> Callable[[list[float]], None]:
    """Weighted tardiness against the best of 24 rules: operations not interruptible, about 22 % of jobs late
    by rule."""

    def improvement(budgets: list[float]) -> None:
        headed(
            "Search: change of weighted tardiness against the best of 24 rules, %",
            "tasks / machines / seed",
            "rule, 1000 min",
            *(f"{seconds:g} s" for seconds in (2.0, *budgets)),
        )
        changes: dict[float, list[float]] = {}
        for seed in SEEDS:
            shop = comparable(tasks, machines, seed)
            found = first_sequences(to_arrays(shop))
            before = float(found.cost[1])
            for seconds in (2.0, *budgets):
                plan = improve(shop, found, seconds=seconds, seed=seed, clock=time.process_time)
                if broken := violations(shop, plan):
                    raise AssertionError(broken[0])
                changes.setdefault(seconds, []).append(100 * (plan.cost.late_hours / before - 1))
            named = f"{tasks:,} / {machines} / {seed}"
            row(named, before * 60 / 1000, *(one[-1] for one in changes.values()))
        row(f"{tasks:,}: mean", "", *(statistics.fmean(one) for one in changes.values()))

    return improvement


def comparable(tasks: int, machines: int, seed: int) -> Shop:
    """The plant with due dates so far away that the rule makes ``LATE`` of its jobs late."""
    shop = plant(tasks, machines, seed=seed, interruptible=False, allowance=1.0)
    release: dict[int, int] = {}
    for task in shop.tasks:
        release.setdefault(task.job, task.earliest)
    low, high = 0.2, 5.0
    for _ in range(8):
        middle = (low * high) ** 0.5
        jobs = tuple(
            replace(job, due=int(release[index] + ((job.due or 0) - release[index]) * middle))
            for index, job in enumerate(shop.jobs)
        )
        tried = replace(shop, jobs=jobs)
        late = first_sequences(to_arrays(tried)).cost[2] / len(jobs)
        low, high = (middle, high) if late > LATE else (low, middle)
    return tried
