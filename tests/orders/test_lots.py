"""Lots: which one is taken, what is refused, what went into what."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from mes.lib.errors import InvalidInput, Refused
from orders.domain.backflush import consume_components
from orders.domain.consumption import consume_lot, load_feeder
from orders.domain.execution import finish, start_production
from orders.domain.genealogy import (
    Made,
    assign_serials,
    link_lots,
    merge_lots,
    split_lot,
)
from orders.domain.holds import check_lots_free, hold_item
from orders.domain.reports import Quantities, report, reverse
from orders.domain.stock import move_stock, reserve_components
from orders.models import (
    GenealogyEdge,
    GenealogyLink,
    HandlingUnit,
    Hold,
    Lot,
    OrderComponent,
    OutputLotRule,
    Reservation,
    StockBalance,
    StockMove,
    Substitute,
)
from tests.factories.machines import MachineFactory
from tests.factories.orders import (
    HandlingUnitFactory,
    ItemFactory,
    LotFactory,
    OperationFactory,
    OrderComponentFactory,
    PlaceFactory,
    ProductionOrderFactory,
    SubstituteFactory,
)
from tests.support.books import assert_books_are_clean

pytestmark = pytest.mark.django_db


class Shop:
    """An order of ten pieces in production; each takes two of a bar."""

    def __init__(self, *, backflush=True, quantity=10):
        self.bar = ItemFactory(lot_tracked=True)
        self.order = ProductionOrderFactory(released=True, quantity=quantity, item__lot_tracked=True)
        self.plant = self.order.plant
        self.operation = OperationFactory(
            released=True, order=self.order, position=1, number="0010", quantity=quantity
        )
        self.component = OrderComponentFactory(
            order=self.order,
            item=self.bar,
            operation_number="0010",
            backflush=backflush,
            quantity=2 * quantity,
        )
        self.machine = MachineFactory(plant=self.plant, group=self.operation.machine_group)

    def receive(self, number, quantity, *, days=None, place=None):
        lot = LotFactory(
            item=self.bar,
            number=number,
            expires_on=timezone.localdate() + timedelta(days=days) if days is not None else None,
        )
        move_stock(
            plant=self.plant,
            item=self.bar,
            quantity=Decimal(quantity),
            kind="receipt",
            lot=number,
            place=place,
        )
        return lot

    def start(self):
        start_production(operation=self.operation, machine=self.machine, by=None, key=uuid.uuid4())

    def report(self, good, **more):
        return report(
            operation=self.operation, quantities=Quantities(Decimal(good)), by=None, key=uuid.uuid4(), **more
        )

    def on_hand(self, number=""):
        return sum(StockBalance.objects.filter(item=self.bar, lot=number).values_list("on_hand", flat=True))

    def parents(self, child):
        return dict(
            GenealogyEdge.objects.filter(child__number=child).values_list("parent__number", "quantity")
        )


@pytest.fixture
def shop():
    return Shop()


def test_the_soonest_expiry_is_taken_first_then_the_oldest(shop):
    shop.receive("OLD", 5)
    shop.receive("SOON", 6, days=3, place=PlaceFactory(plant=shop.plant))
    shop.receive("GONE-OFF", 50, days=-1)
    shop.start()
    shop.report(4)
    assert (shop.on_hand("SOON"), shop.on_hand("OLD"), shop.on_hand("GONE-OFF")) == (0, 3, 50)
    assert shop.parents(shop.order.number) == {"SOON": 6, "OLD": 2}
    assert_books_are_clean()


def test_what_is_nowhere_to_be_found_is_booked_without_a_lot(shop):
    shop.receive("A", 3)
    shop.start()
    shop.report(4)
    assert (shop.on_hand("A"), shop.on_hand("")) == (0, -5)
    assert OrderComponent.objects.get().issued == 8
    assert_books_are_clean()


def test_a_report_taken_back_gives_every_lot_back_and_leaves_no_trace(shop):
    shop.receive("A", 3)
    shop.receive("B", 10)
    shop.start()
    event = shop.report(4)
    reverse(event=event, by=None, key=uuid.uuid4(), comment="miscounted")
    assert (shop.on_hand("A"), shop.on_hand("B")) == (3, 10)
    assert set(shop.parents(shop.order.number).values()) == {0}
    assert OrderComponent.objects.get().issued == 0
    assert_books_are_clean()


def test_a_lot_on_the_feeder_comes_before_all_others(shop):
    shop.receive("SOON", 50, days=1)
    fed = shop.receive("FED", 50)
    shop.start()
    load_feeder(machine=shop.machine, lot=fed, by=None, key=uuid.uuid4())
    shop.report(3)
    assert (shop.on_hand("FED"), shop.on_hand("SOON")) == (44, 50)
    assert_books_are_clean()


def test_a_feeder_holds_one_lot_at_a_time_until_the_next(shop):
    first, second = shop.receive("A", 5), shop.receive("B", 5)
    load = load_feeder(machine=shop.machine, lot=first, by=None, key=uuid.uuid4())
    load_feeder(machine=shop.machine, lot=second, by=None, key=uuid.uuid4())
    load.refresh_from_db()
    assert load.ended_at is not None


class TestScanning:
    @pytest.fixture
    def shop(self):
        return Shop(backflush=False)

    def consume(self, shop, lot, quantity=4, **more):
        return consume_lot(
            operation=shop.operation,
            lot=lot,
            quantity=Decimal(quantity),
            by=None,
            **{"key": uuid.uuid4()} | more,
        )

    def refusal(self, shop, lot, **more):
        with pytest.raises((Refused, InvalidInput)) as refused:
            self.consume(shop, lot, **more)
        assert not StockMove.objects.filter(kind="issue").exists()
        return refused.value.problems[0]

    def test_a_scanned_lot_is_issued_and_linked_once(self, shop):
        lot = shop.receive("A", 10)
        key = uuid.uuid4()
        shop.start()
        assert self.consume(shop, lot, key=key) == self.consume(shop, lot, key=key)
        link = GenealogyLink.objects.get()
        assert (link.quantity, link.machine, link.operation) == (4, shop.machine, shop.operation)
        assert OrderComponent.objects.get().issued == 4
        assert_books_are_clean()

    def test_a_lot_of_another_item_is_refused(self, shop):
        other = LotFactory()
        assert self.refusal(shop, other).code == "wrong_item"

    def test_a_blocked_lot_is_refused_with_who_decides(self, shop):
        lot = shop.receive("A", 10)
        Lot.objects.update(status="blocked")
        lot.refresh_from_db()
        problem = self.refusal(shop, lot)
        assert problem.code == "unusable_lot"
        assert "Quality" in problem.message

    def test_a_held_lot_is_refused(self, shop):
        lot = shop.receive("A", 10)
        hold_item(item=shop.bar, plant=shop.plant, lot="A", kind="recall", reason="cracks", by=None)
        assert self.refusal(shop, lot).code == "held"

    def test_an_expired_lot_is_refused(self, shop):
        assert self.refusal(shop, shop.receive("A", 10, days=-1)).code == "unusable_lot"

    def test_a_label_in_another_unit_is_refused(self, shop):
        assert self.refusal(shop, shop.receive("A", 10), unit="KGM").code == "wrong_unit"

    def test_stock_that_another_order_has_locked_is_refused(self, shop):
        lot = shop.receive("A", 10)
        other = OrderComponentFactory(item=shop.bar, quantity=8, reserved=8, order__plant=shop.plant)
        balance = StockBalance.objects.get(lot="A")
        Reservation.objects.create(component=other, balance=balance, quantity=8, locked=True)
        StockBalance.objects.update(reserved=8)
        assert self.refusal(shop, lot).code == "locked"

    def test_an_allowed_substitute_stands_for_the_component(self, shop):
        lot = LotFactory(item__lot_tracked=True)
        move_stock(plant=shop.plant, item=lot.item, quantity=Decimal(9), kind="receipt", lot=lot.number)
        SubstituteFactory(item=shop.bar, substitute=lot.item, product=shop.order.item, factor=2)
        self.consume(shop, lot)
        assert OrderComponent.objects.get().issued == 2
        assert_books_are_clean()

    def test_more_than_the_record_shows_is_booked_and_stands_below_zero(self, shop):
        self.consume(shop, shop.receive("A", 1), quantity=3)
        assert shop.on_hand("A") == -2
        assert_books_are_clean()


def test_reservations_take_the_soonest_expiry_and_pass_over_what_may_not_be_used(shop):
    shop.receive("LATE", 15, days=30)
    shop.receive("SOON", 8, days=2)
    shop.receive("GONE-OFF", 90, days=-1)
    shop.receive("HELD", 90, days=1)
    hold_item(item=shop.bar, plant=shop.plant, lot="HELD", kind="recall", reason="cracks", by=None)
    reserve_components(plant=shop.order.plant, orders=[shop.order.pk])
    assert dict(Reservation.objects.values_list("balance__lot", "quantity")) == {"SOON": 8, "LATE": 12}
    assert OrderComponent.objects.get().reserved == 20
    assert_books_are_clean()


def test_a_finished_order_goes_into_stock_as_its_lot_and_frees_what_it_reserved(shop):
    shop.receive("A", 50)
    reserve_components(plant=shop.order.plant, orders=[shop.order.pk])
    shop.start()
    shop.report(8)
    finish(operation=shop.operation, by=None, key=uuid.uuid4())
    assert StockBalance.objects.get(item=shop.order.item).lot == shop.order.number
    assert not StockBalance.objects.exclude(reserved=0).exists()
    assert_books_are_clean()


def test_a_lot_per_quantity_splits_what_one_report_made(shop):
    OutputLotRule.objects.create(item=shop.order.item, per="quantity", quantity=4)
    shop.receive("A", 50)
    shop.start()
    shop.report(6)
    shop.report(4)
    finish(operation=shop.operation, by=None, key=uuid.uuid4())
    number = shop.order.number
    assert dict(StockBalance.objects.filter(item=shop.order.item).values_list("lot", "on_hand")) == {
        f"{number}-001": 4,
        f"{number}-002": 4,
        f"{number}-003": 2,
    }
    assert [shop.parents(f"{number}-00{n}")["A"] for n in (1, 2, 3)] == [8, 8, 4]
    assert_books_are_clean()


def test_split_and_merged_lots_keep_their_origin_and_their_worst_status(shop):
    lot = shop.receive("A", 10, days=5)
    other = shop.receive("B", 10, days=3)
    Lot.objects.filter(pk=other.pk).update(status="free")
    part = split_lot(plant=shop.plant, lot=lot, number="A-1", quantity=Decimal(4), by=None, key=uuid.uuid4())
    merged = merge_lots(
        plant=shop.plant,
        parts=[(part, Decimal(4)), (other, Decimal(6))],
        number="AB",
        by=None,
        key=uuid.uuid4(),
    )
    assert [shop.on_hand(number) for number in ("A", "A-1", "B", "AB")] == [6, 0, 4, 10]
    assert merged.expires_on == other.expires_on
    assert shop.parents("AB") == {"A-1": 4, "B": 6}
    assert_books_are_clean()


def test_what_comes_out_of_a_held_lot_is_held_like_it(shop):
    lot, other = shop.receive("A", 10), shop.receive("B", 10)
    for held in ("A", "B"):
        hold_item(
            item=shop.bar, plant=shop.plant, kind="recall", reason="cracks", by=None, lot=held, reference="R1"
        )
    part = split_lot(plant=shop.plant, lot=lot, number="A-1", quantity=Decimal(4), by=None, key=uuid.uuid4())
    parts = [(part, Decimal(4)), (other, Decimal(6))]
    merge_lots(plant=shop.plant, parts=parts, number="AB", by=None, key=uuid.uuid4())
    assign_serials(lot=other, numbers=["S1", "S2"], plant=shop.plant, by=None)
    held = Hold.objects.filter(item=shop.bar, lifted_at__isnull=True, kind="recall", reference="R1")
    assert sorted(held.values_list("lot", flat=True)) == ["A", "A-1", "AB", "B", "S1", "S2"]
    with pytest.raises(Refused) as refused:
        check_lots_free(plant=shop.plant, lots=[(shop.bar.pk, "AB")])
    assert refused.value.code == "held"


def test_more_than_there_is_cannot_be_split_off(shop):
    lot = shop.receive("A", 3)
    with pytest.raises(Refused, match="there are 3"):
        split_lot(plant=shop.plant, lot=lot, number="A-1", quantity=Decimal(4), by=None, key=uuid.uuid4())


def test_a_lot_cannot_go_into_what_it_was_made_from(shop):
    made = Made(shop.plant.pk, timezone.now())
    first, second, third = LotFactory.create_batch(3)
    for parent, child in ((first, second), (second, third)):
        link_lots(parent=parent, child=child, quantity=Decimal(1), made=made, key=uuid.uuid4())
    with pytest.raises(Refused) as refused:
        link_lots(parent=third, child=first, quantity=Decimal(1), made=made, key=uuid.uuid4())
    assert refused.value.code == "cycle"
    assert GenealogyLink.objects.count() == 2


def test_serial_numbers_are_unique_per_item_and_stand_in_the_genealogy(shop):
    lot = shop.receive("A", 3)
    assign_serials(lot=lot, numbers=["S1", "S2"], plant=shop.plant, by=None)
    assert shop.parents("S1") == {"A": 1}
    with pytest.raises(InvalidInput) as refused:
        assign_serials(lot=lot, numbers=["S2", "S3", "S3"], plant=shop.plant, by=None)
    assert [problem.value for problem in refused.value.problems] == ["S2", "S3"]


def test_a_lot_that_nobody_knew_is_known_from_its_first_movement(shop):
    move_stock(plant=shop.plant, item=shop.bar, quantity=Decimal(5), kind="receipt", lot="FROM-ERP")
    assert Lot.objects.get(number="FROM-ERP").item == shop.bar


def refused_by(constraint, make):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        make()
    return True


def test_the_database_keeps_lots_in_order(shop):
    lot = LotFactory()
    assert refused_by("lot_number_unique", lambda: Lot.objects.create(item=lot.item, number=lot.number))
    assert refused_by("lot_has_a_number", lambda: LotFactory(number=""))
    assert refused_by("place_capacity_positive", lambda: PlaceFactory(capacity=0))
    assert refused_by("handling_unit_sscc_digits", lambda: HandlingUnitFactory(sscc="12"))
    assert refused_by("substitute_is_another_item", lambda: SubstituteFactory(factor=0))
    assert refused_by(
        "output_rule_has_quantity", lambda: OutputLotRule.objects.create(item=lot.item, per="quantity")
    )
    assert not HandlingUnit.objects.exists()
    assert not Substitute.objects.exists()


def test_a_link_taken_back_does_not_open_the_way_for_a_cycle(shop):
    first, second = LotFactory(), LotFactory()
    made = Made(shop.plant.pk, timezone.now())

    def link(parent, child, quantity):
        return link_lots(parent=parent, child=child, quantity=Decimal(quantity), made=made, key=uuid.uuid4())

    link(first, second, 1)
    link(first, second, -1)
    link(second, first, 1)
    with pytest.raises(Refused) as refused:
        link(first, second, 1)
    assert refused.value.code == "cycle"


def test_what_a_report_takes_from_a_lot_costs_few_queries(shop, django_assert_num_queries):
    shop.receive("A", 50)
    shop.start()
    shop.report(1)
    event = shop.report(1)
    event.pk, event.good = None, Decimal(1)
    event.key = uuid.uuid4()
    event.save()
    with django_assert_num_queries(14):
        consume_components(operation=shop.operation, made=[(event, Decimal(1))])
    assert shop.on_hand("A") == 44


def test_what_is_told_after_the_end_comes_into_stock_in_the_lot_its_material_gives_it(shop):
    shop.order.item.lot_tracked = False
    shop.order.item.save()
    shop.receive("A", 50)
    shop.start()
    finish(operation=shop.operation, by=None, key=uuid.uuid4())
    shop.report(3)
    [stock] = StockBalance.objects.filter(item=shop.order.item)
    assert (stock.lot, stock.on_hand) == (shop.order.number, 3)
    assert_books_are_clean()
