"""Working on operations: states, slots, people, quantities, corrections, and one effect per key."""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from mes.lib.errors import InvalidInput, KeyReused, Refused
from orders.domain import execution, reports
from orders.domain.holds import lift_hold
from orders.domain.release import release_order
from orders.domain.reports import Quantities
from orders.domain.stock import move_stock
from orders.enums import EventKind, OperationState, OrderState, Strategy
from orders.models import (
    Hold,
    Operation,
    ProductionEvent,
    ProductionOrder,
    Run,
    RunPerson,
    StockBalance,
    StockMove,
)
from tests.factories.accounts import OperatorFactory
from tests.factories.machines import MachineFactory
from tests.factories.orders import BomFactory, BomLineFactory, RoutingFactory, RoutingOperationFactory
from tests.orders.conftest import document


def key():
    return uuid.uuid4()


@pytest.fixture
def deburr(order, plant):
    """The bench operation, whose predecessor is done."""
    forge = order.operations.get(number="0010")
    execution.finish(operation=forge, by=None, key=key())
    return order.operations.get(number="0020")


def counters(operation):
    operation.refresh_from_db()
    return operation.good, operation.scrap, operation.rework


class TestRelease:
    def test_copies_routing_and_bom_when_the_erp_sent_none(self, take, plant):
        routing = RoutingFactory(plant=plant.row, item=plant.item)
        RoutingOperationFactory(
            routing=routing,
            number="0010",
            machine_group=plant.press.group,
            program="RING-A",
            parameters={"t": "1150"},
        )
        BomLineFactory(bom=BomFactory(item=plant.item), item=plant.bar, quantity=2, scrap_percent=20)
        take(document(operations=None, components=None))
        order = ProductionOrder.objects.get()
        release_order(order=order, by=None, key=key())
        [operation] = order.operations.all()
        assert (operation.program, operation.parameters, operation.state) == (
            "RING-A",
            {"t": "1150"},
            "released",
        )
        assert order.components.get().quantity == 250
        routing.operations.update(program="RING-B")
        assert Operation.objects.get().program == "RING-A"

    def test_reserves_what_is_in_stock(self, take, plant):
        move_stock(plant=plant.row, item=plant.bar, quantity=Decimal(150))
        take(document("1"), document("2", row=2))
        for order in ProductionOrder.objects.order_by("number"):
            release_order(order=order, by=None, key=key())
        reserved = list(
            ProductionOrder.objects.order_by("number").values_list("components__reserved", flat=True)
        )
        assert reserved == [150, 0]
        assert StockBalance.objects.get().reserved == 150

    def test_engineer_to_order_waits_for_engineering(self, take, plant):
        plant.item.revision = "B"
        plant.item.save()
        take(document(strategy=Strategy.ETO))
        order = ProductionOrder.objects.get()
        with pytest.raises(Refused) as refused:
            release_order(order=order, by=None, key=key())
        assert refused.value.code == "engineering_not_released"
        plant.item.revision_released_at = timezone.now()
        plant.item.save()
        release_order(order=ProductionOrder.objects.get(), by=None, key=key())
        assert ProductionOrder.objects.get().revision == "B"

    def test_twice_with_one_key_is_once_and_with_another_refused(self, take):
        take(document())
        order, once = ProductionOrder.objects.get(), key()
        assert release_order(order=order, by=None, key=once) == release_order(order=order, by=None, key=once)
        with pytest.raises(Refused):
            release_order(order=order, by=None, key=key())


