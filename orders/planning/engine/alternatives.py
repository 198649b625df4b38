"""Several answers to one change of a plan that stands: nothing that is frozen moves in any of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from orders.planning.engine.arrays import Arrays, to_arrays
from orders.planning.engine.chains import sequences_from, walk_from
from orders.planning.engine.dispatch import first_sequences
from orders.planning.engine.following import follow
from orders.planning.engine.improve import changed, warmth_of
from orders.planning.engine.sequences import Sequences, plan_of
from orders.planning.engine.shop import Plan, Shop, Weights
from orders.planning.engine.standing import (
    append,
    freeze,
    frozen_in,
    insert_job,
    lay_out,
    merged,
    queues_of,
    tasks_of,
    timed,
    without,
)

RUSH_WEIGHT = 20.0
"""What an hour of a rush order's lateness counts: five times that of the most urgent normal order."""
FIRST_WEIGHT = 10_000.0
AT_ONCE = 10**9
"""Seconds before everything else."""
ONE_BY_ONE = 2_000
"""Tasks. In a larger shop no single place helps: what is put there delays nearly all others."""
NOTICED = 60
"""Seconds. A shift of an order's end that is worth a row."""
LATER = 900
"""Seconds. An operation that begins this much later is told as later than before."""


class Way(StrEnum):
    """How a change is met."""

    INSERT = "insert"  # a rush order where it costs least, then repaired
    FIRST = "first"  # a rush order before everything else, then repaired
    WAIT = "wait"  # everything keeps its place in the queue
    REPAIR = "repair"  # the same, then repaired
    DISPATCH = "dispatch"  # everything that isn't frozen by rule anew


@dataclass(frozen=True, slots=True)
class Effort:
    """How long a repair may take: ``rounds`` of 500 changes (the same result every time) or ``seconds``."""

    seconds: float | None = 0.4
    rounds: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """One way, as sequences of the shop in which the near future is frozen and as a plan of the shop as it
    is."""

    way: Way
    plan: Plan
    found: Sequences
    seconds: float


@dataclass(frozen=True, slots=True)
class Answers:
    """``shop``: with the change. ``before``: the plan that stands, timed as things are without the change.
    ``frozen``: tasks that no answer moves. ``near``: the shop in which they are fixed, as the answers'
    sequences have it; ``stood``: the plan that stands, laid out in it."""

    shop: Shop
    before: Plan
    frozen: frozenset[int]
    near: Arrays
    stood: Sequences
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Shift:
    """How a job's end changes, seconds from the plan's zero; None: it has no place."""

    job: int
    before: int | None
    after: int | None
    due: int | None

    @property
    def later(self) -> int:
        if self.before is None or self.after is None:
            return 0
        return self.after - self.before

    @property
    def late_before(self) -> int:
        return _late(self.before, self.due)

    @property
    def late_after(self) -> int:
        return _late(self.after, self.due)


@dataclass(frozen=True, slots=True)
class Effect:
    """What one plan changes against another. Hours; lateness is weighted by job. ``later``: tasks that begin
    over 15 minutes later, ``elsewhere``: tasks on another resource, ``frozen_moved``: of those that may not
    move."""

    shifts: tuple[Shift, ...]
    newly_late: tuple[int, ...]
    late_hours_before: float
    late_hours_after: float
    setup_hours_before: float
    setup_hours_after: float
    later: int
    elsewhere: int
    frozen_moved: int
    without_place: tuple[int, ...]


