"""A called SAP from end to end: orders in, confirmations out, and what stands in its books afterwards."""

import json
import random
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from integrations.domain.connectors import PartnerError, connector
from integrations.domain.fetching import fetch, line_to
from integrations.domain.outbox.relay import send_due
from integrations.enums import InboundState, OutboundState
from integrations.models import InboundMessage, OutboundMessage
from orders.models import ProductionOrder
from tests.factories.integrations import CalledConnectionFactory
from tests.factories.machines import MachineGroupFactory, PlantFactory
from tests.factories.orders import ItemFactory, ScrapReasonFactory
from tests.integrations.outbox.work import Work
from tests.support.s4 import S4, Refusal
from tests.support.zones import zone_where_it_is

pytestmark = pytest.mark.django_db


@pytest.fixture
def s4(monkeypatch):
    monkeypatch.setenv("TEST_ERP_SECRET", "MES:secret")
    with S4() as s4:
        yield s4


@pytest.fixture
def plant():
    plant = PlantFactory(code="1710", time_zone=zone_where_it_is(13))
    MachineGroupFactory(plant=plant, code="SAW")
    ItemFactory(code="BAR")
    return plant


@pytest.fixture
def connection(s4, plant):
    return CalledConnectionFactory(plant=plant, address=s4.url, options={"page_size": 3})


@pytest.fixture
def work(s4, connection):
    s4.add_order("1000001", material="BAR", quantity="100")
    fetch(connection=connection)
    order = ProductionOrder.objects.get(number="1000001")
    found = Work.of(connection, order.operations.get())
    found.start()
    found.tell()
    drain()
    return found


def drain(rounds=12):
    """Send until nothing is due, as if the clock had moved on."""
    for round in range(1, rounds):
        if not send_due(now=timezone.now() + timedelta(hours=round)):
            return
    raise AssertionError("the queue never became empty")


def told(kind="confirmation"):
    """Without those that SAP has nothing to book for."""
    messages = OutboundMessage.objects.filter(kind=kind).order_by("sequence")
    return list(messages.exclude(answer__endswith="books no such message."))


def posted_values(s4):
    return [one["ConfirmationYieldQuantity"] for one in s4.in_force]


def numbers():
    return list(ProductionOrder.objects.order_by("number").values_list("number", flat=True))


# Orders in.


@pytest.mark.parametrize("most_rows", [2, 1000])
def test_orders_arrive_page_by_page_each_byte_for_byte(s4, connection, most_rows):
    s4.most_rows = most_rows
    for n in range(8):
        s4.add_order(f"10000{n:02}", material="BAR")
    assert fetch(connection=connection) == 8
    assert numbers() == [f"10000{n:02}" for n in range(8)]
    message = InboundMessage.objects.get(external_id="1000003")
    raw = json.dumps(s4.orders["1000003"]).encode()
    assert bytes(message.body) == b'{"order":' + raw + b"}"
    assert message.state == InboundState.APPLIED
    order = ProductionOrder.objects.get(number="1000003")
    assert (order.state, order.quantity, order.erp_version) == (
        "released",
        10,
        s4.orders["1000003"]["LastChangeDateTime"],
    )


def test_only_what_changed_comes_again(s4, connection):
    for n in range(8):
        s4.add_order(f"10000{n:02}", material="BAR")
    fetch(connection=connection)
    assert fetch(connection=connection) == 0
    s4.change("1000002", TotalQuantity="12")
    assert fetch(connection=connection) == 1
    assert ProductionOrder.objects.get(number="1000002").quantity == 12


def test_a_change_committed_late_with_an_older_stamp_is_not_missed(s4, connection):
    late = s4.add_order("1000001", material="BAR")
    s4.add_order("1000002", material="BAR")
    s4.orders.pop("1000001")
    fetch(connection=connection)
    s4.orders["1000001"] = late
    fetch(connection=connection)
    assert numbers() == ["1000001", "1000002"]


def test_many_orders_of_one_second_are_all_read(s4, connection):
    for n in range(10):
        s4.add_order(f"10000{n:02}", material="BAR", LastChangeDateTime="20260101000000")
    assert fetch(connection=connection) == 10
    assert len(numbers()) == 10


