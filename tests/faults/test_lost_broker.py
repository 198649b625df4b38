"""F5: the broker loses everything and dies while confirmations wait. All of them leave, each once."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from decimal import Decimal
from pathlib import Path

import pytest
import redis
from celery import Celery
from django.db import connection as database

from integrations.enums import OutboundState
from integrations.models import OutboundMessage
from mes.runtime.layout import Layout
from mes.runtime.valkey import running_valkey
from mes.settings.database import libpq_url
from orders.models import EventNews
from tests.factories.integrations import WebhookConnectionFactory
from tests.integrations.outbox.partner import FakeErp
from tests.integrations.outbox.work import Work
from tests.support.books import assert_books_are_clean

ROOT = Path(__file__).resolve().parents[2]
ORDERS, REPORTS, WAKE_UPS = 3, 4, 5

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def relay(broker):
    """The real service with the settings of a plant: this broker, and the cache in it."""
    return subprocess.Popen(
        [sys.executable, "manage.py", "relay", "--every", "0.1"],
        cwd=ROOT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "mes.settings.production",
            "MES_SECRET_KEY": "tests-only-0123456789-0123456789-0123456789-0123456789",
            "MES_ALLOWED_HOSTS": "localhost",
            "MES_DATABASE_URL": libpq_url(database.settings_dict),
            "MES_BROKER_URL": broker,
            "TEST_WEBHOOK_SECRET": "s3cret",
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def wait_until(condition, service, *, seconds=240):
    end = time.monotonic() + seconds
    while not condition():
        assert service.poll() is None, "the relay ended by itself"
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.05)


def lose_everything(url):
    """The tasks that waited are gone, then the broker is."""
    client = redis.Redis.from_url(url)
    waiting = client.llen("mes")
    client.flushall()
    assert client.dbsize() == 0
    os.kill(client.info("server")["process_id"], signal.SIGKILL)
    with pytest.raises(redis.ConnectionError):
        redis.Redis.from_url(url).ping()
    return waiting


def everything_left():
    waiting = OutboundMessage.objects.exclude(state=OutboundState.DELIVERED)
    return not waiting.exists() and not EventNews.objects.exists()


def test_confirmations_do_not_need_the_broker(tmp_path):
    gate = threading.Event()

    def answer_later(handler, body):
        gate.wait(240)
        handler.answer(body, 200)

    with FakeErp() as erp, running_valkey(Layout(tmp_path), free_port()) as url:
        erp.script = [answer_later] * ORDERS
        partner = WebhookConnectionFactory(
            address=erp.url, secret_name="TEST_WEBHOOK_SECRET", confirm_every_seconds=0
        )
        works = [Work(partner) for _ in range(ORDERS)]
        for work in works:
            work.start()
            for amount in range(1, REPORTS + 1):
                work.report(amount)
                work.tell()
        for _ in range(WAKE_UPS):
            Celery(broker=url).send_task("integrations.relay", queue="mes")
        service = relay(url)
        try:
            wait_until(lambda: len(erp.received) == ORDERS, service)
            assert lose_everything(url) == WAKE_UPS
            assert not OutboundMessage.objects.filter(state=OutboundState.DELIVERED).exists()
            for work in works:
                work.report(100)
            gate.set()
            wait_until(everything_left, service)
        finally:
            gate.set()
            service.kill()
            service.wait()
    for work in works:
        mine = [told for told in erp.booked.values() if told["order"] == work.operation.order.number]
        assert sum(Decimal(told["good"]) for told in mine) == 110
    assert len(erp.received) == len(erp.booked) == OutboundMessage.objects.count() == ORDERS * (REPORTS + 1)
    assert_books_are_clean()