def rush(
    shop: Shop,
    queues: Sequence[Sequence[int]],
    job: int,
    *,
    frozen_until: int,
    due: int | None = None,
    seed: int = 1,
    effort: Effort | None = None,
    weights: Weights | None = None,
) -> Answers:
    """Three ways to make a job of the shop a rush job; ``due`` is when it is wanted (None: at once)."""
    effort = effort or Effort()
    before = lay_out(shop, queues, last=[job], weights=weights)
    frozen = frozen_in(before, frozen_until)
    hurried = _hurried(shop, job, due)
    near = freeze(hurried, before, frozen)
    a = to_arrays(near)
    own = tasks_of(near, [job])
    rest = without(queues_of(before), own)
    append(near, rest, [job])
    start = timed(a, rest, weights=weights)
    as_it_was = plan_of(before)

    def placed(way: Way) -> Sequences:
        """The job where it costs least, or before everything else, and the others around it."""
        early = way is Way.FIRST
        wanted = -AT_ONCE if early else due or 0
        found = follow(a, before, new=own, due=wanted, weights=weights)
        if len(near.tasks) <= ONE_BY_ONE and not a.special:
            w = walk_from(a, start)
            insert_job(a, w, own, weights=weights, early=early)
            inserted = sequences_from(a, w, start, weights)
            ends = found.ends[own].max(initial=0), inserted.ends[own].max(initial=0)
            found = min(
                (found, inserted),
                key=lambda one: (early and one.ends[own].max(initial=0) > min(ends), one.cost[0]),
            )
        there = _held(a, found, job) if early else a
        return repair(there, found, effort, seed=seed, weights=weights)

    def answer(way: Way) -> Answer:
        began = time.perf_counter()
        found = first_sequences(a, weights=weights) if way is Way.DISPATCH else placed(way)
        return Answer(way, merged(plan_of(found), as_it_was, frozen), found, time.perf_counter() - began)

    answers = _at_once(answer, (Way.INSERT, Way.FIRST, Way.DISPATCH))
    return Answers(hurried, as_it_was, frozenset(frozen), a, before, answers)


def disturb(
    shop: Shop,
    changed: Shop,
    queues: Sequence[Sequence[int]],
    *,
    frozen_until: int,
    ways: Collection[Way] = (Way.WAIT, Way.REPAIR, Way.DISPATCH),
    seed: int = 1,
    effort: Effort | None = None,
    weights: Weights | None = None,
    stood: Sequences | None = None,
) -> Answers:
    """Ways to live with another shop (other working time, other earliest times) of the same tasks.

    What is frozen keeps its resource and its order; where the change itself makes it impossible to begin in
    time, it begins as soon as it can, in all answers alike. ``stood``: the queues laid out in the shop as it
    was, if that is there.
    """
    effort = effort or Effort()
    stood = lay_out(shop, queues, weights=weights) if stood is None else stood
    before = plan_of(stood)
    waiting = stood if changed is shop else lay_out(changed, queues, weights=weights)
    frozen = frozen_in(waiting, frozen_until)
    forced = plan_of(waiting)
    near = freeze(changed, waiting, frozen)
    a = to_arrays(near)
    start = timed(a, queues_of(waiting), weights=weights)

    def answer(way: Way) -> Answer:
        began = time.perf_counter()
        found = start
        if way is Way.REPAIR:
            followed = follow(a, start, weights=weights)
            found = min((start, followed), key=lambda one: one.cost[0])
            found = repair(a, found, effort, seed=seed, weights=weights)
        elif way is Way.DISPATCH:
            found = first_sequences(a, weights=weights)
        return Answer(way, merged(plan_of(found), forced, frozen), found, time.perf_counter() - began)

    return Answers(changed, before, frozenset(frozen), a, stood, _at_once(answer, ways))


def _at_once(answer: Callable[[Way], Answer], ways: Collection[Way]) -> tuple[Answer, ...]:
    """Side by side: compiled code runs on as many cores as there are."""
    with ThreadPoolExecutor(max(len(ways), 1)) as pool:
        return tuple(pool.map(answer, ways))


def repair(
    a: Arrays, start: Sequences, effort: Effort, *, seed: int = 1, weights: Weights | None = None
) -> Sequences:
    """A short local search that begins cold; never worse than ``start``."""
    w = walk_from(a, start)
    best, cost = start, float(start.cost[0])
    best_cost, done = cost, 0
    heat = warmth_of(a, cost)
    began = time.perf_counter()
    while _share(effort, done, began) < 1.0:
        now = heat * 0.01 ** _share(effort, done, began)
        cost = changed(a, w, start, cost, now, (seed * 1_000_003 + done) % 2_147_483_647, weights)
        done += 1
        if cost < best_cost - 1e-9:
            found = sequences_from(a, w, start, weights)
            cost = float(found.cost[0])
            if cost < best_cost:
                best, best_cost = found, cost
    return best