def test_two_changes_within_a_second_both_arrive(s4, connection):
    order = s4.add_order("1000001", material="BAR")
    fetch(connection=connection)
    order["TotalQuantity"] = "11"
    assert fetch(connection=connection) == 1
    assert ProductionOrder.objects.get().quantity == 11


def test_the_routing_brings_the_times(s4, connection):
    place = {"ProductionRoutingGroup": "5", "ProductionRouting": "1"}
    s4.routings.append(
        {
            "assignment": {**place, "Product": "BAR", "Plant": "1710"},
            "header": {**place, "MinimumLotSizeQuantity": "1", "MaximumLotSizeQuantity": "99999999"},
            "steps": [
                {
                    **place,
                    "Operation": "10",
                    "OperationReferenceQuantity": "100",
                    "StandardWorkQuantity1": "20",
                    "StandardWorkQuantityUnit1": "MIN",
                    "StandardWorkQuantity2": "2",
                    "StandardWorkQuantityUnit2": "H",
                },
            ],
        }
    )
    for n in range(3):
        s4.add_order(f"10000{n:02}", material="BAR")
    fetch(connection=connection)
    operation = ProductionOrder.objects.first().operations.get()
    assert (operation.setup_seconds, operation.run_seconds, operation.base_quantity) == (1200, 7200, 100)
    asked = [path for _method, path in s4.requests if "ProductionRoutingOperation" in path]
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"address": "http://127.0.0.1:9/x"}, "Not reachable"),
        ({"address": "http://evil.example/x"}, "MES_WEBHOOK_HOSTS"),
        ({"secret_name": "TEST_NOT_SET"}, "secret"),
        ({"secret_name": "TEST_WRONG"}, "user or password"),
    ],
)
def test_why_nothing_comes_is_said_plainly(s4, connection, monkeypatch, change, problem):
    monkeypatch.setenv("TEST_WRONG", "MES:wrong")
    for name, value in change.items():
        setattr(connection, name, value)
    connection.save()
    assert fetch(connection=connection) == 0
    connection.fetch_state.refresh_from_db()
    assert problem in connection.fetch_state.problem


# Confirmations out.


def test_a_report_is_booked_once_with_times_reason_and_our_identity(s4, work):
    reason = ScrapReasonFactory(plant=work.connection.plant, code="BURR", erp_code="0004")
    work.report(7, scrap=2, reason=reason)
    work.tell()
    drain()
    (message,) = told()
    (ticket,) = s4.confirmations
    assert message.state == OutboundState.POSTED
    assert message.reference == f"{ticket['ConfirmationGroup']}/1"
    assert ticket["ExternalSystemConfirmation"] == str(message.identity)
    assert (ticket["ConfirmationYieldQuantity"], ticket["ConfirmationScrapQuantity"]) == ("7.000", "2.000")
    assert (ticket["VarianceReasonCode"], ticket["ConfirmationUnitISOCode"]) == ("0004", "PCE")
    assert ticket["WorkQuantityUnit2ISOCode"] == "MIN"
    assert Decimal(ticket["OpConfirmedWorkQuantity2"]) >= 119
    assert s4.totals("1000001") == (7, 2, 0)


@pytest.mark.parametrize("fault", ["lost after", ("after", 500), ("after", 503), ("after", 504)])
def test_an_answer_lost_after_booking_books_nothing_twice(s4, work, fault):
    work.report(10)
    work.tell()
    s4.faults = [fault]
    send_due()
    (message,) = told()
    assert (message.state, message.uncertain) == (OutboundState.QUEUED, True)
    drain()
    message.refresh_from_db()
    assert message.state == OutboundState.POSTED
    assert (s4.totals("1000001"), len(s4.confirmations)) == ((10, 0, 0), 1)


@pytest.mark.parametrize("fault", ["lost before", 500, 502, 429, 307, 401, 403])
def test_what_was_never_booked_is_booked_later(s4, work, fault):
    work.report(10)
    work.tell()
    s4.faults = [fault]
    drain()
    assert [message.state for message in told()] == [OutboundState.POSTED]
    assert s4.totals("1000001") == (10, 0, 0)


