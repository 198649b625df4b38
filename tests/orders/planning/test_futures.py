"""Many futures of a plan: the plan itself where nothing is uncertain, the same by the same seed, and what a
plain calculation of one future says."""

import bisect
import fcntl
import itertools
import math
import os
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orders.planning.engine.arrays import NEVER, to_arrays
from orders.planning.engine.check import plannable
from orders.planning.engine.dispatch import first_sequences
from orders.planning.engine.futures import NOTHING, Frozen, futures_of, played, staged
from orders.planning.engine.in_order import in_order
from orders.planning.engine.playing import Source
from orders.planning.engine.sequences import plan_of
from orders.planning.engine.shop import Alternative, Fixed, Job, Resource, Shared, Shop, Task, Window
from orders.planning.engine.uncertainty import (
    LINGERS,
    Awaited,
    Breakdowns,
    Pool,
    RushOrders,
    Supply,
    Uncertainty,
)
from tests.orders.planning.shops import plant, shops

# One worker compiles, once.

HOUR = 3600
DAY = 24 * HOUR
M64 = 2**64 - 1
AGAIN = Pool((1.0, 1.2), (0.9, 0.1))
SPREAD = Pool((0.8, 1.0, 1.5), (0.3, 0.5, 0.2), own=3)


def uncertain(shop, *, run=SPREAD, setup=SPREAD, extra=AGAIN, **others):
    pools = (run, setup, extra, Pool((1.0, 2.0), (0.5, 0.5)))
    entries = [len(task.alternatives) for task in shop.tasks]
    return Uncertainty(
        pools=pools,
        run_of=tuple((0,) * count for count in entries),
        setup_of=tuple((1,) * count for count in entries),
        extra_of=(2,) * len(entries),
        outside_of=(3,) * len(entries),
        **others,
    )


def futures(shop, uncertainty, *, count=20, seed=1, **options):
    a = to_arrays(shop)
    frozen = options.pop("frozen", NOTHING)
    return played(
        staged(a, first_sequences(a), uncertainty, **options), futures=count, seed=seed, frozen=frozen
    )


# The reference: one future in plain Python, by the words of the documentation.


def mixed(number):
    number = ((number ^ (number >> 30)) * 0xBF58476D1CE4E5B9) & M64
    number = ((number ^ (number >> 27)) * 0x94D049BB133111EB) & M64
    return number ^ (number >> 31)


class Luck:
    def __init__(self, seed, future):
        self.luck = mixed((mixed((seed + 0x9E3779B97F4A7C15) & M64) + future) & M64)

    def __call__(self, source, thing, count):
        number = (thing * 0x9E3779B97F4A7C15 + count * 16 + source) & M64
        return ((mixed(self.luck ^ mixed(number)) >> 11) + 0.5) / 2.0**53


def at(pool, level):
    return pool.values[
        min(bisect.bisect_left(list(itertools.accumulate(pool.weights)), level), len(pool.values) - 1)
    ]


class Clock:
    """Working time of one resource, counted second by second of its windows."""

    def __init__(self, windows):
        self.windows = windows

    def end(self, start, seconds):
        if seconds == 0:
            return start
        for window in self.windows:
            begin = max(start, window.start)
            if begin < window.end:
                if begin + seconds <= window.end:
                    return begin + seconds
                seconds -= window.end - begin
        return NEVER

    def begin(self, moment, seconds, whole):
        for window in self.windows:
            begin = max(moment, window.start)
            if begin < window.end and (not whole or begin + seconds <= window.end):
                return begin
        return NEVER


