"""The simulated plant gets as many orders as its load says: else nothing that is measured in it holds."""

import pytest

from tests.support.simulated_plant.floor import Floor
from tests.support.simulated_plant.truth import DAY, HOUR, Settings, Truth


def test_orders_come_in_office_hours_and_as_many_as_the_plant_manages():
    truth = Truth(Settings(seed=1, load=0.8), days=3000)
    floor, came = Floor(truth), []
    for order in floor.run():
        if order.came > 600 * DAY:
            break
        came.append(order.came)
    assert len(came) / 600 == pytest.approx(truth.orders_a_day(), rel=0.1)
    assert all(moment // DAY % 7 < 5 and 7 * HOUR <= moment % DAY <= 17 * HOUR for moment in came)
