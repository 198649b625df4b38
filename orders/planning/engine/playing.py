"""The inner loop of futures: one plan played forward many times, compiled.

Chance is a pure function of (seed, future, source, thing, count); see :mod:`.futures`.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from orders.planning.engine.arrays import NEVER, Arrays, Floats, Ints
from orders.planning.engine.compiled import bare, small
from orders.planning.engine.kernel import shared_at, take_shared, work_end
from orders.planning.engine.uncertainty import LINGERS

Bools = NDArray[np.bool_]

MOST_RUSH = 4096
_DOWN = 2**40
"""Which of a resource's breakdowns the present one is called by: no other."""
DAY = 86_400.0
GUIDE = 64
TOGETHER = 25
"""Futures that are played side by side. More of them don't fit into what is quickest to reach."""


class Source(IntEnum):
    """Where chance comes from. The numbers are part of every draw: they never change."""

    RUN = 1
    SETUP = 2
    EXTRA = 3
    OUTSIDE = 4
    COMMON = 5
    BREAKDOWN = 6
    RUSH = 7
    SUPPLY = 8


_RUN, _SETUP, _EXTRA = int(Source.RUN), int(Source.SETUP), int(Source.EXTRA)
_OUTSIDE, _COMMON = int(Source.OUTSIDE), int(Source.COMMON)
_BREAKDOWN, _RUSH, _SUPPLY = int(Source.BREAKDOWN), int(Source.RUSH), int(Source.SUPPLY)


class Chances(NamedTuple):
    """The uncertainty as flat arrays; a pool of -1 is certain."""

    pool_from: Ints
    value: Floats
    upto: Floats  # added-up weights within the pool
    mean: Floats  # of a pool
    guide: Ints  # [pool, level in GUIDE steps] where in the pool to begin to look
    run: Ints  # pool by task, on the resource where it stands
    setup: Ints
    extra: Ints
    outside: Ints
    run_seconds: Ints  # by task, there
    setup_seconds: Ints
    common: Ints  # pool by resource
    every: Floats  # by resource, working seconds between breakdowns
    stop: Ints  # pool by resource, seconds of a breakdown
    down: Ints  # by resource, seconds for which it has been broken down; -1: it isn't
    rush_every: float
    rush_pool: int
    rush_share: Floats  # by resource
    key: Ints  # by task: what its draws are called by
    head: Ints  # by task: what it is done together with and ends with; -1: nothing
    waits: Bools  # by task: fixed, and not begun before what it waits for has ended
    elapsed: Ints  # by task: working seconds it has run without saying how far it is
    due: Ints  # by delivery, when it was told to come
    late: Ints  # pool by delivery, elapsed seconds behind that
    supply_key: Ints  # by delivery
    await_from: Ints  # of a task, into awaited
    awaited: Ints  # deliveries
    off: Bools  # by source
    calm: Bools  # by resource


class Floor(NamedTuple):
    """The shop while some futures are played side by side. The last index is the future, but for ``rush_at``
    and ``units``, whose first it is."""

    luck: NDArray[np.uint64]
    ends: Ints  # by task
    free: Ints  # by resource, and so on
    windows: Ints  # where to begin to look
    common: Floats  # the factor of all its runs
    clock: Floats  # working seconds until it breaks down
    struck: Ints  # how often it has broken down
    rush_next: Ints  # the next rush order that could need it
    rush_at: Ints
    rushes: Ints  # how many rush orders come
    comes: Ints  # by delivery
    units: Ints  # until when each unit of something shared is taken
    ready: Ints  # of the task that is played now, and so on
    start: Ints
    need: Ints  # working seconds


