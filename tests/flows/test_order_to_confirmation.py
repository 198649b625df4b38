"""The one loop: the ERP's order in, released, made on a measured machine, reported, confirmed back.

Only public doors are used: the API for orders, samples and commands, the webhook for confirmations.
"""

import json
from collections import defaultdict
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from integrations.domain.outbox.relay import relay_once
from integrations.enums import OutboundState
from integrations.models import OutboundMessage
from machines.domain.interpret import interpret_dirty
from mes.accounts.sealing import seal_all
from orders.domain.crediting import credit_due
from orders.enums import OrderState
from orders.models import ProductionOrder
from tests.factories.accounts import ApiKeyFactory, OperatorFactory
from tests.factories.integrations import WebhookConnectionFactory
from tests.factories.machines import MachineGroupFactory, MeasuredMachineFactory, PlantFactory
from tests.factories.orders import ItemFactory, ScrapReasonFactory
from tests.integrations.outbox.partner import FakeErp
from tests.support.books import assert_books_are_clean

pytestmark = pytest.mark.django_db(transaction=True)
CYCLES = 60
BEGAN = timedelta(minutes=30)


def account(role, name):
    ApiKeyFactory(text=f"key-of-{name}", role=role, name=name)
    return signed_in(f"key-of-{name}")


def signed_in(text):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Api-Key {text}")
    return client


def send(client, path, body, key="", status=(200, 201, 202)):
    answer = client.post(
        f"/api/v1/{path}",
        json.dumps(body),
        content_type="application/json",
        headers={"Idempotency-Key": key} if key else {},
    )
    assert answer.status_code in status, answer.content
    return answer.json()


def test_from_the_erps_order_to_its_confirmation(monkeypatch):
    monkeypatch.setenv("MES_FLOW_SECRET", "s3cret")
    plant = PlantFactory(code="W001")
    group = MachineGroupFactory(plant=plant, code="PRESS")
    MeasuredMachineFactory(plant=plant, group=group, code="P1")
    ItemFactory(code="LEVER")
    OperatorFactory(personnel_number="100")
    ScrapReasonFactory(plant=plant, code="CRACK")
    gateway, terminal = account("gateway", "Gateway 1"), account("terminal", "Terminal 1")
    began = timezone.now() - BEGAN

    with FakeErp() as erp_side:
        WebhookConnectionFactory(
            plant=plant,
            api_key__text="key-of-erp",
            api_key__name="ERP",
            address=erp_side.url,
            secret_name="MES_FLOW_SECRET",
            confirm_every_seconds=0,
            release_on_arrival=True,
        )
        erp = signed_in("key-of-erp")

        # in and released, once, however often it is sent
        order = {
            "number": "4711",
            "item": "LEVER",
            "quantity": 100,
            "status": "released",
            "operations": [{"number": "0010", "work_centre": "PRESS", "run_seconds": 10}],
        }
        for _ in range(2):
            assert send(erp, "production-orders", order, key="M-1")["results"][0]["outcome"] == "created"
        assert ProductionOrder.objects.get().state == OrderState.RELEASED

        # the operator starts it on the measured machine
        work = {"order": "4711", "operation": "0010", "personnel_number": "100"}
        start = {"key": "s", "command": "start_production", "machine": "P1", "at": began.isoformat()}
        assert send(terminal, "operation-commands", work | start)["results"][0]["status"] == "accepted"

        # the machine's cycles, in two lists, the second sent twice
        cycles = [
            {
                "machine": "P1",
                "source": "plc",
                "boot": "b1",
                "seq": n,
                "ts": (began + timedelta(seconds=10 * (n + 1))).isoformat(),
                "item": "cycle_event",
                "value": True,
            }
            for n in range(CYCLES)
        ]
        send(gateway, "samples", cycles[:30])
        for _ in range(2):
            send(gateway, "samples", cycles[30:])
        interpret_dirty(timezone.now())
        credit_due(patience=timedelta(0))
        counted = erp.get("/api/v1/production-orders/4711").json()["operations"][0]
        made = Decimal(counted["good"])
        assert counted["counting"] == "machine"
        assert made in (CYCLES - 1, CYCLES)  # the first cycle began before anything was seen of the machine

        # scrap is taken from the counted pieces; a retry counts once
        scrap = {"key": "r", "command": "report", "scrap": 3, "scrap_reason": "CRACK"}
        statuses = [
            send(terminal, "operation-commands", work | scrap)["results"][0]["status"] for _ in range(2)
        ]
        assert statuses == ["accepted", "replayed"]
        send(terminal, "operation-commands", work | {"key": "f", "command": "finish"})
        assert ProductionOrder.objects.get().state == OrderState.FINISHED

        # out, signed, and the ERP's books say what ours say
        erp_side.script = [500]
        for _ in range(20):
            OutboundMessage.objects.update(next_try_at=timezone.now())
            relay_once()
        told = defaultdict(Decimal)
        for confirmation in erp_side.booked.values():
            if confirmation["kind"] in ("confirmation", "reversal"):
                sign = -1 if confirmation["reverses"] else 1
                told["good"] += sign * Decimal(confirmation["good"])
                told["scrap"] += sign * Decimal(confirmation["scrap"])
        assert dict(told) == {"good": made - 3, "scrap": Decimal(3)}
        assert any(confirmation["final"] for confirmation in erp_side.booked.values())
        unsettled = OutboundMessage.objects.exclude(state__in=(OutboundState.DELIVERED, OutboundState.POSTED))
        assert not unsettled.exists()

    answer = erp.get("/api/v1/production-orders/4711").json()
    assert (Decimal(answer["good"]), Decimal(answer["scrap"])) == (made - 3, 3)
    seal_all()
    assert_books_are_clean()
