"""Many terminals at once on one order: nothing lost, nothing doubled, nobody sees a deadlock."""

import uuid
from decimal import Decimal

import pytest

from mes.lib.errors import KeyReused
from orders.domain.execution import start_production
from orders.domain.reports import Quantities, report
from orders.models import Operation, OrderComponent, ProductionEvent, ProductionOrder, StockBalance
from tests.factories.machines import MachineFactory
from tests.factories.orders import OperationFactory, OrderComponentFactory, ProductionOrderFactory
from tests.support.books import assert_books_are_clean
from tests.support.clients import at_once, deadlocks

pytestmark = pytest.mark.django_db(transaction=True)
CLIENTS = 8
REPORTS = 50


def operations(count):
    order = ProductionOrderFactory(released=True, quantity=1000)
    made = [
        OperationFactory(released=True, order=order, position=n + 1, number=f"{10 * (n + 1):04}")
        for n in range(count)
    ]
    item = OrderComponentFactory(order=order, operation_number="0010", backflush=True, quantity=1000).item
    for operation in made[1:]:
        OrderComponentFactory(
            order=order, item=item, operation_number=operation.number, backflush=True, quantity=1000
        )
    return made


def report_often(of):
    """C1: 8 clients with 50 reports each; what they were told was booked."""

    def work(number):
        operation = of[number % len(of)]
        return [
            report(operation=operation, quantities=Quantities(Decimal(1)), by=None, key=uuid.uuid4()).key
            for _ in range(REPORTS)
        ]

    return [key for keys in at_once(CLIENTS, work) for key in keys]


@pytest.mark.parametrize("count", [1, 8], ids=["one operation", "eight operations of one order"])
def test_reports_at_once_add_up(count):
    of = operations(count)
    before = deadlocks()
    acknowledged = report_often(of)
    stored = list(ProductionEvent.objects.filter(kind="reported").values_list("key", flat=True))
    assert sorted(stored) == sorted(acknowledged)
    assert len(stored) == CLIENTS * REPORTS
    assert sum(Operation.objects.values_list("good", flat=True)) == CLIENTS * REPORTS
    last = Operation.objects.order_by("-position").first()
    assert ProductionOrder.objects.get().good == last.good
    assert sum(OrderComponent.objects.values_list("issued", flat=True)) == CLIENTS * REPORTS
    assert StockBalance.objects.get().on_hand == -CLIENTS * REPORTS
    assert deadlocks() == before
    assert_books_are_clean()


def test_the_same_key_at_once_counts_once():
    """C2: 100 pairs with the same key; the answers name the same event, and one of each pair is a replay."""
    (operation,) = operations(1)
    keys = [uuid.uuid4() for _ in range(100)]

    def work(number):
        return [
            report(operation=operation, quantities=Quantities(Decimal(1)), by=None, key=key) for key in keys
        ]

    first, second = at_once(2, work)
    assert [event.pk for event in first] == [event.pk for event in second]
    assert sum(event.replayed for event in (*first, *second)) == 100
    assert Operation.objects.get().good == 100
    assert_books_are_clean()


def test_the_same_key_with_another_body_at_once_counts_one_of_them():
    (operation,) = operations(1)
    key = uuid.uuid4()

    def work(number):
        try:
            return report(
                operation=operation, quantities=Quantities(Decimal(number + 1)), by=None, key=key
            ).good
        except KeyReused:
            return None

    answers = [answer for answer in at_once(CLIENTS, work) if answer is not None]
    assert len(answers) == 1
    assert Operation.objects.get().good == answers[0]
    assert_books_are_clean()


def test_one_slot_takes_one_of_many_starts():
    of = operations(1)
    machine = MachineFactory(plant=of[0].plant, group=of[0].machine_group)
    others = [OperationFactory(released=True, machine_group=machine.group) for _ in range(CLIENTS - 1)]

    def work(number):
        try:
            return start_production(
                operation=[*of, *others][number], machine=machine, by=None, key=uuid.uuid4()
            ).pk
        except Exception as error:
            return getattr(error, "code", repr(error))

    answers = at_once(CLIENTS, work)
    assert sorted(map(str, answers))[1:] == ["slot_taken"] * (CLIENTS - 1)
    assert_books_are_clean()
