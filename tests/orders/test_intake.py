"""Orders from the ERP: created, changed, cancelled; bad ones refused whole, with every problem named."""

from __future__ import annotations

import uuid
from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from mes.lib.errors import InvalidInput
from orders.domain.documents import ComponentLine, OperationLine, RequirementLine
from orders.domain.execution import finish, start_production
from orders.domain.missing import Missing
from orders.domain.release import release_order
from orders.domain.reports import Quantities, report
from orders.enums import ErpStatus, EventKind, OperationState, OrderState, Outcome, Reference
from orders.models import CustomerOrderLine, Hold, Operation, OrderComponent, ProductionEvent, ProductionOrder
from tests.orders.conftest import document
from tests.support.books import assert_books_are_clean


def test_a_new_order_arrives_with_everything(take, plant):
    [result] = take(
        document(
            customer="C7",
            customer_name="Demo customer",
            customer_order="SO-1",
            customer_line="10",
            requirements=(
                RequirementLine("R1", "limit", "Hardness", lower=Decimal(40), upper=Decimal(45), unit="HRC"),
            ),
        )
    )
    order = ProductionOrder.objects.get()
    assert (result.outcome, result.order_id) == (Outcome.CREATED, order.pk)
    assert list(order.operations.values_list("number", "machine_group__code", "quantity")) == [
        ("0010", "PRESS", 100),
        ("0020", "BENCH", 100),
    ]
    assert order.components.get().quantity == 200
    assert order.requirements.get().upper == 45
    assert CustomerOrderLine.objects.get().order.customer.name == "Demo customer"
    assert order.customer_line.position == "10"
    assert order.events.get().kind == EventKind.CREATED


def test_the_same_message_again_changes_nothing(take):
    take(document())
    before = ProductionEvent.objects.count()
    [result] = take(document())
    assert result.outcome == Outcome.UNCHANGED
    assert ProductionEvent.objects.count() == before


def test_an_older_version_is_obsolete(take):
    take(document(version="5"))
    [result] = take(document(version="4", quantity=Decimal(50)))
    assert result.outcome == Outcome.OBSOLETE
    assert ProductionOrder.objects.get().quantity == 100


def test_all_problems_are_named_and_nothing_is_written(take):
    [result] = take(
        document(
            plant="9999",
            item="NOPE",
            quantity=Decimal("-3"),
            unit="XX",
            operations=(OperationLine("0010", work_centre="NOWHERE", run_seconds=Decimal("NaN")),),
            components=(ComponentLine("1", "GHOST", Decimal("1e400"), "C62"),),
        )
    )
    assert result.outcome == Outcome.REFUSED
    assert {(problem.code, problem.field) for problem in result.problems} >= {
        ("unknown_plant", "plant"),
        ("unknown_item", "item"),
        ("not_positive", "quantity"),
        ("unknown_unit", "unit"),
        ("unknown_work_centre", "operations[0].work_centre"),
        ("absurd", "operations[0].run_seconds"),
        ("unknown_item", "components[0].item"),
        ("absurd", "components[0].quantity"),
    }
    assert not ProductionOrder.objects.exists()


def test_what_is_missing_makes_an_order_wait(take):
    [result] = take(document(item="NOPE"))
    assert (result.outcome, result.missing) == (Outcome.WAITING, [Missing(Reference.ITEM, "NOPE")])
    assert result.problems[0].code == "unknown_item"


def test_one_bad_order_of_a_file_leaves_the_others(take):
    results = take(document("1"), document("2", quantity=Decimal(0), row=2), document("3", row=3))
    assert [result.outcome for result in results] == [Outcome.CREATED, Outcome.REFUSED, Outcome.CREATED]
    assert results[1].problems[0].row == 2
    assert ProductionOrder.objects.count() == 2


def test_one_bad_order_refuses_an_all_or_nothing_batch(take):
    with pytest.raises(InvalidInput) as refused, transaction.atomic():
        take(document("1"), document("2", item="NOPE", row=2), all_or_nothing=True)
    assert [problem.row for problem in refused.value.problems] == [2]
    assert not ProductionOrder.objects.exists()


def test_an_order_twice_in_one_message_is_refused_once(take):
    first, second = take(document(), document(row=2))
    assert (first.outcome, second.outcome) == (Outcome.CREATED, Outcome.REFUSED)
    assert second.problems[0].code == "double"


def test_a_later_version_changes_what_is_open(take, order):
    new = (
        OperationLine("0010", "Forge hot", "PRESS", run_seconds=Decimal(12)),
        OperationLine("0030", "Pack", "BENCH", run_seconds=Decimal(5)),
    )
    [result] = take(document(version="2", quantity=Decimal(80), operations=new))
    order.refresh_from_db()
    assert result.outcome == Outcome.CHANGED
    assert result.changes["quantity"] == ["100.000", "80"]
    assert order.quantity == 80
    states = dict(order.operations.values_list("number", "state"))
    assert states == {"0010": "released", "0020": "cancelled", "0030": "released"}
    assert order.operations.get(number="0010").run_seconds == 12
    assert not Hold.objects.exists()


