"""A machine with work, and people at its terminal."""

import uuid
from types import SimpleNamespace

import pytest
from django.urls import reverse

from orders.domain.execution import start_production
from tests.factories.accounts import OperatorFactory
from tests.factories.machines import MachineFactory
from tests.factories.orders import OperationFactory, ScrapReasonFactory


@pytest.fixture
def operator(db):
    return OperatorFactory(badge="BADGE-ANNA", pin="4711", first_name="Anna", last_name="Berg")


@pytest.fixture
def terminal(client, operator):
    """A client at which Anna is logged on."""
    client.post(reverse("terminal-log-on"), {"badge": "BADGE-ANNA"})
    return client


@pytest.fixture
def work(db):
    """A machine and a released operation that fits on it."""
    operation = OperationFactory(released=True, position=1)
    machine = MachineFactory(plant=operation.plant, group=operation.machine_group)
    reason = ScrapReasonFactory(plant=operation.plant, name_en="Burr")
    return SimpleNamespace(operation=operation, machine=machine, reason=reason)


@pytest.fixture
def running(work, operator):
    """The operation in production, started by Anna."""
    start_production(operation=work.operation, machine=work.machine, by=operator, key=uuid.uuid4())
    work.operation.refresh_from_db()
    return work


@pytest.fixture
def at():
    """``at("terminal-report", work)``: the address of a page of one operation at one machine."""

    def address(name, work, *more):
        return reverse(name, args=[work.machine.pk, work.operation.pk, *more])

    return address
