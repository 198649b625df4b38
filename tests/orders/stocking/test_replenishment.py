"""Reorder points from measured times, proposals with their why, and what becomes of them."""

import itertools
import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from mes.lib.errors import InvalidInput, Refused
from orders.domain.replenishment import accept_proposal, reject_proposal
from orders.domain.stock import move_stock
from orders.enums import OrderState
from orders.models import (
    ProductionOrder,
    PurchaseOrder,
    ReplenishmentProposal,
    StockingRule,
    StockOutlook,
)
from orders.planning.stocking.propose import propose
from tests.factories.accounts import PlannerFactory
from tests.factories.machines import PlantFactory
from tests.factories.orders import (
    CustomerOrderLineFactory,
    ItemFactory,
    LotFactory,
    OrderComponentFactory,
    PlaceFactory,
    ProductionOrderFactory,
    PurchaseOrderLineFactory,
    ReplenishmentProposalFactory,
    StockingRuleFactory,
    StockMoveFactory,
)
from tests.orders.stocking.scene import forecast_for, looked_at, stocked

pytestmark = pytest.mark.django_db


def proposal():
    return ReplenishmentProposal.objects.select_related("rule").get()


class TestOutlook:
    def test_the_point_covers_the_measured_time_and_not_the_assumed_one(self):
        rule = stocked(days=14, assumed_days=70, on_hand=500)
        outlook = looked_at(rule)
        figures = outlook.figures
        assert figures["lead_p50"] == pytest.approx(14, abs=0.2)
        assert (figures["lead_count"], figures["lead_level"]) == (4, "item")
        assert figures["demand_lead"] == pytest.approx(20, rel=0.25)
        assert 20 < outlook.reorder_point < 60
        assert figures["fill"] >= 94.9
        assert not ReplenishmentProposal.objects.exists()

    def test_without_measurements_the_assumed_time_counts_and_is_said(self):
        outlook = looked_at(stocked(days=0, assumed_days=21))
        assert outlook.figures["lead_level"] == "assumed"
        assert outlook.figures["lead_p50"] == 21
        assert "assumed_time" in outlook.warnings

    def test_what_suppliers_took_says_nothing_of_what_is_made(self):
        made, bought = stocked(days=2, on_hand=500), ItemFactory()
        for n in range(20):
            ordered = timezone.now() - timedelta(days=60 * (n + 1))
            line = PurchaseOrderLineFactory(
                order__plant=made.plant, order__ordered_at=ordered, item=bought, quantity=1, received=1
            )
            StockMoveFactory(
                plant=made.plant,
                item=bought,
                quantity=1,
                kind="receipt",
                purchase_line=line,
                occurred_at=ordered + timedelta(days=45),
            )
        assert looked_at(made).figures["lead_p90"] == 2

    def test_few_measurements_are_drawn_to_their_like(self):
        rule = stocked(days=14)
        other = stocked(days=0, plant=rule.plant)
        looked_at(rule)
        figures = StockOutlook.objects.get(rule=other).figures
        assert (figures["lead_count"], figures["lead_level"]) == (0, "like")
        assert figures["lead_p50"] == pytest.approx(14, abs=0.2)

    def test_the_position_counts_what_comes_and_what_is_due(self):
        rule = stocked(on_hand=100)
        ProductionOrderFactory(plant=rule.plant, item=rule.item, quantity=40)
        late = timezone.now() - timedelta(days=3)
        CustomerOrderLineFactory(item=rule.item, unit=rule.item.unit, quantity=15, requested_at=late)
        figures = looked_at(rule).figures
        assert (figures["on_hand"], figures["on_order"], figures["overdue"]) == (100, 40, 15)
        assert figures["position"] == 125

    def test_orders_use_up_the_forecast_and_only_more_than_it_counts_besides(self):
        rule = stocked(on_hand=500)
        soon = timezone.now() + timedelta(days=8)
        order = ProductionOrderFactory(plant=rule.plant, released=True, planned_start_at=soon)
        OrderComponentFactory(order=order, item=rule.item, quantity=4)
        assert looked_at(rule).figures["beyond"] == 0
        OrderComponentFactory(order=order, item=rule.item, quantity=60)
        outlook = looked_at(rule)
        assert 45 < outlook.figures["beyond"] < 64
        falls = [one["mid"] for one in outlook.weeks[:4]]
        assert max(before - after for before, after in itertools.pairwise(falls)) >= 55

    def test_what_may_not_be_used_is_no_stock(self):
        rule = stocked(on_hand=30)
        LotFactory(item=rule.item, number="BAD", status="blocked")
        move_stock(
            plant=rule.plant,
            item=rule.item,
            quantity=Decimal(70),
            kind="receipt",
            lot="BAD",
            status="blocked",
        )
        figures = looked_at(rule).figures
        assert (figures["on_hand"], figures["unusable"]) == (30, 70)

    def test_stock_below_zero_is_taken_as_it_is_and_said(self):
        rule = stocked()
        move_stock(plant=rule.plant, item=rule.item, quantity=Decimal(-8), kind="issue")
        outlook = looked_at(rule)
        assert (outlook.position, outlook.figures["below"]) == (-8, -8)
        assert "below_zero" in outlook.warnings

    def test_a_forecast_in_force_is_named(self):
        rule = stocked(on_hand=500)
        version = forecast_for(rule.plant)
        outlook = looked_at(rule)
        assert outlook.forecast == version
        assert outlook.figures["version"] == version.number

    def test_it_costs_the_same_for_one_item_and_for_three(self):
        plant = PlantFactory()

        def queries(count):
            for _ in range(count):
                stocked(weeks=10, days=0, plant=plant, on_hand=1000)
            with CaptureQueriesContext(connection) as captured:
                propose(plant, now=timezone.now())
            return len(captured)

        queries(1)
        assert queries(1) == queries(2)


