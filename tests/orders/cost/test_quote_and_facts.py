"""The quote that a release freezes, and the cost of work that was really booked."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from machines.enums import MachineState
from mes.lib.errors import InvalidInput
from orders.domain.cost import cost_of
from orders.domain.quoting import enter_cost
from orders.domain.release import release_order
from orders.enums import Cause, CostKind, MoveKind, OperationState, OrderState
from orders.models import CostEntry, CostQuoteLine, Operation, ProductionOrder
from orders.queries.cost import cost_facts
from tests.factories.machines import MONDAY, MachineFactory, MachineGroupFactory, StateIntervalFactory
from tests.factories.orders import (
    CustomerOrderLineFactory,
    ItemFactory,
    ItemUnitFactory,
    OperationFactory,
    OrderComponentFactory,
    ProductionOrderFactory,
    RunFactory,
    RunPersonFactory,
    StockMoveFactory,
)
from tests.support.queries import statements

pytestmark = pytest.mark.django_db
D = Decimal
HOUR = timedelta(hours=1)


def priced_order(**values):
    """100 pieces: 600 s setup, 36 s each, 60 €/h, one person at 30 €/h, 2 units of material at 1.50 €."""
    order = ProductionOrderFactory(**values)
    group = MachineGroupFactory(plant=order.plant, hourly_rate=D(60), labour_rate=D(30))
    operation = OperationFactory(order=order, machine_group=group, number="0010", run_seconds=D(36))
    OrderComponentFactory(
        order=order, item__standard_price=D("1.5"), quantity=D(200), operation_number="0010"
    )
    return order, operation


def released(order):
    release_order(order=order, by=None, key=uuid.uuid4())
    order.refresh_from_db()
    return order


def cost(order, **when):
    return cost_of(
        cost_facts(
            [ProductionOrder.objects.select_related("plant", "customer_line").get(pk=order.pk)], **when
        )[0]
    )


def test_release_freezes_what_the_order_is_planned_to_cost():
    order, _operation = priced_order(customer_line=CustomerOrderLineFactory(unit_price=D("12.5")))
    found = cost(released(order))
    assert found.quoted == {
        CostKind.SETUP: D("10.00"),
        CostKind.MACHINE: D("60.00"),
        CostKind.LABOUR: D("35.00"),
        CostKind.MATERIAL: D("300.00"),
    }
    assert found.price == D("1250.00")
    assert found.margin == D("845.00")
    assert found.at_completion == found.quote == D("405.00")


def test_rates_that_change_later_leave_the_order_as_it_was_quoted():
    order, operation = priced_order()
    machine = MachineFactory(plant=order.plant, group=operation.machine_group)
    released(order)
    group = operation.machine_group
    group.hourly_rate, group.labour_rate = D(600), D(300)
    group.save()
    item = order.components.get().item
    item.standard_price = D(99)
    item.save()
    RunFactory(
        operation=operation, machine=machine, started_at=MONDAY, production_at=MONDAY, ended_at=MONDAY + HOUR
    )
    StockMoveFactory(
        plant=order.plant,
        item=item,
        order=order,
        component=order.components.get(),
        kind=MoveKind.ISSUE,
        quantity=D(-10),
    )
    found = cost(order)
    assert found.spent[CostKind.MACHINE] == D("60.00")
    assert found.spent[CostKind.MATERIAL] == D("15.00")


def test_hours_on_the_machine_with_stops_people_and_overtime_are_spent():
    order, operation = priced_order()
    group = operation.machine_group
    machine = MachineFactory(plant=order.plant, group=group, hourly_rate=D(90))
    released(order)
    Operation.objects.filter(pk=operation.pk).update(
        state=OperationState.FINISHED,
        started_at=MONDAY,
        finished_at=MONDAY + 3 * HOUR,
        good=D(90),
        scrap=D(10),
    )
    run = RunFactory(
        operation=operation,
        machine=machine,
        started_at=MONDAY,
        production_at=MONDAY + HOUR,
        ended_at=MONDAY + 3 * HOUR,
    )
    StateIntervalFactory(
        plant=order.plant,
        machine=machine,
        state=MachineState.STOP,
        started_at=MONDAY + HOUR,
        ended_at=MONDAY + 2 * HOUR,
    )
    RunPersonFactory(run=run, ended_at=MONDAY + 3 * HOUR)
    found = cost(order)
    assert found.spent[CostKind.SETUP] == 90
    assert found.spent[CostKind.STOPS] == 90
    assert (found.spent[CostKind.MACHINE], found.spent[CostKind.SCRAP]) == (81, 9)
    assert found.spent[CostKind.LABOUR] == 90
    # The machine has no shifts: it works around the clock, and nothing is overtime.
    assert CostKind.OVERTIME not in found.spent
    assert found.causes[Cause.OTHER_MACHINE] == 90
    assert sum(found.causes.values()) == found.variance


def test_what_has_no_price_is_named_not_guessed():
    order = ProductionOrderFactory()
    OperationFactory(order=order, number="0010", machine_group__code="SAW")
    OrderComponentFactory(order=order, item__code="RAW", operation_number="0010")
    found = cost(released(order))
    assert found.quote == 0
    assert {"machine SAW", "setup SAW", "labour SAW", "material RAW"} == set(found.unpriced)


def test_a_component_in_another_unit_is_converted():
    item = ItemFactory(standard_price=D(2))
    other = ItemUnitFactory(item=item, numerator=D(5), denominator=D(2))
    order, _operation = priced_order()
    order.components.all().delete()
    OrderComponentFactory(order=order, item=item, unit=other.unit, quantity=D(4), operation_number="0010")
    assert cost(released(order)).quoted[CostKind.MATERIAL] == 20


def test_an_outside_operation_costs_its_invoice_or_else_its_price():
    order, _operation = priced_order()
    outside = OperationFactory(
        order=order, number="0020", position=99999, outside=True, outside_price=D(3), base_quantity=D(10)
    )
    released(order)
    Operation.objects.filter(pk=outside.pk).update(good=D(50))
    assert cost(order).spent[CostKind.OUTSIDE] == 15
    enter_cost(
        order=order,
        operation=outside,
        kind=CostKind.OUTSIDE,
        value=D(40),
        text="Invoice 7",
        key=uuid.uuid4(),
        by=None,
    )
    found = cost(order)
    assert found.spent[CostKind.OUTSIDE] == 40
    assert found.causes[Cause.OUTSIDE] == 25


def test_the_same_cost_is_entered_once_and_another_under_its_key_refused():
    order, _operation = priced_order()
    told = {
        "order": order,
        "operation": None,
        "kind": CostKind.OTHER,
        "text": "Freight",
        "key": uuid.uuid4(),
        "by": None,
    }
    first = enter_cost(**told, value=D(12))
    assert enter_cost(**told, value=D(12)) == first
    assert cost(order).spent == {CostKind.OTHER: D("12.00")}
    with pytest.raises(InvalidInput):
        enter_cost(**told, value=D(13))


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"kind": CostKind.MACHINE}, "kind"), ({"value": D(0)}, "value"), ({"text": " "}, "text")],
)
def test_costs_that_make_no_sense_are_refused(wrong, field):
    order, _operation = priced_order()
    told = {"order": order, "operation": None, "kind": CostKind.OTHER, "value": D(1), "text": "Freight"}
    with pytest.raises(InvalidInput) as refused:
        enter_cost(**told | wrong, key=uuid.uuid4(), by=None)
    assert [problem.field for problem in refused.value.problems] == [field]


def test_the_database_keeps_entries_sensible():
    order, _operation = priced_order()
    for wrong in ({"kind": CostKind.SETUP, "value": D(1)}, {"kind": CostKind.OTHER, "value": D(0)}):
        with pytest.raises(IntegrityError), transaction.atomic():
            CostEntry.objects.create(plant=order.plant, order=order, text="x", **wrong)
    quote = released(order).cost_quote
    with pytest.raises(IntegrityError), transaction.atomic():
        CostQuoteLine.objects.create(quote=quote, kind=CostKind.OTHER, quantity=1, price=D(1))


def test_an_order_from_before_costs_were_quoted_has_none():
    order, _operation = priced_order(state=OrderState.RELEASED, released_at=MONDAY)
    found = cost(order)
    assert found.facts.frozen_at is None
    assert found.quote == 0
    assert found.at_completion == D("405.00")


@pytest.mark.parametrize("number", [1, 3])
def test_the_number_of_queries_does_not_grow(number):
    orders = []
    for _ in range(number):
        order, operation = priced_order()
        released(order)
        run = RunFactory(
            operation=operation, machine=MachineFactory(plant=order.plant, group=operation.machine_group)
        )
        RunPersonFactory(run=run)
        orders.append(order.pk)
    found = list(ProductionOrder.objects.filter(pk__in=orders).select_related("plant", "customer_line"))
    with CaptureQueriesContext(connection) as queries:
        cost_facts(found)
    assert len(statements(queries)) == 16
