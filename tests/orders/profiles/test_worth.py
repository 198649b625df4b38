"""What to measure next, what a wrong number costs, and what would have been promised: the arithmetic."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.planning.profiles import truth
from orders.planning.profiles.back_cast import (
    BackCast,
    Made,
    Step,
    assumed_seconds,
    kept,
    mean_seconds,
    measured_seconds,
)
from orders.planning.profiles.estimate import Profiles
from orders.planning.profiles.measured import Measurements, RunTime
from orders.planning.profiles.value import P80, Part, worth_of

HOUR = 3600.0
variances = st.floats(0, 1e9)


def test_the_number_that_strays_most_is_worth_most():
    wide = [Part(order, "wide", (10 * HOUR) ** 2, 0.0) for order in range(3)]
    narrow = [Part(order, "narrow", HOUR**2, 0.0) for order in range(3)]
    known = [Part(9, "known", (50 * HOUR) ** 2, (50 * HOUR) ** 2)]
    first, second, third = worth_of([*narrow, *wide, *known])
    assert (first.key, first.orders, second.key) == ("wide", 3, "narrow")
    assert first.hours == pytest.approx(3 * P80 * (101**0.5 - 1))
    assert (third.key, third.hours) == ("known", 0.0)


@given(st.lists(st.builds(Part, st.integers(0, 3), st.integers(0, 4), variances, variances), max_size=20))
def test_no_worth_is_negative_or_more_than_there_is(parts):
    for worth in worth_of(parts):
        assert worth.hours >= -1e-9
        assert -1e-9 <= worth.share <= 1 + 1e-9


def test_what_a_wrong_number_costs_the_open_orders():
    needs = [
        truth.Need(1, "A", 10, "M1", setup=HOUR, run=10 * HOUR, outside=0, share=0.5, follows=False),
        truth.Need(1, "A", 20, "M2", setup=0, run=4 * HOUR, outside=0, share=1, follows=True),
        truth.Need(2, "B", 10, "M1", setup=HOUR, run=2 * HOUR, outside=0, share=1, follows=False),
        truth.Need(2, "B", 30, None, setup=0, run=0, outside=24 * HOUR, share=1, follows=True),
    ]
    assert truth.later_by_run(needs, "M1", "A", 1.5) == {1: 2.5 * HOUR}
    assert truth.later_by_run(needs, "M1", None, 1.5) == {1: 2.5 * HOUR, 2: HOUR}
    assert truth.later_by_setup(needs, "M1", "B", 3.0) == {2: 2 * HOUR}
    assert truth.later_by_outside(needs, 30, 2.0) == {2: 24 * HOUR}
    assert truth.later_by_waiting(needs, 20, HOUR) == {1: HOUR}
    assert truth.total_days({1: 8 * HOUR, 2: 8 * HOUR}, 16 * HOUR) == 1.0


STEPS = (
    Step("", 10, 1, 5, setup=HOUR, run=9 * HOUR, first=True),
    Step("", 10, 1, 5, setup=0, run=0, outside=48 * HOUR),
    Step("2", 10, 1, 5, setup=0, run=3 * HOUR, first=True),
)


def known(ratio, count=60):
    rows = [RunTime(n, 1, 5, 1_000_000, round(HOUR * ratio * (0.5 + n / 60)), 3600) for n in range(count)]
    return Profiles(Measurements(until=1_000_000, groups={1: 10}, items={5: "A"}, run_times=tuple(rows)))


def test_the_longest_sequence_counts_and_an_availability_divides():
    found = assumed_seconds(STEPS, 0.8)
    assert (found.work, found.outside) == (12.5 * HOUR, 48 * HOUR)


def test_measured_means_and_a_safe_date_beyond_them():
    profiles = known(1.5)
    mean, safe = mean_seconds(STEPS, profiles), measured_seconds(STEPS, profiles, seed=1)
    assert mean.work == pytest.approx((1 + 9 * 1.5) * HOUR, rel=0.06)
    assert safe.work > mean.work
    assert measured_seconds(STEPS, profiles, seed=1) == safe
    assert measured_seconds((), profiles, seed=1).work == 0


def test_kept_dates_are_counted_among_those_given():
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    day = timedelta(days=1)
    made = [Made(n, str(n), noon, noon + n * day, noon + 2 * day if n else None, ()) for n in range(4)]
    cast = [BackCast(one, noon + day, noon, noon + 9 * day) for one in made]
    assert kept(cast, lambda one: one.assumed) == (2, 4)
    assert kept(cast, lambda one: one.made.promised) == (2, 3)
