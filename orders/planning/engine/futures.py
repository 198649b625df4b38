"""Many futures of one plan: the sequences stay as they are, the times are drawn.

Each future plays the plan forward once. What runs goes on for as long as it may still take, setups and runs
take a factor from their pool, a breakdown stops everything behind it, rush orders that nobody knows yet
overtake, deliveries come when their suppliers bring them, and who begins first gets a tool that several
need. Chance is a pure function of (seed, future, source, thing, count): whatever else changes, the same
operation meets the same luck (common random numbers), so that two plans, or one with a source of chance
frozen, are compared without noise, and the same inputs give the same futures to the last second.

With nothing uncertain every future is the plan itself.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numba import njit

from orders.planning.engine.arrays import NEVER, Arrays, Floats, Ints
from orders.planning.engine.kernel import ready_at
from orders.planning.engine.playing import GUIDE, Bools, Chances, Source, play
from orders.planning.engine.sequences import Sequences
from orders.planning.engine.uncertainty import Uncertainty

CHUNK = 50


@dataclass(frozen=True, slots=True)
class Frozen:
    """What is held at its expectation: whole sources, or all that is uncertain on some resources."""

    sources: frozenset[Source] = frozenset()
    resources: frozenset[int] = frozenset()


NOTHING = Frozen()


@dataclass(frozen=True, slots=True)
class _Pools:
    """All pools as flat arrays, named as in :class:`Chances`, and where those begin that stand in no list."""

    pool_from: Ints
    value: Floats
    upto: Floats
    mean: Floats
    guide: Ints
    run: Ints  # of each of the shop's alternatives, like setup
    setup: Ints
    common: int
    stops: int
    rush: int


@dataclass(frozen=True, slots=True)
class Stage:
    """A plan made ready to be played, with one thing frozen or another: what all its futures share."""

    a: Arrays
    chances: Chances
    pools: _Pools
    order: Ints
    resource_of: Ints
    horizon: int


def futures_of(
    a: Arrays,
    found: Sequences,
    uncertainty: Uncertainty,
    *,
    futures: int,
    seed: int,
    frozen: Frozen = NOTHING,
    keys: Sequence[int] | None = None,
    elapsed: Sequence[int] | None = None,
) -> Ints:
    """A plan set on a stage (see :func:`staged`) and played (see :func:`played`)."""
    stage = staged(a, found, uncertainty, keys=keys, elapsed=elapsed)
    return played(stage, futures=futures, seed=seed, frozen=frozen)


def staged(
    a: Arrays,
    found: Sequences,
    uncertainty: Uncertainty,
    *,
    keys: Sequence[int] | None = None,
    elapsed: Sequence[int] | None = None,
    only: int | None = None,
    like: Stage | None = None,
) -> Stage:
    """``keys`` name the tasks' draws (else their index does), so that a task keeps its luck from plan to
    plan. ``elapsed``: working seconds a running task has taken so far although nothing says how far it is;
    what it takes in all is then drawn from what can still be, and 0 leaves its fixed end to say what is left.
    ``only``: the one job whose ends are wanted; nothing else is played than what can hold it up, and the
    other columns say nothing. ``like``: a stage of the same uncertainty, if there is one.
    """
    pools = _pooled(uncertainty, len(a.alt_resource)) if like is None else like.pools
    return Stage(
        a=_released(a, uncertainty),
        chances=_chances(a, found, uncertainty, pools, keys, elapsed),
        pools=pools,
        order=_order(a, found) if only is None else _before(a, found, only),
        resource_of=found.resource_of,
        horizon=int(found.ends[found.ends < NEVER].max(initial=0)) * 3 + 86_400,
    )


def played(stage: Stage, *, futures: int, seed: int, frozen: Frozen = NOTHING) -> Ints:
    """Seconds from the plan's zero at which each job ends, [futures, jobs]; NEVER beyond all shifts."""
    a, chances = stage.a, _calmed(stage.chances, frozen)
    finish = np.zeros((futures, len(a.job_due)), dtype=np.int64)

    def chunk(first: int) -> None:
        last = min(first + CHUNK, futures)
        play(a, chances, stage.order, stage.resource_of, seed, first, stage.horizon, finish[first:last])

    firsts = range(0, futures, CHUNK)
    workers = min(os.cpu_count() or 1, len(firsts))
    if workers > 1:
        # The compiled code holds no lock, so threads are as good as processes and share the arrays.
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(chunk, firsts))
    else:
        for first in firsts:
            chunk(first)
    return finish


def _calmed(chances: Chances, frozen: Frozen) -> Chances:
    off, calm = np.zeros_like(chances.off), np.zeros_like(chances.calm)
    off[[int(source) for source in frozen.sources]] = True
    calm[list(frozen.resources)] = True
    return chances._replace(off=off, calm=calm)


