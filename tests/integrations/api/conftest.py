"""A partner with a plant, and what its ERP sends."""

import json

import pytest
from rest_framework.test import APIClient

from tests.factories.integrations import ConnectionFactory
from tests.factories.machines import MachineGroupFactory, PlantFactory
from tests.factories.orders import ItemFactory, UnitFactory

KEY = "the-key-of-the-erp"


class Partner:
    """Calls the API as one ERP; ``post`` makes a new idempotency key unless told."""

    def __init__(self, connection, text=KEY):
        self.connection = connection
        self.client = APIClient()
        self.client.credentials(HTTP_AUTHORIZATION=f"Api-Key {text}")
        self.count = 0

    def post(self, path, body, key=None):
        self.count += 1
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.generic(
            "POST",
            f"/api/v1/{path}",
            raw,
            content_type="application/json",
            HTTP_IDEMPOTENCY_KEY=key or f"message-{self.count}",
        )

    def get(self, path, **query):
        return self.client.get(f"/api/v1/{path}", query)


@pytest.fixture
def plant(db):
    plant = PlantFactory(code="W001")
    MachineGroupFactory(plant=plant, code="TURN")
    MachineGroupFactory(plant=plant, code="MILL")
    UnitFactory()
    for code in ("SHAFT", *(f"PART{n}" for n in range(10))):
        ItemFactory(code=code)
    return plant


@pytest.fixture
def partner(plant):
    return Partner(ConnectionFactory(plant=plant, api_key__text=KEY, api_key__name="SAP"))


def order_body(number="4711", operations=5, components=10, **more):
    """An order as an ERP sends it."""
    body = {
        "number": number,
        "item": "SHAFT",
        "quantity": 100,
        "unit": "C62",
        "due": "2026-12-24T12:00:00+01:00",
        "operations": [
            {
                "number": f"{10 * (n + 1):04}",
                "text": f"Step {n}",
                "work_centre": "TURN" if n % 2 else "MILL",
                "setup_seconds": 600,
                "run_seconds": "12.5",
            }
            for n in range(operations)
        ],
        "components": [
            {
                "position": f"{10 * (n + 1):04}",
                "item": f"PART{n}",
                "quantity": 200.5,
                "unit": "C62",
                "operation": "0010",
                "backflush": True,
            }
            for n in range(components)
        ],
        **more,
    }
    if number is None:
        del body["number"]
    return body
