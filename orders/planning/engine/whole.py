"""The same moves in shops where single tasks can't be timed by themselves: furnaces whose loads come together
as the sequences say, pieces handed on early, short waits, shared tools and people. After each move all
sequences are timed anew."""

from __future__ import annotations

import numpy as np
from numba import njit

from orders.planning.engine.arrays import Arrays, Floats, Ints
from orders.planning.engine.compiled import bare
from orders.planning.engine.kernel import cost_of, retime
from orders.planning.engine.walk import Walk, choose, move


@njit(cache=True, nogil=True)
def walk_whole(
    a: Arrays,
    w: Walk,
    sequence: Ints,
    length: Ints,
    cost: float,
    weights: Floats,
    heat: float,
    changes: int,
    seed: int,
) -> float:
    """Try ``changes`` moves in place; the cost where it ends. ``sequence`` and ``length`` are room to write
    the chains into."""
    np.random.seed(seed)
    tasks = len(a.task_job)
    starts, runs, ends = np.zeros(tasks, np.int64), np.zeros(tasks, np.int64), np.zeros(tasks, np.int64)
    setups, where = np.zeros(tasks, np.int64), np.zeros(tasks, np.int64)
    waiting, stack = np.zeros(tasks, np.int64), np.zeros(tasks, np.int64)
    for _ in range(changes):
        task, target, after = choose(a, w)
        if task < 0:
            continue
        source, stood_behind = w.resource_of[task], w.before[task]
        move(w, task, target, after)
        _line_up(w, sequence, length)
        now = np.inf
        if retime(a, sequence, length, starts, runs, ends, setups, where, waiting, stack):
            now = cost_of(a, starts, ends, setups, where, weights)[0]
        if now - cost <= -heat * np.log(1.0 - np.random.random()):
            cost = now
            w.starts[:], w.runs[:], w.ends[:], w.setups[:] = starts, runs, ends, setups
            w.finish[:] = 0
            for one in range(tasks):
                w.finish[a.task_job[one]] = max(w.finish[a.task_job[one]], ends[one])
        else:
            move(w, task, source, stood_behind)
    return cost


@bare
def _line_up(w: Walk, sequence: Ints, length: Ints) -> None:
    for resource in range(len(length)):
        length[resource] = 0
        task = w.first[resource]
        while task >= 0:
            sequence[resource, length[resource]] = task
            length[resource] += 1
            task = w.behind[task]
