"""A first plan at once: the shop played forward, each free machine taking the most urgent task that is there.

The rule is ATCS (apparent tardiness cost with setups; Lee, Bhaskaran, Pinedo 1997): urgent, short and close
to what the machine is set up for goes first. How much each counts is tried in a grid, and the best plan is
taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from orders.planning.engine.arrays import NEVER, Arrays, Floats, Ints, to_arrays
from orders.planning.engine.compiled import bare, small
from orders.planning.engine.kernel import (
    cost_of,
    fixed_units,
    handed_on,
    least_end,
    ready_after,
    run_seconds,
    setup_of,
    shared_at,
    span_until,
    take_shared,
)
from orders.planning.engine.sequences import Sequences, plan_of, sequences_of, weights_array
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
    floor, given = _best_floor(a, weights_array(weights))[:2]
    return sequences_of(a, floor.order[:given], floor.resource_of, weights=weights)


def in_turn(a: Arrays, rank: Sequence[float]) -> Sequences:
    """What comes of one list: each free resource takes, of what is there, the task of the lowest rank."""
    ranked = np.array(rank, dtype=np.float64)
    floor, given = dispatch(a, plain_rule(a, 1.0, 1.0)._replace(rank=ranked))
    return sequences_of(a, floor.order[:given], floor.resource_of)


def longest_first(a: Arrays, *, weights: Weights | None = None) -> Sequences | None:
    """What most work lies behind goes first: where one job holds many tasks that wait for nothing of each
    other, all are equally late, and no other rule knows which of them the end waits for. None where it leaves
    a task without a place."""
    floor, given = dispatch(a, plain_rule(a, 1.0, 1.0)._replace(rank=-work_behind(a)))
    if given < len(a.task_job) or int(floor.ends.max(initial=0)) >= NEVER:
        return None
    return sequences_of(a, floor.order, floor.resource_of, weights=weights)


def best_rule(a: Arrays, *, weights: Weights | None = None) -> tuple[float, float]:
    """The setting (look ahead, setup scale) whose plan costs least."""
    return _best_floor(a, weights_array(weights))[2]


def _best_floor(a: Arrays, weights: Floats) -> tuple[Floor, int, tuple[float, float]]:
    """The first of those that cost least. The compiled code holds no lock: two threads take turns."""
    rule = plain_rule(a, 1.0, 1.0)

    def best_of(first: int) -> tuple[float, int, Floor, int]:
        return min((tried(setting) for setting in range(first, len(SETTINGS), 2)), key=lambda one: one[:2])

    def tried(setting: int) -> tuple[float, int, Floor, int]:
        look_ahead, setup_scale = SETTINGS[setting]
        floor, given = dispatch(a, rule._replace(look_ahead=look_ahead, setup_scale=setup_scale))
        cost = cost_of(a, floor.starts, floor.ends, floor.setups, floor.resource_of, weights)[0]
        return float(cost), setting, floor, given

    with ThreadPoolExecutor(2) as pool:
        _cost, setting, floor, given = min(pool.map(best_of, range(2)), key=lambda one: one[:2])
    return floor, given, SETTINGS[setting]


@njit(cache=True, nogil=True)
def work_behind(a: Arrays) -> Floats:
    """Mean working seconds from the task's begin to the end of its job along the longest way."""
    tasks = len(a.task_job)
    behind = np.zeros(tasks)
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
        longest = 0.0
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


@small
def _mean_seconds(a: Arrays, task: int) -> int:
    first, last = a.alt_from[task], a.alt_from[task + 1]
    if last == first:
        return max(a.task_outside[task], 0)
    total = 0
    for entry in range(first, last):
        total += a.alt_seconds[entry]
    return total // (last - first) + a.task_setup[task]


