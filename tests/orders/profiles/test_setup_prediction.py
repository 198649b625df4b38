"""Measured changeovers predict the next setup better than one number for all: in a real shop and where pairs
differ."""

from tests.support.setups import of_the_log, out_of_time, simulated


def test_ten_percent_better_than_the_constant_on_a_real_log():
    found = out_of_time(of_the_log(), learned=0.6)
    assert found.count > 120
    assert found.predicted <= 0.9 * found.constant
    assert found.predicted <= found.middle  # the best constant for this error
    assert found.own < found.count / 4  # nearly all pairs are too rare to speak for themselves


def test_half_the_constants_error_where_pairs_differ():
    found = out_of_time(simulated(seed=11, count=900), learned=0.7)
    assert found.predicted <= 0.5 * found.constant
    assert found.own > found.count / 2
