"""Stock is locked in one order, whatever is booked: nobody sees a deadlock."""

import uuid
from decimal import Decimal

import pytest
from django.utils import timezone

from orders.domain.engineering import change_order_revision
from orders.domain.execution import finish
from orders.domain.inventory import count_stock, receive_purchase
from orders.domain.pegging import lock_components
from orders.domain.release import release_order
from orders.domain.reports import Quantities, report
from orders.domain.stock_locks import SHARES
from orders.models import ProductionOrder, StockBalance
from tests.factories.accounts import EngineerFactory
from tests.factories.machines import PlantFactory
from tests.factories.orders import (
    ItemFactory,
    ItemRevisionFactory,
    LotFactory,
    OperationFactory,
    OrderComponentFactory,
    ProductionOrderFactory,
    PurchaseOrderLineFactory,
    StockBalanceFactory,
    StockMoveFactory,
)
from tests.support.books import assert_books_are_clean
from tests.support.clients import at_once, deadlocks
from tests.support.engineered import made_by, work_centre

pytestmark = pytest.mark.django_db(transaction=True)
TIMES = 12


def stocked(plant, item, quantity, lot=""):
    """A balance with the movement that made it."""
    if lot:
        LotFactory(item=item, number=lot)
    StockMoveFactory(plant=plant, item=item, lot=lot, quantity=quantity)
    return StockBalanceFactory(plant=plant, item=item, lot=lot, on_hand=quantity)


def test_bookings_releases_receipts_and_counts_at_once_wait_and_never_lock_each_other_out():
    plant = PlantFactory()
    plain, other, lots = ItemFactory(), ItemFactory(), ItemFactory(lot_tracked=True)
    # balances stand in another order than their items
    stocked(plant, lots, Decimal(1000), "LOT-1")
    balances = [stocked(plant, item, Decimal(1000)) for item in (other, plain)]
    stocked(plant, lots, Decimal(1000), "LOT-2")

    def order_of(item=None, **state):
        order = ProductionOrderFactory(plant=plant, item=item or ItemFactory(), quantity=100, **state)
        work = OperationFactory(order=order, number="0010", position=1, quantity=100, **state)
        for needed in (lots, plain, other):
            OrderComponentFactory(
                order=order, item=needed, operation_number="0010", quantity=100, backflush=True
            )
        return work

    running = [order_of(released=True) for _ in range(3)]
    planned = [order_of() for _ in range(2 * TIMES)]
    made_here = [order_of(item=plain, released=True) for _ in range(TIMES)]
    purchases = [PurchaseOrderLineFactory(order__plant=plant, item=item) for item in (lots, plain)]
    before = deadlocks()

    def work(number):
        for nth in range(TIMES):
            key = uuid.uuid4()
            if number < 3:
                report(operation=running[number], quantities=Quantities(Decimal(1)), by=None, key=key)
            elif number < 5:
                release_order(order=planned[nth * 2 + number - 3].order, by=None, key=key)
            elif number == 5:
                line = purchases[nth % 2]
                lot = f"IN-{nth}" if line.item.lot_tracked else ""
                receive_purchase(line=line, quantity=Decimal(1), by=None, key=key, number=lot)
            elif number == 6:
                count_stock(balance=balances[nth % 2], counted=Decimal(900 + nth), by=None, key=key)
                lock_components(operation=running[nth % 3])
            else:
                report(operation=made_here[nth], quantities=Quantities(Decimal(2)), by=None, key=key)
                finish(operation=made_here[nth], by=None, key=uuid.uuid4())

    at_once(8, work)
    assert deadlocks() == before
    assert not StockBalance.objects.filter(on_hand__lt=0).exists()
    assert_books_are_clean()


def test_changes_of_revision_and_releases_at_once_never_lock_each_other_out():
    """The new revision needs what comes before the old one's part in the order of locks."""
    plant = PlantFactory()
    new_part, old_part = sorted((ItemFactory(), ItemFactory()), key=lambda item: item.pk % SHARES)
    for item in (new_part, old_part):
        stocked(plant, item, Decimal(10_000))
    product = ItemFactory(revision="A", revision_released_at=timezone.now(), stocked=False)
    mill = work_centre(plant, "MILL")
    for code, part in (("A", old_part), ("B", new_part)):
        made_by(product, plant, code, [("0010", mill)], needs=[(part, 1, "0010")])
    orders = [ProductionOrderFactory(plant=plant, item=product, quantity=10) for _ in range(2 * TIMES)]
    for order in orders:
        release_order(order=order, by=None, key=uuid.uuid4())
    product.revision = "B"
    product.save()
    revision = ItemRevisionFactory(item=product, code="B", released_at=timezone.now())
    engineer = EngineerFactory()
    others = []
    for _ in range(2 * TIMES):
        order = ProductionOrderFactory(plant=plant, quantity=1)
        OperationFactory(order=order, number="0010", position=1, quantity=1)
        for needed in (new_part, old_part):
            OrderComponentFactory(order=order, item=needed, operation_number="0010", quantity=1)
        others.append(order)
    before = deadlocks()

    def work(number):
        for nth in range(TIMES):
            if number < 2:
                order, key = orders[nth * 2 + number], uuid.uuid4()
                change_order_revision(order=order, revision=revision, reason="Lighter", by=engineer, key=key)
            else:
                release_order(order=others[nth * 2 + number - 2], by=None, key=uuid.uuid4())

    at_once(4, work)
    assert deadlocks() == before
    assert ProductionOrder.objects.filter(split_from__in=orders).count() == len(orders)
    assert_books_are_clean()
