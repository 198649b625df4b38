"""A called Business Central from end to end: orders in, output out, and what stands in its ledger."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.domain.connectors import connector
from integrations.domain.fetching import fetch, line_to
from integrations.domain.outbox.relay import send_due
from integrations.enums import Format, InboundState, OutboundState
from integrations.erp.bc import codec, session
from integrations.erp.bc.mapping import BusinessCentralOrders, address_of, order_number
from integrations.erp.fields import BadValueError
from integrations.models import InboundMessage, OutboundMessage
from orders.models import ProductionOrder
from tests.factories.integrations import CalledConnectionFactory
from tests.factories.machines import MachineGroupFactory, PlantFactory
from tests.factories.orders import ItemFactory, KilogramFactory, ScrapReasonFactory
from tests.integrations.outbox.work import Work
from tests.support.bc import COMPANY, BusinessCentral
from tests.support.zones import zone_where_it_is

pytestmark = pytest.mark.django_db


@pytest.fixture
def bc(monkeypatch):
    monkeypatch.setenv("TEST_ERP_SECRET", "mes:secret")
    session._tokens.clear()
    with BusinessCentral() as bc:
        yield bc


@pytest.fixture
def connection(bc):
    plant = PlantFactory(code="1710", time_zone=zone_where_it_is(13))
    MachineGroupFactory(plant=plant, code="SAW")
    ItemFactory(code="BAR")
    ItemFactory(code="STEEL", unit=KilogramFactory())
    return CalledConnectionFactory(
        plant=plant,
        format=Format.BUSINESS_CENTRAL,
        address=bc.url,
        options={"company": COMPANY, "token_url": bc.token_url, "orders_at_once": 3},
    )


@pytest.fixture
def work(bc, connection):
    bc.add_order("RPO1", item="BAR", quantity=100)
    fetch(connection=connection)
    found = Work.of(connection, ProductionOrder.objects.get(number="RPO1").operations.get())
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
    """Without those that there is nothing to book for."""
    messages = OutboundMessage.objects.filter(kind=kind).order_by("sequence")
    return list(messages.exclude(answer__endswith="books no such message."))


def numbers():
    return list(ProductionOrder.objects.order_by("number").values_list("number", flat=True))


# Orders in.


@pytest.mark.parametrize("page_size", [2, 1000])
def test_orders_arrive_with_operations_times_and_components(bc, connection, page_size):
    bc.page_size = page_size
    for n in range(7):
        bc.add_order(f"RPO{n}", item="BAR", operations=("20", "10"))
    bc.add_order("RPO8", item="BAR", status="Finished")
    assert fetch(connection=connection) == 7
    assert numbers() == [f"RPO{n}" for n in range(7)]
    assert {message.state for message in InboundMessage.objects.all()} == {InboundState.APPLIED}
    order = ProductionOrder.objects.get(number="RPO3")
    first, second = order.operations.order_by("position")
    assert (first.number, second.number) == ("10", "20")
    assert (first.setup_seconds, first.run_seconds, first.base_quantity) == (1800, 5400, 100)
    component = order.components.get()
    assert (component.item.code, component.quantity, component.backflush) == ("STEEL", Decimal("12.5"), True)
    assert order.state == "released"


def test_a_change_of_an_operation_alone_brings_the_order_again(bc, connection):
    bc.add_order("RPO1", item="BAR")
    bc.add_order("RPO2", item="BAR")
    fetch(connection=connection)
    assert fetch(connection=connection) == 0
    bc.routing_line("RPO1").update(runTime=3, systemModifiedAt=bc.tick())
    assert fetch(connection=connection) == 1
    assert ProductionOrder.objects.get(number="RPO1").operations.get().run_seconds == 3 * 3600


def test_each_line_of_an_order_is_an_order_and_is_confirmed_as_such(bc, connection):
    bc.add_order("RPO1", item="BAR", lines=(10000, 20000))
    fetch(connection=connection)
    assert numbers() == ["RPO1", "RPO1#20000"]
    work = Work.of(connection, ProductionOrder.objects.get(number="RPO1#20000").operations.get())
    work.start()
    work.report(4)
    work.tell()
    drain()
    assert (bc.totals("RPO1"), bc.totals("RPO1", line=20000)) == ((0, 0), (4, 0))
    (total,) = connector("bc").totals(line_to(connection), ["RPO1#20000"])
    assert (total.order, total.good) == ("RPO1#20000", 4)


@given(st.from_regex(r"[A-Z0-9/\-]{1,20}", fullmatch=True), st.integers(1, 10**6))
def test_an_orders_name_leads_back_to_its_line(number, line):
    assert address_of(order_number(number, line)) == (number, line)


@given(st.datetimes(min_value=datetime(1950, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_times_survive_to_the_millisecond(at):
    assert codec.moment(codec.moment_text(at)) == at.replace(microsecond=at.microsecond // 1000 * 1000)


@pytest.mark.parametrize("text", ["", "2026-01-01T00:00:00", "tomorrow", "9999-12-31T23:59:59-14:00"])
def test_a_time_without_zone_is_none(text):
    with pytest.raises(BadValueError):
        codec.moment(text)


@given(
    st.recursive(
        st.none() | st.booleans() | st.text() | st.floats(allow_nan=False, allow_infinity=False),
        lambda one: (
            st.lists(one)
            | st.dictionaries(
                st.sampled_from(
                    ["number", "orderLines", "routingLines", "lineNo", "quantity", "status", "setupTime"]
                ),
                one,
            )
        ),
    )
)
@settings(max_examples=50)
def test_the_reader_never_breaks(message):
    body = codec.slices.json.dumps(message).encode()
    reading = BusinessCentralOrders().read(body, zone=UTC, settings={})
    assert all(document.number for document in reading.documents)


def test_too_many_calls_are_waited_for(bc, connection):
    bc.add_order("RPO1", item="BAR")
    bc.busy = 2
    assert fetch(connection=connection) == 1


def test_a_token_is_kept_and_fetched_anew_when_it_ran_out(bc, work):
    assert bc.logins == 1
    bc.token = "another"
    work.report(10)
    work.tell()
    send_due()
    assert [message.state for message in told()] == [OutboundState.POSTED]
    assert bc.logins == 2


def test_a_wrong_secret_is_said_plainly(bc, connection, monkeypatch):
    monkeypatch.setenv("TEST_ERP_SECRET", "mes:wrong")
    fetch(connection=connection)
    connection.fetch_state.refresh_from_db()
    assert "login service" in connection.fetch_state.problem


# Output out.


def test_a_report_is_posted_with_times_and_scrap_code(bc, work):
    reason = ScrapReasonFactory(plant=work.connection.plant, code="BURR")
    work.report(7, scrap=2, reason=reason)
    work.tell()
    drain()
    (message,) = told()
    entry = bc.entries[str(message.identity)]
    assert (message.state, message.reference) == (OutboundState.POSTED, "1")
    assert (entry["scrapCode"], entry["orderLineNo"], entry["finished"]) == ("BURR", 10000, False)
    assert 119 <= entry["runTime"] <= 121
    assert bc.totals("RPO1") == (7, 2)


@pytest.mark.parametrize("fault", ["lost after", ("after", 500), ("after", 503)])
def test_an_answer_lost_after_posting_posts_nothing_twice(bc, work, fault):
    work.report(10)
    work.tell()
    bc.faults = [fault]
    send_due()
    (message,) = told()
    assert (message.state, message.uncertain) == (OutboundState.QUEUED, True)
    drain()
    message.refresh_from_db()
    assert (message.state, message.reference) == (OutboundState.POSTED, "1")
    assert bc.totals("RPO1") == (10, 0)


def test_a_repeat_that_nobody_expected_is_found_by_its_key(bc, work):
    work.report(10)
    work.tell()
    send_due()
    OutboundMessage.objects.filter(pk=told()[0].pk).update(state=OutboundState.QUEUED, attempts=0)
    send_due()
    (message,) = told()
    assert (message.state, message.reference) == (OutboundState.POSTED, "1")
    assert bc.totals("RPO1") == (10, 0)


@pytest.mark.parametrize("fault", ["lost before", 500, 429, 409])
def test_what_was_never_posted_is_posted_later(bc, work, fault):
    work.report(10)
    work.tell()
    bc.faults = [fault]
    drain()
    assert [message.state for message in told()] == [OutboundState.POSTED]
    assert bc.totals("RPO1") == (10, 0)


def test_the_order_is_kept_and_totals_agree_through_lost_answers(bc, work):
    for amount in (1, 2, 3, 4):
        work.report(amount)
        work.tell()
    bc.faults = ["lost after", None, 500, "lost before", ("after", 502)]
    drain(40)
    assert [one["outputQuantity"] for one in bc.ledger] == [1, 2, 3, 4]
    (total,) = connector("bc").totals(line_to(work.connection), ["RPO1"])
    assert (total.good, total.scrap) == work.made()[:2] == (10, 0)


def test_a_correction_is_a_negative_entry_applied_to_the_first(bc, work):
    event = work.report(10)
    work.tell()
    drain()
    work.correct(event, 8)
    work.tell()
    bc.faults = ["lost after"]
    drain()
    assert [one["outputQuantity"] for one in bc.ledger] == [10, -10, 8]
    assert {message.state for message in [*told(), *told("reversal")]} == {OutboundState.POSTED}
    assert sum(one["runTime"] for one in bc.ledger[:2]) == 0


def test_a_correction_after_the_last_report_reopens_and_finishes_again(bc, work):
    event = work.report(10)
    work.tell()
    work.report(5)
    work.finish()
    work.tell()
    drain()
    assert bc.routing_line("RPO1")["routingStatus"] == "Finished"
    work.correct(event, 9)
    work.tell()
    drain()
    assert bc.totals("RPO1") == (14, 0) == work.made()[:2]
    assert bc.routing_line("RPO1")["routingStatus"] == "Finished"


@pytest.mark.parametrize("status", ["Firm Planned", "Finished"])
def test_only_a_released_order_takes_output(bc, work, status):
    bc.orders["RPO1"]["status"] = status
    work.report(10)
    work.tell()
    send_due()
    (message,) = told()
    assert message.state == OutboundState.PARKED
    assert "not released" in message.problem
    assert bc.ledger == []


def test_a_closed_period_posts_today_and_keeps_the_day_in_the_text(bc, work):
    zone = line_to(work.connection).zone
    yesterday = (timezone.now() - timedelta(days=1)).astimezone(zone)
    bc.posting_from = timezone.now().astimezone(zone).date()
    work.report(10)
    (message,) = work.tell()
    message.canonical["posting_date"] = f"{yesterday.astimezone(line_to(work.connection).zone):%Y-%m-%d}"
    message.save()
    send_due()
    send_due()
    (entry,) = bc.entries.values()
    assert (entry["postingDate"], entry["description"]) == (f"{bc.posting_from}", f"{yesterday:%Y-%m-%d}")


def test_a_closed_period_waits_for_a_person_where_the_plant_wants_that(bc, work):
    work.connection.options = {**work.connection.options, "closed_period": "park"}
    work.connection.save()
    bc.posting_from = date(2100, 1, 1)
    work.report(10)
    work.tell()
    send_due()
    (message,) = told()
    assert message.state == OutboundState.PARKED
    assert "CorrelationId" not in message.problem