class Floor(NamedTuple):
    """The shop while it is played: who waits where, and what each resource could do next."""

    starts: Ints
    ends: Ints
    outs: Ints  # when enough is done for what follows
    setups: Ints
    ready: Ints
    given: NDArray[np.bool_]
    resource_of: Ints
    order: Ints
    waiting: Ints  # predecessors that aren't given out yet
    free: Ints  # of a resource
    item: Ints
    family: Ints
    queue_from: Ints
    queue: Ints
    base: Floats  # of a queue's entries: weight per second of work
    latest: Floats  # the same: when the task should begin
    queued: Ints
    units: Ints  # until when each unit of something shared is taken
    at: Ints  # when the resource could begin something; NEVER: nothing waits for it


@njit(cache=True, nogil=True)
def _opened(a: Arrays) -> Floor:
    tasks, resources = len(a.task_job), len(a.res_table)
    room = np.zeros(resources + 1, dtype=np.int64)
    for entry in range(len(a.alt_resource)):
        room[a.alt_resource[entry] + 1] += 1
    return Floor(
        np.zeros(tasks, dtype=np.int64),
        np.full(tasks, NEVER, dtype=np.int64),
        np.full(tasks, NEVER, dtype=np.int64),
        np.zeros(tasks, dtype=np.int64),
        np.full(tasks, NEVER, dtype=np.int64),
        np.zeros(tasks, dtype=np.bool_),
        np.full(tasks, -1, dtype=np.int64),
        np.zeros(tasks, dtype=np.int64),
        a.pred_from[1:] - a.pred_from[:-1],
        np.zeros(resources, dtype=np.int64),
        a.res_item.copy(),
        a.res_family.copy(),
        np.cumsum(room),
        np.zeros(max(len(a.alt_resource), 1), dtype=np.int64),
        np.zeros(max(len(a.alt_resource), 1)),
        np.zeros(max(len(a.alt_resource), 1)),
        np.zeros(resources, dtype=np.int64),
        fixed_units(a),
        np.full(resources, NEVER, dtype=np.int64),
    )


class Rule(NamedTuple):
    """By what a resource chooses.

    ``behind``: seconds from a task's begin to the end of its job; ``urgency``: by what the weight of a job is
    multiplied; ``look_ahead``/``setup_scale``: how far ahead due dates are looked at, and how much setups
    count, as multiples of the mean. Where there is a ``rank`` of the tasks, the lowest goes first instead,
    and a resource waits up to ``patience`` seconds for a lower one.
    """

    behind: Floats
    urgency: Floats
    look_ahead: float
    setup_scale: float
    rank: Floats
    patience: int


def plain_rule(a: Arrays, look_ahead: float, setup_scale: float) -> Rule:
    return Rule(work_behind(a), np.ones(len(a.job_due)), look_ahead, setup_scale, np.zeros(0), 0)


@njit(cache=True, nogil=True)
def dispatch(a: Arrays, rule: Rule) -> tuple[Floor, int]:
    """The shop after all is given out, and how many tasks were."""
    f = _opened(a)
    tasks = len(a.task_job)
    stack = np.zeros(tasks, dtype=np.int64)
    done = _fix(a, f)
    top = 0
    for task in range(tasks):
        if f.waiting[task] == 0:
            stack[top] = task
            top += 1
    return f, _play(a, f, rule, stack, top, done)


