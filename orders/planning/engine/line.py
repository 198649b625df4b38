"""Search where nearly everything passes the same resources one after the other, as on a line: for the best
order.

A few pieces of work are taken out and each is put back where it costs least (iterated greedy; Ruiz, Stützle
2007, with changeovers Ruiz, Stützle 2008, for tardiness Karabulut 2016). All resources have the same order;
later searches let one overtake another.
"""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from orders.planning.engine.arrays import Arrays, Floats, Ints, is_plain
from orders.planning.engine.compiled import bare, small
from orders.planning.engine.kernel import HOUR, moved_seconds, setup_of, span
from orders.planning.engine.sequences import Sequences, timed_sequences, weights_array
from orders.planning.engine.shop import Weights

OUT, MOST_OUT = 2, 5
"""How many pieces of work are taken out at a time, and the most."""
BRAVE = 0.02
"""By which share of the cost of a mean piece a worse order is gone on from."""
PASSED = 0.5
"""Of the line's resources, the share that a piece passes on average at least: the rest is done already, or
not needed."""
MOST = 1_000_000
"""Pieces times pieces times resources, what one try costs: so much between two looks at the clock. On a
larger line there are too few tries to help in any time people wait."""
MOST_TRIES = 20
NO_TIME = -(2**50)


class Line(NamedTuple):
    """Pieces of work, of a job or a part of it, in numbers of their own; steps are resources in the order in
    which they are passed."""

    tasks: Ints  # [piece, step] -1: passed by
    seconds: Ints  # [piece, step]
    earliest: Ints  # [piece, step]
    job_of: Ints
    resources: Ints  # of a step
    order: Ints  # where the search stands
    best: Ints
    tried: Ints
    out: Ints
    free: Ints  # [place, step] when the step is through with what comes before
    last: Ints  # [place, step] its last task then, -1: none
    ends: Ints  # of a place
    prices: Floats  # [place] what changeovers and moves cost of what comes before
    done: Ints  # of a job: when what is fixed of it ends
    finish: Ints
    costs: Floats  # [here, best]


def suits(a: Arrays) -> bool:
    """Whether it is a line with several pieces of work, and one try takes no time to speak of."""
    return _steps(a) is not None


def _steps(a: Arrays) -> tuple[Ints, Ints] | None:
    """Tasks that aren't fixed by [piece, step] (-1: none), and the resources of the steps; None where that
    isn't a line."""
    free = a.fixed_resource < 0
    if a.special or len(a.need) or (free & (np.diff(a.alt_from) != 1)).any():
        return None
    if (np.diff(a.pred_from) > 1).any() or (np.diff(a.succ_from) > 1).any():
        return None
    behind_free = np.zeros(len(free), dtype=np.bool_)
    behind_free[np.diff(a.pred_from) == 1] = free[a.pred]
    if (behind_free & ~free).any():
        return None
    heads = np.flatnonzero(free & ~behind_free)
    order = _passed(a, heads, np.flatnonzero(behind_free)) if len(heads) > 1 else None
    if order is None or len(heads) ** 2 * len(order) > MOST:
        return None
    if free.sum() < PASSED * len(heads) * len(order):
        return None
    steps = np.full((len(heads), len(order)), -1, dtype=np.int64)
    step_of = {resource: step for step, resource in enumerate(order)}
    for piece, head in enumerate(heads.tolist()):
        task = head
        while task >= 0:
            steps[piece, step_of[int(_resource_of(a, task))]] = task
            task = int(a.succ[a.succ_from[task]]) if a.succ_from[task] < a.succ_from[task + 1] else -1
    return steps, np.array(order, dtype=np.int64)


def _passed(a: Arrays, heads: Ints, followers: Ints) -> list[int] | None:
    """The resources in the order in which all pass them; None where there is none."""
    sorter: TopologicalSorter[int] = TopologicalSorter()
    for resource in np.unique(_resource_of(a, heads)).tolist():
        sorter.add(resource)
    passed = _resource_of(a, a.pred[a.pred_from[followers]]), _resource_of(a, followers)
    for one, other in set(zip(*(side.tolist() for side in passed), strict=True)):
        sorter.add(other, one)
    try:
        return list(sorter.static_order())
    except CycleError:
        return None


