"""A distribution of ends is read at levels, and an end has its place in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.planning.promise.alerting import Rule
from orders.planning.promise.levels import (
    STEPS,
    WANTED,
    Levels,
    at_level,
    chance_of,
    grid_of,
    place_of,
)

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


@given(st.lists(st.none() | st.integers(0, 100), max_size=20), st.integers(1, 99))
def test_a_warning_that_stands_is_not_below_its_end_and_no_other_above_its_start(chances, percent):
    rule = Rule.over(percent)
    standing = False
    for chance in chances:
        standing = rule.stands(chance, before=standing)
        assert not standing or (chance is not None and chance >= rule.end_below)
        assert standing or chance is None or chance <= rule.raise_at
    assert 2 * rule.end_below in (percent, percent + 1)
