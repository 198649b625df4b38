"""S1: the independent check of what rules, search and repair make of random shops with everything in them,
and of all given instances."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, given, settings

from orders.planning.engine.alternatives import Effort, disturb
from orders.planning.engine.arrays import to_arrays
from orders.planning.engine.check import plannable
from orders.planning.engine.dispatch import first_sequences
from orders.planning.engine.improve import improve
from orders.planning.engine.sequences import plan_of
from orders.planning.engine.shop import Plan, Shop
from orders.planning.engine.standing import queues_of
from orders.planning.engine.validate import violations
from tests.bench.planning.instances import ONLY_LATE, given_shops
from tests.bench.planning.table import headed, row, say
from tests.orders.planning.shops import shops
from tests.support.shared_data import SHARED

SHOPS = 1_000


def checked(_budgets: list[float]) -> None:
    headed("Independent check", "what", "shops", "plans", "violations")
    _random("random", special=False)
    _random("random, loads, hand-on, waits", special=True)
    if not SHARED.is_dir():
        say("given instances: left out, ../shared/data is absent")
        return
    count = broken = 0
    for _name, shop in given_shops():
        found = first_sequences(to_arrays(shop), weights=ONLY_LATE)
        for plan in (plan_of(found), improve(shop, found, rounds=4, weights=ONLY_LATE)):
            broken += len(violations(shop, plan))
        count += 1
    row("given instances", count, 2 * count, broken)


def _random(name: str, *, special: bool) -> None:
    counted = {"shops": 0, "plans": 0, "broken": 0}

    @settings(
        max_examples=SHOPS,
        database=None,
        derandomize=True,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(shops(special=special))
    def each(shop: Shop) -> None:
        counted["shops"] += 1
        for plan in _plans(plannable(shop)[0]):
            counted["plans"] += 1
            counted["broken"] += len(violations(shop, plan))

    each()
    row(name, counted["shops"], counted["plans"], counted["broken"])


def _plans(shop: Shop) -> list[Plan]:
    """By rule, searched, and repaired after nothing changed."""
    found = first_sequences(to_arrays(shop))
    repaired = disturb(shop, shop, queues_of(found), frozen_until=20, effort=Effort(rounds=1, seconds=None))
    return [plan_of(found), improve(shop, found, rounds=2), *(one.plan for one in repaired.answers)]
