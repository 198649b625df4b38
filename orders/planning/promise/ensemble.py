"""From a problem to the distribution of one job's end, what makes it wide and what would make it earlier.

Pure; compiled code comes with it, so only who computes imports it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from orders.planning.engine.arrays import NEVER, Arrays, Ints, at_other_times, to_arrays
from orders.planning.engine.futures import NOTHING, Frozen, Stage, played, staged
from orders.planning.engine.in_order import in_order
from orders.planning.engine.playing import Source
from orders.planning.engine.sequences import Sequences, room_of, timed_sequences
from orders.planning.engine.shop import Resource, Window
from orders.planning.promise.inputs import Problem
from orders.planning.promise.levels import WANTED, Grid, Levels, at_level, grid_of
from orders.planning.warm import dates_compiled

CAUSES = 3
LEAST_SHARE = 0.02
"""What narrows the spread by less than this isn't a cause."""
MOST_MACHINES = 4
SHIFT = 8 * 3600


@dataclass(frozen=True, slots=True)
class Cause:
    """``kind``: a source's name in small letters, "machine" with its ``resource``, or "record". ``share``: by
    how much the spread (95 % less 50 %) would shrink if this were certain."""

    kind: str
    share: float
    resource: int = -1


@dataclass(frozen=True, slots=True)
class Earlier:
    """``seconds`` the 80 % date would come earlier by one thing done."""

    kind: str
    seconds: int
    resource: int = -1


@dataclass(frozen=True, slots=True)
class Answer:
    """``certain``: seconds at which the job ends if everything takes as long as expected; ``bottleneck``:
    the resource it waits for longest (-1: none). ``ends``: of each future."""

    ends: Ints
    grid: Grid
    certain: int
    bottleneck: int
    waits: int


@dataclass(frozen=True, slots=True)
class Laid:
    """A problem's shop as arrays, its queues timed in it, and what holds its job up, ready to be played."""

    arrays: Arrays
    found: Sequences
    stage: Stage


def answer_of(problem: Problem, on: Laid) -> Answer | None:
    """None when half of the futures or more don't end within all shifts. ``on``: the problem laid out."""
    ends = _ends(on, problem, problem.futures)
    if (ends >= NEVER).mean() >= 0.5:
        return None
    own = np.flatnonzero(on.arrays.task_job == problem.job)
    certain = int(on.found.ends[own].max(initial=0))
    bottleneck, waits = _bottleneck(on.arrays, on.found, problem.job)
    return Answer(ends, grid_of(_bounded(ends)), certain, bottleneck, waits)


def laid(problem: Problem, a: Arrays | None = None, like: Stage | None = None) -> Laid:
    """``a``: the shop's arrays, ``like``: a stage of the same uncertainty, if they are there."""
    dates_compiled()
    a = to_arrays(problem.shop) if a is None else a
    tasks = np.full((len(problem.queues), room_of(a)), -1, dtype=np.int64)
    lengths = np.zeros(len(problem.queues), dtype=np.int64)
    for resource, queue in enumerate(problem.queues):
        tasks[resource, : len(queue)] = queue
        lengths[resource] = len(queue)
    found = timed_sequences(a, tasks, lengths)
    stage = staged(
        *(a, found, problem.uncertainty),
        keys=problem.keys,
        elapsed=problem.elapsed,
        only=problem.job,
        like=like,
    )
    return Laid(a, found, in_order(stage))


def causes_of(problem: Problem, answer: Answer, on: Laid, *, futures: int = 200) -> list[Cause]:
    """The largest ones: each source held at its expectation alone, then each machine the job needs, with the
    same chance in everything else; in as many of the answer's futures."""
    a, found = on.arrays, on.found

    def spread(ends: Ints) -> float:
        bounded = _bounded(ends)
        return float(np.quantile(bounded, 0.95) - np.quantile(bounded, 0.5))

    def spread_without(frozen: Frozen) -> float:
        return spread(_ends(on, problem, futures, frozen))

    whole = spread(answer.ends[:futures])
    if whole <= 0:
        return []
    own = {int(found.resource_of[task]) for task in range(len(a.task_job)) if a.task_job[task] == problem.job}
    tried = [
        (source.name.lower(), -1, Frozen(sources=frozenset({source}))) for source in _present(problem)
    ] + [
        ("machine", resource, Frozen(resources=frozenset({resource})))
        for resource in sorted(own - {-1})[:MOST_MACHINES]
    ]
    found_causes = [
        Cause(kind, 1.0 - spread_without(frozen) / whole, resource) for kind, resource, frozen in tried
    ]
    worth = sorted((one for one in found_causes if one.share >= LEAST_SHARE), key=lambda one: -one.share)
    return worth[:CAUSES]