def effect_of(
    shop: Shop,
    before: Plan,
    after: Plan,
    *,
    frozen: Iterable[int] = (),
    apart: Collection[int] = (),
    jobs: int | None = None,
) -> Effect:
    """What ``after`` changes. Weighted hours are those of all jobs but ``apart``; only the first ``jobs``
    jobs count, all of them if None."""
    counted = len(shop.jobs) if jobs is None else jobs
    ends_before, ends_after = ends_of(shop, before), ends_of(shop, after)
    shifts, newly_late, hours_before, hours_after = [], [], 0.0, 0.0
    for index in range(counted):
        job = shop.jobs[index]
        shift = Shift(index, ends_before.get(index), ends_after.get(index), job.due)
        if abs(shift.later) >= NOTICED or (shift.before is None) != (shift.after is None):
            shifts.append(shift)
        if index in apart:
            continue
        hours_before += job.weight * shift.late_before / 3600
        hours_after += job.weight * shift.late_after / 3600
        if shift.late_after and not shift.late_before:
            newly_late.append(index)
    later = elsewhere = 0
    for old, new in zip(before.placed, after.placed, strict=True):
        if old is None or new is None or shop.tasks[new.task].job in apart:
            continue
        later += new.start - old.start > LATER
        elsewhere += new.resource != old.resource
    return Effect(
        shifts=tuple(sorted(shifts, key=lambda one: (-_pays(shop, one), -one.later, one.job))),
        newly_late=tuple(newly_late),
        late_hours_before=hours_before,
        late_hours_after=hours_after,
        setup_hours_before=_setup_hours(before),
        setup_hours_after=_setup_hours(after),
        later=later,
        elsewhere=elsewhere,
        frozen_moved=sum(_moved(before, after, task) for task in frozen),
        without_place=tuple(
            sorted({shop.tasks[index].job for index, one in enumerate(after.placed) if one is None})
        ),
    )


def ends_of(shop: Shop, plan: Plan) -> dict[int, int]:
    """The end of each job that has a place as a whole."""
    ends: dict[int, int] = {}
    lost = set()
    for task, placed in zip(shop.tasks, plan.placed, strict=True):
        if placed is None:
            lost.add(task.job)
        else:
            ends[task.job] = max(ends.get(task.job, 0), placed.end)
    return {job: end for job, end in ends.items() if job not in lost}


def _hurried(shop: Shop, job: int, due: int | None) -> Shop:
    jobs = list(shop.jobs)
    jobs[job] = replace(jobs[job], due=0 if due is None else due, weight=RUSH_WEIGHT)
    return replace(shop, jobs=tuple(jobs))


def _held(a: Arrays, found: Sequences, job: int) -> Arrays:
    """The job is wanted exactly when it ends now, and nothing counts as much."""
    due, weight = a.job_due.copy(), a.job_weight.copy()
    due[job] = int(found.ends[a.task_job == job].max(initial=0))
    weight[job] = FIRST_WEIGHT
    return a._replace(job_due=due, job_weight=weight)


def _share(effort: Effort, done: int, began: float) -> float:
    if effort.rounds is not None:
        return done / effort.rounds if effort.rounds else 1.0
    return (time.perf_counter() - began) / effort.seconds if effort.seconds else 1.0


def _pays(shop: Shop, shift: Shift) -> float:
    return shop.jobs[shift.job].weight * (shift.late_after - shift.late_before)


def _late(end: int | None, due: int | None) -> int:
    return 0 if end is None or due is None else max(end - due, 0)


def _setup_hours(plan: Plan) -> float:
    return float(np.sum([one.setup_seconds for one in plan.placed if one is not None])) / 3600


def _moved(before: Plan, after: Plan, task: int) -> bool:
    old, new = before.placed[task], after.placed[task]
    return (old is None) != (new is None) or (
        old is not None and new is not None and (old.resource, old.start) != (new.resource, new.start)
    )