class TestStart:
    def test_setup_then_production_then_finish(self, order, plant):
        forge = order.operations.get(number="0010")
        execution.start_setup(operation=forge, machine=plant.press, by=plant.operator, key=key())
        run = Run.objects.get()
        assert (run.phase, run.slot) == ("setup", 1)
        execution.start_production(operation=forge, machine=plant.press, by=plant.operator, key=key())
        run.refresh_from_db()
        assert run.phase == "production"
        execution.finish(operation=forge, by=plant.operator, key=key())
        run.refresh_from_db()
        forge.refresh_from_db()
        assert (forge.state, run.ended_at) == (OperationState.FINISHED, forge.finished_at)
        assert RunPerson.objects.get().ended_at == run.ended_at
        assert ProductionOrder.objects.get().state == OrderState.RUNNING

    def test_refused_before_release(self, take, plant):
        take(document())
        with pytest.raises(Refused) as refused:
            execution.start_setup(
                operation=Operation.objects.first(), machine=plant.press, by=None, key=key()
            )
        assert refused.value.code == "not_released"

    def test_refused_before_anything_came_from_the_predecessor(self, order, plant):
        with pytest.raises(Refused) as refused:
            execution.start_production(
                operation=order.operations.get(number="0020"), machine=plant.bench, by=None, key=key()
            )
        assert refused.value.code == "predecessor"

    def test_refused_on_a_machine_of_another_work_centre(self, deburr, plant):
        with pytest.raises(Refused) as refused:
            execution.start_production(operation=deburr, machine=plant.press, by=None, key=key())
        assert refused.value.code == "wrong_machine"

    def test_refused_when_the_slot_is_taken(self, take, order, plant):
        take(document("4712"))
        other = ProductionOrder.objects.get(number="4712")
        release_order(order=other, by=None, key=key())
        execution.start_setup(operation=order.operations.first(), machine=plant.press, by=None, key=key())
        with pytest.raises(Refused) as refused:
            execution.start_setup(operation=other.operations.first(), machine=plant.press, by=None, key=key())
        assert refused.value.code == "slot_taken"
        plant.press.slots = 2
        plant.press.save()
        execution.start_setup(operation=other.operations.first(), machine=plant.press, by=None, key=key())
        assert set(Run.objects.values_list("slot", flat=True)) == {1, 2}

    def test_a_resume_opens_a_new_run_also_on_another_machine(self, order, plant):
        forge = order.operations.get(number="0010")
        execution.start_production(operation=forge, machine=plant.press, by=None, key=key())
        execution.interrupt(operation=forge, by=None, key=key())
        other = MachineFactory(group=plant.press.group, code="P2")
        resumed = execution.start_production(operation=forge, machine=other, by=None, key=key())
        assert resumed.kind == EventKind.RESUMED
        assert list(Run.objects.order_by("id").values_list("machine__code", flat=True)) == ["P1", "P2"]

    def test_the_future_is_refused(self, order, plant):
        with pytest.raises(InvalidInput):
            execution.start_setup(
                operation=order.operations.first(),
                machine=plant.press,
                by=None,
                key=key(),
                at=timezone.now() + timedelta(minutes=5),
            )

    def test_an_inspection_holds_the_next_operation(self, order, plant):
        forge = order.operations.get(number="0010")
        Operation.objects.filter(pk=forge.pk).update(inspection=True)
        execution.finish(operation=forge, by=None, key=key())
        deburr = order.operations.get(number="0020")
        with pytest.raises(Refused) as refused:
            execution.start_production(operation=deburr, machine=plant.bench, by=None, key=key())
        assert refused.value.code == "inspection_open"
        lift_hold(hold=Hold.objects.get(), by=None)
        execution.start_production(operation=deburr, machine=plant.bench, by=None, key=key())

    def test_several_people_on_one_run(self, deburr, plant):
        second = OperatorFactory()
        execution.start_production(operation=deburr, machine=plant.bench, by=plant.operator, key=key())
        execution.join_run(operation=deburr, person=second, key=key())
        execution.join_run(operation=deburr, person=second, key=key())
        execution.leave_run(operation=deburr, person=plant.operator, key=key())
        still_on = RunPerson.objects.filter(ended_at__isnull=True)
        assert [row.person for row in still_on] == [second]
        assert RunPerson.objects.count() == 2


