"""Moves along critical paths: timing in part is timing everything, and plans only get better."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orders.planning.engine.arrays import steps_of, to_arrays
from orders.planning.engine.chains import walk_from
from orders.planning.engine.dispatch import first_sequences, longest_first
from orders.planning.engine.graph import can_be_graph, graph_from, relocate, set_up
from orders.planning.engine.improve import improve
from orders.planning.engine.sequences import plan_of
from orders.planning.engine.shop import Alternative, Job, Resource, Shop, Task, Weights, Window
from orders.planning.engine.tabu import Search, suits
from orders.planning.engine.validate import recounted, violations
from tests.orders.planning.shops import plant

ALWAYS = (Window(0, 10**8),)
MINUTE = 60


@st.composite
def open_shops(draw):
    """Machines that never rest and need no changeover: alternatives, waits, releases, work outside."""
    resources = tuple(Resource(f"M{number}", ALWAYS) for number in range(draw(st.integers(1, 4))))
    jobs, tasks = [], []
    for job in range(draw(st.integers(1, 5))):
        jobs.append(Job(f"J{job}", draw(st.none() | st.integers(0, 200)), draw(st.sampled_from([1.0, 4.0]))))
        first = len(tasks)
        for _ in range(draw(st.integers(1, 4))):
            before = tuple(draw(st.sets(st.sampled_from(range(first, len(tasks)))))) if tasks[first:] else ()
            common = {
                "job": job,
                "after": before,
                "wait": draw(st.integers(0, 10)),
                "earliest": draw(st.integers(0, 40)),
            }
            if draw(st.integers(0, 6)) == 0:
                tasks.append(Task(**common, outside_seconds=draw(st.integers(0, 40))))
                continue
            able = draw(st.sets(st.sampled_from(range(len(resources))), min_size=1))
            alternatives = tuple(Alternative(one, draw(st.integers(0, 60))) for one in sorted(able))
            tasks.append(Task(**common, alternatives=alternatives))
    return Shop(resources, tuple(jobs), tuple(tasks))


def grid(machines, jobs, *, seed=1):
    """Every job once over every machine, in an order by chance; all wanted at once."""
    chance, tasks = np.random.default_rng(seed), []
    for _job in range(jobs):
        for place, machine in enumerate(chance.permutation(machines)):
            seconds = int(chance.integers(1, 100)) * MINUTE
            after = (len(tasks) - 1,) if place else ()
            tasks.append(Task(job=0, alternatives=(Alternative(int(machine), seconds),), after=after))
    return Shop(tuple(Resource(f"M{one}", ALWAYS) for one in range(machines)), (Job("all", 0),), tuple(tasks))


def test_a_large_job_begins_with_what_most_work_lies_behind():
    shop = grid(10, 30)
    a = to_arrays(shop)
    ruled, longest = first_sequences(a), longest_first(a)
    assert longest.cost[0] < 0.95 * ruled.cost[0]
    plan = improve(shop, ruled, rounds=1)
    assert plan.cost.total <= longest.cost[0]
    assert not violations(shop, plan)


@given(
    open_shops(), st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30)), max_size=30)
)
@settings(max_examples=60, deadline=None)
def test_a_move_times_what_it_reaches_as_timing_everything_does(shop, moves):
    a = to_arrays(shop)
    steps = steps_of(a)
    graph = graph_from(steps, walk_from(a, first_sequences(a)))
    w = graph.chains
    for which, where, behind in moves:
        task = which % len(shop.tasks)
        if not shop.tasks[task].alternatives:
            continue
        target = shop.tasks[task].alternatives[where % len(shop.tasks[task].alternatives)].resource
        stand = [-1, *(one for one in range(len(shop.tasks)) if w.resource_of[one] == target and one != task)]
        before = [one.copy() for one in (w.before, w.behind, w.first, w.resource_of, w.ends, graph.tails)]
        moved = relocate(steps, graph, task, target, stand[behind % len(stand)])
        now = [one.copy() for one in (w.before, w.behind, w.first, w.resource_of, w.ends, graph.tails)]
        if not moved:
            assert all((one == other).all() for one, other in zip(before, now, strict=True))
        assert [graph.place[one] for one in graph.order] == list(range(len(shop.tasks)))
        set_up(steps, graph)
        assert (graph.tails == now[5]).all()
        assert (w.ends == now[4]).all()


def test_a_move_that_would_make_tasks_wait_for_each_other_is_refused():
    first = Task(job=0, alternatives=(Alternative(0, 60),))
    then = Task(job=0, alternatives=(Alternative(0, 60),), after=(0,))
    shop = Shop((Resource("M", ALWAYS),), (Job("J", 0),), (first, then))
    a = to_arrays(shop)
    steps = steps_of(a)
    graph = graph_from(steps, walk_from(a, first_sequences(a)))
    assert not relocate(steps, graph, 0, 0, 1)
    assert graph.chains.behind[0] == 1


@given(open_shops())
@settings(max_examples=60, deadline=None)
def test_the_search_breaks_nothing_and_makes_nothing_worse(shop):
    start = first_sequences(to_arrays(shop))
    plan = improve(shop, start, rounds=6)
    counted = recounted(shop, plan)
    assert violations(shop, plan) == []
    assert counted.total == pytest.approx(plan.cost.total)
    assert plan.cost.total <= plan_of(start).cost.total + 1e-9


def test_the_same_seed_gives_the_same_plan_and_a_much_better_one():
    shop, weights = grid(8, 12), Weights(setup=0.0, flow=0.0)
    start = first_sequences(to_arrays(shop), weights=weights)
    plan = improve(shop, start, rounds=60, seed=3, weights=weights)
    assert violations(shop, plan) == []
    assert plan.cost.late_hours < 0.93 * plan_of(start).cost.late_hours
    assert improve(shop, start, rounds=60, seed=3, weights=weights) == plan


def test_what_the_search_says_it_costs_is_what_the_kept_plan_costs():
    """Also after it went elsewhere and came back from between its best plans."""
    shop = grid(5, 6)
    a = to_arrays(shop)
    search = Search(a, first_sequences(a), None)
    for seed in range(40):
        search.goes_on(600, seed)
    assert np.isfinite(search.memory.elite_costs[:-1]).sum() > 1
    assert search.best().cost[0] == pytest.approx(search.cost)


def test_the_search_ends_where_nothing_can_be_moved():
    tasks = tuple(
        Task(job=0, alternatives=(Alternative(one, 60),), after=(one - 1,) if one else ()) for one in (0, 1)
    )
    shop = Shop((Resource("A", ALWAYS), Resource("B", ALWAYS)), (Job("J", 0),), tasks)
    a = to_arrays(shop)
    assert not Search(a, first_sequences(a), None).goes_on(1000, 1)


def test_a_plant_with_breaks_and_changeovers_is_searched_otherwise():
    assert not suits(to_arrays(plant(40, 4)))
    assert can_be_graph(to_arrays(grid(2, 2)))
