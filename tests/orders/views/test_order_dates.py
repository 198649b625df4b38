"""The history of an order's dates as a picture."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from orders.enums import OrderState
from orders.queries.dates import date_history, newest_dates
from orders.views.order_dates import dates_context, render_dates
from tests.factories.accounts import PlannerFactory
from tests.factories.orders import OrderForecastFactory, ProductionOrderFactory, PromiseFactory
from tests.support.queries import statements

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 3, 2, 8, tzinfo=UTC)
DAY = timedelta(days=1)


def forecast(order, made, p50, p80, p95):
    ends = {f"{name}_at": MONDAY + days * DAY for name, days in (("p50", p50), ("p80", p80), ("p95", p95))}
    return OrderForecastFactory(order=order, made_at=MONDAY + made * DAY, **ends)


@pytest.fixture
def order():
    """Finished on Saturday, promised for Friday first and for Sunday then."""
    order = ProductionOrderFactory(
        released=True,
        state=OrderState.FINISHED,
        finished_at=MONDAY + 5 * DAY,
        requested_at=MONDAY + 3 * DAY,
        promised_at=MONDAY + 6 * DAY,
        plant__time_zone="UTC",
    )
    PromiseFactory(order=order, version=1, promised_at=MONDAY + 4 * DAY, made_at=MONDAY)
    PromiseFactory(
        order=order,
        version=2,
        promised_at=MONDAY + 6 * DAY,
        made_at=MONDAY + 3 * DAY,
        confidence_percent=80,
    )
    forecast(order, 0, 3, 4, 5)
    forecast(order, 2, 4, 5, 7)
    return order


def test_the_picture_has_all_four_dates(order):
    picture = dates_context(order)["picture"]
    left, right = picture.left, picture.right
    assert picture.promised.count("H") == 2
    assert picture.band.endswith("Z")
    assert left < picture.actual[0] < right
    assert picture.requested > picture.actual[1], "what is wanted earlier stands lower"
    start, first, x, second = (float(number) for number in re.findall(r"[\d.]+", picture.promised)[:4])
    assert (start < x, second < first) == (True, True)


def test_the_page_shows_what_the_fragment_gives(client, order):
    client.force_login(PlannerFactory())
    page = client.get(reverse("order", args=[order.pk])).content.decode()
    assert render_dates([str(order.pk)])[str(order.pk)] in page
    assert "2 versions" in page
    assert "80 %" in page


def test_nothing_said_yet_is_a_word_and_no_picture(client):
    order = ProductionOrderFactory(released=True)
    assert dates_context(order)["picture"] is None
    client.force_login(PlannerFactory())
    assert "Nothing was promised" in client.get(reverse("order", args=[order.pk])).content.decode()


def test_one_forecast_at_one_moment_is_a_picture(order):
    new = ProductionOrderFactory(released=True, plant=order.plant, requested_at=None)
    forecast(new, 0, 1, 1, 1)
    assert dates_context(new)["picture"].band


def test_the_newest_forecast_of_each_order_in_one_query(order):
    other = ProductionOrderFactory(released=True, plant=order.plant)
    forecast(other, 1, 8, 9, 10)
    forecast(other, 2, 9, 10, 11)
    with CaptureQueriesContext(connection) as caught:
        found = newest_dates([order.pk, other.pk])
    assert len(statements(caught)) == 1
    assert found[other.pk] == (MONDAY + 9 * DAY, MONDAY + 10 * DAY, MONDAY + 11 * DAY)
    assert found[order.pk][1] == date_history(order).latest.p80_at