def test_nobody_listens_is_not_uncertain(s4, work):
    work.connection.address = "http://127.0.0.1:9/x"
    work.connection.save()
    work.report(10)
    work.tell()
    send_due()
    (message,) = told()
    assert (message.state, message.uncertain) == (OutboundState.QUEUED, False)


def test_a_token_that_ran_out_is_fetched_once_more(s4, work):
    work.report(10)
    work.tell()
    opened = s4.open_session
    tokens = []

    def open_session():
        headers = opened()
        tokens.append(headers["X-CSRF-Token"])
        if len(tokens) == 1:
            s4.sessions.clear()
        return headers

    s4.open_session = open_session
    send_due()
    assert [message.state for message in told()] == [OutboundState.POSTED]
    assert len(tokens) == 2


@pytest.mark.parametrize("status", [400, 423])
def test_an_open_order_is_waited_for(s4, work, status):
    s4.locked["1000001"], s4.locked_status = 2, status
    work.report(10)
    work.tell()
    send_due()
    (message,) = told()
    assert (message.state, message.uncertain) == (OutboundState.QUEUED, False)
    assert "MUELLER" in message.problem
    drain()
    assert s4.totals("1000001") == (10, 0, 0)


def test_a_closed_period_books_today_and_keeps_the_day_in_the_text(s4, work):
    yesterday = timezone.now() - timedelta(days=1)
    s4.open_since = timezone.now().astimezone(line_to(work.connection).zone).date()
    work.report(10)
    (message,) = work.tell()
    message.canonical["posting_date"] = f"{yesterday.astimezone(line_to(work.connection).zone):%Y-%m-%d}"
    message.save()
    send_due()
    (message,) = told()
    assert (message.state, s4.confirmations) == (OutboundState.QUEUED, [])
    send_due()
    (ticket,) = s4.confirmations
    assert s4.posted_on(ticket["PostingDate"]) == s4.open_since
    assert ticket["ConfirmationText"] == f"{yesterday.astimezone(line_to(work.connection).zone):%Y-%m-%d}"


def test_a_closed_period_waits_for_a_person_where_the_plant_wants_that(s4, work):
    work.connection.options = {"closed_period": "park"}
    work.connection.save()
    s4.open_since = date(2100, 1, 1)
    work.report(10)
    work.tell()
    send_due()
    (message,) = told()
    assert message.state == OutboundState.PARKED
    assert "Posting only possible in periods" in message.problem
    assert s4.confirmations == []


def test_a_refusal_says_why_and_holds_up_its_own_order_only(s4, work, connection):
    s4.add_order("1000002", material="BAR")
    fetch(connection=connection)
    other = Work.of(connection, ProductionOrder.objects.get(number="1000002").operations.get())
    other.start()
    s4.change("1000001", OrderIsTechnicallyCompleted="X")
    for one in (work, other):
        one.report(3)
        one.tell()
        one.report(4)
        one.tell()
    drain()
    assert s4.totals("1000001") == (0, 0, 0)
    assert s4.totals("1000002") == (7, 0, 0)
    parked = OutboundMessage.objects.get(state=OutboundState.PARKED)
    assert "does not allow a confirmation" in parked.problem
    assert OutboundMessage.objects.filter(state=OutboundState.QUEUED).count() == 1


def test_the_order_of_reports_is_kept_through_lost_answers(s4, work):
    for amount in (1, 2, 3, 4):
        work.report(amount)
        work.tell()
    s4.faults = ["lost after", None, 500, "lost before", ("after", 502), None]
    drain(40)
    assert posted_values(s4) == ["1.000", "2.000", "3.000", "4.000"]
    assert work.made() == s4.totals("1000001")


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_gets_lost_the_totals_agree(s4, work, seed):
    chance = random.Random(seed)
    events = []
    for _round in range(8):
        if events and chance.random() < 0.3:
            work.correct(events.pop(), chance.randint(1, 9))
        else:
            events.append(work.report(chance.randint(1, 9)))
        work.tell()
        if chance.random() < 0.5:
            send_due(now=timezone.now() + timedelta(hours=1))
        s4.faults += chance.choices([None, "lost after", "lost before", 500, ("after", 504)], k=2)
    s4.locked["1000001"] = 1
    drain(80)
    s4.faults = []
    assert {message.state for message in told()} == {OutboundState.POSTED}
    (total,) = connector("odata").totals(line_to(work.connection), ["1000001"])
    assert s4.totals("1000001") == work.made()
    assert (total.good, total.scrap) == work.made()[:2]


