"""Measured ratios: few measurements are drawn to the level above, many stand for themselves."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.planning.profiles import Measured, profile_of

ratios = st.floats(0.2, 5)


def measured(machine, ratio, group=1):
    return Measured(machine, group, 1000 * ratio, 1000)


def test_nothing_measured_means_the_standard():
    ratio = profile_of([]).of(1, 1)
    assert (ratio.value, ratio.count) == (1.0, 0)


def test_many_measurements_stand_for_themselves_and_few_are_drawn_to_the_group():
    often = [measured(1, 2.0) for _ in range(200)]
    profile = profile_of([*often, measured(2, 0.5)])
    assert profile.of(1, 1).value == pytest.approx(2.0, abs=0.03)
    assert 1.0 < profile.of(2, 1).value < 2.0
    assert profile.of(3, 1).value == pytest.approx(profile.groups[1].value)
    assert (profile.of(1, 1).count, profile.of(2, 1).count, profile.of(3, 1).count) == (200, 1, 0)
    assert profile.of(9, 9).value == pytest.approx(profile.plant.value)


def test_without_a_standard_there_is_no_ratio_and_an_accident_is_cut():
    profile = profile_of([Measured(1, 1, 500, 0), Measured(1, 1, 0, 500), measured(1, 1_000_000)])
    assert profile.of(1, 1).count == 1
    assert profile.of(1, 1).value < 10


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(1, 2), ratios), max_size=40))
def test_a_pooled_ratio_lies_between_one_and_what_was_measured(rows):
    profile = profile_of([measured(machine, ratio, group=machine % 2) for machine, _group, ratio in rows])
    seen = [1.0, *(ratio for _machine, _group, ratio in rows)]
    for ratio in [*profile.machines.values(), *profile.groups.values(), profile.plant]:
        assert min(seen) - 1e-9 <= ratio.value <= max(seen) + 1e-9
        assert math.isfinite(ratio.value)
