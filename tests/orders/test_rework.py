"""Rework has operations, time and counts of its own; the first pass is what it was."""

import uuid
from decimal import Decimal

import pytest

from mes.lib.errors import InvalidInput, Refused
from orders.domain.execution import finish, start_production
from orders.domain.reports import Quantities, report, reverse
from orders.domain.rework import ReworkStep, Standing, insert_rework, reclassify
from orders.models import StockMove
from orders.queries.books import check_operations, check_orders, check_stock
from tests.factories.accounts import OperatorFactory, QualityFactory
from tests.factories.machines import MachineFactory, MeasuredMachineFactory
from tests.factories.orders import OperationFactory, ProductionOrderFactory, ScrapReasonFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def made():
    """The last of two operations reported 90 good and 10 for rework."""
    order = ProductionOrderFactory(running=True)
    order.item.stocked = True
    order.item.save()
    OperationFactory(
        order=order,
        position=1,
        state="finished",
        started_at="2026-01-05T06:00Z",
        finished_at="2026-01-05T07:00Z",
    )
    operation = OperationFactory(order=order, position=2, state="production", started_at="2026-01-05T06:00Z")
    reason = ScrapReasonFactory(plant=order.plant)
    report(
        operation=operation,
        quantities=Quantities(good=Decimal(90), rework=Decimal(10)),
        scrap_reason=reason,
        by=OperatorFactory(),
        key=uuid.uuid4(),
    )
    operation.refresh_from_db()
    return operation, reason


def counters(row):
    row.refresh_from_db()
    return tuple(map(int, (row.good, row.scrap, row.rework)))


def balanced():
    return all(not check().differences for check in (check_operations, check_orders, check_stock))


def repair(operation, **changes):
    step = ReworkStep("Deburr again", operation.machine_group, run_seconds=Decimal(60))
    [rework] = insert_rework(
        operation=operation,
        quantity=Decimal(10),
        steps=[step],
        by=QualityFactory(),
        key=uuid.uuid4(),
        **changes,
    )
    return rework


def test_repaired_pieces_are_good_where_they_were_made_and_the_books_balance(made):
    operation, reason = made
    rework = repair(operation)
    assert (rework.number, rework.sequence, rework.state) == ("0020R1", "R1", "released")
    machine = MeasuredMachineFactory(plant=operation.plant, group=operation.machine_group)
    person = OperatorFactory()
    start_production(operation=rework, machine=machine, by=person, key=uuid.uuid4())
    rework.refresh_from_db()
    assert rework.counting == "person"
    done = report(
        operation=rework,
        quantities=Quantities(good=Decimal(8), scrap=Decimal(2)),
        scrap_reason=reason,
        by=person,
        key=uuid.uuid4(),
    )
    assert counters(rework) == (8, 2, 0)
    assert counters(operation) == (98, 2, 0)
    assert counters(operation.order) == (98, 2, 0)
    assert balanced()
    reverse(
        event=done,
        by=person,
        key=uuid.uuid4(),
        comment="one was good",
        replacement=Quantities(good=Decimal(9), scrap=Decimal(1)),
        scrap_reason=reason,
    )
    assert counters(operation) == (99, 1, 0)
    assert counters(operation.order) == (99, 1, 0)
    assert balanced()
    finish(operation=operation, by=person, key=uuid.uuid4())
    operation.order.refresh_from_db()
    assert operation.order.state == "running"  # the rework is still open
    finish(operation=rework, by=person, key=uuid.uuid4())
    operation.order.refresh_from_db()
    assert operation.order.state == "finished"
    assert [int(move.quantity) for move in StockMove.objects.filter(order=operation.order)] == [99]


def test_only_the_last_step_of_a_rework_gives_pieces_back(made):
    operation, _reason = made
    steps = [ReworkStep(text, operation.machine_group) for text in ("Grind", "Measure")]
    first, last = insert_rework(
        operation=operation, quantity=Decimal(10), steps=steps, by=QualityFactory(), key=uuid.uuid4()
    )
    assert (first.number, last.number) == ("0020R1a", "0020R1b")
    for step in (first, last):
        assert counters(operation) == (90, 0, 10)
        report(
            operation=step, quantities=Quantities(good=Decimal(10)), by=OperatorFactory(), key=uuid.uuid4()
        )
    assert counters(operation) == (100, 0, 0)
    assert balanced()


def test_a_finished_order_runs_again_and_stock_gets_only_what_is_new(made):
    operation, _reason = made
    person = OperatorFactory()
    finish(operation=operation, by=person, key=uuid.uuid4())
    rework = repair(operation)
    rework.order.refresh_from_db()
    assert (rework.order.state, rework.order.finished_at) == ("running", None)
    report(operation=rework, quantities=Quantities(good=Decimal(10)), by=person, key=uuid.uuid4())
    finish(operation=rework, by=person, key=uuid.uuid4())
    assert [int(move.quantity) for move in StockMove.objects.filter(order=rework.order).order_by("pk")] == [
        90,
        10,
    ]
    reclassify(
        operation=operation,
        quantity=Decimal(3),
        source=Standing.GOOD,
        target=Standing.SCRAP,
        by=QualityFactory(),
        key=uuid.uuid4(),
        reference="NC000001",
    )
    assert sum(move.quantity for move in StockMove.objects.filter(order=rework.order)) == 97
    assert balanced()


def test_pieces_move_once_and_only_as_many_as_are_there(made):
    operation, reason = made
    key = uuid.uuid4()
    for _again in range(2):
        event = reclassify(
            operation=operation,
            quantity=Decimal(4),
            source=Standing.REWORK,
            target=Standing.SCRAP,
            scrap_reason=reason,
            by=QualityFactory(),
            key=key,
            reference="NC000001",
        )
        assert counters(operation) == (90, 4, 6)
    assert balanced()
    with pytest.raises(InvalidInput, match="Only 6 pieces are counted as rework"):
        reclassify(
            operation=operation,
            quantity=Decimal(7),
            source=Standing.REWORK,
            target=Standing.GOOD,
            by=QualityFactory(),
            key=uuid.uuid4(),
            reference="NC000001",
        )
    with pytest.raises(Refused) as refusal:
        reverse(event=event, by=QualityFactory(), key=uuid.uuid4(), comment="no")
    assert refusal.value.code == "not_a_report"


def test_rework_of_what_is_no_running_work_is_refused(made):
    operation, _reason = made
    rework = repair(operation)
    with pytest.raises(Refused) as refusal:
        repair(rework)
    assert refusal.value.code == "rework_of_rework"
    with pytest.raises(Refused) as refusal:
        repair(OperationFactory())
    assert refusal.value.code == "wrong_state"


def test_rework_is_not_stopped_by_the_hold_that_made_it_necessary(made):
    from orders.domain.holds import place_hold

    operation, _reason = made
    rework = repair(operation)
    place_hold(order=operation.order, operation=None, kind="nonconformance", reason="Burrs", by=None)
    machine = MachineFactory(plant=operation.plant, group=operation.machine_group)
    assert start_production(operation=rework, machine=machine, by=OperatorFactory(), key=uuid.uuid4()).pk
    place_hold(order=operation.order, operation=rework, kind="manual", reason="Wait", by=None)