def one_future(shop, sequences, uncertainty, seed, future):
    """Ends of jobs; tasks without ``fixed`` only."""
    luck = Luck(seed, future)
    plan = plan_of(sequences)
    chains = [
        [int(task) for task in sequences.tasks[number, : sequences.lengths[number]]]
        for number in range(len(shop.resources))
    ]
    place = {task: (number, index) for number, chain in enumerate(chains) for index, task in enumerate(chain)}
    common = [at(pool, luck(5, number, 0)) for number, pool in enumerate(uncertainty.common)]
    left = [
        -math.log(luck(6, number, 0)) * one.every_seconds for number, one in enumerate(uncertainty.breakdowns)
    ]
    horizon = max(one.end for one in plan.placed) * 3 + DAY
    rush, moment = [], 0.0
    while uncertainty.rush.every_seconds:
        moment -= math.log(luck(7, len(rush), 0)) * uncertainty.rush.every_seconds
        if moment > horizon:
            break
        rush.append(int(moment))
    coming = [
        [number for number in range(len(rush)) if luck(7, number, 1 + 2 * resource) < share]
        for resource, share in enumerate(uncertainty.rush.resources)
    ] or [[] for _ in shop.resources]
    struck = [0] * len(shop.resources)
    free = [0] * len(shop.resources)
    ends = {}

    def timed(index):
        if index in ends:
            return ends[index]
        task = shop.tasks[index]
        ready = max([task.earliest, *(timed(one) + task.wait for one in task.after)])
        if index not in place:
            ends[index] = ready + round(task.outside_seconds * at(uncertainty.pools[3], luck(4, index, 0)))
            return ends[index]
        number, spot = place[index]
        chain = chains[number]
        previous = shop.tasks[chain[spot - 1]] if spot else None
        if spot:
            timed(chain[spot - 1])
        clock = Clock(shop.resources[number].windows)
        ready = max(ready, free[number])
        while coming[number] and rush[coming[number][0]] <= ready:
            one = coming[number].pop(0)
            taken = int(at(uncertainty.rush.seconds, luck(7, one, 2 + 2 * number)))
            free[number] = clock.end(max(free[number], rush[one]), taken)
            ready = max(ready, free[number])
        had = previous or shop.resources[number]
        setup = shop.tables[shop.resources[number].table].get((had.family, task.family))
        if setup is None:
            setup = task.setup_seconds
            if had.item and had.item == task.item:
                setup = setup * shop.same_item_percent // 100
            elif had.family and had.family == task.family:
                setup = setup * shop.same_family_percent // 100
        run = next(one.seconds for one in task.alternatives if one.resource == number)
        setup = round(setup * at(uncertainty.pools[1], luck(2, index, 0)))
        factor = at(uncertainty.pools[0], luck(1, index, 0))
        run = round(run * (factor * (at(uncertainty.pools[2], luck(3, index, 0)) * common[number])))
        start = clock.begin(ready, setup + run, not task.interruptible)
        end = start + setup + run if not task.interruptible else clock.end(clock.end(start, setup), run)
        every = uncertainty.breakdowns[number].every_seconds
        need, moment = setup + run, start
        if every and need:
            if left[number] >= need:
                left[number] -= need
            else:
                while need > left[number]:
                    done = int(left[number])
                    struck[number] += 1
                    stop = at(uncertainty.breakdowns[number].seconds, luck(6, number, 2 * struck[number]))
                    moment = clock.end(moment, done) + int(stop)
                    need -= done
                    left[number] = max(-math.log(luck(6, number, 2 * struck[number] + 1)) * every, 1.0)
                left[number] -= need
                end = max(clock.end(moment, need), end)
        ends[index] = end
        free[number] = max(free[number], end)
        return end

    return [
        max([0, *(timed(index) for index, task in enumerate(shop.tasks) if task.job == job)])
        for job in range(len(shop.jobs))
    ]


@given(shops())
@settings(max_examples=40, deadline=None)
def test_with_nothing_uncertain_every_future_is_the_plan(shop):
    shop, _troubles = plannable(shop)
    a = to_arrays(shop)
    found = first_sequences(a)
    finish = np.zeros(len(shop.jobs), dtype=np.int64)
    np.maximum.at(finish, a.task_job, found.ends)
    assert (futures_of(a, found, Uncertainty(), futures=2, seed=1) == finish).all()


