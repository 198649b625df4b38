"""Shipping an order line from the office: which lots, what stands in the way, and the next number."""

import uuid
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django.asserts import assertContains

from mes.lib.errors import InvalidInput, Refused
from orders.domain.inventory import ship
from orders.domain.stock import move_stock
from orders.models import Lot, Reservation, Shipment, ShippedLot, StockBalance
from tests.factories.accounts import OperatorFactory, SupervisorFactory
from tests.factories.machines import PlantFactory
from tests.factories.orders import (
    CustomerOrderLineFactory,
    HoldFactory,
    LotFactory,
    OrderComponentFactory,
    OrderRequirementFactory,
    ProductionOrderFactory,
    StockBalanceFactory,
)
from tests.support.books import assert_books_are_clean

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


def test_what_was_made_for_another_customer_is_offered_last_and_not_proposed(office, plant, line):
    other = ProductionOrderFactory(
        plant=plant, item=line.item, customer_line=CustomerOrderLineFactory(item=line.item), running=True
    )
    stocked(plant, line, "THEIRS", 50, order=other)
    stocked(plant, line, "ANY", 4)
    page = office.get(reverse("ship-line", args=[line.pk]))
    offers = [(offer.lot.number, offer.proposed) for offer, _field in page.context["rows"]]
    assert offers == [("ANY", 4), ("THEIRS", 0)]
    assertContains(page, "made for another line")


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


def test_what_has_no_lot_goes_after_the_lots_and_without_one(office, plant, line):
    StockBalanceFactory(plant=plant, item=line.item, on_hand=Decimal(50))
    stocked(plant, line, "OLD", 4)
    page = office.get(reverse("ship-line", args=[line.pk]))
    offers = [(offer.lot and offer.lot.number, offer.proposed) for offer, _field in page.context["rows"]]
    assert offers == [("OLD", 4), (None, 6)]
    answer = send(office, line, without_lot="6")
    [row] = ShippedLot.objects.all()
    assert (row.lot, row.quantity) == (None, 6)
    assert StockBalance.objects.get(item=line.item, lot="").on_hand == 44
    page = office.get(answer.url).content.decode()
    assert "without lot" in page
    assert office.get(reverse("ship-line", args=[line.pk])).context["still"] == 4


def test_more_than_lies_there_without_a_lot_is_refused(office, plant, line):
    StockBalanceFactory(plant=plant, item=line.item, on_hand=Decimal(5))
    answer = send(office, line, without_lot="6")
    assert answer.status_code == 422
    assert "without a lot 1 are missing" in answer.content.decode()
    assert not Shipment.objects.exists()


def test_stock_that_is_held_or_not_free_does_not_go_for_want_of_a_lot(office, plant, line):
    StockBalanceFactory(plant=plant, item=line.item, on_hand=Decimal(9), status="blocked")
    assert office.get(reverse("ship-line", args=[line.pk])).context["rows"] == []
    StockBalanceFactory(plant=plant, item=line.item, on_hand=Decimal(9))
    HoldFactory(order=None, item=line.item, plant=plant, lot="", kind="recall", reason="Cracks")
    page = office.get(reverse("ship-line", args=[line.pk]))
    assert "Cracks" in page.content.decode()
    assert not page.context["possible"]
    with pytest.raises(Refused, match="Cracks"):
        ship(line=line, plant=plant, lots=[(None, Decimal(1))], by=None, key=uuid.uuid4())


def test_an_item_tracked_by_lot_goes_once_its_stock_has_one(office, plant):
    line = CustomerOrderLineFactory(quantity=Decimal(10), item__lot_tracked=True)
    move_stock(plant=plant, item=line.item, quantity=Decimal(12))
    balance = StockBalance.objects.get(item=line.item)
    page = office.get(reverse("ship-line", args=[line.pk]))
    assert not page.context["possible"]
    url = reverse("stock-give-lot", args=[balance.pk])
    assert f"{url}?line={line.pk}" in page.content.decode()
    with pytest.raises(InvalidInput, match="tracked by lot"):
        ship(line=line, plant=plant, lots=[(None, Decimal(1))], by=None, key=uuid.uuid4())
    said = {"key": str(uuid.uuid4()), "quantity": "10", "number": "L-1", "supplier_lot": "", "expires_on": ""}
    for _twice in range(2):
        answer = office.post(f"{url}?line={line.pk}", said)
        assert answer.url.startswith(reverse("ship-line", args=[line.pk]))
    lot = Lot.objects.get(item=line.item)
    rows = office.get(answer.url).context["rows"]
    assert [(offer.lot, offer.there, offer.refusal != "") for offer, _field in rows] == [
        (lot, 10, False),
        (None, 2, True),
    ]
    send(office, line, **{f"lot_{lot.pk}": "10"})
    assert ShippedLot.objects.get().lot == lot
    assert_books_are_clean()


def test_what_orders_in_work_locked_and_what_is_not_free_keeps_that_when_it_gets_a_lot(office, plant, line):
    balance = StockBalanceFactory(plant=plant, item=line.item, on_hand=Decimal(10), reserved=Decimal(8))
    component = OrderComponentFactory(item=line.item, order__plant=plant)
    Reservation.objects.create(component=component, balance=balance, quantity=Decimal(8), locked=True)
    stocked(plant, line, "GOOD", 3)
    blocked = StockBalanceFactory(plant=plant, item=line.item, on_hand=Decimal(5), status="blocked")
    said = {"key": str(uuid.uuid4()), "quantity": "3", "number": "GOOD", "supplier_lot": "", "expires_on": ""}
    for one, words in ((balance, "Only 2 may be moved"), (blocked, "This stock is blocked")):
        answer = office.post(reverse("stock-give-lot", args=[one.pk]), said)
        assert answer.status_code == 422
        assert words in answer.content.decode()
    assert StockBalance.objects.get(lot="GOOD").on_hand == 3


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
