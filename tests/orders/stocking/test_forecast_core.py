"""Errors, futures, ways and reorder points as plain arithmetic."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orders.enums import ForecastMethod
from orders.planning.forecast import errors
from orders.planning.forecast.backtest import choose, origins_of
from orders.planning.forecast.calendar import by_month, week_of
from orders.planning.forecast.methods import Method, forecast, scaled_to, ways_for
from orders.planning.forecast.paths import ALONE, likes_of, lumpy_paths
from orders.planning.forecast.reorder import (
    Drawn,
    drawn_over,
    fill_rate,
    order_quantity,
    play,
    reorder_point,
)

SAID = {"season": 52, "likes": ALONE, "seed": 7}


def lumpy(weeks=104, chance=0.25, seed=3):
    rng = np.random.default_rng(seed)
    return np.where(rng.random(weeks) < chance, rng.integers(1, 40, weeks), 0).astype(float)


def seasonal(weeks=104, seed=3):
    rng = np.random.default_rng(seed)
    return np.maximum(100 + 40 * np.sin(np.arange(weeks) / 52 * 2 * np.pi) + rng.normal(0, 10, weeks), 0)


class TestErrors:
    def test_pinball_punishes_too_low_and_too_high_by_the_level(self):
        actual = np.array([10.0, 10.0])
        assert errors.pinball(actual, np.array([8.0, 8.0]), 0.9) == pytest.approx(1.8)
        assert errors.pinball(actual, np.array([12.0, 12.0]), 0.9) == pytest.approx(0.2)

    def test_repeating_last_season_has_an_error_of_one(self):
        history = np.array([1.0, 5.0, 3.0, 9.0, 4.0, 1.0])
        scale = errors.scale_of(history, 3)
        assert errors.mase(history[3:], history[:3], scale) == pytest.approx(1.0)

    def test_bias_is_a_share_of_what_was_wanted(self):
        assert errors.bias(np.array([5.0, 5.0]), np.array([6.0, 6.0])) == pytest.approx(0.2)
        assert errors.bias(np.zeros(2), np.ones(2)) is None

    @pytest.mark.parametrize("history", [[], [0.0] * 60, [3.0] * 60])
    def test_there_is_always_something_to_divide_by(self, history):
        assert errors.scale_of(np.array(history), 52) > 0


class TestFutures:
    def test_they_have_the_mean_of_the_demand(self):
        history = lumpy()
        paths = lumpy_paths(history, 26, ALONE, np.random.default_rng(1), count=4000)
        assert paths.mean() == pytest.approx(history.mean(), rel=0.1)

    def test_nothing_wanted_stays_nothing(self):
        assert not lumpy_paths(np.zeros(50), 10, ALONE, np.random.default_rng(1), count=5).any()

    def test_few_demands_borrow_larger_sizes_from_their_like(self):
        likes = likes_of([lumpy(seed=n) for n in range(20)])
        few = np.zeros(104)
        few[[10, 60]] = 10.0
        alone = lumpy_paths(few, 26, ALONE, np.random.default_rng(1), count=500).max()
        borrowed = lumpy_paths(few, 26, likes, np.random.default_rng(1), count=500).max()
        assert 10 <= alone < borrowed


class TestWays:
    @pytest.mark.parametrize("way", [way for way in Method if way != Method.IMPORTED])
    @pytest.mark.parametrize("history", [lumpy(), seasonal()], ids=["lumpy", "seasonal"])
    def test_each_gives_futures_that_are_never_negative_and_come_again(self, way, history):
        first, again = (forecast(way, history, 9, **SAID) for _ in range(2))
        assert first.paths.shape == (400, 9)
        assert (first.paths >= 0).all()
        assert (first.mean >= 0).all()
        assert np.array_equal(first.paths, again.paths)

    def test_the_season_is_found_where_there_is_one(self):
        choice = choose(seasonal(), 13, **SAID)
        assert choice.method == Method.SEASONAL_ETS
        assert choice.score.loss < choice.naive.loss

    def test_lumpy_demand_is_not_smoothed(self):
        assert Method.ETS not in ways_for(lumpy(), 52)
        assert choose(lumpy(), 13, **SAID).method in (Method.RESAMPLED, Method.SBA, Method.TSB)

    @pytest.mark.parametrize("history", [[], [0.0] * 104, [5.0], [1.0] * 12])
    def test_too_short_a_past_is_drawn_again(self, history):
        choice = choose(np.array(history), 13, **SAID)
        assert (choice.method, choice.moments) in ((Method.RESAMPLED, 0), (Method.RESAMPLED, choice.moments))
        assert forecast(choice.method, np.array(history), 4, **SAID).mean.shape == (4,)

    def test_the_past_is_asked_only_about_what_came_after(self):
        for origin in origins_of(104, 13):
            assert 52 <= origin <= 91
        assert origins_of(20, 13) == []

    def test_anothers_expectation_takes_our_uncertainty(self):
        own = forecast(Method.RESAMPLED, lumpy(), 8, **SAID)
        other = scaled_to(own, own.mean * 2)
        assert np.allclose(other.paths, own.paths * 2)

    def test_words_stand_for_every_way(self):
        assert {str(way) for way in Method} == set(ForecastMethod.values)


class TestWeeks:
    @given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.lists(st.floats(0, 1000), max_size=60))
    def test_months_hold_what_the_weeks_held(self, day, values):
        assert sum(by_month(week_of(day), values).values()) == pytest.approx(sum(values), abs=1e-6)


class TestReorderPoint:
    def drawn(self, seed=1):
        rng = np.random.default_rng(seed)
        lead = rng.poisson(20, 2000).astype(float)
        return Drawn(lead, lead + rng.poisson(5, 2000))

    @settings(max_examples=30, deadline=None)
    @given(st.floats(0.5, 0.99), st.floats(1, 200))
    def test_it_is_the_lowest_that_delivers_the_wanted_share(self, service, lot):
        drawn = self.drawn()
        point = reorder_point(service, lot, drawn)
        assert fill_rate(point, lot, drawn) >= service - 1e-9
        assert point == 0 or fill_rate(point - 0.5, lot, drawn) < service

    def test_more_service_needs_more_stock_and_larger_lots_less(self):
        drawn = self.drawn()
        points = [reorder_point(service, 10, drawn) for service in (0.8, 0.9, 0.95, 0.99)]
        assert points == sorted(points)
        assert reorder_point(0.95, 100, drawn) < reorder_point(0.95, 10, drawn)

    def test_it_agrees_with_the_textbook_for_steady_demand(self):
        """Demand of exactly 5 a week and 4 weeks of replenishment: with 20 nothing is ever missing."""
        steady = Drawn(np.full(10, 20.0), np.full(10, 25.0))
        assert fill_rate(25, 1e-9, steady) == pytest.approx(1.0)
        assert fill_rate(20, 1e-9, steady) == pytest.approx(0.0, abs=1e-6)

    def test_what_it_expects_is_what_playing_gives(self):
        rng = np.random.default_rng(5)
        demand = np.where(rng.random(20_000) < 0.3, rng.integers(1, 30, 20_000), 0).astype(float)
        paths = demand[: 400 * 6].reshape(400, 6)
        drawn = drawn_over(paths, np.full(400, 4), review=1)
        point = reorder_point(0.95, 60, drawn)
        played = play(demand, point, 60, 4, count_from=100)
        assert played.delivered / played.wanted == pytest.approx(0.95, abs=0.02)

    @given(st.floats(-500, 500), st.floats(0, 300), st.floats(1, 100))
    def test_whole_lots_lift_it_above_the_point_and_no_more(self, position, point, lot):
        amount = order_quantity(position, point, lot)
        if position > point:
            assert amount == 0
        else:
            assert point - 1e-6 <= position + amount <= point + lot + 1e-6
            assert amount / lot == pytest.approx(round(amount / lot))

    def test_no_more_than_fits(self):
        assert order_quantity(0, 50, 20, step=20, most=45) == 40
        assert order_quantity(0, 50, 20, step=20, most=10) == 0
