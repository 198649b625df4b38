"""Purchases, forecasts and proposals over REST: idempotent, with a problem for each thing that is wrong."""

import json
import uuid
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from orders.domain.holds import hold_lots
from orders.domain.stock import move_stock
from orders.models import (
    DemandForecast,
    Lot,
    PastDemand,
    PurchaseOrder,
    PurchaseOrderLine,
    Shipment,
    ShippedLot,
    StockMove,
)
from tests.factories.accounts import PlannerFactory
from tests.factories.integrations import ConnectionFactory
from tests.factories.machines import PlantFactory
from tests.factories.orders import (
    CustomerOrderLineFactory,
    ItemFactory,
    ItemUnitFactory,
    KilogramFactory,
    LotFactory,
    OrderRequirementFactory,
    ProductionOrderFactory,
    PurchaseOrderLineFactory,
    ReplenishmentProposalFactory,
    StockingRuleFactory,
)
from tests.support.books import assert_books_are_clean

pytestmark = pytest.mark.django_db
KEY = "the-key-of-a-partner-for-stock-01"


@pytest.fixture
def send(client):
    plant = PlantFactory(code="W001")
    ConnectionFactory(plant=plant, api_key__text=KEY)

    def post(path, body):
        return client.post(
            f"/api/v1/{path}",
            json.dumps(body, default=str),
            content_type="application/json",
            headers={"Authorization": f"Api-Key {KEY}"},
        )

    return post


def purchase(**line):
    said = {"position": "10", "item": "BAR", "quantity": 100, "expected_on": "2027-01-15"}
    order = {"number": "4500", "supplier": "Steel works", "lines": [said | line]}
    return {"plant": "W001", "orders": [order]}


class TestPurchases:
    def test_an_order_comes_once_and_its_date_is_confirmed(self, send):
        ItemFactory(code="BAR")
        for _ in range(2):
            answer = send("purchases", purchase())
            assert answer.status_code == 200
        assert PurchaseOrder.objects.count() == 1
        [line] = send("purchases", purchase(confirmed_on="2027-01-20")).json()["lines"]
        assert (line["expected_on"], line["confirmed_on"]) == ("2027-01-15", "2027-01-20")
        assert PurchaseOrderLine.objects.get().due_on == date(2027, 1, 20)

    def test_units_convert_or_are_refused(self, send):
        item = ItemFactory(code="BAR")
        KilogramFactory()
        answer = send("purchases", purchase(unit="KGM"))
        assert [one["code"] for one in answer.json()["problems"]] == ["wrong_unit"]
        ItemUnitFactory(item=item, unit=KilogramFactory(), numerator=2)
        send("purchases", purchase(unit="KGM"))
        assert PurchaseOrderLine.objects.get().quantity == 200

    @pytest.mark.parametrize(
        ("line", "code"),
        [
            ({"item": "NOBODY"}, "unknown_item"),
            ({"quantity": 0}, "not_positive"),
            ({"quantity": -5}, "not_positive"),
        ],
    )
    def test_what_is_wrong_is_named_and_nothing_is_kept(self, send, line, code):
        ItemFactory(code="BAR")
        answer = send("purchases", purchase(**line))
        assert answer.status_code == 422
        assert [one["code"] for one in answer.json()["problems"]] == [code]
        assert not PurchaseOrder.objects.exists()

    def test_a_line_keeps_its_item_and_what_was_received(self, send):
        ItemFactory(code="BAR")
        ItemFactory(code="ROD")
        send("purchases", purchase())
        PurchaseOrderLine.objects.update(received=50)
        assert send("purchases", purchase(item="ROD")).json()["problems"][0]["code"] == "other_item"
        assert send("purchases", purchase(quantity=40)).json()["problems"][0]["code"] == "below_received"

    def test_receipts_are_booked_once_each_with_its_own_answer(self, send):
        line = PurchaseOrderLineFactory(order__plant=PlantFactory(code="W001"), item__lot_tracked=True)
        said = {
            "key": str(uuid.uuid4()),
            "plant": "W001",
            "number": line.order.number,
            "position": line.position,
            "quantity": "60.5",
            "lot": "H1",
        }
        wrong = said | {"key": "2", "position": "99"}
        without_lot = {name: value for name, value in said.items() if name != "lot"} | {"key": "3"}
        statuses = [
            [one["status"] for one in send("purchase-receipts", [said, wrong, without_lot]).json()["results"]]
            for _ in range(2)
        ]
        assert statuses == [["accepted", "refused", "refused"], ["replayed", "refused", "refused"]]
        move = StockMove.objects.get()
        assert (move.quantity, move.purchase_line) == (Decimal("60.5"), line)