@given(shops(), st.integers(0, 2**31))
@settings(max_examples=40, deadline=None)
def test_a_plain_calculation_gives_the_same_future(shop, seed):
    alone = tuple(replace(one, fixed=None, needs=()) for one in shop.tasks)
    shop, _troubles = plannable(replace(shop, tasks=alone))
    count = len(shop.resources)
    uncertainty = uncertain(
        shop,
        common=(Pool((0.9, 1.2), (0.5, 0.5)),) * count,
        breakdowns=(Breakdowns(70.0, Pool((5.0, 40.0), (0.7, 0.3))),) * count,
        rush=RushOrders(90.0, Pool((10.0, 25.0), (0.5, 0.5)), (0.4,) * count),
    )
    a = to_arrays(shop)
    found = first_sequences(a)
    drawn = futures_of(a, found, uncertainty, futures=3, seed=seed)
    for future in range(3):
        assert list(drawn[future]) == one_future(shop, found, uncertainty, seed, future)


@given(shops(), st.integers(0, 2**31))
@settings(max_examples=40, deadline=None)
def test_one_job_alone_meets_what_it_meets_among_all(shop, seed):
    shop, _troubles = plannable(shop)
    count = len(shop.resources)
    uncertainty = uncertain(
        shop,
        common=(Pool((0.9, 1.2), (0.5, 0.5)),) * count,
        breakdowns=(Breakdowns(70.0, Pool((5.0, 40.0), (0.7, 0.3))),) * count,
        rush=RushOrders(90.0, Pool((10.0, 25.0), (0.5, 0.5)), (0.4,) * count),
    )
    whole = futures(shop, uncertainty, count=4, seed=seed)
    for job in range(len(shop.jobs)):
        alone = futures(shop, uncertainty, count=4, seed=seed, only=job)
        assert (alone[:, job] == whole[:, job]).all()


@given(shops(special=True), st.integers(0, 2**31))
@settings(max_examples=40, deadline=None)
def test_tasks_numbered_as_they_are_played_meet_the_same_luck(shop, seed):
    shop, _troubles = plannable(shop)
    count, tasks = len(shop.resources), len(shop.tasks)
    uncertainty = uncertain(
        shop,
        breakdowns=(Breakdowns(70.0, Pool((5.0, 40.0), (0.7, 0.3))),) * count,
        supplies=(Supply(10, 0, 7), Supply(30, 0, 8)),
        awaited={task: Awaited((task % 2,), 0, 20) for task in range(0, tasks, 3)},
    )
    a = to_arrays(shop)
    keys, elapsed = [7 * task % 1009 for task in range(tasks)], [5 * (task % 2) for task in range(tasks)]
    for only in (None, *range(len(shop.jobs))):
        stage = staged(
            a,
            first_sequences(a),
            uncertainty,
            keys=keys,
            elapsed=elapsed,
            only=only,
        )
        ends, moved = (played(one, futures=3, seed=seed) for one in (stage, in_order(stage)))
        assert (ends == moved).all()


def test_of_a_large_plan_only_what_can_hold_the_job_up_is_played():
    shop = plant(120, 6)
    whole = futures(shop, uncertain(shop))
    ends = whole.mean(axis=0)
    first = int(np.argmin(ends))
    alone = futures(shop, uncertain(shop), only=first)
    assert (alone[:, first] == whole[:, first]).all()
    assert (alone.sum(axis=1) < whole.sum(axis=1)).all()


def test_the_same_seed_gives_the_same_futures_and_more_of_them_begin_with_those():
    shop = plant(120, 6)
    uncertainty = uncertain(shop, breakdowns=(Breakdowns(9 * HOUR, Pool((600.0, 7200.0), (0.8, 0.2))),) * 6)
    some = futures(shop, uncertainty, count=60, seed=5)
    assert (some == futures(shop, uncertainty, count=60, seed=5)).all()
    assert (some == futures(shop, uncertainty, count=130, seed=5)[:60]).all()
    assert (some != futures(shop, uncertainty, count=60, seed=6)).any()


