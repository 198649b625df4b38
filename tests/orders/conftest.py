"""A small plant with two work centres, one measured machine, and an order document for it."""

from __future__ import annotations

import uuid
from decimal import Decimal
from types import SimpleNamespace

import pytest

from orders.domain.documents import ComponentLine, OperationLine, OrderDocument
from orders.domain.intake import apply_documents
from orders.domain.release import release_order
from orders.models import ProductionOrder
from tests.factories.accounts import OperatorFactory
from tests.factories.machines import MachineFactory, MachineGroupFactory, MeasuredMachineFactory, PlantFactory
from tests.factories.orders import ItemFactory, ScrapReasonFactory, UnitFactory


@pytest.fixture
def plant(db):
    plant = PlantFactory(erp_code="1000")
    press, bench = (MachineGroupFactory(plant=plant, code=code) for code in ("PRESS", "BENCH"))
    UnitFactory()
    return SimpleNamespace(
        row=plant,
        press=MeasuredMachineFactory(plant=plant, group=press, code="P1"),
        bench=MachineFactory(plant=plant, group=bench, code="B1"),
        item=ItemFactory(code="RING"),
        bar=ItemFactory(code="BAR"),
        reason=ScrapReasonFactory(plant=plant),
        operator=OperatorFactory(),
    )


def document(number="4711", **changes):
    values = {
        "plant": "1000",
        "item": "RING",
        "quantity": Decimal(100),
        "unit": "C62",
        "version": "1",
        "operations": (
            OperationLine("0010", "Forge", "PRESS", setup_seconds=Decimal(600), run_seconds=Decimal(10)),
            OperationLine("0020", "Deburr", "BENCH", run_seconds=Decimal(20)),
        ),
        "components": (ComponentLine("0010", "BAR", Decimal(200), "C62", "0010", backflush=True),),
    }
    return OrderDocument(number, **(values | changes))


@pytest.fixture
def take(plant):
    def take(*documents, **options):
        return apply_documents(documents, plant=plant.row, **options)

    return take


@pytest.fixture
def order(take):
    """A released order with a press and a bench operation, one component consumed by the report."""
    take(document())
    order = ProductionOrder.objects.get()
    release_order(order=order, by=None, key=uuid.uuid4())
    return ProductionOrder.objects.get()
