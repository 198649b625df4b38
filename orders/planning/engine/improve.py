"""The search for a better plan, in two stages. First the rule's priorities are varied and the shop is played
anew (:mod:`~orders.planning.engine.priorities`): the rough shape. Then one task is moved at a time, and the
change kept when the plan gets better, or by chance while the search is young (simulated annealing,
:mod:`~orders.planning.engine.walk`); only what a change touches is timed anew, exactly. Where there are
neither breaks nor changeovers, moves along critical paths come in place of moves by chance
(:mod:`~orders.planning.engine.tabu`), on any line after a search for the best order
(:mod:`~orders.planning.engine.line`), and in small shops the solver has the last word.

The same shop, start, seed and number of rounds give the same plan.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from orders.planning.engine import line, tabu
from orders.planning.engine.arrays import Arrays, is_plain, to_arrays
from orders.planning.engine.chains import sequences_from, walk_from
from orders.planning.engine.dispatch import best_rule, longest_first
from orders.planning.engine.kernel import HOUR
from orders.planning.engine.priorities import BRAVE, agree, tune, tuning_from
from orders.planning.engine.sequences import (
    Sequences,
    plan_of,
    sequences_of,
    timed_sequences,
    weights_array,
)
from orders.planning.engine.shop import Plan, Shop, Weights
from orders.planning.engine.walk import Walk, walk
from orders.planning.engine.whole import walk_whole

ROUND = 500
"""Changes tried between two looks at the clock."""
PLAYED = 10_000
"""Tasks given out between two looks at the clock, at least one pass."""
TUNED_AT_ONCE = 2
"""Threads that vary priorities, however many cores there are: the same plan everywhere."""
ROUGH, ROUGHEST = 0.3, 0.7
"""Share of the budget for varying priorities, in small and in the largest shops."""
ROUGH_FIRST = 0.1
"""The same before moves along critical paths."""
ALL_ROUGH = 30_000
"""Tasks. In a shop so large single moves come to too few tasks to help in any time people wait."""

TURNS_FOR, MOST_TURNS = 2_000, 10
"""Tasks for each time that the search cools down, and how often at most."""
WARMER = (1.0, 10.0, 30.0)
"""By how much warmer than usual each turn begins: one gets over what another is stuck at."""
HOPE = 500.0
"""How many times the heat a change may seem worse than it should be while it is still being timed: what it
delays is met before what it gains."""
WHOLE = 100
"""Tasks. In larger shops in which every change means timing all of them, a round is fewer changes."""
LEAST = 20
"""Moves along critical paths between two looks at the clock, however large the shop."""
ON_LINE = 0.8
"""Share of the budget that is used when the search for the best order on a line is over."""
EXACT, EXACT_LAST = 0.5, 0.2
"""Share of the seconds for the solver, where a shop is small enough for it; the latter after moves along
critical paths, which leave it little but the proof."""
FEW = 30
"""Tasks. Of so few the solver nearly always proves the best plan if it has the time."""
SMALL, SMALL_PLAIN = 150, 1_000
"""Tasks. Above, the solver finds nothing in time; it is quicker where there are no setups and no breaks."""
LONGEST = 30.0
"""Seconds of the solver at most: it can't be stopped from outside."""
TINY = 1e-3

Progress = Callable[[float, float], bool]
"""Gets the share of the budget that is used and the best cost so far; False stops the search."""


def improve(
    shop: Shop,
    start: Sequences,
    *,
    rounds: int | None = None,
    seconds: float | None = None,
    seed: int = 1,
    weights: Weights | None = None,
    progress: Progress | None = None,
    clock: Callable[[], float] = time.monotonic,
    a: Arrays | None = None,
) -> Plan:
    """The best plan found within ``rounds`` of 500 changes (or 10,000 tasks given out by rule), or
    ``seconds`` of the clock; never worse than ``start``. Raises ValueError unless exactly one of rounds and
    seconds is given. ``a``: the shop's arrays, if they are there."""
    a = to_arrays(shop) if a is None else a
    budget = Budget(rounds, seconds, seed, progress, clock)
    start = timed_sequences(a, start.tasks, start.lengths, weights=weights)
    if not shop.tasks or budget.used() >= 1.0:
        return plan_of(start)
    along_paths = tabu.suits(a)
    if along_paths and (longest := longest_first(a, weights=weights)) is not None:
        start = min((start, longest), key=lambda one: one.cost[0])
    finer = _along_paths if along_paths else _fine
    exact = EXACT_LAST if along_paths and len(a.task_job) > FEW else EXACT
    on_line = line.suits(a)
    best = _rough(a, start, weights, budget, ROUGH_FIRST if along_paths or on_line else _rough_share(a))
    if on_line:
        lined_up = line.Search(a, best, weights)
        best = _driven(lined_up, lined_up.tries, budget, until=ON_LINE)
    bound = None
    if seconds and _for_the_solver(a) and (along_paths or not on_line):
        best = finer(a, best, weights, budget, until=1.0 - exact)
        if budget.goes_on(float(best.cost[0])):
            # Large libraries: not for the processes that never plan a small shop.
            from orders.planning.engine.exact import solve

            answer = solve(a, best, seconds=min(exact * seconds, LONGEST), seed=seed, weights=weights)
            best, bound = answer.found or best, answer.bound
    if bound is None or best.cost[0] > bound + TINY:
        best = finer(a, best, weights, budget)
    return replace(plan_of(best), bound=bound)


def _for_the_solver(a: Arrays) -> bool:
    return not a.special and len(a.task_job) <= (SMALL_PLAIN if is_plain(a) else SMALL)


