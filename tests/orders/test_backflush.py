"""What is booked in one go takes the same from stock as when each event is booked by itself."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orders.domain.events import record_events
from orders.domain.execution import start_production
from orders.domain.reports import book, reversal_of
from orders.domain.stock import move_stock
from orders.models import (
    FeederLoad,
    GenealogyEdge,
    GenealogyLink,
    OrderComponent,
    ProductionEvent,
    Reservation,
    StockBalance,
    StockMove,
)
from tests.factories.machines import MONDAY, MachineFactory
from tests.factories.orders import (
    ItemFactory,
    LotFactory,
    OperationFactory,
    OrderComponentFactory,
    OutputLotRuleFactory,
    PlaceFactory,
    ProductionOrderFactory,
)
from tests.support.books import assert_books_are_clean

pytestmark = pytest.mark.django_db
BUCKET = timedelta(minutes=10)


class Shop:
    """An operation that consumes bars by lots and screws without; others have reserved some of the bars."""

    def __init__(self, *, lots_of=None):
        self.bar, self.screw, shaft = ItemFactory(lot_tracked=True), ItemFactory(), ItemFactory()
        if lots_of:
            OutputLotRuleFactory(item=shaft, per="quantity", quantity=Decimal(lots_of))
        self.order = ProductionOrderFactory(released=True, quantity=100, item=shaft)
        self.plant = self.order.plant
        self.operation = OperationFactory(
            released=True, order=self.order, position=1, number="0010", quantity=100, counting="machine"
        )
        self.machine = MachineFactory(plant=self.plant, group=self.operation.machine_group)
        needed = {"operation_number": "0010", "backflush": True}
        self.mine = OrderComponentFactory(order=self.order, item=self.bar, quantity=150, **needed)
        OrderComponentFactory(order=self.order, item=self.screw, quantity=300, **needed)
        other = ProductionOrderFactory(released=True, plant=self.plant)
        self.others = [OrderComponentFactory(order=other, item=self.bar, quantity=50) for _ in range(2)]
        start_production(operation=self.operation, machine=self.machine, by=None, key=uuid.uuid4())

    def stock(self, lots, screws):
        """``lots``: on hand, how much of it is reserved for us, softly for another, locked for a third."""
        if screws:
            move_stock(plant=self.plant, item=self.screw, quantity=Decimal(screws))
        for number, (on_hand, *reserved) in enumerate(lots):
            lot = LotFactory(item=self.bar, number=f"BAR{number}", made_at=MONDAY + number * BUCKET)
            place = PlaceFactory(plant=self.plant) if number % 2 else None
            move_stock(
                plant=self.plant, item=self.bar, quantity=Decimal(on_hand), lot=lot.number, place=place
            )
            balance = StockBalance.objects.get(item=self.bar, lot=lot.number)
            for component, part, locked in zip(
                [self.mine, *self.others], reserved, [False, False, True], strict=True
            ):
                quantity = min(Decimal(part), balance.on_hand - balance.reserved)
                if quantity > 0:
                    Reservation.objects.create(
                        component=component, balance=balance, quantity=quantity, locked=locked
                    )
                    component.reserved += quantity
                    component.save()
                    balance.reserved += quantity
                    balance.save()

    def feed(self, loads):
        """``loads``: lot, minutes from which and for how long it is on the feeder."""
        for number, (lot, start, length) in enumerate(loads):
            begin = MONDAY + timedelta(minutes=start)
            FeederLoad.objects.create(
                machine=self.machine,
                feeder=f"F{number}",
                lot=LotFactory(item=self.bar, number=f"BAR{lot}"),
                loaded_at=begin,
                ended_at=begin + timedelta(minutes=length),
            )

    def events(self, counts):
        """One of each ten minutes; ``back``: which earlier one is taken back after it."""
        made = []
        for number, (good, scrap, back) in enumerate(counts):
            begin = MONDAY + number * BUCKET
            event = ProductionEvent(
                plant=self.plant,
                kind="counted",
                order=self.order,
                operation=self.operation,
                machine=self.machine,
                key=uuid.uuid4(),
                good=good,
                scrap=scrap,
                occurred_at=begin + BUCKET / 2,
                period_start=begin,
                period_end=begin + BUCKET,
            )
            made.append(event)
            record_events([event])
            if back is not None and back < len(made) and not any(one.reverses is made[back] for one in made):
                taken_back = made[back]
                if taken_back.reverses is None:
                    made.append(reversal_of(taken_back, by=None, key=uuid.uuid4()))
                    record_events([made[-1]])
        return made

    def books(self):
        moves = {}
        for move in StockMove.objects.filter(kind="issue"):
            key = (move.event_id, move.item_id, move.lot, move.place_id)
            moves[key] = moves.get(key, 0) + move.quantity
        return {
            "moves": {key: quantity for key, quantity in moves.items() if quantity},
            "balances": sorted(
                StockBalance.objects.values_list("item", "lot", "place__code", "on_hand", "reserved"), key=str
            ),
            "reservations": sorted(Reservation.objects.values_list("component", "balance__lot", "quantity")),
            "components": sorted(OrderComponent.objects.values_list("pk", "issued", "reserved")),
            "edges": sorted(GenealogyEdge.objects.values_list("parent__number", "child__number", "quantity")),
            "links": sorted(
                GenealogyLink.objects.values_list("event", "parent__number", "child__number", "quantity")
            ),
        }


def booked(shop, groups):
    """The books after each group of events was booked in one go; then everything is as before."""
    point = transaction.savepoint()
    for group in groups:
        book(shop.operation, shop.order, group)
    books = shop.books()
    transaction.savepoint_rollback(point)
    return books


LOTS = st.lists(
    st.tuples(st.integers(1, 30), st.integers(0, 15), st.integers(0, 15), st.integers(0, 15)), max_size=4
)
LOADS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 60), st.integers(5, 60)), max_size=2)
COUNTS = st.lists(
    st.tuples(st.integers(1, 12), st.integers(0, 2), st.none() | st.integers(0, 5)), min_size=1, max_size=7
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lots=LOTS, loads=LOADS, counts=COUNTS, screws=st.integers(0, 20))
def test_booked_together_takes_what_booked_one_by_one_takes(db, lots, loads, counts, screws):
    with transaction.atomic():
        point = transaction.savepoint()
        shop = Shop(lots_of=7)
        shop.stock(lots, screws)
        shop.feed(loads)
        events = shop.events(counts)
        assert booked(shop, [events]) == booked(shop, [[event] for event in events])
        transaction.savepoint_rollback(point)


def test_an_hour_of_counts_costs_as_many_queries_as_ten_minutes(django_assert_max_num_queries):
    shop = Shop()
    shop.stock([(200, 0, 0, 0)], screws=500)
    first, *rest = shop.events([(3, 0, None)] * 7)
    book(shop.operation, shop.order, [first])
    with django_assert_max_num_queries(18):
        book(shop.operation, shop.order, rest)
    shop.mine.refresh_from_db()
    assert shop.mine.issued == Decimal("31.5")
    assert_books_are_clean()
