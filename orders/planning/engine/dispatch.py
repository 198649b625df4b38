"""A first plan at once: the shop played forward, each free machine taking the most urgent task that is there.

The rule is ATCS (apparent tardiness cost with setups; Lee, Bhaskaran, Pinedo 1997): urgent, short and close
to what the machine is set up for goes first. How much each counts is tried in a grid, and the best plan is
taken.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from orders.planning.engine.arrays import NEVER, Arrays, Ints, to_arrays
from orders.planning.engine.kernel import ready_at, run_seconds, setup_of, span
from orders.planning.engine.sequences import Sequences, plan_of, sequences_of
from orders.planning.engine.shop import Plan, Shop, Weights

LOOK_AHEAD = (0.3, 0.6, 1.0, 1.5, 2.5, 4.0)
SETUP_SCALE = (0.1, 0.3, 1.0, 1e6)
SETTINGS = tuple((k1, k2) for k1 in LOOK_AHEAD for k2 in SETUP_SCALE)


def first_plan(shop: Shop, *, weights: Weights | None = None) -> Plan:
    """The best of 24 plans by rule. The shop must have passed
    :func:`~orders.planning.engine.check.plannable`."""
    return plan_of(first_sequences(to_arrays(shop), weights=weights))


def first_sequences(a: Arrays, *, weights: Weights | None = None) -> Sequences:
    """The sequences of the best setting by cost."""
    behind = _work_behind(a)
    found = []
    for k1, k2 in SETTINGS:
        order, resource_of = _dispatch(a, behind, k1, k2)
        found.append(sequences_of(a, order, resource_of, weights=weights))
    return min(found, key=lambda one: one.cost[0])


@njit(cache=True)
def _work_behind(a: Arrays) -> Ints:
    """Mean working seconds from the task's begin to the end of its job along the longest way."""
    tasks = len(a.task_job)
    behind = np.zeros(tasks, dtype=np.int64)
    waiting = np.zeros(tasks, dtype=np.int64)
    stack = np.zeros(tasks, dtype=np.int64)
    top = 0
    for task in range(tasks):
        waiting[task] = a.succ_from[task + 1] - a.succ_from[task]
        if waiting[task] == 0:
            stack[top] = task
            top += 1
    while top > 0:
        top -= 1
        task = stack[top]
        longest = 0
        for entry in range(a.succ_from[task], a.succ_from[task + 1]):
            longest = max(longest, behind[a.succ[entry]])
        behind[task] = longest + _mean_seconds(a, task)
        for entry in range(a.pred_from[task], a.pred_from[task + 1]):
            before = a.pred[entry]
            waiting[before] -= 1
            if waiting[before] == 0:
                stack[top] = before
                top += 1
    return behind


@njit(cache=True)
def _mean_seconds(a: Arrays, task: int) -> int:
    first, last = a.alt_from[task], a.alt_from[task + 1]
    if last == first:
        return max(a.task_outside[task], 0)
    total = 0
    for entry in range(first, last):
        total += a.alt_seconds[entry]
    return total // (last - first) + a.task_setup[task]