class TestProposals:
    def test_what_is_at_or_below_the_point_is_proposed_once_and_kept_up(self):
        rule = stocked(on_hand=5)
        looked_at(rule)
        first = proposal()
        assert first.quantity >= 20
        assert first.figures["position"] == 5
        assert not first.bought
        assert propose(rule.plant, now=timezone.now()).changed == 0
        move_stock(plant=rule.plant, item=rule.item, quantity=Decimal(500), kind="receipt")
        looked_at(rule)
        assert proposal().state == "withdrawn"
        assert not ProductionOrder.objects.filter(state=OrderState.PLANNED).exists()

    def test_only_whole_lots(self):
        looked_at(stocked(lot_quantity=Decimal(24)))
        assert proposal().quantity % 24 == 0

    def test_up_to_the_maximum(self):
        rule = stocked(policy="min_max", minimum=Decimal(30), maximum=Decimal(90), on_hand=20)
        looked_at(rule)
        assert proposal().quantity == 70

    def test_at_fixed_intervals_only_in_their_week(self):
        rule = stocked(policy="period", period_weeks=1)
        looked_at(rule)
        made = proposal()
        assert made.quantity == StockOutlook.objects.get().reorder_point
        StockingRule.objects.update(period_weeks=2000)
        looked_at(rule)
        assert proposal().state == "withdrawn"

    def test_no_more_than_fits(self):
        rule = stocked(place=PlaceFactory(capacity=12))
        looked_at(rule)
        assert proposal().quantity == 12
        assert "capped" in StockOutlook.objects.get().warnings
        move_stock(
            plant=rule.plant,
            item=ItemFactory(),
            quantity=Decimal(12),
            kind="receipt",
            place=rule.place,
        )
        StockOutlook.objects.all().delete()
        rule.place.plant_id = rule.plant_id
        rule.place.save()
        looked_at(StockingRule.objects.get())
        assert proposal().state == "withdrawn"
        assert "no_room" in StockOutlook.objects.get().warnings

    def test_after_a_no_nothing_is_proposed_for_a_week(self):
        rule = stocked()
        looked_at(rule)
        said = {"proposal": proposal(), "by": PlannerFactory(), "key": uuid.uuid4()}
        with pytest.raises(InvalidInput):
            reject_proposal(reason="  ", **said)
        for _ in range(2):
            assert reject_proposal(reason="The season is over", **said).state == "rejected"
        looked_at(rule)
        assert proposal().state == "rejected"
        propose(rule.plant, now=timezone.now() + timedelta(days=8))
        assert ReplenishmentProposal.objects.filter(state="open").count() == 1


