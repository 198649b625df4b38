"""Forecasts of open orders follow events, stay for ever, and warn before a promise is missed."""

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from orders.domain.alerts import acknowledge_alert
from orders.enums import OperationState, OrderState
from orders.models import OrderForecast, PlanRule, ProductionOrder, Promise, PromiseAlert
from orders.planning.make import publish_plan
from orders.planning.promise import forecast
from orders.planning.promise.alerting import Rule
from orders.planning.promise.forecast import keep_alerts, keep_up, refresh
from orders.planning.promise.quote import accept_quote, is_reproducible, make_quote, of_order
from orders.queries.promises import expected_of, unacknowledged
from tests.factories.accounts import PlannerFactory
from tests.factories.machines import CalendarExceptionFactory, MachineFactory, MachineGroupFactory
from tests.factories.orders import (
    OrderForecastFactory,
    PlanRuleFactory,
    ProductionOrderFactory,
    PromiseAlertFactory,
    RunFactory,
)
from tests.orders.planning.test_make import order, planned
from tests.support.queries import statements

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def planner(db):
    return PlannerFactory()


@pytest.fixture
def group(db):
    return MachineGroupFactory()


@pytest.fixture
def press(group):
    """Around the clock."""
    return MachineFactory(plant=group.plant, group=group)


def in_force(plant, planner):
    return publish_plan(plan=planned(plant, planner), by=planner)


def promised(made, hours):
    ProductionOrder.objects.filter(pk=made.pk).update(promised_at=timezone.now() + hours * HOUR)


def test_every_open_order_is_forecast_and_only_what_changes_is_written_again(group, press, planner):
    first, second = order(group, 10, due_in=12 * HOUR), order(group, 20)
    assert refresh(group.plant, now=timezone.now()).written == 0
    in_force(group.plant, planner)
    now = timezone.now()
    assert refresh(group.plant, now=now).written == 2
    assert refresh(group.plant, now=now).written == 0
    said = {one.order_id: one for one in OrderForecast.objects.all()}
    assert said[first.pk].p80_at < said[second.pk].p50_at
    assert said[first.pk].late_percent is None
    third = order(group, 1)
    assert refresh(group.plant, now=now + HOUR / 60).written >= 1
    assert OrderForecast.objects.filter(order=third).count() == 1


def test_a_promise_at_risk_warns_once_and_ends_only_when_it_is_safe(group, press, planner):
    made = order(group, 20)
    in_force(group.plant, planner)
    promised(made, 15)
    now = timezone.now()
    assert refresh(group.plant, now=now).raised == 1
    alert = PromiseAlert.objects.get()
    assert alert.forecast.late_percent > 50
    assert unacknowledged() == 1
    assert refresh(group.plant, now=now).raised == 0
    acknowledge_alert(alert=alert, by=planner, note="Saturday")
    assert unacknowledged() == 0
    promised(made, 200)
    assert refresh(group.plant, now=now).ended == 1
    alert.refresh_from_db()
    assert alert.ended_at is not None


def test_an_open_order_whose_date_has_passed_is_late_for_certain(group, press, planner, monkeypatch):
    """Whatever was learnt from others."""
    monkeypatch.setattr(forecast, "chance_of", lambda *_: 0.05)
    made = order(group, 10)
    in_force(group.plant, planner)
    for hours, percent in ((10, 95), (-1, 100)):
        promised(made, hours)
        refresh(group.plant, now=timezone.now() + (10 - hours) * timedelta(seconds=1))
        assert OrderForecast.objects.filter(order=made).latest("made_at").late_percent == percent


def test_a_plant_says_itself_what_is_at_risk(group, press, planner):
    made = order(group, 20)
    PlanRuleFactory(plant=group.plant, at_risk_percent=99, likely_late_percent=99)
    in_force(group.plant, planner)
    assert refresh(group.plant, now=timezone.now()).raised == 0
    said = OrderForecast.objects.get().p80_at
    ProductionOrder.objects.filter(pk=made.pk).update(promised_at=said - HOUR)
    assert refresh(group.plant, now=timezone.now()).raised == 0
    PlanRule.objects.update(at_risk_percent=15)
    assert refresh(group.plant, now=timezone.now()).raised == 1
    PlanRule.objects.update(at_risk_percent=99)
    with pytest.raises(IntegrityError), transaction.atomic():
        PlanRule.objects.update(likely_late_percent=98)


