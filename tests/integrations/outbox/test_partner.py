"""Pulling by cursor, receipts, and what both sides agree on."""

import uuid
from decimal import Decimal

import pytest
from django.utils import timezone

from integrations.domain.outbox.manual import discard
from integrations.domain.outbox.partner import Receipt, acknowledge, pull
from integrations.enums import OutboundState
from integrations.models import OutboundMessage
from integrations.queries.agreement import agreement
from mes.lib.errors import InvalidInput
from mes.lib.metrics import exposition
from orders.domain.events import record_events
from orders.enums import EventKind
from orders.models import ProductionEvent
from tests.factories.accounts import PlannerFactory
from tests.factories.integrations import (
    ConnectionFactory,
    IdocConnectionFactory,
    InboundMessageFactory,
    OutboundMessageFactory,
)
from tests.integrations.outbox.work import Work

pytestmark = pytest.mark.django_db


@pytest.fixture
def work():
    return Work(ConnectionFactory(confirm_every_seconds=0))


def goods(messages):
    return [Decimal(message.canonical["good"]) for message in messages]


def test_a_partner_pulls_by_cursor(work):
    work.start()
    work.report(10)
    (first,) = pull(connection=work.connection, after=0)
    assert goods([first]) == [10]
    assert pull(connection=work.connection, after=0) == [first]
    work.report(5)
    (second,) = pull(connection=work.connection, after=first.sequence)
    assert goods([second]) == [5]
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == (OutboundState.DELIVERED, OutboundState.QUEUED)


def test_a_page_is_limited_and_the_next_one_goes_on(work):
    work.start()
    for amount in range(1, 6):
        work.report(amount)
        work.tell()
    pages, cursor = [], 0
    while page := pull(connection=work.connection, after=cursor, limit=2):
        pages += page
        cursor = page[-1].sequence
    assert goods(pages) == [1, 2, 3, 4, 5]
    assert set(OutboundMessage.objects.values_list("state", flat=True)) == {OutboundState.DELIVERED}


def test_a_partner_sees_only_its_own(work):
    other = ConnectionFactory(plant=work.connection.plant)
    work.start()
    work.report(10)
    work.tell()
    assert pull(connection=ConnectionFactory(), after=0) == []
    assert all(message.connection == other for message in pull(connection=other, after=0))


def test_receipts_are_noted_once_and_repeats_change_nothing(work):
    work.start()
    work.report(10)
    (message,) = pull(connection=work.connection, after=0)
    for _repeat in range(2):
        acknowledge(
            connection=work.connection,
            receipts=[Receipt(message.identity, posted=True, reference="352237/1")],
        )
    message.refresh_from_db()
    assert (message.state, message.answer) == (OutboundState.POSTED, "352237/1")


def test_a_refusal_is_parked_with_its_reason(work):
    work.start()
    work.report(10)
    (message,) = pull(connection=work.connection, after=0)
    acknowledge(
        connection=work.connection, receipts=[Receipt(message.identity, posted=False, reason="order locked")]
    )
    message.refresh_from_db()
    assert (message.state, message.problem) == (OutboundState.PARKED, "order locked")


def test_a_late_refusal_keeps_what_the_partner_said_and_its_code():
    kept = OutboundMessageFactory(state=OutboundState.DELIVERED, code="422", answer='{"status": "refused"}')
    acknowledge(connection=kept.connection, receipts=[Receipt(kept.identity, posted=False)])
    kept.refresh_from_db()
    assert (kept.state, kept.code, kept.answer) == (OutboundState.PARKED, "422", '{"status": "refused"}')
    acknowledge(connection=kept.connection, receipts=[Receipt(kept.identity, posted=False, reason="Closed")])
    kept.refresh_from_db()
    assert kept.answer == "Closed"


def test_a_receipt_for_a_strange_message_notes_none(work):
    work.start()
    work.report(10)
    (message,) = pull(connection=work.connection, after=0)
    with pytest.raises(InvalidInput) as caught:
        acknowledge(
            connection=work.connection,
            receipts=[Receipt(message.identity, posted=True), Receipt(uuid.uuid4(), posted=True)],
        )
    assert caught.value.problems[0].row == 2
    message.refresh_from_db()
    assert message.state == OutboundState.QUEUED


def the_agreement(work):
    (entry,) = agreement([work.operation.order])
    return entry


def test_agreement_at_every_step(work):
    def seen():
        entry = the_agreement(work)
        return (entry.made.good, entry.told.good, entry.arrived.good, entry.posted.good, entry.reason)

    work.start()
    work.tell()
    assert seen() == (0, 0, 0, 0, "")
    wrong = work.report(10)
    assert seen() == (10, 0, 0, 0, "not told yet")
    work.tell()
    assert seen() == (10, 10, 0, 0, "in flight")
    last = pull(connection=work.connection, after=0)[-1]
    pull(connection=work.connection, after=last.sequence)
    assert seen() == (10, 10, 10, 0, "")
    acknowledge(connection=work.connection, receipts=[Receipt(last.identity, posted=True)])
    assert seen() == (10, 10, 10, 10, "")
    work.correct(wrong, good=8)
    work.tell()
    assert seen() == (8, 8, 10, 10, "in flight")
    last = pull(connection=work.connection, after=last.sequence)[-1]
    pull(connection=work.connection, after=last.sequence)
    assert seen() == (8, 8, 8, 10, "")
    acknowledge(connection=work.connection, receipts=[Receipt(last.identity, posted=False, reason="no")])
    assert seen()[-1] == "refused"
    last.refresh_from_db()
    discard(message=last, by=PlannerFactory(), reason="booked by hand")
    assert seen()[-1] == "settled by hand"


def test_agreement_asks_the_same_number_of_questions_for_many_orders(django_assert_num_queries):
    connection = IdocConnectionFactory()
    works = [Work(connection) for _ in range(5)]
    for work in works:
        work.start()
        work.report(3)
        work.tell()
    with django_assert_num_queries(7):
        entries = agreement([work.operation.order for work in works])
    assert [entry.told.good for entry in entries] == [3] * 5


def test_the_figures_for_prometheus(work):
    work.start()
    work.report(10)
    text = exposition().decode()
    assert "mes_news_depth 2.0" in text
    work.tell()
    InboundMessageFactory(connection=work.connection)
    text = exposition().decode()
    code = work.connection.code
    assert f'mes_outbox_depth{{connection="{code}",state="queued"}} 1.0' in text
    assert f'mes_outbox_oldest_seconds{{connection="{code}"}}' in text
    assert f'mes_inbox_depth{{connection="{code}",state="received"}} 1.0' in text
    assert "mes_metrics_failed 0.0" in text


def test_only_who_hears_of_an_order_is_compared():
    sender = ConnectionFactory(code="sender", delivery="pull")
    other = ConnectionFactory(code="x", delivery="pull", plant=sender.plant)
    work = Work(sender)
    created = ProductionEvent(
        plant=sender.plant,
        kind=EventKind.CREATED,
        order=work.operation.order,
        via=sender.via,
        occurred_at=timezone.now(),
    )
    record_events([created])
    assert [entry.connection for entry in agreement([work.operation.order])] == [sender]
    OutboundMessageFactory(
        connection=other,
        order=work.operation.order,
        operation=work.operation,
        kind="confirmation",
        canonical={"good": "5.000", "scrap": "0.000", "rework": "0.000"},
    )
    assert [entry.connection for entry in agreement([work.operation.order])] == [sender, other]
