"""Pages about trust: monitor, one message, reconciliation, self-test."""

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from integrations.domain import connectors, selftest
from integrations.domain.connectors import ErpTotal, Fetched, Page, PartnerError
from integrations.domain.outbox.outcome import parked, posted
from integrations.enums import Mend, OutboundState
from integrations.models import BulkDecision, Difference, SelfTest, SelfTestRequest, TrustFigure
from integrations.views import monitor, reconciliation
from tests.factories.accounts import EngineerFactory, SupervisorFactory
from tests.factories.integrations import (
    ConnectionFactory,
    DifferenceFactory,
    IdocConnectionFactory,
    InboundMessageFactory,
    MessageStepFactory,
    OutboundMessageFactory,
    StatedTotalFactory,
    TrustFigureFactory,
    WebhookConnectionFactory,
)
from tests.factories.orders import OperationFactory
from tests.support.queries import statements

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(client):
    client.force_login(SupervisorFactory())
    return client


def asked(client, url, query=None):
    with CaptureQueriesContext(database) as context:
        assert client.get(url, query or {}).status_code == 200
    return len(statements(context))


def test_times_are_those_of_the_partners_plant(office):
    """The lists as the pages of one message: at ten in Auckland it is 21:00 UTC of the day before."""
    moment = datetime(2026, 11, 22, 21, tzinfo=UTC)
    partner = WebhookConnectionFactory(plant__time_zone="Pacific/Auckland")
    sent = OutboundMessageFactory(connection=partner, state=OutboundState.QUEUED, created_at=moment)
    DifferenceFactory(connection=partner, opened_at=moment, seen_at=moment)
    TrustFigureFactory(connection=partner, at=timezone.now(), oldest_open_at=moment)
    for url in (reverse("messages"), reverse("message-out", args=[sent.pk]), reverse("reconciliation")):
        page = office.get(url).content.decode()
        assert "2026-11-23 10:00:00" in page, url
        assert "2026-11-22 21:00:00" not in page, url


def test_the_monitor_shows_both_directions_in_time_at_a_constant_cost(office):
    url = reverse("messages")
    InboundMessageFactory()
    OutboundMessageFactory(state=OutboundState.PARKED, code="E77", problem="strange")
    office.get(url)
    one = asked(office, url)
    InboundMessageFactory.create_batch(2)
    OutboundMessageFactory.create_batch(2)
    assert asked(office, url) == one
    assert [line.direction for line in office.get(url).context["lines"]].count("in") == 3
    (line,) = office.get(url, {"code": "e77"}).context["lines"]
    assert (line.code, line.state) == ("E77", "parked")
    assert {line.state for line in office.get(url, {"state": "attention"}).context["lines"]} == {"parked"}
    assert office.get(url, {"before": "2000-01-01T00:00:00+00:00"}).context["lines"] == []
    assert len(office.get(url, {"before": "nonsense"}).context["lines"]) == 6


def test_older_messages_follow_page_by_page(office, monkeypatch):
    monkeypatch.setattr(monitor, "PAGE", 2)
    now = timezone.now()
    made = [InboundMessageFactory(received_at=now - timedelta(minutes=n)) for n in range(3)]
    first = office.get(reverse("messages-in")).context
    assert [line.pk for line in first["lines"]] == [made[0].pk, made[1].pk]
    second = office.get(reverse("messages-in"), {"before": first["older"]}).context
    assert [line.pk for line in second["lines"]] == [made[2].pk]


def test_a_refused_message_offers_the_way_to_mend_it(office):
    message = OutboundMessageFactory(
        state=OutboundState.PARKED,
        mend=Mend.REDATE,
        canonical={"posting_date": "2026-01-31"},
        problem="The posting period is closed in the ERP.",
    )
    MessageStepFactory(outbound=message, state="parked", code="M7053", problem="closed")
    page = office.get(reverse("message-out", args=[message.pk])).content.decode()
    for text in ("The posting period is closed", "Post with today's date".replace("'", "&#x27;"), "M7053"):
        assert text in page or text.replace("&#x27;", "'") in page
    office.post(reverse("message-redate", args=[message.pk]))
    message.refresh_from_db()
    assert message.state == OutboundState.QUEUED


def test_a_person_says_that_it_is_booked(office):
    message = OutboundMessageFactory(state=OutboundState.PARKED, is_asked=True)
    assert (
        "Is it booked in the ERP?" in office.get(reverse("message-out", args=[message.pk])).content.decode()
    )
    office.post(reverse("message-booked", args=[message.pk]), {"reference": "9", "reason": "seen"})
    message.refresh_from_db()
    assert message.state == OutboundState.POSTED


