"""Levels that were kept less often than they said are read higher, and a change of the plant is noticed."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.planning.promise.alerting import AT_RISK, LIKELY_LATE
from orders.planning.promise.levels import (
    ENOUGH,
    STEPS,
    WANTED,
    Levels,
    Place,
    at_level,
    chance_of,
    grid_of,
    levels_of,
    place_of,
    survivors,
    verdicts_of,
)


def ended(values):
    """Statements made one a second whose orders ended at these places, each a second later."""
    return [Place(float(number), value, number + 1.0) for number, value in enumerate(values)]


ensembles = st.lists(st.integers(0, 10**7), min_size=2, max_size=80)


@given(ensembles)
def test_a_grid_ascends_between_the_first_and_the_last_future(seconds):
    grid = grid_of(seconds)
    assert len(grid) == STEPS + 1
    assert list(grid) == sorted(grid)
    assert (grid[0], grid[-1]) == (min(seconds), max(seconds))


@given(ensembles, st.floats(-0.9, 1.9))
def test_place_is_the_inverse_of_level(seconds, level):
    grid = grid_of(seconds)
    found = at_level(grid, place_of(grid, at_level(grid, level)))
    assert found == pytest.approx(at_level(grid, level), abs=2)


@given(ensembles, st.integers(-(10**6), 2 * 10**7), st.integers(0, 10**6))
def test_later_is_never_less_likely(seconds, moment, more):
    grid = grid_of(seconds)
    levels = Levels((0.6, 0.9, 1.2))
    assert 0.0 <= chance_of(grid, moment, levels) <= chance_of(grid, moment + more, levels) <= 1.0


def test_the_chance_at_a_quoted_date_is_what_was_said():
    grid = grid_of(range(0, 100_001, 1000))
    levels = Levels((0.62, 0.91, 1.1))
    for said, used in zip(WANTED, levels.used, strict=True):
        assert chance_of(grid, at_level(grid, used), levels) == pytest.approx(said, abs=0.001)


def test_without_a_record_the_futures_are_taken_at_their_word():
    levels = levels_of([])
    assert levels.count == 0
    assert levels.used == pytest.approx(WANTED, abs=0.02)


@pytest.mark.parametrize("short", [1.0, 0.7])
def test_a_hopeful_record_raises_the_level_until_it_keeps_what_it_says(short):
    """Reality takes places whose square root is even: far too many high ones."""
    chance = random.Random(4)
    places = [chance.random() ** (0.4 * short) for _ in range(1400)]
    held = dict.fromkeys(WANTED, 0)
    for index in range(400, 1400):
        levels = levels_of(ended(places[:index]))
        for wanted, used in zip(WANTED, levels.used, strict=True):
            held[wanted] += places[index] <= used
    for wanted, count in held.items():
        assert count / 1000 == pytest.approx(wanted, abs=0.03)


def test_a_few_measurements_move_the_level_a_little():
    some, many = levels_of(ended([0.9] * 10)), levels_of(ended([0.9] * ENOUGH))
    assert WANTED[0] < some.used[0] < many.used[0] == pytest.approx(0.9)
    assert (some.count, many.count) == (10, ENOUGH)


def test_a_step_in_the_plant_is_noticed_and_only_what_came_after_it_counts():
    chance = random.Random(2)
    before = [chance.random() for _ in range(240)]
    after = [chance.random() ** 0.2 for _ in range(60)]
    assert not levels_of(ended(before)).drifted
    levels = levels_of(ended(before + after))
    assert levels.drifted
    assert levels.count <= 90
    assert levels.used[1] > 0.9


def test_orders_that_are_still_open_are_not_forgotten():
    """Half of the statements end at the middle place; the others go on from there."""
    places = ended([0.5] * 100)
    open_ones = [Place(float(number), 0.6) for number in range(100)]
    assert levels_of(places).used[1] == pytest.approx(0.5, abs=0.01)
    assert levels_of([*places, *open_ones]).used[1] >= 0.99


def test_an_order_that_has_just_begun_says_nothing():
    places = ended([number / 100 for number in range(100)])
    fresh = [Place(200.0, -0.5) for _ in range(50)]
    assert levels_of([*places, *fresh]).used == pytest.approx(levels_of(places).used, abs=0.02)


@given(st.lists(st.tuples(st.floats(-1, 2), st.booleans(), st.floats(0.01, 1)), min_size=1, max_size=60))
def test_shares_are_those_of_kaplan_and_meier(weighed):
    """Against the product-limit formula, written down as it stands in the book."""
    surviving, expected = 1.0, {}
    for value in sorted({one[0] for one in weighed if not one[1]}):
        at_risk = sum(weight for other, beyond, weight in weighed if other >= value)
        died = sum(weight for other, beyond, weight in weighed if other == value and not beyond)
        expected[value] = surviving * died / at_risk
        surviving *= 1 - died / at_risk
    found = {}
    for value, share in survivors(weighed):
        found[value] = found.get(value, 0.0) + share
    assert found == pytest.approx(expected, abs=1e-6)


@given(st.lists(st.none() | st.integers(0, 100), max_size=20))
def test_a_warning_that_stands_is_not_below_its_end_and_one_that_does_not_is_not_above_its_start(chances):
    for rule in (AT_RISK, LIKELY_LATE):
        standing = rule.after(chances)
        last = chances[-1] if chances else None
        assert not standing or (last is not None and last >= rule.end_below)
        assert standing or last is None or last <= rule.raise_at


def said(number, *, ended=None, now=1000.0, date=10.0):
    """A statement whose three dates are ``date`` after it was made."""
    made = float(number)
    verdicts = verdicts_of([made + date] * 3, ended, now)
    return Place(made, 0.5, ended, verdicts)


def test_a_date_that_is_over_has_not_held_although_the_order_is_open():
    assert verdicts_of([5.0, 20.0], None, 10.0) == ((5.0, False), None)
    assert verdicts_of([5.0, 20.0], 10.0, 30.0) == ((5.0, False), (10.0, True))


def test_dates_that_held_too_rarely_raise_what_is_read_and_those_that_held_lower_it():
    places = [number / 100 for number in range(100)]
    base = levels_of(ended(places)).used
    kept = [replace(one, verdicts=((one.ended, True),) * 3) for one in ended(places)]
    missed = [replace(one, verdicts=((one.ended, False),) * 3) for one in ended(places)]
    lower, higher = levels_of(kept).used, levels_of(missed).used
    assert lower[0] < base[0] < higher[0]
    assert lower[1] < base[1] < higher[1]
    assert lower[2] == base[2] <= higher[2]
    right = [replace(one, verdicts=((one.ended, number % 2 == 0),)) for number, one in enumerate(kept)]
    assert levels_of(right).used[0] == pytest.approx(base[0], abs=0.001)


def test_orders_that_are_open_beyond_their_dates_count_at_once():
    finished = ended([number / 100 for number in range(100)])
    overdue = [said(number + 200) for number in range(10)]
    quiet = [replace(one, verdicts=()) for one in overdue]
    assert levels_of([*finished, *overdue]).used[0] > levels_of([*finished, *quiet]).used[0] + 0.005


@given(st.lists(st.tuples(st.floats(-0.5, 2), st.booleans()), min_size=1, max_size=120))
def test_levels_never_fall_from_one_to_the_next(rows):
    places = [
        replace(one, verdicts=((one.ended, held), (one.ended, not held), (one.ended, True)))
        for one, (_value, held) in zip(ended([value for value, _held in rows]), rows, strict=True)
    ]
    used = levels_of(places).used
    assert list(used) == sorted(used)
