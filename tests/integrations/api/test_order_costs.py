"""Costs by order for controlling: complete, in pages, and only of the partner's plant."""

from decimal import Decimal

import pytest

from tests.factories.machines import PlantFactory
from tests.factories.orders import ProductionOrderFactory
from tests.orders.cost.test_pages import order_of

pytestmark = pytest.mark.django_db


def test_each_order_comes_once_however_small_the_pages(partner, plant):
    orders = [order_of(plant=plant) for _ in range(3)]
    order_of(plant=PlantFactory(code="ELSEWHERE", erp_code="E1"))
    ProductionOrderFactory(plant=plant)  # not released
    found, after = [], 0
    while after is not None:
        answer = partner.get("order-costs", limit=2, after=after).json()
        found += answer["orders"]
        after = answer["next"]
    assert [one["order"] for one in found] == [order.number for order in orders]
    one = found[0]
    assert one["quoted"] == {"setup": "10.00", "machine": "60.00", "labour": "35.00"}
    assert (one["quote"], one["price"], one["margin"]) == ("105.00", "1000.00", "895.00")
    assert sum(map(Decimal, one["causes"].values())) == Decimal(one["variance"])


def test_one_order_is_found_by_its_number(partner, plant):
    wanted, _other = order_of(plant=plant), order_of(plant=plant)
    answer = partner.get("order-costs", order=wanted.number).json()
    assert [one["order"] for one in answer["orders"]] == [wanted.number]


def test_a_limit_that_is_no_number_is_refused(partner):
    assert partner.get("order-costs", limit="many").status_code == 422