def test_on_the_edge_an_alert_stays_as_it_is():
    """Between 10 and 20 % late nothing is raised, and what was raised doesn't end."""
    made, now = ProductionOrderFactory(released=True), timezone.now()

    def said(percent):
        one = OrderForecastFactory(order=made, late_percent=percent, promised_at=now)
        return keep_alerts([one], {made.pk: one}, now, Rule.over(20))

    assert [said(15), said(20), said(21), said(30), said(15), said(10)] == [
        (0, 0),
        (0, 0),
        (1, 0),
        (0, 0),
        (0, 0),
        (0, 0),
    ]
    assert [said(9), said(5), said(50)] == [(0, 1), (0, 0), (1, 0)]


def test_what_is_over_has_no_alert(group):
    made = ProductionOrderFactory(plant=group.plant, released=True)
    PromiseAlertFactory(forecast=OrderForecastFactory(order=made))
    ProductionOrder.objects.filter(pk=made.pk).update(state=OrderState.CANCELLED)
    assert refresh(group.plant, now=timezone.now() + HOUR).ended == 1


def test_dates_that_others_state_become_versions(group, press, planner):
    made = order(group, 5)
    promised(made, 40)
    in_force(group.plant, planner)
    refresh(group.plant, now=timezone.now())
    refresh(group.plant, now=timezone.now())
    accept_quote(
        quote=make_quote(asked=of_order(made), by=planner, key=uuid.uuid4()),
        percent=80,
        by=planner,
        key=uuid.uuid4(),
    )
    promised(made, 60)
    refresh(group.plant, now=timezone.now())
    versions = Promise.objects.order_by("version").values_list("version", "source", "confidence_percent")
    assert list(versions) == [(1, "stated", None), (2, "quote", 80), (3, "stated", None)]


def test_an_event_is_noticed_and_quiet_is_not_looked_at_twice(group, press, planner):
    made = order(group, 10)
    in_force(group.plant, planner)
    assert keep_up() == 1
    assert keep_up() == 0
    operation = made.operations.get()
    RunFactory(operation=operation, machine=press, production_at=timezone.now())
    made.operations.update(state=OperationState.PRODUCTION, started_at=timezone.now())
    assert keep_up() == 1
    CalendarExceptionFactory(plant=group.plant, start=timezone.now(), end=timezone.now() + 8 * HOUR)
    assert keep_up() == 1
    other = order(group, 5)
    assert keep_up() == 1
    ProductionOrder.objects.filter(pk=other.pk).update(state=OrderState.CANCELLED)
    assert keep_up() == 1
    assert keep_up() == 0
    assert keep_up(now=timezone.now() + HOUR) == 1


def test_what_runs_and_a_pinned_plan_are_quoted_and_computed_again(group, press, planner):
    made, behind = order(group, 10), order(group, 2)
    begun = timezone.now() - 3 * HOUR
    made.operations.update(state=OperationState.PRODUCTION, started_at=begun)
    RunFactory(operation=made.operations.get(), machine=press, started_at=begun, production_at=begun)
    in_force(group.plant, planner)
    quote = make_quote(asked=of_order(behind), by=planner, key=uuid.uuid4())
    assert is_reproducible(quote)
    assert quote.p80_at > timezone.now() + 3 * HOUR


def test_the_expected_end_is_the_forecasts_until_that_is_over(group):
    made = order(group, 2)
    listed = ProductionOrder.objects.prefetch_related("operations")
    assert expected_of(listed)[made.pk].forecast is None
    said = OrderForecastFactory(order=made)
    expected = expected_of(listed)[made.pk]
    assert (expected.forecast, expected.ends_at) == (said, said.p80_at)
    assert expected_of(listed, now=said.p80_at + HOUR)[made.pk].forecast is None


def test_forecasting_costs_the_same_number_of_queries_however_much_is_open(group, press, planner):
    order(group, 1)
    in_force(group.plant, planner)
    counts = []
    for more in (0, 2):
        for _ in range(more):
            order(group, 1, 2)
        ProductionOrderFactory(plant=group.plant)
        with CaptureQueriesContext(connection) as queries:
            refresh(group.plant, now=timezone.now())
        counts.append(len(statements(queries)))
    assert counts[1] <= counts[0] + 1


def test_a_look_that_a_later_one_overtook_writes_nothing(group, press, planner):
    order(group, 10)
    in_force(group.plant, planner)
    now = timezone.now()
    assert refresh(group.plant, now=now + 8 * HOUR).written == 1
    assert refresh(group.plant, now=now).written == 0
    assert refresh(group.plant, now=now + 20 * HOUR).written == 1
