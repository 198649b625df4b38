"""An order that came over the API is known as its partner's, whatever the key is called."""

from __future__ import annotations

import json

from mes.accounts.models import ApiKey
from mes.accounts.roles import Role
from orders.models import ProductionEvent
from tests.factories.integrations import ConnectionFactory
from tests.factories.orders import ItemFactory, UnitFactory


def test_an_order_over_the_api_is_confirmed_to_its_partner(client, db):
    key, text = ApiKey.issue(name="Head office", role=Role.ERP)
    partner = ConnectionFactory(api_key=key)
    other = ConnectionFactory(plant=partner.plant)
    UnitFactory()
    ItemFactory(code="RING")
    order = {"number": "1", "item": "RING", "quantity": 5, "unit": "C62"}
    headers = {"Authorization": f"Api-Key {text}", "Idempotency-Key": "1"}
    answer = client.post(
        "/api/v1/production-orders", json.dumps(order), content_type="application/json", headers=headers
    )
    assert answer.status_code == 201, answer.content
    origin = ProductionEvent.objects.get().via
    assert origin in partner.channels
    assert origin not in other.channels
