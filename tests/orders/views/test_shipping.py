"""Shipping an order line from the office: which lots, what stands in the way, and the next number."""

import uuid
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from orders.models import Shipment, StockBalance
from tests.factories.accounts import OperatorFactory, SupervisorFactory
from tests.factories.machines import PlantFactory
from tests.factories.orders import (
    CustomerOrderLineFactory,
    HoldFactory,
    LotFactory,
    OrderRequirementFactory,
    ProductionOrderFactory,
    StockBalanceFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def line():
    return CustomerOrderLineFactory(quantity=Decimal(10))


@pytest.fixture
def plant():
    return PlantFactory()


def stocked(plant, line, number, quantity, **lot):
    lot = LotFactory(item=line.item, number=number, **lot)
    StockBalanceFactory(plant=plant, item=line.item, lot=number, on_hand=Decimal(quantity))
    return lot


def send(client, line, **said):
    return client.post(reverse("ship-line", args=[line.pk]), {"key": str(uuid.uuid4()), "number": ""} | said)


@pytest.fixture
def office(client):
    client.force_login(SupervisorFactory())
    return client


def test_lots_made_for_the_line_are_offered_first_and_the_rest_is_proposed(office, plant, line):
    stocked(plant, line, "OLD", 50)
    order = ProductionOrderFactory(plant=plant, item=line.item, customer_line=line, running=True)
    own = stocked(plant, line, "OWN", 4, order=order)
    page = office.get(reverse("ship-line", args=[line.pk]))
    offers = [(offer.lot.number, offer.proposed) for offer, _field in page.context["rows"]]
    assert offers == [("OWN", 4), ("OLD", 6)]
    answer = send(office, line, **{f"lot_{own.pk}": "4"})
    assert answer.url == reverse("customer-order", args=[line.order.number])
    assert Shipment.objects.get().number == "S000001"
    assert StockBalance.objects.get(lot="OWN").on_hand == 0
    page = office.get(answer.url).content.decode()
    assert "S000001" in page
    assert office.get(reverse("ship-line", args=[line.pk])).context["still"] == 6


def test_a_held_lot_and_an_open_requirement_are_said_and_nothing_goes(office, plant, line):
    lot = stocked(plant, line, "BAD", 10)
    HoldFactory(order=None, item=line.item, plant=plant, lot="BAD", kind="recall", reason="Cracks")
    page = office.get(reverse("ship-line", args=[line.pk]))
    assert "Cracks" in page.content.decode()
    assert not page.context["possible"]
    assert send(office, line, **{f"lot_{lot.pk}": "1"}).status_code == 422
    good = stocked(plant, line, "GOOD", 10)
    order = ProductionOrderFactory(plant=plant, item=line.item, customer_line=line, running=True)
    OrderRequirementFactory(order=order, code="BORE", text="Bore 25 H7")
    answer = send(office, line, **{f"lot_{good.pk}": "1"})
    assert answer.status_code == 422
    assert "Bore 25 H7" in answer.content.decode()
    assert not Shipment.objects.exists()


def test_more_than_there_is_and_nothing_at_all_are_refused(office, plant, line):
    lot = stocked(plant, line, "FEW", 3)
    for quantity in ("4", "", "-1", "x"):
        assert send(office, line, **{f"lot_{lot.pk}": quantity}).status_code == 422
    assert StockBalance.objects.get(lot="FEW").on_hand == 3


def test_stock_without_a_lot_is_said(office, plant, line):
    StockBalanceFactory(plant=plant, item=line.item, on_hand=Decimal(7))
    assert "lie there without a lot" in office.get(reverse("ship-line", args=[line.pk])).content.decode()


def test_the_page_costs_the_same_for_one_lot_and_for_three(office, plant, line):
    counts = []
    for numbers in ("A", "BC"):
        for number in numbers:
            stocked(plant, line, number, 5)
        office.get(reverse("ship-line", args=[line.pk]))
        with CaptureQueriesContext(connection) as queries:
            office.get(reverse("ship-line", args=[line.pk]))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_an_operator_does_not_ship(client, line):
    client.force_login(OperatorFactory())
    assert client.get(reverse("ship-line", args=[line.pk])).status_code == 403