def test_a_correction_cancels_by_the_erps_counter_and_books_anew(s4, work):
    event = work.report(10)
    work.tell()
    drain()
    work.correct(event, 8)
    work.tell()
    s4.faults = ["lost after", None]
    drain()
    assert posted_values(s4) == ["8.000"]
    assert [one["IsReversed"] for one in s4.confirmations] == [True, False, False]
    assert [message.state for message in told("reversal")] == [OutboundState.POSTED]
    assert work.made() == s4.totals("1000001")


def test_what_somebody_cancelled_in_sap_needs_no_cancelling(s4, work):
    event = work.report(10)
    work.tell()
    drain()
    ticket = s4.confirmations[0]
    s4.cancel(
        {
            **{name: f"'{ticket[name]}'" for name in ("ConfirmationGroup", "ConfirmationCount")},
            "ExternalSystemConfirmation": "guid'x'",
        }
    )
    work.correct(event, 8)
    work.tell()
    drain()
    assert s4.totals("1000001") == (8, 0, 0)
    assert {message.state for message in [*told(), *told("reversal")]} == {OutboundState.POSTED}


def test_cancelling_in_a_closed_period_takes_today(s4, work):
    event = work.report(10)
    work.tell()
    drain()
    s4.confirmations[0]["PostingDate"] = "/Date(1767225600000)/"
    s4.open_since = date(2026, 2, 1)
    work.correct(event)
    work.tell()
    drain()
    assert s4.totals("1000001") == (0, 0, 0)
    assert [message.state for message in told("reversal")] == [OutboundState.POSTED]


def test_a_correction_after_the_final_confirmation_takes_the_final_back_too(s4, work):
    event = work.report(10)
    work.tell()
    work.report(5)
    work.finish()
    work.tell()
    drain()
    assert s4.orders["1000001"]["to_ProductionOrderOperation"]["results"][0]["OperationIsConfirmed"] == "X"
    work.correct(event, 9)
    work.tell()
    drain()
    assert s4.totals("1000001") == (14, 0, 0) == work.made()
    assert {message.state for message in told()} == {OutboundState.POSTED}
    assert s4.orders["1000001"]["to_ProductionOrderOperation"]["results"][0]["OperationIsConfirmed"] == "X"


def test_totals_are_asked_for_in_batches(s4, work):
    s4.add_order("1000002", material="BAR")
    event = work.report(10, scrap=1)
    work.tell()
    drain()
    work.correct(event, 7)
    work.tell()
    drain()
    found = connector("odata").totals(line_to(work.connection), ["1000001", "1000002", "999"])
    assert [(total.order, total.operation, total.good, total.scrap) for total in found] == [
        ("1000001", "0010", 7, 0),
        ("1000002", "0010", 0, 0),
    ]
    assert sum(1 for _method, path in s4.requests if "$batch" in path) == 1


def test_an_error_inside_a_batch_that_succeeded_is_an_error(s4, work, monkeypatch):
    read = s4.read

    def fail(resource, query):
        if "OrderID eq" in query.get("$filter", ""):
            raise Refusal("/IWBEP/CM_MGW_RT/021", "Database is away")
        return read(resource, query)

    monkeypatch.setattr(s4, "read", fail)
    with pytest.raises(PartnerError, match="Database is away"):
        connector("odata").totals(line_to(work.connection), ["1000001"])


def test_a_message_that_books_nothing_is_not_sent(s4, work):
    assert {message.state for message in OutboundMessage.objects.all()} == {OutboundState.POSTED}
    assert not [path for method, path in s4.requests if method != "GET"]
