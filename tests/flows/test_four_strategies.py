"""One plant, four strategies at once: to stock, to order, assembled to order, engineered to order.

One order of each runs through the same two machines at the same time. Everything comes through public
doors: the API for orders and work, the pages for receipts, releases, engineering and modules.
"""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from mes.accounts.sealing import seal_all
from orders.domain.cost import cost_of
from orders.enums import CostKind, OrderState, Strategy
from orders.models import GenealogyLink, ItemRevision, ProductionOrder, PurchaseOrderLine, Run, StockBalance
from orders.queries.cost import cost_facts
from tests.factories.accounts import ApiKeyFactory, EngineerFactory, OperatorFactory, SupervisorFactory
from tests.factories.integrations import ConnectionFactory
from tests.factories.machines import MachineFactory, MachineGroupFactory, PlantFactory
from tests.factories.orders import ItemFactory, PurchaseOrderLineFactory
from tests.support.books import assert_books_are_clean
from tests.support.engineered import made_by

pytestmark = pytest.mark.django_db(transaction=True)

ORDERS = {
    "MTS1": ("MODULE", 10, "LATHE-1"),
    "MTO1": ("SHAFT", 5, "LATHE-1"),
    "ATO1-10": ("MODULE", 2, "LATHE-1"),
    "ETO1": ("LIFTER", 2, "LATHE-1"),
}
"""What runs on the lathe at once: order, item, pieces."""


class Plant:
    """A lathe and a bench, each with room for five orders; items of all four strategies."""

    def __init__(self):
        self.plant = PlantFactory(code="W001", erp_code="W001")
        self.lathe, self.bench = (self._machine(code) for code in ("LATHE", "BENCH"))
        bar = ItemFactory(code="BAR", lot_tracked=True, standard_price=Decimal(2))
        module = ItemFactory(
            code="MODULE", strategy=Strategy.MTS, lot_tracked=True, standard_price=Decimal(5)
        )
        shaft = ItemFactory(code="SHAFT", strategy=Strategy.MTO, lot_tracked=True)
        gearbox = ItemFactory(code="GEARBOX", strategy=Strategy.ATO, lot_tracked=True)
        self.lifter = ItemFactory(code="LIFTER", strategy=Strategy.ETO, lot_tracked=True)
        made_by(module, self.plant, "", [("0010", self.lathe)], needs=[(bar, 1, "0010")])
        made_by(shaft, self.plant, "", [("0010", self.lathe)], needs=[(bar, 2, "0010")])
        made_by(gearbox, self.plant, "", [("0010", self.bench)], needs=[(module, 1, "0010")])
        made_by(
            self.lifter,
            self.plant,
            "A",
            [("0010", self.lathe), ("0020", self.bench)],
            needs=[(bar, 3, "0010")],
        )
        OperatorFactory(personnel_number="100")
        self.office, self.engineer = Client(), Client()
        self.office.force_login(SupervisorFactory())
        self.engineer.force_login(EngineerFactory())
        ApiKeyFactory(text="key-of-terminal", role="terminal", name="Terminal 1")
        ConnectionFactory(plant=self.plant, api_key__text="key-of-erp", api_key__name="ERP")
        self.began = timezone.now() - timedelta(hours=2)

    def _machine(self, code):
        group = MachineGroupFactory(plant=self.plant, code=code, hourly_rate=Decimal(60))
        return MachineFactory(plant=self.plant, group=group, code=f"{code}-1", slots=5)

    def post(self, key, path, body, **headers):
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Api-Key key-of-{key}")
        answer = client.post(
            f"/api/v1/{path}", json.dumps(body), content_type="application/json", headers=headers
        )
        assert answer.status_code in (200, 201, 202), answer.content
        return answer.json()["results"][0]

    def order(self, number, item, quantity):
        body = {"number": number, "plant": "W001", "item": item, "quantity": quantity, "status": "released"}
        taken = self.post("erp", "production-orders", body, **{"Idempotency-Key": number})
        assert taken["outcome"] == "created", taken
        return ProductionOrder.objects.get(number=number)

    def receive(self, item, lot, quantity):
        line = PurchaseOrderLineFactory(order__plant=self.plant, item__code=item, quantity=quantity)
        said = {"key": str(line.order.pk).rjust(8, "0") + "-0000-4000-8000-000000000000"}
        said |= {"quantity": quantity, "number": lot, "supplier_lot": f"S-{lot}"}
        assert self.office.post(reverse("purchase-receive", args=[line.pk]), said).status_code == 302
        assert PurchaseOrderLine.objects.get(pk=line.pk).received == quantity

    def press(self, client, page, /, *args, **fields):
        key = "00000000-0000-4000-8000-" + f"{abs(hash((page, args))) % 10**12:012}"
        answer = client.post(reverse(page, args=args), {"key": key} | fields)
        assert answer.status_code == 302, answer.content
        return answer

    def work(self, order, operation, command, **more):
        body = {
            "key": f"{order} {operation} {command} {more.get('good', '')}",
            "order": order,
            "operation": operation,
            "personnel_number": "100",
            "command": command,
        }
        told = self.post("terminal", "operation-commands", body | more)
        assert told["status"] == "accepted", told

    def start(self, order, operation, machine):
        self.work(order, operation, "start_production", machine=machine, at=self.began.isoformat())

    def end(self, order, operation, good):
        self.work(order, operation, "report", good=good)
        self.work(order, operation, "finish", at=(self.began + timedelta(hours=1)).isoformat())