def _chances(
    a: Arrays,
    found: Sequences,
    uncertainty: Uncertainty,
    pools: _Pools,
    keys: Sequence[int] | None,
    elapsed: Sequence[int] | None,
) -> Chances:
    """With nothing frozen."""
    tasks, resources, awaited = len(a.task_job), len(a.res_table), uncertainty.awaited
    common = range(pools.common, pools.common + len(uncertainty.common))
    stops = range(pools.stops, pools.stops + len(uncertainty.breakdowns))
    entry = _entries(a, found.resource_of)
    return Chances(
        pool_from=pools.pool_from,
        value=pools.value,
        upto=pools.upto,
        mean=pools.mean,
        guide=pools.guide,
        run=_at_entry(pools.run, entry),
        setup=_at_entry(pools.setup, entry),
        extra=_filled(uncertainty.extra_of, tasks),
        outside=_filled(uncertainty.outside_of, tasks),
        run_seconds=np.where(entry >= 0, np.append(a.alt_seconds, 0)[entry], 0),
        setup_seconds=found.setups,
        common=_filled(common, resources),
        every=_floats([one.every_seconds for one in uncertainty.breakdowns] or [0.0] * resources),
        stop=_filled(stops, resources),
        down=_filled(uncertainty.down, resources),
        rush_every=float(uncertainty.rush.every_seconds),
        rush_pool=pools.rush,
        rush_share=_floats([*uncertainty.rush.resources] or [0.0] * resources),
        key=np.arange(tasks) if keys is None else np.array(keys, dtype=np.int64),
        head=_heads(a, found),
        waits=_waits(a, found),
        elapsed=np.zeros(tasks, dtype=np.int64) if elapsed is None else np.array(elapsed, dtype=np.int64),
        due=_ints(one.due for one in uncertainty.supplies),
        late=_ints(one.late for one in uncertainty.supplies),
        supply_key=_ints(one.key for one in uncertainty.supplies),
        await_from=np.cumsum(
            [0, *(len(awaited[task].supplies) if task in awaited else 0 for task in range(tasks))],
            dtype=np.int64,
        ),
        awaited=_ints(
            supply for task in range(tasks) if task in awaited for supply in awaited[task].supplies
        ),
        off=np.zeros(len(Source) + 1, dtype=np.bool_),
        calm=np.zeros(resources, dtype=np.bool_),
    )


def _pooled(uncertainty: Uncertainty, entries: int) -> _Pools:
    listed, common = uncertainty.pools, len(uncertainty.pools)
    pools = [*listed, *uncertainty.common, *(one.seconds for one in uncertainty.breakdowns)]
    pools.append(uncertainty.rush.seconds)
    lengths = np.array([len(pool.values) for pool in pools], dtype=np.int64)
    pool_from = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(lengths)))
    upto = [np.cumsum(np.array(pool.weights, dtype=np.float64)) for pool in pools]
    levels = np.arange(GUIDE) / GUIDE
    return _Pools(
        pool_from=pool_from,
        value=_floats(value for pool in pools for value in pool.values),
        upto=np.concatenate(upto),
        mean=_floats(float(np.dot(pool.values, pool.weights)) for pool in pools),
        guide=np.array(
            [first + np.searchsorted(one, levels) for first, one in zip(pool_from, upto, strict=False)]
        ),
        run=_filled([pool for of_task in uncertainty.run_of for pool in of_task], entries),
        setup=_filled([pool for of_task in uncertainty.setup_of for pool in of_task], entries),
        common=common,
        stops=common + len(uncertainty.common),
        rush=len(pools) - 1,
    )


def _released(a: Arrays, uncertainty: Uncertainty) -> Arrays:
    """The shop in which deliveries alone, not their expected dates, hold up what waits for them."""
    if not uncertainty.awaited:
        return a
    earliest = a.task_earliest.copy()
    for task, awaited in uncertainty.awaited.items():
        if earliest[task] <= awaited.expected:
            earliest[task] = awaited.released
    return a._replace(task_earliest=earliest)


def _heads(a: Arrays, found: Sequences) -> Ints:
    """The first of each load, for the others in it."""
    head = np.full(len(a.task_job), -1, dtype=np.int64)
    for resource in np.flatnonzero(a.res_holds > 1):
        first = -1
        for task in found.tasks[resource, : found.lengths[resource]]:
            together = first >= 0 and found.runs[task] == found.runs[first] and a.fixed_resource[task] < 0
            if together and found.ends[task] == found.ends[first] and a.fixed_resource[first] < 0:
                head[task] = first
            else:
                first = task
    return head