def test_an_order_keeps_its_luck_when_others_come_and_go():
    """By keys: the same two orders on machines of their own, alone and behind a third."""
    hour = Window(0, 1000 * HOUR)
    machines = tuple(Resource(f"M{number}", (hour,)) for number in range(3))
    tasks = tuple(Task(number, (Alternative(number, 10 * HOUR),)) for number in range(3))
    jobs = tuple(Job(f"J{number}") for number in range(3))
    three = Shop(machines, jobs, tasks)
    two = Shop(machines, jobs[1:], tuple(replace(one, job=one.job - 1) for one in tasks[1:]))
    many = futures(three, uncertain(three), keys=[70, 80, 90])
    assert (futures(two, uncertain(two), keys=[80, 90]) == many[:, 1:]).all()


def day_and_night(*tasks, machines=1):
    everything = (Window(0, 10_000 * HOUR),)
    resources = tuple(Resource(f"M{number}", everything) for number in range(machines))
    jobs = tuple(Job(f"J{number}") for number in range(1 + max(task.job for task in tasks)))
    return Shop(resources, jobs, tasks)


def test_one_breakdown_delays_every_order_behind_it():
    shop = day_and_night(*(Task(job, (Alternative(0, HOUR),)) for job in range(5)))
    stops = Uncertainty(breakdowns=(Breakdowns(20.0 * HOUR, Pool((50.0 * HOUR,), (1.0,))),))
    finish = futures(shop, stops, count=400)
    order = np.argsort(finish[0])
    first_late = finish[:, order[0]] > HOUR
    assert 0.01 < first_late.mean() < 0.1
    assert (finish[first_late][:, order[-1]] > 50 * HOUR).all()
    assert np.corrcoef(finish[:, order[3]], finish[:, order[4]])[0, 1] > 0.8


def test_a_common_factor_makes_a_machine_late_as_a_whole():
    shop = day_and_night(*(Task(job, (Alternative(job % 2, HOUR),)) for job in range(2)), machines=2)
    finish = futures(shop, Uncertainty(common=(Pool((1.0, 2.0), (0.5, 0.5)),) * 2), count=300)
    assert set(np.unique(finish)) == {HOUR, 2 * HOUR}
    assert 0.4 < (finish[:, 0] == 2 * HOUR).mean() < 0.6
    assert abs(np.corrcoef(finish[:, 0], finish[:, 1])[0, 1]) < 0.2


def test_what_has_run_long_can_only_end_as_what_lasts_long_does():
    """1 h by standard; it takes 0.5, 1 or 4 hours. After 2 h it is one of those that take 4."""
    running = Task(0, (Alternative(0, HOUR),), fixed=Fixed(0, 0, HOUR))
    pool = Pool((0.5, 1.0, 4.0), (0.4, 0.4, 0.2))
    shop = day_and_night(running)
    finish = futures(shop, uncertain(shop, run=pool), elapsed=[2 * HOUR])
    assert set(np.unique(finish)) == {2 * HOUR}
    early = futures(shop, uncertain(shop, run=pool), elapsed=[int(0.6 * HOUR)], count=300)
    assert set(np.unique(early)) == {int(0.4 * HOUR), int(3.4 * HOUR)}
    assert 0.55 < (early == int(0.4 * HOUR)).mean() < 0.78
    beyond = futures(shop, uncertain(shop, run=pool), elapsed=[5 * HOUR], count=400)
    assert beyond.mean() == pytest.approx(LINGERS * 5 * HOUR, rel=0.2)


def test_a_pinned_task_waits_for_what_comes_late_before_it():
    first = Task(0, (Alternative(0, 2 * HOUR),), fixed=Fixed(0, 0, 2 * HOUR))
    pinned = Task(1, (Alternative(0, HOUR),), fixed=Fixed(0, 2 * HOUR, 3 * HOUR))
    shop = day_and_night(first, pinned)
    slow = Uncertainty(pools=(Pool((2.0,), (1.0,)),), run_of=((0,), ()), setup_of=((-1,), ()))
    slow = replace(slow, run_of=((0,), (-1,)), setup_of=((-1,), (-1,)))
    assert futures(shop, slow, count=2).tolist() == [[4 * HOUR, 5 * HOUR]] * 2


