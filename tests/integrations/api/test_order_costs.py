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


def tell(partner, *rows):
    base = {"kind": "outside", "value": "120.50", "text": "Invoice 77"}
    body = [base | {"key": f"c{n}"} | row for n, row in enumerate(rows)]
    return partner.post("order-costs", body).json()["results"]


def test_costs_that_are_told_count_once(partner, plant):
    order = order_of(plant=plant)
    rows = ({"order": order.number}, {"order": order.number, "operation": "0010", "value": "-20.25"})
    for _again in range(2):
        assert [row["status"] for row in tell(partner, *rows)] == ["accepted"] * 2
    (found,) = partner.get("order-costs", order=order.number).json()["orders"]
    assert found["spent"]["outside"] == "100.25"


@pytest.mark.parametrize(
    ("row", "field", "code"),
    [
        ({"kind": "labour"}, "kind", "invalid_choice"),
        ({"value": "0"}, "value", "zero"),
        ({"value": "12.345"}, "value", "max_decimal_places"),
        ({"value": "NaN"}, "value", "not_a_number"),
        ({"text": " "}, "text", "blank"),
        ({"operation": "0999"}, "operation", "unknown_operation"),
        ({"order": "4712"}, "order", "unknown_order"),
        ({"at": "2999-01-01T00:00:00Z"}, "at", "future"),
        ({"euros": 5}, "euros", "unknown_field"),
    ],
)
def test_a_wrong_cost_is_refused_and_the_next_one_taken(partner, plant, row, field, code):
    order = order_of(plant=plant)
    refused, accepted = tell(partner, {"order": order.number} | row, {"order": order.number})
    assert (refused["status"], accepted["status"]) == ("refused", "accepted")
    assert [(problem["field"], problem["code"], problem["row"]) for problem in refused["problems"]] == [
        (field, code, 1)
    ]


def test_the_same_key_can_t_be_another_cost(partner, plant):
    order = order_of(plant=plant)
    tell(partner, {"order": order.number})
    (refused,) = tell(partner, {"order": order.number, "value": "9"})
    assert (refused["status"], refused["problems"][0]["code"]) == ("refused", "key_used")


def test_orders_of_another_plant_are_unknown(partner, plant):
    elsewhere = order_of(plant=PlantFactory(code="ELSEWHERE", erp_code="E1"))
    (refused,) = tell(partner, {"order": elsewhere.number})
    assert refused["problems"][0]["code"] == "unknown_order"