def stock():
    rows = StockBalance.objects.values_list("item__code", "on_hand")
    found = {}
    for code, on_hand in rows:
        found[code] = found.get(code, 0) + on_hand
    return found


def spent(number):
    order = ProductionOrder.objects.select_related("plant", "customer_line").get(number=number)
    [facts] = cost_facts([order])
    return cost_of(facts).spent


def parents(lot):
    return set(GenealogyLink.objects.filter(child__number=lot).values_list("parent__number", flat=True))


def test_an_order_of_each_strategy_runs_through_the_same_machines_at_once():
    plant = Plant()
    plant.receive("BAR", "BAR-1", 100)
    plant.receive("MODULE", "M-OLD", 4)
    to_stock = plant.order("MTS1", "MODULE", 10)
    to_order = plant.order("MTO1", "SHAFT", 5)
    assembled = plant.order("ATO1", "GEARBOX", 6)
    engineered = plant.order("ETO1", "LIFTER", 2)
    for order in (to_stock, to_order, assembled, engineered):
        plant.press(plant.office, "order-release", order.pk)

    # what is engineered to order waits for engineering, the others are released
    states = dict(ProductionOrder.objects.values_list("number", "state"))
    assert states.pop("ETO1") == OrderState.PLANNED
    assert set(states.values()) == {OrderState.RELEASED}
    plant.press(plant.engineer, "revision-open", plant.lifter.pk, code="A", reason="As the customer asked")
    draft = ItemRevision.objects.get()
    drawing = SimpleUploadedFile("lifter.pdf", b"drawing")
    plant.press(plant.engineer, "revision-upload", draft.pk, name="Drawing", version="1", file=drawing)
    plant.press(plant.engineer, "revision-release", draft.pk)
    plant.press(plant.engineer, "order-release", engineered.pk)
    engineered.refresh_from_db()
    assert (engineered.state, engineered.revision) == (OrderState.RELEASED, "A")

    # modules: four from stock, two by a linked order
    plant.press(plant.office, "order-make-modules", assembled.pk)
    linked = ProductionOrder.objects.get(supplies__order=assembled)
    assert (linked.number, linked.quantity) == ("ATO1-10", 2)

    # four strategies on one lathe at the same time
    for number in ORDERS:
        plant.start(number, "0010", "LATHE-1")
    assert Run.objects.filter(machine=plant.lathe, ended_at=None).count() == 4
    for number, (_item, pieces, _machine) in ORDERS.items():
        plant.end(number, "0010", pieces)

    # and what is assembled on one bench, with the modules that were made for it
    plant.began += timedelta(minutes=65)
    plant.start("ATO1", "0010", "BENCH-1")
    plant.start("ETO1", "0020", "BENCH-1")
    assert Run.objects.filter(machine=plant.bench, ended_at=None).count() == 2
    plant.began = timezone.now() - timedelta(hours=1)
    plant.end("ATO1", "0010", 6)
    plant.end("ETO1", "0020", 2)

    assert set(ProductionOrder.objects.values_list("state", flat=True)) == {OrderState.FINISHED}
    assert stock() == {
        "BAR": 100 - 10 - 2 * 5 - 2 - 3 * 2,
        "MODULE": 4 + 10 + 2 - 6,
        "SHAFT": 5,
        "GEARBOX": 6,
        "LIFTER": 2,
    }
    assert not StockBalance.objects.exclude(reserved=0).exists()
    assert parents("MTS1") == parents("MTO1") == parents("ATO1-10") == parents("ETO1") == {"BAR-1"}
    assert parents("ATO1") == {"M-OLD", "ATO1-10"}, "neither logic took the other's modules"
    material = {number: spent(number)[CostKind.MATERIAL] for number in (*ORDERS, "ATO1")}
    assert material == {"MTS1": 20, "MTO1": 20, "ATO1-10": 4, "ETO1": 12, "ATO1": 30}
    assert all(spent(number)[CostKind.MACHINE] == 60 for number in ("MTS1", "MTO1", "ATO1-10"))
    seal_all()
    assert_books_are_clean()
