"""The chance that a promise is missed is corrected by what became of those looked at before."""

import random
from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from orders.enums import OrderState
from orders.models import ProductionOrder
from orders.planning.promise.collect import hindsight_at
from orders.planning.promise.hindsight import EDGE, HOUR, Hindsight, Look, hindsight_of, stage_of
from orders.queries.records import past_forecasts
from tests.factories.machines import PlantFactory
from tests.factories.orders import OrderForecastFactory, ProductionOrderFactory

chances = st.floats(0, 1)
spans = st.floats(1, 5e6)
looks = st.builds(Look, order=st.integers(0, 30), chance=chances, left=spans, late=st.booleans())


@given(chances, spans)
def test_without_any_what_is_said_is_taken_at_its_word(chance, left):
    assert hindsight_of([]).late(chance, left) == pytest.approx(min(max(chance, EDGE), 1 - EDGE))


@given(st.lists(looks, max_size=60), chances, chances, spans)
def test_whatever_happened_it_is_a_chance_that_never_falls_while_what_is_said_rises(past, one, other, left):
    found = hindsight_of(past)
    low, high = (found.late(chance, left) for chance in sorted((one, other)))
    assert 0.0 < low <= high < 1.0


@given(st.lists(looks, min_size=1, max_size=30), st.data())
def test_an_order_counts_one_however_often_it_was_looked_at(past, data):
    again = data.draw(st.lists(st.sampled_from([one.order for one in past]), max_size=3))
    doubled = [*past, *(one for order in set(again) for one in past if one.order == order)]
    assert hindsight_of(doubled).weights == pytest.approx(hindsight_of(past).weights, abs=1e-6)


def test_near_the_date_it_says_as_often_as_it_happens():
    """Said far too timidly in the last hours, and as it is three days before."""
    chance = random.Random(4)

    def look(order, hours):
        said = chance.uniform(0.1, 0.9)
        true = said if hours > 48 else (0.95 if said > 0.5 else 0.05)
        return Look(order, said, hours * HOUR, chance.random() < true)

    found = hindsight_of([look(order, hours) for order in range(300) for hours in (3, 6, 72)])
    assert found.late(0.7, 3 * HOUR) > 0.88
    assert found.late(0.3, 3 * HOUR) < 0.12
    assert found.late(0.7, 72 * HOUR) == pytest.approx(0.7, abs=0.12)
    assert found.late(0.3, 72 * HOUR) == pytest.approx(0.3, abs=0.12)


def test_a_few_promises_move_it_less_than_many():
    few, many = (
        hindsight_of([Look(n, 0.5, 9 * HOUR, True) for n in range(count)]).late(0.5, 9 * HOUR)
        for count in (3, 60)
    )
    assert 0.5 < few < many < 1.0


@pytest.mark.django_db
def test_it_learns_from_promises_that_are_over_one_forecast_of_each_stage():
    now = timezone.now().replace(microsecond=0)
    plant, hour = PlantFactory(), timedelta(hours=1)

    def promised(due, finished):
        """By hours from now. Looked at from 40 hours before the date on, every 5."""
        made = ProductionOrderFactory(plant=plant, released=True)
        ended = {"state": OrderState.FINISHED, "finished_at": now + finished * hour} if finished else {}
        ProductionOrder.objects.filter(pk=made.pk).update(promised_at=now + due * hour, **ended)
        for left in range(40, -10, -5):
            zero = now + (due - left) * hour
            if zero < min(now, now + (finished or 0) * hour):
                OrderForecastFactory(order=made, made_at=zero, zero_at=zero, promised_at=now + due * hour)
        return made.pk

    kept, missed = promised(-10, -18), promised(-30, -2)
    overdue, running = promised(-5, None), promised(20, None)
    found = past_forecasts(plant, before=now)
    by_order = {
        order: sorted((one.promised_at - one.zero_at) / hour for one in found if one.order == order)
        for order in (kept, missed, overdue, running)
    }
    assert by_order == {kept: [10, 20, 35], missed: [5, 10, 20, 35], overdue: [5, 10, 20, 35], running: []}
    assert {one.order for one in found if one.late} == {missed, overdue}
    for one in found:
        assert stage_of((one.promised_at - one.zero_at).total_seconds()) in (2, 3, 4, 5)
    assert {one.order for one in past_forecasts(plant, before=now, most=1)} == {overdue}
    assert past_forecasts(PlantFactory(), before=now) == []
    assert hindsight_at(plant, before=now) != Hindsight()
