"""Partners that are called: fetching moves the cursor with the messages, posting keeps the partner's key."""

import pytest

from integrations.domain import connectors
from integrations.domain.connectors import Fetched, Page, PartnerError
from integrations.domain.fetching import fetch, fetch_due
from integrations.domain.outbox import relay
from integrations.domain.outbox.canonical import to_json
from integrations.domain.outbox.outcome import again, posted
from integrations.enums import Delivery, Format, OutboundState
from integrations.models import InboundMessage, OutboundMessage
from tests.factories.integrations import ConnectionFactory, OutboundMessageFactory
from tests.integrations.erp.test_idoc_tickets import confirmation

pytestmark = pytest.mark.django_db(transaction=True)


class Partner:
    """A partner in memory, under the name of a format."""

    name = Format.TRYTON

    def __init__(self):
        self.pages = []
        self.outcomes = []
        self.postings = []
        self.cursors = []

    def fetch(self, line, cursor):
        self.cursors.append(cursor)
        for page in self.pages:
            if isinstance(page, Exception):
                raise page
            yield page

    def post(self, line, posting):
        self.postings.append(posting)
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def totals(self, line, orders):
        return []


@pytest.fixture
def partner(monkeypatch):
    fake = Partner()
    monkeypatch.setitem(connectors._connectors, fake.name, fake)
    return fake


@pytest.fixture
def connection():
    return ConnectionFactory(
        format=Format.TRYTON,
        api_key=None,
        delivery=Delivery.CONNECTOR,
        address="http://127.0.0.1:9/",
        fetch_every_seconds=60,
    )


def page(number):
    return Page((Fetched(b"{%d}" % number, "orders", str(number)),), {"behind": number})


def test_a_page_and_its_cursor_are_kept_though_the_next_one_fails(partner, connection):
    partner.pages = [page(1), page(2), PartnerError("away", "The partner is away.")]
    assert fetch(connection=connection) == 2
    state = connection.fetch_state
    state.refresh_from_db()
    assert (state.cursor, state.problem, state.answered_at) == ({"behind": 2}, "The partner is away.", None)
    assert InboundMessage.objects.filter(connection=connection).count() == 2

    partner.pages = [page(2), page(3)]
    assert fetch(connection=connection) == 1
    state.refresh_from_db()
    assert partner.cursors == [{}, {"behind": 2}]
    assert state.problem == ""
    assert state.answered_at is not None


def test_only_who_is_due_is_asked(partner, connection):
    partner.pages = [page(1)]
    assert fetch_due() == 1
    assert fetch_due() == 0
    assert len(partner.cursors) == 1


def test_a_booking_that_may_have_happened_is_looked_for_first(partner, connection):
    message = OutboundMessageFactory(connection=connection, canonical=to_json(confirmation()))
    partner.outcomes = [again("no answer", uncertain=True), posted("done", reference="77/1")]
    relay.send_due()
    message.refresh_from_db()
    assert (message.state, message.uncertain) == (OutboundState.QUEUED, True)

    OutboundMessage.objects.update(next_try_at=message.created_at)
    relay.send_due()
    message.refresh_from_db()
    assert [posting.uncertain for posting in partner.postings] == [False, True]
    assert (message.state, message.reference, message.uncertain) == (OutboundState.POSTED, "77/1", False)


def test_a_defect_of_a_connector_keeps_the_message(partner, connection):
    message = OutboundMessageFactory(connection=connection, canonical=to_json(confirmation()))
    partner.outcomes = [ZeroDivisionError()]
    relay.send_due()
    message.refresh_from_db()
    assert (message.state, message.uncertain) == (OutboundState.QUEUED, True)
    assert "ZeroDivisionError" in message.problem