class TestReport:
    def test_good_scrap_and_rework_in_one_go(self, deburr, plant):
        reports.report(
            operation=deburr,
            quantities=Quantities(Decimal(90), Decimal(3), Decimal(2)),
            scrap_reason=plant.reason,
            by=plant.operator,
            key=key(),
        )
        assert counters(deburr) == (90, 3, 2)
        order = ProductionOrder.objects.get()
        assert (order.good, order.scrap, order.rework) == (90, 3, 2)

    def test_the_same_key_counts_once(self, deburr):
        once = key()
        for _ in range(3):
            reports.report(operation=deburr, quantities=Quantities(Decimal(5)), by=None, key=once)
        assert counters(deburr) == (5, 0, 0)
        with pytest.raises(KeyReused):
            reports.report(operation=deburr, quantities=Quantities(Decimal(6)), by=None, key=once)
        assert counters(deburr) == (5, 0, 0)

    @pytest.mark.parametrize(
        ("quantities", "code"),
        [
            ((0, 0, 0), "zero"),
            ((10**7, 0, 0), "absurd"),
            ((0, 1, 0), "reason_missing"),
            ((0, 0, 1), "reason_missing"),
        ],
    )
    def test_nonsense_is_refused(self, deburr, quantities, code):
        with pytest.raises(InvalidInput) as refused:
            reports.report(
                operation=deburr, quantities=Quantities(*map(Decimal, quantities)), by=None, key=key()
            )
        assert [problem.code for problem in refused.value.problems] == [code]
        assert counters(deburr) == (0, 0, 0)

    @pytest.mark.parametrize("amount", ["-1", "NaN", "Infinity"])
    def test_impossible_amounts_are_refused(self, amount):
        with pytest.raises(InvalidInput):
            Quantities(good=Decimal(amount))

    def test_people_report_scrap_but_not_good_where_the_machine_counts(self, order, plant):
        forge = order.operations.get(number="0010")
        execution.start_production(operation=forge, machine=plant.press, by=None, key=key())
        with pytest.raises(InvalidInput) as refused:
            reports.report(operation=forge, quantities=Quantities(Decimal(5)), by=None, key=key())
        assert refused.value.problems[0].code == "counted_by_machine"
        Operation.objects.filter(pk=forge.pk).update(good=50)
        reports.report(
            operation=forge,
            quantities=Quantities(scrap=Decimal(2)),
            scrap_reason=plant.reason,
            by=None,
            key=key(),
        )
        assert counters(forge) == (48, 2, 0)

    def test_a_report_consumes_its_components(self, order, plant):
        forge = order.operations.get(number="0010")
        move_stock(plant=plant.row, item=plant.bar, quantity=Decimal(500))
        reports.report(operation=forge, quantities=Quantities(Decimal(10)), by=None, key=key())
        component = order.components.get()
        assert component.issued == 20
        assert StockBalance.objects.get(item=plant.bar).on_hand == 480
        assert StockMove.objects.filter(kind="issue").get().quantity == -20

    def test_at_most_ten_queries(self, order):
        forge = order.operations.get(number="0010")
        with CaptureQueriesContext(connection) as queries:
            reports.report(operation=forge, quantities=Quantities(Decimal(10)), by=None, key=key())
        assert len(queries) <= 10


class TestCorrection:
    def test_reverses_and_books_anew(self, deburr, plant):
        wrong = reports.report(operation=deburr, quantities=Quantities(Decimal(90)), by=None, key=key())
        reports.reverse(
            event=wrong,
            by=plant.operator,
            key=key(),
            comment="typed twice",
            replacement=Quantities(Decimal(9)),
        )
        assert counters(deburr) == (9, 0, 0)
        assert list(ProductionEvent.objects.filter(operation=deburr).values_list("kind", "good")) == [
            ("reported", 90),
            ("reversed", -90),
            ("reported", 9),
        ]

    def test_takes_back_what_was_consumed(self, order, plant):
        forge = order.operations.get(number="0010")
        wrong = reports.report(operation=forge, quantities=Quantities(Decimal(10)), by=None, key=key())
        reports.reverse(event=wrong, by=None, key=key(), comment="wrong order")
        assert StockBalance.objects.get(item=plant.bar).on_hand == 0
        assert order.components.get().issued == 0

    def test_only_once_and_only_with_a_reason(self, deburr):
        wrong = reports.report(operation=deburr, quantities=Quantities(Decimal(9)), by=None, key=key())
        with pytest.raises(InvalidInput):
            reports.reverse(event=wrong, by=None, key=key(), comment=" ")
        once = key()
        assert reports.reverse(event=wrong, by=None, key=once, comment="x") == reports.reverse(
            event=wrong, by=None, key=once, comment="x"
        )
        with pytest.raises(Refused):
            reports.reverse(event=wrong, by=None, key=key(), comment="again")
        assert counters(deburr) == (0, 0, 0)


