"""Control charts, rules and capability against published tables and examples."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.spc.capability import capability, centred_index, chi_squared, spread_index
from quality.spc.charts import c_chart, i_mr, np_chart, p_chart, u_chart, xbar_r, xbar_s
from quality.spc.constants import c4, factors
from quality.spc.rules import NELSON, WESTERN_ELECTRIC, violations

# Montgomery, Introduction to Statistical Quality Control, Appendix VI: n, A2, A3, c4, B3, B4, D3, D4.
PUBLISHED = """
2 1.880 2.659 0.7979 0 3.267 0 3.267
3 1.023 1.954 0.8862 0 2.568 0 2.574
4 0.729 1.628 0.9213 0 2.266 0 2.282
5 0.577 1.427 0.9400 0 2.089 0 2.114
6 0.483 1.287 0.9515 0.030 1.970 0 2.004
7 0.419 1.182 0.9594 0.118 1.882 0.076 1.924
8 0.373 1.099 0.9650 0.185 1.815 0.136 1.864
9 0.337 1.032 0.9693 0.239 1.761 0.184 1.816
10 0.308 0.975 0.9727 0.284 1.716 0.223 1.777
15 0.223 0.789 0.9823 0.428 1.572 0.347 1.653
20 0.180 0.680 0.9869 0.510 1.490 0.415 1.585
25 0.153 0.606 0.9896 0.565 1.435 0.459 1.541
"""


def test_factors_are_those_of_the_published_table():
    for line in PUBLISHED.split("\n")[1:-1]:
        n, *expected = line.split()
        by = factors(int(n))
        found = (by.A2, by.A3, by.c4, by.B3, by.B4, by.D3, by.D4)
        for value, text in zip(found, expected, strict=True):
            assert value == pytest.approx(float(text), abs=0.002), (n, text)


@pytest.mark.parametrize("n", range(2, 26))
def test_d2_and_d3_are_mean_and_deviation_of_the_range(n):
    """E(R) = ∫ 1 - Φⁿ - (1-Φ)ⁿ; and d3 falls, d2 rises with n. c4 agrees with its own definition."""

    def phi(x):
        return 0.5 * (1 + math.erf(x / math.sqrt(2)))

    step = 0.01
    mean = sum(1 - phi(x) ** n - (1 - phi(x)) ** n for x in (-8 + step * k for k in range(1601))) * step
    assert factors(n).d2 == pytest.approx(mean, abs=0.0006)
    assert c4(n) == pytest.approx((4 * n - 4) / (4 * n - 3), abs=0.003)
    if n > 3:
        assert factors(n).d3 < factors(n - 1).d3


@pytest.mark.parametrize("n", [0, 1, 26])
def test_there_are_no_factors_for_other_sizes(n):
    with pytest.raises(ValueError, match="no factors"):
        factors(n)


def test_limits_of_mean_and_range():
    pair = xbar_r([[10, 12, 14, 11, 13], [11, 13, 12, 12, 12], [9, 12, 15, 12, 12]])
    assert pair.spread.points == [4, 2, 6]
    assert pair.location.centre[0] == pytest.approx(12)
    assert pair.location.upper[0] == pytest.approx(12 + 0.577 * 4, abs=0.002)
    assert pair.location.lower[0] == pytest.approx(12 - 0.577 * 4, abs=0.002)
    assert (pair.spread.lower[0], pair.spread.upper[0]) == (0, pytest.approx(2.114 * 4, abs=0.01))
    assert pair.sigma == pytest.approx(4 / 2.326)
    assert pair.location.distances()[0] == pytest.approx(0)


def test_limits_of_mean_and_deviation():
    pair = xbar_s([[1.0, 3.0], [2.0, 4.0]])
    assert pair.spread.centre[0] == pytest.approx(math.sqrt(2))
    assert pair.location.upper[0] == pytest.approx(2.5 + 2.659 * math.sqrt(2), abs=0.002)
    assert pair.sigma == pytest.approx(math.sqrt(2) / 0.7979, abs=0.001)


def test_single_values_and_moving_range():
    pair = i_mr([10.0, 12.0, 11.0, 13.0])
    assert pair.spread.points == [2, 1, 2]
    assert pair.sigma == pytest.approx(5 / 3 / 1.128)
    assert pair.location.upper[0] == pytest.approx(11.5 + 2.66 * 5 / 3, abs=0.01)
    assert pair.spread.upper[0] == pytest.approx(3.267 * 5 / 3, abs=0.02)


@pytest.mark.parametrize("chart", [xbar_r, xbar_s])
def test_subgroups_of_several_sizes_make_no_chart(chart):
    for groups in ([], [[1, 2], [1, 2, 3]]):
        with pytest.raises(ValueError, match="one size"):
            chart(groups)
    with pytest.raises(ValueError, match="two values"):
        i_mr([1])


def test_attribute_charts():
    # Montgomery, example 7.1: 30 samples of 50 cans, 347 wrong: centre 0.2313, limits 0.0524 and 0.4102
    wrong = [*([12] * 28), 6, 5]
    chart = p_chart(wrong, [50] * 30)
    assert sum(wrong) == 347
    assert chart.centre[0] == pytest.approx(0.2313, abs=0.0001)
    assert (chart.lower[0], chart.upper[0]) == (
        pytest.approx(0.0524, abs=0.0001),
        pytest.approx(0.4102, abs=0.0001),
    )
    counts = np_chart(wrong, 50)
    assert counts.upper[0] == pytest.approx(50 * chart.upper[0])
    # example 7.3: 516 nonconformities in 26 units: 19.85, limits 6.48 and 33.22
    defects = c_chart([*([20] * 24), 18, 18])
    assert (defects.centre[0], defects.lower[0], defects.upper[0]) == (
        pytest.approx(19.85, abs=0.01),
        pytest.approx(6.48, abs=0.01),
        pytest.approx(33.21, abs=0.02),
    )
    assert u_chart([4, 6], [2, 3]).points == [2, 2]
    assert p_chart([0, 0], [5, 5]).distances() == [0, 0]
    with pytest.raises(ValueError, match="one piece"):
        p_chart([], [])


@pytest.mark.parametrize(
    ("rules", "number", "z", "expected"),
    [
        (NELSON, 1, [0.5, 3.0, 3.01, -3.2], [2, 3]),
        (NELSON, 2, [-0.1] + [0.3, 0.1] * 5, [9, 10]),
        (NELSON, 3, [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.4], [5]),
        (NELSON, 3, [1, 0.5, 0.2, -0.1, -0.4, -0.9], [5]),
        (NELSON, 4, [0.5, -0.5] * 7, [13]),
        (NELSON, 5, [2.1, 0, 2.2, 0], [2]),
        (NELSON, 5, [2.1, -2.2, 0, 0], []),
        (NELSON, 6, [1.1, 1.2, 0, 1.3, 1.4], [4]),
        (NELSON, 7, [0.9, -0.9] * 7 + [0.1], [14]),
        (NELSON, 8, [1.1, -1.2] * 4, [7]),
        (NELSON, 8, [1.1] * 8, []),
        (WESTERN_ELECTRIC, 1, [3.1], [0]),
        (WESTERN_ELECTRIC, 2, [0, -2.1, -2.5], [2]),
        (WESTERN_ELECTRIC, 3, [-1.1, -1.2, -1.3, -1.4], [3]),
        (WESTERN_ELECTRIC, 4, [0.2] * 8, [7]),
        (WESTERN_ELECTRIC, 4, [0.2] * 7 + [0], []),
    ],
)
def test_each_rule_marks_the_point_that_completes_its_pattern(rules, number, z, expected):
    assert [at for at, numbers in violations(z, rules).items() if number in numbers] == expected


@given(st.lists(st.floats(-5, 5), max_size=60))
def test_rules_don_t_care_which_side_is_up(z):
    for rules in (NELSON, WESTERN_ELECTRIC):
        assert violations(z, rules) == violations([-each for each in z], rules)


def test_indices_with_their_intervals_are_those_of_the_book():
    # Montgomery, 8.3.4: n = 20, limits 38 and 62, s = 1.75: Cp 2.29, from 1.57 to 3.01
    cp = spread_index((62 - 38) / (6 * 1.75), 20)
    assert (cp.value, cp.low, cp.high) == (
        pytest.approx(2.29, abs=0.005),
        pytest.approx(1.57, abs=0.01),
        pytest.approx(3.01, abs=0.01),
    )
    # example 8.5: Cpk 1.33 from 20 values: 0.88 to 1.78
    cpk = centred_index(1.33, 20)
    assert (cpk.low, cpk.high) == (pytest.approx(0.88, abs=0.01), pytest.approx(1.78, abs=0.01))
    assert not cpk.enough


def test_capability_of_values():
    values = [9.0, 10.0, 11.0, 10.0, 9.5, 10.5]
    found = capability(values, lower=7, upper=13)
    assert found.potential.value == pytest.approx(1 / found.sigma)
    assert found.actual.value == pytest.approx(found.potential.value)
    off = capability(values, lower=7, upper=11, sigma=0.5)
    assert off.actual.value == pytest.approx((11 - 10) / 1.5)
    assert capability(values, lower=None, upper=13).potential is None
    assert capability([1.0, 1.0], lower=0, upper=2) is None
    assert capability([1.0], lower=0, upper=2) is None
    assert capability(values, lower=None, upper=None) is None


def test_chi_squared_is_that_of_the_tables():
    for share, degrees, published in ((0.025, 19, 8.907), (0.975, 19, 32.852), (0.95, 49, 66.339)):
        assert chi_squared(share, degrees) == pytest.approx(published, rel=0.005)