def test_all_of_one_code_are_sent_again_with_a_reason(office):
    wanted = OutboundMessageFactory.create_batch(2, state=OutboundState.PARKED, code="E1")
    other = OutboundMessageFactory(state=OutboundState.PARKED, code="E2")
    url = reverse("messages-decide") + "?code=E1&state=parked"
    values = {"kind": "resend", "key": str(uuid.uuid4()), "all": "yes"}
    office.post(url, {**values, "reason": ""})
    assert not BulkDecision.objects.exists()
    answer = office.post(url, {**values, "reason": "Mapped now"}, follow=True)
    decision = BulkDecision.objects.get()
    assert decision.messages == sorted(message.pk for message in wanted)
    assert "0 / 2" in answer.content.decode()
    progress = office.post(reverse("bulk-decision-on", args=[decision.pk])).content.decode()
    assert "2 / 2" in progress
    other.refresh_from_db()
    assert other.state == OutboundState.PARKED
    assert office.post(url, {**values, "kind": "burn", "reason": "x"}).status_code == 400


def test_reconciliation_leads_from_the_figure_to_the_messages(office):
    difference = DifferenceFactory(
        amounts={"made": {"good": "10.000"}, "booked": {"good": "7.000"}, "source": "told"}
    )
    TrustFigureFactory(connection=difference.connection, at=timezone.now())
    sent = OutboundMessageFactory(
        connection=difference.connection,
        operation=difference.operation,
        canonical={"good": "2020.000", "scrap": "0.000"},
    )
    OutboundMessageFactory(
        connection=difference.connection,
        operation=difference.operation,
        reverses=sent,
        canonical={"good": "2020.000", "scrap": "12.000"},
    )
    StatedTotalFactory(
        connection=difference.connection,
        order_number=difference.order_number,
        operation_number=difference.operation_number,
    )
    page = office.get(reverse("reconciliation"))
    assert reverse("difference", args=[difference.pk]) in page.content.decode()
    fragment = reconciliation.render_figures(["all"])["all"]
    assert "90.0 %" in fragment
    assert fragment.strip() in page.content.decode()
    (row,) = page.context["rows"]
    assert row.missing == Decimal(3)
    drilled = office.get(reverse("difference", args=[difference.pk])).content.decode()
    assert reverse("message-out", args=[sent.pk]) in drilled
    for amount in (">2,020<", ">-2,020<", ">-12<"):
        assert amount in drilled.replace("−", "-")
    for query in (
        {"reason": "refused"},
        {"q": difference.order_number},
        {"connection": difference.connection_id},
    ):
        assert len(office.get(reverse("reconciliation"), query).context["rows"]) == 1
    assert office.get(reverse("reconciliation"), {"reason": "by_hand"}).context["rows"] == []


def test_the_work_list_costs_the_same_for_more_rows(office):
    url = reverse("reconciliation")
    TrustFigureFactory(connection=DifferenceFactory().connection, at=timezone.now())
    office.get(url)
    one = asked(office, url)
    for _ in range(2):
        TrustFigureFactory(connection=DifferenceFactory().connection, at=timezone.now())
    assert asked(office, url) == one


def test_a_difference_is_closed_with_a_reason_and_compared_on_demand(office):
    difference = DifferenceFactory()
    office.post(reverse("difference-close", args=[difference.pk]), {"reason": ""})
    assert Difference.objects.get().closed_at is None
    office.post(reverse("difference-close", args=[difference.pk]), {"reason": "Right as it is"})
    assert Difference.objects.get().closing_reason == "Right as it is"
    office.post(reverse("partner-compare", args=[difference.connection_id]))
    assert TrustFigure.objects.filter(connection=difference.connection, by__isnull=False).count() == 1


class Erp:
    """A called system that books each identity once; ``forgetful`` books every time, ``silent`` loses its
    first answer after booking."""

    name = "tryton"

    def __init__(self, number, *, forgetful=False, silent=False):
        self.number, self.forgetful, self.silent, self.booked = number, forgetful, silent, {}

    def fetch(self, line, cursor):
        yield Page((Fetched(b"{}", "orders", "1"),), {})

    def post(self, line, posting):
        one = posting.confirmation
        if one.order != self.number:
            return parked("no such order")
        key = uuid.uuid4().hex if self.forgetful else one.identity
        self.booked[key] = -one.good if posting.kind == "reversal" else one.good
        if self.silent:
            self.silent = False
            raise PartnerError("timeout", "No answer in time.")
        return posted("done", reference=key)

    def totals(self, line, orders):
        return [ErpTotal(self.number, "0010", sum(self.booked.values(), Decimal(0)))]


