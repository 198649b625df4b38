"""Search among rules: the shop is played again and again, each time with priorities that are varied a little
where orders were late, and with the time that the last plan really needed behind each task.

A pass moves hundreds of tasks at once and every plan can be carried out, so it finds the rough shape of a
good plan much faster than moving one task at a time does (:mod:`~orders.planning.engine.walk`), which then
finishes the work. (Joslin, Clements: Squeaky wheel optimization, 1999; Vepsalainen, Morton 1988 for lead
times taken from the plan.)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numba import njit

from orders.planning.engine.arrays import Arrays, Floats, Ints
from orders.planning.engine.compiled import bare
from orders.planning.engine.dispatch import Rule, dispatch, work_behind
from orders.planning.engine.kernel import cost_of

SIGMA = 0.6
"""By how much a priority is varied: the spread of the logarithm of its factor."""
BRAVE = 0.003
"""By which share worse a plan may be at the beginning to be gone on from."""


class Tuning(NamedTuple):
    """The priorities that the search stands at, and the best plan it has seen."""

    urgency: Floats  # of jobs
    behind: Floats  # of tasks
    rule: Floats
    starts: Ints
    finish: Ints  # of jobs
    cost: Floats  # [here, best]
    order: Ints  # of the best: tasks as they were given out, -1: not given out
    resource_of: Ints


def tuning_from(a: Arrays, rule: tuple[float, float], cost: float) -> Tuning:
    """Begins at a plain rule. Only plans that cost less than ``cost`` are kept as best."""
    tasks = len(a.task_job)
    return Tuning(
        np.ones(len(a.job_due)),
        work_behind(a),
        np.array(rule),
        np.zeros(tasks, dtype=np.int64),
        np.zeros(len(a.job_due), dtype=np.int64),
        np.array([np.inf, cost]),
        np.full(tasks, -1, dtype=np.int64),
        np.full(tasks, -1, dtype=np.int64),
    )


def agree(tunings: Sequence[Tuning]) -> None:
    """All go on from where the best of them stands, and know the best plan that any has seen."""
    here = min(tunings, key=lambda one: one.cost[0])
    best = min(tunings, key=lambda one: one.cost[1])
    for one in tunings:
        if one is not here:
            for mine, its in zip(one[:5], here[:5], strict=True):
                mine[:] = its
            one.cost[0] = here.cost[0]
        if one is not best:
            one.cost[1], one.order[:], one.resource_of[:] = best.cost[1], best.order, best.resource_of


@njit(cache=True, nogil=True)
def tune(a: Arrays, t: Tuning, weights: Floats, brave: float, passes: int, seed: int) -> None:
    """Play the shop ``passes`` times with varied priorities; what is better, or worse by no more than about
    ``brave`` (a share), is gone on from."""
    np.random.seed(seed)
    for _ in range(passes):
        urgency, behind, rule = t.urgency.copy(), t.behind.copy(), t.rule.copy()
        if t.cost[0] < np.inf:
            _vary(a, t, urgency, behind, rule)
        floor, given = dispatch(a, Rule(behind, urgency, rule[0], rule[1], urgency[:0], 0))
        cost = cost_of(a, floor.starts, floor.ends, floor.setups, floor.resource_of, weights)[0]
        if cost < t.cost[1] - 1e-9:
            t.cost[1] = cost
            t.order[:given], t.order[given:] = floor.order[:given], -1
            t.resource_of[:] = floor.resource_of
        if cost <= t.cost[0] * (1.0 + brave * np.random.random()):
            t.cost[0] = cost
            t.urgency[:], t.behind[:], t.rule[:] = urgency, behind, rule
            t.starts[:] = floor.starts
            t.finish[:] = 0
            for task in range(len(floor.ends)):
                job = a.task_job[task]
                t.finish[job] = max(t.finish[job], floor.ends[task])


@bare
def _vary(a: Arrays, t: Tuning, urgency: Floats, behind: Floats, rule: Floats) -> None:
    """One of: lead times nearer to those of the last plan; late jobs more urgent; any jobs more or less so.
    Sometimes the rule's two scales as well."""
    kind = np.random.random()
    if kind < 0.2:
        share = np.random.uniform(0.1, 1.0)
        for task in range(len(behind)):
            behind[task] += share * (t.finish[a.task_job[task]] - t.starts[task] - behind[task])
    elif kind < 0.6:
        share = (0.02, 0.1, 0.3)[np.random.randint(3)]
        for job in range(len(urgency)):
            if t.finish[job] > a.job_due[job] and np.random.random() < share:
                urgency[job] *= np.exp(abs(np.random.normal(0.0, SIGMA)))
    else:
        share = (0.005, 0.02, 0.1)[np.random.randint(3)]
        for job in range(len(urgency)):
            if np.random.random() < share:
                urgency[job] *= np.exp(np.random.normal(0.0, SIGMA))
    if np.random.random() < 0.2:
        rule[0] *= np.exp(np.random.normal(0.0, 0.2))
        rule[1] = min(rule[1] * np.exp(np.random.normal(0.0, 0.3)), 10.0)
