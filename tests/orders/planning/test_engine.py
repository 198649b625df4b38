"""Whatever the shop: the plan can be carried out, costs what it says, and improving never makes it worse."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given, settings

from orders.planning.engine.alternatives import Effort, repair
from orders.planning.engine.arrays import to_arrays
from orders.planning.engine.check import plannable
from orders.planning.engine.dispatch import first_plan, first_sequences
from orders.planning.engine.exact import solve
from orders.planning.engine.improve import improve
from orders.planning.engine.sequences import plan_of
from orders.planning.engine.shop import (
    Alternative,
    Earlier,
    Fixed,
    Job,
    Resource,
    Shared,
    Shop,
    Task,
    Trouble,
    Weights,
    Window,
)
from orders.planning.engine.validate import recounted, violations, waiting_too_long
from tests.orders.planning.shops import plant, shops

# One worker compiles, once.

HOUR = 3600
DAY_SHIFT = (Window(0, 8 * HOUR), Window(24 * HOUR, 32 * HOUR), Window(48 * HOUR, 56 * HOUR))


def agrees(shop, plan, weights=None):
    counted = recounted(shop, plan, weights)
    return (
        counted.total == pytest.approx(plan.cost.total)
        and counted.late_jobs == plan.cost.late_jobs
        and counted.moved_hours == pytest.approx(plan.cost.moved_hours)
        and counted.setup_hours == pytest.approx(plan.cost.setup_hours)
        and counted.waited_hours == pytest.approx(plan.cost.waited_hours)
    )


@given(shops() | shops(special=True))
@settings(max_examples=150)
def test_a_plan_by_rule_breaks_nothing(shop):
    shop, _troubles = plannable(shop)
    plan = first_plan(shop)
    assert violations(shop, plan) == []
    assert agrees(shop, plan)


@given(shops() | shops(special=True))
@settings(max_examples=80)
def test_improving_breaks_nothing_and_makes_nothing_worse(shop):
    shop, _troubles = plannable(shop)
    start = first_sequences(to_arrays(shop))
    plan = improve(shop, start, rounds=8)
    assert violations(shop, plan) == []
    assert agrees(shop, plan)
    assert plan.cost.total <= plan_of(start).cost.total + 1e-9


def test_a_plant_is_improved_and_the_same_seed_gives_the_same_plan():
    shop = plant(200, 6)
    start = first_sequences(to_arrays(shop))
    before = plan_of(start)
    plan = improve(shop, start, rounds=60, seed=3)
    assert violations(shop, plan) == []
    assert plan.cost.total < 0.95 * before.cost.total
    assert improve(shop, start, rounds=60, seed=3) == plan
    assert improve(shop, start, rounds=60, seed=4).placed != plan.placed


def test_single_moves_help_where_pieces_are_handed_on_early():
    shop = plant(60, 4)
    shop = replace(shop, tasks=tuple(replace(one, hands_on=50) for one in shop.tasks))
    a = to_arrays(shop)
    start = first_sequences(a)
    found = repair(a, start, Effort(seconds=None, rounds=20))
    assert found.cost[0] < start.cost[0]
    assert violations(shop, plan_of(found)) == []


def test_the_search_stops_when_told_and_tells_how_far_it_is():
    told = []

    def progress(used, cost):
        told.append((used, cost))
        return len(told) < 4

    shop = plant(60, 5)
    improve(shop, first_sequences(to_arrays(shop)), rounds=200, progress=progress)
    assert [used for used, _cost in told] == [0.0, 0.01, 0.02, 0.03]
    assert all(later <= earlier for (_, earlier), (_, later) in itertools.pairwise(told))


@given(shops())
@settings(max_examples=25, deadline=None)
def test_the_solver_breaks_nothing_and_its_bound_holds(shop):
    shop, _troubles = plannable(shop)
    a = to_arrays(shop)
    start = first_sequences(a)
    answer = solve(a, start, seconds=2, seed=1)
    found = plan_of(answer.found or start)
    assert violations(shop, found) == []
    assert found.cost.total <= start.cost[0] + 1e-9
    if answer.bound is not None:
        assert answer.bound <= improve(shop, start, rounds=3).cost.total + 1e-3


def test_the_solver_proves_the_best_order_of_a_small_shop():
    """Always open, no changeovers: by weight per hour (Smith's rule)."""
    jobs = tuple(Job(f"J{number}", 0, weight) for number, weight in enumerate((1.0, 6.0, 2.0)))
    shop = one_machine(task(0, 1), task(1, 3), task(2, 4), windows=(Window(0, 1000 * HOUR),), jobs=jobs)
    ticks = itertools.count(step=0.02)
    plan = improve(shop, first_sequences(to_arrays(shop)), seconds=20, clock=lambda: next(ticks))
    assert spans(plan) == [(3, 3, 4), (0, 0, 3), (4, 4, 8)]
    assert plan.bound == pytest.approx(plan.cost.total, abs=0.01)


def test_nothing_to_plan_is_a_plan():
    assert improve(one_machine(), first_sequences(to_arrays(one_machine())), seconds=0.1).placed == ()


def one_machine(*tasks, windows=DAY_SHIFT, jobs=None, **shop):
    jobs = jobs or tuple(Job(f"J{number}", 0) for number in range(len(tasks)))
    return Shop((Resource("M", windows, family="red", item="bolt"),), jobs, tasks, **shop)


def task(job, hours, **values):
    return Task(job=job, alternatives=(Alternative(0, hours * HOUR),), **values)


def spans(plan):
    return [(one.start // HOUR, one.run_start // HOUR, one.end // HOUR) for one in plan.placed]


def test_work_goes_on_in_the_next_shift():
    plan = first_plan(one_machine(task(0, 10)))
    assert spans(plan) == [(0, 0, 26)]


def test_what_must_not_be_interrupted_waits_for_a_shift_that_holds_it():
    shop = one_machine(task(0, 5), task(1, 6, interruptible=False), jobs=(Job("a", 0, 9.0), Job("b", 0, 1.0)))
    assert spans(first_plan(shop)) == [(0, 0, 5), (24, 24, 30)]


def test_a_changeover_is_short_within_the_family_and_none_after_the_same_item():
    full = {"setup_seconds": 2 * HOUR}
    jobs = (Job("a", 0, 9.0), Job("b", 0, 3.0), Job("c", 0, 1.0))
    shop = one_machine(
        task(0, 1, item="bolt", family="red", **full),
        task(1, 1, item="nut", family="red", **full),
        task(2, 1, item="pin", family="blue", **full),
        jobs=jobs,
        same_family_percent=50,
    )
    assert [one.setup_seconds / HOUR for one in first_plan(shop).placed] == [0, 1, 2]
    said = replace(shop, tables=({("red", "blue"): 3 * HOUR},))
    assert [one.setup_seconds / HOUR for one in first_plan(said).placed] == [0, 1, 3]


def test_what_runs_stays_and_the_others_go_behind_it():
    running = task(0, 3, fixed=Fixed(0, 0, 5 * HOUR))
    plan = first_plan(one_machine(running, task(1, 2)))
    assert spans(plan) == [(0, 0, 5), (5, 5, 7)]


def test_suppliers_work_day_and_night_without_a_machine():
    outside = Task(job=0, after=(0,), outside_seconds=20 * HOUR)
    back = replace(task(0, 1), after=(1,))
    plan = first_plan(one_machine(task(0, 7), outside, back, jobs=(Job("a", 0),)))
    assert spans(plan) == [(0, 0, 7), (7, 7, 27), (27, 27, 28)]
    assert [one.resource for one in plan.placed] == [0, -1, 0]


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (Task(job=0), "no_machine"),
        (task(0, -1), "absurd_time"),
        (task(0, 11 * 365 * 24), "absurd_time"),
        (Task(job=0, outside_seconds=-1), "absurd_time"),
        (task(0, 9, interruptible=False), "fits_no_shift"),
        (task(0, 25), "fits_no_shift"),
        (replace(task(0, 1), after=(0,)), "cycle"),
        (Task(job=0, fixed=Fixed(0, 9, 3)), "backward"),
    ],
)
def test_a_job_that_cant_be_planned_is_named_and_the_rest_is_planned(bad, code):
    shop, troubles = plannable(one_machine(bad, task(1, 2)))
    assert [(one.code, one.job) for one in troubles] == [(code, 0)]
    assert spans(first_plan(shop))[1] == (0, 0, 2)


def test_a_machine_without_shifts_is_named():
    _shop, troubles = plannable(one_machine(task(0, 1), windows=()))
    assert troubles == (Trouble("no_shift", 0, 0),)


def test_weights_decide_what_is_better():
    """Two blue tasks and a red one between them that is a little late: with dear setups it goes last."""
    setup = {"setup_seconds": 2 * HOUR}
    jobs = (Job("a", 4 * HOUR), Job("b", 5 * HOUR), Job("c", 100 * HOUR))
    tasks = (
        task(0, 1, family="blue", **setup),
        task(1, 1, family="red", **setup),
        task(2, 1, family="blue", **setup),
    )
    shop = one_machine(*tasks, jobs=jobs, same_family_percent=0)
    start = first_sequences(to_arrays(shop))
    cheap = improve(shop, start, rounds=3, weights=Weights(setup=0.0))
    dear = improve(shop, start, rounds=3, weights=Weights(setup=50.0))
    assert dear.cost.setup_hours <= cheap.cost.setup_hours
    assert cheap.cost.late_hours <= dear.cost.late_hours


def test_what_people_prepared_stays_unless_moving_it_is_worth_it():
    """Two tasks that could be done in either order, and the plan before had the less urgent one first."""
    jobs = (Job("a", 0, 1.2), Job("b", 0, 1.0))
    tasks = (task(0, 1, earlier=Earlier(0, HOUR)), task(1, 1, earlier=Earlier(0, 0)))
    shop = one_machine(*tasks, jobs=jobs)
    start = first_sequences(to_arrays(shop))
    loose = improve(shop, start, rounds=3, weights=Weights(stability=0.0))
    firm = improve(shop, start, rounds=3, weights=Weights(stability=1.0))
    assert spans(loose) == [(0, 0, 1), (1, 1, 2)]
    assert loose.cost.moved_hours == 2
    assert spans(firm) == [(1, 1, 2), (0, 0, 1)]
    assert firm.cost.moved_hours == 0


def test_two_machines_with_one_tool_work_one_after_the_other():
    machines = tuple(Resource(code, (Window(0, 100 * HOUR),)) for code in "AB")
    tasks = tuple(
        Task(job=number, alternatives=(Alternative(number, 2 * HOUR),), needs=(0,)) for number in range(2)
    )
    jobs = (Job("a", 0), Job("b", 0, 5.0))
    shop = Shop(machines, jobs, tasks, shared=(Shared("die"),))
    plan = first_plan(shop)
    assert sorted(spans(plan)) == [(0, 0, 2), (2, 2, 4)]
    assert violations(shop, plan) == []
    both = first_plan(replace(shop, shared=(Shared("die", 2),)))
    assert spans(both) == [(0, 0, 2), (0, 0, 2)]
    assert [one.rule for one in violations(shop, both)] == ["shared by too many"] * 2


def furnace(*tasks, holds=3, **shop):
    jobs = tuple(Job(f"J{number}", 0) for number in range(len(tasks)))
    return Shop((Resource("F", (Window(0, 100 * HOUR),), holds=holds),), jobs, tasks, **shop)


def test_a_furnace_takes_what_is_there_of_one_family_together():
    """Three of one family are there; a fourth comes later, a fifth is of another family."""
    hard = {"family": "hard", "setup_seconds": HOUR}
    tasks = [task(number, 4, **hard) for number in range(3)]
    late = replace(task(3, 4, **hard), earliest=2 * HOUR)
    shop = furnace(*tasks, late, task(4, 6, family="soft", setup_seconds=HOUR), same_family_percent=0)
    plan = first_plan(shop)
    assert violations(shop, plan) == []
    assert sorted(spans(plan)[:3]) == [(0, 1, 5), (1, 1, 5), (1, 1, 5)]
    assert spans(plan)[3:] == [(5, 5, 9), (9, 10, 16)]
    two = first_plan(replace(shop, resources=(replace(shop.resources[0], holds=2),)))
    assert sorted(spans(two))[:2] == [(0, 1, 5), (1, 1, 5)]
    assert [one.rule for one in violations(replace(shop, resources=two_at_most(shop)), plan)] == [
        "too many at once"
    ]


def two_at_most(shop):
    return (replace(shop.resources[0], holds=2),)


def test_the_next_machine_begins_when_half_is_handed_on_but_never_ends_first():
    machines = tuple(Resource(code, (Window(0, 100 * HOUR),)) for code in "ABC")

    def step(resource, hours, *after, **values):
        alternatives = (Alternative(resource, hours * HOUR),)
        return Task(job=0, alternatives=alternatives, after=after, **values)

    slow = (step(0, 8, hands_on=50), step(1, 6, 0), step(2, 1, 1))
    quick = (step(0, 8, hands_on=50), step(1, 2, 0), step(2, 1, 1))
    for steps, expected in (
        (slow, [(0, 0, 8), (4, 4, 10), (10, 10, 11)]),
        (quick, [(0, 0, 8), (6, 6, 8), (8, 8, 9)]),
    ):
        shop = Shop(machines, (Job("a", 0),), steps)
        plan = first_plan(shop)
        assert (spans(plan), violations(shop, plan)) == (expected, [])
        strict = replace(shop, tasks=(replace(steps[0], hands_on=100), *steps[1:]))
        assert [one.rule for one in violations(strict, plan)] == ["before its predecessor"]


def test_what_must_go_on_soon_begins_later_itself():
    """The second machine is busy for ten hours; what it needs within the hour isn't made earlier."""
    machines = tuple(Resource(code, (Window(0, 100 * HOUR),)) for code in "AB")
    busy = Task(job=1, alternatives=(Alternative(1, 0),), fixed=Fixed(1, 0, 10 * HOUR))
    first = Task(job=0, alternatives=(Alternative(0, 2 * HOUR),))
    then = Task(job=0, alternatives=(Alternative(1, HOUR),), after=(0,), longest_wait=HOUR)
    shop = Shop(machines, (Job("a", 0), Job("b")), (first, then, busy))
    plan = first_plan(shop)
    assert spans(plan)[:2] == [(7, 7, 9), (10, 10, 11)]
    assert (violations(shop, plan), waiting_too_long(shop, plan)) == ([], [])
    stuck = replace(shop, tasks=(replace(first, fixed=Fixed(0, 0, 2 * HOUR)), then, busy))
    plan = first_plan(stuck)
    assert waiting_too_long(stuck, plan) == [(1, 7.0)]
    assert plan.cost.waited_hours == 7


@pytest.mark.parametrize("spoil", ["machine", "early", "long", "changeover", "twice"])
def test_the_check_sees_what_is_wrong(spoil):
    first, second = task(0, 2), replace(task(0, 1, setup_seconds=HOUR), after=(0,))
    shop = one_machine(first, second, jobs=(Job("a", 0),))
    plan = first_plan(shop)
    one, two = plan.placed
    wrong = {
        "machine": replace(two, resource=7),
        "early": replace(two, start=one.end - HOUR, run_start=one.end, end=one.end + HOUR),
        "long": replace(two, end=two.end + 60),
        "changeover": replace(two, run_start=two.start, end=two.start + HOUR, setup_seconds=0),
        "twice": replace(one, task=1, setup_seconds=HOUR, run_start=HOUR, end=2 * HOUR),
    }[spoil]
    assert violations(shop, plan) == []
    assert violations(shop, replace(plan, placed=(one, wrong))) != []


def test_of_fixed_tasks_that_begin_together_the_one_that_ends_last_sets_the_machine_up():
    machine = Resource("M0", (Window(0, 10_000),))
    here = (Alternative(0, 100),)
    tasks = (
        Task(0, here, setup_seconds=50, item="i", fixed=Fixed(0, 0, 100)),
        Task(1, (Alternative(0, 0),), item="j", fixed=Fixed(0, 0, 0)),
        Task(2, here, setup_seconds=50, item="i"),
    )
    shop = Shop((machine,), (Job("A"), Job("B"), Job("C")), tasks, same_item_percent=0)
    plan = plan_of(first_sequences(to_arrays(shop)))
    assert violations(shop, plan) == []
    assert plan.placed[2].setup_seconds == 0
