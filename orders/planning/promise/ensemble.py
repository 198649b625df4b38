"""From a problem to the distribution of one job's end, what makes it wide and what would make it earlier.

Pure; compiled code comes with it, so only who computes imports it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from orders.planning.engine.arrays import NEVER, Arrays, Ints, to_arrays
from orders.planning.engine.futures import NOTHING, Frozen, Source, futures_of
from orders.planning.engine.sequences import Sequences, room_of, timed_sequences
from orders.planning.engine.shop import Resource, Window
from orders.planning.promise.inputs import Problem
from orders.planning.promise.levels import Grid, Levels, at_level, grid_of
from orders.planning.warm import dates_compiled

CAUSES = 3
LEAST_SHARE = 0.02
"""What narrows the spread by less than this isn't a cause."""
MOST_MACHINES = 4
SHIFT = 8 * 3600


@dataclass(frozen=True, slots=True)
class Cause:
    """``kind``: a source's name in small letters, or "machine" with its ``resource``. ``share``: by how much
    the spread (95 % less 50 %) would shrink if this were certain."""

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
    the resource it waits for longest (-1: none)."""

    grid: Grid
    certain: int
    bottleneck: int
    waits: int


Laid = tuple[Arrays, Sequences]
"""A problem's shop as arrays, and its queues timed in it."""


def answer_of(problem: Problem, on: Laid | None = None) -> Answer | None:
    """None when half of the futures or more don't end within all shifts. ``on``: the problem laid out, if
    that is there."""
    a, found = on or laid(problem)
    ends = _ends(a, found, problem, problem.futures)
    if (ends >= NEVER).mean() >= 0.5:
        return None
    own = np.flatnonzero(a.task_job == problem.job)
    certain = int(found.ends[own].max(initial=0))
    bottleneck, waits = _bottleneck(a, found, problem.job)
    return Answer(grid_of(_bounded(ends)), certain, bottleneck, waits)


def laid(problem: Problem) -> Laid:
    dates_compiled()
    a = to_arrays(problem.shop)
    tasks = np.full((len(problem.queues), room_of(a)), -1, dtype=np.int64)
    lengths = np.zeros(len(problem.queues), dtype=np.int64)
    for resource, queue in enumerate(problem.queues):
        tasks[resource, : len(queue)] = queue
        lengths[resource] = len(queue)
    return a, timed_sequences(a, tasks, lengths)


def causes_of(problem: Problem, on: Laid | None = None, *, futures: int = 200) -> list[Cause]:
    """The largest ones: each source held at its expectation alone, then each machine the job needs, with the
    same chance in everything else."""
    a, found = on or laid(problem)

    def spread(frozen: Frozen) -> float:
        ends = _bounded(_ends(a, found, problem, futures, frozen))
        return float(np.quantile(ends, 0.95) - np.quantile(ends, 0.5))

    whole = spread(NOTHING)
    if whole <= 0:
        return []
    own = {int(found.resource_of[task]) for task in range(len(a.task_job)) if a.task_job[task] == problem.job}
    tried = [
        (source.name.lower(), -1, Frozen(sources=frozenset({source}))) for source in _present(problem)
    ] + [
        ("machine", resource, Frozen(resources=frozenset({resource})))
        for resource in sorted(own - {-1})[:MOST_MACHINES]
    ]
    found_causes = [Cause(kind, 1.0 - spread(frozen) / whole, resource) for kind, resource, frozen in tried]
    worth = sorted((one for one in found_causes if one.share >= LEAST_SHARE), key=lambda one: -one.share)
    return worth[:CAUSES]


def earlier_by(
    problem: Problem, answer: Answer, levels: Levels, on: Laid | None = None, *, futures: int = 200
) -> list[Earlier]:
    """One more shift a day at the bottleneck, and standing first in every queue."""
    base = _eighty(problem, levels, futures, on)
    found = [Earlier("skip_queue", base - _eighty(skipping(problem), levels, futures))]
    if answer.bottleneck >= 0:
        longer = with_shift(problem, answer.bottleneck)
        if longer is not None:
            found.append(Earlier("shift", base - _eighty(longer, levels, futures), answer.bottleneck))
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


def _eighty(problem: Problem, levels: Levels, futures: int, on: Laid | None = None) -> int:
    a, found = on or laid(problem)
    return at_level(grid_of(_bounded(_ends(a, found, problem, futures))), levels.used[1])


def _ends(a: Arrays, found: Sequences, problem: Problem, futures: int, frozen: Frozen = NOTHING) -> Ints:
    drawn = futures_of(
        a,
        found,
        problem.uncertainty,
        futures=futures,
        seed=problem.seed,
        frozen=frozen,
        keys=problem.keys,
        elapsed=problem.elapsed,
        only=problem.job,
    )
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
