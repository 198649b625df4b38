"""The compiled arithmetic: working time, changeovers, timing of given sequences, their cost.

Everything here works on :class:`~orders.planning.engine.arrays.Arrays`. ``numba`` compiles it once per
machine and keeps the result beside the module.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from orders.planning.engine.arrays import NEVER, STEP, Arrays, Floats, Ints, Steps
from orders.planning.engine.compiled import bare, small
from orders.planning.engine.shop import OTHER_MACHINE, WAITED

HOUR = 3600.0
HELD_BACK = 50
"""How often what must not end too early is put later, before a wait that is too long is left as it is."""


@small
def window_at(a: Arrays, resource: int, moment: int) -> int:
    """The first window of the resource that ends after the moment; its end + 1 where there is none."""
    first, last = a.hint_from[resource], a.hint_from[resource + 1] - 1
    window = a.hint[max(min(first + moment // STEP, last), first)]
    while window < a.win_from[resource + 1] and a.win_end[window] <= moment:
        window += 1
    return window


@small
def work_start(a: Arrays, resource: int, moment: int) -> int:
    """The first working moment at or after."""
    window = window_at(a, resource, moment)
    if window >= a.win_from[resource + 1]:
        return NEVER
    return max(moment, a.win_start[window])


@small
def work_end(a: Arrays, resource: int, start: int, seconds: int) -> int:
    """When that much working time from ``start`` on is over; NEVER beyond the last window."""
    if seconds == 0:
        return start
    window = window_at(a, resource, start)
    last = a.win_from[resource + 1]
    if window >= last:
        return NEVER
    target = a.win_before[window] + max(start - a.win_start[window], 0) + seconds
    while window < last and a.win_before[window] + a.win_end[window] - a.win_start[window] < target:
        window += 1
    if window >= last:
        return NEVER
    return a.win_start[window] + target - a.win_before[window]


@small
def whole_start(a: Arrays, resource: int, moment: int, seconds: int) -> int:
    """The first moment at or after from which that much fits into one window."""
    window = window_at(a, resource, moment)
    while window < a.win_from[resource + 1]:
        start = max(moment, a.win_start[window])
        if start + seconds <= a.win_end[window]:
            return start
        window += 1
    return NEVER


@small
def setup_of(a: Arrays, task: int, resource: int, item: int, family: int) -> int:
    """Seconds to change over to the task from what the resource is set up for."""
    said = a.tables[a.res_table[resource], family, a.task_family[task]]
    if said >= 0:
        return said
    if item != 0 and item == a.task_item[task]:
        return a.task_setup[task] * a.same_item // 100
    if family != 0 and family == a.task_family[task]:
        return a.task_setup[task] * a.same_family // 100
    return a.task_setup[task]


@small
def span(a: Arrays, task: int, resource: int, ready: int, setup: int, run: int) -> tuple[int, int, int]:
    """Start, start of the run, end of a task that may begin at ``ready``; NEVER where it doesn't fit."""
    if a.task_whole[task]:
        start = whole_start(a, resource, ready, setup + run)
        if start >= NEVER:
            return NEVER, NEVER, NEVER
        return start, start + setup, start + setup + run
    start = work_start(a, resource, ready)
    if start >= NEVER:
        return NEVER, NEVER, NEVER
    run_start = work_end(a, resource, start, setup)
    if run_start >= NEVER:
        return NEVER, NEVER, NEVER
    return start, run_start, work_end(a, resource, run_start, run)


@small
def span_until(
    a: Arrays, task: int, resource: int, ready: int, setup: int, run: int, least: int
) -> tuple[int, int, int]:
    """The same for a task that must not end before ``least``: it begins later for it."""
    start, run_start, end = span(a, task, resource, ready, setup, run)
    while end < least:
        start, run_start, end = span(a, task, resource, start + least - end, setup, run)
    return start, run_start, end


