"""The cost of one order and of the order book, as the planner sees and takes it home."""

import csv
import io
import uuid
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from orders.domain.release import release_order
from orders.enums import CostKind
from orders.views.costs import bridge
from tests.factories.accounts import PlannerFactory
from tests.factories.machines import MachineGroupFactory
from tests.factories.orders import CustomerOrderLineFactory, OperationFactory, ProductionOrderFactory
from tests.orders.cost.test_quote_and_facts import cost
from tests.support.queries import statements

pytestmark = pytest.mark.django_db
D = Decimal


def order_of(price="10", **values):
    line = CustomerOrderLineFactory(unit_price=None if price is None else D(price))
    order = ProductionOrderFactory(customer_line=line, **values)
    group = MachineGroupFactory(plant=order.plant, hourly_rate=D(60), labour_rate=D(30))
    OperationFactory(order=order, machine_group=group, number="0010", run_seconds=D(36))
    release_order(order=order, by=None, key=uuid.uuid4())
    return order


@pytest.fixture
def planner(client):
    client.force_login(PlannerFactory())
    return client


def test_the_page_of_an_order_shows_quote_margin_and_bridge(planner):
    order = order_of()
    page = planner.get(reverse("order-cost", args=[order.pk])).content.decode()
    assert "105.00 €" in page
    assert "895.00 €" in page
    assert [bar.kind for bar in bridge(cost(order))] == ["whole", "whole", "price"]


def test_a_cost_is_entered_once_however_often_the_form_is_sent(planner):
    order = order_of()
    told = {"key": str(uuid.uuid4()), "kind": "other", "value": "12.50", "text": "Freight"}
    for _ in range(2):
        assert planner.post(reverse("order-cost-add", args=[order.pk]), told).status_code == 302
    assert cost(order).spent == {CostKind.OTHER: D("12.50")}
    assert "Freight" in planner.get(reverse("order-cost", args=[order.pk])).content.decode()


def test_a_cost_without_a_value_is_explained(planner):
    order = order_of()
    told = {"key": str(uuid.uuid4()), "kind": "other", "value": "0", "text": "Freight"}
    answer = planner.post(reverse("order-cost-add", args=[order.pk]), told)
    assert answer.status_code == 422
    assert "A cost has a value in euros." in answer.content.decode()


def test_the_list_begins_with_the_thinnest_margin(planner):
    good, thin, unknown = order_of("10"), order_of("1.1"), order_of(None)
    page = planner.get(reverse("costs")).content.decode()
    where = [page.index(f">{order.number}<") for order in (thin, good, unknown)]
    assert where == sorted(where)
    assert "2 of 3 orders" in page


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_asks_as_often_for_three_orders_as_for_one(planner, number):
    for _ in range(number):
        order_of()
    planner.get(reverse("costs"))
    with CaptureQueriesContext(connection) as queries:
        planner.get(reverse("costs"))
    assert len(statements(queries)) == 15


def test_sheets_hold_what_the_page_shows_and_never_a_formula(planner):
    order = order_of(item__name="Shaft", number="=1+1")
    body = planner.get(reverse("costs"), {"format": "csv"}).content.decode("utf-8-sig")
    row = next(csv.DictReader(io.StringIO(body), delimiter=";"))
    assert row["order"] == "'=1+1"
    assert (row["quote"], row["price"], row["margin"]) == ("105.00", "1000.00", "895.00")
    sheet = load_workbook(
        io.BytesIO(planner.get(reverse("order-cost", args=[order.pk]), {"format": "xlsx"}).content)
    ).active
    rows = list(sheet.iter_rows(values_only=True))
    assert {row[3]: row[4] for row in rows[1:]} == {"setup": 10, "machine": 60, "labour": 35}
    assert sheet["A2"].data_type == "s"