@bare
def _play(a: Arrays, f: Floor, rule: Rule, stack: Ints, top: int, done: int) -> int:
    """Give out what waits, as long as something can begin; how many tasks are given out."""
    run_scale, change_scale = _scales(a)
    horizon, setup_scale = rule.look_ahead * run_scale, rule.setup_scale * change_scale
    while True:
        done = _release(a, f, rule, stack, top, done)
        if len(f.at) == 0:
            break
        resource = int(np.argmin(f.at))
        moment = f.at[resource]
        if moment >= NEVER:
            break
        if len(rule.rank) > 0:
            task, moment = _next_in_rank(a, f, resource, moment, rule.rank, rule.patience)
        else:
            task = _most_urgent(a, f, resource, moment, horizon, setup_scale)
        if task < 0:
            # What is shared was taken by others meanwhile.
            _look(a, f, resource)
            top = 0
            continue
        setup = setup_of(a, task, resource, f.item[resource], f.family[resource])
        run = run_seconds(a, task, resource)
        least = least_end(a, task, f.ends)
        f.starts[task], run_start, f.ends[task] = span_until(a, task, resource, moment, setup, run, least)
        f.outs[task] = handed_on(a, task, resource, run_start, f.ends[task], run)
        f.setups[task] = setup
        take_shared(a, task, f.units, f.ends[task])
        f.free[resource] = f.ends[task]
        f.item[resource], f.family[resource] = a.task_item[task], a.task_family[task]
        f.given[task], f.resource_of[task], f.order[done] = True, resource, task
        done += 1
        stack[0], top = task, 1
        if a.res_holds[resource] > 1 and a.task_family[task] != 0 and run_start < f.ends[task] < NEVER:
            top = _fill(a, f, resource, task, run_start, rule.rank, stack)
            for place in range(1, top):
                f.order[done] = stack[place]
                done += 1
        for place in range(top):
            for entry in range(a.alt_from[stack[place]], a.alt_from[stack[place] + 1]):
                _look(a, f, a.alt_resource[entry])
    return done


@bare
def _fill(a: Arrays, f: Floor, resource: int, head: int, run_start: int, rank: Floats, stack: Ints) -> int:
    """Give out what runs together with ``head``, the most urgent first, behind it on the stack; how many
    tasks there are on the stack now."""
    longest, top = run_seconds(a, head, resource), 1
    while top < a.res_holds[resource]:
        best, best_place = -1, -1
        for place in range(f.queue_from[resource], f.queue_from[resource] + f.queued[resource]):
            task = f.queue[place]
            if (
                f.given[task]
                or a.task_family[task] != a.task_family[head]
                or f.ready[task] > run_start
                or run_seconds(a, task, resource) > longest
                or a.need_from[task] < a.need_from[task + 1]
            ):
                continue
            if len(rank) > 0:
                sooner = best < 0 or rank[task] < rank[best]
            else:
                sooner = best < 0 or f.latest[place] < f.latest[best_place]
            if sooner:
                best, best_place = task, place
        if best < 0:
            break
        f.starts[best], f.ends[best], f.outs[best] = run_start, f.ends[head], f.ends[head]
        f.given[best], f.resource_of[best] = True, resource
        f.item[resource] = 0
        stack[top] = best
        top += 1
    return top


@small
def _scales(a: Arrays) -> tuple[float, float]:
    """Mean run and mean setup of what needs a resource, at least a second."""
    setup, run, counted = 0.0, 0.0, 0
    for task in range(len(a.task_job)):
        if a.alt_from[task + 1] > a.alt_from[task]:
            setup += a.task_setup[task]
            run += _mean_seconds(a, task) - a.task_setup[task]
            counted += 1
    return max(run / max(counted, 1), 1.0), max(setup / max(counted, 1), 1.0)


@njit(cache=True, nogil=True)
def _fix(a: Arrays, f: Floor) -> int:
    """What is fixed comes first: it stands whatever the rule says. How many there are."""
    done = 0
    by_end = np.argsort(a.fixed_end, kind="mergesort")
    by_start = by_end[np.argsort(a.fixed_start[by_end], kind="mergesort")]
    for entry in range(len(by_start)):
        task = by_start[entry]
        resource = a.fixed_resource[task]
        if resource >= 0:
            f.starts[task], f.ends[task] = a.fixed_start[task], a.fixed_end[task]
            f.outs[task] = f.ends[task]
            f.given[task], f.resource_of[task], f.order[done] = True, resource, task
            done += 1
            f.free[resource] = max(f.free[resource], a.fixed_end[task])
            f.item[resource], f.family[resource] = a.task_item[task], a.task_family[task]
    return done


