"""Changes to random plans that stand: the validator finds nothing, and nothing frozen moves."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orders.planning.engine.alternatives import Effort, Way, disturb, effect_of, ends_of, rush
from orders.planning.engine.arrays import to_arrays
from orders.planning.engine.check import plannable
from orders.planning.engine.dispatch import first_sequences
from orders.planning.engine.shop import Alternative, Fixed, Job, Resource, Shop, Task, Window
from orders.planning.engine.standing import (
    CannotStand,
    Pin,
    cut,
    joined,
    lay_out,
    queues_of,
    with_pins,
    with_windows,
)
from orders.planning.engine.validate import violations
from tests.orders.planning.shops import HOUR, plant, shops

QUICK = Effort(seconds=None, rounds=1)
SOON = 40


def standing_queues(shop):
    return queues_of(first_sequences(to_arrays(shop)))


def broken(shop, answer):
    """Rules broken, but by what was fixed in the random shop already: it may overlap by itself."""
    return [one for one in violations(shop, answer.plan) if shop.tasks[one.task].fixed is None]


@settings(max_examples=40, deadline=None)
@given(shops(), st.data())
def test_a_rush_job_never_moves_what_is_frozen(shop, data):
    shop, _troubles = plannable(shop)
    job = data.draw(st.integers(0, len(shop.jobs) - 1))
    found = rush(shop, standing_queues(shop), job, frozen_until=SOON, due=10, effort=QUICK)
    assert [one.way for one in found.answers] == [Way.INSERT, Way.FIRST, Way.DISPATCH]
    for answer in found.answers:
        assert not broken(found.shop, answer)
        assert effect_of(found.shop, found.before, answer.plan, frozen=found.frozen).frozen_moved == 0


@settings(max_examples=40, deadline=None)
@given(shops(), st.data())
def test_a_machine_that_is_down_is_left_alone_in_every_answer(shop, data):
    shop, _troubles = plannable(shop)
    resource = data.draw(st.integers(0, len(shop.resources) - 1))
    start = data.draw(st.integers(0, 60))
    end = start + data.draw(st.integers(1, 200))
    changed = with_windows(shop, {resource: cut(shop.resources[resource].windows, start, end)})
    found = disturb(shop, changed, standing_queues(shop), frozen_until=SOON, effort=QUICK)
    for answer in found.answers:
        assert not broken(changed, answer)


@settings(max_examples=60, deadline=None)
@given(shops())
def test_a_plan_laid_out_again_is_the_same(shop):
    shop, _troubles = plannable(shop)
    first = first_sequences(to_arrays(shop))
    again = lay_out(shop, queues_of(first))
    assert list(again.ends) == list(first.ends)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(1, 20)), max_size=6),
    st.integers(0, 60),
    st.integers(1, 40),
)
def test_cutting_and_joining_windows_are_set_arithmetic(parts, start, length):
    windows, moment = [], 0
    for gap, width in parts:
        windows.append(Window(moment + gap + 1, moment + gap + 1 + width))
        moment = windows[-1].end
    end = start + length
    inside = {second for one in windows for second in range(one.start, one.end)}
    without = {second for one in cut(windows, start, end) for second in range(one.start, one.end)}
    together = joined(windows, start, end)
    assert without == inside - set(range(start, end))
    assert {second for one in together for second in range(one.start, one.end)} == inside | set(
        range(start, end)
    )
    assert all(left.end < right.start for left, right in itertools.pairwise(together))


def one_machine(*seconds, due=None):
    always = (Window(0, 10**9),)
    jobs = tuple(Job(f"J{number}", due) for number in range(len(seconds)))
    tasks = tuple(Task(number, (Alternative(0, length),)) for number, length in enumerate(seconds))
    return Shop((Resource("M", always),), jobs, tasks)


def test_what_runs_on_a_machine_that_is_down_ends_later_by_as_much():
    shop = one_machine(50, 10)
    tasks = (replace(shop.tasks[0], fixed=Fixed(0, 0, 50)), shop.tasks[1])
    shop = replace(shop, tasks=tasks)
    down = with_windows(shop, {0: cut(shop.resources[0].windows, 20, 45)})
    assert down.tasks[0].fixed == Fixed(0, 0, 75)


def test_a_pinned_task_keeps_its_time_where_others_could_push_it():
    shop = one_machine(100, 100, 100)
    shop = with_pins(shop, {2: Pin(0, 500)}, {2: 600})
    found = rush(shop, [[0, 1, 2]], 0, frozen_until=0, due=0, effort=QUICK)
    for answer in found.answers:
        assert (answer.plan.placed[2].start, answer.plan.placed[2].end) == (500, 600)


def test_the_cheapest_place_gives_way_to_who_is_urgent():
    """The rush job is in time anywhere; the other is late by every second it waits."""
    shop = one_machine(3600, 3600)
    shop = replace(shop, jobs=(Job("other", 0, 4.0), Job("rush", 0, 1.0)))
    found = rush(shop, [[0]], 1, frozen_until=0, due=3 * HOUR, effort=QUICK)
    ends = {one.way: ends_of(found.shop, one.plan) for one in found.answers}
    assert ends[Way.INSERT] == {0: 3600, 1: 7200}
    assert ends[Way.FIRST] == {0: 7200, 1: 3600}


def test_queues_that_wait_for_each_other_are_refused():
    shop = one_machine(10, 10)
    tasks = (shop.tasks[0], replace(shop.tasks[1], after=(0,)))
    with pytest.raises(CannotStand):
        lay_out(replace(shop, tasks=tasks), [[1, 0]])


def test_the_same_seed_gives_the_same_answers():
    shop = plant(120, 6)
    queues = standing_queues(shop)
    one, two = (rush(shop, queues, 3, frozen_until=HOUR, effort=QUICK) for _ in range(2))
    assert [answer.plan for answer in one.answers] == [answer.plan for answer in two.answers]
