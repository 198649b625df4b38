"""The application's own database role can do all of this."""

import pytest

from integrations.domain import inbox
from integrations.domain.outbox.relay import relay_once
from integrations.enums import OutboundState
from integrations.models import OutboundMessage
from tests.factories.integrations import IdocConnectionFactory
from tests.integrations.outbox.work import Work
from tests.integrations.plants import idoc_partner
from tests.integrations.test_inbox import loipro


@pytest.mark.django_db
def test_inbox_and_outbox_need_no_more_than_the_applications_role(application_role, tmp_path, settings):
    settings.OUTBOX_DIR = tmp_path
    message = inbox.receive(connection=idoc_partner(), channel="file", body=loipro("1")).message
    assert inbox.process(message).problems == []
    work = Work(IdocConnectionFactory(plant__erp_code="1000", confirm_every_seconds=0))
    work.start()
    work.correct(work.report(10), good=9)
    while relay_once():
        pass
    assert [m.state for m in OutboundMessage.objects.all()] == [OutboundState.DELIVERED]