@bare
def _release(a: Arrays, f: Floor, rule: Rule, stack: Ints, top: int, done: int) -> int:
    """Queue the tasks of the stack, whose predecessors are all given out; what needs no resource is given out
    at once, and so are its followers. How many are given out now."""
    while top > 0:
        top -= 1
        task = stack[top]
        if not f.given[task]:
            f.ready[task] = ready_after(a, task, f.outs, f.ends)
            first, last = a.alt_from[task], a.alt_from[task + 1]
            job = a.task_job[task]
            for entry in range(first, last):
                resource = a.alt_resource[entry]
                place = f.queue_from[resource] + f.queued[resource]
                f.queue[place] = task
                f.base[place] = a.job_weight[job] * rule.urgency[job] / max(a.alt_seconds[entry], 1)
                f.latest[place] = a.job_due[job] - rule.behind[task] if a.job_due[job] < NEVER else np.inf
                f.queued[resource] += 1
                f.at[resource] = min(f.at[resource], max(f.free[resource], f.ready[task]))
            if last > first:
                continue
            f.starts[task] = f.ready[task]
            f.ends[task] = f.outs[task] = min(f.ready[task] + max(a.task_outside[task], 0), NEVER)
            f.given[task], f.order[done] = True, task
            done += 1
        for entry in range(a.succ_from[task], a.succ_from[task + 1]):
            after = a.succ[entry]
            f.waiting[after] -= 1
            if f.waiting[after] == 0:
                stack[top] = after
                top += 1
    return done


@small
def _drop(f: Floor, resource: int, place: int) -> None:
    """Take the entry, which others took, out of the resource's queue."""
    f.queued[resource] -= 1
    last = f.queue_from[resource] + f.queued[resource]
    f.queue[place], f.base[place], f.latest[place] = f.queue[last], f.base[last], f.latest[last]


@small
def _look(a: Arrays, f: Floor, resource: int) -> None:
    """When the resource could begin the first of its queue."""
    first_ready, free, start = NEVER, f.free[resource], f.queue_from[resource]
    place = start
    while place < start + f.queued[resource]:
        task = f.queue[place]
        if f.given[task]:
            _drop(f, resource, place)
            continue
        first_ready = min(first_ready, max(f.ready[task], shared_at(a, task, f.units)))
        if first_ready <= free:
            break
        place += 1
    f.at[resource] = max(free, first_ready) if f.queued[resource] > 0 else NEVER


@bare
def _most_urgent(a: Arrays, f: Floor, resource: int, moment: int, horizon: float, setup_scale: float) -> int:
    """ATCS: weight per second of work, less the further the due date and the longer the setup. -1: nothing
    can begin at the moment."""
    best, best_index = -1, -1.0
    place = f.queue_from[resource]
    while place < f.queue_from[resource] + f.queued[resource]:
        task = f.queue[place]
        if f.given[task]:
            _drop(f, resource, place)
            continue
        base, latest = f.base[place], f.latest[place]
        place += 1
        # The rest of the index is a factor of at most one.
        if base < best_index or f.ready[task] > moment or shared_at(a, task, f.units) > moment:
            continue
        setup = setup_of(a, task, resource, f.item[resource], f.family[resource])
        slack = min(max(latest - moment, 0.0) / horizon, 50.0)
        index = base * np.exp(-slack - min(setup / setup_scale, 50.0))
        if index > best_index or (index == best_index and task < best):
            best, best_index = task, index
    return best


@bare
def _next_in_rank(
    a: Arrays, f: Floor, resource: int, moment: int, rank: Floats, patience: int
) -> tuple[int, int]:
    """The task of the lowest rank that can begin soon enough, and when; -1: none can."""
    best, best_moment = -1, moment
    place = f.queue_from[resource]
    while place < f.queue_from[resource] + f.queued[resource]:
        task = f.queue[place]
        if f.given[task]:
            _drop(f, resource, place)
            continue
        place += 1
        if best >= 0 and (rank[task] > rank[best] or (rank[task] == rank[best] and task > best)):
            continue
        could = max(f.ready[task], shared_at(a, task, f.units))
        if could <= moment + patience:
            best, best_moment = task, max(moment, could)
    return best, best_moment