def _resource_of(a: Arrays, tasks: Any) -> Any:
    return a.alt_resource[a.alt_from[tasks]]


class Search:
    """Begins with the pieces as ``start`` has them at the end."""

    def __init__(self, a: Arrays, start: Sequences, weights: Weights | None) -> None:
        steps = _steps(a)
        if steps is None:
            raise ValueError("the shop is no line")
        self.a, self.start, self.weights = a, start, weights
        self.weighed, self.plain = weights_array(weights), is_plain(a)
        self.line = _line(a, start, *steps)

    @property
    def tries(self) -> int:
        """Between two looks at the clock."""
        pieces, steps = self.line.tasks.shape
        return min(MOST // (pieces * pieces * steps), MOST_TRIES)

    @property
    def cost(self) -> float:
        return min(float(self.line.costs[1]), float(self.start.cost[0]))

    def goes_on(self, tries: int, seed: int) -> bool:
        _search(self.a, self.line, self.weighed, self.plain, tries, seed)
        return True

    def best(self) -> Sequences:
        a, line, start = self.a, self.line, self.start
        tasks, lengths = np.full_like(start.tasks, -1), np.zeros_like(start.lengths)
        for resource in range(len(lengths)):
            there = start.tasks[resource, : start.lengths[resource]]
            fixed = there[a.fixed_resource[there] >= 0]
            tasks[resource, : len(fixed)], lengths[resource] = fixed, len(fixed)
        for step, resource in enumerate(line.resources):
            row = line.tasks[line.best, step]
            row, begin = row[row >= 0], lengths[resource]
            tasks[resource, begin : begin + len(row)], lengths[resource] = row, begin + len(row)
        found = timed_sequences(a, tasks, lengths, weights=self.weights)
        return min((start, found), key=lambda one: one.cost[0])


def _line(a: Arrays, start: Sequences, tasks: Ints, resources: Ints) -> Line:
    there, some = tasks >= 0, np.maximum(tasks, 0)
    count, steps = tasks.shape
    job_of = a.task_job[tasks.max(axis=1)]
    order = np.argsort(np.where(there, start.ends[some], 0).max(axis=1), kind="stable")
    free, last = np.zeros((count + 1, steps), dtype=np.int64), np.full((count + 1, steps), -1, dtype=np.int64)
    done = np.zeros(len(a.job_due), dtype=np.int64)
    fixed = np.flatnonzero(a.fixed_resource >= 0)
    np.maximum.at(done, a.task_job[fixed], a.fixed_end[fixed])
    for step, resource in enumerate(resources):
        stands = start.tasks[resource, : start.lengths[resource]]
        stands = stands[a.fixed_resource[stands] >= 0]
        if len(stands):
            free[0, step], last[0, step] = a.fixed_end[stands].max(), stands[-1]
    earliest = a.task_earliest.copy()
    for task in np.flatnonzero((a.fixed_resource < 0) & (np.diff(a.pred_from) == 1)):
        before = a.pred[a.pred_from[task]]
        if a.fixed_resource[before] >= 0:
            earliest[task] = max(earliest[task], a.fixed_end[before] + a.task_wait[task])
    return Line(
        *(tasks, np.where(there, a.alt_seconds[a.alt_from[some]], 0), np.where(there, earliest[some], 0)),
        *(job_of, resources, order, order.copy(), order.copy(), np.zeros(MOST_OUT, dtype=np.int64)),
        *(free, last, np.zeros(count, dtype=np.int64), np.zeros(count + 1), done, done.copy()),
        np.full(2, np.inf),
    )


@njit(cache=True, nogil=True)
def _search(a: Arrays, line: Line, weights: Floats, plain: bool, tries: int, seed: int) -> None:
    np.random.seed(seed)
    pieces = len(line.order)
    if line.costs[0] == np.inf:
        line.costs[:] = _cost(a, line, line.order, pieces, 0, weights, plain)
    for _ in range(tries):
        line.tried[:] = line.order
        taken = min(OUT + np.random.randint(MOST_OUT - OUT), pieces - 1)
        count = pieces
        for one in range(taken):
            count = _take_out(line, np.random.randint(count), count, one)
        cost = line.costs[0]
        for one in range(taken):
            cost = _put_back(a, line, line.out[one], count, weights, plain)
            count += 1
        brave = BRAVE * line.costs[1] / pieces
        if cost <= line.costs[0] - brave * np.log(1.0 - np.random.random()):
            line.order[:] = line.tried
            line.costs[0] = cost
            if cost < line.costs[1] - 1e-9:
                line.best[:] = line.tried
                line.costs[1] = cost


@small
def _take_out(line: Line, place: int, count: int, one: int) -> int:
    line.out[one] = line.tried[place]
    for later in range(place, count - 1):
        line.tried[later] = line.tried[later + 1]
    return count - 1


@bare
def _put_back(a: Arrays, line: Line, piece: int, count: int, weights: Floats, plain: bool) -> float:
    """The piece where it costs least among the ``count`` that are in; that cost."""
    line.tried[count] = piece
    best = _cost(a, line, line.tried, count + 1, 0, weights, plain)
    best_place, ties = count, 1
    for place in range(count, 0, -1):
        line.tried[place], line.tried[place - 1] = line.tried[place - 1], line.tried[place]
        # What comes before the two hasn't changed since the first time.
        cost = _cost(a, line, line.tried, count + 1, place - 1, weights, plain)
        if cost > best + 1e-9:
            continue
        ties = 1 if cost < best - 1e-9 else ties + 1
        best = min(best, cost)
        if np.random.randint(ties) == 0:
            best_place = place - 1
    for place in range(best_place):
        line.tried[place], line.tried[place + 1] = line.tried[place + 1], line.tried[place]
    return best


@bare
def _cost(a: Arrays, line: Line, order: Ints, count: int, first: int, weights: Floats, plain: bool) -> float:
    """Of the first ``count`` pieces of the order; what is kept of each place holds up to ``first``."""
    for place in range(first, count):
        _pass(a, line, order[place], place, weights, plain)
    for job in range(len(line.finish)):
        line.finish[job] = line.done[job]
    for place in range(count):
        job = line.job_of[order[place]]
        line.finish[job] = max(line.finish[job], line.ends[place])
    cost = line.prices[count]
    for job in range(len(line.finish)):
        late = max(line.finish[job] - a.job_due[job], 0)
        cost += (weights[0] * a.job_weight[job] * late + weights[2] * line.finish[job]) / HOUR
    return cost


@small
def _pass(a: Arrays, line: Line, piece: int, place: int, weights: Floats, plain: bool) -> None:
    """The piece over all steps, behind what stands at the places before."""
    moment, price = NO_TIME, line.prices[place]
    for step in range(line.tasks.shape[1]):
        task, before = line.tasks[piece, step], line.last[place, step]
        if task < 0:
            line.free[place + 1, step], line.last[place + 1, step] = line.free[place, step], before
            continue
        resource, run, setup = line.resources[step], line.seconds[piece, step], 0
        start = max(line.earliest[piece, step], line.free[place, step], moment + a.task_wait[task])
        if before >= 0:
            setup = setup_of(a, task, resource, a.task_item[before], a.task_family[before])
        else:
            setup = setup_of(a, task, resource, a.res_item[resource], a.res_family[resource])
        moment = start + setup + run
        if not plain:
            start, _run_start, moment = span(a, task, resource, start, setup, run)
        moved = moved_seconds(a, task, resource, start)
        price += (weights[1] * setup + weights[3] * moved) / HOUR
        line.free[place + 1, step], line.last[place + 1, step] = moment, task
    line.ends[place], line.prices[place + 1] = moment, price
