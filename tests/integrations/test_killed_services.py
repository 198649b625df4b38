"""kill -9 on the real services at random moments: nothing lost, nothing doubled, no half order."""

import json
import os
import random
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection as database
from django.utils import timezone
from lxml import etree

from integrations.enums import OutboundState
from integrations.models import InboundMessage, OutboundMessage
from mes.settings.database import libpq_url
from orders.models import EventNews, Operation, ProductionOrder
from tests.factories.integrations import WebhookConnectionFactory
from tests.integrations.outbox.partner import FakeErp
from tests.integrations.outbox.work import Work
from tests.integrations.plants import idoc_partner
from tests.integrations.test_inbox import loipro

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def service(name, **environment):
    """The real command in a process of its own, on the test's database."""
    return subprocess.Popen(
        [sys.executable, "manage.py", name, "--every", "0.1"],
        cwd=ROOT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "mes.settings.test",
            "MES_DATABASE_URL": libpq_url(database.settings_dict),
            **environment,
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def unsettled():
    left = OutboundMessage.objects.exclude(state=OutboundState.DELIVERED)
    return list(left.values_list("sequence", "state", "attempts", "answer", "problem"))[:20]


def keep_killing(name, is_done, *, kills, seconds=400, **environment):
    """Start, kill -9 after a moment, start again; after ``kills`` of them let it finish."""
    chance = random.Random(4711)
    end = time.monotonic() + seconds
    for _kill in range(kills):
        process = service(name, **environment)
        try:
            process.wait(timeout=chance.uniform(1.5, 4.5))
            pytest.fail(f"{name} ended by itself")
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if is_done():
            return
    process = service(name, **environment)
    try:
        while not is_done():
            assert process.poll() is None, f"{name} ended by itself"
            assert time.monotonic() < end, f"{name} did not finish: {unsettled()}"
            time.sleep(0.2)
    finally:
        process.kill()
        process.wait()


def test_killing_the_watcher_during_an_import(tmp_path):
    partner = idoc_partner()
    folder = tmp_path / partner.inbox_folder
    folder.mkdir()
    for file in range(6):
        numbers = [str(1000 * file + n) for n in range(1, 41)]
        (folder / f"{file}.xml").write_bytes(loipro(*numbers))

    def is_done():
        return not list(folder.glob("*.xml"))

    keep_killing("watch_inbox", is_done, kills=3, MES_INBOX_DIR=str(tmp_path))
    assert ProductionOrder.objects.count() == Operation.objects.count() == 240
    assert all(order.events.count() == 1 for order in ProductionOrder.objects.prefetch_related("events"))
    assert set(InboundMessage.objects.values_list("state", flat=True)) == {"applied"}
    assert len(list(folder.glob("archive/*/*/*/*.xml"))) == 6


def test_killing_the_relay_while_it_pushes(monkeypatch):
    def slow(handler, body):
        time.sleep(0.15)
        handler.answer(body, 200)

    with FakeErp() as erp:
        erp.script = [slow] * 200
        partner = WebhookConnectionFactory(
            address=erp.url, secret_name="TEST_WEBHOOK_SECRET", confirm_every_seconds=0
        )
        works = [Work(partner) for _ in range(6)]
        for work in works:
            work.start()
            for amount in range(1, 9):
                work.report(amount)
                work.tell()
            work.report(100)

        def is_done():
            # A killed worker's lease would last two minutes: the test can't wait for it.
            OutboundMessage.objects.filter(state=OutboundState.SENDING).update(leased_until=timezone.now())
            waiting = OutboundMessage.objects.exclude(state=OutboundState.DELIVERED)
            return not waiting.exists() and not EventNews.objects.exists()

        keep_killing("relay", is_done, kills=3, TEST_WEBHOOK_SECRET="s3cret")
        for work in works:
            mine = [c for c in erp.booked.values() if c["order"] == work.operation.order.number]
            assert sum(Decimal(c["good"]) for c in mine) == 136
            sequence = [c["sequence"] for c in mine]
            assert sequence == sorted(sequence)
        assert len({json.loads(body)["identity"] for _headers, body in erp.received}) == len(erp.booked)


def test_killing_the_relay_while_it_drops_files(tmp_path):
    partner = idoc_partner(outbox_folder="sap", confirm_every_seconds=0)
    works = [Work(partner, order__number=str(5000 + n)) for n in range(5)]
    for work in works:
        work.start()
        for amount in range(1, 9):
            work.report(amount)
            work.tell()
    taken = []

    def is_done():
        for file in sorted((tmp_path / "sap").glob("*.xml")):
            ticket = etree.parse(file).getroot()
            taken.append((ticket.findtext(".//EX_IDENT"), ticket.findtext(".//YIELD")))
            file.unlink()
        OutboundMessage.objects.filter(state=OutboundState.SENDING).update(leased_until=timezone.now())
        return not OutboundMessage.objects.exclude(state=OutboundState.DELIVERED).exists()

    keep_killing("relay", is_done, kills=3, MES_OUTBOX_DIR=str(tmp_path))
    is_done()
    assert len(taken) == len(set(taken)) == 40
    assert sum(Decimal(good) for _identity, good in taken) == 5 * 36