def _floats(values: Iterable[float]) -> Floats:
    return np.fromiter(values, dtype=np.float64)


def _ints(values: Iterable[int]) -> Ints:
    return np.fromiter(values, dtype=np.int64)


def _entries(a: Arrays, resource_of: Ints) -> Ints:
    """Which of the shop's alternatives each task takes; -1: none (outside, or fixed elsewhere)."""
    tasks = np.repeat(np.arange(len(resource_of)), np.diff(a.alt_from))
    taken = np.flatnonzero(a.alt_resource == resource_of[tasks])
    entry = np.full(len(resource_of), -1, dtype=np.int64)
    entry[tasks[taken]] = taken
    return entry


def _at_entry(by_entry: Ints, entry: Ints) -> Ints:
    """The pool of the alternative each task takes."""
    return np.where(entry >= 0, np.append(by_entry, -1)[entry], -1)


def _filled(pools: Sequence[int], length: int) -> Ints:
    """Nothing said is certain."""
    return np.array(pools, dtype=np.int64) if len(pools) else np.full(length, -1, dtype=np.int64)


def _waits(a: Arrays, found: Sequences) -> Bools:
    """Which fixed tasks come later when what is before them does: those that haven't begun, and that the plan
    itself doesn't let begin early."""
    waits = np.zeros(len(a.task_job), dtype=np.bool_)
    later = (a.fixed_resource >= 0) & (a.fixed_start > 0)
    for resource in np.unique(a.fixed_resource[later]):
        free = 0
        for task in found.tasks[resource, : found.lengths[resource]]:
            if later[task]:
                waits[task] = max(free, ready_at(a, task, found.ends)) <= a.fixed_start[task]
            free = max(free, int(found.ends[task]))
    return waits


def _order(a: Arrays, found: Sequences) -> Ints:
    """The tasks in an order in which each comes behind all it waits for; where they share tools or people, as
    the plan lets them begin."""
    tasks = len(a.task_job)
    before = np.full(tasks, -1, dtype=np.int64)
    behind = np.full(tasks, -1, dtype=np.int64)
    for resource in range(len(found.lengths)):
        chain = found.tasks[resource, : found.lengths[resource]]
        before[chain[1:]], behind[chain[:-1]] = chain[:-1], chain[1:]
    order = _topological(a, before, behind)
    if not len(a.need):
        return order
    place = np.argsort(order)
    by_start = np.lexsort((place, found.starts))
    place[by_start] = np.arange(tasks)
    follows = np.flatnonzero(before >= 0)
    waiting = np.repeat(np.arange(tasks), np.diff(a.pred_from))
    stands = (place[before[follows]] < place[follows]).all() and (place[a.pred] < place[waiting]).all()
    # What runs may have begun before what it waits for has ended: then the plan's starts say no order.
    return by_start if stands else order


def _before(a: Arrays, found: Sequences, job: int) -> Ints:
    """Of the order, what the job's tasks wait for, by routing or on a resource, and they themselves. All of
    it where tools or people are shared: who has them now decides who gets them next."""
    order = _order(a, found)
    if len(a.need):
        return order
    stands_behind = np.full(len(a.task_job), -1, dtype=np.int64)
    for resource in range(len(found.lengths)):
        chain = found.tasks[resource, : found.lengths[resource]]
        stands_behind[chain[1:]] = chain[:-1]
    chained, waits_from, waits_for = stands_behind.tolist(), a.pred_from.tolist(), a.pred.tolist()
    wanted = (a.task_job == job).tolist()
    for task in reversed(order.tolist()):
        if wanted[task]:
            for other in (chained[task], *waits_for[waits_from[task] : waits_from[task + 1]]):
                if other >= 0:
                    wanted[other] = True
    return order[np.array(wanted, dtype=np.bool_)[order]]


@njit(cache=True, nogil=True)
def _topological(a: Arrays, before: Ints, behind: Ints) -> Ints:
    tasks = len(a.task_job)
    order = np.zeros(tasks, dtype=np.int64)
    waiting = np.zeros(tasks, dtype=np.int64)
    filled = 0
    for task in range(tasks):
        waiting[task] = a.pred_from[task + 1] - a.pred_from[task] + (1 if before[task] >= 0 else 0)
        if waiting[task] == 0:
            order[filled] = task
            filled += 1
    taken = 0
    while taken < filled:
        task = order[taken]
        taken += 1
        after = behind[task]
        if after >= 0:
            waiting[after] -= 1
            if waiting[after] == 0:
                order[filled] = after
                filled += 1
        for entry in range(a.succ_from[task], a.succ_from[task + 1]):
            after = a.succ[entry]
            waiting[after] -= 1
            if waiting[after] == 0:
                order[filled] = after
                filled += 1
    return order
