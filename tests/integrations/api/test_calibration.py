"""How often what was said did hold, for a partner: nothing is said of too few."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories.machines import PlantFactory
from tests.factories.orders import ItemFactory, OrderForecastFactory, ProductionOrderFactory

pytestmark = pytest.mark.django_db


def finished_orders(plant, *, count, late, item):
    """Said and finished six weeks ago; ``late`` of them after all of their dates."""
    begin = timezone.now() - timedelta(days=42)
    for number in range(count):
        order = ProductionOrderFactory(
            plant=plant, item=item, released=True, state="finished", finished_at=begin + timedelta(days=9)
        )
        said = OrderForecastFactory(order=order, zero_at=begin, made_at=begin)
        after = said.p95_at + timedelta(hours=1)
        order.finished_at = after if number < late else said.p50_at - timedelta(minutes=1)
        order.save(update_fields=["finished_at"])


def test_it_begins_empty(partner):
    found = partner.get("calibration").json()
    assert (found["plant"], found["n"], found["groups"]) == ("W001", 0, [])
    assert [one["share"] for one in found["shares"]] == [None, None, None]
    assert found["sharpness"]["width"] is None


def test_what_held_is_said_in_all_and_by_item_and_not_of_too_few(partner, plant):
    often, seldom = ItemFactory(code="OFTEN"), ItemFactory(code="SELDOM")
    finished_orders(plant, count=32, late=8, item=often)
    finished_orders(plant, count=3, late=0, item=seldom)
    found = partner.get("calibration", plant="W001").json()
    assert found["n"] == 35
    by_item = {one["name"]: one for one in found["groups"] if one["by"] == "item"}
    eighty = by_item["OFTEN"]["shares"][1]
    assert (eighty["said"], eighty["n"], eighty["held"], eighty["share"]) == (0.8, 32, 24, 0.75)
    assert eighty["low"] < 0.75 < eighty["high"]
    assert by_item["OFTEN"]["width"] > 0
    assert by_item["SELDOM"]["shares"][1]["share"] is None
    assert by_item["SELDOM"]["width"] is None


def test_a_plant_that_is_not_there_or_not_named_is_asked_for(partner):
    assert partner.get("calibration", plant="NOWHERE").status_code == 422
    PlantFactory(code="W002")
    answer = partner.get("calibration")
    assert answer.status_code == 422
    assert "plant" in answer.content.decode()
