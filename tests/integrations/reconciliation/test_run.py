"""Reconciliations: what differs comes onto the list with its reason and leaves it again."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from integrations.domain import connectors, inbox
from integrations.domain.connectors import ErpTotal, PartnerError
from integrations.domain.outbox.manual import discard
from integrations.domain.reconciliation.closing import close_difference
from integrations.domain.reconciliation.run import reconcile, reconcile_due
from integrations.domain.reconciliation.totals import take_totals, totals_in
from integrations.enums import DifferenceReason as Why
from integrations.enums import OutboundState, TotalSource
from integrations.models import Difference, OutboundMessage, StatedTotal, TrustFigure
from mes.lib.errors import InvalidInput, Refused
from orders.domain.documents import OperationLine, OrderDocument
from tests.factories.accounts import PlannerFactory
from tests.factories.integrations import (
    ConnectionFactory,
    CsvConnectionFactory,
    DifferenceFactory,
    TrustFigureFactory,
    WebhookConnectionFactory,
)
from tests.integrations.outbox.work import Work

pytestmark = pytest.mark.django_db


@pytest.fixture
def connection():
    return WebhookConnectionFactory()


@pytest.fixture
def work(connection):
    """Ten good pieces and two of scrap, told in one message."""
    work = Work(connection)
    work.start()
    work.report(10, 2)
    work.tell()
    return work


def settled(work, state, **values):
    moment = timezone.now()
    OutboundMessage.objects.filter(connection=work.connection).update(
        state=state, delivered_at=moment, attempts=1, **values
    )


def told(work, good, scrap=2, **values):
    order, operation = work.operation.order.number, work.operation.number
    total = ErpTotal(order, operation, Decimal(good), Decimal(scrap))
    return take_totals(
        [total], connection=work.connection, source=TotalSource.TOLD, stated_at=timezone.now(), **values
    )


def open_ones(connection):
    return list(Difference.objects.filter(connection=connection, closed_at=None))


def test_a_partner_without_a_word_is_neither_trusted_nor_distrusted(work):
    settled(work, OutboundState.DELIVERED)
    figure = reconcile(connection=work.connection)
    assert (figure.compared, figure.unknown, figure.figure) == (0, 1, None)
    assert open_ones(work.connection) == []


def test_what_the_partner_told_is_compared_and_agrees(work):
    settled(work, OutboundState.DELIVERED)
    told(work, 10)
    figure = reconcile(connection=work.connection)
    assert (figure.compared, figure.agreed, figure.sent, figure.first_time) == (1, 1, 1, 1)
    assert figure.figure == Decimal(100)


def test_receipts_are_a_word_too(work):
    settled(work, OutboundState.POSTED)
    assert reconcile(connection=work.connection).figure == Decimal(100)
    work.report(5)
    work.tell()
    figure = reconcile(connection=work.connection)
    (difference,) = open_ones(work.connection)
    assert (difference.reason, difference.amounts["source"]) == (Why.IN_FLIGHT, "receipts")
    assert (difference.amounts["made"]["good"], difference.amounts["booked"]["good"]) == ("15.000", "10.000")
    assert figure.agreed == 1, "what is on its way for a moment is no disagreement"
    later = reconcile(connection=work.connection, now=timezone.now() + timedelta(hours=2))
    assert (later.compared, later.agreed) == (1, 0)


@pytest.mark.parametrize(
    ("state", "booked", "reason"),
    [
        (OutboundState.POSTED, 12, Why.BY_HAND),
        (OutboundState.POSTED, 7, Why.CANCELLED),
        (OutboundState.PARKED, 0, Why.REFUSED),
        (OutboundState.QUEUED, 0, Why.IN_FLIGHT),
        (OutboundState.DISCARDED, 0, Why.GIVEN_UP),
        (OutboundState.DELIVERED, 0, Why.ACCEPTED),
    ],
)
def test_each_difference_has_its_reason_and_closes_by_itself(work, state, booked, reason):
    settled(work, state)
    told(work, booked, scrap=2 if booked else 0)
    reconcile(connection=work.connection)
    (difference,) = open_ones(work.connection)
    assert difference.reason == reason
    assert difference.operation == work.operation
    told(work, 10)
    reconcile(connection=work.connection)
    difference.refresh_from_db()
    assert (difference.closed_at is not None, difference.closed_by) == (True, None)
    assert open_ones(work.connection) == []


def test_what_arrived_after_the_partners_word_is_on_its_way(work):
    told(work, 0, scrap=0)
    settled(work, OutboundState.POSTED)
    reconcile(connection=work.connection)
    assert [one.reason for one in open_ones(work.connection)] == [Why.IN_FLIGHT]


def test_a_person_closes_a_difference_with_a_reason_until_it_changes(work):
    settled(work, OutboundState.POSTED)
    told(work, 12)
    reconcile(connection=work.connection)
    (difference,) = open_ones(work.connection)
    planner = PlannerFactory()
    with pytest.raises(InvalidInput):
        close_difference(difference=difference, by=planner, reason="  ")
    close_difference(difference=difference, by=planner, reason="Two pieces of another lot")
    with pytest.raises(Refused):
        close_difference(difference=difference, by=planner, reason="again")
    told(work, 12)
    figure = reconcile(connection=work.connection)
    assert open_ones(work.connection) == []
    assert figure.agreed == 1
    told(work, 13)
    reconcile(connection=work.connection)
    assert [one.amounts["booked"]["good"] for one in open_ones(work.connection)] == ["13.000"]


class Erp:
    """A called system with the totals that the test gives it."""

    name = "tryton"

    def __init__(self, totals=()):
        self.told, self.asked = totals, []

    def fetch(self, line, cursor):
        return iter(())

    def post(self, line, posting):
        raise AssertionError("nothing is posted here")

    def totals(self, line, orders):
        self.asked += orders
        if isinstance(self.told, Exception):
            raise self.told
        return self.told


@pytest.fixture
def called(monkeypatch):
    erp = Erp()
    monkeypatch.setitem(connectors._connectors, "tryton", erp)
    return erp


def test_a_called_system_is_asked_and_one_that_doesnt_know_the_order_is_found_out(called):
    work = Work(ConnectionFactory(format="tryton", delivery="connector", address="http://127.0.0.1:9"))
    work.start()
    work.report(10)
    work.tell()
    settled(work, OutboundState.POSTED)
    number = work.operation.order.number
    reconcile(connection=work.connection)
    assert called.asked == [number]
    assert [one.reason for one in open_ones(work.connection)] == [Why.UNKNOWN_THERE]
    called.told = [ErpTotal("000" + number, "10", Decimal(10))]
    assert reconcile(connection=work.connection).figure == Decimal(100)
    assert open_ones(work.connection) == []
    called.told = PartnerError("away", "The partner is away.")
    assert reconcile(connection=work.connection).problem == "The partner is away."


def test_orders_that_only_the_partner_knows_are_found(connection):
    total = ErpTotal("99-77", "0010", Decimal(4))
    take_totals([total], connection=connection, source=TotalSource.TOLD, stated_at=timezone.now())
    receipt = inbox.receive(connection=connection, channel="file", body=b"broken", name="order.json")
    receipt.message.state = "refused"
    receipt.message.results = [{"row": 1, "number": "99-78", "outcome": "refused", "order": None}]
    receipt.message.save()
    reconcile(connection=connection)
    found = {one.order_number: one.amounts["message"] for one in open_ones(connection)}
    assert found == {"99-77": None, "99-78": receipt.message.pk}


def test_each_partner_is_compared_once_a_day(work):
    assert reconcile_due() >= 1
    mine = TrustFigure.objects.filter(connection=work.connection)
    assert mine.count() == 1
    reconcile_due()
    assert mine.count() == 1
    reconcile_due(now=timezone.now() + timedelta(days=1))
    assert mine.count() == 2


def test_what_was_on_its_way_is_compared_again_after_an_hour(work):
    now = timezone.now()
    reconcile_due(now=now)
    mine = TrustFigure.objects.filter(connection=work.connection)
    difference = DifferenceFactory(connection=work.connection, reason=Why.IN_FLIGHT)
    reconcile_due(now=now + timedelta(minutes=50))
    assert mine.count() == 1
    reconcile_due(now=now + timedelta(minutes=70))
    assert mine.count() == 2
    Difference.objects.filter(pk=difference.pk).update(closed_at=now)
    reconcile_due(now=now + timedelta(minutes=140))
    assert mine.count() == 2


def test_a_discarded_message_that_was_booked_by_hand_agrees(work):
    settled(work, OutboundState.PARKED)
    message = OutboundMessage.objects.get(connection=work.connection)
    discard(message=message, by=PlannerFactory(), reason="Booked by hand")
    told(work, 10)
    assert reconcile(connection=work.connection).agreed == 1


def test_the_partners_word_stands_in_saps_download_too():
    raw = {"LMNGA": "12.000 ", "XMNGA": "1.500-", "RMNGA": "x"}
    document = OrderDocument(
        "4711", operations=(OperationLine("0010", raw=raw), OperationLine("0020", raw={"LMNGA": ""}))
    )
    (total,) = totals_in([document])
    assert (total.order, total.operation, total.good) == ("4711", "0010", Decimal(12))
    assert (total.scrap, total.rework) == (Decimal("-1.5"), None)


def test_a_file_tells_totals_and_names_what_it_can_not_read(work):
    partner = CsvConnectionFactory(plant=work.connection.plant)
    number = work.operation.order.number
    body = (
        "order_number;operation_number;booked_good;booked_scrap;as_of\n"
        f"{number};0010;10,5;2;2026-03-02 06:00\n"
        f"{number};0020;many;;\n"
    ).encode()
    message = inbox.receive(connection=partner, channel="file", body=body, name="totals.csv").message
    message = inbox.process(message)
    assert [(p["row"], p["field"], p["value"]) for p in message.problems] == [(3, "booked_good", "many")]
    (total,) = StatedTotal.objects.filter(connection=partner)
    assert (total.good, total.scrap, total.rework) == (Decimal("10.5"), Decimal(2), None)
    assert (total.source, total.message) == (TotalSource.TOLD, message)
    assert total.stated_at.year == 2026


def test_facts_about_totals_can_not_contradict_themselves():
    with pytest.raises(ValidationError, match="more than the whole"):
        TrustFigureFactory.build(connection=ConnectionFactory(), agreed=11).validate_constraints()
    planner = PlannerFactory()
    with pytest.raises(ValidationError, match="gives a reason"):
        DifferenceFactory.build(connection=ConnectionFactory(), closed_by=planner).validate_constraints()


def test_the_amounts_are_plain_json(work):
    settled(work, OutboundState.POSTED)
    told(work, 12)
    reconcile(connection=work.connection)
    (difference,) = open_ones(work.connection)
    assert json.loads(json.dumps(difference.amounts)) == difference.amounts
