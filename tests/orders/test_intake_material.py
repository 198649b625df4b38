"""Material follows what the ERP changes: needed in proportion to the quantity, given back when it is over."""

import uuid
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.domain.execution import start_production
from orders.domain.release import release_order
from orders.domain.stock import move_stock
from orders.enums import ErpStatus, OrderState
from orders.models import Item, OrderComponent, ProductionOrder, Reservation, StockBalance
from tests.orders.conftest import document
from tests.support.books import assert_books_are_clean


@pytest.fixture
def stock(plant):
    """500 bars; an order of 100 needs 200 of them."""
    move_stock(plant=plant.row, item=Item.objects.get(code="BAR"), quantity=Decimal(500))
    return StockBalance.objects.get(item__code="BAR")


def figures(stock):
    stock.refresh_from_db()
    [component] = OrderComponent.objects.all()
    return component.quantity, component.reserved, stock.reserved


@pytest.mark.parametrize(("wanted", "needed"), [(150, 300), (50, 100), (110, 220), (400, 800)])
def test_a_released_orders_material_is_needed_and_reserved_in_proportion(take, stock, order, wanted, needed):
    take(document(quantity=Decimal(wanted), version="2", components=None))
    there = min(needed, 500)
    assert figures(stock) == (needed, there, there)
    assert_books_are_clean()


def test_a_frozen_bill_of_material_follows_though_the_message_names_its_components(take, stock, order):
    take(document(quantity=Decimal(120), version="2"))
    assert figures(stock) == (240, 240, 240)


@pytest.mark.parametrize(("wanted", "needed"), [(110, 220), (90, 180)])
def test_what_is_locked_for_a_running_order_stays_so(take, stock, order, plant, wanted, needed):
    first = order.operations.get(number="0010")
    start_production(operation=first, machine=plant.press, by=None, key=uuid.uuid4())
    take(document(quantity=Decimal(wanted), version="2", components=None))
    assert figures(stock) == (needed, needed, needed)
    assert Reservation.objects.get().locked


def test_a_planned_orders_own_components_follow_too(take):
    take(document())
    take(document(quantity=Decimal(50), version="2", components=None))
    assert OrderComponent.objects.get().quantity == 100


@pytest.mark.parametrize("said", [{"cancel": True}, {"status": ErpStatus.TECHNICALLY_COMPLETE}])
def test_what_is_over_gives_its_material_back(take, stock, order, said):
    assert figures(stock) == (200, 200, 200)
    take(document(version="2", **said))
    assert ProductionOrder.objects.get().state == OrderState.CANCELLED
    assert figures(stock) == (200, 0, 0)
    assert_books_are_clean()


def test_cancelling_many_costs_what_cancelling_one_costs(take, stock):
    counts = []
    for numbers in (("1",), ("2", "3", "4")):
        take(*(document(number) for number in numbers))
        for order in ProductionOrder.objects.filter(number__in=numbers):
            release_order(order=order, by=None, key=uuid.uuid4())
        with CaptureQueriesContext(connection) as queries:
            take(*(document(number, version="2", cancel=True) for number in numbers))
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert StockBalance.objects.get(item__code="BAR").reserved == 0