def test_a_running_order_keeps_what_is_done_and_conflicts_hold_it(take, order, plant):
    forge = order.operations.get(number="0010")
    start_production(operation=forge, machine=plant.press, by=plant.operator, key=uuid.uuid4())
    Operation.objects.filter(pk=forge.pk).update(counting="person")
    report(operation=forge, quantities=Quantities(good=Decimal(60)), by=None, key=uuid.uuid4())
    [result] = take(document(version="2", quantity=Decimal(50), operations=()))
    order.refresh_from_db()
    assert order.quantity == 100
    assert len(result.conflicts) == 2
    assert Operation.objects.get(pk=forge.pk).state == OperationState.PRODUCTION
    assert order.operations.get(number="0020").state == OperationState.CANCELLED
    assert Hold.objects.get().kind == "erp_change"
    assert order.events.filter(kind=EventKind.CONFLICT).count() == 1


def test_the_orders_good_pieces_follow_its_last_operation(take, order, plant):
    forge, deburr = order.operations.order_by("position")
    Operation.objects.update(counting="person")
    for operation, good in ((forge, 60), (deburr, 40)):
        report(operation=operation, quantities=Quantities(good=Decimal(good)), by=None, key=uuid.uuid4())
    lines = document().operations
    seen = []
    for version, kept in enumerate(
        (lines, (*lines, OperationLine("0030", "Pack", "BENCH")), lines[:1], lines[:1]), start=2
    ):
        take(document(version=str(version), operations=kept))
        order.refresh_from_db()
        seen.append(order.good)
        assert_books_are_clean()
    assert seen == [40, 0, 60, 60]


def test_an_order_without_operations_left_has_made_nothing(take, order):
    forge = order.operations.get(number="0010")
    Operation.objects.update(counting="person")
    report(operation=forge, quantities=Quantities(good=Decimal(5)), by=None, key=uuid.uuid4())
    take(document(version="2", operations=()))
    order.refresh_from_db()
    assert order.good == 0
    assert_books_are_clean()


def test_only_a_change_of_the_operations_adds_a_query(take, order):
    counts = []
    for version, changes in (("2", {"priority": 1}), ("3", {"priority": 2, "operations": ()})):
        with CaptureQueriesContext(connection) as queries:
            take(document(version=version, **changes))
        counts.append(sum('SET "good"' in query["sql"] for query in queries))
    assert counts == [0, 1]


def test_cancelling_an_untouched_order_cancels_it(take, order):
    [result] = take(replace(document(version="2"), cancel=True))
    order.refresh_from_db()
    assert (result.outcome, order.state) == (Outcome.CANCELLED, OrderState.CANCELLED)
    assert set(order.operations.values_list("state", flat=True)) == {"cancelled"}


def test_cancelling_while_an_operation_runs_lets_it_finish(take, order, plant):
    forge = order.operations.get(number="0010")
    start_production(operation=forge, machine=plant.press, by=None, key=uuid.uuid4())
    [result] = take(replace(document(version="2"), cancel=True))
    order.refresh_from_db()
    assert (order.state, order.erp_status) == (OrderState.RUNNING, ErpStatus.CLOSED)
    assert result.conflicts == ["Cancelled by the ERP while operation 0010 is in work."]
    finish(operation=forge, by=None, key=uuid.uuid4())
    order.refresh_from_db()
    assert order.state == OrderState.CLOSED


def test_queries_do_not_grow_with_orders(take):
    counts = []
    for numbers in (["1"], [str(number) for number in range(2, 42)]):
        with CaptureQueriesContext(connection) as queries:
            take(
                *[document(number, customer=f"C{number}", customer_order=f"S{number}") for number in numbers]
            )
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert OrderComponent.objects.count() == 41


def test_queries_do_not_grow_with_orders_whose_quantity_changes(take):
    counts = []
    for numbers in (["1"], [str(number) for number in range(2, 42)]):
        take(*[document(number) for number in numbers])
        for order in ProductionOrder.objects.filter(number__in=numbers):
            release_order(order=order, by=None, key=uuid.uuid4())
        with CaptureQueriesContext(connection) as queries:
            take(
                *[document(number, version="2", quantity=Decimal(80), components=None) for number in numbers]
            )
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert set(OrderComponent.objects.values_list("quantity", flat=True)) == {160}


def test_when_the_next_operation_may_and_must_begin_is_taken_and_changed(take):
    forge, deburr = document().operations
    lines = (replace(forge, send_ahead=Decimal(25)), replace(deburr, longest_wait_seconds=Decimal(14400)))
    take(document(version="1", operations=lines))
    told = Operation.objects.order_by("position").values_list("send_ahead", "longest_wait_seconds")
    assert list(told) == [(25, None), (None, 14400)]
    take(document(version="2", operations=(replace(lines[0], send_ahead=Decimal(50)), lines[1])))
    assert list(told.all()) == [(50, None), (None, 14400)]


def test_a_next_operation_that_may_begin_after_no_piece_is_refused(take):
    forge, deburr = document().operations
    bad = (replace(forge, send_ahead=Decimal(0)), replace(deburr, longest_wait_seconds=Decimal(-1)))
    [result] = take(document(operations=bad))
    assert [(one.code, one.field) for one in result.problems] == [
        ("not_positive", "operations[0].send_ahead"),
        ("absurd", "operations[1].longest_wait_seconds"),
    ]
