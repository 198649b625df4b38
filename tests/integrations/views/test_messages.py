import hashlib

import pytest
from django.urls import reverse
from django.utils import translation

from integrations.domain.inbox import process, receive
from integrations.domain.outbox.relay import settle
from integrations.domain.outbox.webhook import judge
from integrations.enums import InboundState, Mend, OutboundState
from integrations.models import InboundMessage
from integrations.queries.mending import today_at
from integrations.views import monitor
from mes.accounts.roles import Role
from tests.factories.accounts import SupervisorFactory, UserFactory
from tests.factories.integrations import CsvConnectionFactory, InboundMessageFactory, OutboundMessageFactory


@pytest.fixture
def office(client, db):
    client.force_login(SupervisorFactory())
    return client


def message(body, **fields):
    return InboundMessageFactory(body=body, size=len(body), sha256=hashlib.sha256(body).hexdigest(), **fields)


@pytest.mark.parametrize(
    "body",
    [
        b'{"orders": [{"number": "1"}]}',
        b"<ORDER><NO>1</NO></ORDER>",
        b"number;item\n1;<script>alert(1)</script>\n",
        b"\xff\xfe\x00broken",
        b"{broken",
        b"<broken",
        b'<!DOCTYPE a [<!ENTITY b "boom">]><a>&b;</a>',
        b"[" * 5000,
        b"",
    ],
)
def test_any_body_is_shown_and_none_is_run(office, body):
    kept = message(body)
    for query in ({}, {"verbatim": ""}):
        page = office.get(reverse("message-in", args=[kept.pk]), query)
        assert page.status_code == 200
        assert "<script>alert" not in page.content.decode()
        assert "boom" not in page.content.decode() or "ENTITY" in page.content.decode()


def test_the_download_is_byte_for_byte(office):
    body = b"\x00\xff<b>\r\n"
    kept = message(body)
    answer = office.get(reverse("message-in-raw", args=[kept.pk]))
    assert answer.content == body
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")


def test_problems_and_results_are_named(office):
    kept = message(
        b"{}",
        state=InboundState.PARTLY,
        problems=[{"row": 2, "field": "item", "value": "XX-99", "message": "No such item.", "code": "x"}],
        results=[{"row": 1, "number": "471", "outcome": "changed", "changes": {"quantity": ["1", "2"]}}],
    )
    page = office.get(reverse("message-in", args=[kept.pk])).content.decode()
    for text in ("XX-99", "No such item.", "471", "quantity: 1 → 2"):
        assert text in page


def test_the_list_is_narrowed(office):
    wanted = message(b"{}", state=InboundState.REFUSED, orders=["4711"], name="orders.csv")
    message(b"[]", state=InboundState.APPLIED)
    for query in ({"order": "4711"}, {"order": "ORDERS.csv"}, {"state": "refused"}):
        lines = office.get(reverse("messages-in"), query).context["lines"]
        assert [line.pk for line in lines] == [wanted.pk], query
    assert office.get(reverse("messages-in"), {"age": "day"}).context["lines"] == []
    assert office.get(reverse("messages-in"), {"connection": "x", "page": "z"}).status_code == 200


def test_replay_notes_who_asked(office):
    kept = message(b"{broken", state=InboundState.REFUSED)
    office.post(reverse("message-replay", args=[kept.pk]))
    kept = InboundMessage.objects.get(pk=kept.pk)
    assert kept.replayed_by is not None
    assert kept.attempts == 1


def test_a_parked_message_is_sent_again_or_discarded_with_a_reason(office):
    kept = OutboundMessageFactory(state=OutboundState.PARKED, problem="unknown operation")
    assert "unknown operation" in office.get(reverse("message-out", args=[kept.pk])).content.decode()
    office.post(reverse("message-resend", args=[kept.pk]))
    kept.refresh_from_db()
    assert kept.state == OutboundState.QUEUED
    office.post(reverse("message-discard", args=[kept.pk]), {"reason": " "})
    kept.refresh_from_db()
    assert kept.state == OutboundState.QUEUED
    office.post(reverse("message-discard", args=[kept.pk]), {"reason": "Booked by hand"})
    kept.refresh_from_db()
    assert kept.state == OutboundState.DISCARDED
    assert "Booked by hand" in kept.problem