class TestAccepted:
    def test_it_becomes_a_production_order_for_stock_once(self):
        rule = stocked()
        looked_at(rule)
        said = {"proposal": proposal(), "by": PlannerFactory(), "key": uuid.uuid4()}
        for _ in range(2):
            done = accept_proposal(**said)
        order = done.order
        assert (order.strategy, order.state, order.quantity) == ("MTS", "planned", done.quantity)
        assert order.events.get(kind="created").by == said["by"]
        assert ProductionOrder.objects.filter(state="planned").count() == 1
        with pytest.raises(Refused):
            accept_proposal(**(said | {"key": uuid.uuid4()}))
        with pytest.raises(Refused):
            reject_proposal(reason="late", **(said | {"key": uuid.uuid4()}))
        looked_at(rule)
        assert not ReplenishmentProposal.objects.filter(state="open").exists()

    def test_what_is_bought_becomes_a_supplier_order(self):
        rule = stocked(made=False, days=0, supplier="Steel works")
        looked_at(rule)
        done = accept_proposal(
            proposal=proposal(), by=PlannerFactory(), key=uuid.uuid4(), quantity=Decimal(33)
        )
        line = done.purchase_line
        assert (line.order.supplier, line.item, line.quantity) == ("Steel works", rule.item, 33)
        assert looked_at(rule).figures["on_order"] == 33

    @pytest.mark.parametrize(
        "said",
        [
            {"quantity": Decimal(0)},
            {"quantity": Decimal(-5)},
            {"needed_on": timezone.now().date() - timedelta(days=9)},
        ],
    )
    def test_a_plan_is_positive_and_ahead(self, said):
        looked_at(stocked())
        with pytest.raises(InvalidInput):
            accept_proposal(proposal=proposal(), by=None, key=uuid.uuid4(), **said)
        assert not PurchaseOrder.objects.exists()

    def test_the_time_of_purchases_is_measured_from_order_to_receipt(self):
        from orders.domain.inventory import receive_purchase

        rule = stocked(made=False, days=0, supplier="Steel works", on_hand=500)
        now = timezone.now()
        for _ in range(3):
            line = PurchaseOrderLineFactory(
                item=rule.item,
                order__plant=rule.plant,
                order__supplier="Steel works",
                order__ordered_at=now - timedelta(days=40),
            )
            receive_purchase(
                line=line, quantity=line.quantity, by=None, key=uuid.uuid4(), at=now - timedelta(days=5)
            )
        figures = looked_at(rule).figures
        assert (figures["lead_count"], figures["lead_p50"]) == (3, pytest.approx(35, abs=0.2))


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ({"service_percent": 100}, "stocking_rule_service"),
        ({"service_percent": 20}, "stocking_rule_service"),
        ({"period_weeks": 0}, "stocking_rule_period"),
        ({"lot_quantity": 0}, "stocking_rule_lot_positive"),
        ({"minimum": -1}, "stocking_rule_limits_not_negative"),
        ({"maximum": 0}, "stocking_rule_limits_not_negative"),
        ({"minimum": 10, "maximum": 10}, "stocking_rule_limits_in_order"),
        ({"policy": "min_max"}, "stocking_rule_min_max_has_maximum"),
    ],
)
def test_rules_hold(said, name):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        StockingRuleFactory(**said)


def test_one_rule_for_an_item():
    rule = StockingRuleFactory()
    with pytest.raises(IntegrityError, match="stocking_rule_unique"), transaction.atomic():
        StockingRuleFactory(plant=rule.plant, item=rule.item)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ({"quantity": 0}, "replenishment_proposal_positive"),
        ({"state": "rejected", "reason": "no"}, "replenishment_proposal_decided_with_time"),
        ({"state": "rejected", "decided_at": timezone.now()}, "replenishment_proposal_rejected_with_reason"),
        ({"state": "accepted", "decided_at": timezone.now()}, "replenishment_proposal_became_one"),
    ],
)
def test_proposals_hold(said, name):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        ReplenishmentProposalFactory(**said)


def test_one_open_proposal_for_an_item():
    made = ReplenishmentProposalFactory()
    with pytest.raises(IntegrityError, match="replenishment_proposal_one_open"), transaction.atomic():
        ReplenishmentProposalFactory(rule=made.rule)
