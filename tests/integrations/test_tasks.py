"""The tasks only wake up what the rows say; run twice they change nothing."""

import pytest

from integrations import tasks
from integrations.domain import inbox
from integrations.enums import OutboundState
from integrations.models import OutboundMessage
from mes.celery import BEAT, app
from orders.models import ProductionOrder
from tests.factories.integrations import IdocConnectionFactory
from tests.integrations.outbox.work import Work
from tests.integrations.plants import idoc_partner
from tests.integrations.test_inbox import loipro

pytestmark = pytest.mark.django_db


def test_beat_names_tasks_that_exist():
    app.loader.import_default_modules()
    wanted = {entry["task"] for entry in BEAT.values() if entry["task"].startswith("integrations.")}
    ours = (
        *(tasks.relay, tasks.process_inbox, tasks.reconcile, tasks.bulk_decisions),
        *(tasks.tell_customers, tasks.self_tests),
    )
    assert wanted == {task.name for task in ours}
    assert wanted <= set(app.tasks)


def test_the_relay_task_delivers_everything(tmp_path, settings):
    settings.OUTBOX_DIR = tmp_path
    work = Work(IdocConnectionFactory(plant__erp_code="1000", confirm_every_seconds=0))
    work.start()
    work.report(10)
    tasks.relay()
    tasks.relay()
    assert [m.state for m in OutboundMessage.objects.all()] == [OutboundState.DELIVERED]


def test_the_inbox_task_applies_what_waits():
    inbox.receive(connection=idoc_partner(), channel="file", body=loipro("1"))
    tasks.process_inbox()
    tasks.process_inbox()
    assert ProductionOrder.objects.get().events.count() == 1
