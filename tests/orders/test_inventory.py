"""Receipts, transfers, counting, shipments; who gets the stock, also when many want the last of it."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest

from mes.lib.errors import InvalidInput, Refused
from orders.domain.consumption import consume_lot
from orders.domain.holds import hold_item
from orders.domain.inventory import count_stock, receive_purchase, set_lot_status, ship, transfer_stock
from orders.domain.pegging import lock_components, peg_again
from orders.domain.release import release_order
from orders.domain.stock import move_stock, reserve_components
from orders.models import Lot, OrderComponent, Reservation, Shipment, StockBalance, StockMove
from tests.factories.machines import MONDAY, PlantFactory
from tests.factories.orders import (
    CustomerOrderLineFactory,
    ItemFactory,
    LotFactory,
    OperationFactory,
    OrderComponentFactory,
    PlaceFactory,
    ProductionOrderFactory,
    PurchaseOrderLineFactory,
)
from tests.support.books import assert_books_are_clean
from tests.support.clients import at_once, deadlocks


def stock(item, plant, number, quantity, place=None):
    lot = LotFactory(item=item, number=number)
    move_stock(plant=plant, item=item, quantity=Decimal(quantity), kind="receipt", lot=number, place=place)
    return lot


def wanting(item, quantity, plant, **order):
    """An operation of a released order that needs so much of the item."""
    operation = OperationFactory(
        released=True,
        number="0010",
        position=1,
        order=ProductionOrderFactory(released=True, plant=plant, **order),
    )
    OrderComponentFactory(order=operation.order, item=item, operation_number="0010", quantity=quantity)
    return operation


def received(operation):
    return OrderComponent.objects.get(order=operation.order_id).reserved


@pytest.mark.django_db
class TestBookings:
    def test_a_receipt_makes_the_lot_and_counts_for_its_line_once(self):
        line = PurchaseOrderLineFactory(item__lot_tracked=True)
        key = uuid.uuid4()
        for _ in range(2):
            receive_purchase(
                line=line,
                quantity=Decimal(60),
                by=None,
                key=key,
                number="H4711",
                supplier_lot="HEAT-9",
                place=PlaceFactory(plant=line.order.plant, code="A-01"),
            )
        line.refresh_from_db()
        lot = Lot.objects.get()
        assert (line.received, line.open_quantity) == (60, 40)
        assert (lot.supplier, lot.supplier_lot) == ("Steel works", "HEAT-9")
        assert_books_are_clean()

    def test_a_lot_tracked_item_is_not_received_without_a_lot(self):
        line = PurchaseOrderLineFactory(item__lot_tracked=True)
        with pytest.raises(InvalidInput, match="say which lot"):
            receive_purchase(line=line, quantity=Decimal(1), by=None, key=uuid.uuid4())

    def test_a_full_place_takes_nothing_more(self):
        line = PurchaseOrderLineFactory()
        place = PlaceFactory(plant=line.order.plant, capacity=10)
        with pytest.raises(Refused, match="room for 10"):
            receive_purchase(line=line, quantity=Decimal(11), by=None, key=uuid.uuid4(), place=place)

    def test_a_transfer_moves_what_is_there(self):
        plant, item = PlantFactory(), ItemFactory()
        here, there = PlaceFactory(plant=plant), PlaceFactory(plant=plant)
        lot = stock(item, plant, "A", 10, here)
        move = {"plant": plant, "lot": lot, "source": here, "target": there, "by": None}
        key = uuid.uuid4()
        for _ in range(2):
            transfer_stock(**move, quantity=Decimal(4), key=key)
        with pytest.raises(Refused):
            transfer_stock(**move, quantity=Decimal(7), key=uuid.uuid4())
        assert dict(StockBalance.objects.values_list("place", "on_hand")) == {here.pk: 6, there.pk: 4}
        assert_books_are_clean()

    def test_counting_books_the_difference_and_only_that(self):
        plant, item = PlantFactory(), ItemFactory()
        stock(item, plant, "A", 10)
        balance = StockBalance.objects.get()
        assert count_stock(balance=balance, counted=Decimal(10), by=None, key=uuid.uuid4()) is None
        move = count_stock(balance=balance, counted=Decimal(8), by=None, key=uuid.uuid4())
        assert (move.kind, move.quantity) == ("count", -2)
        with pytest.raises(InvalidInput):
            count_stock(balance=balance, counted=Decimal(-1), by=None, key=uuid.uuid4())
        assert_books_are_clean()

    def test_a_blocked_lot_carries_its_stock_along_and_loses_its_reservations(self):
        plant, item = PlantFactory(), ItemFactory()
        lot = stock(item, plant, "A", 10)
        operation = wanting(item, 6, plant)
        reserve_components(plant=operation.order.plant, orders=[operation.order.pk])
        set_lot_status(plant=plant, lot=lot, status="blocked", by=None, key=uuid.uuid4())
        assert dict(StockBalance.objects.values_list("status", "on_hand")) == {"free": 0, "blocked": 10}
        assert received(operation) == 0
        assert_books_are_clean()

    def test_a_shipment_names_its_lots_and_held_ones_stay(self):
        line = CustomerOrderLineFactory()
        plant = PlantFactory()
        good, bad = stock(line.item, plant, "GOOD", 10), stock(line.item, plant, "BAD", 10)
        hold_item(item=line.item, plant=plant, lot="BAD", kind="recall", reason="cracks", by=None)
        said = {"line": line, "plant": plant, "number": "8001", "by": None}
        with pytest.raises(Refused):
            ship(**said, lots=[(good, Decimal(1)), (bad, Decimal(1))], key=uuid.uuid4())
        assert not Shipment.objects.exists()
        with pytest.raises(Refused, match="missing"):
            ship(**said, lots=[(good, Decimal(11))], key=uuid.uuid4())
        key = uuid.uuid4()
        assert ship(**said, lots=[(good, Decimal(4))], key=key) == ship(
            **said, lots=[(good, Decimal(4))], key=key
        )
        assert StockBalance.objects.get(lot="GOOD").on_hand == 6
        assert_books_are_clean()


@pytest.mark.django_db
class TestPegging:
    def test_the_first_need_gets_the_stock_whoever_came_first(self):
        plant, item = PlantFactory(), ItemFactory()
        stock(item, plant, "A", 10)
        late = wanting(item, 8, plant, requested_at=MONDAY + timedelta(days=9))
        reserve_components(plant=late.order.plant, orders=[late.order.pk])
        early = wanting(item, 8, plant, requested_at=MONDAY)
        peg_again(plant=plant, item=item)
        assert (received(early), received(late)) == (8, 2)
        assert_books_are_clean()

    def test_what_is_locked_stays(self):
        plant, item = PlantFactory(), ItemFactory()
        stock(item, plant, "A", 10)
        late = wanting(item, 8, plant, requested_at=MONDAY + timedelta(days=9))
        lock_components(operation=late)
        early = wanting(item, 8, plant, requested_at=MONDAY)
        peg_again(plant=plant, item=item)
        assert (received(early), received(late)) == (2, 8)
        assert_books_are_clean()

    def test_a_start_takes_what_others_only_reserved(self):
        plant, item = PlantFactory(), ItemFactory()
        stock(item, plant, "A", 10)
        waits, starts = wanting(item, 10, plant), wanting(item, 7, plant)
        reserve_components(plant=waits.order.plant, orders=[waits.order.pk])
        lock_components(operation=starts)
        assert (received(starts), received(waits)) == (7, 3)
        assert_books_are_clean()


@pytest.mark.django_db(transaction=True)
def test_the_last_kilogram_goes_to_one_of_many():
    """Starts, scans and releases at once: one order locks it, nobody drains it, nothing is lost."""
    plant, item = PlantFactory(), ItemFactory()
    lot = stock(item, plant, "LAST", 1)
    starting = [wanting(item, 1, plant) for _ in range(4)]
    scanning = [wanting(item, 1, plant) for _ in range(2)]
    releasing = [ProductionOrderFactory(plant=plant) for _ in range(2)]
    for order in releasing:
        OperationFactory(order=order, number="0010", position=1)
        OrderComponentFactory(order=order, item=item, operation_number="0010", quantity=1)
    lock_components(operation=starting[0])
    before = deadlocks()

    def work(number):
        if number < 4:
            lock_components(operation=starting[number])
        elif number < 6:
            try:
                consume_lot(
                    operation=scanning[number - 4], lot=lot, quantity=Decimal(1), by=None, key=uuid.uuid4()
                )
            except Refused as refusal:
                return refusal.code
        else:
            release_order(order=releasing[number - 6], by=None, key=uuid.uuid4())
        return None

    answers = at_once(8, work)
    assert answers.count("locked") == 2
    assert [received(operation) for operation in starting] == [1, 0, 0, 0]
    assert Reservation.objects.filter(locked=True, quantity__gt=0).count() == 1
    assert StockBalance.objects.get(lot="LAST").on_hand == 1
    assert not StockMove.objects.filter(kind="issue").exists()
    assert deadlocks() == before
    assert_books_are_clean()


@pytest.mark.django_db(transaction=True)
def test_of_many_starts_at_once_one_locks_the_last_kilogram():
    plant, item = PlantFactory(), ItemFactory()
    stock(item, plant, "LAST", 1)
    starting = [wanting(item, 1, plant) for _ in range(6)]
    at_once(6, lambda number: lock_components(operation=starting[number]))
    assert sorted(received(operation) for operation in starting) == [0, 0, 0, 0, 0, 1]
    assert_books_are_clean()
