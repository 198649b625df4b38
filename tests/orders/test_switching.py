"""A5: the program that names the order opens its run, where the machine is set to that."""

import uuid
from datetime import timedelta

import pytest

from machines.domain.followers import mark_dirty
from machines.models import Cycle
from orders.domain import execution
from orders.domain.crediting import credit_due, credit_stretch
from orders.domain.release import release_order
from orders.models import Operation, ProductionEvent, ProductionOrder, Run
from tests.factories.machines import ProgramRoleFactory
from tests.orders.conftest import document
from tests.orders.test_crediting import START, counted, make_cycles


@pytest.fixture
def forge(order, plant):
    Operation.objects.filter(order=order, number="0010").update(program="RING-A.NC")
    return order.operations.get(number="0010")


@pytest.fixture
def other(take, order):
    take(document("4712"))
    second = ProductionOrder.objects.get(number="4712")
    release_order(order=second, by=None, key=uuid.uuid4())
    Operation.objects.filter(order=second, number="0010").update(program="RING-B.NC")
    return second.operations.get(number="0010")


def named(machine, program, *starts):
    make_cycles(machine, *starts)
    Cycle.objects.filter(machine=machine, program="").update(program=program)
    mark_dirty({machine.pk: START})


def switching(machine):
    machine.auto_switch = True
    machine.save()


def test_off_by_default_nothing_opens(forge, plant):
    named(plant.press, "RING-A", 0, 10)
    credit_due()
    assert not Run.objects.exists()


def test_exactly_one_fitting_operation_opens_and_is_marked(forge, other, plant):
    switching(plant.press)
    named(plant.press, "RING-A", 0, 10)
    credit_due()
    run = Run.objects.get()
    assert (run.operation, run.inferred, run.started_at) == (forge, True, START)
    assert counted(forge) == 2
    assert ProductionEvent.objects.get(kind="counted").details["certainty"] == {"inferred": "2"}
    credit_stretch(plant.press.pk, since=START, until=START + timedelta(hours=1))
    assert Run.objects.count() == 1


def test_another_program_ends_the_run_and_opens_the_next(forge, other, plant):
    switching(plant.press)
    execution.start_production(operation=forge, machine=plant.press, by=None, key=uuid.uuid4(), at=START)
    named(plant.press, "RING-A", 0, 10)
    named(plant.press, "RING-B", 20, 30, 40)
    credit_due()
    assert (counted(forge), counted(other)) == (2, 3)
    first, second = Run.objects.order_by("started_at")
    assert first.ended_at == second.started_at == START + timedelta(seconds=20)
    assert (first.inferred, second.inferred) == (False, True)


def test_two_fitting_operations_decide_nothing(forge, other, plant):
    switching(plant.press)
    Operation.objects.filter(pk=other.pk).update(program="RING-A")
    named(plant.press, "RING-A", 0)
    credit_due()
    assert not Run.objects.exists()


def test_a_role_may_say_what_a_program_makes(forge, other, plant):
    switching(plant.press)
    Operation.objects.filter(pk=other.pk).update(state="cancelled")
    ProgramRoleFactory(machine=plant.press, pattern="X*", item_code="RING", operation_number="0010")
    named(plant.press, "X17", 0)
    credit_due()
    assert Run.objects.get().operation == forge


def test_a_run_that_people_closed_stays_theirs(forge, other, plant):
    switching(plant.press)
    execution.start_production(operation=forge, machine=plant.press, by=None, key=uuid.uuid4(), at=START)
    end = START + timedelta(seconds=100)
    execution.interrupt(operation=forge, by=None, key=uuid.uuid4(), at=end)
    named(plant.press, "RING-B", 20, 30)
    credit_due()
    assert Run.objects.count() == 1
    assert counted(forge) == 2
    assert ProductionEvent.objects.get(kind="counted").details["certainty"] == {"mismatch": "2"}