@njit(cache=True)
def _dispatch(a: Arrays, behind: Ints, k1: float, k2: float) -> tuple[Ints, Ints]:
    """The tasks in the order in which they were given out, and to which resource (-1: outside or fixed
    outside)."""
    tasks, resources = len(a.task_job), len(a.res_table)
    ends = np.full(tasks, NEVER, dtype=np.int64)
    ready = np.full(tasks, NEVER, dtype=np.int64)
    given = np.zeros(tasks, dtype=np.bool_)
    resource_of = np.full(tasks, -1, dtype=np.int64)
    order = np.zeros(tasks, dtype=np.int64)
    waiting = np.zeros(tasks, dtype=np.int64)
    free = np.zeros(resources, dtype=np.int64)
    item, family = a.res_item.copy(), a.res_family.copy()
    room = np.zeros(resources, dtype=np.int64)
    for entry in range(len(a.alt_resource)):
        room[a.alt_resource[entry]] += 1
    offset = np.zeros(resources + 1, dtype=np.int64)
    for resource in range(resources):
        offset[resource + 1] = offset[resource] + room[resource]
    queue = np.zeros(max(offset[resources], 1), dtype=np.int64)
    queued = np.zeros(resources, dtype=np.int64)
    mean_setup, mean_run, counted = 0.0, 0.0, 0
    for task in range(tasks):
        waiting[task] = a.pred_from[task + 1] - a.pred_from[task]
        if a.alt_from[task + 1] > a.alt_from[task]:
            mean_setup += a.task_setup[task]
            mean_run += _mean_seconds(a, task) - a.task_setup[task]
            counted += 1
    mean_setup = max(mean_setup / max(counted, 1), 1.0)
    mean_run = max(mean_run / max(counted, 1), 1.0)
    done = 0
    stack = np.zeros(tasks, dtype=np.int64)
    top = 0
    # What is fixed comes first: it stands whatever the rule says.
    for task in range(tasks):
        if a.fixed_resource[task] >= 0:
            ends[task] = a.fixed_end[task]
    fixed = np.argsort(a.fixed_start)
    for entry in range(tasks):
        task = fixed[entry]
        resource = a.fixed_resource[task]
        if resource >= 0:
            given[task] = True
            resource_of[task] = resource
            order[done] = task
            done += 1
            free[resource] = max(free[resource], a.fixed_end[task])
            item[resource], family[resource] = a.task_item[task], a.task_family[task]
    for task in range(tasks):
        if waiting[task] == 0:
            stack[top] = task
            top += 1
    while True:
        while top > 0:
            top -= 1
            task = stack[top]
            if not given[task]:
                ready[task] = ready_at(a, task, ends)
                first, last = a.alt_from[task], a.alt_from[task + 1]
                if first == last:
                    ends[task] = ready[task] + max(a.task_outside[task], 0)
                    given[task] = True
                    order[done] = task
                    done += 1
                else:
                    for entry in range(first, last):
                        resource = a.alt_resource[entry]
                        queue[offset[resource] + queued[resource]] = task
                        queued[resource] += 1
                    continue
            for entry in range(a.succ_from[task], a.succ_from[task + 1]):
                after = a.succ[entry]
                waiting[after] -= 1
                if waiting[after] == 0:
                    stack[top] = after
                    top += 1
        if done == tasks:
            break
        chosen, moment = -1, NEVER + 1
        for resource in range(resources):
            first_ready = NEVER + 1
            place = 0
            while place < queued[resource]:
                task = queue[offset[resource] + place]
                if given[task]:
                    queued[resource] -= 1
                    queue[offset[resource] + place] = queue[offset[resource] + queued[resource]]
                else:
                    first_ready = min(first_ready, ready[task])
                    place += 1
            if queued[resource] > 0:
                at = max(free[resource], first_ready)
                if at < moment:
                    chosen, moment = resource, at
        if chosen < 0:
            break
        best, best_index = -1, -1.0
        for place in range(queued[chosen]):
            task = queue[offset[chosen] + place]
            if ready[task] > moment:
                continue
            run = max(run_seconds(a, task, chosen), 1)
            setup = setup_of(a, task, chosen, item[chosen], family[chosen])
            index = _urgency(a, task, moment, run, setup, behind[task], k1 * mean_run, k2 * mean_setup)
            if index > best_index or (index == best_index and task < best):
                best, best_index = task, index
        setup = setup_of(a, best, chosen, item[chosen], family[chosen])
        _start, _run, end = span(a, best, chosen, moment, setup, run_seconds(a, best, chosen))
        ends[best] = end
        free[chosen] = end
        item[chosen], family[chosen] = a.task_item[best], a.task_family[best]
        given[best] = True
        resource_of[best] = chosen
        order[done] = best
        done += 1
        stack[top] = best
        top += 1
    return order[:done], resource_of


@njit(cache=True)
def _urgency(
    a: Arrays, task: int, moment: int, run: int, setup: int, behind: int, horizon: float, setup_scale: float
) -> float:
    """ATCS: weight per second of work, less the further the due date and the longer the setup."""
    job = a.task_job[task]
    slack = max(float(a.job_due[job] - behind - moment), 0.0)
    if a.job_due[job] >= NEVER:
        slack = 50.0 * horizon
    return (
        a.job_weight[job]
        / run
        * np.exp(-min(slack / horizon, 50.0))
        * np.exp(-min(setup / setup_scale, 50.0))
    )