def test_tasks_on_two_machines_wait_for_the_one_tool():
    tasks = (
        Task(0, (Alternative(0, 2 * HOUR),), needs=(0,)),
        Task(1, (Alternative(1, HOUR),), needs=(0,)),
        Task(2, (Alternative(1, HOUR),)),
    )
    shop = replace(day_and_night(*tasks, machines=2), shared=(Shared("T1"),))
    slow = Uncertainty(pools=(Pool((3.0,), (1.0,)),), run_of=((0,), (-1,), (-1,)), setup_of=((-1,),) * 3)
    first = futures(shop, Uncertainty(), count=1)[0].tolist()
    assert first in ([2 * HOUR, 3 * HOUR, 4 * HOUR], [2 * HOUR, 3 * HOUR, HOUR], [3 * HOUR, HOUR, 2 * HOUR])
    if first[0] == 2 * HOUR:
        assert futures(shop, slow, count=1)[0, 1] == 7 * HOUR
    two = replace(shop, shared=(Shared("T1", 2),))
    assert futures(two, slow, count=1)[0, 1] <= 2 * HOUR


def test_all_that_wait_for_a_delivery_get_it_at_one_moment():
    """Told for hour 5; late by nothing or ten hours, the same for both. The other order waits for nothing."""
    shop = day_and_night(
        *(Task(job, (Alternative(job, HOUR),), earliest=5 * HOUR) for job in range(2)),
        Task(2, (Alternative(2, HOUR),)),
        machines=3,
    )
    late = Pool((0.0, 10.0 * HOUR), (0.7, 0.3))
    waits = Uncertainty(
        pools=(late,),
        supplies=(Supply(5 * HOUR, 0, 77),),
        awaited={0: Awaited((0,), 0, 5 * HOUR), 1: Awaited((0,), 8 * HOUR, 8 * HOUR)},
    )
    finish = futures(shop, waits, count=300)
    assert set(finish[:, 0].tolist()) == {6 * HOUR, 16 * HOUR}
    assert set(finish[:, 1].tolist()) == {9 * HOUR, 16 * HOUR}
    assert ((finish[:, 0] == 16 * HOUR) == (finish[:, 1] == 16 * HOUR)).all()
    assert (finish[:, 2] == HOUR).all()
    assert 0.2 < (finish[:, 0] == 16 * HOUR).mean() < 0.4
    frozen = futures(shop, waits, frozen=Frozen(frozenset({Source.SUPPLY})))
    assert (frozen[:, 0] == 6 * HOUR).all()


