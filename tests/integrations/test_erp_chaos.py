"""The ERP link while its workers die at any step and the ERP loses answers: both books agree at the end.

``make chaos-erp`` does the same with real processes and a database that crashes, and
``test_erp_chaos_processes`` in small; here a worker dies by an exception at a random step, so that the run is
the same every time.
"""

import random
import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from integrations.domain.outbox import relay, webhook
from integrations.enums import OutboundState
from integrations.models import OutboundMessage
from mes.runtime.erp_chaos.partner import LosingHandler
from mes.runtime.erp_chaos.traffic import Traffic, prepare
from mes.runtime.erp_chaos.verdict import judge, unsettled
from mes.runtime.erp_partner.ledger import Ledger
from mes.runtime.erp_partner.webhook import Server, Sleep
from orders.domain.reports import reverse
from orders.enums import EventKind
from orders.models import ProductionEvent

MOST_ROUNDS = 2000


class Killed(BaseException):
    pass


class Door:
    """The API without a network between; some answers are lost, and the sender asks again."""

    def __init__(self, chance):
        self.client, self.chance = Client(), chance

    def post(self, path, body, headers):
        for _again in range(2 if self.chance.random() < 0.1 else 1):
            answer = self.client.post(path, body, content_type="application/json", headers=headers)
        return answer.status_code, answer.json()


class Deaths:
    """Workers die before or after any of the steps, one time in ``one_in``."""

    STEPS = ((relay, "settle_all"), (relay, "claim"), (relay, "collect_news"), (relay, "compose_all"))

    def __init__(self, chance, monkeypatch, one_in=12):
        self.chance, self.one_in, self.count, self.armed = chance, one_in, 0, True
        for module, name in (*self.STEPS, (webhook, "judge")):
            monkeypatch.setattr(module, name, self.deadly(getattr(module, name)))

    def deadly(self, step):
        def dying(*args, **kwargs):
            self.perhaps()
            result = step(*args, **kwargs)
            self.perhaps()
            return result

        return dying

    def perhaps(self):
        if self.armed and self.chance.randrange(self.one_in) == 0:
            self.count += 1
            raise Killed


@pytest.fixture
def erp(tmp_path, monkeypatch):
    monkeypatch.setenv("TEST_CHAOS_SECRET", "s3cret")
    monkeypatch.setattr(LosingHandler, "chance", random.Random(5))
    monkeypatch.setattr("mes.runtime.erp_chaos.partner.SLOW", 0)
    path = tmp_path / "ledger.sqlite"
    server = Server(0, ledger=Ledger(path, refuse_one_in=0), secret=b"s3cret", sleep=Sleep())
    server.RequestHandlerClass = LosingHandler
    server.path = path
    server.run_in_background()
    yield server
    server.shutdown()
    server.server_close()


def work_once():
    """One worker's life: until there is nothing to do, or until it dies."""
    try:
        while relay.relay_once():
            pass
    except Killed:
        pass
    now = timezone.now()
    OutboundMessage.objects.filter(state=OutboundState.SENDING).update(leased_until=now)
    OutboundMessage.objects.filter(state=OutboundState.QUEUED).update(next_try_at=now)


def settle():
    rounds = 0
    while left := unsettled():
        rounds += 1
        assert rounds < MOST_ROUNDS, left
        work_once()


@pytest.mark.django_db
def test_both_books_agree_whoever_dies(erp, monkeypatch):
    chance = random.Random(3)
    prepare(f"http://127.0.0.1:{erp.server_port}/confirmations", "TEST_CHAOS_SECRET")
    traffic = Traffic(Door(chance), seed=3)
    deaths = Deaths(chance, monkeypatch)
    for first in (0, 3):
        traffic.send_orders(first, 3)
        for _round in range(4):
            traffic.report_round()
            work_once()
    settle()
    verdict = judge(erp.path, traffic.versions, inbound=traffic.inbound)
    assert verdict.problems + traffic.refusals == []
    assert verdict.inbound == 12
    assert verdict.outbound > 40
    assert verdict.repeats > 0
    assert deaths.count > 20


@pytest.mark.django_db
def test_what_was_corrected_before_it_left_is_not_waited_for(erp, monkeypatch):
    prepare(f"http://127.0.0.1:{erp.server_port}/confirmations", "TEST_CHAOS_SECRET")
    monkeypatch.setattr("mes.runtime.erp_chaos.traffic.CORRECTED", 0)
    traffic = Traffic(Door(random.Random(6)), seed=6)
    traffic.send_orders(0, 1, versions=1)
    traffic.report_round()
    relay.collect_news()
    relay.compose_all()
    queued = [message.pk for message in OutboundMessage.objects.filter(kind="confirmation")]
    assert len(queued) == 2
    for event in ProductionEvent.objects.filter(kind=EventKind.REPORTED):
        reverse(event=event, by=None, key=uuid.uuid4(), comment="counted wrong", replacement=None)
    settle()
    discarded = OutboundMessage.objects.filter(state=OutboundState.DISCARDED, attempts=0)
    assert discarded.filter(pk__in=queued).count() == 2
    verdict = judge(erp.path, traffic.versions, inbound=traffic.inbound)
    assert verdict.problems + traffic.refusals == []


@pytest.mark.django_db
def test_three_days_without_the_erp_drain_in_order_by_themselves(erp, monkeypatch):
    """On a simulated clock: reports every few hours, attempts when they are due, nobody sees to anything."""
    began = timezone.now()
    clock = [began]
    monkeypatch.setattr(timezone, "now", lambda: clock[0])
    prepare(f"http://127.0.0.1:{erp.server_port}/confirmations", "TEST_CHAOS_SECRET")
    chance = random.Random(4)
    traffic = Traffic(Door(chance), seed=4)
    traffic.send_orders(0, 2)
    erp.sleep.begin(3600)
    for hour in range(0, 72, 3):
        clock[0] = began + timedelta(hours=hour)
        if hour % 12 == 0:
            traffic.report_round()
        monkeypatch.setattr(webhook.time, "time", lambda: clock[0].timestamp())
        monkeypatch.setattr("mes.runtime.erp_partner.webhook.OLDEST_SECONDS", 10**9)
        relay.relay_once()
    waiting = OutboundMessage.objects.filter(state=OutboundState.QUEUED).count()
    assert waiting == OutboundMessage.objects.count() > 12
    erp.sleep.begin(0)
    rounds = 0
    while left := unsettled():
        rounds += 1
        assert rounds < MOST_ROUNDS, left
        clock[0] += timedelta(seconds=15)
        relay.relay_once()
    verdict = judge(erp.path, traffic.versions, inbound=traffic.inbound)
    assert verdict.problems + traffic.refusals == []
    assert clock[0] - began < timedelta(hours=73)