@small
def handed_on(a: Arrays, task: int, resource: int, run_start: int, end: int, run: int) -> int:
    """When so much of the task is done that what follows may begin."""
    if a.task_hands_on[task] >= 100 or resource < 0 or a.res_holds[resource] > 1 or end >= NEVER:
        return end
    return work_end(a, resource, run_start, (run * a.task_hands_on[task] + 99) // 100)


@small
def ready_after(a: Arrays, task: int, outs: Ints, ends: Ints) -> int:
    """When enough of everything before the task is done: all of it for what goes as a whole."""
    return ready_at(a, task, ends if a.task_together[task] else outs)


@small
def least_end(a: Arrays, task: int, ends: Ints) -> int:
    """Before what it follows has ended, a task can't end."""
    moment = 0
    for entry in range(a.pred_from[task], a.pred_from[task + 1]):
        if a.task_hands_on[a.pred[entry]] < 100:
            moment = max(moment, ends[a.pred[entry]] + a.task_wait[task])
    return min(moment, NEVER)


@small
def run_seconds(a: Arrays | Steps, task: int, resource: int) -> int:
    """Working seconds of the task on that resource; -1 where it can't be done."""
    for entry in range(a.alt_from[task], a.alt_from[task + 1]):
        if a.alt_resource[entry] == resource:
            return a.alt_seconds[entry]
    return -1


@small
def ready_at(a: Arrays | Steps, task: int, ends: Ints) -> int:
    """When everything before the task is done."""
    moment = a.task_earliest[task]
    for entry in range(a.pred_from[task], a.pred_from[task + 1]):
        moment = max(moment, ends[a.pred[entry]] + a.task_wait[task])
    return moment


@small
def shared_at(a: Arrays, task: int, units: Ints) -> int:
    """When a unit of everything shared that the task needs is free; ``units``: until when each is taken."""
    moment = 0
    for entry in range(a.need_from[task], a.need_from[task + 1]):
        moment = max(moment, units[_free_unit(a, a.need[entry], units)])
    return moment


@small
def take_shared(a: Arrays, task: int, units: Ints, until: int) -> None:
    """The task has what it needs until then."""
    for entry in range(a.need_from[task], a.need_from[task + 1]):
        unit = _free_unit(a, a.need[entry], units)
        units[unit] = max(units[unit], until)


@small
def _free_unit(a: Arrays, shared: int, units: Ints) -> int:
    first = a.unit_from[shared]
    return first + np.argmin(units[first : a.unit_from[shared + 1]])


@njit(cache=True, nogil=True)
def fixed_units(a: Arrays) -> Ints:
    """Until when each unit is taken by what is fixed."""
    units = np.zeros(a.unit_from[-1], dtype=np.int64)
    if len(units) > 0:
        for task in range(len(a.task_job)):
            if a.fixed_resource[task] >= 0:
                take_shared(a, task, units, a.fixed_end[task])
    return units


@bare
def _first_to_start(
    a: Arrays, stack: Ints, top: int, ends: Ints, free: Ints, resource_of: Ints, units: Ints
) -> int:
    """Where in the stack the task is that can begin first: who comes first gets what is shared."""
    best, best_moment = 0, NEVER + 1
    for place in range(top):
        task = stack[place]
        moment = max(ready_at(a, task, ends), shared_at(a, task, units))
        if resource_of[task] >= 0:
            moment = max(moment, free[resource_of[task]])
        if a.fixed_resource[task] >= 0:
            moment = -1
        if moment < best_moment or (moment == best_moment and task < stack[best]):
            best, best_moment = place, moment
    return best


@njit(cache=True, nogil=True)
def retime(
    a: Arrays,
    sequence: Ints,
    length: Ints,
    starts: Ints,
    runs: Ints,
    ends: Ints,
    setups: Ints,
    resource_of: Ints,
    waiting: Ints,
    stack: Ints,
) -> bool:
    """Time the sequences: each task as early as its resource, its predecessors and the calendar allow, but
    late enough for what must begin soon after it.

    ``sequence[r, :length[r]]`` are the tasks of resource r in order. Fills the others; False where sequences
    and predecessors wait for each other in a circle.
    """
    tasks, resources = len(a.task_job), len(a.res_table)
    fixed = fixed_units(a)
    line = Line(
        np.zeros(tasks, dtype=np.int64),
        np.zeros(tasks, dtype=np.int64),
        np.zeros(tasks, dtype=np.int64),
        np.zeros(resources, dtype=np.int64),
        np.zeros(resources, dtype=np.int64),
        np.zeros(resources, dtype=np.int64),
        np.zeros(resources, dtype=np.int64),
        np.zeros(resources, dtype=np.int64),
        fixed.copy(),
    )
    held = line.held
    for _ in range(HELD_BACK):
        line.units[:] = fixed
        if not _retime(a, line, sequence, length, starts, runs, ends, setups, resource_of, waiting, stack):
            return False
        if not a.special or not _hold_back(a, starts, ends, held):
            break
    return True


@bare
def _hold_back(a: Arrays, starts: Ints, ends: Ints, held: Ints) -> bool:
    """Let what is before a task that waits too long begin later; whether anything was."""
    later = False
    for task in range(len(a.task_job)):
        longest = a.task_longest_wait[task]
        if longest < 0 or a.fixed_resource[task] >= 0 or starts[task] >= NEVER:
            continue
        for entry in range(a.pred_from[task], a.pred_from[task + 1]):
            before = a.pred[entry]
            over = starts[task] - ends[before] - longest
            if over > 0 and a.fixed_resource[before] < 0 and a.task_outside[before] < 0:
                held[before] = max(held[before], starts[before] + over)
                later = True
    return later


@small
def waited_seconds(a: Arrays, task: int, starts: Ints, ends: Ints) -> int:
    """How much longer the task waits than it should."""
    longest = a.task_longest_wait[task]
    if longest < 0 or a.fixed_resource[task] >= 0:
        return 0
    over = 0
    for entry in range(a.pred_from[task], a.pred_from[task + 1]):
        over = max(over, starts[task] - ends[a.pred[entry]] - longest)
    return over


class Line(NamedTuple):
    """The shop while sequences are timed."""

    held: Ints  # of a task: it begins no earlier
    position: Ints  # of a task in its sequence
    outs: Ints  # of a task: when enough of it is done for what follows
    free: Ints  # of a resource, like the following
    head: Ints  # with what the load that stands there was begun, -1: nothing can join
    room: Ints  # how many tasks can still join
    item: Ints
    family: Ints
    units: Ints  # until when each unit of something shared is taken


@bare
def _retime(
    a: Arrays,
    line: Line,
    sequence: Ints,
    length: Ints,
    starts: Ints,
    runs: Ints,
    ends: Ints,
    setups: Ints,
    resource_of: Ints,
    waiting: Ints,
    stack: Ints,
) -> bool:
    tasks = len(a.task_job)
    held, position, outs, free, head, room, item, family, units = line
    for task in range(tasks):
        waiting[task] = a.pred_from[task + 1] - a.pred_from[task]
        resource_of[task] = -1
    for resource in range(len(a.res_table)):
        free[resource], head[resource], room[resource] = 0, -1, 0
        item[resource], family[resource] = a.res_item[resource], a.res_family[resource]
        for place in range(length[resource]):
            task = sequence[resource, place]
            resource_of[task] = resource
            position[task] = place
            if place > 0:
                waiting[task] += 1
    top = 0
    for task in range(tasks):
        if waiting[task] == 0:
            stack[top] = task
            top += 1
    done = 0
    while top > 0:
        top -= 1
        if len(units) > 0:
            place = _first_to_start(a, stack, top + 1, ends, free, resource_of, units)
            stack[place], stack[top] = stack[top], stack[place]
        task = stack[top]
        done += 1
        mixed = False
        resource = resource_of[task]
        ready = max(ready_after(a, task, outs, ends), held[task])
        if a.fixed_resource[task] >= 0:
            starts[task] = a.fixed_start[task]
            runs[task] = a.fixed_start[task]
            ends[task] = outs[task] = a.fixed_end[task]
            setups[task] = 0
            if resource >= 0:
                head[resource] = -1
        elif resource < 0:
            starts[task] = runs[task] = ready
            setups[task] = 0
            ends[task] = outs[task] = min(ready + max(a.task_outside[task], 0), NEVER)
        elif room[resource] > 0 and joins(a, task, resource, head[resource], runs, ends, ready):
            starts[task] = runs[task] = runs[head[resource]]
            ends[task] = outs[task] = ends[head[resource]]
            setups[task] = 0
            room[resource] -= 1
            mixed = True
        else:
            setup = setup_of(a, task, resource, item[resource], family[resource])
            ready = max(ready, free[resource], shared_at(a, task, units))
            setups[task] = setup
            run = run_seconds(a, task, resource)
            starts[task], runs[task], ends[task] = span_until(
                a, task, resource, ready, setup, run, least_end(a, task, ends)
            )
            outs[task] = handed_on(a, task, resource, runs[task], ends[task], run)
            take_shared(a, task, units, ends[task])
            head[resource], room[resource] = task, a.res_holds[resource] - 1
        if resource >= 0:
            free[resource] = max(free[resource], ends[task])
            item[resource] = 0 if mixed else a.task_item[task]
            family[resource] = a.task_family[task]
            if position[task] + 1 < length[resource]:
                after = sequence[resource, position[task] + 1]
                waiting[after] -= 1
                if waiting[after] == 0:
                    stack[top] = after
                    top += 1
        for entry in range(a.succ_from[task], a.succ_from[task + 1]):
            after = a.succ[entry]
            waiting[after] -= 1
            if waiting[after] == 0:
                stack[top] = after
                top += 1
    return done == tasks


@small
def joins(a: Arrays, task: int, resource: int, head: int, runs: Ints, ends: Ints, ready: int) -> bool:
    """Whether the task, ready then, can run together with what the resource was begun with: the same family,
    there in time, no longer, and nothing else needed. What goes as a whole joins only what does, and nothing
    joins a run that waits for the next shift after its changeover."""
    return (
        head >= 0
        and ends[head] < NEVER
        and a.task_family[task] != 0
        and a.task_family[task] == a.task_family[head]
        and ready <= runs[head]
        and ends[head] > runs[head]
        and run_seconds(a, task, resource) <= run_seconds(a, head, resource)
        and a.need_from[task] == a.need_from[task + 1]
        and (a.task_whole[head] or not a.task_whole[task])
        and work_start(a, resource, runs[head]) == runs[head]
    )


@small
def moved_seconds(a: Arrays, task: int, resource: int, start: int) -> int:
    """How far the task is from where the earlier plan had it."""
    if a.earlier_resource[task] < 0:
        return 0
    other = OTHER_MACHINE if resource != a.earlier_resource[task] else 0
    return abs(start - a.earlier_start[task]) + other


@njit(cache=True, nogil=True)
def cost_of(a: Arrays, starts: Ints, ends: Ints, setups: Ints, resource_of: Ints, weights: Floats) -> Floats:
    """[total, weighted late hours, late jobs, setup hours, hours of all jobs' ends, moved hours, hours waited
    too long]; ``weights`` of lateness, setup, flow and stability, per hour."""
    jobs = len(a.job_due)
    finish = np.zeros(jobs, dtype=np.int64)
    moved, waited = 0.0, 0.0
    for task in range(len(ends)):
        waited += waited_seconds(a, task, starts, ends) / HOUR
        moved += moved_seconds(a, task, resource_of[task], starts[task]) / HOUR
        job = a.task_job[task]
        if ends[task] > finish[job]:
            finish[job] = ends[task]
    late, late_jobs, flow = 0.0, 0, 0.0
    for job in range(jobs):
        flow += finish[job] / HOUR
        if finish[job] > a.job_due[job]:
            late += a.job_weight[job] * (finish[job] - a.job_due[job]) / HOUR
            late_jobs += 1
    setup = setups.sum() / HOUR
    total = weights[0] * late + weights[1] * setup + weights[2] * flow + weights[3] * moved + WAITED * waited
    return np.array([total, late, float(late_jobs), setup, flow, moved, waited])
