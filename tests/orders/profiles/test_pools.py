"""Empirical pools: weights add up, few measurements are drawn to their like, what lasts is never short."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.planning.engine.uncertainty import Pool
from orders.planning.profiles.pools import (
    HALF_LIFE_DAYS,
    POINTS,
    Sample,
    completed,
    compressed,
    estimate,
    histogram,
    mean_of,
    quantile,
    ring_of,
    survival,
    variance_of,
)

values = st.floats(0.01, 100)
samples = st.lists(
    st.builds(Sample, values, st.booleans(), st.floats(0, 300), st.floats(0.1, 1)), min_size=1, max_size=40
)
PRIOR = Pool((0.5, 1.0, 1.5), (0.25, 0.5, 0.25))


@given(samples, samples)
def test_weights_add_up_to_one_and_values_ascend(wide, narrow):
    found = estimate([ring_of(wide), ring_of(narrow)], PRIOR).pool
    assert sum(found.weights) == pytest.approx(1)
    assert all(weight > 0 for weight in found.weights)
    assert list(found.values) == sorted(set(found.values))
    assert len(found.values) <= POINTS
    seen = [one.value for one in [*wide, *narrow]]
    # A value is a measured one, or the mean of neighbours.
    assert min([*seen, 0.5]) - 1e-9 <= found.values[0]
    if not any(one.censored for one in [*wide, *narrow]):
        assert found.values[-1] <= max([*seen, 1.5]) + 1e-9


@given(samples, st.randoms(use_true_random=False))
def test_the_order_of_measurements_says_nothing(rows, chance):
    shuffled = list(rows)
    chance.shuffle(shuffled)
    assert survival(shuffled) == survival(rows)


@given(st.integers(1, 60), st.floats(1.5, 10))
def test_more_measurements_say_more(count, value):
    def mean(n):
        return estimate([ring_of([Sample(value)] * n)], PRIOR).mean

    assert 1.0 < mean(count) < mean(count + 1) < value


def test_three_measurements_are_no_law():
    plant = ring_of([Sample(1.0 + n / 1000) for n in range(100)])
    found = estimate([plant, None, ring_of([Sample(4.0)] * 3)], PRIOR)
    assert found.share == pytest.approx(3 / 8)
    assert found.median < 1.2
    assert (found.own, found.effective, found.level) == (3, 3.0, 2)


def test_old_measurements_fade():
    now, old = (estimate([ring_of([Sample(3.0, age=age)] * 10)], PRIOR) for age in (0, 2 * HALF_LIFE_DAYS))
    assert old.effective == pytest.approx(2.5)
    assert old.mean < now.mean
    assert old.newest_days == 2 * HALF_LIFE_DAYS


@given(samples, st.data())
def test_what_lasts_still_never_shortens(rows, data):
    at = data.draw(st.integers(0, len(rows) - 1))
    one = rows[at]
    rest = rows[:at] + rows[at + 1 :]
    ended = survival([*rest, Sample(one.value, False, one.age, one.weight)])
    lasting = survival([*rest, Sample(one.value, True, one.age, one.weight)])
    assert mean_of(lasting) >= mean_of(ended) - 1e-9
    if rest:  # nor is leaving it out longer
        assert mean_of(lasting) >= mean_of(survival(rest)) - 1e-9


def test_kaplan_meier_as_in_the_book():
    """Freireich's leukaemia data, 6-MP arm: S(6) = 0.857, S(10) = 0.753, S(23) = 0.448."""
    ended = [6, 6, 6, 7, 10, 13, 16, 22, 23]
    lasting = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    ring = ring_of([Sample(n) for n in ended] + [Sample(n, censored=True) for n in lasting])
    assert ring.unfinished == pytest.approx(0.448, abs=0.001)
    assert (ring.count, ring.beyond) == (9, 35)

    def survived(t):
        share = sum(w for v, w in zip(ring.pool.values, ring.pool.weights, strict=True) if v > t)
        return ring.unfinished + (1 - ring.unfinished) * share

    assert [survived(t) for t in (6, 10, 23)] == pytest.approx([0.857, 0.753, 0.448], abs=0.001)


def test_the_unfinished_take_the_tail_of_their_like():
    lasting = ring_of([Sample(2.0, censored=True)])
    tail = completed(lasting, Pool((1.0, 3.0, 5.0), (0.6, 0.3, 0.1)))
    assert (tail.values, tail.weights) == ((3.0, 5.0), pytest.approx((0.75, 0.25)))
    # Just begun, it says nothing.
    assert estimate([ring_of([Sample(0.01, censored=True)])], PRIOR).pool == PRIOR


def test_what_has_lasted_longer_than_all_that_ended_goes_on_as_long_as_one_does_on_average():
    """A plant ten days old: eight orders ended within it, twelve are open since it began."""
    young = [*(Sample(float(day)) for day in range(1, 9)), *[Sample(10.0, censored=True)] * 12]
    ring = ring_of(young)
    assert (ring.unfinished, ring.beyond) == (pytest.approx(0.6), 10)
    assert ring.longer == pytest.approx((36 + 120) / 8)
    pool = survival(young)
    assert 15 < quantile(pool, 0.6) < quantile(pool, 0.8) < quantile(pool, 0.95) < 80
    assert mean_of(pool) == pytest.approx(0.4 * 4.5 + 0.6 * (10 + ring.longer), rel=0.03)


def test_what_lasts_longer_than_any_of_its_like_goes_on():
    pool = completed(ring_of([Sample(2.0, censored=True)]), Pool((1.0,), (1.0,)))
    assert pool.values[0] > 2.0
    assert mean_of(pool) == pytest.approx(4.0, rel=0.03)


def test_a_large_pool_keeps_its_mean_and_its_tail():
    chance = random.Random(7)
    drawn = [chance.paretovariate(1.5) for _ in range(3000)]
    pool = compressed(drawn, [1.0] * len(drawn))
    assert len(pool.values) <= POINTS
    assert mean_of(pool) == pytest.approx(sum(drawn) / len(drawn))
    assert quantile(pool, 0.99) == pytest.approx(sorted(drawn)[2970], rel=0.25)
    mean = mean_of(pool)
    assert variance_of(pool) > 0.6 * sum((one - mean) ** 2 for one in drawn) / len(drawn)


@given(samples)
def test_a_histogram_holds_the_whole_weight(rows):
    assert sum(histogram(survival(rows), bins=7, high=10.0)) == pytest.approx(1)
