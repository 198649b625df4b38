"""S7 and S8: what a change of a plan that stands costs, and how long it takes to find out.

Wall seconds: a person waits for them. The kernel only; reading and writing rows comes on top.
"""

from __future__ import annotations

import random
import time
from dataclasses import replace

from orders.planning.engine.alternatives import Effort, Way, disturb, effect_of, ends_of, rush
from orders.planning.engine.arrays import to_arrays
from orders.planning.engine.dispatch import first_sequences
from orders.planning.engine.improve import improve
from orders.planning.engine.shop import Job, Shop
from orders.planning.engine.standing import cut, with_windows
from tests.bench.planning.table import headed, row
from tests.orders.planning.shops import HOUR, plant

SIZES = ((1000, 20), (5000, 60), (20000, 150))
FROZEN = 4 * HOUR
STEPS = 5


def rush_orders(budgets: list[float]) -> None:
    """A job of five operations that nobody expected, wanted in two days."""
    headed(
        f"S7 rush order, plan improved for {budgets[0]:g} s",
        *(
            "operations",
            "way",
            "s",
            "all s",
            "rush end h",
            "extra late h",
            "frozen moved",
            "later",
            "elsewhere",
        ),
    )
    for operations, machines in SIZES:
        shop, queues, job = _standing(operations, machines, budgets[0])
        rush(shop, queues, job, frozen_until=FROZEN, due=48 * HOUR, effort=Effort(rounds=1, seconds=None))
        began = time.perf_counter()
        found = rush(shop, queues, job, frozen_until=FROZEN, due=48 * HOUR)
        total = time.perf_counter() - began
        for answer in found.answers:
            effect = effect_of(found.shop, found.before, answer.plan, frozen=found.frozen, apart=[job])
            row(
                *(
                    operations,
                    answer.way.value,
                    f"{answer.seconds:.2f}",
                    f"{total:.2f}",
                    f"{ends_of(found.shop, answer.plan)[job] / HOUR:.1f}",
                    f"{effect.late_hours_after - effect.late_hours_before:.0f}",
                    effect.frozen_moved,
                    effect.later,
                    effect.elsewhere,
                )
            )


def replanning(budgets: list[float]) -> None:
    """The busiest machine stands still for four hours; then one operation runs an hour longer."""
    headed("S8 replan after a stop", "operations", "s", "waiting late h", "repaired", "frozen moved")
    for operations, machines in SIZES:
        shop, queues, _job = _standing(operations, machines, budgets[0])
        busiest = max(range(len(queues)), key=lambda one: len(queues[one]))
        down = with_windows(shop, {busiest: cut(shop.resources[busiest].windows, 0, 12 * HOUR)})
        disturb(shop, down, queues, frozen_until=FROZEN, effort=Effort(rounds=1, seconds=None))
        began = time.perf_counter()
        repaired = disturb(
            shop, down, queues, frozen_until=FROZEN, ways=(Way.REPAIR,), effort=Effort(seconds=0.3)
        )
        seconds = time.perf_counter() - began
        waiting = disturb(shop, down, queues, frozen_until=FROZEN, ways=(Way.WAIT,))
        cost = [effect_of(down, one.before, one.answers[0].plan, frozen=()) for one in (waiting, repaired)]
        kept = effect_of(
            down, waiting.answers[0].plan, repaired.answers[0].plan, frozen=repaired.frozen
        ).frozen_moved
        row(
            *(
                operations,
                f"{seconds:.2f}",
                f"{cost[0].late_hours_after - cost[0].late_hours_before:.0f}",
                f"{cost[1].late_hours_after - cost[1].late_hours_before:.0f}",
                kept,
            )
        )


def _standing(operations: int, machines: int, seconds: float) -> tuple[Shop, list[list[int]], int]:
    """A shop with one job more than its plan has, and the plan's queues."""
    shop = plant(operations, machines, seed=11)
    plan = improve(shop, first_sequences(to_arrays(shop)), seconds=seconds, clock=time.process_time)
    queues: list[list[int]] = [[] for _ in shop.resources]
    for placed in sorted((one for one in plan.placed if one), key=lambda one: (one.start, one.end)):
        queues[placed.resource].append(placed.task)
    chance, tasks, before = random.Random(1), list(shop.tasks), ()
    for _ in range(STEPS):
        like = chance.choice(shop.tasks)
        tasks.append(replace(like, job=len(shop.jobs), after=before, earliest=0))
        before = (len(tasks) - 1,)
    jobs = (*shop.jobs, Job("RUSH", 48 * HOUR, 4.0))
    return replace(shop, jobs=jobs, tasks=tuple(tasks)), queues, len(jobs) - 1