@pytest.fixture
def engineer(client):
    client.force_login(EngineerFactory())
    return client


def run_test(client, monkeypatch, **values):
    operation = OperationFactory(number="0010")
    partner = ConnectionFactory(
        plant=operation.plant, format="tryton", delivery="connector", address="http://127.0.0.1:9/"
    )
    erp = Erp(operation.order.number, **values)
    monkeypatch.setitem(connectors._connectors, "tryton", erp)
    url = reverse("self-test", args=[partner.pk])
    page = client.post(url, {"order": operation.order.number, "operation": "0010"}, follow=True)
    assert page.status_code == 200
    assert "waits for the worker" in page.content.decode()
    assert not SelfTest.objects.exists(), "nothing is called inside the request"
    assert selftest.run_asked() == 1
    found = {one["check"]: one["result"] for one in SelfTest.objects.get(connection=partner).results}
    return erp, found


def test_a_new_partner_is_tested_live_and_left_as_it_was(engineer, monkeypatch):
    erp, found = run_test(engineer, monkeypatch)
    booking = ("authenticate", "read_order", "write_and_find", "repeat", "cancel")
    assert {found[check] for check in booking} == {"passed"}
    assert (found["reach"], found["clock"]) == ("failed", "failed"), "nobody listens on that port"
    assert sum(erp.booked.values()) == 0


def test_a_partner_that_books_twice_fails(engineer, monkeypatch):
    erp, found = run_test(engineer, monkeypatch, forgetful=True)
    assert (found["write_and_find"], found["repeat"], found["cancel"]) == ("passed", "failed", "passed")
    assert sum(erp.booked.values()) == 0, "both are taken back"


def test_what_was_booked_without_an_answer_is_taken_back(engineer, monkeypatch):
    erp, found = run_test(engineer, monkeypatch, silent=True)
    assert (found["write_and_find"], found["repeat"], found["cancel"]) == ("failed", "passed", "passed")
    assert sum(erp.booked.values()) == 0


def test_what_files_can_not_do_is_said(engineer, settings, tmp_path):
    settings.OUTBOX_DIR = tmp_path
    partner = IdocConnectionFactory()
    engineer.post(reverse("self-test", args=[partner.pk]))
    engineer.post(reverse("self-test", args=[partner.pk]))
    assert selftest.run_asked() == 1, "asked for twice, run once"
    found = {one["check"]: one["result"] for one in SelfTest.objects.get(connection=partner).results}
    assert (found["reach"], found["read_order"], found["cancel"]) == ("passed", "failed", "impossible")
    engineer.post(reverse("self-test", args=[partner.pk]), {"order": "none", "operation": "0010"})
    assert SelfTest.objects.filter(connection=partner).count() == 1


def test_progress_is_shown_while_the_worker_runs_and_a_dead_one_is_told(engineer, monkeypatch):
    partner = IdocConnectionFactory()
    url = reverse("self-test", args=[partner.pk])
    engineer.post(url)
    request = SelfTestRequest.objects.get()
    request.results = [{"check": "reach", "result": "passed", "text": "The folder can be written to."}]
    request.started_at = timezone.now()
    request.save()
    piece = engineer.get(url, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in piece
    assert "1 / 7" in piece
    assert "The folder can be written to." in piece
    assert selftest.run_asked() == 0, "somebody is at it"
    assert selftest.run_asked(now=timezone.now() + timedelta(hours=1)) == 0
    (reach, *others) = SelfTest.objects.get().results
    assert reach["result"] == "passed"
    assert {one["result"] for one in others} == {"failed"}
    assert "hx-get" not in engineer.get(url, headers={"HX-Request": "true"}).content.decode()


def test_the_strip_is_empty_while_nothing_is_wrong(office):
    url = reverse("partner-alarms")
    assert office.get(url).content.strip() == b""
    OutboundMessageFactory(connection=ConnectionFactory(delivery="file", outbox_folder="x"))
    assert "alarm-strip" in office.get(url).content.decode()
    assert "alarm-unsent" in monitor.render_alarms(["all"])["all"]
