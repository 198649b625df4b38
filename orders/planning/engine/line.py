"""Search where all jobs pass the same resources one after the other, as on a line: for the best order.

A few jobs are taken out and each is put back where it costs least (iterated greedy; Ruiz, Stützle 2007, for
tardiness Karabulut 2016). All resources have the same order; later searches let jobs overtake.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from orders.planning.engine.arrays import Arrays, Floats, Ints
from orders.planning.engine.compiled import bare, small
from orders.planning.engine.graph import can_be_graph
from orders.planning.engine.kernel import HOUR
from orders.planning.engine.sequences import Sequences, timed_sequences, weights_array
from orders.planning.engine.shop import Weights

OUT, MOST_OUT = 2, 5
"""How many jobs are taken out at a time, and the most."""
BRAVE = 0.02
"""By which share of the cost of a mean job a worse order is gone on from."""


class Line(NamedTuple):
    """Jobs in numbers of their own."""

    seconds: Ints  # [job, step]
    earliest: Ints
    due: Ints
    weight: Floats  # of an hour late
    order: Ints  # where the search stands
    best: Ints
    tried: Ints
    out: Ints
    free: Ints  # [place, step] when the step is through with the jobs before
    costs: Floats  # [here, best]


def suits(a: Arrays) -> bool:
    """Whether all jobs pass the same resources in the same order, and there are several jobs."""
    return len(a.job_due) > 1 and can_be_graph(a) and _steps(a) is not None


def _steps(a: Arrays) -> Ints | None:
    """Tasks by [job, step]; None where that isn't a line."""
    jobs, tasks = len(a.job_due), len(a.task_job)
    if tasks % jobs or not (np.bincount(a.task_job, minlength=jobs) == tasks // jobs).all():
        return None
    if (np.diff(a.alt_from) != 1).any() or (a.task_wait != 0).any():
        return None
    steps = np.argsort(a.task_job, kind="stable").reshape(jobs, -1)
    after = np.diff(a.pred_from)[steps]
    if (after[:, 0] != 0).any() or (after[:, 1:] != 1).any() or (a.task_earliest[steps[:, 1:]] != 0).any():
        return None
    if (a.pred[a.pred_from[steps[:, 1:]]] != steps[:, :-1]).any():
        return None
    passed = a.alt_resource[a.alt_from[steps]]
    one_way = (passed == passed[0]).all() and len(set(passed[0].tolist())) == steps.shape[1]
    return steps if one_way else None


class Search:
    """Begins with the jobs as ``start`` has them on the last resource."""

    def __init__(self, a: Arrays, start: Sequences, weights: Weights | None) -> None:
        steps = _steps(a)
        if steps is None:
            raise ValueError("the shop is no line")
        self.a, self.start, self.weights, self.steps = a, start, weights, steps
        weighed = weights_array(weights)
        jobs, length = steps.shape
        order = np.argsort(start.ends[steps[:, -1]], kind="stable")
        self.line = Line(
            a.alt_seconds[a.alt_from[steps]],
            a.task_earliest[steps[:, 0]],
            a.job_due,
            weighed[0] * a.job_weight / HOUR,
            order,
            order.copy(),
            order.copy(),
            np.zeros(MOST_OUT, dtype=np.int64),
            np.zeros((jobs + 1, length), dtype=np.int64),
            np.full(2, np.inf),
        )
        self.flow = float(weighed[2]) / HOUR

    @property
    def cost(self) -> float:
        return min(float(self.line.costs[1]), float(self.start.cost[0]))

    def goes_on(self, tries: int, seed: int) -> bool:
        _search(self.line, self.flow, tries, seed)
        return True

    def best(self) -> Sequences:
        tasks, lengths = np.full_like(self.start.tasks, -1), np.zeros_like(self.start.lengths)
        for step in range(self.steps.shape[1]):
            row = self.steps[self.line.best, step]
            resource = self.a.alt_resource[self.a.alt_from[row[0]]]
            tasks[resource, : len(row)], lengths[resource] = row, len(row)
        found = timed_sequences(self.a, tasks, lengths, weights=self.weights)
        return min((self.start, found), key=lambda one: one.cost[0])


@njit(cache=True, nogil=True)
def _search(line: Line, flow: float, tries: int, seed: int) -> None:
    np.random.seed(seed)
    jobs = len(line.order)
    if line.costs[0] == np.inf:
        line.costs[:] = _cost(line, line.order, jobs, 0, flow)
    for _ in range(tries):
        line.tried[:] = line.order
        taken = min(OUT + np.random.randint(MOST_OUT - OUT), jobs - 1)
        count = jobs
        for one in range(taken):
            count = _take_out(line, np.random.randint(count), count, one)
        cost = line.costs[0]
        for one in range(taken):
            cost = _put_back(line, line.out[one], count, flow)
            count += 1
        brave = BRAVE * line.costs[1] / jobs
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
def _put_back(line: Line, job: int, count: int, flow: float) -> float:
    """The job where it costs least among the ``count`` that are in; that cost."""
    line.tried[count] = job
    best = _cost(line, line.tried, count + 1, 0, flow)
    best_place, ties = count, 1
    for place in range(count, 0, -1):
        line.tried[place], line.tried[place - 1] = line.tried[place - 1], line.tried[place]
        # What comes before the two hasn't changed since the first time.
        cost = _cost(line, line.tried, count + 1, place - 1, flow)
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
def _cost(line: Line, order: Ints, count: int, first: int, flow: float) -> float:
    """Of the first ``count`` jobs of the order; ``free`` holds up to ``first``."""
    steps, cost = line.seconds.shape[1], 0.0
    for place in range(count):
        job = order[place]
        if place >= first:
            moment = line.earliest[job]
            for step in range(steps):
                moment = max(moment, line.free[place, step]) + line.seconds[job, step]
                line.free[place + 1, step] = moment
        end = line.free[place + 1, steps - 1]
        cost += line.weight[job] * max(end - line.due[job], 0) + flow * end
    return cost
