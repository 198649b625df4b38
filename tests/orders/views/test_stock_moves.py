"""Transfers, blind counts, open shipments, confirmed dates, and lots that are changed, in the office."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from orders.domain.pegging import lock_components
from orders.domain.stock import move_stock
from orders.models import Lot, PurchaseOrderLine, Serial, StockBalance, StockMove
from tests.factories.accounts import OperatorFactory, SupervisorFactory
from tests.factories.machines import PlantFactory
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

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(client):
    client.force_login(SupervisorFactory())
    return client


def lying(quantity, *, lot="", **said):
    """A balance of a new item in a new place."""
    plant = PlantFactory()
    place = PlaceFactory(plant=plant, **said)
    item = ItemFactory()
    if lot:
        LotFactory(item=item, number=lot)
    move_stock(plant=plant, item=item, quantity=Decimal(quantity), kind="receipt", place=place, lot=lot)
    return StockBalance.objects.get(item=item)


class TestTransfer:
    def test_it_moves_once_also_without_a_lot(self, office):
        balance = lying(10)
        target = PlaceFactory(plant=balance.plant)
        said = {"key": str(uuid.uuid4()), "quantity": "4", "target": target.pk}
        for _ in range(2):
            assert office.post(reverse("stock-transfer", args=[balance.pk]), said).status_code == 302
        assert dict(StockBalance.objects.values_list("place", "on_hand")) == {
            balance.place_id: 6,
            target.pk: 4,
        }
        assert_books_are_clean()

    @pytest.mark.parametrize(
        ("quantity", "capacity", "field"), [("11", None, "quantity"), ("8", 5, None), ("0", None, "quantity")]
    )
    def test_a_plan_never_makes_stock_negative_or_a_place_too_full(self, office, quantity, capacity, field):
        balance = lying(10)
        target = PlaceFactory(plant=balance.plant, capacity=capacity)
        said = {"key": str(uuid.uuid4()), "quantity": quantity, "target": target.pk}
        form = office.post(reverse("stock-transfer", args=[balance.pk]), said).context["form"]
        assert form.errors
        assert StockBalance.objects.get().on_hand == 10

    def test_what_work_has_locked_stays(self, office):
        balance = lying(10)
        order = ProductionOrderFactory(released=True, plant=balance.plant)
        operation = OperationFactory(released=True, order=order, number="0010", position=1)
        OrderComponentFactory(order=order, item=balance.item, operation_number="0010", quantity=8)
        lock_components(operation=operation)
        said = {"key": str(uuid.uuid4()), "quantity": "3", "target": PlaceFactory(plant=balance.plant).pk}
        form = office.post(reverse("stock-transfer", args=[balance.pk]), said).context["form"]
        assert form.errors["quantity"]


class TestCount:
    def test_it_is_blind_then_shows_the_difference_and_wants_a_reason(self, office):
        balance = lying("1234.5", code="A-01")
        url = reverse("stock-count")
        page = office.get(url, {"place": "A-01"})
        assert "1,234.5" not in page.content.decode()
        said = {"place": "A-01", "key": str(uuid.uuid4()), f"counted-{balance.pk}": "1230"}
        page = office.post(url, said)
        assert [one.difference for one in page.context["rows"]] == [Decimal("-4.5")]
        assert not StockMove.objects.filter(kind="count").exists()
        said |= {"book": "1", f"seen-{balance.pk}": "1234.500"}
        assert office.post(url, said).context["form"].errors["reason"]
        for _ in range(2):
            assert office.post(url, said | {"reason": "Found broken ones"}).status_code in (200, 302)
        move = StockMove.objects.get(kind="count")
        assert (move.quantity, move.comment) == (Decimal("-4.5"), "Found broken ones")
        assert_books_are_clean()

    def test_stock_that_moved_meanwhile_is_shown_again(self, office):
        balance = lying(10, code="A-01")
        said = {"place": "A-01", "key": str(uuid.uuid4()), f"counted-{balance.pk}": "9", "book": "1"}
        page = office.post(reverse("stock-count"), said | {f"seen-{balance.pk}": "12", "reason": "x"})
        assert page.context["form"].non_field_errors()
        assert not StockMove.objects.filter(kind="count").exists()

    @pytest.mark.parametrize("typed", ["-1", "ten"])
    def test_what_is_no_count_is_said_at_its_row(self, office, typed):
        balance = lying(10, code="A-01")
        page = office.post(
            reverse("stock-count"),
            {"place": "A-01", "key": str(uuid.uuid4()), f"counted-{balance.pk}": typed},
        )
        assert page.context["rows"][0].wrong

    def test_what_stands_below_zero_is_set_right_by_a_count(self, office):
        balance = lying(-3, code="A-01")
        said = {"place": "A-01", "key": str(uuid.uuid4()), f"counted-{balance.pk}": "0", "book": "1"}
        office.post(reverse("stock-count"), said | {f"seen-{balance.pk}": "-3.000", "reason": "Booked late"})
        balance.refresh_from_db()
        assert balance.on_hand == 0


class TestLots:
    def test_a_lot_is_split_merged_and_numbered(self, office):
        balance = lying(10, lot="A")
        lot = Lot.objects.get()
        url = reverse("lot-change", args=[lot.pk])
        split = {
            "change": "split",
            "split-key": str(uuid.uuid4()),
            "split-quantity": "4",
            "split-number": "A-1",
        }
        assert office.post(url, split).status_code == 302
        merge = {
            "change": "merge",
            "merge-key": str(uuid.uuid4()),
            "merge-quantity": "2",
            "merge-other": "A-1",
            "merge-other_quantity": "4",
            "merge-number": "AB",
        }
        assert office.post(url, merge).status_code == 302
        assert dict(StockBalance.objects.exclude(on_hand=0).values_list("lot", "on_hand")) == {
            "A": 4,
            "AB": 6,
        }
        serials = {"change": "serials", "serials-numbers": "S1\nS2\n"}
        assert office.post(url, serials).status_code == 302
        page = office.post(url, {"change": "serials", "serials-numbers": "S2\nS3\nS3"})
        assert page.context["forms"]["serials"].errors["numbers"]
        assert set(Serial.objects.values_list("number", flat=True)) == {"S1", "S2"}
        assert balance.item == lot.item
        assert_books_are_clean()

    def test_more_than_there_is_or_another_items_lot_is_refused(self, office):
        lying(10, lot="A")
        lot = Lot.objects.get()
        LotFactory(number="OTHER")
        url = reverse("lot-change", args=[lot.pk])
        split = {
            "change": "split",
            "split-key": str(uuid.uuid4()),
            "split-quantity": "40",
            "split-number": "A-1",
        }
        assert office.post(url, split).context["forms"]["split"].errors["quantity"]
        merge = {
            "change": "merge",
            "merge-key": str(uuid.uuid4()),
            "merge-other": "OTHER",
            "merge-number": "X",
        }
        assert office.post(url, merge).context["forms"]["merge"].errors["other"]


def test_a_supplier_confirms_a_date_that_counts_then(office):
    line = PurchaseOrderLineFactory(order__ordered_at=timezone.now())
    day = timezone.localdate() + timedelta(days=30)
    url = reverse("purchase-confirm", args=[line.pk])
    early = timezone.localdate() - timedelta(days=30)
    assert office.post(url, {"confirmed_on": early}).context["form"].errors["confirmed_on"]
    assert office.post(url, {"confirmed_on": day}).status_code == 302
    assert PurchaseOrderLine.objects.get().due_on == day


def test_an_operator_moves_nothing_here(client):
    client.force_login(OperatorFactory())
    balance = lying(10)
    assert client.get(reverse("stock-transfer", args=[balance.pk])).status_code == 403
    assert client.get(reverse("stock-count")).status_code == 403


@pytest.mark.parametrize(
    ("page", "said", "make"),
    [
        ("shipping", {}, CustomerOrderLineFactory),
        ("stock-count", {"q": "ITEM"}, lambda: lying(5)),
    ],
)
def test_lists_cost_the_same_for_one_row_and_for_three(office, page, said, make):
    def queries(count):
        for _ in range(count):
            make()
        with CaptureQueriesContext(connection) as captured:
            assert office.get(reverse(page), said).status_code == 200
        return len(captured)

    queries(1)
    assert queries(0) == queries(2)