def test_a_message_that_has_not_left_is_held_back_with_a_reason(office):
    kept = OutboundMessageFactory(state=OutboundState.QUEUED)
    page = reverse("message-out", args=[kept.pk])
    assert "Hold back" in office.get(page).content.decode()
    office.post(reverse("message-hold-back", args=[kept.pk]), {"reason": " "})
    kept.refresh_from_db()
    assert kept.state == OutboundState.QUEUED
    office.post(reverse("message-hold-back", args=[kept.pk]), {"reason": "Period is being closed"})
    kept.refresh_from_db()
    assert (kept.state, "Period is being closed" in kept.problem) == (OutboundState.PARKED, True)
    assert "Hold back" not in office.get(page).content.decode()
    office.post(reverse("message-resend", args=[kept.pk]))
    kept.refresh_from_db()
    assert kept.state == OutboundState.QUEUED


def test_lists_and_agreement_open(office):
    kept = OutboundMessageFactory(
        canonical={"good": "5.000", "scrap": "0.000", "rework": "0.000"}, state=OutboundState.POSTED
    )
    assert kept.order.number in office.get(reverse("messages-out")).content.decode()
    assert office.get(reverse("messages-agreement"), {"q": kept.order.number}).status_code == 200
    assert office.get(reverse("messages-agreement"), {"differs": ""}).status_code == 200
    assert office.get(reverse("order-agreement", args=[kept.order_id])).status_code == 200


def test_counts_are_what_a_fresh_page_shows(office):
    message(b"{}", state=InboundState.REFUSED)
    OutboundMessageFactory(state=OutboundState.PARKED)
    for name, key in (("messages", "all"), ("messages-in", "in"), ("messages-out", "out")):
        fragment = monitor.render_counts([key])[key].strip()
        assert "refused" in fragment or key == "out"
        assert fragment in office.get(reverse(name)).content.decode()


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.QUALITY])
def test_messages_are_not_for_everybody(client, db, role):
    client.force_login(UserFactory(roles=[role.value]))
    for name in ("messages-in", "messages-out", "messages-agreement"):
        assert client.get(reverse(name)).status_code == 403


@pytest.fixture
def german(office):
    """The client lets the language of its requests stay active: what is active now comes back."""
    with translation.override(translation.get_language()):
        office.cookies["django_language"] = "de"
        yield office


def test_what_was_refused_is_said_in_the_readers_language(german):
    wrong = b"order_number;item;order_quantity\r\n4711;NO-SUCH;-5\r\n"
    kept = process(
        receive(connection=CsvConnectionFactory(), channel="file", body=wrong, name="x.csv").message
    )
    page = german.get(reverse("message-in", args=[kept.pk])).content.decode()
    assert kept.problems[0]["message"] == "A negative amount (-5) is not accepted."
    assert "A negative amount" not in page
    assert "Ein negativer Betrag (-5) wird nicht angenommen." in page


def test_a_partners_refusal_is_said_in_the_readers_language_with_its_own_words(german):
    kept = OutboundMessageFactory(state=OutboundState.SENDING, attempts=1)
    assert settle(kept, judge(422, b'{"message": "Wartung bis 14 Uhr"}'))
    page = german.get(reverse("message-out", args=[kept.pk])).content.decode()
    assert "The partner" not in page
    assert "Wartung bis 14 Uhr" in page


def test_what_was_kept_before_sentences_had_parts_is_shown_as_it_was(german):
    kept = OutboundMessageFactory(state=OutboundState.PARKED, problem="The partner answered 503.")
    assert "The partner answered 503." in german.get(reverse("message-out", args=[kept.pk])).content.decode()


def test_todays_date_is_offered_only_to_what_has_an_older_one(office):
    closed = {"state": OutboundState.PARKED, "mend": Mend.REDATE}
    old = OutboundMessageFactory(**closed, canonical={"posting_date": "2026-01-31"})
    for canonical in ({}, {"posting_date": today_at(old.connection).isoformat()}):
        kept = OutboundMessageFactory(**closed, canonical=canonical)
        page = office.get(reverse("message-out", args=[kept.pk])).content.decode()
        assert "Post with today" not in page
        assert "Have the posting period opened in the ERP" in page
    assert "Post with today" in office.get(reverse("message-out", args=[old.pk])).content.decode()
    page = office.get(reverse("messages-out"), {"state": "parked"}).content.decode()
    assert page.count("Have the posting period opened in the ERP") == 2
