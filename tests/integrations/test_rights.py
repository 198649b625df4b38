"""The application's own database role can do all of this."""

import pytest

from integrations.domain import inbox
from integrations.domain.outbox.relay import relay_once
from integrations.enums import OutboundState
from integrations.models import OutboundMessage
from mes.lib.grants import append_only_models
from orders.models import ProductionEvent
from tests.factories.accounts import OperatorFactory
from tests.factories.integrations import IdocConnectionFactory
from tests.integrations.outbox.work import Work
from tests.integrations.plants import idoc_partner
from tests.integrations.test_inbox import loipro
from tests.lib.test_grants import refused
from tests.support.books import assert_books_are_clean


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


@pytest.mark.django_db
def test_whoever_tries_to_rewrite_facts_is_refused_and_can_still_book(application_role):
    operator = OperatorFactory(first_name="Ada")
    work = Work(IdocConnectionFactory(confirm_every_seconds=0))
    work.start()
    facts = append_only_models()
    assert ProductionEvent in facts
    for model in facts:
        table, column = model._meta.db_table, model._meta.concrete_fields[0].column
        assert refused(f'UPDATE {table} SET "{column}" = "{column}"')
        assert refused(f"DELETE FROM {table}")
        assert refused(f"TRUNCATE {table} CASCADE")
    booked = work.report(7, by=operator)
    operator.first_name = "Grace"
    operator.save()
    stored = ProductionEvent.objects.get(pk=booked.pk)
    assert (stored.kind, stored.good, stored.by) == ("reported", 7, operator)
    assert work.made()[0] == 7
    versions = operator.pgh_event_model.objects.filter(pgh_obj_id=operator.pk).order_by("pgh_id")
    assert list(versions.values_list("first_name", flat=True))[-2:] == ["Ada", "Grace"]
    assert_books_are_clean()