class Budget:
    """How much of the rounds or seconds is used, and whether somebody wants the search to stop."""

    def __init__(
        self,
        rounds: int | None,
        seconds: float | None,
        seed: int,
        progress: Progress | None,
        clock: Callable[[], float],
    ) -> None:
        if (rounds is None) == (seconds is None):
            raise ValueError("either rounds or seconds")
        self.rounds, self.seconds, self.progress, self.clock = rounds, seconds, progress, clock
        self.first_seed, self.done, self.began, self.stopped = seed, 0, clock(), False

    def used(self) -> float:
        """Share of the budget, 0 to 1."""
        if self.rounds is not None:
            return min(self.done / self.rounds, 1.0) if self.rounds else 1.0
        return min((self.clock() - self.began) / self.seconds, 1.0) if self.seconds else 1.0

    def goes_on(self, cost: float, until: float = 1.0) -> bool:
        """Whether another round may be made; tells how far the search is."""
        used = self.used()
        if self.stopped or used >= until:
            return False
        if self.progress is not None and not self.progress(used, cost):
            self.stopped = True
        return not self.stopped

    def seed(self) -> int:
        """Counts a round; the seed for it."""
        self.done += 1
        return (self.first_seed * 1_000_003 + self.done) % 2_147_483_647


def _rough_share(a: Arrays) -> float:
    return min(max(ROUGH, len(a.task_job) / ALL_ROUGH), ROUGHEST)


def _rough(a: Arrays, start: Sequences, weights: Weights | None, budget: Budget, share: float) -> Sequences:
    weighed = weights_array(weights)
    rule = best_rule(a, weights=weights)
    tunings = [tuning_from(a, rule, float(start.cost[0])) for _ in range(TUNED_AT_ONCE)]
    tuning = tunings[0]
    passes = max(PLAYED // max(len(a.task_job), 1), 1)
    with ThreadPoolExecutor(TUNED_AT_ONCE) as pool:
        while budget.goes_on(float(tuning.cost[1]), share):
            brave = BRAVE * (1.0 - budget.used() / share)
            going = [pool.submit(tune, a, one, weighed, brave, passes, budget.seed()) for one in tunings]
            for one in going:
                one.result()
            agree(tunings)
    if tuning.cost[1] >= start.cost[0]:
        return start
    # What begins later for the sake of what follows isn't known while the shop is played.
    found = sequences_of(a, tuning.order[tuning.order >= 0], tuning.resource_of, weights=weights)
    return min((start, found), key=lambda one: one.cost[0])


def _along_paths(
    a: Arrays, start: Sequences, weights: Weights | None, budget: Budget, *, until: float = 1.0
) -> Sequences:
    moves = max(ROUND * WHOLE // max(len(a.task_job), WHOLE), LEAST)
    return _driven(tabu.Search(a, start, weights), moves, budget, until=until)


def _driven(search: tabu.Search | line.Search, tries: int, budget: Budget, *, until: float) -> Sequences:
    while budget.goes_on(search.cost, until) and search.goes_on(tries, budget.seed()):
        pass
    return search.best()


def _fine(
    a: Arrays, start: Sequences, weights: Weights | None, budget: Budget, *, until: float = 1.0
) -> Sequences:
    """Single moves, warm at first and then colder; in small shops that again and again from the best plan
    on."""
    began = budget.used()
    turns = min(max(TURNS_FOR // max(len(a.task_job), 1), 1), MOST_TURNS)
    best = start
    for turn in range(turns):
        end = began + (until - began) * (turn + 1) / turns
        best = _cooled(a, best, weights, budget, end, WARMER[turn % len(WARMER)])
    return best


def _cooled(
    a: Arrays, start: Sequences, weights: Weights | None, budget: Budget, until: float, warmer: float
) -> Sequences:
    found = walk_from(a, start)
    best, best_cost = start, float(start.cost[0])
    cost, warmth, began = best_cost, warmth_of(a, best_cost), budget.used()
    while budget.goes_on(best_cost, until):
        heat = warmth * warmer * (0.1 / warmer) ** ((budget.used() - began) / (until - began))
        cost = changed(a, found, start, cost, heat, budget.seed(), weights)
        if cost < best_cost - 1e-9:
            now = sequences_from(a, found, start, weights)
            if now.cost[0] < best_cost:
                best, best_cost = now, float(now.cost[0])
            cost = float(now.cost[0])
    return best


def changed(
    a: Arrays, found: Walk, start: Sequences, cost: float, heat: float, seed: int, weights: Weights | None
) -> float:
    """Try a round of changes of ``found``, which came from ``start``; the cost where it ends."""
    weighed = weights_array(weights)
    if len(a.need) or a.special:
        room = np.full_like(start.tasks, -1), np.zeros_like(start.lengths)
        changes = max(ROUND * WHOLE // max(len(a.task_job), WHOLE), 10)
        return walk_whole(a, found, *room, cost, weighed, heat, changes, seed)
    return walk(a, found, cost, weighed, heat, HOPE * heat, ROUND, seed)


def warmth_of(a: Arrays, cost: float) -> float:
    """By how much worse a change may be at the beginning to be taken one time in three: a tenth of what it
    costs to let a mean job wait for a mean task. Found by trial on random shops of 1,000 and 5,000 tasks."""
    hours = float(a.alt_seconds.mean()) / HOUR if len(a.alt_seconds) else 1.0
    weight = float(a.job_weight.mean()) if len(a.job_weight) else 1.0
    return max(min(0.1 * hours * weight, 0.02 * cost), 1e-6)
