"""A plan that holds more often: of plans that cost about the same, the one in which fewer orders become late
when things don't go as expected.

The search is made with due dates that come earlier by a share of how far the order strays in the futures of
the plan it stands at; what it finds is taken if it is better in the futures themselves. All plans meet the
same luck (:mod:`~orders.planning.engine.futures`), so that a small difference is one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from orders.planning.engine.arrays import NEVER, Arrays, Floats, Ints, to_arrays
from orders.planning.engine.chains import sequences_from, walk_from
from orders.planning.engine.futures import futures_of
from orders.planning.engine.improve import Budget, Progress, changed, warmth_of
from orders.planning.engine.sequences import Sequences, plan_of, sequences_of, timed_sequences
from orders.planning.engine.shop import Plan, Shop, Weights
from orders.planning.engine.uncertainty import Uncertainty

FUTURES = 100
SEED = 1
STRAYS = 0.8
"""How far an order strays: from its end in the plan to this quantile of its ends."""
EARLIER = (0.0, 0.5, 1.0, 1.5)
"""Shares of that by which due dates come earlier, one of them by chance for each try."""
ROUNDS = 8
"""Of moves for each try."""
COOLER = 0.3
"""Of the heat at which a search begins that has not had its time yet."""


@dataclass(frozen=True, slots=True)
class Risk:
    """What can go wrong, and what it costs that an order is late for certain: ``price`` hours of its
    lateness. ``keys`` and ``elapsed`` as for futures."""

    uncertainty: Uncertainty
    price: float
    keys: Sequence[int] | None = None
    elapsed: Sequence[int] | None = None


@dataclass(frozen=True, slots=True)
class Steadied:
    """``before`` and ``after``: how many orders will be late on average, in the plan given and in this."""

    plan: Plan
    before: float
    after: float


def steadied(
    shop: Shop,
    plan: Plan,
    risk: Risk,
    *,
    rounds: int | None = None,
    seconds: float | None = None,
    seed: int = 1,
    weights: Weights | None = None,
    progress: Progress | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Steadied | None:
    """The plan for which cost and price of what becomes late are least together, within ``rounds`` tries or
    ``seconds``; None where a task has no place, so that nothing can be said."""
    a = to_arrays(shop)
    start = _sequences_in(a, plan, weights)
    if start is None:
        return None
    budget = Budget(rounds, seconds, seed, progress, clock)
    here, first = start, _look(a, start, risk)
    now = first
    value = _value(a, here, now, risk)
    while budget.goes_on(value):
        tried = _searched(a, here, now, budget.seed(), weights)
        seen = _look(a, tried, risk)
        if (worth := _value(a, tried, seen, risk)) < value - 1e-9:
            here, now, value = tried, seen, worth
    return Steadied(plan if here is start else plan_of(here), _late(first), _late(now))


@dataclass(frozen=True, slots=True)
class _Seen:
    """Of each job: the share of futures in which it is late, and by how many seconds it strays."""

    late: Floats
    strays: Ints


def _sequences_in(a: Arrays, plan: Plan, weights: Weights | None) -> Sequences | None:
    placed = [one for one in plan.placed if one is not None]
    if len(placed) < len(plan.placed):
        return None
    by_time = sorted(placed, key=lambda one: (one.start, one.end))
    order = np.array([one.task for one in by_time], dtype=np.int64)
    where = np.array([one.resource for one in placed], dtype=np.int64)
    return sequences_of(a, order, where, weights=weights)


def _look(a: Arrays, found: Sequences, risk: Risk) -> _Seen:
    drawn = futures_of(
        *(a, found, risk.uncertainty), futures=FUTURES, seed=SEED, keys=risk.keys, elapsed=risk.elapsed
    )
    ends = np.zeros(len(a.job_due), dtype=np.int64)
    np.maximum.at(ends, a.task_job, found.ends)
    likely = np.quantile(drawn, STRAYS, axis=0).astype(np.int64)
    return _Seen((drawn > a.job_due).mean(axis=0), np.clip(likely - ends, 0, NEVER // 4))


def _value(a: Arrays, found: Sequences, seen: _Seen, risk: Risk) -> float:
    return float(found.cost[0] + risk.price * (a.job_weight * seen.late).sum())


def _late(seen: _Seen) -> float:
    return float(seen.late.sum())


def _searched(a: Arrays, here: Sequences, seen: _Seen, seed: int, weights: Weights | None) -> Sequences:
    """What a short search with earlier due dates makes of the plan."""
    share = float(np.random.default_rng(seed).choice(EARLIER))
    sooner = (share * seen.strays).astype(np.int64)
    early = a._replace(job_due=np.where(a.job_due < NEVER, a.job_due - sooner, a.job_due))
    start = timed_sequences(early, here.tasks, here.lengths, weights=weights)
    chains, cost = walk_from(early, start), float(start.cost[0])
    heat = COOLER * warmth_of(early, cost)
    for turn in range(ROUNDS):
        colder = heat * 0.1 ** (turn / ROUNDS)
        cost = changed(early, chains, start, cost, colder, seed + turn, weights)
    return sequences_from(a, chains, here, weights)
