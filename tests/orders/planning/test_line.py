"""The best order on a line costs what it says, whatever is in the way, and only lines are taken for one."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orders.planning.engine import line
from orders.planning.engine.arrays import to_arrays
from orders.planning.engine.check import plannable
from orders.planning.engine.dispatch import first_sequences
from orders.planning.engine.improve import improve
from orders.planning.engine.sequences import plan_of
from orders.planning.engine.shop import (
    Alternative,
    Earlier,
    Fixed,
    Job,
    Resource,
    Shop,
    Task,
    Weights,
    Window,
)
from orders.planning.engine.validate import violations
from tests.orders.planning.shops import windows

ALWAYS = (Window(0, 10**8),)
MINUTE = 60


def flow(jobs, steps, *, seed=1, **values):
    """Every job over the same machines, due at different times."""
    chance, tasks = np.random.default_rng(seed), []
    for job in range(jobs):
        for step in range(steps):
            after = (len(tasks) - 1,) if step else ()
            seconds = int(chance.integers(1, 100)) * MINUTE
            tasks.append(Task(job=job, alternatives=(Alternative(step, seconds),), after=after, **values))
    due = [int(chance.integers(50, 60 * (jobs + steps))) * MINUTE for _ in range(jobs)]
    resources = tuple(Resource(f"M{one}", ALWAYS) for one in range(steps))
    return Shop(resources, tuple(Job(f"J{one}", due[one]) for one in range(jobs)), tuple(tasks))


def with_changeovers(shop, *, seed=1):
    """Four colours, from dark to light an hour and a half, and two shifts."""
    chance = np.random.default_rng(seed)
    table = {(str(one), str(to)): 90 * MINUTE * (one > to) + MINUTE for one in range(4) for to in range(4)}
    shifts = tuple(Window(day * 24 * 3600, day * 24 * 3600 + 16 * 3600) for day in range(200))
    colours = {job: str(chance.integers(4)) for job in range(len(shop.jobs))}
    return replace(
        shop,
        resources=tuple(replace(one, windows=shifts) for one in shop.resources),
        tasks=tuple(replace(one, family=colours[one.job]) for one in shop.tasks),
        tables=(table,),
    )


@st.composite
def lines(draw):
    """What a line may hold: breaks, changeovers, waits, what is begun already, left out or stood elsewhere,
    orders of several pieces."""
    count = draw(st.integers(1, 4))
    families = ["", "a", "b"]
    resources = tuple(
        Resource(f"M{one}", draw(windows()), 0, draw(st.sampled_from(families))) for one in range(count)
    )
    table = draw(st.dictionaries(st.tuples(st.sampled_from("ab"), st.sampled_from("ab")), st.integers(0, 30)))
    jobs = tuple(
        Job(f"J{one}", draw(st.none() | st.integers(0, 300)), draw(st.sampled_from([1.0, 4.0])))
        for one in range(draw(st.integers(1, 4)))
    )
    tasks, occupied = [], dict.fromkeys(range(count), 0)
    for _piece in range(draw(st.integers(2, 6))):
        job, before, begun = draw(st.integers(0, len(jobs) - 1)), (), True
        for step in sorted(draw(st.sets(st.integers(0, count - 1), min_size=1))):
            fixed = earlier = None
            begun = begun and draw(st.integers(0, 3)) == 0
            if begun:
                start = max([occupied[step], *(tasks[one].fixed.end for one in before)])
                fixed = Fixed(step, start, start + draw(st.integers(0, 60)))
                occupied[step] = fixed.end
            elif draw(st.booleans()):
                earlier = Earlier(draw(st.integers(0, count - 1)), draw(st.integers(0, 200)))
            tasks.append(
                Task(
                    job=job,
                    alternatives=(Alternative(step, draw(st.integers(0, 60))),),
                    setup_seconds=draw(st.integers(0, 40)),
                    family=draw(st.sampled_from(families)),
                    after=before,
                    wait=0 if fixed else draw(st.integers(0, 10)),
                    earliest=draw(st.integers(0, 80)),
                    interruptible=draw(st.booleans()),
                    fixed=fixed,
                    earlier=earlier,
                )
            )
            before = (len(tasks) - 1,)
    return Shop(resources, jobs, tuple(tasks), (table,))


@given(lines(), st.integers(0, 9))
@settings(max_examples=100, deadline=None)
def test_an_order_costs_what_the_plan_of_it_does(shop, seed):
    shop, troubles = plannable(shop)
    a = to_arrays(shop)
    if troubles or not line.suits(a):
        return
    weights = Weights(lateness=1.0, setup=0.5, flow=0.01, stability=0.3)
    start = first_sequences(a, weights=weights)
    search = line.Search(a, start, weights)
    search.goes_on(3, seed)
    found = search.best()
    assert found.cost[0] == pytest.approx(search.cost)
    assert found.cost[0] <= start.cost[0] + 1e-9
    assert violations(shop, plan_of(found)) == []


@pytest.mark.parametrize("shop", [flow(12, 5), with_changeovers(flow(12, 5))])
def test_on_a_line_the_best_order_is_searched(shop):
    a = to_arrays(shop)
    start = first_sequences(a)
    search = line.Search(a, start, None)
    for seed in range(5):
        search.goes_on(40, seed)
    found = search.best()
    assert violations(shop, plan_of(found)) == []
    assert found.cost[0] == pytest.approx(search.cost)
    assert found.cost[0] < 0.9 * start.cost[0]
    plan = improve(shop, start, rounds=60)
    assert violations(shop, plan) == []
    assert plan.cost.total < 0.9 * start.cost[0]
    assert plan == improve(shop, start, rounds=60)


def test_what_one_order_makes_in_many_pieces_is_a_line_too():
    shop = flow(12, 5)
    whole = replace(shop, jobs=(Job("all", 0),), tasks=tuple(replace(one, job=0) for one in shop.tasks))
    start = first_sequences(to_arrays(whole))
    search = line.Search(to_arrays(whole), start, None)
    search.goes_on(100, 1)
    assert search.best().cost[0] < 0.95 * start.cost[0]


def back_and_forth():
    """The second job passes the machines the other way."""
    shop = flow(2, 2)
    turned = replace(shop.tasks[2], alternatives=shop.tasks[3].alternatives)
    return replace(
        shop, tasks=(*shop.tasks[:2], turned, replace(shop.tasks[3], alternatives=shop.tasks[2].alternatives))
    )


def apart():
    """Two machines that have nothing to do with each other, and two more."""
    tasks = [Task(one, (Alternative(one % 4, 60),)) for one in range(8)]
    return Shop(flow(1, 4).resources, tuple(Job(str(one)) for one in range(8)), tuple(tasks))


def assembled():
    shop = flow(3, 2)
    return replace(shop, tasks=(*shop.tasks, Task(0, (Alternative(1, 60),), after=(1, 3))))


@pytest.mark.parametrize("shop", [back_and_forth(), apart(), assembled(), flow(1, 3)])
def test_other_shops_are_no_lines(shop):
    assert not line.suits(to_arrays(shop))
    with pytest.raises(ValueError, match="no line"):
        line.Search(to_arrays(shop), first_sequences(to_arrays(shop)), None)