@small
def mixed(number: np.uint64) -> np.uint64:
    """The finalizer of SplitMix64 (Steele, Lea, Flood 2014): every bit depends on every bit."""
    number = (number ^ (number >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    number = (number ^ (number >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return number ^ (number >> np.uint64(31))


@small
def chance(luck: np.uint64, source: int, thing: int, count: int) -> float:
    """Evenly within (0, 1). ``luck``: of one future."""
    number = np.uint64(thing) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(count * 16 + source)
    return (float(mixed(luck ^ mixed(number)) >> np.uint64(11)) + 0.5) / 9007199254740992.0


@small
def luck_of(seed: int, future: int) -> np.uint64:
    return mixed(mixed(np.uint64(seed) + np.uint64(0x9E3779B97F4A7C15)) + np.uint64(future))


@small
def _at(c: Chances, pool: int, level: float) -> float:
    """The pool's value at that level."""
    entry, last = c.guide[pool, int(level * GUIDE)], c.pool_from[pool + 1] - 1
    while entry < last and c.upto[entry] < level:
        entry += 1
    return c.value[entry]


@small
def _beyond(c: Chances, pool: int, least: float) -> float:
    """How much of the pool lies at or below."""
    share = 0.0
    for entry in range(c.pool_from[pool], c.pool_from[pool + 1]):
        if c.value[entry] > least:
            break
        share = c.upto[entry]
    return share


@small
def _factor(c: Chances, luck: np.uint64, pool: int, source: int, thing: int, count: int, calm: bool) -> float:
    if pool < 0:
        return 1.0
    if calm or c.off[source]:
        return c.mean[pool]
    return _at(c, pool, chance(luck, source, thing, count))


@small
def _worked(a: Arrays, resource: int, start: int, end: int) -> int:
    """Working seconds of the resource between two moments."""
    total = 0
    for window in range(a.win_from[resource], a.win_from[resource + 1]):
        if a.win_start[window] >= end:
            break
        total += max(0, min(a.win_end[window], end) - max(a.win_start[window], start))
    return total


@small
def _left(
    a: Arrays, c: Chances, luck: np.uint64, task: int, resource: int, common: float
) -> tuple[int, bool]:
    """Working seconds a fixed task still takes, and whether that is just as fixed."""
    pool = c.run[task]
    calm = c.calm[resource]
    planned = _worked(a, resource, a.fixed_start[task], a.fixed_end[task])
    if c.elapsed[task] > 0 and pool >= 0:
        gone, whole = float(c.elapsed[task]), float(c.run_seconds[task]) * common
        passed = _beyond(c, pool, gone / max(whole, 1.0))
        level = 0.5 if calm or c.off[_RUN] else chance(luck, _RUN, c.key[task], 0)
        if passed >= 1.0 - 1e-9:
            return round(-np.log(1.0 - level) * LINGERS * gone), False
        return round(max(whole * _at(c, pool, passed + level * (1.0 - passed)) - gone, 0.0)), False
    factor = _factor(c, luck, pool, _RUN, c.key[task], 0, calm) * common
    if factor == 1.0:
        return planned, True
    return round(planned * factor), False


@small
def _through(
    a: Arrays, windows: Ints, resource: int, future: int, ready: int, need: int, whole: bool
) -> tuple[int, int]:
    """Start and end of work that is ready then. ``windows``: one that doesn't lie behind any moment asked for
    from now on; goes on with it, as time does."""
    window, last = windows[resource, future], a.win_from[resource + 1]
    while window < last and a.win_end[window] <= ready:
        window += 1
    windows[resource, future] = window
    if whole:
        while window < last and max(ready, a.win_start[window]) + need > a.win_end[window]:
            window += 1
    if window >= last:
        return NEVER, NEVER
    start = max(ready, a.win_start[window])
    if whole or need == 0:
        return start, start + need
    target = a.win_before[window] + start - a.win_start[window] + need
    while window < last and a.win_before[window] + a.win_end[window] - a.win_start[window] < target:
        window += 1
    if window >= last:
        return start, NEVER
    return start, a.win_start[window] + target - a.win_before[window]


@njit(cache=True, nogil=True)
def play(
    a: Arrays,
    c: Chances,
    order: Ints,
    resource_of: Ints,
    seed: int,
    first: int,
    horizon: int,
    finish: Ints,
) -> None:
    """Fill ``finish[future - first, job]``."""
    resources, most = len(a.res_table), min(TOGETHER, len(finish))
    floor = Floor(
        np.zeros(most, dtype=np.uint64),
        np.zeros((len(a.task_job), most), dtype=np.int64),
        np.zeros((resources, most), dtype=np.int64),
        np.zeros((resources, most), dtype=np.int64),
        np.ones((resources, most), dtype=np.float64),
        np.zeros((resources, most), dtype=np.float64),
        np.zeros((resources, most), dtype=np.int64),
        np.zeros((resources, most), dtype=np.int64),
        np.zeros((most, MOST_RUSH if c.rush_every > 0 else 1), dtype=np.int64),
        np.zeros(most, dtype=np.int64),
        np.zeros((len(c.due), most), dtype=np.int64),
        np.zeros((most, a.unit_from[-1]), dtype=np.int64),
        np.zeros(most, dtype=np.int64),
        np.zeros(most, dtype=np.int64),
        np.zeros(most, dtype=np.int64),
    )
    for begin in range(0, len(finish), TOGETHER):
        some = finish[begin : begin + TOGETHER]
        for future in range(len(some)):
            floor.luck[future] = luck_of(seed, first + begin + future)
            _open(a, c, floor, future, horizon)
        _play_together(a, c, floor, order, resource_of, some)


@bare
def _open(a: Arrays, c: Chances, floor: Floor, future: int, horizon: int) -> None:
    """Before anything is played: what the whole future has of luck."""
    luck = floor.luck[future]
    floor.units[future, :] = 0
    for supply in range(len(c.due)):
        floor.comes[supply, future] = _delivered(c, luck, supply)
    for resource in range(len(a.res_table)):
        calm = c.calm[resource]
        floor.free[resource, future] = 0
        floor.rush_next[resource, future] = 0
        floor.struck[resource, future] = 0
        floor.windows[resource, future] = a.win_from[resource]
        floor.common[resource, future] = _factor(c, luck, c.common[resource], _COMMON, resource, 0, calm)
        if c.down[resource] >= 0 and c.stop[resource] >= 0:
            floor.free[resource, future] = _back(c, luck, resource)
        if c.every[resource] > 0:
            clock = -np.log(chance(luck, _BREAKDOWN, resource, 0)) * c.every[resource]
            floor.clock[resource, future] = clock
    floor.rushes[future] = _rushes(c, luck, horizon, floor.rush_at[future])


@bare
def _play_together(a: Arrays, c: Chances, floor: Floor, order: Ints, resource_of: Ints, finish: Ints) -> None:
    """Fill ``finish`` with the ends of the jobs, task by task in all of its futures: what is known of a task
    is read once, and nothing waits for the draw before."""
    count, shared, ends = len(finish), len(a.need) > 0, floor.ends
    finish[:] = 0
    for place in range(len(order)):
        task = order[place]
        resource, head = resource_of[task], c.head[task]
        _become_ready(a, c, floor, task, count)
        if shared and resource >= 0 and head < 0:
            for future in range(count):
                unit = shared_at(a, task, floor.units[future])
                floor.ready[future] = max(floor.ready[future], unit)
        if resource < 0:
            seconds, pool, key = max(a.task_outside[task], 0), c.outside[task], c.key[task]
            for future in range(count):
                factor = _factor(c, floor.luck[future], pool, _OUTSIDE, key, 0, False)
                ends[task, future] = min(floor.ready[future] + round(seconds * factor), NEVER)
        elif head >= 0:
            for future in range(count):
                ends[task, future] = max(ends[head, future], floor.ready[future])
        else:
            if a.fixed_resource[task] >= 0:
                _go_on(a, c, floor, task, resource, count)
            else:
                _begin(a, c, floor, task, resource, count)
            if c.every[resource] > 0:
                _break_down(a, c, floor, task, resource, count)
            for future in range(count):
                floor.free[resource, future] = max(floor.free[resource, future], ends[task, future])
        if shared and resource >= 0:
            for future in range(count):
                take_shared(a, task, floor.units[future], ends[task, future])
        job = a.task_job[task]
        for future in range(count):
            finish[future, job] = max(finish[future, job], ends[task, future])


@small
def _become_ready(a: Arrays, c: Chances, floor: Floor, task: int, count: int) -> None:
    """When everything before the task is done, and its deliveries have come."""
    ready, wait = floor.ready, a.task_wait[task]
    ready[:count] = a.task_earliest[task]
    for entry in range(a.pred_from[task], a.pred_from[task + 1]):
        before = a.pred[entry]
        for future in range(count):
            ready[future] = max(ready[future], floor.ends[before, future] + wait)
    for entry in range(c.await_from[task], c.await_from[task + 1]):
        supply = c.awaited[entry]
        for future in range(count):
            ready[future] = max(ready[future], floor.comes[supply, future])


@small
def _begin(a: Arrays, c: Chances, floor: Floor, task: int, resource: int, count: int) -> None:
    """A task that takes its turn."""
    key, calm = c.key[task], c.calm[resource]
    setup, of_setup = c.setup_seconds[task], c.setup[task]
    run, of_run, of_extra = c.run_seconds[task], c.run[task], c.extra[task]
    for future in range(count):
        luck, taken = floor.luck[future], setup
        if setup > 0:
            taken = round(setup * _factor(c, luck, of_setup, _SETUP, key, 0, calm))
        factor = _factor(c, luck, of_run, _RUN, key, 0, calm)
        factor *= _factor(c, luck, of_extra, _EXTRA, key, 0, calm) * floor.common[resource, future]
        floor.need[future] = taken + round(run * factor)
    for future in range(count):
        ready = max(floor.ready[future], floor.free[resource, future])
        while (
            floor.rush_next[resource, future] < floor.rushes[future]
            and floor.rush_at[future, floor.rush_next[resource, future]] <= ready
        ):
            ready = max(ready, _overtaken(a, c, floor, resource, future))
        floor.start[future], floor.ends[task, future] = _through(
            a, floor.windows, resource, future, ready, floor.need[future], a.task_whole[task]
        )


@small
def _go_on(a: Arrays, c: Chances, floor: Floor, task: int, resource: int, count: int) -> None:
    """A task that runs, or that was laid down where it stands."""
    for future in range(count):
        start, free = a.fixed_start[task], floor.free[resource, future]
        if c.waits[task]:
            start = max(start, floor.ready[future], free)
        elif c.down[resource] >= 0:
            start = max(start, free)
        run, as_fixed = _left(a, c, floor.luck[future], task, resource, floor.common[resource, future])
        end = work_end(a, resource, start, run)
        if as_fixed and start == a.fixed_start[task]:
            end = a.fixed_end[task]
        floor.start[future], floor.need[future], floor.ends[task, future] = start, run, end


@small
def _break_down(a: Arrays, c: Chances, floor: Floor, task: int, resource: int, count: int) -> None:
    """What breakdowns add to a task, on average where none is drawn."""
    calm = c.calm[resource] or c.off[_BREAKDOWN]
    for future in range(count):
        need = floor.need[future]
        if floor.start[future] >= NEVER or need <= 0:
            continue
        if calm:
            more = need * c.mean[c.stop[resource]] / c.every[resource]
            floor.ends[task, future] = work_end(a, resource, floor.ends[task, future], round(more))
        elif floor.clock[resource, future] >= need:
            floor.clock[resource, future] -= need
        else:
            floor.ends[task, future] = _struck_end(a, c, floor, task, resource, future)


@small
def _back(c: Chances, luck: np.uint64, resource: int) -> int:
    """When a resource that is broken down goes on: drawn from the breakdowns that lasted longer."""
    pool, gone = c.stop[resource], float(c.down[resource])
    passed = _beyond(c, pool, gone)
    calm = c.calm[resource] or c.off[_BREAKDOWN]
    level = 0.5 if calm else chance(luck, _BREAKDOWN, resource, _DOWN)
    if passed >= 1.0 - 1e-9:
        return round(-np.log(1.0 - level) * LINGERS * gone)
    return round(max(_at(c, pool, passed + level * (1.0 - passed)) - gone, 0.0))


@small
def _delivered(c: Chances, luck: np.uint64, supply: int) -> int:
    """When a delivery comes: drawn from those that would not have come by now."""
    pool, due = c.late[supply], c.due[supply]
    gone = float(-due)
    passed = _beyond(c, pool, gone)
    level = 0.5 if c.off[_SUPPLY] else chance(luck, _SUPPLY, c.supply_key[supply], 0)
    if passed >= 1.0 - 1e-9:
        return round(-np.log(1.0 - level) * LINGERS * max(gone, DAY))
    return max(due + round(_at(c, pool, passed + level * (1.0 - passed))), 0)


@small
def _rushes(c: Chances, luck: np.uint64, horizon: int, rush_at: Ints) -> int:
    """When rush orders come, into ``rush_at``; how many."""
    if c.rush_every <= 0 or c.off[_RUSH]:
        return 0
    count, moment = 0, 0.0
    while count < MOST_RUSH:
        moment -= np.log(chance(luck, _RUSH, count, 0)) * c.rush_every
        if moment > horizon:
            break
        rush_at[count] = int(moment)
        count += 1
    return count


@small
def _overtaken(a: Arrays, c: Chances, floor: Floor, resource: int, future: int) -> int:
    """When the resource is free behind the next rush order, if that needs it."""
    luck, number = floor.luck[future], floor.rush_next[resource, future]
    floor.rush_next[resource, future] += 1
    if c.calm[resource] or chance(luck, _RUSH, number, 1 + 2 * resource) >= c.rush_share[resource]:
        return floor.free[resource, future]
    taken = int(_at(c, c.rush_pool, chance(luck, _RUSH, number, 2 + 2 * resource)))
    start = max(floor.free[resource, future], floor.rush_at[future, number])
    floor.free[resource, future] = work_end(a, resource, start, taken)
    return floor.free[resource, future]


@small
def _struck_end(a: Arrays, c: Chances, floor: Floor, task: int, resource: int, future: int) -> int:
    """The end of a task that a breakdown strikes, one or several. A repair is elapsed time, the work that is
    left goes on in working time behind it."""
    luck, clock = floor.luck[future], floor.clock[resource, future]
    moment, left, count = floor.start[future], floor.need[future], floor.struck[resource, future]
    while left > clock and moment < NEVER:
        done = int(clock)
        moment = work_end(a, resource, moment, done)
        left -= done
        count += 1
        moment += int(_at(c, c.stop[resource], chance(luck, _BREAKDOWN, resource, 2 * count)))
        clock = max(-np.log(chance(luck, _BREAKDOWN, resource, 2 * count + 1)) * c.every[resource], 1.0)
    floor.struck[resource, future] = count
    if moment >= NEVER:
        floor.clock[resource, future] = clock
        return NEVER
    floor.clock[resource, future] = clock - left
    return max(work_end(a, resource, moment, left), floor.ends[task, future])