@pytest.mark.parametrize("due", [-3, 1, 30])
def test_an_overdue_delivery_comes_as_late_ones_do(due):
    """Two hours early, in time, two or ten hours late: what would have come by now is not to be expected."""
    late = Pool((-2.0 * HOUR, 0.0, 2.0 * HOUR, 10.0 * HOUR), (0.3, 0.3, 0.1, 0.3))
    shop = day_and_night(Task(0, (Alternative(0, HOUR),), earliest=max(due, 0) * HOUR))
    waits = Uncertainty(
        pools=(late,), supplies=(Supply(due * HOUR, 0, 1),), awaited={0: Awaited((0,), 0, 90 * DAY)}
    )
    found = set((futures(shop, waits, count=300)[:, 0] // HOUR).tolist())
    expected = {max(due + hours, 0) + 1 for hours in (-2, 0, 2, 10) if due + hours > 0}
    assert found == expected


def test_a_delivery_later_than_any_measured_one_still_comes():
    shop = day_and_night(Task(0, (Alternative(0, HOUR),)))
    late = Pool((0.0, 3.0 * HOUR), (0.5, 0.5))
    waits = Uncertainty(
        pools=(late,), supplies=(Supply(-10 * DAY, 0, 1),), awaited={0: Awaited((0,), 0, 90 * DAY)}
    )
    finish = futures(shop, waits, count=400)[:, 0] - HOUR
    assert finish.min() >= 0
    assert finish.mean() == pytest.approx(LINGERS * 10 * DAY, rel=0.2)


def test_rush_orders_overtake_what_waits():
    shop = day_and_night(*(Task(job, (Alternative(0, HOUR),)) for job in range(8)))
    rush = RushOrders(6.0 * HOUR, Pool((3.0 * HOUR,), (1.0,)), (1.0,))
    finish = futures(shop, Uncertainty(rush=rush), count=300)
    last = finish.max(axis=1)
    # 8 h of work at 3 h in 6 of rush: half of the capacity is gone.
    assert 11 * HOUR < last.mean() < 17 * HOUR
    calm = futures(shop, Uncertainty(rush=rush), frozen=Frozen(frozenset({Source.RUSH})))
    assert (calm.max(axis=1) == 8 * HOUR).all()


@pytest.mark.parametrize("source", [Source.RUN, Source.COMMON, Source.BREAKDOWN])
def test_a_frozen_source_takes_its_share_of_the_spread(source):
    shop = day_and_night(*(Task(0, (Alternative(0, HOUR),)) for _ in range(6)))
    uncertainty = uncertain(
        shop,
        extra=Pool(),
        common=(Pool((0.9, 1.1), (0.5, 0.5)),),
        breakdowns=(Breakdowns(6.0 * HOUR, Pool((HOUR, 2.0 * HOUR), (0.5, 0.5))),),
    )
    whole = futures(shop, uncertainty, count=400)[:, 0]
    without = futures(shop, uncertainty, count=400, frozen=Frozen(frozenset({source})))[:, 0]
    assert without.std() < whole.std()
    assert without.mean() == pytest.approx(whole.mean(), rel=0.1)
    calm = futures(shop, uncertainty, count=50, frozen=Frozen(resources=frozenset({0})))[:, 0]
    assert calm.std() == 0


def test_beyond_the_last_shift_is_never():
    shop = day_and_night(Task(0, (Alternative(0, 9_000 * HOUR),)))
    slow = Uncertainty(pools=(Pool((2.0,), (1.0,)),), run_of=((0,),), setup_of=((-1,),))
    assert (futures(shop, slow, count=2) >= NEVER).all()


def test_a_machine_that_is_down_begins_when_it_may_be_back():
    """Breakdowns take one or three hours; after two only the long ones are left."""
    shop = Shop((Resource("M0", (Window(0, 90 * DAY),)),), (Job("J0"),), (Task(0, (Alternative(0, 1800),)),))
    stops = Breakdowns(1e12, Pool((1.0 * HOUR, 3.0 * HOUR), (0.9, 0.1)))
    for gone, ends in ((-1, {1800}), (0, {1800 + HOUR, 1800 + 3 * HOUR}), (2 * HOUR, {1800 + HOUR})):
        said = uncertain(shop, run=Pool(), extra=Pool(), breakdowns=(stops,), down=(gone,))
        found = futures(shop, said, count=300)
        assert set(found[:, 0].tolist()) == ends, gone
    long_gone = uncertain(shop, run=Pool(), extra=Pool(), breakdowns=(stops,), down=(10 * HOUR,))
    waits = futures(shop, long_gone, count=300)[:, 0] - 1800
    assert waits.min() >= 0
    assert waits.mean() == pytest.approx(LINGERS * 10 * HOUR, rel=0.2)


def test_everything_a_quote_needs_is_compiled_ahead():
    """Once it has run, the kernels have a compiled form."""
    from orders.planning.engine import futures, playing
    from orders.planning.warm import dates_compiled

    dates_compiled()
    assert playing.play.signatures
    assert futures._topological.signatures


def test_who_needs_the_compiled_code_waits_while_another_process_compiles(monkeypatch):
    from orders.planning import warm

    compiled = []
    monkeypatch.setattr(warm, "_compiled", set())
    monkeypatch.setattr(warm, "_compile_dates", lambda: compiled.append(1))
    folder = os.open(Path(warm.__file__).parent / "engine", os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    waiting = threading.Thread(target=warm.dates_compiled)
    waiting.start()
    waiting.join(0.3)
    assert waiting.is_alive()
    assert not compiled
    os.close(folder)
    waiting.join(90)
    warm.dates_compiled()
    assert compiled == [1]
