"""A real recording (NIST, two days of a milling machine) through the HTTP door, up to the order's pieces.

The machine's own counter shows eight steps; by the labels three of them are units of the order, the rest was
set-up and proving. What decides is the person who says when production began.
"""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.utils import timezone

from machines.domain.interpret import interpret_dirty
from machines.models import Cycle, StateInterval
from mes.accounts.models import ApiKey
from mes.accounts.roles import Role
from orders.domain import execution
from orders.domain.crediting import credit_due
from orders.domain.documents import OperationLine, OrderDocument
from orders.domain.intake import apply_documents
from orders.domain.release import release_order
from orders.models import ProductionOrder
from tests.factories.machines import MachineFactory, MachineGroupFactory, PlantFactory
from tests.factories.orders import ItemFactory, UnitFactory
from tests.machines.measure.recordings import box_day

PROGRAM = "NIST_MTC_CRADA_BOX_REV-A_OP1.NC"
RECORDED = datetime(2017, 2, 1, 10, 12, tzinfo=UTC)
PRODUCTION = datetime(2017, 2, 2, 18, 6, 30, tzinfo=UTC)


@pytest.fixture
def shift():
    """The recording is moved to last week: times older than a year are refused at the door."""
    last_week = timezone.now().replace(hour=10, minute=12, second=0, microsecond=0) - timedelta(days=7)
    offset = last_week - RECORDED
    return lambda moment: moment + offset


@pytest.fixture
def mill(db):
    plant = PlantFactory()
    group = MachineGroupFactory(plant=plant, code="MILL")
    return MachineFactory(
        plant=plant,
        group=group,
        code="Hurco02",
        counting_item="part_count",
        trust="state",
        silence_seconds=Decimal(90000),
    )


@pytest.fixture
def operation(mill):
    UnitFactory()
    ItemFactory(code="BOX")
    steps = (OperationLine("0010", "Mill first side", "MILL", run_seconds=Decimal(1774), program=PROGRAM),)
    order = OrderDocument("BOX-1", item="BOX", quantity=Decimal(20), unit="C62", operations=steps)
    [result] = apply_documents([order], plant=mill.plant)
    assert not result.problems
    release_order(order=ProductionOrder.objects.get(), by=None, key=uuid.uuid4())
    return ProductionOrder.objects.get().operations.get()


def send(client, samples):
    _key, text = ApiKey.issue(name="gateway", role=Role.GATEWAY)
    answers = []
    for begin in range(0, len(samples), 2000):
        answer = client.post(
            "/api/v1/samples",
            json.dumps(samples[begin : begin + 2000]),
            content_type="application/json",
            headers={"Authorization": f"Api-Key {text}", "Idempotency-Key": str(uuid.uuid4())},
        )
        assert answer.status_code in (200, 202), answer.content[:2000]
        answers += answer.json()["answers"]
    return answers


def test_three_units_are_credited_and_five_were_proving(client, mill, operation, shift):
    samples = [
        {
            "machine": "Hurco02",
            "source": "adapter",
            "boot": "day",
            "seq": sample.seq,
            "sub": sample.sub,
            "ts": shift(sample.ts).isoformat(),
            "item": sample.item,
            "value": sample.value,
            "historical": True,
        }
        for sample in box_day()[0]
    ]
    execution.start_setup(operation=operation, machine=mill, by=None, key=uuid.uuid4(), at=shift(RECORDED))
    execution.start_production(
        operation=operation, machine=mill, by=None, key=uuid.uuid4(), at=shift(PRODUCTION)
    )
    first = send(client, samples)
    again = send_again(client, samples)
    interpret_dirty(timezone.now())
    credit_due()

    assert {answer["status"] for answer in first} == {"accepted"}
    assert {answer["status"] for answer in again} == {"duplicate"}
    assert Cycle.objects.filter(quantity__gt=0).count() == 8
    operation.refresh_from_db()
    assert (operation.good, operation.setup_pieces) == (3, 5)
    producing = StateInterval.objects.filter(machine=mill, state="producing")
    hours = sum((row.ended_at - row.started_at).total_seconds() for row in producing) / 3600
    assert 2 < hours < 4
    call_command("books")


def send_again(client, samples):
    ApiKey.objects.all().delete()
    return send(client, samples)