def unforeseen_by(grid: Grid, levels: Levels) -> list[Cause]:
    """What the plant's record adds to the spread of the futures, if that is a cause: orders that ended where
    none of theirs did."""
    foreseen = at_level(grid, WANTED[-1]) - at_level(grid, WANTED[0])
    said = at_level(grid, levels.used[-1]) - at_level(grid, levels.used[0])
    share = 1.0 - foreseen / said if said > 0 else 0.0
    return [Cause("record", share)] if share >= LEAST_SHARE else []


def earlier_by(
    problem: Problem, answer: Answer, levels: Levels, on: Laid, *, futures: int = 200
) -> list[Earlier]:
    """One more shift a day at the bottleneck, and standing first in every queue."""

    def eighty(ends: Ints) -> int:
        return at_level(grid_of(_bounded(ends)), levels.used[1])

    base, first = eighty(answer.ends[:futures]), skipping(problem)
    ahead = _ends(laid(first, on.arrays, on.stage), first, futures)
    found = [Earlier("skip_queue", base - eighty(ahead))]
    if answer.bottleneck >= 0:
        longer = with_shift(problem, answer.bottleneck)
        if longer is not None:
            there = laid(longer, at_other_times(on.arrays, longer.shop.resources), on.stage)
            gained = base - eighty(_ends(there, longer, futures))
            found.append(Earlier("shift", gained, answer.bottleneck))
    return [one for one in found if one.seconds > 0]


def skipping(problem: Problem) -> Problem:
    """The same with the job's tasks first in each queue, behind what is fixed."""
    tasks = problem.shop.tasks
    queues = tuple(
        tuple(
            sorted(
                queue,
                key=lambda task: 0 if tasks[task].fixed is not None else 2 - (tasks[task].job == problem.job),
            )
        )
        for queue in problem.queues
    )
    return replace(problem, queues=queues)


def with_shift(problem: Problem, resource: int) -> Problem | None:
    """The same with eight more hours of work behind each stretch of working time that has so much free
    behind it; None where nothing is free."""
    longer = _longer(problem.shop.resources[resource])
    if longer is None:
        return None
    resources = list(problem.shop.resources)
    resources[resource] = longer
    return replace(problem, shop=replace(problem.shop, resources=tuple(resources)))


def _longer(resource: Resource) -> Resource | None:
    windows = resource.windows
    found = []
    for index, window in enumerate(windows):
        free = windows[index + 1].start - window.end if index + 1 < len(windows) else SHIFT
        found.append(Window(window.start, window.end + SHIFT) if free > SHIFT else window)
    return replace(resource, windows=tuple(found)) if tuple(found) != windows else None


def _ends(on: Laid, problem: Problem, futures: int, frozen: Frozen = NOTHING) -> Ints:
    drawn = played(on.stage, futures=futures, seed=problem.seed, frozen=frozen)
    return drawn[:, problem.job]


def _bounded(ends: Ints) -> Sequence[float]:
    """What never ends within all shifts ends with the last that does."""
    known = ends[ends < NEVER]
    most = int(known.max()) if len(known) else 0
    bounded: list[float] = np.minimum(ends, most).tolist()
    return bounded


def _present(problem: Problem) -> list[Source]:
    """Sources that say anything at all here."""
    said = problem.uncertainty
    by_source = {
        Source.RUN: any(pool >= 0 for of_task in said.run_of for pool in of_task),
        Source.SETUP: any(pool >= 0 for of_task in said.setup_of for pool in of_task),
        Source.EXTRA: any(pool >= 0 for pool in said.extra_of),
        Source.OUTSIDE: any(pool >= 0 for pool in said.outside_of),
        Source.COMMON: any(len(pool.values) > 1 for pool in said.common),
        Source.BREAKDOWN: any(one.every_seconds > 0 for one in said.breakdowns),
        Source.RUSH: said.rush.every_seconds > 0,
        Source.SUPPLY: bool(said.awaited),
    }
    return [source for source, present in by_source.items() if present]


def _bottleneck(a: Arrays, found: Sequences, job: int) -> tuple[int, int]:
    """The resource in front of which the job's tasks wait longest, and how long in all (s)."""
    waits: dict[int, int] = {}
    for task in range(len(a.task_job)):
        if a.task_job[task] == job and found.resource_of[task] >= 0:
            before = [
                int(found.ends[a.pred[entry]]) for entry in range(a.pred_from[task], a.pred_from[task + 1])
            ]
            ready = max([int(a.task_earliest[task]), *before])
            resource = int(found.resource_of[task])
            waits[resource] = waits.get(resource, 0) + max(int(found.starts[task]) - ready, 0)
    if not waits:
        return -1, 0
    longest = max(waits, key=lambda resource: (waits[resource], -resource))
    return longest, waits[longest]
