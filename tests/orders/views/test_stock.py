"""Stock in the office, and lots scanned at a machine."""

import uuid
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from orders.domain.execution import start_production
from orders.domain.stock import move_stock
from orders.models import FeederLoad, Lot, OrderComponent, StockBalance
from tests.factories.accounts import OperatorFactory, SupervisorFactory
from tests.factories.machines import MachineFactory
from tests.factories.orders import (
    LotFactory,
    OperationFactory,
    OrderComponentFactory,
    ProductionOrderFactory,
    PurchaseOrderLineFactory,
    StockBalanceFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(client):
    client.force_login(SupervisorFactory())
    return client


@pytest.mark.parametrize(
    ("page", "make"),
    [
        ("stock", lambda: StockBalanceFactory(lot="A")),
        ("lots", LotFactory),
        ("purchases", PurchaseOrderLineFactory),
    ],
)
def test_lists_cost_the_same_for_one_row_and_for_three(office, page, make):
    def queries(count):
        for _ in range(count):
            make()
        with CaptureQueriesContext(connection) as captured:
            answer = office.get(reverse(page))
        assert answer.status_code == 200
        return len(captured)

    office.get(reverse(page))
    assert queries(1) == queries(2)


def test_what_is_below_zero_comes_first_and_is_said(office):
    StockBalanceFactory(item__code="A", on_hand=5)
    StockBalanceFactory(item__code="Z", on_hand=-2)
    answer = office.get(reverse("stock"))
    assert [row.item.code for row in answer.context["page"]] == ["Z", "A"]
    assert answer.context["below"] == 1


def test_a_receipt_is_booked_with_its_lot(office):
    line = PurchaseOrderLineFactory(item__lot_tracked=True)
    said = {"key": str(uuid.uuid4()), "quantity": "60", "supplier_lot": "HEAT-9", "expires_on": "2030-01-31"}
    url = reverse("purchase-receive", args=[line.pk])
    assert office.post(url, said | {"number": ""}).context["form"].errors["number"]
    for _ in range(2):
        assert office.post(url, said | {"number": "L1"}).url == reverse("purchases")
    lot = Lot.objects.get()
    assert (lot.number, lot.supplier_lot, lot.expires_on) == ("L1", "HEAT-9", date(2030, 1, 31))
    assert StockBalance.objects.get().on_hand == 60


class TestTerminal:
    @pytest.fixture
    def person(self, client):
        client.force_login(OperatorFactory())
        return client

    @pytest.fixture
    def work(self):
        order = ProductionOrderFactory(released=True, quantity=10)
        operation = OperationFactory(released=True, order=order, number="0010", position=1)
        component = OrderComponentFactory(order=order, operation_number="0010", quantity=20, backflush=False)
        machine = MachineFactory(plant=order.plant, group=operation.machine_group)
        start_production(operation=operation, machine=machine, by=None, key=uuid.uuid4())
        lot = LotFactory(item=component.item, number="BAR-7")
        move_stock(plant=order.plant, item=lot.item, quantity=Decimal(50), kind="receipt", lot=lot.number)
        return machine, component, lot

    def scan(self, person, machine, code):
        return person.post(reverse("terminal-scan", args=[machine.pk]), {"code": code}, follow=True)

    @pytest.mark.parametrize("label", ["BAR-7", "LOT:BAR-7"])
    def test_a_scanned_lot_is_used(self, person, work, label):
        machine, component, lot = work
        page = self.scan(person, machine, label)
        assert page.context["component"] == component
        url = reverse("terminal-lot", args=[machine.pk, lot.pk])
        said = {"key": str(uuid.uuid4()), "quantity": "12"}
        for _ in range(2):
            assert person.post(url, said).status_code == 302
        assert OrderComponent.objects.get().issued == 12

    def test_material_that_reports_consume_goes_onto_the_machine(self, person, work):
        machine, _component, lot = work
        OrderComponent.objects.update(backflush=True)
        url = reverse("terminal-lot", args=[machine.pk, lot.pk])
        person.post(url, {"key": str(uuid.uuid4()), "quantity": "1"})
        load = FeederLoad.objects.get()
        assert (load.machine, load.lot) == (machine, lot)
        assert OrderComponent.objects.get().issued == 0

    def test_what_may_not_be_used_is_refused_with_who_decides(self, person, work):
        machine, _component, lot = work
        Lot.objects.update(expires_on=timezone.localdate() - timedelta(days=2))
        url = reverse("terminal-lot", args=[machine.pk, lot.pk])
        assert "Quality" in person.get(url).context["problem"]
        assert person.post(url, {"key": str(uuid.uuid4()), "quantity": "1"}).context["problem"]
        assert OrderComponent.objects.get().issued == 0

    def test_a_lot_that_nothing_here_needs_is_refused(self, person, work):
        machine, component, _lot = work
        problem = self.scan(person, machine, LotFactory(number="WRONG").number).context["problem"]
        assert component.item.code in problem
