"""What forecasts said beforehand beside what was wanted, over the same weeks for all."""

from datetime import date, timedelta

import numpy as np
import pytest
from django.urls import reverse
from django.utils import timezone

from orders.planning.forecast.calendar import week_of
from orders.planning.forecast.held import LAST_SEASON, Stated, held
from orders.planning.stocking.accuracy import accuracy_of
from tests.factories.accounts import PlannerFactory
from tests.factories.orders import DemandForecastFactory, ItemForecastFactory
from tests.orders.stocking.scene import stocked

FIRST = date(2026, 1, 5)
WEEK = timedelta(weeks=1)


def said(at, mean, *, before=1):
    """From week number ``at`` on, said so many days before."""
    zero = FIRST + at * WEEK
    return Stated(zero - timedelta(days=before), zero, mean)


def test_errors_are_over_the_weeks_of_which_all_had_spoken():
    history = np.array([10.0, 12, 10, 12, 10, 20])
    found = held(
        {"own": [said(3, [12, 10, 18])], "imported": [said(4, [14, 20])]},
        first=FIRST,
        history=history,
        season=2,
    )
    assert {origin: one.weeks for origin, one in found.items()} == {"own": 2, "imported": 2, LAST_SEASON: 2}
    # scale: 0.01 of the mean, for nothing changed from season to season
    scale = 0.01 * history[:4].mean()
    assert found["own"].mase == pytest.approx(1 / scale)
    assert found["imported"].mase == pytest.approx(2 / scale)
    assert found[LAST_SEASON].mase == pytest.approx(4 / scale)
    assert found["imported"].bias == pytest.approx(4 / 30)


def test_an_origin_of_which_no_week_is_over_hides_no_other():
    found = held(
        {"own": [said(3, [12, 10])], "imported": [said(1, [11, 14])]},
        first=FIRST,
        history=np.array([10.0, 12, 10]),
        season=52,
    )
    assert {origin: one.weeks for origin, one in found.items()} == {"imported": 2}


def test_what_was_said_last_before_the_week_counts_and_nothing_said_later():
    history = np.array([10.0, 10, 10])
    versions = [said(1, [50, 50], before=9), said(1, [10, 10]), said(1, [99, 99], before=-1)]
    found = held({"own": versions}, first=FIRST, history=history, season=52)
    assert found["own"].mase == pytest.approx(89 / 2 / 0.1), "the week after was corrected when it was known"
    assert LAST_SEASON not in found
    found = held({"own": versions[:2]}, first=FIRST, history=history, season=52)
    assert found["own"].mase == 0


@pytest.mark.parametrize("versions", [{}, {"own": []}, {"own": [said(9, [1.0])], "imported": []}])
def test_nothing_is_said_without_a_week_that_is_over(versions):
    assert held(versions, first=FIRST, history=np.array([1.0, 2.0]), season=52) == {}


@pytest.mark.django_db
def test_the_page_of_an_item_sets_imports_beside_our_own(client):
    rule = stocked(weeks=110)
    zero = week_of(timezone.localdate()) - 5 * WEEK
    for origin, mean in (("own", 10.0), ("imported", 14.0)):
        version = DemandForecastFactory(
            plant=rule.plant,
            origin=origin,
            state="draft",
            zero_on=zero,
            made_at=timezone.now() - timedelta(days=50),
        )
        ItemForecastFactory(version=version, item=rule.item, mean=[mean] * 26)
    found = accuracy_of(rule)
    assert found["own"].weeks == found["imported"].weeks >= 4
    assert found["own"].mase < found["imported"].mase
    client.force_login(PlannerFactory())
    page = client.get(reverse("forecast-item", args=[rule.item_id])).context["held"]
    assert [str(row["name"]) for row in page][-1] == "imported"