class TestRecordRun:
    def test_overlapping_work_is_accepted_on_further_slots(self, deburr, plant):
        end = timezone.now()
        for _ in range(2):
            reports.record_run(
                operation=deburr,
                machine=plant.bench,
                started_at=end - timedelta(hours=2),
                ended_at=end,
                setup=False,
                quantities=Quantities(Decimal(4)),
                by=plant.operator,
                key=key(),
            )
        assert counters(deburr) == (8, 0, 0)
        assert list(Run.objects.order_by("slot").values_list("slot", flat=True)) == [1, 2]
        assert ProductionEvent.objects.filter(details__over_capacity=True).count() == 1

    def test_a_backward_interval_is_refused(self, deburr, plant):
        end = timezone.now() - timedelta(days=1)
        with pytest.raises(InvalidInput):
            reports.record_run(
                operation=deburr,
                machine=plant.bench,
                started_at=end,
                ended_at=end - timedelta(seconds=1),
                setup=False,
                quantities=Quantities(),
                by=None,
                key=key(),
            )


def test_the_last_operation_finishes_the_order_and_stocks_the_item(deburr, plant):
    reports.report(operation=deburr, quantities=Quantities(Decimal(98)), by=None, key=key())
    execution.finish(operation=deburr, by=None, key=key())
    order = ProductionOrder.objects.get()
    assert order.state == OrderState.FINISHED
    assert StockBalance.objects.get(item=plant.item).on_hand == 98


def test_stock_gets_what_was_made_when_it_was_made(deburr, plant):
    then = timezone.now() - timedelta(minutes=3)
    Run.objects.update(started_at=then - timedelta(hours=1))
    Operation.objects.update(started_at=then - timedelta(hours=1))
    reports.report(operation=deburr, quantities=Quantities(Decimal(98)), by=None, key=key())
    execution.finish(operation=deburr, by=None, key=key(), at=then)
    assert StockMove.objects.get(item=plant.item).occurred_at == then


def test_a_report_corrected_after_the_end_corrects_what_stock_got(deburr, plant):
    told = reports.report(operation=deburr, quantities=Quantities(Decimal(98)), by=None, key=key())
    execution.finish(operation=deburr, by=None, key=key())
    right = Quantities(Decimal(95))
    reports.reverse(event=told, by=None, key=key(), comment="miscounted", replacement=right)
    assert StockBalance.objects.get(item=plant.item).on_hand == 95
    reports.report(operation=deburr, quantities=Quantities(Decimal(2)), by=None, key=key())
    assert StockBalance.objects.get(item=plant.item).on_hand == 97


def test_what_a_supplier_did_lasted_since_what_came_before_it_ended(order):
    forge, after = order.operations.get(number="0010"), order.operations.get(number="0020")
    Operation.objects.filter(pk=after.pk).update(outside=True)
    noon = timezone.now() - timedelta(days=3)
    execution.finish(operation=forge, by=None, key=key(), at=noon)
    execution.finish(operation=after, by=None, key=key(), at=noon + timedelta(days=2))
    after.refresh_from_db()
    assert (after.started_at, after.finished_at) == (noon, noon + timedelta(days=2))
