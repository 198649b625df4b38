"""Telling customers and CRMs when the status of a customer order changes, signed and nothing too much."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from integrations.domain import customer_notices
from integrations.domain.customer_notices import changes_between, notice_changes, send_again, send_notices
from integrations.enums import OutboundState
from integrations.models import StatusNotice
from orders.enums import OrderState
from orders.models import CustomerOrderLine, ProductionOrder
from tests.factories.integrations import StatusWebhookFactory
from tests.factories.orders import (
    CustomerFactory,
    CustomerOrderFactory,
    CustomerOrderLineFactory,
    ProductionOrderFactory,
)
from tests.integrations.outbox.partner import FakeErp

pytestmark = pytest.mark.django_db

KEYS = {"kind", "identity", "sequence", "created", "changes", "number", "customer_reference", "over", "lines"}
LINE_KEYS = {
    *("position", "item", "item_name", "quantity", "unit", "stage"),
    *("requested", "promised", "forecast", "changed", "reason"),
}


@pytest.fixture
def crm(monkeypatch):
    monkeypatch.setenv("TEST_WEBHOOK_SECRET", "s3cret")
    with FakeErp() as fake:
        fake.webhook = StatusWebhookFactory(address=fake.url)
        yield fake


@pytest.fixture
def line(crm):
    return CustomerOrderLineFactory(position="10", quantity=5)


def make_order(line, **values):
    return ProductionOrderFactory(customer_line=line, item=line.item, unit=line.unit, **values)


def tell():
    notice_changes()
    while send_notices():
        pass


def told(crm):
    return [json.loads(body) for _headers, body in crm.received]


def test_an_order_is_told_with_exactly_what_a_customer_may_know(crm, line):
    make_order(line, erp_raw={"internal": "secret"})
    tell()
    (said,) = told(crm)
    assert set(said) == KEYS
    assert [set(one) for one in said["lines"]] == [LINE_KEYS]
    assert (said["kind"], said["number"], said["over"]) == ("customer_order_status", line.order.number, False)
    assert said["lines"][0]["stage"] == "planned"
    assert "secret" not in json.dumps(said)
    assert crm.booked, "the partner checked signature, time and key"


def test_only_changes_are_told_and_named(crm, line):
    order = make_order(line)
    tell()
    tell()
    assert len(told(crm)) == 1
    line.promised_at = timezone.now() + timedelta(days=9)
    line.save()
    tell()
    assert told(crm)[-1]["changes"] == ["10.promised"]
    now = timezone.now()
    ProductionOrder.objects.filter(pk=order.pk).update(
        state=OrderState.FINISHED, released_at=now, started_at=now, finished_at=now
    )
    tell()
    assert told(crm)[-1]["over"] is True
    assert "10.stage" in told(crm)[-1]["changes"]
    assert [said["sequence"] for said in told(crm)] == [1, 2, 3]


def test_what_never_left_is_brought_up_to_date(crm, line):
    notice_changes()
    line.promised_at = timezone.now() + timedelta(days=9)
    line.save()
    notice_changes()
    assert StatusNotice.objects.count() == 1
    tell()
    assert told(crm)[0]["lines"][0]["promised"] is not None


def test_a_lost_answer_is_repeated_under_the_same_key(crm, line):
    crm.script = [500]
    tell()
    notice = StatusNotice.objects.get()
    assert notice.state == OutboundState.QUEUED
    assert send_notices(now=timezone.now() + timedelta(minutes=1)) == 1
    first, second = crm.received
    assert first[0]["Idempotency-Key"] == second[0]["Idempotency-Key"]
    assert first[1] == second[1]
    notice.refresh_from_db()
    assert (notice.state, notice.attempts) == (OutboundState.DELIVERED, 2)


def test_a_refusal_waits_for_a_person_and_stops_nothing_newer(crm, line):
    crm.script = [422]
    tell()
    assert StatusNotice.objects.get().state == OutboundState.PARKED
    line.quantity = Decimal(7)
    line.save()
    tell()
    assert told(crm)[-1]["changes"] == ["10.quantity"]
    assert send_again(StatusNotice.objects.all()) == 1
    assert send_notices() == 1


def test_a_dead_worker_s_notice_is_taken_over(crm, line):
    notice_changes()
    customer_notices._claim(timezone.now())
    assert send_notices() == 0
    assert send_notices(now=timezone.now() + timedelta(minutes=3)) == 1


def test_a_webhook_of_a_customer_hears_of_its_orders_only(crm, line):
    crm.webhook.customer = CustomerFactory()
    crm.webhook.save()
    other = CustomerOrderLineFactory(order=CustomerOrderFactory(customer=crm.webhook.customer))
    tell()
    assert [said["number"] for said in told(crm)] == [other.order.number]


def test_hosts_must_be_listed(crm, line, settings):
    settings.WEBHOOK_HOSTS = ["crm.example.com"]
    tell()
    assert crm.received == []
    assert "MES_WEBHOOK_HOSTS" in StatusNotice.objects.get().problem


def test_an_order_that_ended_is_heard_of_again_when_it_gets_a_line(crm, line):
    make_order(line, state=OrderState.CANCELLED)
    tell()
    assert told(crm)[-1]["over"] is True
    tell()
    assert len(told(crm)) == 1
    CustomerOrderLineFactory(order=line.order, position="20")
    tell()
    assert told(crm)[-1]["over"] is False


def test_looking_costs_the_same_for_one_and_three(crm):
    def count():
        StatusNotice.objects.all().delete()
        with CaptureQueriesContext(database) as queries:
            notice_changes()
        return len(queries)

    make_order(CustomerOrderLineFactory())
    one = count()
    for _more in range(2):
        make_order(CustomerOrderLineFactory())
    assert CustomerOrderLine.objects.count() == 3
    assert count() == one


@pytest.mark.parametrize(("minutes", "is_news"), [(239, False), (240, True), (-240, True)])
def test_a_forecast_is_told_when_it_moves_far_enough(minutes, is_news):
    line = dict.fromkeys(customer_notices.TOLD) | {"position": "10"}
    now = timezone.now()
    before = {"lines": [{**line, "forecast": now.isoformat()}]}
    after = {"lines": [{**line, "forecast": (now + timedelta(minutes=minutes)).isoformat()}]}
    assert bool(changes_between(before, after, 240)) is is_news
    assert changes_between(before, {"lines": [line]}, 240) == ["10.forecast"]
    assert changes_between(before, {"lines": []}, 240) == ["10.gone"]
