"""Assemble to order: from stock what is there, by linked orders what is missing."""

from __future__ import annotations

import uuid
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mes.lib.errors import Refused
from orders.domain.execution import finish, start_production
from orders.domain.modules import can_make_missing, make_missing, modules_of
from orders.domain.release import release_order
from orders.domain.reports import Quantities, report
from orders.domain.stock import move_stock
from orders.enums import OrderState, Strategy
from orders.models import ProductionOrder
from tests.factories.accounts import OperatorFactory, PlannerFactory
from tests.factories.machines import PlantFactory
from tests.factories.orders import ItemFactory, ProductionOrderFactory
from tests.support.books import assert_books_are_clean
from tests.support.engineered import bought, made_by, work_centre

pytestmark = pytest.mark.django_db


class Gearbox:
    """Ten gearboxes of a housing, a shaft (turned from a bar) and screws. Four housings are in stock."""

    def __init__(self):
        self.plant, self.operator = PlantFactory(), OperatorFactory()
        self.lathe, self.bench = work_centre(self.plant, "LATHE"), work_centre(self.plant, "BENCH")
        self.bar, self.screw = bought("BAR"), bought("SCREW")
        self.housing, self.shaft = ItemFactory(code="HOUSING"), ItemFactory(code="SHAFT")
        self.pin = ItemFactory(code="PIN")
        self.gearbox = ItemFactory(code="GEARBOX", strategy=Strategy.ATO)
        made_by(self.pin, self.plant, "", [("0010", self.lathe)], needs=[(self.bar, 1, "0010")])
        made_by(self.housing, self.plant, "", [("0010", self.lathe)], needs=[(self.bar, 1, "0010")])
        made_by(self.shaft, self.plant, "", [("0010", self.lathe)], needs=[(self.pin, 1, "0010")])
        made_by(
            self.gearbox,
            self.plant,
            "",
            [("0010", self.bench)],
            needs=[(self.housing, 1, "0010"), (self.shaft, 1, "0010"), (self.screw, 4, "0010")],
        )
        for item, there in ((self.housing, 4), (self.bar, 100)):
            move_stock(plant=self.plant, item=item, quantity=Decimal(there))
        self.order = ProductionOrderFactory(
            plant=self.plant, item=self.gearbox, quantity=10, strategy=Strategy.ATO, number="G1"
        )
        release_order(order=self.order, by=None, key=uuid.uuid4())
        self.order.refresh_from_db()

    def run(self, order, machine, good):
        [operation] = order.operations.all()
        by = {"by": self.operator}
        start_production(operation=operation, machine=machine, key=uuid.uuid4(), **by)
        report(operation=operation, quantities=Quantities(good=Decimal(good)), key=uuid.uuid4(), **by)
        finish(operation=operation, key=uuid.uuid4(), **by)

    def need(self, item):
        [module] = [one for one in modules_of(self.order) if one.component.item == item]
        return module.component.reserved, module.coming, module.missing


@pytest.fixture
def shop():
    return Gearbox()


def test_stock_is_drawn_first_and_the_rest_is_made_by_linked_orders(shop):
    assert shop.need(shop.housing) == (4, 0, 6)
    key = uuid.uuid4()
    made = make_missing(order=shop.order, by=shop.operator, key=key)
    numbers = {order.item.code: (order.number, order.quantity, order.state) for order in made}
    released = OrderState.RELEASED
    assert numbers == {
        "HOUSING": ("G1-10", 6, released),
        "SHAFT": ("G1-20", 10, released),
        "PIN": ("G1-20-10", 10, released),
    }
    assert {order.pk for order in make_missing(order=shop.order, by=shop.operator, key=key)} <= {
        order.pk for order in made
    }
    assert ProductionOrder.objects.count() == 4
    assert shop.need(shop.housing) == (4, 6, 0)
    assert shop.need(shop.screw) == (0, 0, 40), "nobody makes screws here"
    assert not can_make_missing(shop.order)
    with pytest.raises(Refused):
        make_missing(order=shop.order, by=shop.operator, key=uuid.uuid4())
    for number in ("G1-10", "G1-20-10", "G1-20"):
        order = ProductionOrder.objects.get(number=number)
        shop.run(order, shop.lathe, order.quantity)
    assert shop.need(shop.housing) == (10, 0, 0)
    assert shop.need(shop.shaft) == (10, 0, 0)
    assert_books_are_clean()


def test_what_an_order_brings_is_kept_for_the_one_that_needs_it(shop):
    make_missing(order=shop.order, by=None, key=uuid.uuid4())
    other = ProductionOrderFactory(
        plant=shop.plant, item=shop.gearbox, quantity=10, strategy=Strategy.ATO, number="G2"
    )
    release_order(order=other, by=None, key=uuid.uuid4())
    shop.run(ProductionOrder.objects.get(number="G1-10"), shop.lathe, 5)
    assert shop.need(shop.housing) == (9, 0, 1), "one piece came short: it is missing again"
    again = make_missing(order=shop.order, by=None, key=uuid.uuid4())
    assert [(order.number, order.quantity) for order in again] == [("G1-10b", 1)]


def test_modules_are_made_for_released_orders_only(shop):
    planned = ProductionOrderFactory(plant=shop.plant, item=shop.gearbox)
    with pytest.raises(Refused):
        make_missing(order=planned, by=None, key=uuid.uuid4())


def test_the_page_shows_where_each_module_comes_from(client, shop):
    client.force_login(PlannerFactory())
    page = reverse("order-modules", args=[shop.order.pk])

    def queries():
        with CaptureQueriesContext(connection) as captured:
            answer = client.get(page)
        return len(captured), answer.content.decode()

    queries()
    _count, shown = queries()
    assert "HOUSING" in shown
    make = reverse("order-make-modules", args=[shop.order.pk])
    key = uuid.uuid4()
    for _ in range(2):
        assert client.post(make, {"key": key}).status_code == 302
    before, shown = queries()
    assert "G1-20" in shown
    for nth in range(2):
        ProductionOrderFactory(
            plant=shop.plant, item=shop.housing, supplies=shop.order.components.first(), number=f"X{nth}"
        )
    assert queries()[0] == before
    client.post(make, {"key": uuid.uuid4()})
    assert ProductionOrder.objects.filter(number__startswith="G1").count() == 4
