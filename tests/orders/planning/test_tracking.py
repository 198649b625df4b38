"""Levels follow what the plant's record says: what was kept too rarely is read higher, whatever changes."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.planning.promise.levels import WANTED
from orders.planning.promise.record import WINDOW, Entry, Record
from orders.planning.promise.tracking import ENOUGH, Statement, levels_of

GRID = tuple(range(0, 1001, 10))
"""Ends evenly between now and 1000 seconds: a place is the second over 1000."""


def ended(places, *, every=10.0, first=0.0):
    """Statements made one after another whose orders ended at these places."""
    return [
        Statement(first + number * every, GRID, first + number * every + 1000 * place)
        for number, place in enumerate(places)
    ]


def as_known(one, now):
    return one if one.ended <= now else Statement(one.made, GRID)


def evenly(count):
    """Numbers of [0, 1), evenly and in no order."""
    return [math.sqrt(2) * number % 1 for number in range(count)]


def held_in_the_long_run(places, *, lead=150, every=50.0):
    """The share of the later statements that ended by the date at each level, each read from what was known
    when it was made of the 80 before."""
    statements, held = [], dict.fromkeys(WANTED, 0)
    for one in ended(places, every=every):
        known = [
            other if other.ended <= one.made else Statement(other.made, GRID)
            for other in statements[-WINDOW:]
        ]
        levels = levels_of(known, now=one.made)
        if len(statements) >= lead:
            for wanted, used in zip(WANTED, levels.used, strict=True):
                held[wanted] += one.place(math.inf) <= used
        statements.append(one)
    return {wanted: count / (len(places) - lead) for wanted, count in held.items()}


def test_without_a_record_the_futures_are_nearly_taken_at_their_word():
    levels = levels_of([], now=0.0)
    assert levels.count == 0
    assert levels.used == pytest.approx(WANTED, abs=0.08)


@pytest.mark.parametrize("power", [0.4, 2.5])
def test_hopeful_and_fearful_futures_are_read_so_that_they_keep_what_they_say(power):
    held = held_in_the_long_run([1.5 * place**power for place in evenly(330)])
    for wanted, share in held.items():
        assert share == pytest.approx(wanted, abs=0.05)


def test_after_a_step_of_the_plant_it_keeps_what_it_says_again():
    """From the 80th order on everything takes twice as long as the futures say; 20 are open all the time."""
    places = [place * (1 if number < 80 else 2) for number, place in enumerate(evenly(330))]
    held = held_in_the_long_run(places, lead=180)
    for wanted, share in held.items():
        assert share == pytest.approx(wanted, abs=0.07)


def test_a_few_orders_move_the_level_less_than_many():
    before = levels_of([], now=0.0).used[0]
    some, many = (levels_of(ended([0.9] * count, every=100.0), now=1e6) for count in (10, 100))
    assert before < some.used[0] < many.used[0] < 1.1
    assert (some.count, many.count) == (10, 100)


def test_an_order_that_is_open_beyond_its_date_counts_at_once():
    finished = ended([number / 100 for number in range(100)], every=1.0)
    overdue = [Statement(2000.0 + number, GRID) for number in range(10)]
    fresh = levels_of([*finished, *overdue], now=2100.0)
    late = levels_of([*finished, *overdue], now=9000.0)
    assert late.used[0] > fresh.used[0] + 0.02
    assert late.used[2] > fresh.used[2]
    assert fresh.used == pytest.approx(levels_of(finished, now=2100.0).used, abs=0.01)


def test_nothing_is_learned_before_it_is_known():
    """What is known of an order that ends later is that it is open, nothing more."""
    known = ended([0.3, 0.9, 0.5] * 20, every=1.0)
    now = 400.0
    seen = [as_known(one, now) for one in known]
    assert levels_of(known, now=now).used == levels_of(seen, now=now).used


def test_an_order_that_lay_dead_for_ever_does_not_throw_the_levels_about():
    usual = [number % 10 / 10 + 0.05 for number in range(100)]
    with_dead = [*usual[:50], 500.0, *usual[50:]]
    without, having = (levels_of(ended(one, every=100.0), now=1e7).used for one in (usual, with_dead))
    assert having == pytest.approx(without, abs=0.4)


@given(
    st.lists(
        st.tuples(st.floats(-0.5, 5), st.booleans(), st.floats(0, 1e5)),
        max_size=60,
    )
)
def test_levels_are_finite_and_never_fall_from_one_to_the_next(rows):
    statements = [
        Statement(made, GRID, None if is_open else made + 1000 * place) for place, is_open, made in rows
    ]
    used = levels_of(statements, now=2e5).used
    assert list(used) == sorted(used)
    assert all(-1 < one < 4 for one in used)


def test_an_item_has_a_record_of_its_own_once_enough_of_its_orders_have_ended():
    late, usual = ended([1.4] * ENOUGH, every=300.0), ended(evenly(200), every=100.0)
    entries = [*(Entry(one, item=1) for one in late), *(Entry(one, item=2, customer=7) for one in usual)]
    record = Record(entries, now=1e6)
    own, customers, others = (
        record.levels(item=item, customer=customer) for item, customer in ((1, None), (3, 7), (3, None))
    )
    assert (own.basis, own.count) == ("item", ENOUGH)
    assert (customers.basis, customers.count) == ("customer", 200)
    assert (others.basis, others.count) == ("plant", 200 + ENOUGH)
    assert own.used[1] > others.used[1] > customers.used[1]


def test_only_the_newest_orders_are_learned_from():
    old, new = ended([3.0] * 100), ended([0.5] * WINDOW, first=1e5)
    record = Record([Entry(one) for one in (*old, *new)], now=1e6)
    alone = Record([Entry(one) for one in new], now=1e6)
    assert record.levels(item=0, customer=None) == alone.levels(item=0, customer=None)