class TestShipments:
    @pytest.fixture
    def line(self, send):
        """Ten pieces of one lot and five of an older one for a customer who wants twelve."""
        line = CustomerOrderLineFactory(quantity=12, position="10")
        for nth, (number, pieces) in enumerate((("OLD", 5), ("NEW", 10))):
            made = timezone.now() - timedelta(days=9 - nth)
            LotFactory(item=line.item, number=number, made_at=made)
            move_stock(plant=PlantFactory(code="W001"), item=line.item, quantity=Decimal(pieces), lot=number)
        return line

    def sent(self, line, **more):
        said = {"key": str(uuid.uuid4()), "plant": "W001", "position": "10"}
        return said | {"customer_order": line.order.number} | more

    def gone(self):
        return {one.lot.number: one.quantity for one in ShippedLot.objects.select_related("lot")}

    def test_without_lots_goes_what_the_line_needs_once(self, send, line):
        body = [self.sent(line, number="DN-1")]
        first, again = (send("shipments", body).json()["results"][0] for _ in range(2))
        assert (first["status"], first["shipment"]) == ("accepted", "DN-1")
        assert again == first
        assert self.gone() == {"OLD": 5, "NEW": 7}
        assert_books_are_clean()

    def test_lots_are_named(self, send, line):
        lots = [{"lot": "NEW", "quantity": 3}, {"lot": "OLD", "quantity": 1}]
        [answer] = send("shipments", [self.sent(line, lots=lots)]).json()["results"]
        assert answer["status"] == "accepted"
        assert self.gone() == {"NEW": 3, "OLD": 1}

    @pytest.mark.parametrize(
        ("more", "code"),
        [
            ({"position": "99"}, "unknown_line"),
            ({"plant": "NOWHERE"}, "unknown_plant"),
            ({"lots": [{"lot": "NOBODY", "quantity": 1}]}, "unknown_lot"),
            ({"lots": [{"lot": "NEW", "quantity": 11}]}, "short"),
            ({"lots": [{"lot": "NEW", "quantity": 0}]}, "not_positive"),
            ({"lots": []}, "empty"),
        ],
    )
    def test_what_is_wrong_is_named_and_nothing_leaves(self, send, line, more, code):
        [answer] = send("shipments", [self.sent(line, **more)]).json()["results"]
        assert answer["status"] == "refused"
        assert code in {answer["code"], *(one["code"] for one in answer["problems"])}
        assert not Shipment.objects.exists()

    def test_an_open_requirement_or_a_hold_keeps_it_here(self, send, line):
        hold_lots(
            lots=Lot.objects.values_list("pk", flat=True),
            plant=PlantFactory(code="W001"),
            kind="manual",
            reason="cracks",
            by=PlannerFactory(),
        )
        [answer] = send("shipments", [self.sent(line)]).json()["results"]
        assert (answer["status"], answer["code"]) == ("refused", "nothing_to_ship")
        assert "cracks" in answer["message"]
        order = ProductionOrderFactory(released=True, item=line.item, customer_line=line)
        OrderRequirementFactory(order=order, verified_at=None)
        [answer] = send("shipments", [self.sent(line)]).json()["results"]
        assert (answer["status"], answer["code"]) == ("refused", "requirements_open")
        assert not Shipment.objects.exists()


class TestDemand:
    def rows(self, *quantities):
        return [
            {"item": "PART", "week": str(date(2027, 1, 4) + timedelta(weeks=n)), "quantity": amount}
            for n, amount in enumerate(quantities)
        ]

    def test_a_forecast_comes_once_and_stays_a_draft(self, send):
        ItemFactory(code="PART")
        body = {"key": "f-1", "plant": "W001", "source": "ERP", "rows": self.rows(5, "7.5")}
        assert [send("demand-forecasts", body).status_code for _ in range(2)] == [201, 200]
        assert DemandForecast.objects.get().state == "draft"
        assert send("demand-forecasts", body | {"rows": self.rows(6)}).status_code == 409

    def test_every_wrong_row_is_named(self, send):
        ItemFactory(code="PART")
        rows = [*self.rows(5, -1), {"item": "OTHER", "week": "2027-W02", "quantity": 1}]
        answer = send("demand-forecasts", {"key": "f-1", "plant": "W001", "source": "ERP", "rows": rows})
        assert [(one["row"], one["code"]) for one in answer.json()["problems"]] == [
            (2, "negative"),
            (3, "unknown_item"),
        ]

    def test_past_demand_is_kept_by_week(self, send):
        ItemFactory(code="PART")
        week = timezone.localdate() - timedelta(weeks=8)
        body = {
            "plant": "W001",
            "source": "ERP",
            "rows": [{"item": "PART", "week": str(week), "quantity": 3}],
        }
        assert [send("past-demand", body).json()["created"] for _ in range(2)] == [1, 0]
        assert PastDemand.objects.get().quantity == 3

    def test_open_proposals_are_read(self, client):
        plant = PlantFactory(code="W001")
        made = ReplenishmentProposalFactory(rule=StockingRuleFactory(plant=plant))
        ReplenishmentProposalFactory(rule__plant=plant, state="withdrawn")
        client.force_login(PlannerFactory())
        found = client.get("/api/v1/replenishment-proposals", {"plant": "W001"}).json()["proposals"]
        assert [one["id"] for one in found] == [made.pk]
        assert client.get("/api/v1/replenishment-proposals", {"plant": "X"}).status_code == 422
